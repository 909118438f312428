//! Tests of what values may hold.

use super::Written;

/// Texts that have a meaning somewhere: to a reader of lines, a shell, a program or a terminal.
const HOSTILE: [&str; 12] = [
    "a\nb",
    "a\rb",
    "a\u{b}b",
    "a\u{85}b",
    "a\u{2028}b",
    "a\0b",
    "a\u{1b}[2Jb",
    "a\u{7f}",
    "a\u{202e}b",
    "a\u{2066}b",
    "a\u{9b}b",
    "\n",
];

const KINDS: [Written; 25] = [
    Written::Paths,
    Written::Text,
    Written::Argument,
    Written::Setting,
    Written::EnvValue,
    Written::Value,
    Written::Line,
    Written::Word,
    Written::Operand,
    Written::Path,
    Written::FileName,
    Written::AccountPath,
    Written::KeyPath,
    Written::Url,
    Written::Address,
    Written::PackageName,
    Written::PackageVersion,
    Written::Requirement,
    Written::Interpreter,
    Written::GitRef,
    Written::Id,
    Written::Variable,
    Written::HostName,
    Written::FieldName,
    Written::LabelName,
];

#[test]
fn only_texts_arguments_and_settings_hold_a_line_break_or_a_control_character() {
    let texts = [Written::Text, Written::Argument, Written::Setting, Written::EnvValue];
    for kind in KINDS.into_iter().filter(|kind| !texts.contains(kind)) {
        for text in HOSTILE {
            assert!(kind.check(text).is_err(), "{kind:?} {text:?}");
            assert!(kind.check(&format!("/{text}")).is_err(), "{kind:?} /{text:?}");
        }
    }
    for (kind, text) in texts.iter().flat_map(|kind| HOSTILE.map(|text| (kind, text))) {
        assert_eq!(kind.check(text).is_err(), text.contains('\0'), "{kind:?} {text:?}");
    }
}

#[test]
fn no_operand_is_an_option() {
    for kind in KINDS {
        let allowed = matches!(
            kind,
            Written::Text
                | Written::Argument
                | Written::Setting
                | Written::EnvValue
                | Written::Value
                | Written::Line
                | Written::Word
                | Written::Path
                | Written::Paths
                | Written::Id
                | Written::LabelName
        );
        assert_eq!(kind.check("-a").is_ok(), allowed, "{kind:?}");
    }
}

#[test]
fn each_kind_has_its_own_characters() {
    let check = |kind: Written, good: &[&str], bad: &[&str]| {
        good.iter().for_each(|text| assert_eq!(kind.check(text), Ok(()), "{kind:?} {text}"));
        bad.iter().for_each(|text| assert!(kind.check(text).is_err(), "{kind:?} {text}"));
    };
    check(Written::Value, &["", "a b"], &["a\tb"]);
    check(Written::Line, &["a b", "é", "👩\u{200d}🔬"], &["", "  "]);
    check(Written::Word, &["a", "$releasever", "#"], &["a b", "a\u{a0}b", ""]);
    check(Written::Operand, &[".[dev]", "a b"], &["", "--index-url=x"]);
    check(Written::Path, &["/a b", "../x", "-a", "a\u{301}"], &["", " "]);
    check(Written::FileName, &["acme.rsa.pub", "..a"], &["..", ".", "../a", "a/b", "/a", ""]);
    check(Written::AccountPath, &["/home/a b"], &["home", "/a:b", ""]);
    check(Written::KeyPath, &["/etc/keys/a.gpg"], &["a", "/a b", "/a,b", "/a#"]);
    check(Written::Url, &["https://a/b?c=%20", "git@host:a.git"], &["https://a b", "--upload-pack=x", "<a>"]);
    check(
        Written::Address,
        &["https://a/$releasever/", "file:/srv", "mirror+http://a/b", "/srv/apk"],
        &["a", "http:", "https://a b", "@edge http://a", "#http://a", ":/a"],
    );
    check(
        Written::PackageName,
        &["g++", "libc6:amd64", "perl(Foo::Bar)", "@development-tools", "/usr/bin/make", "nodejs>=18"],
        &["a b", "a-", "-o=x", "é", ""],
    );
    check(
        Written::PackageVersion,
        &["1:2.39*", "4.3-1", "1.2~rc1^git1", "~4"],
        &[">=4", "=4", "4 ", "<5", "!4", "4,5", "-1", "$(x)", ""],
    );
    check(Written::Requirement, &["a==1", "a @ https://b/c.whl", "."], &["--index-url=x", "-r", ""]);
    check(
        Written::Interpreter,
        &["python3.12", "/opt/my python/bin/python"],
        &["3.12", "bin/python", "./python", "-m", ""],
    );
    check(
        Written::GitRef,
        &["v1.2", "refs/heads/a", "HEAD", "a-b", "0123456789"],
        &["--upload-pack=x", "a:b", "a..b", "a b", "HEAD~1", "/a", "a/", ".a", "a.lock", "a@{1}", "a."],
    );
    check(Written::Id, &["a/b", "pip-index", "a b"], &["../a", "a/../b", "..", "."]);
    check(Written::Variable, &["A_1", "a.b-c", ".a"], &["A=b", "1A", "-A", "A B", ""]);
    check(Written::HostName, &["db", "a.b-c_d"], &["a b", "#", "a=b", "-a"]);
    check(Written::FieldName, &["Check-Valid-Until", "module_hotfixes"], &["a: b", "a=b", "#a", "[a]"]);
    check(Written::LabelName, &["org.opencontainers.image.title", "a b"], &["a = b", "a=", ""]);
}

#[test]
fn an_argument_and_a_variable_have_the_length_that_linux_passes() {
    for kind in
        [Written::Argument, Written::EnvValue, Written::Operand, Written::PackageName, Written::Requirement]
    {
        assert_eq!(kind.check(&"a".repeat(131_071)), Ok(()), "{kind:?}");
        assert_eq!(
            kind.check(&"a".repeat(131_072)),
            Err("it has 131072 bytes, and Linux passes at most 131071".to_owned()),
            "{kind:?}"
        );
    }
    for kind in [Written::Text, Written::Setting] {
        assert_eq!(kind.check(&"a".repeat(131_072)), Ok(()), "{kind:?}");
    }
}
