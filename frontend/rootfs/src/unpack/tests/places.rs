//! What is in the image already, and symbolic links.

use std::fs;
use std::os::unix::fs::symlink;

use super::made::{Tar, Work};

#[test]
fn files_of_the_image_are_replaced_and_not_written_through() {
    let tar = Tar::new()
        .file("file", "new")
        .file("link", "new")
        .symlink("was-file", "x")
        .folder("was-file-2", 0o755);
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.write("file", "old, and longer")
        .write("was-file", "")
        .write("was-file-2", "")
        .write("other", "kept");
    symlink("other", work.path("link")).unwrap();
    work.unpack(&["/"]).unwrap();
    assert_eq!(
        work.tree(),
        [
            "/file 644 \"new\"",
            "/link 644 \"new\"",
            "/other 644 \"kept\"",
            "/was-file -> x",
            "/was-file-2/ 755"
        ]
    );
}

#[test]
fn a_folder_with_files_is_not_replaced_by_a_file() {
    let work = Work::new().archive("a.tar", &Tar::new().file("lib64", "").bytes());
    work.write("lib64/ld.so", "needed");
    assert_eq!(work.unpack(&["/"]).unwrap_err(), "a.tar: /lib64: a folder that is not empty is in its place");
    let work = Work::new().archive("a.tar", &Tar::new().symlink("lib64", "lib").bytes());
    fs::create_dir(work.path("lib64")).unwrap();
    work.unpack(&["/"]).unwrap();
    assert_eq!(work.tree(), ["/lib64 -> lib"]);
}

#[test]
fn a_link_of_the_image_to_a_folder_stays() {
    let tar = Tar::new().folder("lib", 0o755).file("lib/new.so", "1").file("bin/tool", "1");
    let work = Work::new().archive("a.tar", &tar.bytes());
    work.write("usr/lib/old.so", "").write("usr/bin/sh", "");
    symlink("usr/lib", work.path("lib")).unwrap();
    symlink("/usr/bin", work.path("bin")).unwrap();
    work.unpack(&["/"]).unwrap();
    assert_eq!(fs::read_link(work.path("lib")).unwrap().to_str(), Some("usr/lib"));
    assert!(work.path("usr/lib/new.so").exists() && work.path("usr/bin/tool").exists());
    assert!(work.path("usr/lib/old.so").exists());
}

#[test]
fn the_target_is_found_through_links_of_the_image() {
    let work = Work::new().archive("a.tar", &Tar::new().file("a", "1").bytes());
    work.write("data/x", "");
    symlink("/data", work.path("opt")).unwrap();
    work.unpack(&["/opt/new"]).unwrap();
    assert!(work.path("data/new/a").exists());

    symlink("/nowhere", work.path("lost")).unwrap();
    assert_eq!(work.unpack(&["/lost/new"]).unwrap_err(), "/lost is a symbolic link that leads nowhere");
    assert_eq!(work.unpack(&["/data/x/new"]).unwrap_err(), "/data/x is a file, expected a folder");
}

#[test]
fn owners_by_name_are_those_of_the_image() {
    let own = fs::metadata("/proc/self").unwrap();
    use std::os::unix::fs::MetadataExt as _;
    let (uid, gid) = (own.uid(), own.gid());
    let work =
        Work::new().archive("a.tar", &Tar::new().with("a", b"", |header| header.set_uid(1 << 40)).bytes());
    work.write("etc/passwd", &format!("app:x:{uid}:{gid}::/:/bin/sh\n"));
    work.unpack(&["/", "owner=app"]).unwrap();
    assert_eq!(
        (fs::metadata(work.path("a")).unwrap().uid(), fs::metadata(work.path("a")).unwrap().gid()),
        (uid, gid)
    );
    assert_eq!(work.unpack(&["/", "owner=web"]).unwrap_err(), "the image has no user `web` in /etc/passwd");
    assert_eq!(
        work.unpack(&["/", "owner=app:web"]).unwrap_err(),
        "the image has no group `web` in /etc/group"
    );
    let error = work.unpack(&["/"]).unwrap_err();
    assert!(
        error.starts_with("a.tar: /a: its owner 1099511627776:") && error.ends_with(" is not valid"),
        "{error}"
    );
}
