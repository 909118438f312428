//! The resource limits of every step.

use std::collections::BTreeMap;

use super::InvalidOption;

/// The resource limits of every step. `None` means that the user set no limit. They exist since BuildKit 0.31 and require the
/// capability `exec.meta.linux.resources`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// `memory`, in bytes.
    pub memory: Option<i64>,
    /// `memswap`: memory and swap together, in bytes; -1 sets no limit.
    pub memory_swap: Option<i64>,
    /// `cpushares`: the weight of the step when processors are scarce.
    pub cpu_shares: Option<u64>,
    /// `cpuperiod`: the period of the processor quota, in microseconds.
    pub cpu_period: Option<u64>,
    /// `cpuquota`: the processor time in each period, in microseconds.
    pub cpu_quota: Option<i64>,
    /// `cpusetcpus`: the processors that the step may use, such as `0-3,5`.
    pub cpuset_cpus: Option<String>,
    /// `cpusetmems`: the memory nodes that the step may use, such as `0,1`.
    pub cpuset_mems: Option<String>,
}

impl Resources {
    /// Whether the user set no limit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn read(opts: &BTreeMap<String, String>) -> Result<Self, InvalidOption> {
        let read = Reader { opts };
        Ok(Self {
            memory: read.number("memory", |n: i64| n > 0, "must be > 0")?,
            memory_swap: read.number(
                "memswap",
                |n: i64| n == -1 || n > 0,
                "must be -1 (unlimited) or > 0",
            )?,
            cpu_shares: read.number("cpushares", |n: u64| n > 0, "must be > 0")?,
            cpu_period: read.number("cpuperiod", |n: u64| n > 0, "must be > 0")?,
            cpu_quota: read.number("cpuquota", |n: i64| n > 0, "must be > 0")?,
            cpuset_cpus: read.cpuset("cpusetcpus")?,
            cpuset_mems: read.cpuset("cpusetmems")?,
        })
    }
}

struct Reader<'a> {
    opts: &'a BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn number<T: std::str::FromStr + Copy>(
        &self,
        key: &str,
        fits: impl Fn(T) -> bool,
        rule: &str,
    ) -> Result<Option<T>, InvalidOption> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match text.parse() {
            Ok(number) if fits(number) => Ok(Some(number)),
            Ok(_) => Err(invalid(key, text, rule)),
            Err(_) => Err(invalid(key, text, "not a number")),
        }
    }

    /// Checks a list of numbers and ranges (`util/cpuset/cpuset.go`).
    fn cpuset(&self, key: &str) -> Result<Option<String>, InvalidOption> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match text.split(',').map(str::trim).find(|part| !part.is_empty() && !is_cpu_range(part)) {
            None => Ok(Some(text.to_owned())),
            Some(part) => {
                Err(invalid(key, text, &format!("expected numbers up to 8192 and ranges, found {part:?}")))
            }
        }
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.opts.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }
}

fn is_cpu_range(part: &str) -> bool {
    const HIGHEST: u32 = 8192;
    let (low, high) = part.split_once('-').unwrap_or((part, part));
    let bounds = low.trim().parse::<u32>().ok().zip(high.trim().parse::<u32>().ok());
    bounds.is_some_and(|(low, high)| low <= high && high <= HIGHEST)
}

fn invalid(key: &str, text: &str, rule: &str) -> InvalidOption {
    InvalidOption(format!("failed to parse resource limits: invalid {key} value: {text}: {rule}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_parsed() {
        let opts = [
            ("memory", "1073741824"),
            ("memswap", "-1"),
            ("cpushares", "512"),
            ("cpuperiod", "100000"),
            ("cpuquota", "50000"),
            ("cpusetcpus", "0-3, 5,"),
            ("cpusetmems", "0"),
        ];
        let opts = opts.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let expected = Resources {
            memory: Some(1_073_741_824),
            memory_swap: Some(-1),
            cpu_shares: Some(512),
            cpu_period: Some(100_000),
            cpu_quota: Some(50_000),
            cpuset_cpus: Some("0-3, 5,".to_owned()),
            cpuset_mems: Some("0".to_owned()),
        };
        assert_eq!(Resources::read(&opts), Ok(expected));
    }

    #[test]
    fn invalid_limits_are_refused() {
        check("memory", "", "");
        check("cpusetcpus", "", "");
        check("memory", "0", "must be > 0");
        check("memory", "1g", "not a number");
        check("memswap", "0", "must be -1 (unlimited) or > 0");
        check("memswap", "-2", "must be -1 (unlimited) or > 0");
        check("cpushares", "0", "must be > 0");
        check("cpuperiod", "-1", "not a number");
        check("cpuquota", "-1", "must be > 0");
        check("cpusetcpus", "3-1", "expected numbers up to 8192 and ranges, found \"3-1\"");
        check("cpusetcpus", "a", "expected numbers up to 8192 and ranges, found \"a\"");
        check("cpusetmems", "0,8193", "expected numbers up to 8192 and ranges, found \"8193\"");

        fn check(key: &str, value: &str, reason: &str) {
            let expect = match reason {
                "" => Ok(true),
                _ => Err(format!("failed to parse resource limits: invalid {key} value: {value}: {reason}")),
            };
            let opts = [(key.to_owned(), value.to_owned())].into();
            let found = Resources::read(&opts).map(|resources| resources.is_empty());
            assert_eq!(found.map_err(|error| error.to_string()), expect);
        }
    }
}
