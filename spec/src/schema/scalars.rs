//! The kinds of strings, such as modes, sizes and paths: which strings they allow, and their parsed values.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use buildkit_names::Reference;

use super::mode::Mode;
use super::signal::{is_signal, similar};
use super::written::Written;
use crate::base::diagnostic::Code;
use crate::base::suggest::nearest;
use crate::base::timestamp::Timestamp;
use crate::base::variables;

/// The kind of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// Any string, with every character. Example: the content of a file.
    Content,
    /// Any string without NUL characters.
    Text,
    /// A part of a shell script. The shell interprets the text of an argument that is inserted there.
    Script,
    /// Any string without NUL characters except an empty or blank one.
    Filled,
    /// A string that is written into something, which decides what it may hold.
    Written(Written),
    /// `true` or `false`.
    Bool,
    /// A whole number, 0 or greater.
    Number,
    /// An absolute path.
    AbsolutePath,
    /// A file mode: octal digits such as `0755`, or changes such as `u+x,go-w`.
    Mode,
    /// A file mode in octal digits.
    OctalMode,
    /// A user with an optional group: `app`, `1000:1000`.
    Owner,
    /// A user with an optional group, both by number: `1000`, `1000:1000`.
    Ids,
    /// A number of bytes: `64m`, `2g`.
    Size,
    /// A duration: `30s`, `1m30s`.
    Duration,
    /// A duration in whole seconds: `30s`, `1m30s`.
    Seconds,
    /// A day, `2025-01-01`, or a date and time, `20250101T000000Z`.
    Timestamp,
    /// A resource limit. `1024` is the soft and hard limit, `1024:2048` are both. -1 means unlimited.
    Limit,
    /// A signal that stops a container: `SIGTERM`, `SIGRTMIN+3`, `9`.
    Signal,
    /// An IP address.
    Address,
    /// A port or a range of ports, with an optional protocol: `8080`, `53/udp`, `8000-8010`.
    Port,
    /// A SHA-256 digest, with or without the prefix `sha256:`.
    Sha256,
    /// The full hash of a git commit.
    Commit,
    /// The name of an axis value.
    AxisValue,
    /// The name of an image to publish, with an optional tag: `ghcr.io/acme/app:1.2`.
    Tag,
    /// A version of varve: `0.3`, `0.3.1`.
    LanguageVersion,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An expression without `${{ }}`.
    Expression,
}

impl Scalar {
    /// Checks whether a string is of this kind. The error describes what was expected.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        let fits = match self {
            Self::Content | Self::Expression => true,
            Self::Text | Self::Script => Written::Text.check(text).is_ok(),
            Self::Filled => !text.trim().is_empty() && Written::Text.check(text).is_ok(),
            Self::Written(kind) => kind.check(text).is_ok(),
            Self::Bool => bool(text).is_some(),
            Self::Number => number(text).is_some(),
            Self::AbsolutePath => text.starts_with('/') && Written::Path.check(text).is_ok(),
            Self::Mode => Mode::parse(text).is_some(),
            Self::OctalMode => octal(text).is_some(),
            Self::Owner => owner(text),
            Self::Ids => ids(text).is_some(),
            Self::Size => size(text).is_some(),
            Self::Duration => duration(text).is_some(),
            Self::Seconds => seconds(text).is_some(),
            Self::Timestamp => Timestamp::parse(text).is_some(),
            Self::Limit => limit(text).is_some(),
            Self::Signal => is_signal(text),
            Self::Address => address(text).is_some(),
            Self::Port => port(text).is_some(),
            Self::Sha256 => hexadecimal(text.strip_prefix("sha256:").unwrap_or(text), &[64]),
            Self::Commit => hexadecimal(text, &[40, 64]),
            Self::AxisValue => axis_value(text),
            Self::Tag => Reference::is_pushable(text),
            Self::LanguageVersion => language_version(text).is_some(),
            Self::Word(words) => words.contains(&text),
        };
        if fits { Ok(()) } else { Err(self.expected()) }
    }

    /// Suggests a correction for a string that is not of this kind: `true` for `yes`. `None` if there is no obvious one.
    fn meant(self, text: &str) -> Option<String> {
        let repaired = match self {
            Self::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "y" | "1" => "true".to_owned(),
                "false" | "no" | "off" | "n" | "0" => "false".to_owned(),
                _ => return None,
            },
            Self::Word(words) => nearest(text, words.iter().copied())?.to_owned(),
            Self::Signal => return similar(text),
            Self::Duration | Self::Seconds => format!("{text}s"),
            // `>=0.3` becomes `0.3`, and `1` becomes `1.0`.
            Self::LanguageVersion => {
                let version = text.trim_start_matches(|c: char| !c.is_ascii_digit());
                return [version.to_owned(), format!("{version}.0")]
                    .into_iter()
                    .find(|text| self.check(text).is_ok());
            }
            // A time without a zone gets `Z`, and a day in digits gets a time.
            Self::Timestamp => {
                return ["Z", "T000000Z"]
                    .map(|end| [text, end].concat())
                    .into_iter()
                    .find(|text| self.check(text).is_ok());
            }
            Self::Number | Self::Mode | Self::OctalMode | Self::Size | Self::Limit | Self::Port => {
                text.split_whitespace().collect()
            }
            _ => return None,
        };
        (repaired != text && self.check(&repaired).is_ok()).then_some(repaired)
    }

    /// The reason why a string that is not of this kind cannot be written to its place: `it contains a line break`. `None` if what was
    /// expected says enough.
    pub(crate) fn reason(self, text: &str) -> Option<String> {
        let kind = match self {
            Self::Text | Self::Script | Self::Filled => Written::Text,
            Self::AbsolutePath => Written::Path,
            Self::Written(kind) => kind,
            _ => return None,
        };
        kind.check(text).err()
    }

    /// Whether strings of this kind are paths.
    pub(crate) fn is_path(self) -> bool {
        matches!(
            self,
            Self::AbsolutePath
                | Self::Written(
                    Written::Path
                        | Written::Paths
                        | Written::AccountPath
                        | Written::KeyPath
                        | Written::Operand
                        | Written::Interpreter
                )
        )
    }

    /// Whether nothing replaces variables such as `$HOME` in strings of this kind, although a Dockerfile does at such places.
    pub(crate) fn keeps_variables(self) -> bool {
        match self {
            Self::AbsolutePath => true,
            Self::Written(kind) => kind.keeps_variables(),
            _ => false,
        }
    }

    /// What to write instead of a string that is not of this kind. `None` if there is no advice.
    pub(crate) fn help(self, text: &str) -> Option<String> {
        match self {
            Self::Written(kind) => kind.help(text),
            Self::Owner => variables::first(text)
                .map(|name| format!("varve replaces only `${{{{ }}}}`: write `${{{{ {name} }}}}`")),
            _ => self.meant(text).map(|meant| format!("did you mean `{meant}`?")),
        }
    }

    /// The code of the mistake in a string that is not of this kind.
    pub(crate) fn code(self, text: &str) -> Code {
        match self {
            Self::Written(kind) => kind.code(text),
            Self::Tag => Code::BadReference,
            _ => Code::BadValue,
        }
    }

    /// The noun for a string of this kind with its article, for a message about a string that is not of this kind.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Content | Self::Text | Self::Script => "a string",
            Self::Filled => "a non-empty string",
            Self::Written(kind) => kind.noun(),
            Self::Bool => "a boolean",
            Self::Number => "an integer from 0",
            Self::AbsolutePath => "an absolute path",
            Self::Mode | Self::OctalMode => "a file mode",
            Self::Owner | Self::Ids => "a valid owner",
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Seconds => "a duration in whole seconds",
            Self::Timestamp => "a valid date",
            Self::Limit => "a valid limit",
            Self::Signal => "a signal",
            Self::Address => "an IP address",
            Self::Port => "a port",
            Self::Sha256 => "a sha256 digest",
            Self::Commit => "a full commit id",
            Self::LanguageVersion => "a version",
            Self::AxisValue => "a valid name for a value",
            Self::Tag => "a valid tag",
            Self::Word(_) => "an allowed value",
            Self::Expression => "an expression",
        }
    }

    /// Describes the strings of this kind for a message.
    pub(crate) fn expected(self) -> String {
        let words;
        let expected = match self {
            Self::Content => "a string",
            Self::Text | Self::Script => "a string",
            Self::Filled => "a non-empty string",
            Self::Written(kind) => kind.expected(),
            Self::Bool => "true or false",
            Self::Number => "an integer from 0",
            Self::AbsolutePath => "an absolute path, starting with `/`",
            Self::Mode => "a file mode such as \"0755\" or \"u+x\"",
            Self::OctalMode => "a file mode such as \"0755\"",
            Self::Owner => {
                "a user with an optional group, such as `app` or `1000:1000`, with numbers up to 4294967294"
            }
            Self::Ids => "a user with an optional group, both by number, such as 1000 or 1000:1000",
            Self::Size => "a size such as 512, 64k, 64m or 2g",
            Self::Duration => "a duration such as 500ms, 30s or 1m30s",
            Self::Seconds => "a duration in hours, minutes and seconds, such as 30s or 1m30s",
            Self::Timestamp => "a date such as 2025-01-01, 20250101T000000Z or 2025-01-01T00:00:00Z",
            Self::Limit => "a limit such as 1024 or 1024:2048; -1 means unlimited",
            Self::Signal => "a signal such as SIGTERM, SIGRTMIN+3 or 9",
            Self::Address => "an IP address",
            Self::Port => "a port such as 8080, 53/udp or 8000-8010",
            Self::Sha256 => "a sha256 digest: 64 hexadecimal digits in lower case",
            Self::Commit => "a full commit id: 40 or 64 hexadecimal digits in lower case",
            Self::LanguageVersion => "a version such as 0.3 or 0.3.1",
            Self::AxisValue => "letters, digits and `. _ - + / : @`, starting with a letter or digit",
            Self::Tag => {
                "an image name with an optional tag, such as `acme/app:1.2`; `| slug` makes a valid tag of a value"
            }
            Self::Word(known) => {
                words = format!("one of {}", known.join(", "));
                &words
            }
            Self::Expression => "an expression",
        };
        expected.to_owned()
    }
}

/// Parses `true` or `false`.
pub(crate) fn bool(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Parses a whole number, 0 or greater.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Parses octal digits up to 7777, with an optional `0o`.
pub(crate) fn octal(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let plain = (1..=5).contains(&digits.len()) && digits.chars().all(|c| c.is_digit(8));
    u32::from_str_radix(digits, 8).ok().filter(|mode| plain && *mode <= 0o7777)
}

/// Parses a user and a group by number. A single number stands for both.
pub(crate) fn ids(text: &str) -> Option<(u32, u32)> {
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    Some((id(user)?, id(group)?))
}

/// Parses the number of a user or group. The largest 32-bit number is not allowed, since chown(2) takes it as "leave as it is".
fn id(text: &str) -> Option<u32> {
    u32::try_from(number(text)?).ok().filter(|id| *id < u32::MAX)
}

/// Parses an IP address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// Parses a size into bytes. The units `k`, `m` and `g` are powers of 1024, each with an optional `b` or `ib`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let unit: u64 = match &lower[digits..] {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    lower[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

/// Parses a duration into nanoseconds: numbers with the units `ms`, `s`, `m` and `h`, in any order.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let nanoseconds: u64 = match &rest[digits..unit] {
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        total = total.checked_add(rest[..digits].parse::<u64>().ok()?.checked_mul(nanoseconds)?)?;
        rest = &rest[unit..];
    }
    (!text.is_empty()).then_some(total)
}

/// The seconds of a duration without milliseconds.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    duration(text).filter(|_| !text.contains("ms")).map(|nanoseconds| nanoseconds / 1_000_000_000)
}

/// Parses the soft and hard limit. A single number stands for both.
pub(crate) fn limit(text: &str) -> Option<(i64, i64)> {
    let (soft, hard) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= -1);
    let (soft, hard) = (number(soft)?, number(hard)?);
    (hard == -1 || (soft != -1 && soft <= hard)).then_some((soft, hard))
}

/// Parses the first port, the last port and the protocol, which is tcp by default.
pub(crate) fn port(text: &str) -> Option<(u16, u16, &str)> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && matches!(protocol, "tcp" | "udp" | "sctp")).then_some((first, last, protocol))
}

/// Parses `MAJOR.MINOR` or `MAJOR.MINOR.PATCH` into its three numbers.
pub(crate) fn language_version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| number(part).filter(|_| !part.is_empty()));
    let (major, minor) = (parts.next()??, parts.next()??);
    let patch = parts.next().unwrap_or(Some(0))?;
    parts.next().is_none().then_some([major, minor, patch])
}

/// Whether a string can be the name of an axis value.
pub(crate) fn axis_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/:@".contains(c))
}

fn hexadecimal(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// Whether a string changes a mode. After the operator are permissions, or `u`, `g` or `o` whose permissions are copied: `g=u`.
/// BuildKit parses them with `dchapes-mode`, which allows several operators in a clause, as BSD's chmod does.
pub(crate) fn symbolic(text: &str) -> bool {
    let clause = |clause: &str| {
        let Some(at) = clause.find(['+', '-', '=']) else { return false };
        clause[..at].chars().all(|c| "ugoa".contains(c))
            && clause[at + 1..].chars().all(|c| "rwxXstugo+-=".contains(c))
    };
    !text.is_empty() && text.split(',').all(clause)
}

/// Digits are always a number, also where a user has a name of digits.
fn owner(text: &str) -> bool {
    let name = |name: &str| match name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => id(name).is_some(),
        false => {
            !name.starts_with('-')
                && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == ':' || c == '/')
        }
    };
    let plain = match text.split_once(':') {
        Some((user, group)) => name(user) && name(group),
        None => name(text),
    };
    plain && variables::first(text).is_none()
}
