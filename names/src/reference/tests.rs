use super::*;

fn reference(text: &str) -> Reference {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn digest(of: char) -> String {
    format!("sha256:{}", of.to_string().repeat(64))
}

#[test]
fn forms() {
    let check = |text: &str, canonical: &str, familiar: &str| {
        let text = text.replace("@A", &format!("@{}", digest('a')));
        let reference = reference(&text);
        let short = |text: &str| text.replace(&digest('a'), "A");
        let forms = (short(&reference.canonical()), short(reference.familiar()));
        assert_eq!(forms, (canonical.to_owned(), familiar.to_owned()), "{text}");
        assert_eq!(reference.to_string(), text);
        // Each form is another way to write the same.
        for form in [reference.canonical(), reference.familiar().to_owned()] {
            assert_eq!(self::reference(&form), reference, "{form}");
            assert_eq!(self::reference(&form).canonical(), reference.canonical(), "{form}");
        }
    };
    check("alpine", "docker.io/library/alpine:latest", "alpine");
    check("alpine:latest", "docker.io/library/alpine:latest", "alpine");
    check("alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20");
    check("alpine@A", "docker.io/library/alpine@A", "alpine@A");
    check("alpine:3@A", "docker.io/library/alpine:3@A", "alpine:3@A");
    check("alpine:latest@A", "docker.io/library/alpine:latest@A", "alpine:latest@A");
    check("library/alpine", "docker.io/library/alpine:latest", "alpine");
    check("docker.io/alpine", "docker.io/library/alpine:latest", "alpine");
    check("index.docker.io/alpine", "docker.io/library/alpine:latest", "alpine");
    check("index.docker.io/acme/app:1", "docker.io/acme/app:1", "acme/app:1");
    check("docker.io/library/a/b:1", "docker.io/library/a/b:1", "library/a/b:1");
    check("acme/app", "docker.io/acme/app:latest", "acme/app");
    check("localhost/app", "localhost/app:latest", "localhost/app");
    check("localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app");
    check("Host/app:1", "Host/app:1", "Host/app:1");
    check("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app");
    check("[2001:db8::1]/app", "[2001:db8::1]/app:latest", "[2001:db8::1]/app");
    check("ghcr.io/a/b/c:1", "ghcr.io/a/b/c:1", "ghcr.io/a/b/c:1");
    check("ghcr.io/a/b@A", "ghcr.io/a/b@A", "ghcr.io/a/b@A");
    check("a__b/c-d.e_f---g:V_1.x-y", "docker.io/a__b/c-d.e_f---g:V_1.x-y", "a__b/c-d.e_f---g:V_1.x-y");
    // Without its registry it would name another one.
    check("docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c");
    check("docker.io/localhost/c", "docker.io/localhost/c:latest", "docker.io/localhost/c");
}

#[test]
fn parts() {
    let whole = format!("r.example:5000/a/b:1@{}", digest('a'));
    let parsed = reference(&whole);
    assert_eq!((parsed.domain(), parsed.path(), parsed.tag()), ("r.example:5000", "a/b", Some("1")));
    assert_eq!(parsed.digest(), Some(digest('a').as_str()));
    assert_eq!(
        (parsed.name(), parsed.canonical_name()),
        ("r.example:5000/a/b".into(), "r.example:5000/a/b:1".into())
    );
    let untagged = reference(&format!("a@{}", digest('a')));
    assert_eq!((untagged.tag(), untagged.canonical_name()), (None, "docker.io/library/a".to_owned()));
    assert_eq!(reference("a").canonical_name(), "docker.io/library/a:latest");
    assert_eq!((parsed.name_as_written(), untagged.name_as_written()), ("r.example:5000/a/b", "a"));
}

#[test]
fn digests_are_added_and_taken_off() {
    let pinned = reference("debian").with_digest(&digest('a')).unwrap();
    assert_eq!(pinned.to_string(), format!("docker.io/library/debian:latest@{}", digest('a')));
    let again = pinned.with_digest(&digest('b')).unwrap();
    assert_eq!(again.digest(), Some(digest('b').as_str()));
    assert_eq!(again.without_digest(), reference("debian"));
    let written = reference(&format!("debian:12@{}", digest('a'))).without_digest();
    assert_eq!(written.as_written(), "debian:12");
    assert!(reference("debian").with_digest("sha256:0").is_err());
}

#[test]
fn order_is_that_of_the_familiar_form() {
    let mut all = ["ubuntu", "nvcr.io/x", "docker.io/library/debian"].map(reference);
    all.sort();
    assert_eq!(
        all.map(|reference| reference.to_string()),
        ["docker.io/library/debian", "nvcr.io/x", "ubuntu"]
    );
}

#[test]
fn texts_that_are_none() {
    let check = |text: &str, reason: &str| {
        let message = text.parse::<Reference>().map_err(|error| error.to_string());
        assert_eq!(message.unwrap_err(), format!("`{text}` is not an image reference: {reason}"));
    };
    let component = |part: &str| {
        let expected = "expected lower-case letters and digits, and `.`, `_`, `__` or hyphens between them";
        format!("`{part}` is not a part of a name: {expected}")
    };
    check("", "it has no name");
    check(":1", "it has no name");
    check(&format!("@{}", digest('a')), "it has no name");
    check(&"0f".repeat(32), "64 hexadecimal digits are the id of an image, not its name");
    check("Debian:12", "`Debian` has upper-case letters, which only tags and hosts may have");
    check("ghcr.io/Acme/app", "`Acme/app` has upper-case letters, which only tags and hosts may have");
    check("a b", &component("a b"));
    check("acme//app", &component(""));
    check("acme/-app", &component("-app"));
    check("a___b", &component("a___b"));
    check("a..b", &component("a..b"));
    check("-.io/app", "`-.io` is not a host");
    check("host:x/app", "`host:x` is not a host");
    check("https://example.com/app", "`https:` is not a host");
    check(
        "a/b:c/d",
        "`c/d` is not a tag: expected at most 128 letters, digits, `_`, `.` and hyphens, the first a letter, a digit or `_`",
    );
    assert_eq!("a:".parse::<Reference>().unwrap_err().problem(), &ReferenceProblem::EmptyTag);
    for tag in [".a", "a b", &"a".repeat(129)] {
        let found = format!("a:{tag}").parse::<Reference>().unwrap_err();
        assert_eq!(found.problem(), &ReferenceProblem::Tag(tag.to_owned()));
    }
    for digest in
        ["", "sha256:0", "md5:d41d8cd98f00b204e9800998ecf8427e", &digest('A'), &(digest('a') + "@a")]
    {
        let found = format!("a@{digest}").parse::<Reference>().unwrap_err();
        assert_eq!(found.problem(), &ReferenceProblem::Digest(digest.to_owned()));
    }
    let long = format!("example.com/{}", "a".repeat(256));
    assert_eq!(long.parse::<Reference>().unwrap_err().problem(), &ReferenceProblem::TooLong(256));
    assert!("a".repeat(247).parse::<Reference>().is_ok() && "a".repeat(248).parse::<Reference>().is_err());
}
