//! Standard input and output as one stream.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;

use crate::{GrpcCode, Status};

/// Joins standard input and output. Returns an error if one of them is closed.
pub(super) fn open() -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static, Status> {
    let input = own(io::stdin().as_fd()).map_err(|error| closed("input", &error))?;
    let output = own(io::stdout().as_fd()).map_err(|error| closed("output", &error))?;
    // An error means that the file is not a pipe, or that it is not open in this direction.
    let input: Box<dyn AsyncRead + Send + Unpin> = match pipe::Receiver::from_owned_fd(input) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdin()),
    };
    let output: Box<dyn AsyncWrite + Send + Unpin> = match pipe::Sender::from_owned_fd(output) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdout()),
    };
    Ok(tokio::io::join(input, output))
}

fn own(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    fd.try_clone_to_owned()
}

fn closed(which: &str, error: &io::Error) -> Status {
    Status::new(GrpcCode::UNAVAILABLE, format!("cannot talk to the daemon over standard {which}: {error}"))
}
