//! Converts tonic's errors.

use std::error::Error;

use buildkit_proto::google::rpc;
use prost::Message;

use super::MAX_SIZE;
use crate::{GrpcCode, Status};

/// Converts the error of a call: the daemon's error with its details, or the error that the connection is lost.
pub(super) fn of_call(status: tonic::Status) -> Status {
    let code = GrpcCode(status.code().into());
    if let Some(cause) = status.source() {
        // The transport on this side created the error, not the daemon.
        return Status::new(code, format!("lost the connection to the daemon: {}", chain(cause)));
    }
    // The daemon repeats code and message in the details. If they differ, those of the call take precedence, as in Go's client. The
    // details are kept.
    let details = match rpc::Status::decode(status.details()) {
        Ok(full) => full.details.into_iter().map(Into::into).collect(),
        Err(_) => Vec::new(),
    };
    Status { code, message: status.message().to_owned(), details }
}

/// Converts the error that a connection failed.
pub(super) fn of_transport(error: tonic::transport::Error) -> Status {
    Status::new(GrpcCode::UNAVAILABLE, format!("cannot connect to the daemon: {}", chain(&error)))
}

/// Checks the size of a message. Tonic's own check would report an error without the size.
pub(super) fn check_size(what: &str, message: &impl Message) -> Result<(), Status> {
    let size = message.encoded_len();
    if size <= MAX_SIZE {
        return Ok(());
    }
    let message = format!("{what} has {size} bytes, but BuildKit accepts at most {MAX_SIZE}");
    Err(Status::new(GrpcCode::RESOURCE_EXHAUSTED, message))
}

/// Joins the messages of an error and of its causes. A message that another one contains is left out.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut messages: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error.to_string();
        if !messages.iter().any(|earlier| earlier.contains(&message)) {
            messages.push(message);
        }
        next = error.source();
    }
    messages.join(": ")
}
