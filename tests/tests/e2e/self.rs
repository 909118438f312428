//! `examples/self`: the frontend image by our own means is the one that Dockerfile.frontend gives.

use std::fs;
use std::sync::OnceLock;

use tempfile::TempDir;
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, compare};

/// The build of a file of the workspace, with a ready binary in the place of the stage `binary`.
fn build_of(file: &str) -> Build {
    // One binary for all builds, whatever happens to the sources meanwhile.
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let machine = Machine::read().unwrap();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(frontend::binary(&machine).unwrap(), folder.path().join("varve")).unwrap();
        folder
    });
    let file = format!("--file={}", machine.workspace.join(file).display());
    Build::in_folder(folder.path()).flag(&file).context("binary", &folder.path().display().to_string())
}

/// The text of the list behind a constant of the frontend's sources.
fn honoured() -> Vec<String> {
    let path = Machine::read().unwrap().workspace.join("frontend/src/build.rs");
    let source = fs::read_to_string(path).unwrap();
    let (_, list) = source.split_once("FRONTEND_CAPS: &[&str] =").unwrap();
    let (list, _) = list.split_once(';').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn image_yaml_and_dockerfile_give_the_same_image() {
    let engine = Engine::get().unwrap();
    let theirs = build_of("Dockerfile.frontend").image(engine).unwrap();
    let ours = build_of("examples/self/image.yaml").image(engine).unwrap();
    assert_eq!(compare(&ours, &theirs), [""; 0]);
    assert_eq!(ours.tree.iter().filter(|(path, _)| *path != "/").count(), 1, "one file alone");
}

#[test]
fn the_label_claims_what_is_honoured() {
    let engine = Engine::get().unwrap();
    let honoured = honoured();
    assert!(honoured.iter().all(|name| name.starts_with("moby.buildkit.frontend.")), "{honoured:?}");
    for file in ["Dockerfile.frontend", "examples/self/image.yaml"] {
        let image = build_of(file).image(engine).unwrap();
        let label = image.labels()["moby.buildkit.frontend.caps"].to_owned();
        assert_eq!(label.split(',').collect::<Vec<_>>(), honoured, "{file}");
    }
}

#[test]
fn the_image_that_it_makes_is_a_frontend() {
    let engine = Engine::get().unwrap();
    let image = build_of("examples/self/image.yaml").load(engine).unwrap();
    let text = format!(
        "# syntax={}\nstages:\n  app:\n    from: scratch\n    steps: [{{file: /made, content: by itself}}]\n",
        image.tag
    );
    let made = Build::yaml(&text).image(engine).unwrap();
    assert!(made.tree.get("/made").is_some());
}
