//! The limits of the processes of every step.

use super::{InvalidOption, csv};

/// A limit of a process (`ulimit.go` of `github.com/docker/go-units`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// The name of the resource, such as `nofile`.
    pub name: String,
    /// The soft limit, which is in force; -1 sets no limit.
    pub soft: i64,
    /// The hard limit, up to which the process can raise the soft one; -1 sets no limit.
    pub hard: i64,
}

/// Parses `name=soft[:hard],...`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        check("", Ok(&[]));
        check("nofile=1024", Ok(&[("nofile", 1024, 1024)]));
        check("nofile=1024:2048,core=0:-1", Ok(&[("nofile", 1024, 2048), ("core", 0, -1)]));
        check("memlock=-1", Ok(&[("memlock", -1, -1)]));
        check("memlock=-1:-1", Ok(&[("memlock", -1, -1)]));
        check("nofile", Err("invalid ulimit argument: nofile"));
        check("as=1", {
            Err(
                "invalid ulimit type: as: expected one of core, cpu, data, fsize, locks, memlock, msgqueue, nice, \
                 nofile, nproc, rss, rtprio, rttime, sigpending, stack",
            )
        });
        check("nofile=a", Err("expected a number or -1 for nofile, found \"a\""));
        check("nofile=", Err("expected a number or -1 for nofile, found \"\""));
        check("nofile=1:", Err("expected a number or -1 for nofile, found \"\""));
        check("nofile=1:2:3", {
            Err("too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`")
        });
        check("nofile=2:1", Err("ulimit soft limit must be less than or equal to hard limit: 2 > 1"));
        check("nofile=-1:1", {
            Err("ulimit soft limit must be less than or equal to hard limit: -1 (unlimited) > 1")
        });

        fn check(value: &str, expect: Result<&[(&str, i64, i64)], &str>) {
            let limit = |(name, soft, hard): &(&str, i64, i64)| Ulimit {
                name: (*name).to_owned(),
                soft: *soft,
                hard: *hard,
            };
            let expect = expect.map(|limits| limits.iter().map(limit).collect::<Vec<_>>());
            let expect = expect.map_err(|reason| format!("failed to parse ulimit: {reason}"));
            assert_eq!(parse(value).map_err(|error| error.to_string()), expect);
        }
    }
}
