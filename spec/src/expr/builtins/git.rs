//! The version control system that the context is from, as expressions see it.

use std::collections::BTreeMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::Known;

/// What is known of the repository that the context is from (`vcs:revision` and `vcs:source` of BuildKit's clients).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vcs {
    /// The full name of the commit, with `-dirty` behind it where files have changed since.
    pub revision: Option<String>,
    /// The address that it was cloned from.
    pub source: Option<String>,
}

/// The name in expressions.
pub(crate) const NAME: &str = "git";
/// What is known of it without looking.
pub(crate) const GIT: Known = Known::Fields(false, &["revision", "source"]);

/// The error where something is read that is not known.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let message = format!("`{NAME}.{property}` has no value: the context is not a git repository");
    let error = Diagnostic::error(Code::MissingProperty, at, message);
    error.help(format!("build from a repository, or write `{NAME}.{property} | default(\"none\")`")).into()
}

impl Vcs {
    /// The value of `git`: only what is known is a property.
    pub(crate) fn value(&self) -> Value {
        let fields = [("revision", &self.revision), ("source", &self.source)];
        let known: BTreeMap<_, _> =
            fields.into_iter().filter_map(|(name, text)| Some((name, Value::text(text.as_ref()?)))).collect();
        Value::record(None, known)
    }

    /// The same with stand-ins for what is not known, for questions about all variants, which no repository changes.
    pub fn or_stand_ins(&self) -> Self {
        let or =
            |text: &Option<String>, stand_in: &str| Some(text.clone().unwrap_or_else(|| stand_in.to_owned()));
        Self { revision: or(&self.revision, "GIT_REVISION"), source: or(&self.source, "GIT_SOURCE") }
    }
}
