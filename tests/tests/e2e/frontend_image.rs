//! The frontend image: what it holds, how large it is, and what its labels promise.

use std::fs;
use std::path::Path;

use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Kind};

/// The most that a first build has to fetch of it.
const MOST: u64 = 6_000_000;

#[test]
fn the_image_is_one_small_static_binary_with_true_labels() {
    let engine = Engine::get().unwrap();
    let machine = Machine::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(frontend::binary_of(&machine, "dist").unwrap(), folder.path().join("varve")).unwrap();
    let dockerfile = fs::read_to_string(machine.workspace.join("Dockerfile.frontend")).unwrap();
    let build = Build::dockerfile(&dockerfile).context("binary", &folder.path().to_string_lossy());
    let image = build.image(engine).unwrap();

    let paths: Vec<&str> = image.tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/varve"]);
    let program = image.tree.get("/varve").unwrap();
    let Kind::File { size, .. } = program.kind else { panic!("{program}") };
    assert!(size <= MOST, "{size} bytes");
    assert_eq!(program.mode, 0o755);
    assert!(!has_interpreter(&folder.path().join("varve")), "it is linked statically");

    assert_eq!(image.config["config"]["Entrypoint"], serde_json::json!(["/varve"]));
    let labels = image.labels();
    assert_eq!(labels.get("moby.buildkit.frontend.network.none"), Some(&"true"));
    let caps: Vec<&str> = labels["moby.buildkit.frontend.caps"].split(',').collect();
    assert!(caps.iter().all(|name| name.starts_with("moby.buildkit.frontend.")), "{caps:?}");
}

/// Whether an ELF program asks for a dynamic loader, whose path then stands in it.
fn has_interpreter(program: &Path) -> bool {
    let bytes = fs::read(program).unwrap();
    assert_eq!(&bytes[..4], b"\x7fELF");
    let head = &bytes[..4096];
    head.windows(8).any(|window| window == b"ld-linux")
}

#[test]
fn a_builder_with_a_store_of_its_own_takes_it_from_a_folder() {
    let engine = Engine::get().unwrap();
    let machine = Machine::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready");
    fs::create_dir(&ready).unwrap();
    fs::copy(frontend::binary(&machine).unwrap(), ready.join("varve")).unwrap();
    let dockerfile = fs::read_to_string(machine.workspace.join("Dockerfile.frontend")).unwrap();
    let layout = folder.path().join("layout");
    let build = Build::dockerfile(&dockerfile).context("binary", &ready.to_string_lossy());
    build
        .output(engine, &format!("type=oci,tar=false,dest={}", layout.display()))
        .unwrap()
        .success()
        .unwrap();

    // A name that no store and no registry has: only the named context can be what is used.
    let text = "# syntax=varve/frontend:elsewhere\nstages:\n  one:\n    from: scratch\n    steps:\n      - copy: a.txt\n        to: /\n";
    let build = Build::yaml(text).with("a.txt", "1");
    let image = build
        .context("varve/frontend:elsewhere", &format!("oci-layout://{}:latest", layout.display()))
        .image(engine)
        .unwrap();
    assert!(image.tree.get("/a.txt").is_some());
}
