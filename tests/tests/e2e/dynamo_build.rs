//! Builds of `examples/dynamo`. Named contexts replace images, downloads and what takes hours to compile; the files are unchanged.

use std::fs;

use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Loaded};

use crate::stand_in::{Folder, System, image, installed, shell};

const INCLUDED: [&str; 7] = [
    "base.yaml",
    "libraries.yaml",
    "wheels.yaml",
    "runtime.yaml",
    "dev.yaml",
    "services.yaml",
    "compliance.yaml",
];

/// The repository of Dynamo, as far as these images read it.
const REPOSITORY: [(&str, &str); 26] = [
    (".cargo/config.toml", ""),
    ("Cargo.lock", ""),
    ("Cargo.toml", ""),
    ("LICENSE", "Apache-2.0\n"),
    ("benchmarks/pyproject.toml", ""),
    ("components/README.md", ""),
    ("container/compliance/__init__.py", ""),
    ("container/compliance/generators.py", GENERATORS),
    ("container/compliance/policy/__init__.py", ""),
    (
        "container/compliance/policy/validate.py",
        "import sys\nopen(sys.argv[sys.argv.index('--input') + 1])\n",
    ),
    ("container/compliance/scan_codecs.py", "import sys\nopen(sys.argv[sys.argv.index('--sbom') + 1])\n"),
    ("container/deps/requirements.common.txt", ""),
    ("container/deps/requirements.dev.txt", ""),
    ("container/deps/requirements.test.txt", ""),
    ("container/dev/50-framework-paths.sh", ""),
    ("container/launch_message/dev.txt", "# of the file\nbuild me\n"),
    ("container/launch_message/runtime.txt", "# of the file\nserve me\n"),
    ("deploy/README.md", ""),
    ("dev/README.md", ""),
    ("examples/README.md", ""),
    ("hatch_build.py", ""),
    ("lib/README.md", ""),
    ("pyproject.toml", ""),
    ("recipes/README.md", ""),
    ("rust-toolchain.toml", ""),
    ("tests/README.md", ""),
];
/// Writes its options in place of the licences.
const GENERATORS: &str = "import sys
folder = sys.argv[sys.argv.index('--output-dir') + 1]
open(folder + '/osrb-deps.csv', 'w').write(' '.join(sys.argv[1:]) + '\\n')
open(folder + '/osrb.cdx.json', 'w').write('{}')
";
/// A program that records its calls, if it may.
const TELLS: &str = "#!/bin/sh\n[ \"$(id -u)\" != 0 ] || echo \"${0##*/} $*\" >> /called\n";
/// A uv that records its calls with the index that it would use.
const UV: &str = "#!/bin/sh\n[ \"$1\" = --version ] || echo \"uv from $PIP_INDEX_URL: $*\" >> /called\n";
/// An installer of EFA that records its call.
const EFA: &str =
    "#!/bin/sh\necho \"efa $*\" >> /called\nmkdir -p /opt/amazon/efa/bin\ncp fi_info /opt/amazon/efa/bin/\n";
/// A sudo for those who are root already.
const SUDO: &str = "#!/bin/sh\n[ \"$1\" != -n ] || shift\nexec \"$@\"\n";

const OF_RUNTIME: &str = "build-essential cuda-command-line-tools-13-0 curl g++ git git-lfs gnupg2 ibverbs-providers ibverbs-utils jq \
                          libibumad3 libibverbs1 libnuma1 librdmacm1 libxcb1 ninja-build rdma-core";
const OF_DEV: &str = "autoconf automake bash-completion clang cmake fd-find fish gawk gdb gnupg1 htop iproute2 iputils-ping less \
                      libclang-dev libtool ltrace meson nano net-tools nsight-systems-2025.5.1 nvtop openssh-client patchelf \
                      pkg-config protobuf-compiler pybind11-dev python3-pip python3-venv ripgrep rsync screen strace sudo tmux \
                      tree unzip valgrind vim wget yq zip zsh";

/// The files of the example in the repository of Dynamo.
fn example() -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples/dynamo");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let build =
        INCLUDED.iter().fold(Build::yaml(&text("image.yaml")), |build, name| build.with(name, text(name)));
    REPOSITORY.iter().fold(build, |build, (path, text)| build.with(path, *text))
}

/// An image of vLLM with these packages to install.
fn vllm<'e>(packages: &str, engine: &'e Engine) -> Loaded<'e> {
    System::new(&format!("ca-certificates pciutils python3 {packages}"))
        .with("git", "/usr/bin/git", TELLS)
        .with("sudo", "/usr/bin/sudo", SUDO)
        .on("varve.test/python:13", engine)
}

/// Folders in place of what is downloaded and compiled, by the names of stages and images.
struct Parts(Vec<(&'static str, Folder)>);

impl Parts {
    fn new() -> Self {
        let base =
            ["bin/cudafe++", "bin/fatbinary", "bin/nvcc", "bin/ptxas", "include/cuda.h", "nvvm/bin/cicc"]
                .iter()
                .chain(&["lib64/libcudart.so.13", "lib64/stubs/libcuda.so"])
                .fold(Folder::new(), |folder, path| folder.with(&format!("usr/local/cuda/{path}"), ""));
        let libraries = Folder::new()
            .with("usr/local/lib64/libaws-c-common.so.1.0.0", "")
            .link("usr/local/lib64/libaws-c-common.so.1", "libaws-c-common.so.1.0.0")
            .with("usr/local/lib64/libs2n.so.1", "")
            .with("usr/lib64/libcrypto.so.1.1.1k", "")
            .link("usr/lib64/libcrypto.so.1.1", "libcrypto.so.1.1.1k")
            .with("usr/lib64/libssl.so.1.1", "");
        let nixl = Folder::new()
            .with("usr/local/ucx/lib/libucp.so.0", "")
            .link("usr/local/ucx/lib/libucp.so", "libucp.so.0")
            .with("opt/nvidia/nvda_nixl/lib64/libnixl.so", "");
        let wheels = [
            "ai_dynamo-1.0-py3-none-any.whl",
            "ai_dynamo_runtime-1.0-cp310-abi3.whl",
            "gpu_memory_service-1.0.whl",
            "kvbm-1.0.whl",
            "nixl/nixl_cu13-1.1.whl",
        ];
        let wheels = wheels
            .iter()
            .fold(Folder::new(), |folder, wheel| folder.with(&format!("opt/dynamo/dist/{wheel}"), ""))
            .with("opt/dynamo/rust-licenses/serde-1.0/LICENSE", "MIT\n");
        let services = Folder::new()
            .with("usr/bin/nats-server", "#!/bin/sh\n")
            .with("usr/local/bin/etcd/etcd", "#!/bin/sh\n");
        let efa = Folder::new()
            .with("efa_installer.sh", EFA)
            .with("fi_info", "#!/bin/sh\necho libfabric: 2.4.0amzn5.0\n");
        let rust = Folder::new()
            .with("usr/local/cargo/bin/cargo", "#!/bin/sh\n")
            .with("usr/local/cargo/bin/maturin", "#!/bin/sh\n")
            .with("usr/local/rustup/settings.toml", "");
        Self(vec![
            ("base", base),
            ("libraries", libraries),
            ("nixl", nixl),
            ("wheel_builder", wheels),
            ("services", services),
            ("efa-installer", efa),
            ("rust", rust),
            ("keys", Folder::new().with("nvidia.pub", "a key")),
            ("ghcr.io/astral-sh/uv:0.9.18", Folder::new().with("uv", UV).with("uvx", UV)),
        ])
    }

    /// A build with these parts on an image in place of that of vLLM.
    fn of(&self, build: Build, vllm: &Loaded<'_>) -> Build {
        let build = build.context("vllm/vllm-openai:v0.21.0-ubuntu2404", &image(vllm));
        self.0
            .iter()
            .fold(build, |build, (name, folder)| build.context(name, &folder.path().display().to_string()))
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort();
    words
}

#[test]
fn vllm_with_efa_is_its_image_with_dynamo_and_its_licences() {
    let engine = Engine::get().unwrap();
    let vllm = vllm(OF_RUNTIME, engine);
    let parts = Parts::new();
    let build = parts
        .of(example(), &vllm)
        .arg("framework", "vllm")
        .arg("efa", "yes")
        .secret("pip-index-url", "https://index.example.com/simple");
    let built = build.load(engine).unwrap();

    let wanted = sorted(OF_RUNTIME);
    let packages = shell(&built, r"dpkg-query -W -f '${db:Status-Status} ${Package}\n'");
    let missing: Vec<&&str> = wanted
        .iter()
        .filter(|name| !packages.lines().any(|line| line.strip_prefix("installed ") == Some(**name)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!installed(&built).contains(&"pciutils".to_owned()), "what the installer needed is gone");

    let called = shell(&built, "cat /called");
    let index = "uv from https://index.example.com/simple: pip install --system";
    let wheels = "ai_dynamo_runtime-1.0-cp310-abi3.whl ai_dynamo-1.0-py3-none-any.whl nixl/nixl_cu13-1.1.whl \
                  gpu_memory_service-1.0.whl kvbm-1.0.whl";
    let omni = "git+https://github.com/vllm-project/vllm-omni.git@65b83d87ad786aa786b248f0242e2ed1b4a8161f";
    let lines: Vec<&str> = called.lines().collect();
    assert_eq!(
        lines,
        [
            format!("{index} {wheels}"),
            format!(
                "{index} --requirement /deps/requirements.common.txt --requirement /deps/requirements.vllm.txt"
            ),
            format!("{index} vllm-omni @ {omni}"),
            format!("{index} /workspace/benchmarks"),
            "efa -y --build-ngc --skip-kmod --skip-limit-conf --skip-mpi --no-verify".to_owned(),
        ]
    );
    assert_eq!(
        shell(
            &built,
            "readlink /usr/local/lib/libaws-c-common.so.1 /usr/local/lib/libcrypto.so.1.1 /usr/local/ucx/lib/libucp.so \
             /usr/local/cuda/lib64/libcublas.so /opt/nvidia/nvda_nixl/lib/*-linux-gnu"
        ),
        "libaws-c-common.so.1.0.0\nlibcrypto.so.1.1.1k\nlibucp.so.0\nlibcublas.so.13\n/opt/nvidia/nvda_nixl/lib64\n"
    );
    let env = shell(&built, "echo $LD_LIBRARY_PATH; echo $EFA_VERSION; echo $NIXL_PLUGIN_DIR");
    assert!(env.starts_with("/opt/amazon/efa/lib:/opt/nvidia/nvda_nixl/lib64:"), "{env}");
    assert!(env.ends_with("\n1.49.0\n/opt/nvidia/nvda_nixl/lib64/plugins\n"), "{env}");
    assert_eq!(shell(&built, "cat /opt/dynamo/.launch_screen"), "serve me\n");
    assert_eq!(
        built.run(&["sh", "-c", "id -un; id -g; pwd"]).unwrap().success().unwrap(),
        "dynamo\n0\n/workspace\n"
    );
    assert_eq!(
        shell(&built, "stat -c '%u:%g %a' /opt/dynamo /workspace/LICENSE"),
        "1000:0 775\n1000:0 664\n"
    );

    let licences = shell(&built, "cat /legal/osrb-deps.csv");
    for option in [
        "--ecosystem python,rust,dpkg,native",
        "--native-image vllm-runtime-efa",
        "vllm-openai@525c7fb8-amd64",
    ] {
        assert!(licences.contains(option), "no {option} in {licences}");
    }
    assert_eq!(shell(&built, "ls -d /opt/compliance 2> /dev/null || echo none"), "none\n");
    let files = build.target("compliance").tree(engine).unwrap();
    assert!(files.get("/osrb-deps.csv").is_some() && files.get("/osrb.cdx.json").is_some());
}

#[test]
fn local_dev_has_the_user_of_the_machine() {
    let engine = Engine::get().unwrap();
    let vllm = vllm(&format!("{OF_RUNTIME} {OF_DEV}"), engine);
    let parts = Parts::new();
    let build = parts
        .of(example(), &vllm)
        .target("local-dev")
        .arg("framework", "vllm")
        .arg("USER_UID", "1234")
        .arg("USER_GID", "4321");
    let built = build.load(engine).unwrap();
    assert_eq!(
        built
            .run(&["sh", "-c", "id -un; id -u; id -g; id -Gn; pwd; stat -c %u ~ ~/.rustup ~/.cargo"])
            .unwrap()
            .success()
            .unwrap(),
        "dynamo\n1234\n4321\ndynamo root\n/home/dynamo\n1234\n1234\n1234\n"
    );
    assert!(shell(&built, "cat /etc/sudoers.d/dynamo").contains("NOPASSWD"));
    assert_eq!(shell(&built, "cat /opt/dynamo/.launch_screen"), "build me\n");
    let called = shell(&built, "cat /called");
    let tests = "--requirement /deps/requirements.dev.txt --requirement /deps/requirements.test.txt maturin[patchelf]";
    assert!(called.contains(tests) && called.contains("git lfs install --system\n"), "{called}");
    assert_eq!(
        shell(&built, "echo $VIRTUAL_ENV; ls /workspace"),
        "/opt/dynamo/venv\nCargo.lock\nCargo.toml\nLICENSE\nbenchmarks\ncomponents\ncontainer\ndeploy\ndev\nexamples\nhatch_build.py\nlib\npyproject.toml\nrecipes\nrust-toolchain.toml\ntests\n"
    );
}
