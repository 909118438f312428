//! Signals of Linux that can stop a container.

use super::scalars;
use crate::base::suggest::nearest;

/// The names without `SIG`, as container engines know them (`signal_linux.go` of moby/sys). The real-time signals are relative to
/// the two of them that are in this list.
const NAMES: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// Whether a string is a signal: a name with or without `SIG` in any case, such as `SIGTERM` and `rtmin+3`, or a number from 1 to 64.
pub(crate) fn is_signal(text: &str) -> bool {
    if let Some(number) = scalars::number(text) {
        return (1..=64).contains(&number);
    }
    let name = bare(text);
    let offset = |start: &str, largest: u64| {
        let digits = name.strip_prefix(start).filter(|digits| !digits.starts_with('0'));
        digits.and_then(scalars::number).is_some_and(|offset| (1..=largest).contains(&offset))
    };
    NAMES.contains(&name.as_str()) || offset("RTMIN+", 15) || offset("RTMAX-", 14)
}

/// Returns the signal with a similar name: `SIGTERM` for `SIGTREM`.
pub(crate) fn similar(text: &str) -> Option<String> {
    nearest(&bare(text), NAMES.iter().copied()).map(|name| format!("SIG{name}"))
}

fn bare(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    upper.strip_prefix("SIG").map(str::to_owned).unwrap_or(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for text in
            ["SIGTERM", "term", "SigUsr1", "9", "64", "RTMIN", "SIGRTMIN+3", "rtmin+15", "RTMAX-14", "RTMAX"]
        {
            assert!(is_signal(text), "{text}");
        }
        for text in [
            "FOOBAR",
            "SIG",
            "",
            "0",
            "65",
            "-9",
            "RTMIN+0",
            "RTMIN+16",
            "RTMIN+03",
            "RTMAX-15",
            "RTMAX+1",
            "SIGSIGTERM",
        ] {
            assert!(!is_signal(text), "{text}");
        }
    }

    #[test]
    fn a_similar_name() {
        assert_eq!(similar("SIGTREM").as_deref(), Some("SIGTERM"));
        assert_eq!(similar("FOOBAR"), None);
    }
}
