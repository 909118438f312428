//! From tonic's errors to ours.

use std::error::Error;

use buildkit_proto::google::rpc;
use prost::Message;

use super::MAX_SIZE;
use crate::{GrpcCode, Status};

/// The error a call ended with: the daemon's own, details included, or that the connection is gone.
pub(super) fn of_call(status: tonic::Status) -> Status {
    let code = GrpcCode(status.code().into());
    if let Some(cause) = status.source() {
        // Made on this side, by the transport: the daemon said nothing.
        return Status::new(code, format!("lost the connection to the daemon: {}", chain(cause)));
    }
    // The daemon repeats code and message in the details. Where the two differ, what the call ended with counts,
    // as for Go's client, but the details are kept.
    let details = match rpc::Status::decode(status.details()) {
        Ok(full) => full.details.into_iter().map(Into::into).collect(),
        Err(_) => Vec::new(),
    };
    Status { code, message: status.message().to_owned(), details }
}

/// The error that no connection came about.
pub(super) fn of_transport(error: tonic::transport::Error) -> Status {
    Status::new(GrpcCode::UNAVAILABLE, format!("cannot connect to the daemon: {}", chain(&error)))
}

/// Fails, in words, for a message that tonic would break the call over.
pub(super) fn check_size(what: &str, message: &impl Message) -> Result<(), Status> {
    let size = message.encoded_len();
    if size <= MAX_SIZE {
        return Ok(());
    }
    let message = format!("{what} takes {size} bytes, and BuildKit accepts {MAX_SIZE} at most");
    Err(Status::new(GrpcCode::RESOURCE_EXHAUSTED, message))
}

/// What an error says and what caused it, each once.
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
