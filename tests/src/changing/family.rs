//! The five example families with a context, their members that are built, and what stands in for the rest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::files::Files;
use super::measured;
use super::stand_in::{StandIns, folder};

/// The names of the families.
pub const NAMES: [&str; 5] = ["therock", "rapids", "dynamo", "iree", "itwinai"];

/// A member of a family that is built.
#[derive(Debug, Clone)]
pub struct Member {
    /// The target.
    pub target: &'static str,
    /// The value of each axis that it reads.
    pub axes: BTreeMap<String, String>,
    /// The platforms that are built.
    pub platforms: Vec<&'static str>,
    /// Whether its image tests run. Those of the families ask programs that stand in for their version.
    pub checks: bool,
}

/// A family with what is needed to build its members.
#[derive(Debug)]
pub struct Family {
    /// The name.
    pub name: &'static str,
    /// The files of its repository.
    pub files: Files,
    /// Its members that are built.
    pub members: Vec<Member>,
    /// A folder in place of each of these stages.
    pub contexts: Vec<(&'static str, TempDir)>,
}

impl Family {
    /// Reads a family of the folder `examples`, with stand-ins in place of its images.
    pub fn read(examples: &Path, name: &'static str, stand_ins: &StandIns<'_>) -> Result<Family> {
        let mut files = Files::read(&examples.join(name))?;
        let known = FAMILIES.iter().find(|family| family.name == name).context(name)?;
        for (path, text) in known.context {
            files.write(path, text);
        }
        for (path, from, to) in known.images {
            let to = to.replace("REGISTRY", stand_ins.image("").trim_end_matches('/'));
            files.replace(path, from, &to)?;
        }
        measured::add(&mut files, &stand_ins.sources()?, known.both)?;
        files.write("image.lock", &stand_ins.lock()?);
        let member = |words: &&'static str| {
            let mut words = words.split(' ');
            let target = words.next().unwrap_or_default();
            let axes = words.filter_map(|word| word.split_once('='));
            let axes = axes.map(|(axis, value)| (axis.to_owned(), value.to_owned())).collect();
            Member { target, axes, platforms: vec!["linux/amd64"], checks: false }
        };
        let mut members: Vec<Member> = known.members.iter().map(member).collect();
        members.push(Member { checks: true, ..member(&"measured") });
        let mut copies = member(&"measured-copies");
        copies.platforms.extend(known.both.then_some("linux/arm64"));
        members.push(copies);
        let contexts = known.stages.iter().map(|(stage, paths)| Ok((*stage, folder(paths)?)));
        Ok(Family { name, files, members, contexts: contexts.collect::<Result<_>>()? })
    }
}

/// A family as it is known here.
struct Known {
    name: &'static str,
    /// Its members: target and axes.
    members: &'static [&'static str],
    /// Whether it can have targets for other platforms.
    both: bool,
    /// A file, a text that names an image, and what comes in its place.
    images: &'static [(&'static str, &'static str, &'static str)],
    /// Stages that only download, and what a folder in their place has.
    stages: &'static [(&'static str, &'static [&'static str])],
    /// Files that the example does not have.
    context: &'static [(&'static str, &'static str)],
}

const FAMILIES: [Known; 5] = [
    Known {
        name: "therock",
        members: &[
            "no_rocm_image_ubuntu24_04",
            "no_rocm_image_ubuntu24_04_openmpi",
            "no_rocm_image_ubuntu24_04_rocgdb",
            "rocm_runtime os=debian13 gfx=gfx1151 release_type=stable install_method=tarball",
            "rocm_runtime os=debian12 gfx=gfx94X-dcgpu release_type=stable install_method=packages",
        ],
        both: false,
        images: &[
            ("test.yaml", "from: ubuntu:24.04\n", "from: REGISTRY/ubuntu:24.04\n    package-manager: apt\n"),
            ("runtime.yaml", "image: \"debian:12\"", "image: \"REGISTRY/debian:12\""),
            ("runtime.yaml", "image: \"debian:13\"", "image: \"REGISTRY/debian:13\""),
        ],
        stages: &[
            ("test-keys", &["git-core.asc", "git-lfs.asc"]),
            ("rocm-key", &["rocm.asc"]),
            (
                "rocm-tarball",
                &["bin/rocminfo", "clients/file", "include/file", "lib/file", "libexec/file", "share/file"],
            ),
        ],
        context: &[],
    },
    Known {
        name: "rapids",
        members: &[
            "citestwheel cuda=12.9.2 python=3.13 linux=ubuntu24.04",
            "citestwheel cuda=12.9.2 python=3.14 linux=ubuntu24.04",
            "ci-conda cuda=13.3.0 python=3.14 linux=ubuntu26.04",
        ],
        both: true,
        images: &[
            ("conda.yaml", "from: nvidia/cuda:", "from: REGISTRY/cuda:"),
            ("wheel.yaml", "from: nvidia/cuda:${{ cuda }}-base", "from: REGISTRY/cuda:${{ cuda }}-base"),
        ],
        stages: &[
            ("pyenv", &["bin/pyenv", "plugins/python-build/bin/python-build"]),
            ("gha-tools", &["rapids-retry", "rapids-conda-retry", "rapids-pip-retry"]),
            ("gh", &["gh"]),
            ("yq", &["yq"]),
            ("sccache", &["usr/bin/sccache"]),
            (
                "aws",
                &[
                    "usr/local/aws-cli/v2/current/bin/aws",
                    "usr/local/bin/aws->/usr/local/aws-cli/v2/current/bin/aws",
                    "usr/local/bin/aws_completer->/usr/local/aws-cli/v2/current/bin/aws",
                ],
            ),
            (
                "miniforge",
                &["opt/conda/bin/conda", "opt/conda/condabin/conda", "opt/conda/etc/profile.d/conda.sh"],
            ),
        ],
        context: &[],
    },
    Known {
        name: "dynamo",
        members: &[
            "runtime framework=vllm device=cuda13.0 efa=no",
            "runtime framework=vllm device=cuda13.0 efa=yes",
            "dev framework=vllm device=cuda13.0 efa=no",
        ],
        both: true,
        images: &[
            ("image.yaml", "vllm/vllm-openai:v0.21.0-ubuntu2404", "REGISTRY/vllm:1"),
            ("base.yaml", "ghcr.io/astral-sh/uv:", "REGISTRY/uv:"),
        ],
        stages: &[
            (
                "base",
                &[
                    "usr/local/cuda/bin/cudafe++",
                    "usr/local/cuda/bin/fatbinary",
                    "usr/local/cuda/bin/nvcc",
                    "usr/local/cuda/bin/ptxas",
                    "usr/local/cuda/include/cuda.h",
                    "usr/local/cuda/nvvm/bin/cicc",
                    "usr/local/cuda/lib64/libcudart.so.13",
                    "usr/local/cuda/lib64/stubs/libcuda.so",
                ],
            ),
            (
                "libraries",
                &[
                    "usr/local/lib64/libaws-c-common.so.1",
                    "usr/local/lib64/libs2n.so.1",
                    "usr/lib64/libcrypto.so.1.1",
                    "usr/lib64/libssl.so.1.1",
                ],
            ),
            ("nixl", &["usr/local/ucx/lib/libucp.so", "opt/nvidia/nvda_nixl/lib64/libnixl.so"]),
            (
                "wheel_builder",
                &[
                    "opt/dynamo/dist/ai_dynamo-1.0-py3-none-any.whl",
                    "opt/dynamo/dist/ai_dynamo_runtime-1.0-cp310-abi3.whl",
                    "opt/dynamo/dist/nixl/nixl_cu13-1.1.whl",
                    "opt/dynamo/rust-licenses/serde-1.0/LICENSE",
                ],
            ),
            ("services", &["usr/bin/nats-server", "usr/local/bin/etcd/etcd"]),
            ("efa-installer", &["efa_installer.sh", "fi_info"]),
            (
                "rust",
                &[
                    "usr/local/cargo/bin/cargo",
                    "usr/local/cargo/bin/maturin",
                    "usr/local/rustup/settings.toml",
                ],
            ),
            ("keys", &["nvidia.pub"]),
        ],
        context: &[
            (".cargo/config.toml", ""),
            ("Cargo.lock", ""),
            ("Cargo.toml", "[workspace]\n"),
            ("LICENSE", "Apache-2.0\n"),
            ("benchmarks/pyproject.toml", "[project]\n"),
            ("components/README.md", "components\n"),
            ("container/compliance/__init__.py", ""),
            ("container/deps/requirements.common.txt", "numpy\n"),
            ("container/deps/requirements.dev.txt", "pytest\n"),
            ("container/deps/requirements.test.txt", "pytest\n"),
            ("container/dev/50-framework-paths.sh", "true\n"),
            ("container/launch_message/dev.txt", "# of the file\nbuild me\n"),
            ("container/launch_message/runtime.txt", "# of the file\nserve me\n"),
            ("deploy/README.md", "deploy\n"),
            ("dev/README.md", "dev\n"),
            ("examples/README.md", "examples\n"),
            ("hatch_build.py", "pass\n"),
            ("lib/README.md", "lib\n"),
            ("pyproject.toml", "[project]\n"),
            ("recipes/README.md", "recipes\n"),
            ("rust-toolchain.toml", ""),
            ("tests/README.md", "tests\n"),
        ],
    },
    Known {
        name: "iree",
        members: &["cpubuilder runner=none", "cpubuilder runner=github", "manylinux runner=github"],
        both: true,
        images: &[
            (
                "ubuntu.yaml",
                "then: \"docker.io/myoung34/github-runner:ubuntu-jammy\", else: \"ubuntu:jammy\"",
                "then: \"REGISTRY/runner:1\", else: \"REGISTRY/jammy:1\"",
            ),
            (
                "manylinux.yaml",
                "quay.io/pypa/manylinux_2_28_x86_64@sha256:cea0ade79068b36deae7eb7a04b4192e5ba2761d045ba5a92ba36eb5ce5f88b6",
                "REGISTRY/manylinux:1",
            ),
        ],
        stages: &[
            ("keys", &["llvm.asc", "rocm.asc"]),
            ("cmake-oldest", &["bin/cmake-oldest"]),
            ("ccache", &["ccache"]),
            ("sccache", &["sccache"]),
            ("actions-runner", &["bin/installdependencies.sh", "bin/Runner.Listener"]),
            ("runner-scripts", &["entrypoint.sh", "token.sh", "app_token.sh"]),
        ],
        context: &[],
    },
    Known {
        name: "itwinai",
        members: &[
            "skinny framework=torch device=cuda distro=noble",
            "skinny framework=tf device=cpu distro=jammy",
            "jlab framework=torch device=cuda distro=noble",
            "mnist framework=torch device=cuda distro=noble",
        ],
        both: false,
        images: &[
            ("environments.yaml", "ubuntu: ubuntu:${{", "ubuntu: REGISTRY/ubuntu:${{"),
            (
                "environments.yaml",
                "from: ${{ ubuntu }}\n",
                "from: ${{  ubuntu  }}\n    package-manager: apt\n",
            ),
            (
                "environments.yaml",
                "from: ${{ ubuntu }}\n",
                "from: ${{  ubuntu  }}\n    package-manager: apt\n",
            ),
            ("environments.yaml", "ghcr.io/astral-sh/uv:", "REGISTRY/uv:"),
            ("jlab.yaml", "quay.io/jupyter/minimal-notebook:", "REGISTRY/notebook:"),
        ],
        stages: &[
            ("grid", &["etc/vomses/escape.vomses"]),
            ("cern-certificates", &["root.crt", "grid.crt", "ca.crt"]),
        ],
        context: &[],
    },
];
