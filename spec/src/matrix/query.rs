//! The query for a matrix or a lint, and the values of names for one combination.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use crate::base::platform;
use crate::base::value::Value;
use crate::expr::builtins::digest;
use crate::expr::builtins::git::{self, Vcs};
use crate::family::context_path::ContextPath;
use crate::family::{Arg, ArgDefault, ArgType, Axis, Family};
use crate::lock::Lock;
use crate::variant::budget::Budget;
use crate::variant::scope::Scope;

/// A query about a family. It has the same parts as a request for a build, and all of them are optional.
#[derive(Debug, Clone)]
pub struct MatrixQuery {
    /// Restricts the query to this target or stage.
    pub target: Option<String>,
    /// The values of axes and args by name, not by alias: [`Family::canonical_args`]. The query is restricted to variants with these values.
    pub args: BTreeMap<String, String>,
    /// Args whose default does not count. They have placeholders, as required args without a value have.
    pub without_default: BTreeSet<String>,
    /// Build arguments that are neither axes nor args, and that every build gets, such as `VARVE_FROZEN`.
    pub passed: BTreeMap<String, String>,
    /// The platforms to build for. Of the platforms that a target names, only these count, and a target that names none has these.
    /// If the list is empty, there is no such restriction.
    pub platforms: Vec<Platform>,
    /// The build platform. It is also the platform of targets that name none.
    pub build_platform: Platform,
    /// The texts of the files that [`Family::files`] lists, by path. A file that does not exist has no entry.
    pub files: BTreeMap<String, String>,
    /// Those paths of [`Family::context_paths`] that the context does not have. Empty if the context is not at hand.
    pub missing_paths: Vec<ContextPath>,
    /// The known facts about the repository of the context.
    pub vcs: Vcs,
    /// What happens if a value reads a fact about the repository that is unknown.
    pub on_unknown_vcs: OnUnknownVcs,
    /// The lock beside the build file.
    pub lock: Lock,
    /// What the tags, platforms and conditions of all variants together may still take.
    pub budget: Budget,
}

impl MatrixQuery {
    /// A query about the whole family.
    pub fn new(build_platform: Platform) -> Self {
        Self {
            target: None,
            args: BTreeMap::new(),
            without_default: BTreeSet::new(),
            passed: BTreeMap::new(),
            platforms: Vec::new(),
            build_platform,
            files: BTreeMap::new(),
            missing_paths: Vec::new(),
            vcs: Vcs::default(),
            on_unknown_vcs: OnUnknownVcs::default(),
            lock: Lock::default(),
            budget: Budget::of_query(),
        }
    }
}

/// What happens if a value reads a fact about the repository of the context that is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknownVcs {
    /// The value has a placeholder, such as `GIT_REVISION`.
    #[default]
    Placeholder,
    /// An error at the place of the value.
    Error,
}

/// The axes, by index, and the args that expressions read.
pub(crate) struct Operands<'f> {
    axes: Vec<usize>,
    args: Vec<&'f Arg>,
}

impl<'f> Operands<'f> {
    /// `names` has all names that the expressions read, also through vars, and `axes` the axes among them.
    pub(crate) fn new(family: &'f Family, names: &BTreeSet<&str>, axes: &BTreeSet<usize>) -> Self {
        let args = family.args.iter().filter(|arg| names.contains(arg.name.as_str()));
        Self { axes: axes.iter().copied().collect(), args: args.collect() }
    }
}

/// A family, and a query about it.
#[derive(Clone, Copy)]
pub(crate) struct MatrixRequest<'f> {
    pub(crate) family: &'f Family,
    pub(crate) query: &'f MatrixQuery,
}

impl<'f> MatrixRequest<'f> {
    /// The values of each axis that the query allows, by their index.
    pub(crate) fn values(&self) -> Vec<Vec<usize>> {
        let axes = self.family.axes.iter().map(|axis| match self.query.args.get(&axis.name) {
            Some(name) => axis.value_names().position(|value| value == name).into_iter().collect(),
            None => (0..axis.values.len()).collect(),
        });
        axes.collect()
    }

    /// Whether the query selects the whole family.
    pub(crate) fn is_whole(&self) -> bool {
        let query = self.query;
        let axes = self.family.axes.iter().map(|axis| &axis.name);
        let names = axes.chain(self.family.args.iter().map(|arg| &arg.name));
        let pinned = names.into_iter().any(|name| query.args.contains_key(name));
        query.target.is_none() && query.platforms.is_empty() && !pinned
    }

    /// The scope of a combination, which is the index of a value for each axis, with a platform and a target. A required arg
    /// without a value gets a placeholder of its type.
    pub(crate) fn scope(&self, values: &[usize], platform: &Platform, target: &str) -> Scope<'f> {
        self.scope_with(values, platform, target, PLACEHOLDERS[0]).within(&self.query.budget)
    }

    /// The same scope for expressions that read only these axes and args.
    pub(crate) fn scope_of(
        &self,
        operands: &Operands<'f>,
        values: &[usize],
        platform: &Platform,
        target: &str,
    ) -> Scope<'f> {
        let axes = operands.axes.iter().map(|axis| (&self.family.axes[*axis], values[*axis]));
        let args = operands.args.iter().copied();
        self.scope_where(axes, args, platform, target, PLACEHOLDERS[0]).within(&self.query.budget)
    }

    /// The same scope with another placeholder for strings. It is for a plan, which has a budget of its own.
    pub(crate) fn scope_with(
        &self,
        values: &[usize],
        platform: &Platform,
        target: &str,
        placeholder: &str,
    ) -> Scope<'f> {
        let axes = self.family.axes.iter().zip(values.iter().copied());
        self.scope_where(axes, self.family.args.iter(), platform, target, placeholder)
    }

    fn scope_where(
        &self,
        axes: impl Iterator<Item = (&'f Axis, usize)>,
        args: impl Iterator<Item = &'f Arg>,
        platform: &Platform,
        target: &str,
        placeholder: &str,
    ) -> Scope<'f> {
        let mut given = self.given_of(args, platform, target, placeholder);
        for (axis, value) in axes {
            given.insert(axis.name.clone(), axis.values[value].value.clone());
        }
        Scope::new(self.family, given, &self.query.files)
    }

    /// The values of args and built-in names. An arg with a computed default has none.
    pub(crate) fn given(
        &self,
        platform: &Platform,
        target: &str,
        placeholder: &str,
    ) -> BTreeMap<String, Value> {
        self.given_of(self.family.args.iter(), platform, target, placeholder)
    }

    fn given_of(
        &self,
        args: impl Iterator<Item = &'f Arg>,
        platform: &Platform,
        target: &str,
        placeholder: &str,
    ) -> BTreeMap<String, Value> {
        let mut given = BTreeMap::new();
        for arg in args {
            let default = self.default(arg);
            let text = match (self.query.args.get(&arg.name), default) {
                (Some(text), _) | (None, Some(ArgDefault::Literal(text))) => Some(text),
                // The scope computes it.
                (None, Some(ArgDefault::Computed(_))) => continue,
                (None, None) => None,
            };
            let value = text.and_then(|text| arg.value(text).ok()).unwrap_or_else(|| match arg.kind {
                ArgType::Bool => Value::Bool(false),
                ArgType::Int => Value::text(arg.limits.min.unwrap_or_default().to_string()),
                ArgType::String => Value::text(placeholder),
            });
            given.insert(arg.name.clone(), value);
        }
        given.insert("platform".to_owned(), platform::value(platform));
        given.insert("build_platform".to_owned(), platform::value(&self.query.build_platform));
        let vcs = &self.query.vcs;
        let vcs = match self.query.on_unknown_vcs {
            OnUnknownVcs::Placeholder => vcs.with_placeholders().value(),
            OnUnknownVcs::Error => vcs.value(),
        };
        given.insert(git::NAME.to_owned(), vcs);
        given.insert(digest::TABLE.to_owned(), digest::table(&None));
        given.insert("target".to_owned(), Value::text(target));
        given
    }

    /// The default of an arg, if it counts.
    fn default(&self, arg: &'f Arg) -> Option<&'f ArgDefault> {
        arg.default.as_ref().filter(|_| !self.query.without_default.contains(&arg.name))
    }

    /// Whether a required string arg has no value.
    pub(crate) fn has_unknown_texts(&self) -> bool {
        let args = self.family.args.iter();
        args.filter(|arg| arg.kind == ArgType::String && self.default(arg).is_none())
            .any(|arg| !self.query.args.contains_key(&arg.name))
    }
}

/// Placeholders for string args without a value. A mistake that occurs with only one of them depends on the value, so it is not
/// reported.
pub(crate) const PLACEHOLDERS: [&str; 2] = ["0", "/placeholder"];
/// A placeholder that can be recognized in values that depend on an arg without a value.
pub(crate) const UNKNOWN_TEXT: &str = "varve-argument-not-given";
/// The placeholders of callers that look for [`UNKNOWN_TEXT`] in values.
pub(crate) const UNKNOWN_TEXTS: [&str; 2] = [UNKNOWN_TEXT, "0"];
