//! What a matrix or a check is asked for, and the values of names for one combination.

use std::collections::BTreeMap;

use buildkit_names::Platform;

use crate::base::platform;
use crate::base::value::Value;
use crate::expr::builtins::git::{self, Vcs};
use crate::family::{ArgType, Family};
use crate::lock::Lock;
use crate::variant::scope::Scope;

/// What is asked about a family: the same things that a build is asked for, all of them optional.
#[derive(Debug, Clone)]
pub struct MatrixQuery {
    /// Only this target or stage.
    pub target: Option<String>,
    /// Axis values and arguments by name: only variants that have these values.
    pub args: BTreeMap<String, String>,
    /// These platforms, instead of those that targets state.
    pub platforms: Vec<Platform>,
    /// The platform of the machine that builds, and of targets that state none.
    pub build_platform: Platform,
    /// The texts of the files that [`Family::files`] names, by path, as far as they are there.
    pub files: BTreeMap<String, String>,
    /// What is known of the repository that the context is from.
    pub vcs: Vcs,
    /// What names from elsewhere stand for.
    pub lock: Lock,
}

impl MatrixQuery {
    /// The whole family, built on a machine of that platform.
    pub fn new(build_platform: Platform) -> Self {
        Self {
            target: None,
            args: BTreeMap::new(),
            platforms: Vec::new(),
            build_platform,
            files: BTreeMap::new(),
            vcs: Vcs::default(),
            lock: Lock::default(),
        }
    }
}

/// A family and what is asked about it.
#[derive(Clone, Copy)]
pub(crate) struct MatrixRequest<'f> {
    pub(crate) family: &'f Family,
    pub(crate) question: &'f MatrixQuery,
}

impl<'f> MatrixRequest<'f> {
    /// Which values of each axis are asked for, by index.
    pub(crate) fn values(&self) -> Vec<Vec<usize>> {
        let axes = self.family.axes.iter().map(|axis| match self.question.args.get(&axis.name) {
            Some(name) => axis.value_names().position(|value| value == name).into_iter().collect(),
            None => (0..axis.values.len()).collect(),
        });
        axes.collect()
    }

    /// The names of a combination: the index of a value for each axis, a platform and a target. An argument that has to be
    /// given and was not has a value that fits its type.
    pub(crate) fn scope(&self, values: &[usize], platform: &Platform, target: &str) -> Scope<'f> {
        self.scope_with(values, platform, target, PLACEHOLDERS[0])
    }

    /// The same with another text for arguments that have to be given.
    pub(crate) fn scope_with(
        &self,
        values: &[usize],
        platform: &Platform,
        target: &str,
        placeholder: &str,
    ) -> Scope<'f> {
        let mut given = BTreeMap::new();
        for (axis, value) in self.family.axes.iter().zip(values) {
            given.insert(axis.name.clone(), axis.values[*value].value.clone());
        }
        for arg in &self.family.args {
            let text = self.question.args.get(&arg.name).or(arg.default.as_ref());
            let value = text.and_then(|text| arg.value(text).ok()).unwrap_or_else(|| match arg.kind {
                ArgType::Bool => Value::Bool(false),
                ArgType::Int => Value::text(arg.min.unwrap_or_default().to_string()),
                ArgType::String => Value::text(placeholder),
            });
            given.insert(arg.name.clone(), value);
        }
        given.insert("platform".to_owned(), platform::value(platform));
        given.insert("build_platform".to_owned(), platform::value(&self.question.build_platform));
        given.insert(git::NAME.to_owned(), self.question.vcs.or_stand_ins().value());
        given.insert("target".to_owned(), Value::text(target));
        Scope::new(self.family, given, &self.question.files)
    }

    /// Whether an argument has to be given and was not, so that its text is not known.
    pub(crate) fn has_unknown_texts(&self) -> bool {
        let args = self.family.args.iter();
        args.filter(|arg| arg.kind == ArgType::String && arg.default.is_none())
            .any(|arg| !self.question.args.contains_key(&arg.name))
    }
}

/// Texts for arguments that are not known: a finding that one of them does not bring about says nothing about the family.
pub(crate) const PLACEHOLDERS: [&str; 2] = ["0", "/placeholder"];
/// A text that shows up in what depends on an argument that is not known.
pub(crate) const UNKNOWN_TEXT: &str = "varve-argument-not-given";
/// The same as [`PLACEHOLDERS`], for who asks what comes of the arguments.
pub(crate) const UNKNOWN_TEXTS: [&str; 2] = [UNKNOWN_TEXT, "0"];
