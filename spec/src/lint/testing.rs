//! Helps to test rules: `check(code, text, expect)`.

use buildkit_names::Platform;

use super::{Directive, check as check_all};
use crate::base::diagnostic::Code;
use crate::base::source::Sources;
use crate::family::Family;
use crate::matrix::MatrixQuery;

/// Compares the diagnostics of one code with the expected ones, each as `line: message`, in the order of the file. A line break at
/// the start of `text` is removed, so that the text can start on a line of its own.
pub(super) fn check(code: Code, text: &str, expect: &[&str]) {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
    if let Some(family) = &reading.family {
        query.files = family.files().keys().map(|path| ((*path).to_owned(), "1".to_owned())).collect();
    }
    let checked = check_all(&reading, &sources, &query, &Directive::default());
    let all: Vec<String> = checked.found.iter().map(|found| found.excerpt(&sources)).collect();
    let found: Vec<String> = checked
        .found
        .iter()
        .filter(|found| found.code == code)
        .map(|found| format!("{}: {}", sources.range(found.span).0.line, found.message))
        .collect();
    assert_eq!(found, expect, "all that was found:\n{}", all.join("\n"));
}
