//! Command lines of docker that users can copy.

use std::path::Path;

/// Formats `docker buildx build OPTIONS -f FILE CONTEXT`. The context of an empty path is the current folder.
pub(crate) fn build(options: &str, file: &str, context: &Path) -> String {
    let context = context.to_string_lossy();
    let context = if context.is_empty() { "." } else { &context };
    format!("docker buildx build {options}-f {} {}", quoted(file), quoted(context))
}

/// Quotes a word for the shell, if that is necessary.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
