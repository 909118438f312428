//! Refuses passwords in URLs: they would be part of the history of the image, of its provenance, and of every report.

use buildkit_names::has_credentials;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// Reports each text in a value that contains a URL with credentials. `help` is the way to pass them as a secret.
pub(in crate::plan) fn refuse(value: Option<&ConcreteValue>, help: &str, found: &mut Vec<Diagnostic>) {
    let Some(value) = value else { return };
    match &value.kind {
        ConcreteKind::Text(text) => found.extend(refused(text, value.span, help)),
        // Arguments of stages are no texts of steps.
        ConcreteKind::Value(..) => {}
        ConcreteKind::List(items) => items.iter().for_each(|item| refuse(Some(item), help, found)),
        ConcreteKind::Map(_, fields) => {
            for field in fields {
                found.extend(refused(&field.key, field.key_span, help));
                refuse(Some(&field.value), help, found);
            }
        }
    }
}

fn refused(text: &str, span: Span, help: &str) -> Option<Diagnostic> {
    let error = || Diagnostic::error(Code::SecretInStep, span, "the URL contains credentials");
    has_credentials(text)
        .then(|| error().label("they would be part of the image history and of its provenance").help(help))
}
