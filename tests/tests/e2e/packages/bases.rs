//! The base images of these tests, each built once.

use std::fs;
use std::sync::Mutex;

use anyhow::Result;
use varve_tests::command::stdout_of;
use varve_tests::engine::bases;
use varve_tests::engine::images::{Recipe, ensure};
use varve_tests::{Build, Engine};

/// The packages that make apt repositories.
const APT: &str = "apt-utils gpg gpg-agent";

/// A Dockerfile that installs packages and runs the script `make-repository`.
fn maker(release: u8, packages: &str) -> String {
    let install = bases::apt_install(packages);
    format!("FROM {}\n{install}COPY make-repository /\nRUN sh -e /make-repository\n", bases::debian(release))
}

/// Debian with dnf and zypper, with the configuration of a distribution that uses them, and with signed packages in /srv/repository. Their
/// key is /srv/key.asc.
pub(crate) fn rpm(engine: &Engine) -> Result<&'static str> {
    made(
        engine,
        "varve.test/rpm:13",
        &maker(13, "dnf zypper rpm createrepo-c gpg gpg-agent"),
        include_str!("make-rpm-repository"),
    )
}

/// Debian with a signed apt repository in /srv/repository. Its key is /srv/key.asc.
pub(crate) fn apt(engine: &Engine) -> Result<&'static str> {
    made(engine, "varve.test/apt-repository:12", &maker(12, APT), include_str!("make-apt-repository"))
}

/// Debian with apt repositories of two days in /srv/snapshots, signed with /srv/key.gpg.
pub(crate) fn snapshots(engine: &Engine) -> Result<&'static str> {
    made(engine, "varve.test/snapshots:12", &maker(12, APT), include_str!("make-snapshots"))
}

/// Only busybox, without /etc.
pub(crate) fn busybox(engine: &Engine) -> Result<&'static str> {
    let install = bases::apt_install("busybox-static");
    let busybox = format!(
        "FROM {} AS busybox\n{install}FROM scratch\nCOPY --from=busybox /bin/busybox /bin/busybox\n\
         RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n",
        bases::debian(12)
    );
    made(engine, "varve.test/busybox:12", &busybox, "")
}

/// The content of a file in an image.
pub(crate) fn read(engine: &Engine, image: &str, path: &str) -> Result<String> {
    stdout_of(engine.docker().args(["run", "--rm", image, "cat", path]))
}

fn made(engine: &Engine, name: &'static str, dockerfile: &str, script: &str) -> Result<&'static str> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock();
    let base = dockerfile.split_whitespace().nth(1).and_then(|base| engine.image_id(base));
    let recipe = Recipe { name: name.to_owned(), inputs: format!("{dockerfile}\n{script}\n{base:?}") };
    ensure(engine, &recipe, || {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("Dockerfile"), dockerfile)?;
        fs::write(folder.path().join("make-repository"), script)?;
        let mut command = engine.docker();
        command.args(["buildx", "build", "--progress=plain", "--provenance=false", "--load", "--tag", name]);
        stdout_of(command.arg(folder.path())).map(drop)
    })?;
    Ok(name)
}

/// The output of a failing build, with the output of its steps.
pub(crate) fn failure(engine: &Engine, build: &Build) -> Result<String> {
    let outcome = build.run(engine)?;
    let logs = outcome.logs.clone();
    Ok(format!("{logs}{}", outcome.failure()?))
}
