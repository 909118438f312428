//! Hostile archives. Each is an error, and nothing is created outside of the target folder.

use std::fs;
use std::os::unix::fs::symlink;

use varve_archive::testing::{ZipMember, zip};

use super::made::{Tar, Work, bzip2, gzip, usual, usual_zip, xz, zstd};

/// Unpacks an archive into `/target` and returns the error. Nothing but the target may change.
fn error_in(work: &Work) -> String {
    let outside = |work: &Work| -> Vec<String> {
        work.tree().into_iter().filter(|line| !line.starts_with("/target")).collect()
    };
    let before = outside(work);
    let error = work.unpack(&["/target"]).unwrap_err();
    assert_eq!(outside(work), before, "{error}");
    error
}

fn check(archive: &[u8], expect: &str) {
    let work = Work::new().archive("a", archive);
    work.write("etc/passwd", "root").write("secret/key", "key");
    let error = error_in(&work);
    assert!(error.contains(expect), "{error}");
}

#[test]
fn names_that_lead_out() {
    let expect = "which could lead out of its folder";
    check(&Tar::new().file("../etc/passwd", "x").bytes(), expect);
    check(&Tar::new().file("a/../../b", "x").bytes(), expect);
    check(&Tar::new().file("a", "x").hard_link("b", "../secret/key").bytes(), expect);
    check(&Tar::new().pax(&[("path", b"../x")]).file("a", "x").bytes(), expect);
    check(&zip(&[ZipMember::new("../x", 0o100644, "x")]), expect);
    check(&zip(&[ZipMember { system: 0, ..ZipMember::new("..\\x", 0o100644, "x") }]), expect);

    // An absolute path is one below the target.
    let work = Work::new().archive("a.tar", &Tar::new().file("/etc/passwd", "x").bytes());
    work.unpack(&["/target"]).unwrap();
    assert_eq!(work.tree(), ["/target/ 755", "/target/etc/ 755", "/target/etc/passwd 644 \"x\""]);
}

#[test]
fn links_of_the_archive_that_lead_out() {
    for target in ["../etc", "/etc", "/target/../etc", "x/../../etc"] {
        let link = Tar::new().folder("x", 0o755).symlink("a", target);
        let expect = "/target/a leads to /etc by a symbolic link, which is outside of /target";
        check(&link.clone().file("a/passwd", "x").bytes(), expect);
        check(&link.clone().folder("a/d", 0o755).bytes(), expect);
        check(&link.clone().folder("a", 0o777).bytes(), expect);
        check(&link.clone().symlink("b", "a").file("b/passwd", "x").bytes(), "is outside of /target");
        check(&link.hard_link("b", "a/passwd").bytes(), "is outside of /target");
    }
    let zip = zip(&[ZipMember::new("a", 0o120777, "../etc"), ZipMember::new("a/passwd", 0o100644, "x")]);
    check(&zip, "is outside of /target");
}

#[test]
fn links_of_the_image_that_lead_out() {
    let work = Work::new().archive("a.tar", &Tar::new().file("logs/x", "x").bytes());
    work.write("var/log/x", "old");
    fs::create_dir(work.path("target")).unwrap();
    symlink("/var/log", work.path("target/logs")).unwrap();
    assert!(error_in(&work).contains("/target/logs leads to /var/log by a symbolic link"));
}

#[test]
fn a_link_at_the_end_of_a_path_is_replaced_and_not_followed() {
    let tar =
        Tar::new().symlink("a", "/etc/passwd").file("a", "x").symlink("b", "/etc").with("b", b"y", |_| ());
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.write("etc/passwd", "root");
    work.unpack(&["/target"]).unwrap();
    assert_eq!(
        work.tree(),
        [
            "/etc/ 755",
            "/etc/passwd 644 \"root\"",
            "/target/ 755",
            "/target/a 644 \"x\"",
            "/target/b 644 \"y\""
        ]
    );
}

/// A hard link to a symbolic link is a second symbolic link, through which nothing is written either.
#[test]
fn hard_links_to_symbolic_links_are_not_followed() {
    let tar = Tar::new().symlink("a", "/etc/passwd").hard_link("b", "a").file("b", "x");
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.write("etc/passwd", "root");
    work.unpack(&["/target"]).unwrap();
    assert_eq!(fs::read_to_string(work.path("etc/passwd")).unwrap(), "root");
}

#[test]
fn loops_of_links() {
    check(
        &Tar::new().symlink("a", "b").symlink("b", "a").file("a/x", "").bytes(),
        "/target/a is a symbolic link that leads to no folder",
    );
    check(&Tar::new().symlink("a", "a").file("a/x", "").bytes(), "leads to no folder");
    check(&Tar::new().file("a", "").hard_link("a", "a").bytes(), "a: it is a hard link to itself");
    check(
        &Tar::new().hard_link("a", "b").hard_link("b", "a").bytes(),
        "a: it is a hard link to b, which is not in the archive before it",
    );
    check(
        &Tar::new().folder("d", 0o755).hard_link("a", "d").bytes(),
        "a: it is a hard link to d, which is a folder",
    );
    let work = Work::new().archive("a", &Tar::new().hard_link("x/a", "y/b").hard_link("y/b", "x/c").bytes());
    let error = work.unpack(&["/target", "only=x/a"]).unwrap_err();
    assert_eq!(error, "a: a hard link leads to y/b, which is not in the archive");
}

#[test]
fn entries_below_files() {
    check(&Tar::new().file("a", "").file("a/b", "").bytes(), "/a/b: /target/a is a file, expected a folder");
    check(
        &Tar::new().folder("a", 0o755).file("a/b", "").file("a", "").bytes(),
        "/a: a folder that is not empty is in its place",
    );
}

#[test]
fn damage_of_every_kind_is_an_error() {
    let tar = usual().bytes();
    check(&tar[..700], "the archive ends within a header");
    for compress in [gzip, bzip2, xz, zstd] {
        let archive = compress(&tar);
        for cut in [archive.len() / 2, archive.len() - 1] {
            let work = Work::new().archive("a", &archive[..cut]);
            assert!(work.unpack(&["/target"]).is_err(), "cut at {cut}");
        }
        // The end of the content is the end of the archive, and the checksum after it is compared too.
        let mut changed = archive;
        let last = changed.len() - if changed.starts_with(b"\xfd7zXZ") { 14 } else { 3 };
        changed[last] ^= 1;
        assert!(Work::new().archive("a", &changed).unpack(&["/target"]).is_err());
    }
    let zip = usual_zip();
    check(&zip[..zip.len() / 2], "the directory at the end of the zip archive is missing");
    check(
        &Tar::new().with("a", b"", |header| header.set_entry_type(tar::EntryType::new(b'V'))).bytes(),
        "unknown type `V`",
    );
}

#[test]
fn an_archive_that_contains_only_its_root_is_an_error() {
    check(&Tar::new().folder("./", 0o700).bytes(), "nothing was unpacked: a contains no files");
    check(&Tar::new().bytes(), "nothing was unpacked: a contains no files");
    check(&zip(&[]), "nothing was unpacked: a contains no files");
}

#[test]
fn bombs_end_at_the_limit() {
    // A sparse file of a petabyte.
    let bomb = Tar::new()
        .pax(&[("GNU.sparse.size", b"1125899906842624"), ("GNU.sparse.map", b"0,1")])
        .file("zeros", "x");
    check(
        &bomb.bytes(),
        "the decompressed content is more than the limit of 8589934592 bytes; the limit is 8 GiB, or 250 times the size",
    );
}

/// Archives of a few bytes changed at every place: nothing panics, and nothing is created outside.
#[test]
fn changed_archives_stay_in_their_folder() {
    let tar = Tar::new().symlink("a", "b/c").folder("b", 0o755).hard_link("b/c", "a").file("b/d", "x");
    for archive in [tar.bytes(), usual_zip()] {
        let limit = archive.len().min(3000);
        for at in (0..limit).step_by(11) {
            for change in [1, 0x2e] {
                let mut other = archive.clone();
                other[at] ^= change;
                let work = Work::new().archive("a", &other);
                let _ = work.unpack(&["/target"]);
                let outside: Vec<String> =
                    work.tree().into_iter().filter(|line| !line.starts_with("/target")).collect();
                assert_eq!(outside, [""; 0], "{at}");
            }
        }
    }
}
