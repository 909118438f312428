//! Builds of `examples/rapids`. Named contexts replace images and downloads that are out of reach; the files are unchanged.

use varve_tests::demo::not_cached;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Loaded};

use crate::stand_in::{Folder, System, image, installed, shell};

/// A program that records its calls.
const TELLS: &str = "#!/bin/sh\necho \"${0##*/} $*\" >> /called\n";
/// A pyenv that uses the system's Python in place of the requested one.
const PYENV: &str = "#!/bin/sh
echo \"pyenv $*\" >> /called
if [ \"$1\" = install ]; then python3 -m venv --system-site-packages \"/pyenv/versions/$3\"; fi
";
/// Makes an empty Python package, as a wheel.
const WHEEL: &str = r#"#!/usr/bin/python3
import sys, zipfile
for name, version in (word.split("=") for word in sys.argv[1:]):
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(f"/wheels/{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
"#;

fn example() -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples/rapids");
    Build::in_folder(&folder).file("image.yaml")
}

/// Folders in place of the stages with the tools of every image.
struct Tools {
    gha_tools: Folder,
    gh: Folder,
    aws: Folder,
}

impl Tools {
    fn new() -> Self {
        let mut gha_tools = Folder::new();
        for name in ["rapids-retry", "rapids-conda-retry", "rapids-pip-retry"] {
            gha_tools = gha_tools.with(name, TELLS);
        }
        let aws = Folder::new()
            .with("usr/local/aws-cli/v2/current/bin/aws", "#!/bin/sh\necho aws\n")
            .link("usr/local/bin/aws", "/usr/local/aws-cli/v2/current/bin/aws")
            .link("usr/local/bin/aws_completer", "/usr/local/aws-cli/v2/current/bin/aws_completer");
        Self { gha_tools, gh: Folder::new().with("gh", "#!/bin/sh\necho gh\n"), aws }
    }

    fn of(&self, build: Build) -> Build {
        let folder = |build: Build, stage: &str, folder: &Folder| {
            build.context(stage, &folder.path().display().to_string())
        };
        let build = folder(build, "gha-tools", &self.gha_tools);
        folder(folder(build, "gh", &self.gh), "aws", &self.aws)
    }
}

/// The image with two wheels, the only packages for its pip.
fn with_wheels(system: &Loaded<'_>) -> Build {
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  system:
    from: \"{}\"
    env: {{PIP_NO_INDEX: \"1\", PIP_FIND_LINKS: /wheels}}
    steps:
      - dir: /wheels
      - run: /wheel certifi=2026.1.4 rapids_dependency_file_generator=1.22
        mounts: [{{bind: /wheel, source: wheel}}]
",
        system.tag
    );
    Build::yaml(&text).with_script("wheel", WHEEL)
}

fn env(loaded: &Loaded<'_>, name: &str) -> String {
    shell(loaded, &format!("echo ${name}")).trim().to_owned()
}

#[test]
fn citestwheel_has_its_packages_tools_and_python() {
    let engine = Engine::get().unwrap();
    let lists = "build-essential curl gdb git jq libbz2-dev libffi-dev liblzma-dev libncursesw5-dev libnuma1 libreadline-dev \
                 libsqlite3-dev libssl-dev libxml2-dev libxmlsec1-dev libzstd-dev make patch ssh tk-dev tzdata-legacy unzip \
                 wget xz-utils zlib1g-dev";
    let ubuntu = System::new(&format!("ca-certificates tzdata {lists}"))
        .with("git", "/usr/bin/git", TELLS)
        .on("varve.test/python:13", engine);
    let ubuntu = with_wheels(&ubuntu).load(engine).unwrap();
    let pyenv = Folder::new().with("bin/pyenv", PYENV).with("plugins/python-build/bin/python-build", TELLS);
    let tools = Tools::new();
    let build = tools
        .of(example())
        .target("citestwheel")
        .arg("cuda", "12.9.2")
        .arg("linux", "ubuntu24.04")
        .arg("python", "3.13")
        .context("nvidia/cuda:12.9.2-base-ubuntu24.04", &image(&ubuntu))
        .context("pyenv", &pyenv.path().display().to_string());
    let built = build.load(engine).unwrap();

    let all = shell(&built, r"dpkg-query -W -f '${db:Status-Status} ${Package}\n'");
    let missing: Vec<&str> = lists
        .split_whitespace()
        .filter(|name| !all.lines().any(|line| line.strip_prefix("installed ") == Some(name)))
        .collect();
    assert_eq!(missing, [""; 0]);
    assert!(installed(&built).contains(&"tzdata-legacy".to_owned()));
    let called = shell(&built, "cat /called");
    let lines: Vec<&str> = called.lines().collect();
    assert_eq!(
        lines,
        [
            "git config --system --add safe.directory *",
            "pyenv install --verbose 3.13",
            "pyenv global 3.13",
            "pyenv rehash"
        ]
    );
    let python =
        shell(&built, "python3 -m pip list --format=freeze; ls -d /pyenv/plugins || echo no plugins");
    assert!(python.contains("certifi==2026.1.4\n") && python.ends_with("no plugins\n"), "{python}");
    assert!(python.contains("rapids_dependency_file_generator==1.22\n"), "{python}");
    assert_eq!(
        shell(&built, "aws; gh; readlink /usr/local/bin/aws"),
        "aws\ngh\n/usr/local/aws-cli/v2/current/bin/aws\n"
    );
    assert!(shell(&built, "cat /etc/pip.conf").contains("rapidsai-wheels-nightly"));
    assert_eq!(env(&built, "RAPIDS_CUDA_VERSION"), "12.9.2");
    assert_eq!(env(&built, "RAPIDS_CONDA_ARCH"), "linux64");
    // In a pull request, only the tags change.
    let again = build.arg("pull_request", "381").run(engine).unwrap().success().unwrap();
    let worked = not_cached(&again.vertices);
    assert!(worked.iter().all(|name| name.starts_with("[context ")), "{worked:?}");
}

#[test]
fn ci_conda_is_conda_with_tools() {
    let engine = Engine::get().unwrap();
    let ubuntu = System::new("ca-certificates curl file g++ gcc tzdata tzdata-legacy unzip wget")
        .on("varve.test/python:13", engine);
    let conda =
        "#!/bin/sh\n[ \"$1\" != info ] || python3 -c 'import sys; assert sys.prefix != sys.base_prefix'\n";
    let miniforge = Folder::new()
        .with("opt/conda/bin/conda", TELLS)
        .with("opt/conda/bin/git", TELLS)
        .link("opt/conda/bin/python", "/usr/bin/python3")
        .with("opt/conda/condabin/conda", conda)
        .with("opt/conda/lib/libstatic.a", "")
        .with("opt/conda/etc/profile.d/conda.sh", "");
    let (sccache, yq) = (Folder::new().with("usr/bin/sccache", TELLS), Folder::new().with("yq", TELLS));
    let tools = Tools::new();
    let build = tools
        .of(example())
        .arg("python", "3.12")
        .context("nvidia/cuda:13.3.0-base-ubuntu26.04", &image(&ubuntu))
        .context("miniforge", &miniforge.path().display().to_string())
        .context("sccache", &sccache.path().display().to_string())
        .context("yq", &yq.path().display().to_string());
    let built = build.load(engine).unwrap();

    let packages = installed(&built);
    assert!(packages.contains(&"tzdata-legacy".to_owned()), "{packages:?}");
    assert!(
        !packages.iter().any(|name| ["gcc", "g++"].contains(&name.as_str())),
        "the compilers are gone: {packages:?}"
    );
    let called = shell(&built, "cat /called");
    for line in [
        "rapids-conda-retry install -y -n base python>=3.12,<3.13.0a0=*_cpython",
        "rapids-pip-retry install --prefer-binary --no-cache-dir codecov-cli==11.3.1",
        "git config --system --add safe.directory *",
    ] {
        assert!(called.lines().any(|called| called == line), "no `{line}` in\n{called}");
    }
    assert!(
        called.contains("rapids-dependency-file-generator==1.*,>=1.22 rattler-build>=0.55.0,<0.58\n"),
        "{called}"
    );
    assert_eq!(
        shell(&built, "stat -c %U:%G:%a /opt/conda /opt/conda/bin/conda"),
        "root:conda:2770\nroot:conda:770\n"
    );
    assert_eq!(shell(&built, "ls /opt/conda/lib"), "", "no static libraries");
    assert!(shell(&built, "cat /opt/conda/.condarc").contains("root_dir: /tmp/conda-bld-workspace\n"));
    assert_eq!(env(&built, "PYTHON_VERSION"), "3.12");
}
