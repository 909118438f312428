//! What a value may hold, by the thing that it is written into: a line of a file, an operand of a program, a path.
//!
//! This is the only place that decides it. The tables of keys name a kind for each value and each name that the user chooses, so a
//! value is checked where it becomes concrete, also if it comes from a build argument. The plan uses the same kinds for what it makes
//! of a value, such as the name of a file from a URL.

mod reason;
#[cfg(test)]
mod tests;

use crate::base::diagnostic::Code;
use reason::{blank, control, first, long, nul, text};

/// The largest argument or environment variable of a process, in bytes without its NUL (`MAX_ARG_STRLEN` in Linux' `binfmts.h`).
pub const MAX_ARGUMENT: usize = (128 << 10) - 1;

/// The thing that a value is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// A script, or a string of the image's configuration. The kernel ends it at a NUL.
    Text,
    /// An argument of a process.
    Argument,
    /// The value of a label or an annotation.
    Setting,
    /// The value of an environment variable.
    EnvValue,
    /// The rest of a line, such as the value of a field. It can be empty.
    Value,
    /// One line, such as a name in the progress.
    Line,
    /// One word of a line, such as a suite in the description of a package repository.
    Word,
    /// An operand of a program, which the program must not read as an option.
    Operand,
    /// A path in the context, in a stage or in an image.
    Path,
    /// Several paths with blanks between them, the last of which is a destination.
    Paths,
    /// The name of a file in a folder that varve chooses.
    FileName,
    /// A path in a line of /etc/passwd, whose fields end at a colon.
    AccountPath,
    /// The path of a key in the description of a package repository, which separates paths by blanks.
    KeyPath,
    /// The address of something on another machine.
    Url,
    /// The address of a package repository: a URL, or a path of the image.
    Address,
    /// The name of a package, as an operand of the package manager.
    PackageName,
    /// The version of a package, behind its name and a sign.
    PackageVersion,
    /// A Python requirement, as an operand of the installer.
    Requirement,
    /// A Python interpreter: the name of a program in `PATH`, or its absolute path.
    Interpreter,
    /// A branch, tag or commit of a git repository, as an operand of git.
    GitRef,
    /// The id of a secret, an SSH agent or a cache. The default path of a secret ends with it.
    Id,
    /// The name of an environment variable. Programs other than shells can read names with `.` and `-`.
    Variable,
    /// A name in a line of /etc/hosts.
    HostName,
    /// The name of a field in the description of a package repository.
    FieldName,
    /// The name of a label or annotation: everything before the first `=`.
    LabelName,
}

impl Written {
    /// Checks a text. The error is the reason why the text cannot be written there: `it contains a line break`.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        if let Some(wider) = self.wider() {
            wider.check(text)?;
        }
        self.own(text).map_or(Ok(()), Err)
    }

    /// The kind whose texts include all texts of this kind.
    fn wider(self) -> Option<Self> {
        match self {
            Self::Text => None,
            Self::Argument | Self::Setting | Self::Value => Some(Self::Text),
            Self::EnvValue => Some(Self::Setting),
            Self::Line => Some(Self::Value),
            Self::Word | Self::Path | Self::Paths | Self::Operand | Self::Id | Self::LabelName => {
                Some(Self::Line)
            }
            Self::Requirement | Self::Interpreter => Some(Self::Operand),
            Self::AccountPath => Some(Self::Path),
            Self::FileName | Self::KeyPath | Self::Url | Self::Address | Self::PackageName => {
                Some(Self::Word)
            }
            Self::PackageVersion | Self::GitRef | Self::HostName | Self::FieldName => Some(Self::Word),
            Self::Variable => Some(Self::Word),
        }
    }

    /// The reason against a text that is of the wider kind.
    fn own(self, text: &str) -> Option<String> {
        match self {
            Self::Text => nul(text),
            Self::Argument | Self::EnvValue => long(text),
            Self::Value => control(text),
            Self::Line => text.trim().is_empty().then(|| "it is blank".to_owned()),
            Self::Word => blank(text),
            Self::Operand => option(text).or_else(|| long(text)),
            Self::Path | Self::Paths => text.split_whitespace().any(is_url).then(|| "it is a URL".to_owned()),
            Self::Requirement | Self::Setting => None,
            Self::Interpreter if text.contains('/') && !text.starts_with('/') => {
                Some("it is a relative path".to_owned())
            }
            Self::Interpreter if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Some("it starts with a digit, as a version does".to_owned())
            }
            Self::Interpreter => None,
            Self::FileName if matches!(text, "." | "..") => Some("it names a folder".to_owned()),
            Self::FileName => option(text).or_else(|| first(text, |c| c == '/')),
            Self::AccountPath if !text.starts_with('/') => Some("it does not start with `/`".to_owned()),
            Self::AccountPath => first(text, |c| c == ':'),
            Self::KeyPath if !text.starts_with('/') => Some("it does not start with `/`".to_owned()),
            Self::KeyPath => first(text, |c| matches!(c, ',' | '#')),
            Self::Url if text.contains("://-") => {
                Some("its host starts with `-`, as an option does".to_owned())
            }
            Self::Url => option(text).or_else(|| first(text, |c| matches!(c, '"' | '<' | '>' | '`' | '\\'))),
            Self::Address if !is_address(text) => Some("it is neither a URL nor an absolute path".to_owned()),
            Self::Address => first(text, |c| matches!(c, '"' | '<' | '>' | '`' | '\\')),
            Self::PackageName if text.ends_with('-') => {
                Some("it ends with `-`, as a package to remove does".to_owned())
            }
            Self::PackageName => {
                option(text).or_else(|| first(text, |c| !c.is_ascii_graphic())).or_else(|| long(text))
            }
            Self::PackageVersion if text.starts_with('-') => option(text),
            Self::PackageVersion => first(text, |c| matches!(c, '<' | '>' | '=' | '!' | ','))
                .or_else(|| first(text, |c| !(c.is_ascii_alphanumeric() || ".+:~^_*?-".contains(c)))),
            Self::GitRef => git_ref(text),
            Self::Id => {
                let leads_out = text.split('/').any(|name| matches!(name, "." | ".."));
                leads_out.then(|| "it has a part `..` or `.`".to_owned())
            }
            Self::Variable if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Some("it starts with a digit".to_owned())
            }
            Self::Variable => {
                option(text).or_else(|| first(text, |c| !(c.is_ascii_alphanumeric() || "._-".contains(c))))
            }
            Self::HostName | Self::FieldName => {
                option(text).or_else(|| first(text, |c| !(c.is_ascii_alphanumeric() || "._-".contains(c))))
            }
            Self::LabelName => first(text, |c| c == '='),
        }
    }

    /// Whether nothing replaces variables such as `$HOME` in texts of this kind. The addresses of repositories have variables of the
    /// package manager.
    pub(super) fn keeps_variables(self) -> bool {
        match self {
            Self::Setting
            | Self::EnvValue
            | Self::Word
            | Self::Path
            | Self::Paths
            | Self::FileName
            | Self::AccountPath
            | Self::KeyPath => true,
            Self::Url | Self::PackageName | Self::PackageVersion | Self::Requirement | Self::GitRef => true,
            Self::Interpreter => true,
            Self::Text | Self::Argument | Self::Value | Self::Line => false,
            Self::Operand | Self::Address | Self::Id => false,
            Self::Variable | Self::HostName | Self::FieldName | Self::LabelName => false,
        }
    }

    /// The noun for a text of this kind, for messages about a text that is not of this kind.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Setting => "a string",
            Self::Argument => "an argument",
            Self::EnvValue => "the value of a variable",
            Self::Value => "the rest of a line",
            Self::Line => "a line of text",
            Self::Word => "a word",
            Self::Operand => "an operand",
            Self::Path => "a path",
            Self::Paths => "a list of paths",
            Self::FileName => "the name of a file",
            Self::AccountPath => "a path of an account",
            Self::KeyPath => "the path of a key",
            Self::Url => "a URL",
            Self::Address => "the address of a repository",
            Self::PackageName => "a package name",
            Self::PackageVersion => "the version of a package",
            Self::Requirement => "a requirement",
            Self::Interpreter => "a Python interpreter",
            Self::GitRef => "a branch, tag or commit",
            Self::Id => "an id",
            Self::Variable => "the name of a variable",
            Self::HostName => "the name of a host",
            Self::FieldName => "the name of a field",
            Self::LabelName => "the name of a label",
        }
    }

    /// Describes the texts of this kind for a message.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Setting => "a string without NUL characters",
            Self::Argument | Self::EnvValue => "a string of less than 128 KiB without NUL characters",
            Self::Value => "one line without control characters, or nothing",
            Self::Line => "one line without control characters",
            Self::Word => "one word without blanks and control characters",
            Self::Operand => "one line that does not start with `-`",
            Self::Path | Self::Paths => "a path without line breaks and control characters",
            Self::FileName => "the name of a file, without `/`",
            Self::AccountPath => "an absolute path without colons and control characters",
            Self::KeyPath => "an absolute path without blanks, commas and `#`",
            Self::Url => "a URL without blanks and control characters",
            Self::Address => "a URL such as `https://example.com/debian`, or an absolute path",
            Self::PackageName => "one name in ASCII, such as `git`, that neither starts nor ends with `-`",
            Self::PackageVersion => "one version, such as `4.3-1`, without signs of comparison",
            Self::Requirement => "a requirement such as `numpy==2.2.6`, which does not start with `-`",
            Self::Interpreter => "a program such as `python3.12`, or an absolute path",
            Self::GitRef => "a branch, tag or commit, as git allows it",
            Self::Id => "one line without the parts `.` and `..` of a path",
            Self::Variable => "letters, digits, `_`, `.` and `-`, not starting with a digit or `-`",
            Self::HostName => "letters, digits, `.`, `_` and `-`, not starting with `-`",
            Self::FieldName => "letters, digits, `.`, `_` and `-` in ASCII, not starting with `-`",
            Self::LabelName => "one line without `=`",
        }
    }

    /// The code of the mistake in a text that is not of this kind.
    pub(crate) fn code(self, text: &str) -> Code {
        match self {
            _ if long(text).is_some_and(|reason| self.check(text) == Err(reason)) => Code::TooLong,
            Self::PackageVersion => Code::BadVersion,
            _ => Code::BadValue,
        }
    }

    /// What to write instead of a text that is not of this kind. `None` if the expectation says enough.
    pub(crate) fn help(self, text: &str) -> Option<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match self {
            Self::Argument | Self::EnvValue if long(text).is_some() => Some(IN_A_FILE.to_owned()),
            Self::Path | Self::Paths if words.iter().any(|word| is_url(word)) => {
                Some("fetch it with `download`, as a step or as a mount".to_owned())
            }
            Self::PackageName if words.len() > 1 && option(text).is_none() => {
                Some(format!("write a list: [{}]", words.join(", ")))
            }
            Self::PackageName if text.ends_with('-') => {
                Some("write the name without the hyphen under `remove:`".to_owned())
            }
            Self::PackageVersion => Some(
                "write a single version; apt, dnf and yum allow wildcards, such as `4.*`; without `version`, they install the newest one"
                    .to_owned(),
            ),
            Self::LabelName if text.contains('=') => {
                Some("tools read the name up to the first `=`: write `.` or `-` instead".to_owned())
            }
            Self::Requirement if text.starts_with('-') => Some("write options under `options:`".to_owned()),
            Self::Interpreter if text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(' ') => {
                Some(format!("write the name of the program: `python{text}`"))
            }
            _ => None,
        }
    }
}

/// The way out for a text that is too long for an argument or a variable.
const IN_A_FILE: &str = "write it to a file with `file` or `copy`, and pass the path of the file";

/// The reason against a text that a program would read as an option.
fn option(text: &str) -> Option<String> {
    text.starts_with('-').then(|| "it starts with `-`, as an option does".to_owned())
}

/// Whether a text starts with the scheme of a URL or is an absolute path.
fn is_address(text: &str) -> bool {
    text.starts_with('/') || behind_scheme(text).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

/// Whether a text names a place on another machine, such as `https://example.com`.
fn is_url(text: &str) -> bool {
    behind_scheme(text).is_some_and(|rest| rest.starts_with("//"))
}

/// Returns what follows the scheme of a URL and its colon: `//example.com` for `https://example.com`.
fn behind_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    is_scheme.then_some(rest)
}

/// The rules of `git check-ref-format`, which commits in hexadecimal digits and `HEAD` follow too.
fn git_ref(name: &str) -> Option<String> {
    let part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let odd = || ["..", "@{", "//"].into_iter().find(|odd| name.contains(odd)).map(text);
    option(name)
        .or_else(|| first(name, |c| "~^:?*[\\".contains(c)))
        .or_else(odd)
        .or_else(|| name.ends_with('.').then(|| "it ends with `.`".to_owned()))
        .or_else(|| {
            let odd = name.split('/').find(|name| part(name));
            odd.map(|odd| format!("its part `{odd}` is empty, starts with `.` or ends with `.lock`"))
        })
}
