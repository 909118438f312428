//! Compares the scripts and files of `packages`, `repository`, `account` and `pip` for each package manager with golden files, in the
//! folder `system`. `UPDATE_EXPECT=1 cargo test -p varve-spec` writes these files. Read the changes before you commit them.

mod stubs;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use varve_spec::packages::{account, install, repository};
use varve_spec::plan::{Action, Plan, Process, Script, Sharing};
use varve_spec::{Distribution, Family, Platform, Selection, Sources};

use crate::golden;

const PACKAGES: &str = include_str!("system/packages.yaml");
const REPOSITORY: &str = include_str!("system/repository.yaml");
const ACCOUNT: &str = include_str!("system/account.yaml");
const PIP: &str = include_str!("system/pip.yaml");

/// An image for each package manager, and two for a manager whose scripts depend on the distribution.
const IMAGES: &[&str] = &[
    "debian:12",
    "rockylinux:9",
    "fedora:41",
    "registry.access.redhat.com/ubi9/ubi-minimal:9.4",
    "mcr.microsoft.com/azurelinux/base/core:3.0",
    "centos:7",
    "opensuse/leap:15.6",
    "alpine:3.20",
];

#[test]
fn packages_on_every_system() {
    let mut texts = Vec::new();
    for image in IMAGES {
        let system = system(image);
        let mut text = String::new();
        for action in actions(PACKAGES) {
            let Action::Packages(packages) = action else { panic!("{action:?}") };
            text.push_str(&format!("# {}\n", install::summary(&packages, system.manager)));
            match install::process(&packages, &system, None, Sharing::Locked) {
                Ok(Some(process)) => text.push_str(&text::of_process(&process)),
                Ok(None) => text.push_str("nothing to do\n"),
                Err(errors) => errors.iter().for_each(|error| text.push_str(&text::of_error(error))),
            }
            text.push('\n');
        }
        texts.push(golden(&format!("packages/{}.txt", name(&system)), text));
    }
    golden::check(texts);
}

#[test]
fn a_version_that_a_manager_does_not_know_is_an_error() {
    let step = |version: &str| {
        format!(
            "stages: {{app: {{from: scratch, steps: [{{packages: [{{name: make, version: '{version}'}}]}}]}}}}\n"
        )
    };
    let check = |image: &str, version: &str, expect: &str| {
        let Some(Action::Packages(packages)) = actions(&step(version)).into_iter().next() else {
            panic!("no step")
        };
        let errors =
            install::process(&packages, &system(image), None, Sharing::Locked).err().unwrap_or_default();
        let error: String = errors.iter().map(text::of_error).collect();
        assert!(
            error.contains(expect) && error.is_empty() == expect.is_empty(),
            "{image} {version}: {error}"
        );
    };
    check("alpine:3.20", "4.*", "apk has no patterns as versions, such as `4.*` of `make`");
    check("alpine:3.20", "4.*", "write `~4` for all versions that start with 4");
    check("opensuse/leap:15.6", "4?", "zypper has no patterns as versions, such as `4?` of `make`");
    check("debian:12", "~4", "apt has no versions with `~`, such as `~4` of `make`");
    check("fedora:41", "~4", "write `4*` for all versions that start with 4");
    check("opensuse/leap:15.6", "~4", "write the whole version");
    for (image, version) in
        [("alpine:3.20", "~4"), ("debian:12", "4.*"), ("fedora:41", "4.*"), ("opensuse/leap:15.6", "4.3~rc1")]
    {
        check(image, version, "");
    }
}

/// For each package manager, the names that it reads as one package or a version of it, and those that it reads as something else.
#[test]
fn a_name_that_a_manager_does_not_know_is_an_error() {
    let check = |image: &str, item: &str, expect: &str| {
        let text = format!("stages: {{app: {{from: scratch, steps: [{{packages: [{item}]}}]}}}}\n");
        let Some(Action::Packages(packages)) = actions(&text).into_iter().next() else { panic!("no step") };
        let errors =
            install::process(&packages, &system(image), None, Sharing::Locked).err().unwrap_or_default();
        let error: String = errors.iter().map(text::of_error).collect();
        assert!(error.contains(expect) && error.is_empty() == expect.is_empty(), "{image} {item}: {error}");
    };
    let each = |image: &str, known: &[&str], unknown: &[&str]| {
        known.iter().for_each(|name| check(image, &format!("'{name}'"), ""));
        for name in unknown {
            check(image, &format!("'{name}'"), &format!("`{name}` is not a package for"));
            check(image, &format!("{{first-of: [a, '{name}']}}"), &format!("`{name}` is not a package for"));
        }
    };
    let nowhere = ["make|bash", "make,bash", "!make", "make$", "make;x", "{make}", "make#1", "~make"];
    let plain = ["g++", "libstdc++6", "python3.11", "libfoo_1"];
    for image in IMAGES {
        each(image, &plain, &nowhere);
    }
    each(
        "debian:12",
        &["make=4.3-4.1", "make/bookworm", "make:arm64", "standard^", "/tmp/a_1:1~rc1.deb", "./a.deb"],
        &[
            "make>=4",
            "make<5",
            "make*",
            "mak?",
            "mak[e]",
            "^make$",
            "make^x",
            "?name(make)",
            "@core",
            "perl(Foo)",
        ],
    );
    for image in &IMAGES[1..6] {
        each(
            image,
            &[
                "make-4.3-7.el9",
                "make-1:4.3~rc1",
                "make.x86_64",
                "mak*",
                "@core",
                "perl(Foo::Bar)",
                "/usr/bin/make",
            ],
            &["make>=4", "make=4.3", "make<5", "make!=4"],
        );
    }
    each(
        "opensuse/leap:15.6",
        &["make>=4", "make=4.3", "make<5", "oss:make", "mak*", "perl(Foo)"],
        &["+make@x"],
    );
    each(
        "alpine:3.20",
        &["make>=4", "make=4.3-r0", "make~4", "make=~4", "make@edge", "cmd:make"],
        &["mak*", "mak?"],
    );
    check("debian:12", "'make>=4'", "such as `{name: make, version: \"4*\"}`");
    check("fedora:41", "'make=4.3'", "write `{name: make, version: \"4.3\"}`");
    check("alpine:3.20", "'!make'", "write `remove: [make]`");
    check("debian:12", "{name: make=4, version: \"4\"}", "it has a version already");
    check("fedora:41", "{apt: [make=4], else: [make]}", "");
}

#[test]
fn repositories_on_every_system() {
    let mut texts = Vec::new();
    for image in IMAGES {
        let system = system(image);
        let mut text = String::new();
        for action in actions(REPOSITORY) {
            let Action::Repository(repository) = action else { panic!("{action:?}") };
            text.push_str(&format!("# repository {}\n", repository.name));
            match repository::actions(&repository, &system) {
                Ok(actions) => actions.iter().for_each(|action| text.push_str(&text::of_action(action))),
                Err(error) => text.push_str(&text::of_error(&error)),
            }
            text.push('\n');
        }
        texts.push(golden(&format!("repository/{}.txt", name(&system)), text));
    }
    golden::check(texts);
}

#[test]
fn an_account_in_full() {
    let mut text = String::new();
    for action in actions(ACCOUNT) {
        let Action::Account(account) = action else { panic!("{action:?}") };
        text.push_str(&format!(
            "# account {}\n{}\n",
            account.name,
            text::of_process(&account::process(&account))
        ));
    }
    golden::check([golden("account.txt", text)]);
}

#[test]
fn pip_with_each_installer_and_interpreter() {
    let mut text = String::new();
    for action in actions(PIP) {
        let Action::Run(process) = action else { panic!("{action:?}") };
        let Script::Run { text: script, shell } = &process.script else { panic!("{:?}", process.script) };
        let shell = shell.as_ref().map_or("that of the stage".to_owned(), |shell| shell.join(" "));
        text.push_str(&format!("{shell}:\n{}\n\n", script.trim_end()));
    }
    golden::check([golden("pip.txt", text)]);
}

#[test]
fn every_script_is_posix_shell() {
    let mut processes: Vec<Process> = Vec::new();
    for image in IMAGES {
        for action in actions(PACKAGES) {
            let Action::Packages(packages) = action else { panic!("{action:?}") };
            processes
                .extend(install::process(&packages, &system(image), None, Sharing::Locked).ok().flatten());
        }
    }
    for action in actions(ACCOUNT) {
        let Action::Account(account) = action else { panic!("{action:?}") };
        processes.push(account::process(&account));
    }
    for action in actions(PIP) {
        let Action::Run(process) = action else { panic!("{action:?}") };
        processes.push(*process);
    }
    for process in processes {
        let Script::Run { text, .. } = process.script else { panic!("{:?}", process.script) };
        let checked = Command::new("sh").args(["-n", "-c", &text]).output().expect("a shell");
        assert!(checked.status.success(), "{}\n{text}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn a_script_of_its_own_runs_in_the_shell_of_the_stage() {
    let shell = ["/bin/bash".to_owned(), "-c".to_owned()];
    let Some(Action::Packages(packages)) = actions(PACKAGES).into_iter().nth(1) else {
        panic!("no packages")
    };
    let process = install::process(&packages, &system("debian:12"), Some(&shell), Sharing::Locked);
    let process = process.ok().flatten().expect("a script");
    let Script::Run { text, .. } = process.script else { panic!("{:?}", process.script) };
    assert!(text.contains("\n/bin/bash -c 'make --version\n"), "{text}");
}

fn system(image: &str) -> Distribution {
    let image = image.parse().expect("a reference");
    Distribution::of_image(&image, &Platform::new("linux", "amd64")).expect("a known image name")
}

/// The name of a golden file: `apt-debian-12`.
fn name(system: &Distribution) -> String {
    format!("{}-{}-{}", system.manager.name(), system.id, system.release)
}

/// The actions of the only stage of a file.
fn actions(file: &str) -> Vec<Action> {
    plan(file).stages.pop().map(|stage| stage.steps).into_iter().flatten().map(|step| step.action).collect()
}

fn plan(file: &str) -> Plan {
    let sources = Sources::single("image.yaml", file);
    let reading = Family::read(&sources);
    let lines = |found: &[varve_spec::Diagnostic]| -> Vec<String> {
        found.iter().map(|found| found.one_line(&sources)).collect()
    };
    assert_eq!(lines(&reading.found), [""; 0]);
    let platform = Platform::new("linux", "amd64");
    let selection = Selection { args: BTreeMap::new(), ..Selection::new(platform) };
    let family = reading.family.expect("a family");
    let plan = family.select(&selection).and_then(|variant| variant.plan());
    plan.unwrap_or_else(|found| panic!("{:#?}", lines(&found)))
}

/// A text with the path of its golden file.
fn golden(name: &str, text: String) -> (PathBuf, String) {
    (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/system").join(name), text)
}
