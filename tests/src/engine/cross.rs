//! Compiles the programs for another architecture, in a Debian root with Debian's own Rust and cross toolchain.
//!
//! The root has no network during the compilation. The cargo of this machine collects the sources of the dependencies first, with
//! the registries that it is configured for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{logged, stdout_of};
use crate::engine::in_root::in_root;
use crate::engine::settings::{Settings, write};
use crate::engine::{daemon, debootstrap, lock, mounts};
use crate::machine::Machine;
use crate::progress::timed;

/// The programs that the images contain.
pub const PROGRAMS: [&str; 3] = ["varve-frontend", "varve-rootfs", "varve"];

/// The only platform that is cross-compiled for, and its names in Debian, Rust and GNU.
pub const PLATFORM: &str = "linux/arm64";
const ARCH: &str = "arm64";
const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const VARIABLES: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";

/// The Debian suite of the root, whose Rust is new enough.
const SUITE: &str = "forky";
/// The packages in the root, for the machine's own architecture. `qemu-user` is the emulator of tests.
const PACKAGES: [&str; 9] = [
    "ca-certificates",
    "cargo",
    "gcc",
    "gcc-aarch64-linux-gnu",
    "libc6-dev",
    "libc6-dev-arm64-cross",
    "libstd-rust-dev",
    "qemu-user",
    "rustc",
];
/// Rust's standard library for the other architecture.
const LIBRARY: &str = "libstd-rust-dev:arm64";

/// Paths inside of the root.
const SOURCE: &str = "/src";
const VENDOR: &str = "/vendor";
const OUTPUT: &str = "/target";
const CARGO_HOME: &str = "/cargo";

/// Checks whether programs for this platform can be cross-compiled here.
///
/// # Errors
/// Returns what is missing.
pub fn can_compile(machine: &Machine, platform: &str) -> Result<()> {
    if (machine.arch, platform) != ("amd64", PLATFORM) {
        let cross = if machine.arch == "amd64" { format!(" or {PLATFORM}") } else { String::new() };
        bail!("cannot compile for `{platform}` on this machine: expected linux/{}{cross}", machine.arch);
    }
    if !machine.root || !matches!(machine.system.as_str(), "debian" | "ubuntu") {
        bail!("programs for {platform} are compiled in a Debian root, which needs root on Debian or Ubuntu");
    }
    Ok(())
}

/// Compiles the static programs for a platform with this profile of Cargo.toml, and copies them into a folder.
///
/// # Errors
/// Returns an error if this machine cannot compile for the platform, if the root cannot be made, or if cargo fails.
pub fn compile(machine: &Machine, platform: &str, profile: &str, folder: &Path) -> Result<()> {
    can_compile(machine, platform)?;
    let place = Place::of(machine);
    let _lock = lock::take(&place.folder)?;
    place.make_root(machine)?;
    place.collect_sources(machine)?;
    timed(&format!("compiling the programs for {platform}"), || {
        // Two calls, as in Dockerfile.frontend, so that the features of the command's dependencies are not enabled for the
        // frontend.
        place.cargo(machine, profile, &["varve-frontend", "varve-rootfs"])?;
        place.cargo(machine, profile, &["varve-cli"])
    })?;
    for name in PROGRAMS {
        let program = place.folder.join("target").join(TARGET).join(profile).join(name);
        let copy = folder.join(name);
        fs::copy(&program, &copy).with_context(|| program.display().to_string())?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Returns the static emulator of the architecture, from the root that compiles for it. Makes the root if it does not exist.
///
/// # Errors
/// Returns an error if the root cannot be made.
pub fn emulator(machine: &Machine) -> Result<PathBuf> {
    can_compile(machine, PLATFORM)?;
    let place = Place::of(machine);
    let _lock = lock::take(&place.folder)?;
    place.make_root(machine)?;
    Ok(place.root().join("usr/bin/qemu-aarch64"))
}

/// The folder with the root, the sources of the dependencies and the output of cargo.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn of(machine: &Machine) -> Place {
        Place { folder: machine.cache.join("compilers").join(format!("{}-{ARCH}", SUITE)) }
    }

    fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// Makes the root, unless it exists.
    fn make_root(&self, machine: &Machine) -> Result<()> {
        let half = self.folder.join("root.half");
        mounts::remove_tree(&half)?;
        if self.root().exists() {
            return Ok(());
        }
        timed(&format!("making a root that compiles for {PLATFORM} (about 2 GB)"), || {
            let settings = Settings::of(machine);
            let log = self.folder.join("debootstrap.log");
            debootstrap::make(machine, &settings, SUITE, &PACKAGES, &half, &log)?;
            write(&half, "etc/resolv.conf", &daemon::name_servers())?;
            write(&half, "etc/hosts", &fs::read_to_string("/etc/hosts").unwrap_or_default())?;
            let script = format!(
                "dpkg --add-architecture {ARCH} && apt-get -q update \
                 && apt-get -q -y install --no-install-recommends {LIBRARY}"
            );
            let mut command = in_root(&half, &[]);
            command.args(["sh", "-c", &script]).env("DEBIAN_FRONTEND", "noninteractive");
            logged(command.envs(machine.proxies.iter().cloned()), &self.folder.join("apt.log"))?;
            debootstrap::forget_the_making(&half)?;
            // Only a complete root gets this name.
            fs::rename(&half, self.root()).context("cannot rename the finished root")
        })
    }

    /// Collects the sources of all dependencies with the cargo of this machine, and has the cargo of the root use them.
    fn collect_sources(&self, machine: &Machine) -> Result<()> {
        let vendor = self.folder.join("vendor");
        let mut command = Command::new(&machine.cargo);
        command.args(["vendor", "--locked", "--versioned-dirs"]).arg(&vendor).current_dir(&machine.workspace);
        let settings =
            stdout_of(&mut command).context("the sources of the dependencies cannot be collected")?;
        let settings = settings.replace(&*vendor.to_string_lossy(), VENDOR);
        write(&self.root(), &format!("{CARGO_HOME}/config.toml"), &settings)
    }

    fn cargo(&self, machine: &Machine, profile: &str, packages: &[&str]) -> Result<()> {
        let (vendor, output) = (self.folder.join("vendor"), self.folder.join("target"));
        fs::create_dir_all(&output)?;
        let folders =
            [(&*machine.workspace, SOURCE, "ro"), (&*vendor, VENDOR, "ro"), (&*output, OUTPUT, "rw")];
        let mut command = in_root(&self.root(), &folders);
        command
            .args(["env", "--chdir", SOURCE, "cargo", "build", "--locked", "--offline", "--bins"])
            .args(["--profile", profile, "--target", TARGET])
            .args(packages.iter().flat_map(|package| ["--package", package]))
            .env("CARGO_HOME", CARGO_HOME)
            .env("CARGO_TARGET_DIR", OUTPUT)
            .env(format!("{VARIABLES}_LINKER"), LINKER)
            .env(format!("{VARIABLES}_RUSTFLAGS"), "-C target-feature=+crt-static -C relocation-model=static")
            .envs(machine.cargo_jobs.iter().map(|jobs| ("CARGO_BUILD_JOBS", jobs)));
        logged(&mut command, &self.folder.join("cargo.log"))
    }
}
