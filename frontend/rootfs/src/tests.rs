//! Tests folders that are created for each test.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use super::{COMMAND, Failure, RootfsQuery, answer, args, check};

/// A folder that is removed when this value is dropped.
pub(crate) struct Root(tempfile::TempDir);

impl Root {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let root = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            root.write(path, content.as_bytes());
        }
        root
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: impl AsRef<Path>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), Permissions::from_mode(mode)).unwrap();
    }

    /// Runs a test of the root file system, and compares the reported lines.
    pub(crate) fn check(&self, arguments: &[&str], expect: &[&str]) {
        assert_eq!(self.lines(arguments), expect, "{arguments:?}");
    }

    /// Runs a test of the root file system. Returns the reported lines, or the reason why its result is unknown.
    pub(crate) fn lines(&self, arguments: &[&str]) -> Vec<String> {
        let root = self.0.path().to_str().unwrap();
        let arguments: Vec<String> =
            [root].iter().chain(arguments).map(|argument| (*argument).to_owned()).collect();
        match check(&arguments) {
            Ok(()) => Vec::new(),
            Err(Failure::Violated(lines)) => lines,
            Err(Failure::Unknown(reason)) => vec![format!("unknown: {}", reason.replace(root, ""))],
        }
    }
}

const SHA256_OF_X: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

#[test]
fn files() {
    let root = Root::new(&[("etc/x", "x"), ("usr/bin/tool", "#!/bin/sh\nexec real \"$@\"\n")]);
    root.mode("usr/bin/tool", 0o755);
    root.mode("etc/x", 0o4711);
    root.link("bin", "usr/bin");
    root.link("etc/absolute", "/etc/x");
    root.link("etc/out", "../../../../etc/x");
    root.link("etc/dangling", "nowhere");
    root.link("etc/loop", "loop");
    root.check(&["file", "/usr/bin/tool", "mode=0755", "contains=exec real"], &[]);
    root.check(&["file", "/bin/tool", "mode=0755"], &[]);
    // Absolute links and `..` do not leave the root.
    root.check(&["file", "/etc/absolute", "contains=x"], &[]);
    root.check(&["file", "/etc/out", "contains=x"], &[]);
    root.check(&["file", "/etc/x", &format!("sha256={SHA256_OF_X}")], &[]);
    root.check(
        &["file", "/etc/x", "mode=0644", "contains=y", "contains=", &format!("sha256={}", "0".repeat(64))],
        &[
            "/etc/x has the mode 4711, expected 0644",
            "/etc/x does not contain \"y\"",
            &format!("/etc/x has the sha256 {SHA256_OF_X}, expected {}", "0".repeat(64)),
        ],
    );
    root.check(&["file", "/etc/y"], &["/etc/y does not exist"]);
    root.check(&["file", "/etc/x/y"], &["/etc/x/y does not exist"]);
    root.check(&["file", "/etc/dangling"], &["/etc/dangling is a link to a missing file"]);
    root.check(&["file", "/etc/loop"], &["/etc/loop is a link to a missing file"]);
    root.check(&["file", "/etc"], &["/etc is a folder, expected a file"]);
    root.check(&["dir", "/etc/x"], &["/etc/x is a file, expected a folder"]);
    root.check(&["dir", "/bin"], &[]);
    root.check(&["dir", "/"], &[]);
}

#[test]
fn owners() {
    let passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/srv:/bin/sh\n";
    let root = Root::new(&[("etc/passwd", passwd), ("etc/group", "root:x:0:\nstaff:x:1001:\n"), ("a", "")]);
    let (uid, gid) = {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = fs::metadata(root.path("a")).unwrap();
        (metadata.uid(), metadata.gid())
    };
    root.check(&["file", "/a", &format!("owner={uid}")], &[]);
    root.check(&["file", "/a", &format!("owner={uid}:{gid}")], &[]);
    root.check(&["file", "/a", "owner=nobody"], &["the image has no user nobody, the expected owner of /a"]);
    // Only the superuser can change the owner of a file.
    if uid == 0 && gid == 0 {
        root.check(&["file", "/a", "owner=app"], &["/a has the user root (0), expected app"]);
        chown(root.path("a"), Some(1000), Some(7)).unwrap();
        root.check(&["file", "/a", "owner=app:7"], &[]);
        root.check(&["file", "/a", "owner=1000:staff"], &["/a has the group 7, expected staff"]);
    }
}

#[test]
fn users() {
    let passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/srv:/bin/sh\n";
    let root = Root::new(&[("etc/passwd", passwd), ("etc/group", "staff:x:1001:\n")]);
    root.check(&["user", "app", "app"], &[]);
    root.check(&["user", "app", "1000"], &[]);
    root.check(&["user", "1000", "app"], &[]);
    root.check(&["user", "root", ""], &[]);
    root.check(&["user", "app:staff", "app"], &[]);
    root.check(&["user", "app:staff", "1000:1001"], &[]);
    root.check(&["user", "app", ""], &["the image runs as the user root (0), expected app"]);
    root.check(&["user", "app", "65532"], &["the image runs as the user 65532, expected app"]);
    root.check(&["user", "app:staff", "app:0"], &["the image runs as the group 0, expected staff"]);
    root.check(&["user", "web", "app"], &["the image has no user web; it runs as app (1000)"]);
    root.check(&["user", "web", "web"], &["the image runs as web, but has no such user"]);
    Root::new(&[]).check(&["user", "65532", "65532"], &[]);
}

#[test]
fn digits_are_a_number_where_an_account_has_them_as_its_name() {
    let passwd = "0:x:1000:1000::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n";
    let root = Root::new(&[("etc/passwd", passwd), ("etc/group", "0:x:1000:\n")]);
    root.check(&["user", "app", "0"], &["the image runs as the user 0, expected app"]);
    root.check(&["user", "0:0", "0:0"], &[]);
}

#[test]
fn absent_paths() {
    let root =
        Root::new(&[("opt/rocm/lib/a.so", ""), ("opt/rocm-6/x", ""), ("usr/lib/b.so", ""), ("b.so", "")]);
    root.link("lib", "usr/lib");
    root.link("opt/dangling", "nowhere");
    root.check(&["absent", "/opt/cuda", "/usr/lib/b.so/x", "/etc/**/*.key"], &[]);
    root.check(&["absent", "/opt/rocm"], &["/opt/rocm exists"]);
    root.check(&["absent", "/opt/rocm/"], &["/opt/rocm exists"]);
    root.check(&["absent", "/opt/rocm*"], &["/opt/rocm exists", "/opt/rocm-6 exists"]);
    root.check(&["absent", "/opt/dangling"], &["/opt/dangling exists"]);
    root.check(&["absent", "/lib/b.so"], &["/lib/b.so exists"]);
    root.check(&["absent", "/l?b/*.so"], &["/lib/b.so exists"]);
    // Folders are entered, but links to folders are not.
    root.check(
        &["absent", "/**/*.so"],
        &["/b.so exists", "/opt/rocm/lib/a.so exists", "/usr/lib/b.so exists"],
    );
    let many: Vec<(String, &str)> = (0..20).map(|number| (format!("m/{number:02}"), "")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let root = Root::new(&many);
    let mut expect: Vec<String> = (0..10).map(|number| format!("/m/{number:02} exists")).collect();
    expect.push("and 10 more".to_owned());
    root.check(&["absent", "/m/*"], &expect.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn packages_of_dpkg() {
    let status = "Package: gcc\nStatus: install ok installed\nDescription: x\n Package: not\n\n\
                  Package: old-dev\nStatus: deinstall ok config-files\n\n\
                  Package: libfoo-dev\nStatus: install ok installed\nArchitecture: amd64\n";
    let root = Root::new(&[("var/lib/dpkg/status", status)]);
    root.check(&["packages-absent", "*-dev"], &["the package libfoo-dev is installed (dpkg)"]);
    root.check(&["packages-absent", "*-dev", "!libfoo-*"], &[]);
    let again = ["packages-absent", "*-dev", "!lib*", "libf*"];
    root.check(&again, &["the package libfoo-dev is installed (dpkg)"]);
    root.check(&["packages-absent", "not", "old-dev", "g?"], &[]);
    // Distroless images have one file for each package.
    let root = Root::new(&[
        ("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\n"),
        ("var/lib/dpkg/status.d/base.md5sums", "0  Package: x\n"),
    ]);
    root.check(&["packages-absent", "*"], &["the package base-files is installed (dpkg)"]);
}

#[test]
fn packages_of_apk() {
    let installed = "C:Q1\nP:musl\nV:1.2\n\nC:Q2\nP:gcc\nF:usr\nR:P:x\n";
    let expect = ["the package gcc is installed (apk)"];
    Root::new(&[("lib/apk/db/installed", installed)]).check(&["packages-absent", "g*"], &expect);
    Root::new(&[("usr/lib/apk/db/installed", installed)]).check(&["packages-absent", "gcc"], &expect);
}

#[test]
fn packages_of_rpm() {
    // SQLite and rpm wrote this file. It has the packages `first` and `pigz`, a key, and a package whose header does not fit into a
    // page.
    let database = include_bytes!("../tests/data/rpmdb.sqlite");
    let root = Root::new(&[]);
    root.write("usr/lib/sysimage/rpm/rpmdb.sqlite", database);
    root.link("var/lib/rpm", "../../usr/lib/sysimage/rpm");
    root.check(
        &["packages-absent", "*"],
        &[
            "the package first is installed (rpm)",
            "the package large is installed (rpm)",
            "the package pigz is installed (rpm)",
        ],
    );
    root.write("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", b"");
    root.check(&["packages-absent", "gcc"], &[]);
    root.write("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", b"x");
    let log = "was not closed: its log rpmdb.sqlite-wal is not empty";
    root.check(
        &["packages-absent", "gcc"],
        &[&format!("unknown: the package database /var/lib/rpm/rpmdb.sqlite {log}")],
    );
    let root = Root::new(&[("var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0")]);
    let damaged = "unknown: /var/lib/rpm: rpmdb.sqlite has an unknown format";
    root.check(&["packages-absent", "gcc"], &[damaged]);
    let root = Root::new(&[("var/lib/rpm/Packages", "")]);
    let old = "unknown: varve cannot read /var/lib/rpm/Packages, a Berkeley DB: use `run: \"! rpm -q NAME\"` instead";
    root.check(&["packages-absent", "gcc"], &[old]);
    Root::new(&[]).check(&["packages-absent", "*"], &[]);
}

#[test]
fn sizes() {
    let root = Root::new(&[("usr/lib/a", &"a".repeat(1500)), ("usr/b", &"b".repeat(100)), ("c", "c")]);
    fs::hard_link(root.path("usr/lib/a"), root.path("usr/lib/again")).unwrap();
    root.link("usr/link", "lib/a");
    root.check(&["max-size", "1601"], &[]);
    root.check(
        &["max-size", "1024"],
        &[
            "the files have 1.5k (1601 bytes), expected at most 1k",
            "the largest folders: /usr/lib 1.4k, /usr 100 bytes",
        ],
    );
}

#[test]
fn what_cannot_be_told_has_an_exit_code_of_its_own() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let root = Root::new(&[]);
    let path = root.0.path().to_str().unwrap();
    assert_eq!(answer(&words(&[COMMAND, path, "absent", "/a"])).code, 0);
    let violated = answer(&words(&[COMMAND, path, "file", "/a"]));
    assert_eq!((violated.text.as_str(), violated.code), ("/a does not exist\n", 1));
    for wrong in [&[path] as &[&str], &[path, "colour", "red"], &[path, "max-size", "x"], &[path, "file"]] {
        assert_eq!(answer(&words(wrong)).code, 2, "{wrong:?}");
    }
}

#[test]
fn queries_survive_the_command_line() {
    use crate::query::{FileQuery, Owner};
    let file = FileQuery {
        path: "/a=b".to_owned(),
        mode: Some(0o644),
        owner: Some(Owner { user: "a".to_owned(), group: Some("b".to_owned()) }),
        contains: vec!["x=y".to_owned(), String::new(), "mode=1\n".to_owned()],
        sha256: Some("0".repeat(64)),
    };
    let texts = || vec!["a".to_owned(), "b c".to_owned()];
    for query in [
        RootfsQuery::File(file.clone()),
        RootfsQuery::Dir(FileQuery { owner: None, mode: None, ..file }),
        RootfsQuery::Absent(texts()),
        RootfsQuery::PackagesAbsent(texts()),
        RootfsQuery::MaxSize(u64::MAX),
        RootfsQuery::User { wanted: "a".to_owned(), actual: String::new() },
        RootfsQuery::Linked(crate::LinkedQuery {
            paths: vec!["/a=b".to_owned(), "/usr/local".to_owned()],
            except: texts(),
            library_path: "/a:/b=c".to_owned(),
        }),
    ] {
        let arguments: Vec<String> = ["/rootfs".to_owned()].into_iter().chain(args(&query)).collect();
        assert_eq!(super::query::parse(&arguments), Ok(("/rootfs", query)));
    }
}

#[test]
fn many_patterns_for_all_folders_in_a_row_are_one() {
    let deep = "a/".repeat(40);
    let root = Root::new(&[(&format!("{deep}x"), "")]);
    let found = format!("/{deep}x exists");
    root.check(&["absent", &format!("/{}x", "**/".repeat(40))], &[&found]);
}

#[test]
fn links_to_folders_that_contain_them_do_not_make_a_search_endless() {
    let root = Root::new(&[("a", "")]);
    (0..100).for_each(|number| root.link(&format!("l{number}"), "/"));
    let words = ["absent".to_owned(), "/*/*/*/*/*/*/none".to_owned()];
    let arguments: Vec<String> =
        [root.0.path().to_str().unwrap().to_owned()].into_iter().chain(words).collect();
    assert_eq!(check(&arguments), Err(Failure::Unknown("the pattern leads to too many paths".to_owned())));
}

#[test]
fn patterns_for_all_folders_search_each_folder_once() {
    let deep = "a/".repeat(60);
    let root = Root::new(&[(&format!("{deep}x"), "")]);
    let found = format!("/{deep}x exists");
    root.check(&["absent", &format!("/{}x", "**/a/".repeat(10))], &[&found]);
}

#[test]
fn files_with_holes_have_a_size_that_does_not_overflow() {
    let root = Root::new(&[("a", ""), ("b", ""), ("c", "")]);
    for name in ["a", "b", "c"] {
        let file = fs::File::options().write(true).open(root.path(name)).unwrap();
        // Not every file system has files of this size.
        drop(file.set_len(i64::MAX as u64));
    }
    let words = [root.0.path().to_str().unwrap().to_owned(), "max-size".to_owned(), "1024".to_owned()];
    let small = fs::metadata(root.path("a")).unwrap().len() == 0;
    assert_eq!(check(&words).is_ok(), small);
}

#[test]
fn a_database_that_is_larger_than_the_limit_is_not_read() {
    let root = Root::new(&[("lib/apk/db/installed", "P:a")]);
    let file = fs::File::options().write(true).open(root.path("lib/apk/db/installed")).unwrap();
    file.set_len(2 << 30).unwrap();
    let words = [root.0.path().to_str().unwrap().to_owned(), "packages-absent".to_owned(), "a".to_owned()];
    assert!(matches!(check(&words), Err(Failure::Unknown(reason)) if reason.contains("is too large")));
}
