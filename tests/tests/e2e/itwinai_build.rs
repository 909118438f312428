//! Builds of `examples/itwinai`. Named contexts replace images and downloads that are out of reach; the files are unchanged.

use varve_tests::demo::not_cached;
use varve_tests::machine::Machine;
use varve_tests::registry::Registry;
use varve_tests::{Build, Engine, Loaded};

use crate::stand_in::{Folder, System, image, installed, shell};

const OCI: &str = "org.opencontainers.image.";
/// A uv that makes environments and installs empty packages, or what a folder has in `src`.
const UV: &str = r##"#!/usr/bin/python3
import os, re, shutil, subprocess, sys, tomllib

with open("/called", "a") as called:
    print("uv", *sys.argv[1:], file=called)
if sys.argv[1] == "venv":
    python, folder = sys.argv[3:]
    sys.exit(subprocess.run([python, "-m", "venv", "--without-pip", folder]).returncode)
words, python = sys.argv[3:], os.environ.get("UV_PYTHON")
names = []
while words:
    word = words.pop(0)
    if word == "--python":
        python = words.pop(0)
    elif word in ("--extra-index-url", "--index-strategy", "--requirement"):
        words.pop(0)
    elif not word.startswith("--"):
        names.append(word)
ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
site = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
os.makedirs(site, exist_ok=True)
for name in names:
    scripts, version = {}, (re.search(r"==([0-9.]+)", name) or ["", "9."])[1]
    version = version + "0" if version.endswith(".") else version
    if name.startswith("/"):
        with open(f"{name}/pyproject.toml", "rb") as file:
            project = tomllib.load(file)["project"]
        shutil.copytree(f"{name}/src", site, dirs_exist_ok=True)
        name, version, scripts = project["name"], project["version"], project.get("scripts", {})
    name = re.match(r"[\w.-]+", name)[0].replace("-", "_")
    if not os.path.exists(f"{site}/{name}"):
        open(f"{site}/{name}.py", "w").close()
    os.makedirs(f"{site}/{name}-{version}.dist-info", exist_ok=True)
    with open(f"{site}/{name}-{version}.dist-info/METADATA", "w") as file:
        print(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", file=file)
    for script, entry in scripts.items():
        module, function = entry.split(":")
        path = f"{os.path.dirname(python)}/{script}"
        with open(path, "w") as file:
            print(f"#!{python}\nfrom {module} import {function}\n{function}()", file=file)
        os.chmod(path, 0o755)
"##;
/// A Python 3.12 that is another one.
const PYTHON: &str = "#!/bin/sh\nexec python3 \"$@\"\n";

fn example() -> Build {
    let folder = Machine::read().unwrap().workspace.join("examples/itwinai");
    Build::in_folder(&folder).file("image.yaml")
}

/// A folder in place of a stage or an image.
fn folder(build: Build, name: &str, folder: &Folder) -> Build {
    build.context(name, &folder.path().display().to_string())
}

fn with_uv(build: Build, uv: &Folder) -> Build {
    folder(build, "uv", uv)
}

/// A system with these packages, which says that it is Ubuntu 24.04.
fn noble<'e>(packages: &str, engine: &'e Engine) -> Loaded<'e> {
    let system = System::new(&format!("{packages} python3.12 python3.12-dev python3.12-venv"))
        .with("python3.12", "/usr/bin/python3.12", PYTHON)
        .on("varve.test/python:13", engine);
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  system:
    from: \"{}\"
    steps: [{{file: /usr/lib/os-release, content: \"ID=debian\\nVERSION_CODENAME=noble\\n\"}}]
",
        system.tag
    );
    Build::yaml(&text).load(engine).unwrap()
}

/// What the image's own Python has, as `name==version`.
fn python_packages(loaded: &Loaded<'_>) -> Vec<String> {
    let list = "from importlib.metadata import distributions\n\
                for found in distributions(): print(f'{found.name}=={found.version}')";
    let text = shell(loaded, &format!("python -c \"{list}\""));
    text.lines().map(str::to_owned).collect()
}

/// The calls of uv.
fn called(loaded: &Loaded<'_>) -> String {
    shell(loaded, "cat /called")
}

#[test]
fn skinny_has_its_packages_and_itwinai_which_a_new_tag_does_not_install_again() {
    let engine = Engine::get().unwrap();
    let ubuntu = noble("curl git wget", engine);
    let uv = Folder::new().with("uv", UV);
    let build = with_uv(example(), &uv).context("ubuntu:24.04", &image(&ubuntu));
    let built = build.load(engine).unwrap();

    let packages = python_packages(&built);
    for package in ["itwinai==0.4.2", "torch==2.6.0", "yprov4ml==2.0.9", "numpy==9.0", "pytest==9.0"] {
        assert!(packages.contains(&package.to_owned()), "no {package} in {packages:?}");
    }
    assert!(!packages.iter().any(|name| name.starts_with("amdsmi")), "{packages:?}");
    assert!(installed(&built).contains(&"python3.12-venv".to_owned()));
    let called = called(&built);
    assert!(
        called.starts_with("uv venv --python /usr/bin/python3.12 /opt/venv\nuv pip install "),
        "{called}"
    );
    assert!(called.contains("--extra-index-url https://download.pytorch.org/whl/cu126 "), "{called}");
    assert_eq!(
        shell(
            &built,
            "itwinai sanity-check --torch --optional-deps ray && pwd; ls; echo $TORCH_ENV $UV_NO_CACHE"
        ),
        "/app\npyproject.toml\nsrc\ntests\nuse-cases\n/opt/venv 1\n"
    );
    // What is no release has other tags and labels, and the same files.
    let again = build.arg("release", "false").run(engine).unwrap().success().unwrap();
    let worked = not_cached(&again.vertices);
    assert!(worked.iter().all(|name| name.starts_with("[context ")), "{worked:?}");
}

#[test]
fn slim_for_amd_gpus_has_what_was_compiled_for_them() {
    let engine = Engine::get().unwrap();
    let ubuntu =
        noble("build-essential ca-certificates cmake g++-11 git libopenmpi-dev python3-mpi4py wget", engine);
    let uv = Folder::new().with("uv", UV);
    let horovod = Folder::new()
        .with("pyproject.toml", "[project]\nname = \"horovod\"\nversion = \"0.28\"\n")
        .with("cmake/Modules/none", "")
        .with("horovod/common/ops/nccl_operations.h", "#include <rccl.h>\n")
        .with("src/horovod/__init__.py", "");
    let rocm = format!(
        "# syntax=varve/frontend:dev
stages:
  system:
    from: \"{}\"
    steps: [{{file: /opt/rocm/lib/cmake/hip/FindHIP.cmake}}]
",
        ubuntu.tag
    );
    let rocm = Build::yaml(&rocm).load(engine).unwrap();
    let build = with_uv(example().target("slim").arg("device", "rocm"), &uv)
        .context("ubuntu:24.04", &image(&ubuntu))
        .context("rocm/dev-ubuntu-24.04:6.2.4-complete", &image(&rocm));
    let built = folder(build, "horovod", &horovod).load(engine).unwrap();

    let packages = python_packages(&built);
    for package in
        ["itwinai==0.4.2", "torch==2.6.0", "amdsmi==9.0", "deepspeed==0.16.8", "horovod==0.28", "mpi4py==9.0"]
    {
        assert!(packages.contains(&package.to_owned()), "no {package} in {packages:?}");
    }
    let there = installed(&built);
    assert!(!there.iter().any(|name| ["cmake", "g++-11"].contains(&name.as_str())), "{there:?}");
    // The final image installs itwinai alone.
    assert_eq!(
        called(&built),
        "uv pip install --python /opt/venv/bin/python --break-system-packages --no-deps /app\n"
    );
    assert_eq!(
        shell(
            &built,
            "cat /etc/profile.d/venv.sh; itwinai sanity-check --torch --optional-deps horovod; ls /opt"
        ),
        "PATH=\"/opt/venv/bin:$PATH\"\nvenv\n"
    );
}

#[test]
fn the_labels_have_the_digest_that_the_build_used_on_both_platforms() {
    let engine = Engine::get().unwrap();
    let registry = Registry::start(engine).unwrap();
    let reference = format!("{}/environment:1", registry.address);
    let platforms = "linux/amd64,linux/arm64";
    let base = Build::dockerfile("FROM scratch\nLABEL org.opencontainers.image.version=of-the-base\n")
        .platform(platforms)
        .flag("--provenance=false");
    base.output(engine, &format!("type=registry,name={reference}")).unwrap().success().unwrap();

    let build = example()
        .context("itwinai", &format!("docker-image://{reference}"))
        .platform(platforms)
        .flag("--provenance=mode=max,version=v0.2");
    let images = build.images(engine).unwrap();
    assert_eq!(images.len(), 2);
    for image in &images {
        let materials = image.attestations[0]["predicate"]["materials"].as_array().expect("materials");
        let base = materials
            .iter()
            .find(|material| material["uri"].as_str().is_some_and(|uri| uri.contains("/environment@1")))
            .expect("the base is a material");
        let digest = format!("sha256:{}", base["digest"]["sha256"].as_str().unwrap_or_default());
        let labels = image.labels();
        let label = |name: &str| labels.get(format!("{OCI}{name}").as_str()).map(|text| (*text).to_owned());
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(label("base.digest"), Some(digest), "{}", image.platform);
        assert_eq!(label("version"), of("0.4.2"));
        assert_eq!(label("ref.name"), of("ghcr.io/intertwin-eu/itwinai-skinny:0.4.2-torch2.6-noble"));
        assert_eq!(label("licenses"), of("MIT"));
        assert_eq!(label("documentation"), of("https://itwinai.readthedocs.io/"));
    }
}
