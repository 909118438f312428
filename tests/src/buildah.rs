//! buildah in a Debian root: a builder of Dockerfiles that is not BuildKit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;
use varve_compare::Image;

use crate::command::stdout_of;
use crate::engine::in_root::in_root;
use crate::engine::settings::Settings;
use crate::engine::{Engine, debootstrap, lock, mounts};
use crate::image::read_images;
use crate::machine::Machine;
use crate::progress::{say, timed};

/// The first stable Debian whose buildah reads here-documents: it has buildah 1.39.
const SUITE: &str = "trixie";
const PACKAGES: [&str; 4] = ["buildah", "ca-certificates", "netavark", "runc"];
/// The folder of one value inside of the root.
const WORK: &str = "/varve";
/// The build context inside of the root.
const CONTEXT: &str = "/context";

/// buildah with a store of its own, which is gone with this value.
#[derive(Debug)]
pub struct Buildah {
    root: PathBuf,
    work: TempDir,
}

impl Buildah {
    /// Makes the root if it does not exist. Prints the reason and returns `None` if no root can be made.
    pub fn new() -> Result<Option<Buildah>> {
        let machine = Machine::read()?;
        if let Err(reason) = machine.can_make_engine() {
            say(&format!("not tested: {reason}"));
            return Ok(None);
        }
        let folder = machine.cache.join("buildah").join(SUITE);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let _lock = lock::take(&folder)?;
        let (root, half) = (folder.join("root"), folder.join("root.half"));
        if !root.exists() {
            timed(&format!("making a root with buildah of Debian's {SUITE} (about 400 MB)"), || {
                let log = folder.join("debootstrap.log");
                debootstrap::make(&machine, &Settings::of(&machine), SUITE, &PACKAGES, &half, &log)?;
                // Only a complete root gets this name.
                fs::rename(&half, &root).context("cannot rename the finished root")
            })?;
        }
        let work = tempfile::tempdir_in(&folder)?;
        fs::create_dir(work.path().join("tmp"))?;
        Ok(Some(Buildah { root, work }))
    }

    /// Copies an image of an engine into the store.
    pub fn take(&self, engine: &Engine, image: &str) -> Result<()> {
        let archive = self.work.path().join("base.tar");
        stdout_of(engine.docker().args(["save", "--output"]).arg(&archive).arg(image))?;
        let mut command = self.command(&[]);
        stdout_of(command.args(["pull", "--quiet"]).arg(format!("docker-archive:{WORK}/base.tar")))?;
        fs::remove_file(archive).context("cannot remove the archive")
    }

    /// Builds a Dockerfile with a folder as its context, and reads the image.
    ///
    /// # Errors
    /// The end of the output of buildah, if it fails.
    pub fn image(&self, context: &Path, dockerfile: &str) -> Result<Image> {
        fs::write(self.work.path().join("Dockerfile"), dockerfile)?;
        let mut command = self.command(&[(context, CONTEXT, "ro")]);
        // Images in the form of OCI have no shell and no health check. Without a label of its own, the image has what the file says.
        command.args(["build", "--format=docker", "--identity-label=false", "--pull=never", "--tag=built"]);
        command.args(["--isolation=oci", "--runtime=runc", "--network=host"]);
        // Inside of a container, the limits that are usual may exceed those of this process.
        command.args(["--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"]);
        stdout_of(command.arg(format!("--file={WORK}/Dockerfile")).arg(CONTEXT))?;
        let archive = self.work.path().join("built.tar");
        let target = format!("docker-archive:{WORK}/built.tar:varve.test/built:1");
        stdout_of(self.command(&[]).args(["push", "--quiet", "built", &target]))?;
        let image = read_images(&archive)?.pop().context("no image");
        fs::remove_file(archive).context("cannot remove the archive")?;
        image
    }

    fn command(&self, folders: &[(&Path, &str, &str)]) -> Command {
        let folders: Vec<_> =
            [(self.work.path(), WORK, "rw")].into_iter().chain(folders.iter().copied()).collect();
        let mut command = in_root(&self.root, &folders);
        command.env("TMPDIR", format!("{WORK}/tmp")).args(["buildah", "--storage-driver=vfs"]);
        command.arg(format!("--root={WORK}/store")).arg(format!("--runroot={WORK}/run"));
        command
    }
}

impl Drop for Buildah {
    fn drop(&mut self) {
        mounts::remove_tree(self.work.path()).ok();
    }
}
