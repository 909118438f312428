//! The bytes of a file as text.

use buildkit_gateway::Status;

/// The content of a file as text.
///
/// # Errors
/// The content is not UTF-8. The message names the line.
pub(crate) fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Status> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        Status::user(format!("{name}:{line}: the file is not valid UTF-8 at byte {valid}"))
    })
}
