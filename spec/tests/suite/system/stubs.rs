//! Runs scripts with stubs in place of the package managers. The tests check which calls a script makes, in which order, and that
//! it needs no other programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use varve_spec::packages::install;
use varve_spec::plan::{Action, Script, Sharing};

/// A stub that records its calls. It knows the packages `here` and `other`, records the packages that it installs, and lets the
/// first refresh of apk fail.
const STUB: &str = r#"#!/bin/sh
name=${0##*/}
if [ "$name" = rm ]; then echo rm >> "$LOG"; exit; fi
printf '%s\n' "$name $*" >> "$LOG"
case "$name $*" in
    *--query*never-there*) exit 1 ;;
    *search*here | *repoquery*here | *list*here) echo here-1.0-1.noarch ;;
    *search* | *list*) exit 1 ;;
    *repoquery*) exit 0 ;;
    "apk --cache-dir /var/cache/apk update")
        if ! [ -e "$LOG.once" ]; then : > "$LOG.once"; exit 1; fi ;;
    *"install"*) shift; for package; do case $package in -*) ;; *) echo "$package.noarch" >> "$LOG.installed" ;; esac; done ;;
    "rpm -qa"*) echo gpg-pubkey.none; cat "$LOG.installed" ;;
esac
"#;

const STEP: &str = r#"
stages:
  app:
    from: scratch
    steps:
      - packages: [one, {first-of: [absent, here]}]
        build-only: [two]
        run: echo "own script" >> "$LOG"
        remove: [one, never-there]
"#;

#[test]
fn apk_tries_again_and_keeps_a_record_of_what_is_for_the_build_alone() {
    check(
        "alpine:3.20",
        "apk",
        "\
apk --cache-dir /var/cache/apk update
sleep 1
apk --cache-dir /var/cache/apk update
apk --cache-dir /var/cache/apk search -q -x absent
apk --cache-dir /var/cache/apk search -q -x here
apk --cache-dir /var/cache/apk add one here
apk --cache-dir /var/cache/apk add --virtual .build-only two
own script
apk --cache-dir /var/cache/apk del .build-only
apk --cache-dir /var/cache/apk del never-there one
rm
",
    );
}

#[test]
fn apt_tries_again_while_something_is_left_to_download() {
    let get = "apt-get -q -y -o Acquire::Retries=0 -o APT::Cmd::Pattern-Only=true -o Dir::Cache::Archives=/var/cache/apt/kept -o Dir::Cache::pkgcache= \
               -o Dir::Cache::srcpkgcache=kept/srcpkgcache.bin -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef \
               -o Dpkg::Options::=--force-confold";
    let step = "stages: {app: {from: scratch, steps: [{packages: [one]}]}}\n";
    let install = |left: &str| {
        // `--print-uris` prints the remaining downloads. The first installation fails.
        let stub = format!(
            "#!/bin/sh\nprintf '%s\\n' \"${{0##*/}} $*\" >> \"$LOG\"\ncase \"$*\" in\n*--print-uris) echo '{left}' ;;\n\
             *install*) [ -e \"$LOG.once\" ] || {{ : > \"$LOG.once\"; exit 100; }} ;;\nesac\n"
        );
        run("debian:12", &["apt-get", "sleep", "rm"], &stub, step)
    };
    let first = format!(
        "{get} -o APT::Update::Error-Mode=any update\n{get} install --no-install-recommends one\n{get} install --no-install-recommends one -qq --print-uris\n"
    );
    let again = format!("sleep 1\n{get} install --no-install-recommends one\n");
    let (code, calls) = install("http://x/one.deb");
    assert_eq!((code, calls.split_once("rm ").unwrap().0), (Some(0), format!("{first}{again}").as_str()));
    assert_eq!(install(""), (Some(100), first));
}

#[test]
fn tdnf_erases_what_was_added() {
    check(
        "mcr.microsoft.com/azurelinux/base/core:3.0",
        "tdnf",
        "\
tdnf -y --setopt=keepcache=1 --refresh makecache
tdnf -y --setopt=keepcache=1 -q list absent
tdnf -y --setopt=keepcache=1 -q list here
tdnf -y --setopt=keepcache=1 install one here
rpm -qa --qf %{NAME}.%{ARCH}\\n
tdnf -y --setopt=keepcache=1 install two
rpm -qa --qf %{NAME}.%{ARCH}\\n
tdnf -y --setopt=keepcache=1 mark remove two.noarch
tdnf -y --setopt=keepcache=1 -q -C repoquery --userinstalled --qf %{name}.%{arch}\\n
own script
rpm -qa --qf %{NAME}.%{ARCH}\\n
tdnf -y --setopt=keepcache=1 -q -C repoquery --userinstalled --qf %{name}.%{arch}\\n
rpm --erase two.noarch
rpm --query never-there
rpm --query one
rpm --erase one
rm
",
    );
}

#[test]
fn microdnf_looks_for_names_in_its_answers() {
    check(
        "redhat/ubi9-minimal",
        "microdnf",
        "\
rm
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 --refresh repoquery absent
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 --refresh repoquery here
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 --refresh install one here
rpm -qa --qf %{NAME}.%{ARCH}\\n
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 --refresh install two
rpm -qa --qf %{NAME}.%{ARCH}\\n
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 mark remove two.noarch
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 -q -C repoquery --userinstalled --qf %{name}.%{arch}\\n
own script
rpm -qa --qf %{NAME}.%{ARCH}\\n
microdnf -y --setopt=install_weak_deps=0 --setopt=keepcache=1 -q -C repoquery --userinstalled --qf %{name}.%{arch}\\n
rpm --erase two.noarch
rpm --query never-there
rpm --query one
rpm --erase one
rm
",
    );
}

#[test]
fn yum_takes_unknown_names_for_mistakes() {
    let get = "yum -y --setopt=install_weak_deps=0 --setopt=keepcache=1 --setopt=retries=5 \
               --setopt=skip_missing_names_on_install=0";
    check(
        "centos:7",
        "yum",
        &format!(
            "\
{get} clean expire-cache
{get} -q list absent
{get} -q list here
{get} install one here
rpm -qa --qf %{{NAME}}.%{{ARCH}}\\n
{get} install two
rpm -qa --qf %{{NAME}}.%{{ARCH}}\\n
{get} mark remove two.noarch
{get} -q -C repoquery --userinstalled --qf %{{name}}.%{{arch}}\\n
own script
rpm -qa --qf %{{NAME}}.%{{ARCH}}\\n
{get} -q -C repoquery --userinstalled --qf %{{name}}.%{{arch}}\\n
rpm --erase two.noarch
rpm --query never-there
rpm --query one
rpm --erase one
rm
"
        ),
    );
}

#[test]
fn what_the_script_marks_stays_with_what_it_needs() {
    // `two` came with `needed`, which has what `two` requires, and `other`, which nothing requires.
    let stub = r#"#!/bin/sh
name=${0##*/}
printf '%s\n' "$name $*" >> "$LOG"
case "$name $*" in
    *"install two") printf '%s.noarch\n' two needed other >> "$LOG.installed" ;;
    "rpm -qa"*) cat "$LOG.installed" ;;
    *"MARK"*) exit 1 ;;
    *repoquery*) echo two.noarch ;;
    "rpm --query --requires two.noarch") echo 'library >= 1' ;;
    *whatprovides*library) echo needed.noarch ;;
    *whatprovides*) exit 1 ;;
esac
"#;
    let step = "stages: {app: {from: scratch, steps: [{packages: [], build-only: [two], run: 'true'}]}}\n";
    let erased = |mark: &str| {
        let (code, calls) = run("fedora:41", &["dnf", "rpm", "rm"], &stub.replace("MARK", mark), step);
        assert_eq!(code, Some(0), "{calls}");
        calls.lines().filter(|call| call.starts_with("rpm --erase")).map(str::to_owned).collect::<Vec<_>>()
    };
    // dnf 4, and dnf 5, which does not know `mark remove`.
    for unknown in ["mark none", "mark remove"] {
        assert_eq!(erased(unknown), ["rpm --erase other.noarch"], "{unknown}");
    }
    // A manager without marks.
    assert_eq!(erased("mark"), ["rpm --erase two.noarch needed.noarch other.noarch"]);
}

fn check(image: &str, manager: &str, expect: &str) {
    let (code, calls) = run(image, &[manager, "rpm", "rm", "sleep"], STUB, STEP);
    assert_eq!((code, calls.as_str()), (Some(0), expect));
}

/// Runs the script of the first step with stubs. Returns its exit code and the recorded calls.
fn run(image: &str, stubs: &[&str], stub: &str, step: &str) -> (Option<i32>, String) {
    let folder = Folder::new(stubs[0]);
    for name in stubs {
        let path = folder.0.join(name);
        fs::write(&path, stub).expect("a stub");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    for name in ["sh", "sed", "grep", "cat"] {
        let real = ["/bin", "/usr/bin"].map(|place| Path::new(place).join(name));
        let real = real.iter().find(|path| path.exists()).expect(name);
        symlink(real, folder.0.join(name)).expect(name);
    }
    let Some(Action::Packages(step)) = super::actions(step).into_iter().next() else { panic!("no packages") };
    let process = install::process(&step, &super::system(image), None, Sharing::Locked);
    let process = process.ok().flatten().expect("a script");
    let Script::Run { text, .. } = process.script else { panic!("{:?}", process.script) };
    let log = folder.0.join("log");
    let mut command = Command::new("/bin/sh");
    command.args(["-e", "-c", &text]).env_clear().env("PATH", &folder.0).env("LOG", &log);
    let output = command.output().expect("a shell");
    (output.status.code(), fs::read_to_string(&log).unwrap_or_default())
}

/// A folder for one test, removed when this value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("varve-stubs-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
