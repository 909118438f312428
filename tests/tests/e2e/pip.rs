//! `pip` on a real engine, with pip and with uv, and with packages that the test makes.

use std::fs;
use std::sync::OnceLock;

use tempfile::TempDir;
use varve_tests::{Build, Engine, Site, leak, stamp};

/// Makes empty Python packages, as wheels.
const WHEEL: &str = r#"#!/usr/bin/python3
import os, zipfile
os.mkdir("/wheels")
for name, version in [("acme", "1.0"), ("acme", "2.0"), ("other", "1.0")]:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(f"/wheels/{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = '{version}'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
"#;
const MAKE: &str = "# syntax=varve/frontend:dev
stages:
  made:
    from: varve.test/python:13
    steps: [{run: /wheel, mounts: [{bind: /wheel, source: wheel}]}]
  wheels:
    from: scratch
    steps: [{copy: /wheels/, from: made, to: /}]
";
const NAMES: [&str; 3] =
    ["acme-1.0-py3-none-any.whl", "acme-2.0-py3-none-any.whl", "other-1.0-py3-none-any.whl"];

/// A folder with the wheels.
fn wheels(engine: &Engine) -> &'static TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let build = Build::yaml(MAKE).with_script("wheel", WHEEL);
        build
            .output(engine, &format!("type=local,dest={}", folder.path().display()))
            .unwrap()
            .success()
            .unwrap();
        folder
    })
}

/// A build whose context has the wheels in the folder `wheels`.
fn build(engine: &Engine, text: &str) -> Build {
    let folder = wheels(engine).path();
    NAMES.iter().fold(Build::yaml(text), |build, name| {
        build.with(&format!("wheels/{name}"), fs::read(folder.join(name)).unwrap())
    })
}

fn python(engine: &Engine, build: &Build, script: &str) -> String {
    let loaded = build.load(engine).unwrap();
    loaded.run(&["/opt/venv/bin/python", "-c", script]).unwrap().success().unwrap()
}

const VERSIONS: &str = "from importlib.metadata import distributions as d
print(*sorted(f'{x.name}={x.version}' for x in d() if x.name in ('acme', 'other')))";

#[test]
fn requirements_that_change_run_pip_alone_again() {
    let engine = Engine::get().unwrap();
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/python:13
    steps:
      - run: echo STAMP before
      - layers:
          venv:
            - pip: [other]
              requirements: [requirements.txt]
              constraints: constraints.txt
              venv: /opt/venv
              env: {PIP_NO_INDEX: \"1\", PIP_FIND_LINKS: /wheels}
              mounts: [{bind: /wheels, source: wheels}]
          tool:
            - run: echo STAMP tool > /tool
";
    let family = build(engine, &text.replace("STAMP", &stamp()));
    let with = |requirements: &str, constraints: &str| {
        let files = family.clone().with("requirements.txt", requirements);
        files.with("constraints.txt", constraints).with("unused.txt", requirements)
    };
    let worked = |build: &Build| -> Vec<String> {
        let outcome = build.run(engine).unwrap().success().unwrap();
        let steps =
            outcome.worked().into_iter().filter(|name| name.starts_with("[app") && !name.contains("] from "));
        steps.map(str::to_owned).collect()
    };
    let first = with("acme\n", "acme<2\n");
    assert_eq!(worked(&first).len(), 6);
    assert_eq!(python(engine, &first, VERSIONS), "acme=1.0 other=1.0\n");
    assert_eq!(worked(&first), [""; 0]);
    for changed in [with("acme==1.0\n", "acme<2\n"), with("acme\n", "acme==2.0\n")] {
        let mut again = worked(&changed);
        again.sort_unstable();
        assert_eq!(
            again,
            ["[app 3/5] pip -r requirements.txt other", "[app 5/5] layers venv tool", "[app] layer venv"]
        );
    }
    assert_eq!(python(engine, &with("acme\n", "acme==2.0\n"), VERSIONS), "acme=2.0 other=1.0\n");
    let image = first.image(engine).unwrap();
    for trace in ["/requirements.txt", "/wheels", "/run/varve", "/var/cache/varve", "/root/.cache"] {
        assert!(image.tree.get(trace).is_none(), "{trace}");
    }
}

#[test]
fn credentials_of_an_index_are_seen_by_pip_alone() {
    let engine = Engine::get().unwrap();
    let site = Site::new().unwrap();
    // The server has a page for each package.
    let pages = site.path().join("simple/files");
    fs::create_dir_all(&pages).unwrap();
    fs::write(pages.join("acme"), format!("<a href=\"/{0}\">{0}</a>", NAMES[0])).unwrap();
    fs::copy(wheels(engine).path().join(NAMES[0]), site.path().join(NAMES[0])).unwrap();
    let word = stamp();
    let index = site.address.replace("http://", &format!("http://user:{word}@"));
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/python:13
    steps:
      - pip: [acme]
        venv: /opt/venv
        network: host
        mounts: [{secret: index, env: PIP_INDEX_URL}]
";
    let build = Build::yaml(text).secret("index", &format!("{index}/simple/")).flag("--allow=network.host");
    assert_eq!(leak::places(engine, &build, &word).unwrap(), [""; 0]);
    assert_eq!(python(engine, &build, VERSIONS), "acme=1.0\n");
}

#[test]
fn a_script_runs_behind_the_installation_in_the_same_layer() {
    let engine = Engine::get().unwrap();
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/python:13
    steps:
      - run: ln -s /usr/bin/python3 /usr/local/bin/python-of-mine
      - pip:
        requirements: requirements.txt
        python: python-of-mine
        venv: /opt/venv
        options: [--no-index, --find-links, /wheels]
        mounts: [{bind: /wheels, source: wheels}]
        env: {KIND: acme}
        shell: [/bin/bash, -c]
        run:
          - ls /wheels/$KIND-2.0* > /seen
          - '[[ $BASH_VERSION ]] && rm /opt/venv/lib/python3*/site-packages/other.py'
";
    let build = build(engine, text).with("requirements.txt", "acme\nother\n");
    let seen = format!("{VERSIONS}\nprint(open('/seen').read(), end='')");
    assert_eq!(python(engine, &build, &seen), "acme=2.0 other=1.0\n/wheels/acme-2.0-py3-none-any.whl\n");
    let image = build.image(engine).unwrap();
    let link = image.tree.get("/opt/venv/bin/python-of-mine");
    assert!(link.is_some(), "the interpreter made the environment");
    for (file, is_there) in [("acme.py", true), ("other.py", false)] {
        let path = format!("/opt/venv/lib/python3.13/site-packages/{file}");
        assert_eq!(image.tree.get(&path).is_some(), is_there, "{path}");
    }

    // This shell goes on behind a line that fails.
    let text = text.replace("&& rm", "&& echo not reached");
    let failed = build.with("image.yaml", text).with("requirements.txt", "none\n").run(engine).unwrap();
    assert!(failed.logs.contains("No matching distribution found for none"), "{}", failed.logs);
    assert!(!failed.logs.contains("not reached"), "{}", failed.logs);
    failed.failure().unwrap();
}

#[test]
fn uv_installs_into_its_own_environment() {
    let engine = Engine::get().unwrap();
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/python:13
    steps:
      - pip: [uv]
        venv: /opt/uv
      - env: {PATH: {prepend: /opt/uv/bin}}
      - pip: [acme<2]
        requirements: requirements.txt
        installer: uv
        venv: /opt/venv
        options: [--no-index, --find-links, /wheels]
        mounts: [{bind: /wheels, source: wheels}]
      - pip: [acme<2]
        installer: uv
        python: python3
        options: [--no-index, --find-links, /wheels]
        mounts: [{bind: /wheels, source: wheels}]
      - pip: [other]
        installer: uv
        python: /usr/bin/python3.13
        options: [--no-index, --find-links, /wheels]
        mounts: [{bind: /wheels, source: wheels}]
";
    let build = build(engine, text).with("requirements.txt", "other\n");
    assert_eq!(python(engine, &build, VERSIONS), "acme=1.0 other=1.0\n");
    let loaded = build.load(engine).unwrap();
    let system = loaded.run(&["/usr/bin/python3", "-c", VERSIONS]).unwrap().success().unwrap();
    assert_eq!(system, "acme=1.0 other=1.0\n");
}
