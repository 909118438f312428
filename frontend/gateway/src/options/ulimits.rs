//! Limits that the kernel sets the processes of every step.

use super::{InvalidOption, csv};

/// A limit (`github.com/docker/go-units`, `ulimit.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// What is limited, such as `nofile`.
    pub name: String,
    /// The limit that a process can raise; -1 for none.
    pub soft: i64,
    /// The limit that it cannot raise; -1 for none.
    pub hard: i64,
}

/// Reads `name=soft[:hard],...`.
pub(super) fn parse(value: &str) -> Result<Vec<Ulimit>, InvalidOption> {
    let invalid = |reason: String| InvalidOption(format!("failed to parse ulimit: {reason}"));
    csv::fields(value).map_err(invalid)?.iter().map(|field| ulimit(field).map_err(invalid)).collect()
}

fn ulimit(field: &str) -> Result<Ulimit, String> {
    let (name, limits) = field.split_once('=').ok_or_else(|| format!("invalid ulimit argument: {field}"))?;
    if !NAMES.contains(&name) {
        return Err(format!("invalid ulimit type: {name}: expected one of {}", NAMES.join(", ")));
    }
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| format!("expected a number or -1 for {name}, found {text:?}"))
    };
    let (soft, hard) = match limits.split_once(':') {
        None => {
            let both = number(limits)?;
            (both, both)
        }
        Some((_, hard)) if hard.contains(':') => {
            return Err(format!(
                "too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"
            ));
        }
        Some((soft, hard)) => {
            let hard = number(hard)?;
            (number(soft)?, hard)
        }
    };
    if hard != -1 && (soft == -1 || soft > hard) {
        let soft = if soft == -1 { "-1 (unlimited)".to_owned() } else { soft.to_string() };
        return Err(format!("ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}"));
    }
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];
