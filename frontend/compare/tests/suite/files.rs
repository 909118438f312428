//! Differences between files, with one test for each kind.

use tar::EntryType;
use varve_compare::{Ignore, Options, Times};

use crate::made::{Made, Tar, check, check_files, check_with};

#[test]
fn equal_files_do_not_differ() {
    let tar = || Tar::new().folder("a/").file("a/b", "text").symlink("l", "a").hard_link("h", "a/b");
    check_files(tar(), tar(), &[]);
    // The order of entries in an archive does not matter.
    check_files(Tar::new().file("a", "").file("b", ""), Tar::new().file("b", "").file("a", ""), &[]);
}

#[test]
fn a_file_in_one_of_them_alone() {
    check_files(
        Tar::new().file("a", "x"),
        Tar::new().folder("b/"),
        &[
            "/a: only in the first: file of 1 bytes 2d711642b726 0644 0:0",
            "/b: only in the second: folder 0755 0:0",
        ],
    );
}

#[test]
fn another_type() {
    check_files(
        Tar::new().file("a", "x"),
        Tar::new().symlink("a", "b"),
        &["/a: type: file of 1 bytes 2d711642b726 0644 0:0 -> link to b 0:0"],
    );
}

#[test]
fn another_mode() {
    let file = |mode| Tar::new().with("a", b"", move |header| header.set_mode(mode));
    check_files(file(0o644), file(0o4755), &["/a: mode: 0644 -> 4755"]);
}

#[test]
fn another_owner() {
    let file = |uid, gid| {
        Tar::new().with("a", b"", move |header| {
            header.set_uid(uid);
            header.set_gid(gid);
        })
    };
    check_files(file(0, 0), file(1000, 0), &["/a: owner: 0:0 -> 1000:0"]);
    check_files(file(0, 0), file(0, 3_000_000_000), &["/a: owner: 0:0 -> 0:3000000000"]);
}

#[test]
fn another_target_of_a_symbolic_link() {
    check_files(Tar::new().symlink("a", "b"), Tar::new().symlink("a", "/c"), &["/a: target: b -> /c"]);
}

#[test]
fn other_hard_links() {
    check_files(
        Tar::new().file("a", "x").hard_link("b", "a"),
        Tar::new().file("a", "x").file("b", "x"),
        &["/a: links: /b -> no other name", "/b: links: /a -> no other name"],
    );
}

#[test]
fn many_hard_links_are_a_short_line() {
    let tar = |count: usize| {
        let tar = (0..count).fold(Tar::new().file("a", ""), |tar, n| tar.hard_link(&format!("n{n:02}"), "a"));
        (count..12).fold(tar, |tar, n| tar.file(&format!("n{n:02}"), ""))
    };
    let comparison = crate::made::Work::new()
        .compare(&Made::of_layers([tar(12)]), &Made::of_layers([tar(0)]), &Options::default())
        .unwrap();
    let lines = crate::made::lines(&comparison);
    assert!(
        lines.contains(&"/a: links: /n00 /n01 /n02 /n03 /n04 and 7 more -> no other name".to_owned()),
        "{lines:#?}"
    );
}

#[test]
fn another_content_of_a_text_names_the_line() {
    check_files(
        Tar::new().file("a", "one\ntwo\nthree\n"),
        Tar::new().file("a", "one\n2\nthree\n"),
        &[
            r#"/a: content: 14 bytes sha256:b6285c57e879 -> 12 bytes sha256:bc85caa9b61b; line 2: "two\n" -> "2\n""#,
        ],
    );
}

#[test]
fn another_content_of_a_program_names_none() {
    check_files(
        Tar::new().file("a", "\0"),
        Tar::new().file("a", "\x01"),
        &["/a: content: 1 bytes sha256:6e340b9cffb3 -> 1 bytes sha256:4bf5122f3445"],
    );
}

#[test]
fn another_content_of_a_large_text_names_none() {
    let text = |end: &str| "x".repeat(300 << 10) + end;
    let (first, second) = (
        Made::of_layers([Tar::new().file("a", &text("1"))]),
        Made::of_layers([Tar::new().file("a", &text("2"))]),
    );
    let comparison = crate::made::Work::new().compare(&first, &second, &Options::default()).unwrap();
    assert!(!comparison.text().contains("line 1"), "{}", comparison.text());
}

#[test]
fn a_text_in_a_lower_layer_and_behind_a_hard_link_is_found() {
    let image = |text: &str| {
        let lower = Tar::new().file("other", "").file("a", text).hard_link("z", "a");
        Made::of_layers([Tar::new().file("first", ""), lower, Tar::new().file("last", "").file("a", "same")])
    };
    let options = Options { ignore: Ignore::parse(["layers"]).unwrap(), ..Options::default() };
    check_with(
        &image("1\n"),
        &image("2\n"),
        &options,
        &[
            r#"/z: content: 2 bytes sha256:4355a46b19d3 -> 2 bytes sha256:53c234e5e847; line 1: "1\n" -> "2\n""#,
        ],
    );
}

#[test]
fn other_extended_attributes() {
    check_files(
        Tar::new().attributed("a", "security.capability", b"\x01\n\x02").attributed("b", "user.x", b"1"),
        Tar::new().attributed("a", "security.capability", b"\x01\n\x03").file("b", ""),
        &[
            r"/a: xattrs.security.capability: \x01\n\x02 -> \x01\n\x03",
            "/b: xattrs.user.x: only in the first: 1",
        ],
    );
}

#[test]
fn other_numbers_of_a_device() {
    let device = |kind: EntryType, minor: u32| {
        Tar::new().with("null", b"", move |header| {
            header.set_entry_type(kind);
            header.set_device_major(1).unwrap();
            header.set_device_minor(minor).unwrap();
        })
    };
    check_files(
        device(EntryType::Char, 3),
        device(EntryType::Char, 5),
        &["/null: device: character device 1:3 -> character device 1:5"],
    );
    check_files(
        device(EntryType::Char, 3),
        device(EntryType::Block, 3),
        &["/null: device: character device 1:3 -> block device 1:3"],
    );
    check_files(device(EntryType::Fifo, 0), device(EntryType::Fifo, 0), &[]);
}

#[test]
fn times_on_request() {
    let file = |time| Made::of_layers([Tar::new().with("a", b"", move |header| header.set_mtime(time))]);
    let options = |times| Options { times, ignore: Ignore::parse(["layers"]).unwrap(), ..Options::default() };
    check_with(&file(0), &file(1), &options(Times::LeaveOut), &[]);
    check_with(
        &file(0),
        &file(1_700_000_000),
        &options(Times::Compare),
        &["/a: mtime: 1970-01-01T00:00:00Z -> 2023-11-14T22:13:20Z"],
    );
}

#[test]
fn the_size_of_all_files_counts_hard_links_once() {
    let options = Options { ignore: Ignore::parse(["layers", "/**"]).unwrap(), ..Options::default() };
    let (first, second) = (Tar::new().file("a", "xx").hard_link("b", "a"), Tar::new().file("a", "xx"));
    // Ignored paths do not count.
    check_with(&Made::of_layers([first]), &Made::of_layers([second]), &options, &[]);
    let options = Options { ignore: Ignore::parse(["layers", "links"]).unwrap(), ..Options::default() };
    let (first, second) =
        (Tar::new().file("a", "xx").hard_link("b", "a"), Tar::new().file("a", "xx").file("b", "xx"));
    check_with(
        &Made::of_layers([first]),
        &Made::of_layers([second]),
        &options,
        &["files.size: 2 bytes -> 4 bytes"],
    );
}

#[test]
fn names_that_are_no_text_and_long_names() {
    let long = format!("{}/{}", "d".repeat(150), "n".repeat(150));
    check_files(
        Tar::new().raw_name(b"\xff\x1b").file(&long, ""),
        Tar::new().file(&long, "").file("ä", ""),
        &[
            r"/\xff\x1b: only in the first: file of 0 bytes e3b0c44298fc 0644 0:0",
            "/ä: only in the second: file of 0 bytes e3b0c44298fc 0644 0:0",
        ],
    );
}

#[test]
fn folders_that_no_entry_names_are_there() {
    check_files(Tar::new().file("a/b", ""), Tar::new().folder("a/").file("a/b", ""), &[]);
}

#[test]
fn the_root_is_a_folder_of_root() {
    check_files(Tar::new().folder("./").file("a", ""), Tar::new().file("a", ""), &[]);
    let private = Tar::new().with("./", b"", |header| {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o700);
    });
    check_files(private, Tar::new(), &["/: mode: 0700 -> 0755"]);
}

#[test]
fn patterns_hide_paths_and_properties() {
    let first = Tar::new().with("var/log/x", b"1", |header| header.set_mode(0o600)).file("a", "1");
    let second = Tar::new().file("var/log/x", "2").with("a", b"1", |header| header.set_mode(0o600));
    let options =
        Options { ignore: Ignore::parse(["layers", "/var/log", "mode"]).unwrap(), ..Options::default() };
    check_with(&Made::of_layers([first]), &Made::of_layers([second]), &options, &[]);
}

#[test]
fn an_image_is_equal_to_itself() {
    let image = Made::of_layers([Tar::new().file("a", "1"), Tar::new().file("b", "2")]);
    check(&image, &image, &[]);
}
