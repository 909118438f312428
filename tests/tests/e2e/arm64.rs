//! Builds the images of the frontend and of the command for linux/amd64 and linux/arm64. This is a suite of `.ci/long`, because it
//! compiles all programs for arm64.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use tempfile::TempDir;
use varve_tests::digest::sha256;
use varve_tests::engine::emulation::Emulation;
use varve_tests::engine::{cross, frontend};
use varve_tests::machine::Machine;
use varve_tests::progress::say;
use varve_tests::{Build, Engine, Image, Kind, Spare, compare};

use crate::self_image::check_in_a_container;

/// The architectures, and their machine numbers in the header of an ELF file.
const ARCHES: [(&str, u16); 2] = [("amd64", 62), ("arm64", 183)];
const PLATFORMS: &str = "linux/amd64,linux/arm64";
/// The targets and the programs in their images.
const TARGETS: [(&str, &[&str]); 2] =
    [("frontend", &["/varve-frontend", "/varve-rootfs"]), ("cli", &["/varve"])];

/// Returns a folder with the programs of each architecture, in a subfolder with the name of the architecture. Prints the reason and
/// returns `None` if this machine cannot compile them.
fn programs() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<TempDir>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let machine = Machine::read().unwrap();
        if let Err(reason) = cross::can_compile(&machine, cross::PLATFORM) {
            say(&format!("not tested: {reason}"));
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        frontend::write_programs(&machine, "linux/amd64", &machine.profile, &folder.path().join("amd64"))
            .unwrap();
        frontend::write_programs(&machine, cross::PLATFORM, "dist", &folder.path().join("arm64")).unwrap();
        Some(folder)
    });
    folder.as_ref().map(TempDir::path)
}

/// Creates a build of a file of the workspace, with compiled programs for both platforms.
fn build_of(file: &str, target: &str, programs: &Path) -> Build {
    let file = Machine::read().unwrap().workspace.join(file);
    let mut build = Build::in_folder(programs).flag(&format!("--file={}", file.display())).target(target);
    for (arch, _) in ARCHES {
        build = build.context(&format!("programs-{arch}"), &programs.join(arch).to_string_lossy());
    }
    build
}

/// Reads a number of an ELF file, in little-endian order.
fn number(bytes: &[u8], at: usize, size: usize) -> usize {
    bytes[at..at + size].iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// Returns the machine number of an ELF program, and whether it names a dynamic loader (a program header `PT_INTERP`).
fn elf(path: &Path) -> (u16, bool) {
    const INTERP: usize = 3;
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..6], b"\x7fELF\x02\x01", "{}", path.display());
    let (start, size, count) = (number(&bytes, 32, 8), number(&bytes, 54, 2), number(&bytes, 56, 2));
    let interpreted = (0..count).any(|header| number(&bytes, start + header * size, 4) == INTERP);
    (u16::try_from(number(&bytes, 18, 2)).unwrap(), interpreted)
}

#[test]
fn the_programs_are_static() {
    let Some(programs) = programs() else { return };
    for (arch, machine) in ARCHES {
        for name in cross::PROGRAMS {
            assert_eq!(elf(&programs.join(arch).join(name)), (machine, false), "{arch} {name}");
        }
    }
}

#[test]
fn image_yaml_and_dockerfile_give_the_same_images_for_two_platforms() {
    let Some(programs) = programs() else { return };
    let engine = Engine::get().unwrap();
    for (target, files) in TARGETS {
        let images = |file: &str| {
            let images = build_of(file, target, programs).platform(PLATFORMS).images(engine).unwrap();
            let platforms: Vec<&str> = images.iter().map(|image| image.platform.as_str()).collect();
            assert_eq!(platforms.join(","), PLATFORMS, "{file} {target}");
            images
        };
        let (theirs, ours) = (images("Dockerfile.frontend"), images("examples/self/image.yaml"));
        for (((arch, _), ours), theirs) in ARCHES.iter().zip(&ours).zip(&theirs) {
            assert_eq!(compare(ours, theirs), [""; 0], "{target} {arch}");
            holds(ours, files, &programs.join(arch));
        }
    }
}

/// Checks that the image contains these programs of a folder, and nothing else.
fn holds(image: &Image, files: &[&str], programs: &Path) {
    let found = image.tree.iter().filter_map(|(path, node)| match &node.kind {
        Kind::File { sha256, .. } => Some((path.to_owned(), sha256.clone())),
        _ => None,
    });
    let expected =
        files.iter().map(|path| ((*path).to_owned(), sha256(&fs::read(programs.join(&path[1..])).unwrap())));
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{}", image.platform);
}

/// Uses an engine of its own, because BuildKit remembers whether a machine can emulate a platform.
#[test]
fn the_command_runs_under_emulation() {
    let Some(programs) = programs() else { return };
    let Some(_emulation) = Emulation::start(&Machine::read().unwrap()).unwrap() else { return };
    let Some(spare) = Spare::new().unwrap() else { return };
    let engine = spare.up().unwrap();
    let build = build_of("Dockerfile.frontend", "cli", programs).platform(cross::PLATFORM);
    let image = build.load(&engine).unwrap();
    let version =
        image.run_with(&["--platform", cross::PLATFORM], &["--version"]).unwrap().success().unwrap();
    assert_eq!(version, concat!("varve ", env!("CARGO_PKG_VERSION"), "\n"));
    check_in_a_container(&engine, &image.tag, cross::PLATFORM);
}
