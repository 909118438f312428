//! Builds of `examples/iree`. Named contexts replace images and downloads that are out of reach; the files are unchanged.

use varve_tests::demo::not_cached;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Loaded, stamp};

use crate::stand_in::{Folder, System, image, installed, shell};

const UBUNTU_20_04: &str =
    "ubuntu:20.04@sha256:b795f8e0caaaacad9859a9a38fe1c78154f8301fdaf0872eaf1520d66d9c0b98";

fn example(family: &str) -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples").join(family);
    Build::in_folder(&folder).file("image.yaml")
}

/// A program that prints its name and version, whatever it is asked.
fn program(text: &str) -> String {
    format!("#!/bin/sh\necho {text}\n")
}

/// A Python that records its calls, with what it reads.
fn python(version: &str) -> String {
    format!(
        "#!/bin/sh\ncase \"$1\" in\n    --version) echo Python {version} ;;\n    -c) ;;\n    *) echo \"python3 $*\" >> /called; cat >> /called ;;\nesac\n"
    )
}

fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort();
    words
}

/// An image with Debian packages in its root. The names are those of the packages and of the files.
fn debs<'e>(names: &[(&str, &str)], engine: &'e Engine) -> Loaded<'e> {
    let lines = names.iter().map(|(package, file)| format!("          make {package} {file}\n"));
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  debs:
    from: varve.test/debian:13
    steps:
      - run: |
          make() {{
              mkdir -p /made/DEBIAN
              printf 'Package: %s\\nVersion: 9:9999\\nArchitecture: all\\nMaintainer: varve <varve@example.com>\\nDescription: a stand-in\\n' $1 > /made/DEBIAN/control
              dpkg-deb --root-owner-group -Znone --build /made /$2.deb
          }}
{}",
        lines.collect::<String>()
    );
    Build::yaml(&text).load(engine).unwrap()
}

/// Folders in place of stages, by their names.
fn with_folders(build: Build, folders: &[(&str, &Folder)]) -> Build {
    folders
        .iter()
        .fold(build, |build, (stage, folder)| build.context(stage, &folder.path().display().to_string()))
}

#[test]
fn an_image_of_2023_is_built_with_its_base_and_a_new_vulkan_sdk_alone_is_built_again() {
    let engine = Engine::get().unwrap();
    let of_base = "build-essential clang-9 curl file git gnupg2 kmod libcapstone-dev libelf1 libnuma-dev libssl-dev libtbb-dev \
                   libxml2-dev libzstd-dev lld-9 llvm-dev lsb-release ninja-build pkg-config python3-distutils python3-pip \
                   python3-setuptools python3-venv python3.9 python3.9-dev python3.9-venv rocm-dev unzip vulkan-sdk wget";
    let ubuntu = System::new(&format!("{of_base} ca-certificates cuda-toolkit-12-2"))
        .with("lld-9", "/usr/bin/lld-9", &program("LLD 9"))
        .with("python3.9", "/usr/bin/python3.9", &python("3.9.18"))
        .on("varve.test/debian:13", engine);
    let driver = [
        ("libnvidia-common-530", "common"),
        ("libnvidia-compute-530", "compute"),
        ("libnvidia-gl-530", "gl"),
    ];
    let driver = debs(&driver, engine);
    let keys = Folder::new().with("lunarg.asc", "a key").with("rocm.asc", "a key");
    let bazel = Folder::new().with("bazel", &program("bazel 5.1.0"));
    let cmake = Folder::new().with("bin/cmake", &program("cmake version 3.21.6"));
    let ccache = Folder::new().with("ccache", &program("ccache version 4.7.4"));
    let cuda = Folder::new().with("include/cuda.h", "").with("nvvm/libdevice/libdevice.10.bc", "bits");
    let repository = Folder::new().with("cuda/sources.list", "deb [trusted=yes] file:/cuda /\n");
    let of = |target: &str| {
        let folders = [
            ("keys", &keys),
            ("bazel", &bazel),
            ("cmake", &cmake),
            ("ccache", &ccache),
            ("cuda-deps", &cuda),
            ("cuda-repository", &repository),
        ];
        let build = with_folders(example("iree/2023").target(target), &folders);
        build.context(UBUNTU_20_04, &image(&ubuntu)).context("nvidia-driver", &image(&driver))
    };
    let nvidia = of("nvidia").load(engine).unwrap();

    let drivers = "libnvidia-common-530 libnvidia-compute-530 libnvidia-gl-530";
    let expect = format!("{of_base} cuda-toolkit-12-2 {drivers}");
    let there = installed(&nvidia);
    let missing: Vec<&str> =
        sorted(&expect).into_iter().filter(|name| !there.iter().any(|there| there == name)).collect();
    // The system has some of them.
    let of_system = shell(&nvidia, r"dpkg-query -W -f '${db:Status-Status} ${Package}\n'");
    let missing: Vec<&str> = missing
        .into_iter()
        .filter(|name| !of_system.lines().any(|line| line.strip_prefix("installed ") == Some(name)))
        .collect();
    assert_eq!(missing, [""; 0]);
    // What is mounted is not in the image.
    assert_eq!(
        shell(
            &nvidia,
            "ls /etc/apt/sources.list.d | grep -v debian; ls -d /cuda /driver 2> /dev/null || true"
        ),
        "amdgpu.sources\nrocm.sources\nvulkan.sources\n"
    );
    let source = shell(&nvidia, "cat /etc/apt/sources.list.d/vulkan.sources");
    assert!(source.starts_with("Types: deb\nURIs: https://packages.lunarg.com/vulkan/1.3.250\n"), "{source}");
    let called = shell(&nvidia, "cat /called");
    assert!(called.starts_with("python3 -m pip install "), "{called}");
    assert!(called.contains("\npybind11==2.10.1\n") && !called.contains(">="), "{called}");
    assert_eq!(
        shell(
            &nvidia,
            "lld; bazel; cmake; ccache; ls $IREE_CUDA_DEPS_DIR; readlink -f /usr/bin/python3; echo $CC"
        ),
        "LLD 9\nbazel 5.1.0\ncmake version 3.21.6\nccache version 4.7.4\ninclude\nnvvm\n/usr/bin/python3.9\n/usr/bin/clang-9\n"
    );

    // No earlier run of this test has built this release.
    let release: String = stamp().chars().filter(char::is_ascii_digit).collect();
    let again = of("base").arg("vulkan", &format!("1.3.{release}")).run(engine).unwrap().success().unwrap();
    let worked = not_cached(&again.vertices);
    // Merges into layers of their own run nothing, and image tests read the result, whatever has changed in it.
    let runs = |name: &&&str| name.contains("] packages ") || name.contains("] run ");
    let ran: Vec<&&str> = worked.iter().filter(runs).filter(|name| !name.contains(" check ")).collect();
    assert_eq!(ran.len(), 1, "{worked:?}");
    assert!(ran[0].ends_with("] packages vulkan-sdk"), "{worked:?}");
}

#[test]
fn the_builder_of_today_is_a_runner_too() {
    let engine = Engine::get().unwrap();
    let lists = "ca-certificates clang-14 clang-19 curl g++-9 gcc-9 git gnupg2 libcapstone-dev libssl-dev libtbb-dev libxml2-dev \
                 libzstd-dev lld-14 lld-19 llvm-dev lsb-release ninja-build pkg-config python3-pip python3.11-dev \
                 python3.11-venv unzip wget";
    let ubuntu = System::new(lists)
        .with("clang-14", "/usr/bin/clang-14", &program("clang version 14.0.6"))
        .with("python3.11-dev", "/usr/bin/python3.11", &python("3.11.9"))
        .on("varve.test/debian:13", engine);
    let keys = Folder::new().with("llvm.asc", "a key").with("rocm.asc", "a key");
    let cmake = Folder::new().with("bin/cmake", &program("cmake version 3.23.2"));
    let ccache = Folder::new().with("ccache", &program("ccache version 4.10.2"));
    let sccache = Folder::new().with("sccache", &program("sccache 0.8.1"));
    let folders = [("keys", &keys), ("cmake-oldest", &cmake), ("ccache", &ccache), ("sccache", &sccache)];
    let of = |runner: &str, base: &str| {
        let build = with_folders(example("iree").arg("runner", runner), &folders);
        build.context(base, &image(&ubuntu)).load(engine).unwrap()
    };
    let runner = of("github", "myoung34/github-runner:ubuntu-jammy");
    let plain = of("none", "ubuntu:jammy");
    for (built, folder) in [(&runner, "/actions-runner"), (&plain, "/")] {
        assert_eq!(built.run(&["pwd"]).unwrap().success().unwrap().trim(), folder);
        assert_eq!(
            shell(built, "$CC --version; python --version; cmake; ccache; sccache; readlink /usr/bin/ld.lld"),
            "clang version 14.0.6\nPython 3.11.9\ncmake version 3.23.2\nccache version 4.10.2\nsccache 0.8.1\nld.lld-14\n"
        );
        let source = shell(built, "cat /etc/apt/sources.list.d/llvm.sources");
        assert!(source.contains("Suites: llvm-toolchain-jammy-19\n"), "{source}");
        assert!(installed(built).contains(&"clang-19".to_owned()));
    }
    let layers = |loaded: &Loaded<'_>| shell(loaded, "sha256sum /var/lib/dpkg/status");
    assert_eq!(layers(&runner), layers(&plain), "the same packages");
}

#[test]
fn rocm_of_therock_is_in_the_image_for_amd_gpus() {
    let engine = Engine::get().unwrap();
    let ubuntu = System::new(
        "ca-certificates curl g++ git git-lfs gnupg2 libdrm-amdgpu-dev libdrm-dev libelf-dev libgl1-mesa-dev libnuma-dev \
         libopenmpi-dev lsb-release ninja-build pkg-config python3-pip python3.11-dev repo unzip vulkan-tools wget xxd",
    )
    .with("python3.11-dev", "/usr/bin/python3.11", &python("3.11.9"))
    .on("varve.test/debian:13", engine);
    let driver = debs(&[("amdvlk", "amdvlk")], engine);
    let keys = Folder::new().with("llvm.asc", "a key").with("rocm.asc", "a key");
    let rocm = Folder::new().with("rocm/usr/local/bin/hipcc", &program("compiled"));
    let cmake = Folder::new().with("bin/cmake", &program("cmake version 3.29.3"));
    let folders = [("keys", &keys), ("the-rock", &rocm), ("cmake-newest", &cmake)];
    let build = with_folders(example("iree").target("amdgpu"), &folders)
        .context("ubuntu:jammy", &image(&ubuntu))
        .context("amdvlk", &image(&driver));
    let built = build.load(engine).unwrap();
    let packages = installed(&built);
    for name in ["amdvlk", "libdrm-amdgpu-dev", "libopenmpi-dev"] {
        assert!(packages.contains(&name.to_owned()), "no {name} in {packages:?}");
    }
    assert_eq!(
        shell(&built, "hipcc; cmake; cat /called; ls /amdvlk.deb 2> /dev/null || true"),
        "compiled\ncmake version 3.29.3\npython3 -m pip install --no-cache-dir mpi4py\n"
    );
    let source = shell(&built, "cat /etc/apt/sources.list.d/amdgpu.sources");
    assert!(source.contains("URIs: https://repo.radeon.com/amdgpu/6.1/ubuntu\nSuites: jammy\n"), "{source}");
}
