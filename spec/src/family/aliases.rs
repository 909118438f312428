//! Other names of axes and args for build arguments, such as those that a Dockerfile had. Expressions do not use them.

use std::collections::BTreeMap;

use super::declared::Declared;
use super::{Arg, Axis, Family};
use crate::base::build_args::is_reserved_arg;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::map_of;
use crate::base::source::Span;

/// Another name of an axis or arg for build arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
}

/// Reads the aliases of an axis or arg in its long form.
pub(super) fn aliases(value: &Declared<'_>) -> Vec<Alias> {
    let items = if value.is_table() { value.get("aliases").map(Declared::items) } else { None };
    let items = items.unwrap_or_default().iter();
    items.filter_map(|item| Some(Alias { name: item.as_text()?.to_owned(), span: item.span })).collect()
}

/// Reports aliases that are reserved, or that are another name already.
pub(super) fn check(axes: &[Axis], args: &[Arg]) -> Vec<Diagnostic> {
    let axes = axes.iter().map(|axis| (axis.name.as_str(), axis.span, axis.aliases.as_slice()));
    let args = args.iter().map(|arg| (arg.name.as_str(), arg.span, arg.aliases.as_slice()));
    let all = axes.chain(args);
    let mut taken: BTreeMap<&str, Span> = map_of(all.clone().map(|(name, span, _)| (name, span)));
    let mut found = Vec::new();
    for (_, _, aliases) in all {
        for alias in aliases {
            let error = |message: String| Diagnostic::error(Code::BadName, alias.span, message);
            if is_reserved_arg(&alias.name) {
                let error = error(format!("the build argument `{}` is reserved", alias.name));
                found.push(error.help("choose another alias"));
            } else if let Some(first) = taken.get(alias.name.as_str()) {
                let error =
                    error(format!("`{}` is defined twice", alias.name)).related(*first, "first defined here");
                found.push(
                    error.help(
                        "a build argument sets one axis or arg: remove the alias, or choose another one",
                    ),
                );
            } else {
                taken.insert(&alias.name, alias.span);
            }
        }
    }
    found
}

impl Family {
    /// The build arguments with the names of axes and args in place of their aliases. Unknown names are kept.
    ///
    /// # Errors
    /// A name and its alias, or two aliases, have different values.
    pub fn canonical_args(
        &self,
        args: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
        let mut canonical = args.clone();
        let mut found = Vec::new();
        for (name, span, aliases) in self.named_args() {
            let mut set = args.get(name).map(|value| (name, value));
            for alias in aliases {
                let Some(value) = canonical.remove(&alias.name) else { continue };
                match set {
                    None => {
                        set = args.get_key_value(&alias.name).map(|(alias, value)| (alias.as_str(), value));
                        canonical.insert(name.to_owned(), value);
                    }
                    Some((first, other)) if *other != value => {
                        let message = format!("`{first}` is `{other}`, and `{}` is `{value}`", alias.name);
                        let error = Diagnostic::error(Code::BadArg, span, message);
                        let error = error.label(format!("both set `{name}`"));
                        found.push(error.help("set one of them, or both to the same value"));
                    }
                    Some(_) => {}
                }
            }
        }
        if found.is_empty() { Ok(canonical) } else { Err(found) }
    }

    /// The error for a build argument that changes what varve does, and that has a value which it does not take.
    pub fn wrong_setting(&self, name: &str, value: &str, expected: &str) -> Diagnostic {
        let error = Diagnostic::error(Code::BadArg, self.build_span, format!("{name} is `{value}`"));
        error.label(format!("expected {expected}"))
    }

    /// The names of all axes and args with their places and aliases.
    fn named_args(&self) -> impl Iterator<Item = (&str, Span, &[Alias])> + Clone {
        let axes = self.axes.iter().map(|axis| (axis.name.as_str(), axis.span, axis.aliases.as_slice()));
        axes.chain(self.args.iter().map(|arg| (arg.name.as_str(), arg.span, arg.aliases.as_slice())))
    }

    /// The names of all build arguments that the family knows, with aliases.
    pub(crate) fn build_args(&self) -> impl Iterator<Item = &str> + Clone {
        let names = |(name, _, aliases)| {
            let aliases: &[Alias] = aliases;
            std::iter::once(name).chain(aliases.iter().map(|alias| alias.name.as_str()))
        };
        self.named_args().flat_map(names)
    }
}
