//! `git` in expressions: the repository that the context comes from.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Known, ValueType};

/// The facts about the repository of the context that BuildKit's clients send (`vcs:revision` and `vcs:source`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vcs {
    /// The full hash of the commit, with the suffix `-dirty` if files have changed since.
    pub revision: Option<String>,
    /// The address from which the repository was cloned.
    pub source: Option<String>,
}

/// The name `git` in expressions.
pub(crate) const NAME: &str = "git";
/// The properties of `git`.
pub(crate) const GIT: Known =
    Known::Fields(false, &[("revision", ValueType::Text), ("source", ValueType::Text)]);

/// The error for a property that the client did not send.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let part = if property == "source" { "remote" } else { "commit" };
    let message =
        format!("`{NAME}.{property}` has no value: the context is in no git repository with a {part}");
    let error = Diagnostic::error(Code::MissingProperty, at, message);
    error
        .help(format!("build from such a repository, or write `{NAME}.{property} | default(\"none\")`"))
        .into()
}

impl Vcs {
    /// The value of `git`. A fact that is unknown is not a property of it.
    pub(crate) fn value(&self) -> Value {
        let fields = [("revision", &self.revision), ("source", &self.source)];
        let known = fields.into_iter().filter_map(|(name, text)| Some((name, Value::text(text.as_ref()?))));
        Value::record(None, known)
    }

    /// A copy with placeholders for unknown facts. Reports about all variants use it, since they do not depend on the repository.
    pub fn with_placeholders(&self) -> Self {
        let or = |text: &Option<String>, placeholder: &str| {
            Some(text.clone().unwrap_or_else(|| placeholder.to_owned()))
        };
        Self { revision: or(&self.revision, "GIT_REVISION"), source: or(&self.source, "GIT_SOURCE") }
    }
}
