//! Edits that maintainers of the five families make.

use anyhow::Result;

use super::files::Files;

/// An edit that replaces a text of a file by another.
#[derive(Debug, Clone)]
pub(super) struct Replacement {
    /// What kind of edit it is.
    pub(super) kind: &'static str,
    /// The file.
    pub(super) file: &'static str,
    /// What is there.
    pub(super) from: String,
    /// What comes in its place.
    pub(super) to: String,
}

impl Replacement {
    /// Makes the edit.
    pub(super) fn make(&self, files: &mut Files) -> Result<()> {
        files.replace(self.file, &self.from, &self.to)
    }
}

/// The edits of a family.
pub(super) fn edits(family: &str) -> Vec<Replacement> {
    let table: &[Row] = match family {
        "therock" => &THEROCK,
        "rapids" => &RAPIDS,
        "dynamo" => &DYNAMO,
        "iree" => &IREE,
        "itwinai" => &ITWINAI,
        _ => &[],
    };
    let edit = |(kind, file, from, to): &Row| Replacement {
        kind,
        file,
        from: (*from).to_owned(),
        to: (*to).to_owned(),
    };
    table.iter().map(edit).collect()
}

type Row = (&'static str, &'static str, &'static str, &'static str);

const THEROCK: [Row; 17] = [
    ("a package", "test.yaml", "          - jq\n", "          - jq\n          - tree\n"),
    ("a package of one member", "test.yaml", "[dejagnu, g++", "[dejagnu, patch, g++"),
    ("a shell of an account", "test.yaml", "shell: /bin/bash", "shell: /bin/sh"),
    (
        "an env of the image",
        "test.yaml",
        "workdir: /home/tester}",
        "workdir: /home/tester, env: {HOME: /home/tester}}",
    ),
    (
        "a check",
        "test.yaml",
        "[\"*rocm*\", \"hip*\", \"hsa*\"]",
        "[\"*rocm*\", \"hip*\", \"hsa*\", \"roc*\"]",
    ),
    (
        "the reason of a check",
        "test.yaml",
        "tests install the ROCm that they test}",
        "a test installs the ROCm that it tests}",
    ),
    ("a word of a script", "runtime.yaml", "ln -s \"core-$RELEASE/$part\"", "ln -sf \"core-$RELEASE/$part\""),
    ("a version", "runtime.yaml", "version: 7.13.0, signed", "version: 7.13.1, signed"),
    ("a version of others", "runtime.yaml", "7.13.0a20260515}", "7.13.0a20260516}"),
    (
        "an axis value more",
        "runtime.yaml",
        "      gfx1152: ",
        "      gfx1154:      {target: gfx1154}\n      gfx1152: ",
    ),
    ("an axis value less", "runtime.yaml", "      gfx900:       {target: gfx900}\n", ""),
    ("the axis value of a member less", "runtime.yaml", "      gfx1151:      {target: gfx1151}\n", ""),
    ("a property of an axis value", "runtime.yaml", "repository: debian13", "repository: trixie"),
    (
        "a rule of support",
        "runtime.yaml",
        "    because: developer releases have no packages\n",
        "    because: developer releases have no packages\n  - exclude: os == \"sles16\" and gfx == \"gfx900\"\n    because: nobody has tried it\n",
    ),
    ("a tag", "image.yaml", "no_rocm_image_ubuntu24_04_openmpi:${{", "no_rocm_image_ubuntu24_04_mpi:${{"),
    ("a label", "runtime.yaml", "ROCm runtime image (TheRock)", "ROCm runtime image of TheRock"),
    (
        "a moved step",
        "test.yaml",
        "      - {use: tester, with: {admins: sudo}}\n      - packages: [ca-certificates]\n",
        "      - packages: [ca-certificates]\n      - {use: tester, with: {admins: sudo}}\n",
    ),
];

const RAPIDS: [Row; 16] = [
    ("a package", "wheel.yaml", "          - jq\n", "          - jq\n          - tree\n"),
    ("a package for others", "wheel.yaml", "[xz, xz-devel]", "[xz, xz-devel, zstd]"),
    ("a word of a script", "wheel.yaml", "pyenv global", "pyenv local"),
    (
        "a line of a script",
        "system.yaml",
        "                apt-get -y upgrade\n",
        "                apt-get -y upgrade\n                apt-get -y clean\n",
    ),
    ("a line of a file", "system.yaml", "Acquire::Retries \"10\"", "Acquire::Retries \"9\""),
    ("a file of the context", "pip.conf", "rapidsai-wheels-nightly", "rapidsai-wheels"),
    ("a file that an expression reads", "VERSION", "26.10", "26.12"),
    ("a rest of a file that an expression reads", "VERSION", ".00", ".01"),
    ("a version", "conda.yaml", "codecov:      11.3.1", "codecov:      11.3.2"),
    (
        "an axis value more",
        "image.yaml",
        "      \"3.14\": {below",
        "      \"3.15\": {below: 3.16.0a0, abi: cp315}\n      \"3.14\": {below",
    ),
    ("an axis value less", "image.yaml", "      \"3.11\": {below: 3.12.0a0, abi: cpython}\n", ""),
    (
        "a property of an axis value",
        "image.yaml",
        "ubuntu24.04: {manager: apt, legacy_timezones: true}",
        "ubuntu24.04: {manager: apt}",
    ),
    (
        "a rule of support less",
        "image.yaml",
        "  - exclude: linux == \"ubuntu26.04\" and cuda == \"13.0.3\"\n    because: CUDA 13.0 has no images for Ubuntu 26.04\n",
        "",
    ),
    ("a tag", "image.yaml", "rapidsai/${{ target }}:latest", "rapidsai/${{ target }}:newest"),
    (
        "an env of the image",
        "wheel.yaml",
        "        RAPIDS_DEPENDENCIES: latest\n        RAPIDS_PY_VERSION: ${{ python }}\n      cmd",
        "        RAPIDS_DEPENDENCIES: oldest\n        RAPIDS_PY_VERSION: ${{ python }}\n      cmd",
    ),
    ("a shell", "conda.yaml", "[/bin/bash, -euo, pipefail, -c]", "[/bin/bash, -eo, pipefail, -c]"),
];

const DYNAMO: [Row; 16] = [
    ("a word of a script", "base.yaml", "umask 002", "umask 022"),
    ("a package", "runtime.yaml", "gnupg2, jq, libxcb1", "gnupg2, jq, libxcb1, zip"),
    (
        "a requirement",
        "runtime.yaml",
        "--requirement /deps/requirements.common.txt",
        "--upgrade --requirement /deps/requirements.common.txt",
    ),
    ("a file of the context", "container/deps/requirements.common.txt", "numpy", "numpy<3"),
    ("a file of the context", "container/launch_message/runtime.txt", "serve me", "serve me well"),
    ("a file of another member", "container/launch_message/dev.txt", "build me", "build me well"),
    ("a source file", "lib/README.md", "lib", "library"),
    ("an env of a mixin", "base.yaml", "UV_HTTP_RETRIES: \"5\"", "UV_HTTP_RETRIES: \"6\""),
    ("a secret", "base.yaml", "secret: uv-default-index, env", "secret: uv-index, env"),
    ("the id of a cache", "base.yaml", "id: \"uv-${{ uv }}\"", "id: \"uv-of-${{ uv }}\""),
    ("a version of another target", "base.yaml", "etcd: v3.5.30", "etcd: v3.5.31"),
    (
        "an axis value less",
        "image.yaml",
        "      cpu: {vendor: cpu, base: \"ubuntu:22.04\"}\n",
        "      cpu: {vendor: cpu, base: \"ubuntu:24.04\"}\n",
    ),
    (
        "a rule of support",
        "image.yaml",
        "support:\n",
        "support:\n  - {exclude: framework == \"vllm\" and device == \"cpu\", because: nobody needs it}\n",
    ),
    ("a tag", "image.yaml", "truncate(7)", "truncate(8)"),
    ("a cache of the target", "image.yaml", "mode: max", "mode: min"),
    ("the command", "runtime.yaml", "      cmd: []\n", "      cmd: [/bin/bash]\n"),
];

const IREE: [Row; 16] = [
    ("a package", "ubuntu.yaml", "          - pkg-config\n", "          - pkg-config\n          - tree\n"),
    ("a package of all", "ubuntu.yaml", "unzip, wget]", "unzip, wget, zip]"),
    ("the default of an arg", "ubuntu.yaml", "llvm:       {default: \"19\"", "llvm:       {default: \"20\""),
    ("the default of an arg of others", "ubuntu.yaml", "default: 6.1.0", "default: 6.1.1"),
    ("a word of a script", "ubuntu.yaml", "/usr/bin/python3.11 3", "/usr/bin/python3.11 4"),
    ("a word of a script", "manylinux.yaml", "git config --global", "git config --system"),
    ("a check", "ubuntu.yaml", "grep -F 14.", "grep -F 15."),
    ("an env", "ubuntu.yaml", "env: {CC: clang, CXX: clang++}", "env: {CC: clang-14, CXX: clang++}"),
    ("a work folder", "image.yaml", "workdir: /actions-runner}", "workdir: /runner}"),
    (
        "an axis value more",
        "image.yaml",
        "      github: {",
        "      gitlab: {suffix: _glr, workdir: /}\n      github: {",
    ),
    ("a tag", "image.yaml", "cpubuilder_ubuntu_jammy", "cpubuilder_jammy"),
    ("a label of provenance", "image.yaml", "title: ${{ target }}", "title: IREE ${{ target }}"),
    (
        "a label of provenance",
        "image.yaml",
        "licenses: Apache-2.0 WITH LLVM-exception",
        "licenses: Apache-2.0",
    ),
    ("an id of an account", "manylinux.yaml", "uid: 1001", "uid: 1002"),
    ("a mode", "manylinux.yaml", "mode: \"0755\"", "mode: \"0775\""),
    ("a stage of others", "tools.yaml", "newest: 3.29.3", "newest: 3.29.4"),
];

const ITWINAI: [Row; 16] = [
    ("a package", "environments.yaml", "-venv\", wget]", "-venv\", wget, zip]"),
    ("a dependency in a file that an expression reads", "pyproject.toml", "mlflow>=2.17.2", "mlflow>=2.18.0"),
    ("a dependency of others", "pyproject.toml", "amdsmi>=6.4.0", "amdsmi>=6.4.1"),
    (
        "a version in a file that an expression reads",
        "pyproject.toml",
        "version = \"0.4.2\"",
        "version = \"0.4.3\"",
    ),
    (
        "a line that no expression reads",
        "pyproject.toml",
        "requires-python = \">=3.10\"",
        "requires-python = \">=3.11\"",
    ),
    ("a source file", "src/itwinai/__init__.py", "\"", "\"\""),
    ("a test", "tests/test_cli.py", "\n", "\n\n"),
    ("a use case", "use-cases/mnist/torch/train.py", "\n", "\n\n"),
    ("a file with a mode of its own", "env-files/torch/jupyter/setup.sh", "\n", "\n\n"),
    ("a version", "environments.yaml", "default: 0.16.8", "default: 0.16.9"),
    ("a word of a script", "jlab.yaml", "update-ca-certificates", "update-ca-certificates --fresh"),
    ("an env", "itwinai.yaml", "UV_NO_CACHE: \"1\"", "UV_NO_CACHE: \"yes\""),
    ("a property of an axis value", "image.yaml", "index: cu126", "index: cu128"),
    (
        "a rule of support",
        "image.yaml",
        "    require: distro == \"noble\"\n    because: Jupyter",
        "    require: distro == \"noble\" and device != \"cpu\"\n    because: Jupyter",
    ),
    ("a label of provenance", "image.yaml", "vendor: CERN - European", "vendor: CERN, European"),
    ("an owner", "jlab.yaml", "jovyan: \"1000:100\"", "jovyan: \"1001:100\""),
];
