//! Command lines of docker that users can copy.

use std::path::Path;

use varve_spec::shell_quoted;

use crate::files::or_current;

/// Formats `docker buildx build OPTIONS -f FILE CONTEXT`. The context of an empty path is the current folder.
pub(crate) fn build(options: &str, file: &str, context: &Path) -> String {
    let context = shell_quoted(&or_current(context).to_string_lossy());
    format!("docker buildx build {options}-f {} {context}", shell_quoted(file))
}
