//! `prefer` of `layers`: which layer wins where several change one path.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::did_you_mean;

/// The mistakes in an entry: a path that is not absolute, and the name of no layer.
pub(crate) fn mistakes<'n>(
    (path, path_span): (&str, Span),
    (name, name_span): (&str, Span),
    layers: impl Iterator<Item = &'n str> + Clone,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !layers.clone().any(|layer| layer == name) {
        let error = Diagnostic::error(Code::BadValue, name_span, format!("there is no layer `{name}`"));
        found.push(error.help_if(did_you_mean(name, layers)));
    }
    if !path.starts_with('/') {
        let error = Diagnostic::error(Code::BadValue, path_span, format!("`{path}` is not an absolute path"));
        found.push(error.help(format!("write `/{path}`")));
    }
    found
}
