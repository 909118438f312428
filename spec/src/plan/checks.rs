//! Image tests: conditions that a built image has to meet.

use super::process::{self, Process, Script};
use super::{Owner, Stage};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::schema::kinds::CheckKind;
use crate::schema::scalars;
use crate::variant::concrete::ConcreteValue;

/// An image test of a stage, or of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The place of the whole item.
    pub span: Span,
    /// The reason for the test, shown when it fails.
    pub because: Option<String>,
    /// The condition.
    pub claim: Claim,
}

/// A condition that an image has to meet.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// This script succeeds in the image.
    Run(Box<Process>),
    /// This file exists.
    File(FileClaim),
    /// This folder exists.
    Dir(FileClaim),
    /// Nothing exists at these paths, which can have wildcards.
    Absent(Vec<String>),
    /// No package is installed whose name matches one of these patterns.
    PackagesAbsent(Vec<String>),
    /// The programs and libraries below these paths find all libraries that they need, except those that match a pattern.
    Linked {
        /// The paths of files and folders.
        paths: Vec<String>,
        /// The patterns of libraries that may be missing.
        except: Vec<String>,
    },
    /// The sizes of all files add up to at most this number of bytes.
    MaxSize(u64),
    /// The image sets this variable.
    Env {
        /// The name of the variable.
        name: String,
        /// The value of the variable. `None` for any value.
        is: Option<String>,
    },
    /// The image runs as this user, which is a name or a number.
    User(String),
}

/// The conditions for a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileClaim {
    /// The path.
    pub path: String,
    /// The mode. `None` for any mode.
    pub mode: Option<u32>,
    /// The owner. `None` for any owner.
    pub owner: Option<Owner>,
    /// Texts that the file contains.
    pub contains: Vec<String>,
    /// The SHA-256 digest of the content in hexadecimal digits. `None` for any content.
    pub sha256: Option<String>,
}

/// Makes image tests of a list under `checks`.
pub(super) fn checks(list: Option<&ConcreteValue>, found: &mut Vec<Diagnostic>) -> Vec<Check> {
    let items = list.map(ConcreteValue::items).unwrap_or_default();
    items.iter().filter_map(|item| check(item, found)).collect()
}

/// Adds the image tests of the target to those of its stage, which is the last one.
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
            let text = process::script_text(value);
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
        CheckKind::Linked => {
            Claim::Linked { paths: texts("the list of paths is empty"), except: data.texts("except") }
        }
        CheckKind::MaxSize => Claim::MaxSize(scalars::size(&text())?),
        CheckKind::Env => Claim::Env { name: text(), is: data.text("is") },
        CheckKind::User => Claim::User(text()),
    };
    Some(Check { span: data.span, because: data.text("because"), claim })
}

/// The conditions that files and folders share.
fn file(data: &ConcreteValue, path: String) -> FileClaim {
    FileClaim {
        path,
        mode: data.text("mode").and_then(|mode| scalars::octal(&mode)),
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        contains: Vec::new(),
        sha256: None,
    }
}
