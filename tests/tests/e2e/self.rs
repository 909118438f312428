//! `examples/self`: varve builds its own images, which equal those of Dockerfile.frontend.

use std::fs;
use std::sync::OnceLock;

use tempfile::TempDir;
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Kind, compare};

/// A build of a file of the workspace, with compiled programs in place of the stage `programs`.
fn build_of(file: &str) -> Build {
    // The same programs for all builds, even if the sources change in the meantime.
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let machine = Machine::read().unwrap();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        frontend::Programs::build(&machine).unwrap().copy_to(folder.path()).unwrap();
        fs::copy(frontend::command(&machine).unwrap(), folder.path().join("varve")).unwrap();
        folder
    });
    let file = format!("--file={}", machine.workspace.join(file).display());
    Build::in_folder(folder.path()).flag(&file).context("programs", &folder.path().display().to_string())
}

/// The capabilities in the list `FRONTEND_CAPS` of the frontend's sources.
fn honoured() -> Vec<String> {
    let path = Machine::read().unwrap().workspace.join("frontend/src/build.rs");
    let source = fs::read_to_string(path).unwrap();
    let (_, list) = source.split_once("FRONTEND_CAPS: &[&str] =").unwrap();
    let (list, _) = list.split_once(';').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn image_yaml_and_dockerfile_give_the_same_images() {
    let engine = Engine::get().unwrap();
    for (target, programs) in
        [("frontend", &["/varve-frontend", "/varve-rootfs"] as &[&str]), ("cli", &["/varve"])]
    {
        let theirs = build_of("Dockerfile.frontend").target(target).image(engine).unwrap();
        let ours = build_of("examples/self/image.yaml").target(target).image(engine).unwrap();
        assert_eq!(compare(&ours, &theirs), [""; 0], "{target}");
        let files = ours.tree.iter().filter(|(_, node)| matches!(node.kind, Kind::File { .. }));
        assert_eq!(files.map(|(path, _)| path).collect::<Vec<_>>(), programs, "{target}");
    }
}

/// Runs `docker run --rm -v "$PWD:/src" varve/cli:dev check`. The folder is copied into the container, because the daemon may not
/// see the paths of its client.
#[test]
fn the_image_of_the_command_checks_the_folder_at_its_working_directory() {
    let engine = Engine::get().unwrap();
    let loaded = build_of("Dockerfile.frontend").target("cli").load(engine).unwrap();
    check_in_a_container(engine, &loaded.tag, &format!("linux/{}", Machine::read().unwrap().arch));
}

/// Runs `check` in a container of the command's image.
pub(crate) fn check_in_a_container(engine: &Engine, tag: &str, platform: &str) {
    let folder = tempfile::tempdir().unwrap();
    let text = "stages: {app: {from: scratch, steps: [{file: /a}]}}\n";
    fs::write(folder.path().join("image.yaml"), text).unwrap();
    let docker = |words: &[&str]| engine.docker().args(words).output().unwrap();
    let container = docker(&["create", "--platform", platform, tag, "check"]);
    let container = String::from_utf8(container.stdout).unwrap();
    let container = container.trim();
    let source = format!("{}/.", folder.path().display());
    let copied = docker(&["cp", &source, &format!("{container}:/src")]);
    let checked = docker(&["start", "--attach", container]);
    docker(&["rm", container]);
    assert!(copied.status.success(), "{copied:?}");
    let text = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && text.contains("1 variant, no mistakes"), "{checked:?}");
}

#[test]
fn the_label_claims_what_is_honoured() {
    let engine = Engine::get().unwrap();
    let honoured = honoured();
    assert!(honoured.iter().all(|name| name.starts_with("moby.buildkit.frontend.")), "{honoured:?}");
    for file in ["Dockerfile.frontend", "examples/self/image.yaml"] {
        let image = build_of(file).target("frontend").image(engine).unwrap();
        let label = image.labels()["moby.buildkit.frontend.caps"].to_owned();
        assert_eq!(label.split(',').collect::<Vec<_>>(), honoured, "{file}");
    }
}

#[test]
fn the_image_that_it_makes_is_a_frontend() {
    let engine = Engine::get().unwrap();
    let image = build_of("examples/self/image.yaml").target("frontend").load(engine).unwrap();
    let text = format!(
        "# syntax={}\nstages:\n  app:\n    from: scratch\n    steps: [{{file: /made, content: by itself}}]\n",
        image.tag
    );
    let made = Build::yaml(&text).image(engine).unwrap();
    assert!(made.tree.get("/made").is_some());
}
