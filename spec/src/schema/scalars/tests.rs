//! Tests of the kinds of strings.

use super::*;

#[test]
fn kinds() {
    let check = |kind: Scalar, good: &[&str], bad: &[&str]| {
        good.iter().for_each(|text| assert_eq!(kind.check(text), Ok(()), "{text}"));
        bad.iter().for_each(|text| assert!(kind.check(text).is_err(), "{kind:?} {text}"));
    };
    check(Scalar::Bool, &["true", "false"], &["yes", "True", "1", ""]);
    check(Scalar::Number, &["0", "10"], &["-1", "1.0", "x", "", "99999999999999999999"]);
    check(Scalar::AbsolutePath, &["/", "/a b"], &["a", "./a", ""]);
    check(Scalar::Signal, &["SIGTERM", "9"], &["FOOBAR", "0"]);
    check(
        Scalar::Mode,
        &["755", "0755", "0o644", "u+x", "a=rX,g-w", "1777"],
        &["9", "rwx", "77777", "", "u"],
    );
    check(
        Scalar::Owner,
        &["app", "1000:1000", "a:b", "0", "4294967294", "1a"],
        &[
            "",
            ":",
            "a:",
            "a b",
            "-1",
            "-app",
            "1:-1",
            "$UID",
            "a:${GID}",
            "4294967295",
            "99999999999",
            "a\nb",
            "a\u{0}",
        ],
    );
    check(
        Scalar::Ids,
        &["0", "1000:50"],
        &["app", "1000:app", "1:", ":1", "1:2:3", "-1", "4294967295", "4294967296", ""],
    );
    check(Scalar::Size, &["512", "64k", "64MB", "2GiB"], &["m", "1t", "", "1.5g"]);
    check(Scalar::Seconds, &["30s", "1m30s", "0s", "1h"], &["30", "500ms", "1s500ms", "1000ms", ""]);
    check(Scalar::Duration, &["30s", "1m30s", "500ms", "1h"], &["30", "s", "", "1d"]);
    check(Scalar::Word(&["a", "b"]), &["a"], &["c", ""]);
    check(
        Scalar::Tag,
        &["app", "acme/app:1.2", "localhost:5000/app:1.2_x", "ghcr.io/acme/app:GIT_REVISION"],
        &["", "acme/app:", "acme/App:1", "acme/app:1.2+cu129", "acme/app:-1", "a b:1", "app:a b", "app:a:b"],
    );
    check(Scalar::Limit, &["1024", "1024:2048", "-1", "5:-1"], &["x", "2:1", "-2", ""]);
    check(Scalar::Address, &["10.0.0.1", "::1"], &["host", "1.2.3"]);
    check(Scalar::Port, &["80", "53/udp", "8000-8010/tcp"], &["x", "2-1", "80/http", "70000"]);
    check(Scalar::Filled, &["x"], &["", " "]);
    check(Scalar::LanguageVersion, &["0.3", "1.20.3"], &["1", "v0.3", "0.3.", "0.3.1.2", "0.x", ""]);
}

#[test]
fn meanings() {
    assert_eq!(octal("0755"), Some(0o755));
    assert_eq!((ids("7"), ids("7:8")), (Some((7, 7)), Some((7, 8))));
    assert_eq!(size("64m"), Some(64 << 20));
    assert_eq!(duration("1m30s"), Some(90_000_000_000));
    assert_eq!(duration("250ms"), Some(250_000_000));
    assert_eq!((language_version("0.3"), language_version("1.20.3")), (Some([0, 3, 0]), Some([1, 20, 3])));
    assert_eq!(Scalar::LanguageVersion.meant(">=0.3"), Some("0.3".to_owned()));
    assert_eq!(Scalar::LanguageVersion.meant("1"), Some("1.0".to_owned()));
}
