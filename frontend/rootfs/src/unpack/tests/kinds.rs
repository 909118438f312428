use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::made::{TIME, Tar, Work, bzip2, gzip, usual, usual_zip, xz, zstd};

/// The usual archive in every form, under a name that says nothing about it.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let tar = usual().bytes();
    vec![
        ("gzip", gzip(&tar)),
        ("bzip2", bzip2(&tar)),
        ("xz", xz(&tar)),
        ("zstd", zstd(&tar)),
        ("zip", usual_zip()),
        ("tar", tar),
    ]
}

fn check(settings: &[&str], expect: &[&str]) {
    for (form, archive) in forms() {
        let work = Work::new().archive("download", &archive);
        work.unpack(settings).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(work.tree(), expect, "{form} {settings:?}");
    }
}

#[test]
fn every_kind_is_unpacked_whole() {
    check(
        &["/opt"],
        &[
            "/opt/ 755",
            "/opt/tool-1/ 755",
            "/opt/tool-1/README 644 \"text\\n\"",
            "/opt/tool-1/bin/ 750",
            "/opt/tool-1/bin/link -> tool",
            "/opt/tool-1/bin/tool 755 \"tool\\n\"",
        ],
    );
}

#[test]
fn every_kind_is_unpacked_without_leading_folders() {
    check(
        &["/opt", "strip=1"],
        &[
            "/opt/ 755",
            "/opt/README 644 \"text\\n\"",
            "/opt/bin/ 750",
            "/opt/bin/link -> tool",
            "/opt/bin/tool 755 \"tool\\n\"",
        ],
    );
}

#[test]
fn every_kind_is_unpacked_in_part() {
    let kept =
        ["/opt/ 755", "/opt/tool-1/ 755", "/opt/tool-1/bin/ 750", "/opt/tool-1/bin/tool 755 \"tool\\n\""];
    check(&["/opt", "only=*/bin/tool"], &kept);
    check(&["/opt", "only=*/bin/tool", "strip=2"], &["/opt/ 755", "/opt/tool 755 \"tool\\n\""]);
    check(
        &["/opt", "only=**/t*", "strip=1"],
        &[
            "/opt/ 755",
            "/opt/README 644 \"text\\n\"",
            "/opt/bin/ 750",
            "/opt/bin/link -> tool",
            "/opt/bin/tool 755 \"tool\\n\"",
        ],
    );
}

#[test]
fn a_mode_and_an_owner_are_for_all_that_is_unpacked() {
    let own = fs::metadata("/proc/self").unwrap();
    let owner = format!("owner={}:{}", own.uid(), own.gid());
    check(
        &["/", "strip=1", "mode=go-rwx", &owner],
        &["/README 600 \"text\\n\"", "/bin/ 700", "/bin/link -> tool", "/bin/tool 700 \"tool\\n\""],
    );
}

#[test]
fn nothing_that_is_unpacked_is_an_error_that_says_what_there_is() {
    for (form, archive) in forms() {
        let check = |settings: &[&str], expect: &str| {
            let work = Work::new().archive("a.bin", &archive);
            assert_eq!(work.unpack(settings).unwrap_err(), expect, "{form}");
        };
        let there =
            "the archive contains tool-1, tool-1/bin, tool-1/bin/tool, tool-1/README, tool-1/bin/link";
        check(
            &["/opt", "only=bin/tool"],
            &format!("a.bin: nothing was unpacked: no path matches `only: bin/tool`; {there}"),
        );
        check(
            &["/opt", "strip=4"],
            &format!("a.bin: nothing was unpacked: no path has 4 parts (`strip`); {there}"),
        );
        check(
            &["/opt", "only=*/README", "strip=3"],
            &format!(
                "a.bin: nothing was unpacked: no path that matches `only: */README` has 3 parts (`strip`); {there}"
            ),
        );
    }
}

#[test]
fn what_is_no_archive_is_an_error_that_says_what_it_is() {
    let check = |content: &[u8], found: &str| {
        let work = Work::new().archive("p.tar.xz", content);
        let error = work.unpack(&["/opt"]).unwrap_err();
        let expect = format!(
            "p.tar.xz: it is not an archive: found {found}; expected a tar archive, plain or compressed"
        );
        assert!(error.starts_with(&expect), "{error}");
        assert_eq!(work.tree(), ["/opt/ 755"]);
    };
    check(b"", "an empty file");
    check(b"\x7fELF\x02\x01\x01", "an ELF program");
    check(b"\n<!DOCTYPE html><html>", "an HTML page");
    check(b"just text", "a file that starts with `just text`");
    for (name, compress) in
        [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("bzip2", bzip2), ("xz", xz), ("zstd", zstd)]
    {
        check(&compress(b"\x7fELF\x02"), &format!("an ELF program, compressed with {name}"));
    }
}

#[test]
fn times_are_those_of_the_archive() {
    let work = Work::new().archive("a.tar", &usual().bytes());
    work.unpack(&["/made/for/it", "time=7"]).unwrap();
    for path in ["tool-1", "tool-1/bin", "tool-1/bin/tool", "tool-1/bin/link"] {
        let metadata = fs::symlink_metadata(work.path("made/for/it").join(path)).unwrap();
        assert_eq!(metadata.mtime(), TIME as i64, "{path}");
    }
    assert_eq!(fs::metadata(work.path("made/for")).unwrap().mtime(), 7);
    assert_eq!(fs::metadata(work.path("made/for/it")).unwrap().mtime(), 7);
}

#[test]
fn hard_links_are_one_file_also_where_their_target_is_left_out() {
    let tar = Tar::new().file("a/tool", "x").hard_link("a/one", "a/tool").hard_link("a/two", "a/one");
    for archive in [tar.bytes(), gzip(&tar.bytes())] {
        let work = Work::new().archive("a.tar", &archive);
        work.unpack(&["/", "strip=1"]).unwrap();
        let inode = |path| fs::metadata(work.path(path)).unwrap().ino();
        assert_eq!((inode("tool"), inode("tool")), (inode("one"), inode("two")));

        let work = Work::new().archive("a.tar", &archive);
        work.unpack(&["/", "strip=1", "only=a/two"]).unwrap();
        assert_eq!(work.tree(), ["/two 644 \"x\""]);
        let work = Work::new().archive("a.tar", &archive);
        work.unpack(&["/", "strip=1", "only=a/*o*"]).unwrap();
        assert_eq!(work.tree(), ["/one 644 \"x\"", "/tool 644 \"x\"", "/two 644 \"x\""]);
    }
}

#[test]
fn sparse_files_long_names_and_attributes_are_read() {
    let long = "n/".repeat(120) + "end";
    let tar = Tar::new()
        .pax(&[
            ("path", b"sparse-name"),
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"sparse"),
            ("GNU.sparse.realsize", b"100000"),
        ])
        .with("x", &[b"1\n99999\n1\n".as_slice(), &[0; 502], b"z"].concat(), |_| ())
        .pax(&[("path", long.as_bytes()), ("SCHILY.xattr.security.selinux", b"left out")])
        .file("short", "deep")
        .with("fifo", b"", |header| header.set_entry_type(tar::EntryType::Fifo));
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.unpack(&["/"]).unwrap();
    let sparse = fs::read(work.path("sparse")).unwrap();
    assert_eq!((sparse.len(), sparse[99_999], &sparse[..4]), (100_000, b'z', [0; 4].as_slice()));
    assert_eq!(fs::read_to_string(work.path(&long)).unwrap(), "deep");
    assert!(fs::symlink_metadata(work.path("fifo")).unwrap().mode() & 0o170_000 == 0o010_000);
}

#[test]
fn several_archives_are_unpacked_in_order() {
    let (one, two) =
        (Tar::new().folder("d", 0o700).file("d/a", "1"), Tar::new().file("d/a", "2").file("d/b", "2"));
    let work = Work::new().archive("one", &one.bytes()).archive("two", &gzip(&two.bytes()));
    work.unpack(&["/"]).unwrap();
    assert_eq!(work.tree(), ["/d/ 700", "/d/a 644 \"2\"", "/d/b 644 \"2\""]);
}

#[test]
fn a_folder_that_the_archive_forbids_to_write_is_filled_nevertheless() {
    let tar = Tar::new().folder("d", 0o555).file("d/a", "1");
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.unpack(&["/"]).unwrap();
    assert_eq!(work.tree(), ["/d/ 555", "/d/a 644 \"1\""]);
}
