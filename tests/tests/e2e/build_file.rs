//! Where the build file and the ignore files are read from: next to each other, never from the context.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;
use varve_tests::command::shown;
use varve_tests::{Build, Engine, Image, Outcome};

/// An image.yaml that copies the whole context and has a label with its name.
fn yaml(who: &str) -> String {
    format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps: [{{copy: ., to: /}}]\n    image: {{labels: {{who: {who}}}}}\n"
    )
}

/// Two folders: `context`, and `elsewhere` with another build file.
fn folders(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["context", "elsewhere"] {
        fs::create_dir(folder.path().join(part)).unwrap();
    }
    write(folder.path(), "context/image.yaml", &yaml("context"));
    write(folder.path(), "elsewhere/image.yaml", &yaml("elsewhere"));
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    fs::write(folder.join(path), text).unwrap();
}

fn paths(image: &Image) -> Vec<&str> {
    image.tree.iter().map(|(path, _)| path).filter(|path| *path != "/").collect()
}

fn build(folder: &TempDir, file: &str) -> Image {
    Build::in_folder(&folder.path().join("context")).file(file).image(Engine::get().unwrap()).unwrap()
}

#[test]
fn a_build_file_outside_of_the_context_is_the_one_that_counts() {
    let folder = folders(&[("context/a", ""), ("elsewhere/b", "")]);
    let image = build(&folder, "../elsewhere/image.yaml");
    assert_eq!(image.labels()["who"], "elsewhere");
    assert_eq!(paths(&image), ["/a", "/image.yaml"]);
}

#[test]
fn the_ignore_file_beside_the_build_file_counts_more_than_that_of_the_context() {
    let files = [("context/a", ""), ("context/b", ""), ("context/.dockerignore", "a\n.dockerignore\n")];
    let folder = folders(&files);
    assert_eq!(paths(&build(&folder, "../elsewhere/image.yaml")), ["/b", "/image.yaml"]);
    // An ignore file in the context is not beside the build file.
    write(folder.path(), "context/image.yaml.dockerignore", "b\n");
    let image = build(&folder, "../elsewhere/image.yaml");
    assert_eq!(paths(&image), ["/b", "/image.yaml", "/image.yaml.dockerignore"]);
    write(folder.path(), "elsewhere/image.yaml.dockerignore", "*\n!b\n");
    assert_eq!(paths(&build(&folder, "../elsewhere/image.yaml")), ["/b"]);
    // An empty ignore file counts, too.
    write(folder.path(), "elsewhere/image.yaml.dockerignore", "");
    assert_eq!(paths(&build(&folder, "../elsewhere/image.yaml")).len(), 5);
}

#[test]
fn a_build_file_of_another_name() {
    let folder = folders(&[
        ("context/other.yml", &yaml("other")),
        ("context/other.yml.dockerignore", "*\n!image.yaml\n"),
    ]);
    let image = build(&folder, "other.yml");
    assert_eq!(image.labels()["who"], "other");
    assert_eq!(paths(&image), ["/image.yaml"]);
}

#[test]
fn a_build_file_on_standard_input() {
    let engine = Engine::get().unwrap();
    let folder = folders(&[]);
    let build = Build::in_folder(&folder.path().join("context")).file("-");
    let (mut command, _made) = build.command(engine, &["--progress=rawjson".to_owned()]).unwrap();
    let input = File::open(folder.path().join("elsewhere/image.yaml")).unwrap();
    let output = command.stdin(input).output().unwrap();
    let outcome = Outcome::of(&shown(&command), &output).success().unwrap();
    let copies = outcome.named("copy . to /").into_iter().filter(|vertex| vertex.completed).count();
    assert_eq!(copies, 1, "{:?}", outcome.vertices);
}

#[test]
fn an_error_names_the_file_as_the_user_does() {
    let folder = folders(&[("elsewhere/wrong.yaml", "# syntax=varve/frontend:dev\nstage: {}\n")]);
    let build = Build::in_folder(&folder.path().join("context")).file("../elsewhere/wrong.yaml");
    let words = build.run(Engine::get().unwrap()).unwrap().failure().unwrap();
    assert!(words.contains("wrong.yaml:2") && words.contains("2 | >>> stage: {}"), "{words}");
}

#[test]
fn the_frontend_is_named_on_the_command_line() {
    let text = "stages: {app: {from: scratch, image: {labels: {who: unnamed}}}}\n";
    let build = Build::yaml(text).arg("BUILDKIT_SYNTAX", "varve/frontend:dev");
    assert_eq!(build.image(Engine::get().unwrap()).unwrap().labels()["who"], "unnamed");
}
