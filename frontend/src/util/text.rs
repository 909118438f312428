//! Converts the bytes of a file that no place of the build file names to text.

use buildkit_gateway::Status;

/// Converts the content of a file to text.
///
/// # Errors
/// Returns an error that names the byte if the content is not UTF-8.
pub(crate) fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Status> {
    varve_spec::utf8(bytes).map_err(|error| Status::user(error.message(name)))
}
