//! Checks: what has to hold of a built file system and its configuration.

use super::process::{self, Process, Script};
use super::{Owner, Stage};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::schema::kinds::CheckKind;
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteValue, Kind};

/// A check of a stage, or of a target on its stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Where it stands: the whole item.
    pub span: Span,
    /// Why it has to hold, shown when it does not.
    pub because: Option<String>,
    /// What has to hold.
    pub claim: Claim,
}

/// What has to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// A script succeeds in the image.
    Run(Box<Process>),
    /// A file is there.
    File(FileClaim),
    /// A folder is there.
    Dir(FileClaim),
    /// There is nothing at these paths, which may hold wildcards.
    Absent(Vec<String>),
    /// No package whose name fits one of these patterns is installed.
    PackagesAbsent(Vec<String>),
    /// All files together take no more bytes than this.
    MaxSize(u64),
    /// The image sets a variable.
    Env {
        /// The variable.
        name: String,
        /// The value it has; any when left out.
        is: Option<String>,
    },
    /// The image runs as this user, by name or number.
    User(String),
}

/// What has to hold of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileClaim {
    /// Its path.
    pub path: String,
    /// Its mode; any when left out.
    pub mode: Option<u32>,
    /// Its owner; any when left out.
    pub owner: Option<Owner>,
    /// Texts that stand in it.
    pub contains: Vec<String>,
    /// The digest of its content in hexadecimal digits; any when left out.
    pub sha256: Option<String>,
}

/// Turns the data of a list of checks into the checks.
pub(super) fn checks(list: Option<&ConcreteValue>, found: &mut Vec<Diagnostic>) -> Vec<Check> {
    let items = list.map(ConcreteValue::items).unwrap_or_default();
    items.iter().filter_map(|item| check(item, found)).collect()
}

/// Adds the checks of a target to those of its stage, which is the last one.
pub(super) fn add_target_checks(
    stages: &mut [Stage],
    list: Option<&ConcreteValue>,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(stage) = stages.last_mut() {
        stage.checks.extend(checks(list, found));
    }
}

fn check(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Check> {
    let (kind, value) = data.check()?;
    let text = || value.as_text().unwrap_or_default().to_owned();
    let mut texts = |nothing: &str| {
        let texts = value.as_texts();
        if texts.is_empty() {
            found.push(Diagnostic::error(Code::BadValue, value.span, nothing));
        }
        texts
    };
    let claim = match kind {
        CheckKind::Run => {
            let text = match &value.kind {
                Kind::Text(text) => text.to_string(),
                _ => value.as_texts().join("\n"),
            };
            if text.trim().is_empty() {
                found.push(Diagnostic::error(Code::BadValue, value.span, "the script is empty"));
            }
            let shell = process::shell(data, found);
            Claim::Run(Box::new(process::process(data, Script::Run { text, shell }, Vec::new(), found)))
        }
        CheckKind::File => Claim::File(FileClaim {
            contains: data.texts("contains"),
            sha256: data.text("sha256").map(|digest| digest.trim_start_matches("sha256:").to_owned()),
            ..file(data, text())
        }),
        CheckKind::Dir => Claim::Dir(file(data, text())),
        CheckKind::Absent => Claim::Absent(texts("the list of absent paths is empty")),
        CheckKind::PackagesAbsent => {
            let patterns = texts("the list of absent packages is empty");
            if patterns.first().is_some_and(|pattern| pattern.starts_with('!')) {
                let error =
                    Diagnostic::error(Code::BadValue, value.span, "the first pattern is an exception");
                found.push(
                    error.help("put the packages that must be absent before it: [\"*-dev\", \"!libc6-dev\"]"),
                );
            }
            Claim::PackagesAbsent(patterns)
        }
        CheckKind::MaxSize => Claim::MaxSize(scalars::size(&text())?),
        CheckKind::Env => Claim::Env { name: text(), is: data.text("is") },
        CheckKind::User => Claim::User(text()),
    };
    Some(Check { span: data.span, because: data.text("because"), claim })
}

/// The claims that a file and a folder have in common.
fn file(data: &ConcreteValue, path: String) -> FileClaim {
    FileClaim {
        path,
        mode: data.text("mode").and_then(|mode| scalars::octal(&mode)),
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        contains: Vec::new(),
        sha256: None,
    }
}
