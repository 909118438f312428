//! `extract`: archives of every kind, as downloads and from the context, compared with what `ADD` makes of the same archive.

use std::fs;
use std::io::Write as _;

use tar::{EntryType, Header};
use varve_archive::testing::{ZipMember, zip};
use varve_tests::{Build, Engine, Image, Kind, Outcome, Site, compare, stamp};

/// An archive with owners, modes, times, links, a device, a pipe, an attribute and a long name. Its content is new in each run.
fn archive() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut add = |name: &str, content: &[u8], change: &dyn Fn(&mut Header)| {
        let mut header = Header::new_ustar();
        header.set_path(name).unwrap();
        header.set_mode(0o644);
        header.set_uid(7);
        header.set_gid(8);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_entry_type(EntryType::Regular);
        change(&mut header);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    };
    let kind = |kind: EntryType| move |header: &mut Header| header.set_entry_type(kind);
    let link = |kind: EntryType, target: &'static str| {
        move |header: &mut Header| {
            header.set_entry_type(kind);
            header.set_link_name(target).unwrap();
        }
    };
    add("./", b"", &kind(EntryType::Directory));
    add("tool-1/", b"", &|header| {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o750);
    });
    add("tool-1/bin/tool", stamp().as_bytes(), &|header| header.set_mode(0o4755));
    add("tool-1/bin/again", b"", &link(EntryType::Link, "tool-1/bin/tool"));
    add("tool-1/bin/link", b"", &link(EntryType::Symlink, "/tool"));
    add("tool-1/pipe", b"", &kind(EntryType::Fifo));
    add("tool-1/null", b"", &|header| {
        header.set_entry_type(EntryType::Char);
        header.set_device_major(1).unwrap();
        header.set_device_minor(3).unwrap();
    });
    let mut records = Vec::new();
    let capability: &[u8] = &[1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let long = "n/".repeat(130) + "end";
    for (key, value) in [("SCHILY.xattr.security.capability", capability), ("path", long.as_bytes())] {
        let rest = key.len() + value.len() + 3;
        let length = (rest..).find(|length| rest + length.to_string().len() == *length).unwrap();
        records.extend(format!("{length} {key}=").into_bytes());
        records.extend(value);
        records.push(b'\n');
    }
    add("pax", &records, &kind(EntryType::XHeader));
    add("short", b"deep", &|_| ());
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn yaml(base: &str, steps: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}"
    ))
}

/// The paths, modes, owners and times in an image.
fn nodes(image: &Image) -> Vec<String> {
    let line = |(path, node): (&str, &varve_tests::Node)| {
        format!("{path} {:o} {}:{} {}", node.mode, node.uid, node.gid, matches!(node.kind, Kind::File { .. }))
    };
    image.tree.iter().map(line).collect()
}

#[test]
fn an_archive_of_the_context_gives_the_files_that_add_gives() {
    let engine = Engine::get().unwrap();
    let tar = archive();
    for (base, to) in [("scratch", "/opt/new/"), ("varve.test/debian:12", "/usr/local/"), ("scratch", "/")] {
        let docker = format!("FROM {base}\nADD all.tar {to}\n");
        let docker = Build::dockerfile(&docker).with("all.tar", tar.clone()).image(engine).unwrap();
        for (name, bytes) in [("all.tar", tar.clone()), ("all.xz", xz(&tar))] {
            let step = format!("      - {{copy: {name}, to: {to}, extract: true}}\n");
            let image = yaml(base, &step).with(name, bytes).image(engine).unwrap();
            assert_eq!(compare(&docker, &image), [""; 0], "{base} {name} {to}");
        }
    }
}

#[test]
fn every_kind_is_unpacked_as_a_download_and_from_the_context() {
    let engine = Engine::get().unwrap();
    let tar = archive();
    let site = Site::new().unwrap();
    // Names say nothing about the kind.
    let kinds =
        [("a", tar.clone()), ("b", gzip(&tar)), ("c", bzip2(&tar)), ("d", xz(&tar)), ("e", zstd(&tar))];
    let mut first: Option<Vec<String>> = None;
    for (name, bytes) in kinds {
        fs::write(site.path().join(name), &bytes).unwrap();
        let steps = format!(
            "      - {{download: \"{}/{name}\", to: /download, extract: {{strip: 1, only: \"*/bin\"}}}}\n\
             \x20     - {{copy: {name}, to: /context, extract: {{strip: 1, only: \"*/bin\"}}, owner: \"1:2\", mode: a-w}}\n",
            site.address
        );
        let image = yaml("scratch", &steps).with(name, bytes).image(engine).unwrap();
        let nodes = nodes(&image);
        assert_eq!(first.get_or_insert_with(|| nodes.clone()), &nodes, "{name}");
    }
    assert_eq!(
        first.unwrap(),
        [
            "/context 755 1:2 false",
            "/context/bin 755 1:2 false",
            "/context/bin/again 4555 1:2 true",
            "/context/bin/link 777 1:2 false",
            "/context/bin/tool 4555 1:2 true",
            "/download 755 0:0 false",
            "/download/bin 755 0:0 false",
            "/download/bin/again 4755 7:8 true",
            "/download/bin/link 777 7:8 false",
            "/download/bin/tool 4755 7:8 true",
        ]
    );
}

#[test]
fn zip_archives_are_unpacked() {
    let engine = Engine::get().unwrap();
    let members = [
        ZipMember::new("tool-1/", 0o040750, ""),
        ZipMember::new("tool-1/bin/tool", 0o100755, stamp()),
        ZipMember::new("tool-1/link", 0o120777, "bin/tool"),
    ];
    let steps = "      - {copy: all.zip, to: /opt, extract: true}
      - {copy: all.zip, to: /opt, extract: {strip: 2, only: \"**/tool\"}, owner: nobody}\n";
    let image = yaml("varve.test/debian:12", steps).with("all.zip", zip(&members)).image(engine).unwrap();
    let found = nodes(&image);
    let opt: Vec<&str> = found.iter().map(String::as_str).filter(|line| line.starts_with("/opt/")).collect();
    assert_eq!(
        opt,
        [
            "/opt/tool 755 65534:65534 true",
            "/opt/tool-1 750 0:0 false",
            "/opt/tool-1/bin 755 0:0 false",
            "/opt/tool-1/bin/tool 755 0:0 true",
            "/opt/tool-1/link 777 0:0 false",
        ]
    );
}

#[test]
fn what_is_unpacked_by_stages_layers_and_links_is_the_same() {
    let engine = Engine::get().unwrap();
    let tar = archive();
    let text = "# syntax=varve/frontend:dev
stages:
  packed:
    from: scratch
    steps: [{copy: all.tar, to: /p/}]
  app:
    from: varve.test/debian:12
    steps:
      - layers:
          one: [{copy: p/all.tar, from: packed, to: /one/, extract: true}]
          two: [{copy: all.tar, to: /two, extract: true, link: true}]
      - {workdir: /three}
      - {copy: all.tar, to: here, extract: true, link: true}
";
    let image = Build::yaml(text).with("all.tar", tar).image(engine).unwrap();
    let below = |folder: &str| -> Vec<String> {
        let all = nodes(&image).into_iter();
        all.filter_map(|line| line.strip_prefix(&format!("{folder}/")).map(str::to_owned)).collect()
    };
    assert!(below("/one").len() > 100, "{:?}", below("/one"));
    assert_eq!(below("/one"), below("/two"));
    assert_eq!(below("/one"), below("/three/here"));
}

#[test]
fn an_archive_of_which_nothing_is_unpacked_fails_the_build() {
    let engine = Engine::get().unwrap();
    let check = |bytes: Vec<u8>, extract: &str, expect: &str| {
        let step = format!("      - {{copy: p.tar.xz, to: /x/, extract: {extract}}}\n");
        let words = yaml("scratch", &step).with("p.tar.xz", bytes).run(engine).unwrap().failure().unwrap();
        assert!(words.contains(expect) && words.contains("image.yaml:6"), "{words}");
    };
    check(b"\x7fELF program".to_vec(), "true", "p.tar.xz: it is not an archive: found an ELF program");
    check(gzip(b"one file"), "true", "found a file that starts with `one file`, compressed with gzip");
    check(xz(&archive()), "{only: bin/tool}", "nothing was unpacked: no path matches `only: bin/tool`");
    let half = xz(&archive());
    check(half[..half.len() / 2].to_vec(), "true", "p.tar.xz:");
    let out = zip(&[ZipMember::new("out", 0o120777, "/etc"), ZipMember::new("out/passwd", 0o100644, "")]);
    check(out, "true", "/x/out is a symbolic link that leads to no folder");
}

#[test]
fn an_unpacked_archive_is_cached_by_its_content() {
    let engine = Engine::get().unwrap();
    let build = |bytes: &[u8], other: &str| -> Outcome {
        let steps = "      - {copy: all.tar, to: /x/, extract: true}\n";
        let build = yaml("scratch", steps).with("all.tar", bytes).with("other", other);
        build.run(engine).unwrap().success().unwrap()
    };
    let tar = archive();
    let ran = |outcome: &Outcome| outcome.worked().iter().any(|name| name.contains("copy all.tar"));
    assert!(ran(&build(&tar, "1")));
    assert!(!ran(&build(&tar, "2")));
    assert!(ran(&build(&archive(), "2")));
}
