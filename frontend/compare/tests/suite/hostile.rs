//! Hostile archives: each leads to an error, and nothing is written.

use serde_json::json;
use varve_compare::{ErrorKind, Limits, Options, compare};

use crate::made::{Made, Tar, Work, digest, docker_archive, error_of, gzip, layout, tar_of, zstd};

/// Returns the error for a file system.
fn error(tar: &[u8]) -> String {
    let work = Work::new();
    let error = error_of(&work.write("a.tar", tar), &Options::default());
    assert_eq!(std::fs::read_dir(work.path("")).unwrap().count(), 1, "nothing is written");
    error
}

fn check(tar: Tar, expect: &str) {
    let found = error(&tar.bytes());
    assert!(found.contains(expect), "{found}");
}

#[test]
fn names_that_lead_out_of_the_image() {
    check(
        Tar::new().raw_name(b"../../etc/passwd"),
        "the name `../../etc/passwd` contains `..`, which could lead out",
    );
    check(Tar::new().raw_name(b"/a/../../b"), "contains `..`");
    let link = Tar::new().file("a", "").hard_link("b", "../../etc/passwd");
    check(link, "/b: its link: the name `../../etc/passwd` contains `..`");
}

#[test]
fn symbolic_links_stay_in_the_image() {
    let work = Work::new();
    let layer = || Tar::new().symlink("up", "/../../..").file("up/x", "1").symlink("etc", "../etc");
    let path = work.write("a.tar", &layer().bytes());
    let flat = work.write(
        "b.tar",
        &Tar::new().symlink("up", "/../../..").file("x", "1").symlink("etc", "../etc").bytes(),
    );
    assert!(!compare(path, flat, &Options::default()).unwrap().differs());
}

#[test]
fn cycles_of_links() {
    check(Tar::new().hard_link("a", "a"), "/a: a hard link points to itself");
    check(
        Tar::new().hard_link("a", "b").hard_link("b", "a"),
        "/a: a hard link points to /b, which does not exist",
    );
    check(Tar::new().folder("d/").hard_link("a", "d"), "/a: a hard link points to the folder /d");
    let cycle = Tar::new().symlink("a", "b").symlink("b", "a").file("a/x", "");
    check(cycle, "/a/x: too many symbolic links in its path");
}

#[test]
fn entries_below_files() {
    check(Tar::new().file("a", "").file("a/b", ""), "/a/b: it is below /a, which is a file");
    check(
        Tar::new().with(".", b"", |header| header.set_entry_type(tar::EntryType::Symlink)),
        "the root is a symbolic link",
    );
}

#[test]
fn sizes_that_are_not_there() {
    let huge = |size| {
        let mut header = tar::Header::new_gnu();
        header.set_path("a").unwrap();
        header.set_mode(0o644);
        header.set_size(size);
        header.set_cksum();
        error(header.as_bytes())
    };
    assert!(huge(1 << 40).contains("it ends before its content does"), "{}", huge(1 << 40));
    assert!(huge(u64::MAX).contains("is not a valid file size"), "{}", huge(u64::MAX));
}

#[test]
fn archives_that_end_early_or_are_damaged() {
    let tar = Tar::new().file("a", &"x".repeat(2000)).file("b", "").bytes();
    assert!(error(&tar[..1000]).contains("it ends before its content does"));
    assert!(error(&tar[..3000]).contains("the archive ends within a header"));
    let mut other = tar.clone();
    other[3 * 512 + 1024 + 10] ^= 1;
    assert!(error(&other).contains("expected the next entry"), "{}", error(&other));
    let cut = gzip(&tar);
    assert!(error(&cut[..cut.len() - 9]).contains("it ends before its content does"));
}

#[test]
fn bombs_end_at_the_limit() {
    let work = Work::new();
    let layer = Tar::new().with("zeros", &vec![0; 4 << 20], |_| ()).bytes();
    for compress in [gzip, zstd] {
        let made = Made { layers: vec![layer.clone()], compress, ..Made::new(json!({})) };
        let path = work.write("a.tar", &tar_of(layout(&[made])));
        let limits = Limits { content: 1 << 20, ..Limits::default() };
        let error = compare(&path, &path, &Options { limits, ..Options::default() }).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { limit: 1_048_576, .. }), "{error}");
    }
}

#[test]
fn a_sparse_file_is_a_bomb_too() {
    let work = Work::new();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("a").unwrap();
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header.as_gnu_mut().unwrap().set_real_size(1 << 50);
    header.set_cksum();
    let path = work.write("a.tar", header.as_bytes());
    let limits = Limits { content: 1 << 20, ..Limits::default() };
    let error = error_of(&path, &Options { limits, ..Options::default() });
    assert!(
        error.ends_with("/a: the decompressed content is more than the limit of 1048576 bytes"),
        "{error}"
    );
}

#[test]
fn names_and_attributes_are_bounded_together() {
    let work = Work::new();
    let tar = (0..2000).fold(Tar::new(), |tar, number| tar.file(&format!("a/b/c/{number}"), ""));
    let path = work.write("a.tar", &tar.bytes());
    let limits = Limits { metadata: 100_000, ..Limits::default() };
    let error = error_of(&path, &Options { limits, ..Options::default() });
    assert!(
        error.ends_with("the memory for names and attributes is more than the limit of 100000 bytes"),
        "{error}"
    );
}

#[test]
fn extended_headers_are_bounded() {
    let long = "x".repeat(2 << 20);
    check(Tar::new().file(&long, ""), "an extended header has 2097153 bytes; expected at most 1048576");
    check(Tar::new().file(&"d/".repeat(3000), ""), "a name has 6000 bytes; expected at most 4096");
}

/// Each of the headers is small, and the attributes of all of them are for the same entry.
#[test]
fn many_extended_headers_of_one_entry_are_bounded() {
    let value = "v".repeat(100_000);
    let mut tar = Vec::new();
    for number in 0..20 {
        let record = format!(" SCHILY.xattr.user.a{number:02}={value}\n");
        let length = record.len() + 6;
        let record = format!("{length}{record}");
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::XHeader);
        header.set_path("x").unwrap();
        header.set_size(record.len() as u64);
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(record.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend_from_slice(&Tar::new().file("a", "").bytes());
    let found = error(&tar);
    assert!(
        found.ends_with("the extended headers of an entry have more than 1048576 bytes together"),
        "{found}"
    );
}

#[test]
fn blobs_that_are_not_what_their_digest_says() {
    let work = Work::new();
    let made = Made { compress: gzip, ..Made::of_layers([Tar::new().file("a", "1")]) };
    let files = layout(&[made]);
    for number in 1..4 {
        let mut files = files.clone();
        let last = files[number].1.len() - 1;
        files[number].1[last] ^= 1;
        let path = work.write_all(&format!("layout{number}"), files.clone());
        let error = error_of(&path, &Options::default());
        assert!(error.contains("its content has the digest sha256:"), "{}: {error}", files[number].0);
    }
}

#[test]
fn a_layer_that_is_not_that_of_the_configuration() {
    let work = Work::new();
    let files = docker_archive(&Made::of_layers([Tar::new().file("a", "1")]));
    let other = Tar::new().file("a", "2").bytes();
    let files = files
        .into_iter()
        .map(|(name, bytes)| if name.ends_with("layer.tar") { (name, other.clone()) } else { (name, bytes) });
    let error = error_of(&work.write("a.tar", &tar_of(files.collect())), &Options::default());
    let computed = digest(&other);
    assert!(
        error.contains(&format!(
            "layer0/layer.tar: without compression: its content has the digest {computed}"
        )),
        "{error}"
    );
}

#[test]
fn documents_that_name_files_outside() {
    let work = Work::new();
    let manifest = json!([{"Config": "../../etc/passwd", "Layers": []}]);
    let path = work.write_all("docker", vec![("manifest.json".into(), manifest.to_string().into_bytes())]);
    assert!(
        error_of(&path, &Options::default())
            .contains("manifest.json: the name `../../etc/passwd` contains `..`")
    );
    let index = json!({"manifests": [{"digest": "sha256:../../../etc/passwd"}]});
    let layout = vec![
        ("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ("index.json".into(), index.to_string().into_bytes()),
    ];
    let error = error_of(&work.write_all("layout", layout), &Options::default());
    assert!(
        error.contains("`sha256:../../../etc/passwd` is not 64 lower-case hexadecimal digits"),
        "{error}"
    );
}

#[test]
fn documents_are_bounded() {
    let work = Work::new();
    let path = work.write_all("layout", layout(&[Made::new(json!({"User": "x".repeat(5000)}))]));
    let limits = Limits { document: 1000, ..Limits::default() };
    let error = error_of(&path, &Options { limits, ..Options::default() });
    assert!(error.ends_with("the document is more than the limit of 1000 bytes"), "{error}");
}

/// Each image of the archive names the same configuration, which is read and kept for each of them.
#[test]
fn a_document_that_is_listed_many_times_is_bounded() {
    let work = Work::new();
    let config = json!({"os": "linux", "architecture": "amd64", "User": "x".repeat(5000)}).to_string();
    let entry = json!({"Config": "c.json", "Layers": []});
    let manifest = json!(vec![entry; 100]).to_string();
    let files = |manifest: String| {
        vec![
            ("manifest.json".to_owned(), manifest.into_bytes()),
            ("c.json".to_owned(), config.clone().into_bytes()),
        ]
    };
    let limits = Limits { document: 10_000, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let error = error_of(&work.write("a.tar", &tar_of(files(manifest))), &options);
    assert!(error.ends_with("all documents together is more than the limit of 40000 bytes"), "{error}");
    let many = json!(vec![json!({"Config": "c.json", "Layers": []}); 10_001]).to_string();
    let error = error_of(&work.write("b.tar", &tar_of(files(many))), &Options::default());
    assert!(error.ends_with("manifest.json lists more than 10000 images"), "{error}");
    let layers = json!([{"Config": "c.json", "Layers": vec!["c.json"; 1001]}]).to_string();
    let error = error_of(&work.write("c.tar", &tar_of(files(layers))), &Options::default());
    assert!(error.ends_with("an image has 1001 layers; expected at most 1000"), "{error}");
}

/// Each layer of a compressed archive is read from the beginning of the archive.
#[test]
fn a_compressed_archive_is_read_again_within_a_limit() {
    let work = Work::new();
    let image = Made::of_layers((0..40).map(|number| Tar::new().file("a", &number.to_string())));
    let mut files = docker_archive(&image);
    files.insert(0, ("large".to_owned(), vec![0; 1 << 20]));
    let path = work.write("a.tar.gz", &gzip(&tar_of(files)));
    let limits = Limits { content: 2 << 20, ..Limits::default() };
    let error = error_of(&path, &Options { limits, ..Options::default() });
    assert!(error.contains("the decompressed content is more than the limit of 33554432 bytes"), "{error}");
    assert!(!compare(&path, &path, &Options::default()).unwrap().differs());
}

/// Every path leads through forty links, each of which has a long target.
#[test]
fn paths_through_long_links_are_bounded() {
    let work = Work::new();
    let long = |to: &str| format!("{}{to}", "x/../".repeat(700));
    let links = (0..39).fold(Tar::new().folder("x/").folder("l39/"), |tar, number| {
        tar.symlink(&format!("l{number}"), &long(&format!("l{}", number + 1)))
    });
    let tar = (0..100).fold(links, |tar, number| tar.file(&format!("l0/f{number}"), ""));
    let path = work.write("a.tar", &tar.bytes());
    let limits = Limits { paths: 1 << 20, ..Limits::default() };
    let error = error_of(&path, &Options { limits, ..Options::default() });
    assert!(error.ends_with("the paths through links is more than the limit of 1048576 bytes"), "{error}");
    assert!(!compare(&path, &path, &Options::default()).unwrap().differs());
}
