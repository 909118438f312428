//! `account`: makes or changes a user and its groups.

use super::Action;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::plan::build::Planner;
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// A user that a step makes or changes. The layer `packages` turns it into a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The number. `None` for the first free one from 1000.
    pub uid: Option<u32>,
    /// The number of the main group. `None` for the number of the user.
    pub gid: Option<u32>,
    /// Further groups: the name, and the number for a group that does not exist yet.
    pub groups: Vec<(String, Option<u32>)>,
    /// The home directory. `None` for /home/NAME.
    pub home: Option<String>,
    /// The login shell. `None` for /bin/bash, or /bin/sh if there is no bash.
    pub shell: Option<String>,
    /// Whether the user can run any command with sudo without a password.
    pub sudo: bool,
    /// Whether another user with this number is removed.
    pub replace: bool,
}

pub(super) fn account(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Action> {
    let found = &mut planner.found;
    let name = value.as_text()?.to_owned();
    check_name(&name, value.span, found);
    let mut groups = Vec::new();
    for item in data.get("groups").map(ConcreteValue::items).unwrap_or_default() {
        let (name, gid) = match &item.kind {
            ConcreteKind::Text(text) => (text.to_string(), None),
            _ => (item.text("name").unwrap_or_default(), number(item, "gid", found)),
        };
        check_name(&name, item.span, found);
        groups.push((name, gid));
    }
    Some(Action::Account(Box::new(Account {
        name,
        uid: number(data, "uid", found),
        gid: number(data, "gid", found),
        groups,
        home: data.text("home"),
        shell: data.text("shell"),
        sudo: data.bool("sudo").unwrap_or(false),
        replace: data.bool("replace").unwrap_or(false),
    })))
}

fn number(data: &ConcreteValue, key: &str, found: &mut Vec<Diagnostic>) -> Option<u32> {
    let value = data.get(key)?;
    let number = scalars::number(value.as_text()?)?;
    // The largest number means "no user" to system calls, so nobody can have it.
    let fits = u32::try_from(number).ok().filter(|number| *number < u32::MAX);
    if fits.is_none() {
        found.push(Diagnostic::error(
            Code::BadValue,
            value.span,
            format!("{number} is too large for `{key}`"),
        ));
    }
    fits
}

/// Reports a name that some distributions do not allow.
fn check_name(name: &str, span: Span, found: &mut Vec<Diagnostic>) {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let rest =
        name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'));
    if !first || !rest || name.len() > 32 {
        let error = Diagnostic::error(
            Code::BadName,
            span,
            format!("some distributions do not accept the name `{name}`"),
        );
        found.push(error.label(
            "expected lower-case letters, digits, `_`, `-` and `.`, starting with a letter, 32 at most",
        ));
    }
}
