use super::*;

fn url(address: &str) -> GitUrl {
    address.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn addresses() {
    let check = |address: &str, remote: &str, host: &str, path: &str, fragment: (&str, &str)| {
        let found = url(address);
        assert_eq!((found.remote(), found.host(), found.path()), (remote, host, path), "{address}");
        assert_eq!((found.reference(), found.subdir()), fragment, "{address}");
    };
    let plain = "https://github.com/acme/app.git";
    check(plain, plain, "github.com", "/acme/app.git", ("", ""));
    check("HTTPS://github.com/acme/app.git", plain, "github.com", "/acme/app.git", ("", ""));
    check(&format!("{plain}?submodules=0#v1:a/../b"), plain, "github.com", "/acme/app.git", ("v1", "b"));
    check(&format!("{plain}#:sub"), plain, "github.com", "/acme/app.git", ("", "sub"));
    check(&format!("{plain}#a%2fb"), plain, "github.com", "/acme/app.git", ("a/b", ""));
    check("ssh://git@host:22/a/b", "ssh://git@host:22/a/b", "host:22", "/a/b", ("", ""));
    check("git@host.org:a/b.git#main", "git@host.org:a/b.git", "host.org", "a/b.git", ("main", ""));
    check("git@host.org:a/b#a%2fb", "git@host.org:a/b", "host.org", "a/b", ("a%2fb", ""));
    check("git://host/a", "git://host/a", "host", "/a", ("", ""));
    check("http://host", "http://host", "host", "", ("", ""));
    assert!(url("git@host:a").is_ssh() && url("ssh://host/a").is_ssh() && !url("git://host/a").is_ssh());
    assert!(!url("http://host/a").names_a_repository() && url(plain).names_a_repository());
    assert!(url("git://host/a").names_a_repository() && url("git@host:a").names_a_repository());
}

#[test]
fn texts_that_are_none() {
    for address in
        ["", "acme/app", "ftp://host/a", "host:path", "a b@host:path", "@host:path", "https://host/a#%zz"]
    {
        let error = address.parse::<GitUrl>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{address}` is not the address of a repository"));
    }
}

#[test]
fn the_query_says_the_same_as_the_fragment() {
    let plain = "https://example.com/a.git";
    for (query, fragment) in [
        ("ref=v1&subdir=x", "v1:x"),
        ("tag=v1", "refs/tags/v1"),
        ("tag=refs/tags/v1", "refs/tags/v1"),
        ("branch=dev", "refs/heads/dev"),
        ("branch=a%2Fb", "refs/heads/a/b"),
        ("ref=a+b", "a b"),
        ("subdir=/x/./y/", ":x/y"),
        ("", ""),
    ] {
        assert_eq!(url(&format!("{plain}?{query}")), url(&format!("{plain}#{fragment}")), "{query}");
        // Both may say it.
        assert_eq!(
            url(&format!("{plain}?{query}#{fragment}")),
            url(&format!("{plain}#{fragment}")),
            "{query}"
        );
    }
}

#[test]
fn other_keys_of_the_query() {
    let found = url("git@host:a?submodules=false&keep-git-dir=1&commit=abc&mtime=commit&fetch-by-commit");
    assert_eq!((found.submodules(), found.keep_git_dir()), (Some(false), Some(true)));
    assert_eq!((found.checksum(), found.mtime()), (Some("abc"), Some(GitMtime::Commit)));
    assert!(found.fetch_by_commit());
    let plain = url("git@host:a?keep-git-dir=F&mtime=checkout");
    assert_eq!((plain.submodules(), plain.keep_git_dir()), (None, Some(false)));
    assert_eq!((plain.checksum(), plain.mtime()), (None, Some(GitMtime::Checkout)));
    assert!(!plain.fetch_by_commit());
}

#[test]
fn queries_are_checked() {
    let check = |behind: &str, expect: &str| {
        let address = format!("https://example.com/a.git{behind}");
        let error = address.parse::<GitUrl>().unwrap_err().to_string();
        assert_eq!(error, format!("the git address {address}: {expect}"));
    };
    check("?nonsense=1", "unknown key `nonsense`");
    check("?ref=a&ref=a", "`ref` is given twice");
    check("?ref=a&branch=b", "the reference is given twice");
    check("?tag=a#b", "the reference is given twice");
    check("?subdir=a#:b", "the folder is given twice");
    check("?submodules=maybe", "`submodules` is `maybe`, expected true or false");
    check("?mtime=now", "`mtime` is `now`, expected commit or checkout");
    check("?ref=%zz", "`%zz` has an escape that is not %XX");
}

#[test]
fn contexts() {
    let check = |address: &str, expect: Option<&str>| {
        let found = GitUrl::of_context(address).map(|found| found.unwrap().to_string());
        assert_eq!(found.as_deref(), expect, "{address}");
    };
    let repository = "https://example.com/a/b.git";
    check(repository, Some(repository));
    check(&format!("{repository}#main:sub"), Some("https://example.com/a/b.git#main:sub"));
    check(&format!("{repository}?ref=v1&subdir=x"), Some("https://example.com/a/b.git#v1:x"));
    check("git@example.com:a/b", Some("git@example.com:a/b"));
    check("ssh://example.com/a/b", Some("ssh://example.com/a/b"));
    check("github.com/a/b#x", Some("https://github.com/a/b#x"));
    for address in
        ["https://example.com/a/b.tar.gz", "https://example.git", "./a.git", "../git@host:a", "folder", ""]
    {
        check(address, None);
    }
    for address in ["https://example.com/a.git?x=1", "github.com/a/b?x=1"] {
        let error = GitUrl::of_context(address).unwrap().unwrap_err().to_string();
        assert_eq!(error, format!("the git address {address}: unknown key `x`"));
    }
}

#[test]
fn identifiers_do_not_depend_on_the_protocol() {
    for address in ["https://host/a/b#v1:x", "ssh://git@host/a/b#v1:x", "git@host:a/b#v1:x"] {
        assert_eq!(url(address).identifier(), "git://host/a/b#v1:x");
    }
    assert_eq!(url("git@host:a/../b.git#:docs").identifier(), "git://host/b.git#:docs");
    let other = url("git@host:a").with_reference("main").with_subdir("/src/");
    assert_eq!(other.identifier(), "git://host/a#main:src");
}
