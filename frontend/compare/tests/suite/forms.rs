//! Detection of the forms of an image, and errors for other paths.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;
use varve_compare::{Error, ErrorKind, Form, Ignore, Options, compare};

use crate::made::{Made, Tar, Work, docker_archive, error_of, gzip, layout, lines, tar_of, zstd};

fn image() -> Made {
    let layers = [Tar::new().folder("etc/").file("etc/motd", "hello\n"), Tar::new().file("app", "1")];
    let image = Made::of_layers(layers).with("config", json!({"User": "app"}));
    image.with("history", json!([{"created_by": "a"}, {"created_by": "b"}]))
}

fn flat() -> Vec<u8> {
    Tar::new().folder("etc/").file("etc/motd", "hello\n").file("app", "1").bytes()
}

/// Compares without owners, because the files in the folder of the test belong to the user who runs it.
fn compared(first: &std::path::Path, second: &std::path::Path) -> (Form, Form, Vec<String>) {
    let options = Options { ignore: Ignore::parse(["owner"]).unwrap(), ..Options::default() };
    let comparison = compare(first, second, &options).unwrap();
    (comparison.first.form, comparison.second.form, lines(&comparison))
}

#[test]
fn one_image_in_every_form_is_equal() {
    let work = Work::new();
    let layout_of = |made: &Made| layout(std::slice::from_ref(made));
    let reference = work.write_all("layout", layout_of(&image()));
    let archive = tar_of(layout_of(&image()));
    let docker = tar_of(docker_archive(&image()));
    let all = [
        (work.write("layout.tar", &archive), Form::Layout),
        (work.write("layout.tar.gz", &gzip(&archive)), Form::Layout),
        (work.write_all("docker", docker_archive(&image())), Form::DockerArchive),
        (work.write("docker.tar", &docker), Form::DockerArchive),
        (work.write("docker.tar.zst", &zstd(&docker)), Form::DockerArchive),
        (work.write("system.tar", &flat()), Form::FileSystem),
        (work.write("system.tar.gz", &gzip(&flat())), Form::FileSystem),
    ];
    for (path, form) in all {
        assert_eq!(compared(&reference, &path), (Form::Layout, form, vec![]), "{}", path.display());
    }
}

#[test]
fn a_folder_holds_a_file_system() {
    let work = Work::new();
    let folder =
        work.write_all("root", vec![("etc/motd".into(), b"hello\n".to_vec()), ("app".into(), b"1".to_vec())]);
    let archive = work.write("system.tar", &flat());
    assert_eq!(compared(&folder, &archive), (Form::FileSystem, Form::FileSystem, vec![]));

    fs::hard_link(folder.join("app"), folder.join("link")).unwrap();
    symlink("etc/motd", folder.join("symbolic")).unwrap();
    fs::write(folder.join("etc/motd"), "hallo\n").unwrap();
    fs::create_dir_all(folder.join("empty")).unwrap();
    let (.., found) = compared(&archive, &folder);
    assert_eq!(found[0], "/app: links: no other name -> /link");
    assert!(found[1].starts_with("/empty: only in the second: folder 0755"), "{found:?}");
    assert!(found[2].ends_with(r#"; line 1: "hello\n" -> "hallo\n""#), "{found:?}");
    assert!(found[3].starts_with("/link: only in the second: file of 1 bytes"), "{found:?}");
    assert!(found[4].starts_with("/symbolic: only in the second: link to etc/motd"), "{found:?}");
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn compressed_layers_have_the_same_content() {
    let work = Work::new();
    let archive = |name: &str, compress: fn(&[u8]) -> Vec<u8>| {
        work.write(name, &tar_of(layout(&[Made { compress, ..image() }])))
    };
    let (plain, gzipped, zstded) = (archive("a", <[u8]>::to_vec), archive("b", gzip), archive("c", zstd));
    for path in [&gzipped, &zstded] {
        let options = Options { ignore: Ignore::parse(["layers.size"]).unwrap(), ..Options::default() };
        let found = lines(&compare(&plain, path, &options).unwrap());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("layers.0.digest: sha256:"), "{found:?}");
    }
}

#[test]
fn a_docker_archive_may_link_to_an_equal_layer() {
    let work = Work::new();
    let layer = || Tar::new().file("a", "1");
    let made = Made::of_layers([layer(), layer()]);
    let files = docker_archive(&made);
    let linked = files.into_iter().fold(Tar::new(), |tar, (name, content)| match name.as_str() {
        "layer1/layer.tar" => tar.symlink(&name, "../layer0/layer.tar"),
        _ => tar.with(&name, &content, |_| ()),
    });
    let (first, second) =
        (work.write("a.tar", &linked.bytes()), work.write("b.tar", &tar_of(layout(&[made]))));
    assert_eq!(compared(&first, &second).2, [""; 0]);
}

#[test]
fn a_name_that_begins_as_a_whiteout_is_a_file_of_a_file_system() {
    let work = Work::new();
    let first = work.write("a.tar", &Tar::new().file(".wh.a", "").bytes());
    let second = work.write("b.tar", &Tar::new().bytes());
    assert_eq!(
        compared(&first, &second).2,
        ["/.wh.a: only in the first: file of 0 bytes e3b0c44298fc 0644 0:0"]
    );
}

#[test]
fn a_file_system_may_have_files_of_these_names() {
    let work = Work::new();
    let tar = Tar::new().file("manifest.json", "{}").file("oci-layout", "x").file("index.json", "[]");
    let path = work.write("a.tar", &tar.bytes());
    assert_eq!(compared(&path, &path).0, Form::FileSystem);
}

#[test]
fn what_is_no_image_is_an_error_that_says_what_it_is() {
    let work = Work::new();
    let check = |bytes: &[u8], found: &str| {
        let path = work.write("file", bytes);
        let error = error_of(&path, &Options::default());
        assert!(
            error.starts_with(&format!("found {found}; expected an OCI layout, a docker archive")),
            "{error}"
        );
    };
    check(b"", "an empty file");
    check(b"\x7fELF...", "an ELF program");
    check(b"PK\x03\x04", "a zip archive");
    check(b"{}", "a JSON document");
    check(b"FROM scratch\n", r"a file that starts with `FROM scratch\n`");
    check(&gzip(b"text"), "a file that starts with `text`, compressed with gzip");
    let error = error_of(&work.path("missing"), &Options::default());
    assert!(error.starts_with("found no such file or folder; expected"), "{error}");
    assert!(error.contains("`docker save`"), "{error}");
}

#[test]
fn a_layout_that_is_not_whole_is_an_error_that_says_what_is_missing() {
    let work = Work::new();
    let without = |name: &str| {
        let files = layout(&[image()]);
        let folder = work.write_all(&format!("without {}", name.len()), files);
        fs::remove_file(folder.join(name)).unwrap();
        folder
    };
    let error = error_of(&without("oci-layout"), &Options::default());
    assert_eq!(
        error,
        "found `index.json` without a valid file `oci-layout` beside it; expected an OCI layout with both"
    );
    let error = error_of(&without("index.json"), &Options::default());
    assert_eq!(error, "found an OCI layout without `index.json`; expected an OCI layout with it");
    let layer = format!("blobs/{}", crate::made::digest(&image().layers[1]).replace(':', "/"));
    let error = error_of(&without(&layer), &Options::default());
    assert_eq!(error, format!("{layer}: OCI layout does not contain it"));
}

#[test]
fn errors_have_a_kind_and_a_place() {
    let work = Work::new();
    let path = work.write("file", b"text");
    let error: Error = compare(&path, &path, &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Form { .. }));
    assert!(error.to_string().starts_with(&path.display().to_string()));
}
