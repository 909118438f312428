//! `docs/differences.md`: each test builds the same with a Dockerfile and with an `image.yaml`, and shows what is different.

use std::fs;
use std::process::Command;

use tar::EntryType;
use varve_tests::command::stdout_of;
use varve_tests::digest::sha256;
use varve_tests::engine::bases;
use varve_tests::http::{Answer, serve};
use varve_tests::{Build, Engine, Image, Kind, Site, stamp};

/// A Dockerfile that starts from Debian.
fn theirs(instructions: &str) -> Build {
    Build::dockerfile(&format!("FROM {}\n{instructions}", bases::debian(12)))
}

/// An `image.yaml` with one stage that starts from Debian.
fn ours(keys: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {}\n{keys}",
        bases::debian(12)
    ))
}

fn image(build: &Build) -> Image {
    build.image(Engine::get().unwrap()).unwrap()
}

fn failure(build: &Build) -> String {
    build.run(Engine::get().unwrap()).unwrap().failure().unwrap()
}

#[track_caller]
fn check_content(build: &Build, path: &str, content: &str) {
    let image = image(build);
    let kind = image.tree.get(path).map(|node| node.kind.clone());
    let expect = Kind::File { size: content.len() as u64, sha256: sha256(content.as_bytes()) };
    assert_eq!(kind, Some(expect), "{path} is not {content:?}");
}

/// The names in a folder.
fn names(image: &Image, folder: &str) -> Vec<String> {
    let paths = image.tree.iter().filter_map(|(path, _)| path.strip_prefix(folder));
    paths.map(str::to_owned).collect()
}

#[test]
fn a_script_ends_at_the_first_command_that_fails() {
    check_content(&theirs("RUN <<EOF\nfalse\necho on > /got\nEOF\n"), "/got", "on\n");
    let script = "    steps:\n      - run: |\n          false\n          echo on > /got\n";
    assert!(failure(&ours(script)).contains("exit code: 1"));
    check_content(&ours(&format!("    shell: [/bin/sh, -c]\n{script}")), "/got", "on\n");
}

#[test]
fn an_arg_is_no_environment_variable() {
    check_content(&theirs("ARG word=x\nRUN echo \"[$word]\" > /got\n"), "/got", "[x]\n");
    let ours =
        |word: &str| ours(&format!("    steps: [{{run: 'echo \"[{word}]\" > /got'}}]\nargs: {{word: x}}\n"));
    check_content(&ours("$word"), "/got", "[]\n");
    check_content(&ours("${{ word }}"), "/got", "[x]\n");
}

#[test]
fn a_dollar_is_an_ordinary_character() {
    let theirs = image(&theirs("ENV A=1\nENV B=$A-x\nLABEL c=$A\n"));
    assert!(theirs.env().contains(&"B=1-x"), "{:?}", theirs.env());
    assert_eq!(theirs.labels().get("c"), Some(&"1"));
    let ours = image(&ours("    env: {A: \"1\", B: $A-x}\n    image: {labels: {c: $A}}\n"));
    assert!(ours.env().contains(&"B=$A-x"), "{:?}", ours.env());
    assert_eq!(ours.labels().get("c"), Some(&"$A"));
}

#[test]
fn a_secret_is_required() {
    let script = "test ! -e /run/secrets/token && echo none > /got";
    check_content(&theirs(&format!("RUN --mount=type=secret,id=token {script}\n")), "/got", "none\n");
    let ours =
        |key: &str| ours(&format!("    steps: [{{run: '{script}', mounts: [{{secret: token{key}}}]}}]\n"));
    assert!(failure(&ours("")).contains("token"));
    check_content(&ours(", required: false"), "/got", "none\n");
}

#[test]
fn an_ssh_agent_is_required() {
    let script = "test ! -e \"$SSH_AUTH_SOCK\" && echo none > /got";
    check_content(&theirs(&format!("RUN --mount=type=ssh {script}\n")), "/got", "none\n");
    let ours =
        |key: &str| ours(&format!("    steps: [{{run: '{script}', mounts: [{{ssh: default{key}}}]}}]\n"));
    assert!(failure(&ours("")).contains("ssh"));
    check_content(&ours(", required: false"), "/got", "none\n");
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    image(&theirs("COPY nothing* /got/\n"));
    assert!(failure(&ours("    steps: [{copy: nothing* /got/}]\n")).contains("not found"));
    image(&ours("    steps: [{copy: nothing* /got/, optional: true}]\n"));
}

#[test]
fn a_backslash_makes_a_wildcard_literal() {
    let with = |build: Build| build.with("a*b", "star").with("aXb", "x");
    let theirs = image(&with(theirs("COPY [\"a\\\\*b\", \"/got/\"]\n")));
    assert_eq!(names(&theirs, "/got/"), ["a*b", "aXb"]);
    let ours = image(&with(ours("    steps: [{copy: 'a\\*b /got/'}]\n")));
    assert_eq!(names(&ours, "/got/"), ["a*b"]);
}

#[test]
fn an_archive_of_the_context_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "content").unwrap();
    let mut tar = Command::new("tar");
    stdout_of(tar.current_dir(folder.path()).args(["cf", "a.tar", "file"])).unwrap();
    let with = |build: Build| build.with("a.tar", fs::read(folder.path().join("a.tar")).unwrap());
    assert_eq!(names(&image(&with(theirs("ADD a.tar /got/\n"))), "/got/"), ["file"]);
    assert_eq!(names(&image(&with(ours("    steps: [{copy: a.tar /got/}]\n"))), "/got/"), ["a.tar"]);
}

#[test]
fn a_hard_link_has_the_attributes_of_its_file() {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, kind, mode) in [("file", EntryType::Regular, 0o600), ("link", EntryType::Link, 0o644)] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(0);
        match kind {
            EntryType::Link => archive.append_link(&mut header, name, "file").unwrap(),
            _ => archive.append_data(&mut header, name, &[][..]).unwrap(),
        }
    }
    let archive = archive.into_inner().unwrap();
    let mode = |build: Build| {
        image(&build.with("a.tar", archive.as_slice())).tree.get("/got/file").map(|node| node.mode)
    };
    assert_eq!(mode(theirs("ADD a.tar /got/\n")), Some(0o644));
    assert_eq!(mode(ours("    steps: [{copy: a.tar /got/, extract: true}]\n")), Some(0o600));
}

#[test]
fn a_url_without_a_path_is_the_file_download() {
    let address = serve(|_| Answer::new("200 OK", "content\n")).unwrap();
    assert_eq!(names(&image(&theirs(&format!("ADD {address} /got/\n"))), "/got/"), ["__unnamed__"]);
    let ours = ours(&format!("    steps: [{{download: '{address}', to: /got/}}]\n"));
    assert_eq!(names(&image(&ours), "/got/"), ["download"]);
}

#[test]
fn a_cache_that_starts_with_files_has_no_owner() {
    let base = bases::debian(12);
    let script = "stat -c %u /cache > /got";
    let mount = format!("type=cache,id={},target=/cache,from={base},source=/etc,uid=5", stamp());
    image(&theirs(&format!("RUN --mount={mount} {script}\n")));
    let mount = format!("{{cache: /cache, from: {base}, source: /etc, owner: \"5\"}}");
    let ours = ours(&format!("    steps: [{{run: '{script}', mounts: [{mount}]}}]\n"));
    assert!(failure(&ours).contains("a cache that starts with files has their owner and mode"));
}

#[test]
fn a_download_is_readable_by_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "content").unwrap();
    let site = Site::new().unwrap();
    let address = site.add("differences", folder.path()).unwrap();
    let mode = |build: &Build| image(build).tree.get("/got").map(|node| node.mode);
    assert_eq!(mode(&theirs(&format!("ADD {address}/file /got\n"))), Some(0o600));
    let ours = |key: &str| ours(&format!("    steps: [{{download: '{address}/file', to: /got{key}}}]\n"));
    assert_eq!(mode(&ours("")), Some(0o644));
    assert_eq!(mode(&ours(", mode: \"0600\"")), Some(0o600));
}

#[test]
fn the_owner_of_a_cache_is_user_and_group() {
    let script = "stat -c %u:%g /cache > /got";
    let id = stamp();
    let run = format!("RUN --mount=type=cache,id={id}-theirs,target=/cache,uid=1001 {script}\n");
    check_content(&theirs(&run), "/got", "1001:0\n");
    let ours = |owner: &str| {
        let mount = format!("{{cache: /cache, id: {id}-{}, owner: \"{owner}\"}}", owner.replace(':', "-"));
        ours(&format!("    steps: [{{run: '{script}', mounts: [{mount}]}}]\n"))
    };
    check_content(&ours("1001"), "/got", "1001:1001\n");
    check_content(&ours("1001:0"), "/got", "1001:0\n");
}
