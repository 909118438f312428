//! The frontend image: its files, its size and its labels.

use std::fs;
use std::path::Path;
use std::process::Command;

use varve_tests::command::stdout_of;
use varve_tests::digest::sha256_of_file;
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::progress::say;
use varve_tests::{Build, Engine, Kind, Outcome, stamp};

/// The largest size of each program in bytes. Every builder that does not have the image pulls it.
const MOST: [(&str, u64); 2] = [("/varve-frontend", 4_600_000), ("/varve-rootfs", 1_650_000)];

#[test]
fn the_image_is_two_small_static_programs_with_true_labels() {
    let engine = Engine::get().unwrap();
    let machine = Machine::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let programs = frontend::Programs::build_with(&machine, "dist").unwrap();
    programs.copy_to(folder.path()).unwrap();
    let image = image_of(&machine, folder.path()).image(engine).unwrap();

    let paths: Vec<&str> = image.tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, MOST.map(|(path, _)| path));
    for (path, most) in MOST {
        let program = image.tree.get(path).unwrap();
        let Kind::File { size, .. } = program.kind else { panic!("{program}") };
        assert!(size <= most, "{path} has {size} bytes, more than {most}");
        assert_eq!(program.mode, 0o755, "{path}");
        assert!(!has_interpreter(&folder.path().join(&path[1..])), "{path} is linked statically");
    }

    assert_eq!(image.config["config"]["Entrypoint"], serde_json::json!(["/varve-frontend"]));
    let labels = image.labels();
    assert_eq!(labels.get("moby.buildkit.frontend.network.none"), Some(&"true"));
    let caps: Vec<&str> = labels["moby.buildkit.frontend.caps"].split(',').collect();
    assert!(caps.iter().all(|name| name.starts_with("moby.buildkit.frontend.")), "{caps:?}");
}

/// The digests of `varve-rootfs` that were decided on: a compiler, the start of the digest of a C library, and the digest of the program.
const DECIDED: &str = include_str!("../../../frontend/rootfs/digests.txt");

/// Another `varve-rootfs` runs every step again that uses it, in every project that takes a new release. So a change is a decision.
#[test]
fn a_change_of_varve_rootfs_is_a_decision() {
    let machine = Machine::read().unwrap();
    let programs = frontend::Programs::build_with(&machine, "dist").unwrap();
    let digest = sha256_of_file(&programs.rootfs).unwrap();
    let rustc = stdout_of(Command::new("rustc").arg("-vV")).unwrap();
    let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let library = stdout_of(Command::new("cc").arg("-print-file-name=libc.a")).unwrap();
    let library = sha256_of_file(Path::new(library.trim())).unwrap();
    let toolchain = format!("{}-{}  {}", field("release: "), &field("commit-hash: ")[..9], &library[..16]);
    let line = format!("{toolchain}  {digest}");
    match DECIDED.lines().find(|line| line.starts_with(&toolchain)) {
        Some(decided) => assert_eq!(
            line, decided,
            "varve-rootfs has changed. If that is meant, write the new line into frontend/rootfs/digests.txt and a note into CHANGELOG.md"
        ),
        // Another compiler or C library gives other bytes, so there is nothing to compare.
        None => say(&format!("frontend/rootfs/digests.txt has no line for this toolchain: {line}")),
    }
}

/// Creates a build of the frontend image from the programs in a folder.
fn image_of(machine: &Machine, programs: &Path) -> Build {
    let dockerfile = fs::read_to_string(machine.workspace.join("Dockerfile.frontend")).unwrap();
    Build::dockerfile(&dockerfile).context("programs", &programs.to_string_lossy())
}

/// A new release of the frontend with the same `varve-rootfs` does not invalidate the results of steps that run this program.
/// BuildKit compares the content of the program, which is mounted by its path, and not the digest of the image.
#[test]
fn a_new_frontend_leaves_the_results_of_varve_rootfs_cached() {
    let engine = Engine::get().unwrap();
    let machine = Machine::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let programs = frontend::Programs::build(&machine).unwrap();
    programs.copy_to(folder.path()).unwrap();
    let frontend = |name: &str| {
        let layout = folder.path().join(format!("layout-{name}"));
        let output = format!("type=oci,tar=false,dest={}", layout.display());
        image_of(&machine, folder.path()).output(engine, &output).unwrap().success().unwrap();
        format!("oci-layout://{}:latest", layout.display())
    };
    let text = format!(
        "# syntax=varve/frontend:upgraded\nstages:\n  app:\n    from: scratch\n    steps: [{{file: /a, content: \"{}\"}}, {{copy: a.tar, to: /, extract: true}}]\n    checks: [{{file: /a}}, {{absent: /b}}]\n",
        stamp()
    );
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    archive.append_data(&mut header, "unpacked", &b""[..]).unwrap();
    let archive = archive.into_inner().unwrap();
    let build = |image: &str| {
        let build =
            Build::yaml(&text).with("a.tar", archive.clone()).context("varve/frontend:upgraded", image);
        build.run(engine).unwrap().success().unwrap()
    };
    let old = frontend("old");
    let checks = |outcome: &Outcome| {
        let is_run = |name: &&str| name.contains("check ") || name.contains("copy a.tar");
        outcome.worked().into_iter().filter(is_run).count()
    };
    assert_eq!(checks(&build(&old)), 3, "the first build makes all");

    // Changes the frontend program. Bytes after the end of an ELF file have no meaning.
    let program = folder.path().join("varve-frontend");
    let mut bytes = fs::read(&program).unwrap();
    bytes.extend_from_slice(b"a new release");
    fs::write(&program, bytes).unwrap();
    let upgraded = build(&frontend("new"));
    assert_eq!(checks(&upgraded), 0, "{:?}", upgraded.vertices);

    // A changed `varve-rootfs` runs the steps again.
    let program = folder.path().join("varve-rootfs");
    let mut bytes = fs::read(&program).unwrap();
    bytes.extend_from_slice(b"a new release");
    fs::write(&program, bytes).unwrap();
    assert_eq!(checks(&build(&frontend("newest"))), 3);
}

/// Whether an ELF program needs a dynamic loader. It then contains the path of the loader.
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
    frontend::Programs::build(&machine).unwrap().copy_to(&ready).unwrap();
    let layout = folder.path().join("layout");
    image_of(&machine, &ready)
        .output(engine, &format!("type=oci,tar=false,dest={}", layout.display()))
        .unwrap()
        .success()
        .unwrap();

    // No image store and no registry has this name, so the build uses the named context.
    let text = "# syntax=varve/frontend:elsewhere\nstages:\n  one:\n    from: scratch\n    steps:\n      - copy: a.txt\n        to: /\n";
    let build = Build::yaml(text).with("a.txt", "1");
    let image = build
        .context("varve/frontend:elsewhere", &format!("oci-layout://{}:latest", layout.display()))
        .image(engine)
        .unwrap();
    assert!(image.tree.get("/a.txt").is_some());
}
