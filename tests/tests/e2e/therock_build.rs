//! Builds of `examples/therock`. Named contexts replace images and downloads that are out of reach; the files are unchanged.

use varve_tests::machine::Machine;
use varve_tests::{Build, Engine};

use crate::stand_in::{Folder, System, image, installed, shell};

const TEST_TOOLS: &str = "clang cmake curl git git-lfs jq libgfortran5 lld ninja-build psmisc python3-setuptools python3-wheel \
                          unzip valgrind wget zip";

fn example() -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples/therock");
    Build::in_folder(&folder).file("image.yaml")
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort();
    words
}

#[test]
fn a_leaf_is_built_with_the_image_it_stands_on() {
    let engine = Engine::get().unwrap();
    let ubuntu =
        System::new(&format!("ca-certificates libc6-dev libopenmpi-dev openmpi-bin sudo {TEST_TOOLS}"))
            .file("needs/clang", "libc6-dev")
            .on("varve.test/debian:13", engine);
    let keys = Folder::new().with("git-core.asc", "a key").with("git-lfs.asc", "a key");
    let build = example()
        .target("no_rocm_image_ubuntu24_04_openmpi")
        .context("ubuntu:24.04", &image(&ubuntu))
        .context("test-keys", &keys.path().display().to_string());
    let leaf = build.load(engine).unwrap();
    assert_eq!(installed(&leaf), words(&format!("libc6-dev libopenmpi-dev openmpi-bin sudo {TEST_TOOLS}")));
    assert_eq!(shell(&leaf, "id tester; getent group render; cat /etc/sudoers.d/tester").lines().count(), 3);
    let sources = shell(&leaf, "cat /etc/apt/sources.list.d/git-core.sources");
    assert!(sources.contains("Signed-By: /etc/apt/keyrings/git-core.asc"), "{sources}");
    assert_eq!(leaf.run(&["sh", "-c", "whoami; pwd"]).unwrap().success().unwrap(), "tester\n/home/tester\n");
}

#[test]
fn an_image_that_breaks_a_policy_is_not_built() {
    let engine = Engine::get().unwrap();
    let keys = Folder::new().with("git-core.asc", "a key").with("git-lfs.asc", "a key");
    let refused = |system: System| {
        let ubuntu = system.on("varve.test/debian:13", engine);
        let build = example()
            .target("no_rocm_image_ubuntu24_04")
            .context("ubuntu:24.04", &image(&ubuntu))
            .context("test-keys", &keys.path().display().to_string());
        build.run(engine).unwrap().failure().unwrap()
    };
    let all = format!("ca-certificates sudo {TEST_TOOLS}");
    let words = refused(System::new(&all).with("lld", "/opt/rocm/bin/lld", "#!/bin/sh\n"));
    assert!(words.contains("absent /opt/rocm /opt/rocm-*: tests install the ROCm that they test"), "{words}");
    let words = refused(System::new(&format!("{all} hipcc")).file("needs/clang", "hipcc"));
    assert!(words.contains("hsa*: tests install the ROCm that they test"), "{words}");
    // clang needs libc6-dev, and nothing needs libzstd-dev.
    let words = refused(
        System::new(&format!("{all} libc6-dev libzstd-dev")).file("needs/clang", "libc6-dev, libzstd-dev"),
    );
    assert!(words.contains("development packages hide what users would miss"), "{words}");
}

#[test]
fn rocm_is_installed_from_a_tarball() {
    let engine = Engine::get().unwrap();
    let debian = System::new(
        "build-essential curl file gpg kmod libdw1t64 libelf1 libncurses6 libnuma1 libssl3t64 libunwind8 perl python3 \
         python3-dev python3-pip ca-certificates",
    );
    let debian = debian.on("varve.test/debian:13", engine);
    let mut tarball =
        Folder::new().link("lib64", "lib").with("bin/rocminfo", "#!/bin/sh\necho the ROCm of the tarball\n");
    for part in ["clients", "include", "lib", "libexec", "share"] {
        tarball = tarball.with(&format!("{part}/file"), "");
    }
    let build = example()
        .target("rocm_runtime")
        .arg("os", "debian13")
        .arg("gfx", "gfx1151")
        .arg("release_type", "stable")
        .arg("version", "7.13.1")
        .context("debian:13", &image(&debian))
        .context("rocm-tarball", &tarball.path().display().to_string());
    let rocm = build.load(engine).unwrap();
    assert_eq!(rocm.run(&["rocminfo"]).unwrap().success().unwrap(), "the ROCm of the tarball\n");
    assert_eq!(shell(&rocm, "readlink /opt/rocm; echo $ROCM_PATH"), "/opt/rocm-7.13.1\n/opt/rocm\n");
    let built = build.image(engine).unwrap();
    assert_eq!(built.labels()["org.opencontainers.image.version"], "7.13.1");

    // A tarball without some of its folders.
    let part = Folder::new().with("bin/rocminfo", "#!/bin/sh\n");
    let build = build.context("rocm-tarball", &part.path().display().to_string());
    let words = build.run(engine).unwrap().failure().unwrap();
    assert!(words.contains("dir /opt/rocm/include: this ROCm is not whole"), "{words}");
}

#[test]
fn rocm_is_installed_from_packages() {
    let engine = Engine::get().unwrap();
    let debian = System::new(
        "build-essential curl file gpg kmod libdw1 libelf1 libncurses6 libnuma1 libssl3 libunwind8 perl python3 python3-dev \
         python3-pip ca-certificates amdrocm7.13-gfx94x amdrocm-core-sdk7.13-gfx94x",
    )
    .with("amdrocm7.13-gfx94x", "/opt/rocm/core-7.13/lib/librocm.so", "")
    .with("amdrocm7.13-gfx94x", "/opt/rocm/core-7.13/share/file", "")
    .with("amdrocm-core-sdk7.13-gfx94x", "/opt/rocm/core-7.13/include/hip.h", "")
    .with("amdrocm-core-sdk7.13-gfx94x", "/opt/rocm/core-7.13/bin/hipcc", "#!/bin/sh\necho compiled\n");
    let debian = debian.on("varve.test/debian:12", engine);
    let key = Folder::new().with("rocm.asc", "a key");
    let build = example()
        .target("rocm_runtime")
        .arg("os", "debian12")
        .arg("release_type", "stable")
        .arg("install_method", "packages")
        .context("debian:12", &image(&debian))
        .context("rocm-key", &key.path().display().to_string());
    let rocm = build.load(engine).unwrap();
    assert_eq!(rocm.run(&["hipcc"]).unwrap().success().unwrap(), "compiled\n");
    assert_eq!(shell(&rocm, "readlink /opt/rocm/share"), "core-7.13/share\n");
    let source = shell(&rocm, "cat /etc/apt/sources.list.d/rocm.sources");
    assert_eq!(
        source,
        "Types: deb\nURIs: https://repo.amd.com/rocm/packages/debian12\nSuites: stable\nComponents: main\n\
         Architectures: amd64\nSigned-By: /etc/pki/rocm.asc\n"
    );
}
