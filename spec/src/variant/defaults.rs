//! The axes that the client does not set: their defaults, or other values if the rules do not allow the defaults.

use std::collections::BTreeMap;

use buildkit_names::Platform;

use super::conditions;
use super::search::{Outcome, Search};
use super::select::Selection;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::platform;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::family::{Family, NamedTemplate};

/// An axis that has another value than its default, since a rule does not allow the default together with what the client sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedAxis {
    /// The axis.
    pub axis: String,
    /// Its default.
    pub default: String,
    /// Its value in this variant.
    pub value: String,
    /// The place of the rule that does not allow the default beside the other values, or of the target or stage whose `if:` is false
    /// then.
    pub span: Span,
    /// The reason of the rule.
    pub because: String,
}

impl MovedAxis {
    /// The warning of the build.
    pub(super) fn warning(&self) -> Diagnostic {
        let Self { axis, default, value, span, because } = self;
        let message = format!("`{axis}` is `{value}` instead of its default `{default}`: {because}");
        let found = Diagnostic::warning(Code::DefaultMoved, *span, message);
        found.help(format!("--build-arg {axis}={value} sets it without this warning"))
    }
}

impl Family {
    /// If the client sets something that decides about combinations, and this one is not allowed on all platforms, replaces defaults in
    /// `values` by the first values that are. `set` has the build arguments by name, and `given` the values of all names that are no axes.
    ///
    /// # Errors
    /// No combination has what the client sets. The error is the first one on these platforms.
    pub(super) fn move_defaults<'f>(
        &'f self,
        selection: &'f Selection,
        target: &'f NamedTemplate,
        (set, given): (&BTreeMap<String, String>, &BTreeMap<String, Value>),
        values: &mut Vec<usize>,
    ) -> Result<Vec<MovedAxis>, Vec<Diagnostic>> {
        if set.is_empty() {
            return Ok(Vec::new());
        }
        let platforms = selection.all_platforms();
        let scope = self.scope_of(selection, given, values);
        let on = |platform: &Platform| {
            scope.with([("platform".to_owned(), platform::value(platform))].into_iter())
        };
        let mut is_allowed = true;
        for platform in &platforms {
            let scope = on(platform);
            is_allowed &= self.broken_rule(&scope).map_err(|error| vec![*error])?.is_none();
            is_allowed &= conditions::exists(target, &scope);
        }
        if is_allowed {
            return Ok(Vec::new());
        }
        let search = Search {
            family: self,
            target,
            given,
            platforms: platforms.iter().map(|platform| platform::value(platform)).collect(),
            files: &selection.files,
            set,
            start: values.clone(),
        };
        let stopped = match search.run() {
            Outcome::Found(found, moved) => {
                *values = found;
                return Ok(moved);
            }
            Outcome::None => false,
            Outcome::TooMany => true,
        };
        let axes = self.named_values(values);
        for (first, platform) in platforms.iter().enumerate() {
            let scope = on(platform);
            let (before, from) = platforms.split_at(first);
            let wrong = self.supported(&scope, &axes, set, &[from, before].concat());
            let wrong = wrong.and_then(|()| self.published(target, &scope).map(drop));
            wrong.map_err(|wrong| {
                wrong.into_iter().map(|one| if stopped { unfinished(one) } else { one }).collect::<Vec<_>>()
            })?;
        }
        Ok(Vec::new())
    }
}

/// The error, which says that the search ended early.
pub(crate) fn unfinished(error: Diagnostic) -> Diagnostic {
    let help = error.help.as_ref().map_or(String::new(), |help| format!("{help}; "));
    let stopped = "varve stopped to search for values of the axes that are not set: set more of them";
    error.help(format!("{help}{stopped}"))
}
