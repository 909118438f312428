//! `examples/iree`: its six images of today, and the twenty of 2023 with the order that the project declared beside them.
//! `iree_build.rs` builds some of them.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;
use varve_spec::plan::{Action, Base, Claim, EnvValue, MountKind, Name, Origin, Script, Stage};
use varve_spec::{Manager, Plan};
use varve_tests::machine::Machine;

use crate::families::{Example, Vertices, args};
use crate::plans;

/// The family of today, and that of September 2023.
const FAMILIES: [&str; 2] = ["iree", "iree/2023"];

/// The images of today: target, value of the axis `runner`, name.
const TODAY: [(&str, &str, &str); 6] = [
    ("amdgpu", "github", "amdgpu_ubuntu_jammy_ghr_x86_64"),
    ("amdgpu", "none", "amdgpu_ubuntu_jammy_x86_64"),
    ("cpubuilder", "github", "cpubuilder_ubuntu_jammy_ghr"),
    ("cpubuilder", "none", "cpubuilder_ubuntu_jammy"),
    ("manylinux", "github", "manylinux_ghr_x86_64"),
    ("manylinux", "none", "manylinux_x86_64"),
];

/// The images of 2023 with those that they depend on, as the project's own tool lists them.
const IMAGES: [(&str, &[&str]); 20] = [
    ("android", &["base"]),
    ("base", &[]),
    ("base-arm64", &[]),
    ("base-bleeding-edge", &[]),
    ("convperf", &["perf"]),
    ("emscripten", &["base"]),
    ("frontends", &["android"]),
    ("frontends-nvidia", &["frontends"]),
    ("frontends-swiftshader", &["frontends", "swiftshader"]),
    ("gradle-android", &["base"]),
    ("manylinux2014_x86_64-release", &[]),
    ("mmperf", &["perf"]),
    ("nvidia", &["base"]),
    ("nvidia-bleeding-edge", &["base-bleeding-edge"]),
    ("perf", &[]),
    ("riscv", &["base"]),
    ("samples", &["swiftshader"]),
    ("shark", &[]),
    ("swiftshader", &["base"]),
    ("swiftshader-bleeding-edge", &["base-bleeding-edge"]),
];

/// One image of 2023.
struct Image {
    name: String,
    target: String,
    args: Vec<(String, String)>,
    arch: String,
    /// What its name has after that of its target.
    suffix: &'static str,
}

fn images(example: &Example) -> Vec<Image> {
    let mut images = Vec::new();
    for member in example.members() {
        for platform in &member.platforms {
            let arch = platform.rsplit('/').next().unwrap().to_owned();
            let newest = member.axes.iter().any(|(_, value)| value == "newest");
            let suffix = match arch.as_str() {
                "arm64" => "-arm64",
                _ if newest => "-bleeding-edge",
                _ => "",
            };
            let name = format!("{}{suffix}", member.target);
            images.push(Image {
                name,
                target: member.target.clone(),
                args: member.args.clone(),
                arch,
                suffix,
            });
        }
    }
    images
}

fn stage<'p>(plan: &'p Plan, name: &str) -> &'p Stage {
    plan.stages.iter().find(|stage| stage.name == name).unwrap()
}

/// The stages that a stage starts from, copies from or mounts.
fn below<'p>(plan: &'p Plan, of: &'p Stage) -> BTreeSet<&'p str> {
    let mut names = BTreeSet::new();
    if let Base::Stage(index) = of.base {
        names.insert(plan.stages[index].name.as_str());
    }
    let mut add = |origin: &'p Origin| {
        if let Origin::Stage(_, name) = origin {
            names.insert(name);
        }
    };
    for step in of.all_steps() {
        let mounts = match &step.action {
            Action::Copy(copy) => {
                add(&copy.from);
                continue;
            }
            Action::Run(process) => &process.mounts,
            Action::Packages(packages) => &packages.process.mounts,
            _ => continue,
        };
        for mount in mounts {
            if let MountKind::Bind { from, .. } = &mount.kind {
                add(from);
            }
        }
    }
    names
}

/// The packages that a stage installs.
fn packages(stage: &Stage, manager: Manager) -> BTreeSet<String> {
    let text = |name: &Name| match name {
        Name::Plain { name, .. } => name.clone(),
        Name::FirstOf(names) => names.join("|"),
    };
    let steps = stage.all_steps().into_iter().filter_map(|step| match &step.action {
        Action::Packages(packages) => Some(&packages.install),
        _ => None,
    });
    steps.flatten().flat_map(|package| package.names(manager)).map(text).collect()
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn oldest() -> Vec<(String, String)> {
    args(&[("toolchain", "oldest")])
}

fn newest() -> Vec<(String, String)> {
    args(&[("toolchain", "newest")])
}

#[test]
fn the_check_finds_nothing() {
    for family in FAMILIES {
        assert_eq!(Example::read(family).findings(), [""; 0], "{family}");
    }
}

#[test]
fn the_six_images_of_today_are_three_targets_with_and_without_a_runner() {
    let example = Example::read("iree");
    let members = example.members();
    let found: BTreeSet<_> = members
        .iter()
        .map(|member| {
            let platforms: &[&str] = match member.target.as_str() {
                "cpubuilder" => &["linux/amd64", "linux/arm64"],
                _ => &["linux/amd64"],
            };
            assert_eq!(member.platforms, platforms);
            let [tag] = member.tags.as_slice() else { panic!("{:?}", member.tags) };
            (member.target.clone(), member.axes[0].1.clone(), tag.clone())
        })
        .collect();
    let expected = TODAY.map(|(target, runner, name)| {
        (target.to_owned(), runner.to_owned(), format!("ghcr.io/iree-org/{name}:main"))
    });
    assert_eq!(found, expected.into());
    let words = example.plan("amdgpu", &[], "arm64").unwrap_err();
    assert!(words.contains("AMD GPUs and releases are for x86-64 only"), "{words}");
}

#[test]
fn there_are_the_twenty_images_of_2023_and_their_order_is_that_of_from() {
    let example = Example::read("iree/2023");
    let targets: BTreeSet<String> = example.members().into_iter().map(|member| member.target).collect();
    let mut found = BTreeMap::new();
    for image in images(&example) {
        let plan = example.plan(&image.target, &image.args, &image.arch).unwrap();
        let (mut on, mut todo) = (BTreeSet::new(), vec![stage(&plan, &image.target)]);
        while let Some(next) = todo.pop() {
            for name in below(&plan, next) {
                if targets.contains(name) {
                    on.insert(format!("{name}{}", image.suffix));
                } else {
                    todo.push(stage(&plan, name));
                }
            }
        }
        found.insert(image.name, on);
    }
    let expected = IMAGES.map(|(name, on)| {
        (name.to_owned(), on.iter().copied().map(str::to_owned).collect::<BTreeSet<String>>())
    });
    assert_eq!(found, expected.into());
}

#[test]
fn what_does_not_exist_is_refused_with_its_reason() {
    let example = Example::read("iree/2023");
    let refused = |target: &str, args: &[(String, String)], arch: &str| {
        example.plan(target, args, arch).map(drop).unwrap_err()
    };
    let text = refused("android", &newest(), "amd64");
    assert!(text.contains("everything else is tested with the oldest versions only"), "{text}");
    let text = refused("base", &newest(), "arm64");
    assert!(text.contains("on arm64, IREE is built and tested on the processor only"), "{text}");
    assert!(refused("swiftshader", &oldest(), "arm64").contains("on the processor only"));
}

#[test]
fn each_base_has_the_packages_that_the_project_lists() {
    let example = Example::read("iree/2023");
    let check = |args: &[(String, String)], arch: &str, expect: &str| {
        let plan = example.plan("base", args, arch).unwrap();
        let common = "ca-certificates curl git gnupg2 libcapstone-dev libssl-dev libtbb-dev libxml2-dev libzstd-dev llvm-dev \
                      lsb-release ninja-build pkg-config python3-distutils python3-pip python3-setuptools python3-venv \
                      unzip wget";
        let expect = words(&format!("{common} {expect}"));
        assert_eq!(packages(stage(&plan, "base"), Manager::Apt), expect, "{args:?} {arch}");
    };
    let old = "clang-9 lld-9 python3.9 python3.9-dev python3.9-venv";
    let rocm = "build-essential file kmod libelf1 libnuma-dev rocm-dev";
    check(&oldest(), "amd64", &format!("{old} {rocm} vulkan-sdk"));
    check(&oldest(), "arm64", &format!("{old} ccache"));
    let new = "clang-17 lld-17 python3.10 python3.10-dev python3.10-venv";
    check(&newest(), "amd64", &format!("{new} libvulkan-dev vulkan-tools"));
}

#[test]
fn the_builder_of_today_has_the_packages_that_the_project_lists() {
    let example = Example::read("iree");
    let expect = words(
        "ca-certificates clang-14 clang-19 curl g++-9 gcc-9 git gnupg2 libcapstone-dev libssl-dev libtbb-dev libxml2-dev \
         libzstd-dev lld-14 lld-19 llvm-dev lsb-release ninja-build pkg-config python3-pip python3.11-dev \
         python3.11-venv unzip wget",
    );
    for (runner, arch) in [("none", "amd64"), ("none", "arm64"), ("github", "arm64")] {
        let plan = example.plan("cpubuilder", &args(&[("runner", runner)]), arch).unwrap();
        assert_eq!(packages(stage(&plan, "cpubuilder"), Manager::Apt), expect, "{runner} {arch}");
        let qemu = plan.stages.iter().any(|stage| stage.name == "qemu");
        assert_eq!(qemu, arch == "arm64", "{runner} {arch}");
    }
}

#[test]
fn the_oldest_python_packages_are_those_that_the_file_of_the_project_names() {
    let example = Example::read("iree/2023");
    let lines = |target: &str, args: &[(String, String)]| {
        let plan = example.plan(target, args, "amd64").unwrap();
        let of_pip =
            |script: &Script| matches!(script, Script::Run { text, .. } if text.contains("-r /dev/stdin"));
        let change = stage(&plan, target).all_steps().into_iter().find_map(|step| match &step.action {
            Action::Run(process) if of_pip(&process.script) => Some(process.env[0].change.clone()),
            _ => None,
        });
        match change {
            Some(EnvValue::Set(lines)) => lines,
            other => panic!("{other:?}"),
        }
    };
    assert!(lines("base", &oldest()).contains("\nnumpy==1.19.4\n"));
    assert!(lines("base", &newest()).contains("\nnumpy>=1.19.4\n"));
    assert!(lines("perf", &[]).contains("\nnumpy>=1.19.4\n"));
    let frontends = lines("frontends", &oldest());
    assert!(
        frontends.contains("\nkeras==2.7.0\n") && frontends.ends_with("protobuf==3.20.3, <4"),
        "{frontends}"
    );
}

#[test]
fn the_version_of_bazel_has_one_place() {
    let mut example = Example::read("iree/2023");
    let version = example.query.files.get_mut(".bazelversion").unwrap();
    assert_eq!(version, "5.1.0\n");
    *version = "6.5.0\n".to_owned();
    for target in ["base", "manylinux2014_x86_64-release"] {
        let plan = example.plan(target, &[], "amd64").unwrap();
        let urls: Vec<&str> = plan
            .steps()
            .filter_map(|step| match &step.action {
                Action::Copy(copy) => Some(&copy.from),
                _ => None,
            })
            .filter_map(|origin| match origin {
                Origin::Download(download) if download.url.contains("bazel") => Some(download.url.as_str()),
                _ => None,
            })
            .collect();
        let release = "https://github.com/bazelbuild/bazel/releases/download/6.5.0/bazel-6.5.0-linux-x86_64";
        assert_eq!(urls, [release], "{target}");
        let asserted = stage(&plan, target).checks.iter().any(|check| match &check.claim {
            Claim::Run(process) => {
                matches!(&process.script, Script::Run { text, .. } if text.contains("'bazel 6.5.0'"))
            }
            _ => false,
        });
        assert!(asserted, "{target}");
    }
}

/// The names of the vertices that only one of two builds has.
fn changed<'v>(before: &Vertices, after: &'v Vertices) -> Vec<&'v str> {
    let changed = after.iter().filter(|(digest, _)| !before.contains_key(*digest));
    let mut names: Vec<&str> =
        changed.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_new_version_of_one_part_of_base_installs_no_other_part_again() {
    let example = Example::read("iree/2023");
    let build = |name: &str, value: &str| {
        let asked = args(&[("toolchain", "oldest"), (name, value)]);
        example.vertices("base", &asked, "linux/amd64")
    };
    let with_file = |path: &str, text: &str| {
        let mut example = Example::read("iree/2023");
        example.query.files.insert(path.to_owned(), text.to_owned());
        example.vertices("base", &oldest(), "linux/amd64")
    };
    let before = build("vulkan", "1.3.250");
    assert_eq!(before, example.vertices("base", &oldest(), "linux/amd64"));
    let runs = |after: &Vertices| {
        let runs = ["] packages ", "] run "];
        let names =
            changed(&before, after).into_iter().filter(|name| runs.iter().any(|run| name.contains(run)));
        // Image tests read the result, whatever has changed in it.
        names.filter(|name| !name.contains(" check ")).map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(runs(&build("vulkan", "1.3.261")), ["[base 13/19] packages vulkan-sdk"]);
    assert_eq!(runs(&with_file(".bazelversion", "6.5.0\n")), [""; 0]);
    let requirements = "runtime/bindings/python/iree/runtime/build_requirements.txt";
    let pip = "-m pip install --no-cache-dir --ignore-installed --upgrade -r /dev/stdin";
    assert_eq!(
        runs(&with_file(requirements, "numpy>=1.26\n")),
        [format!("[base 6/19] run printf '%s\\n' \"$LINES\" | python3 {pip}")]
    );
    // The Vulkan SDK is installed beside ROCm.
    let rocm = "[base 10/19] packages build-essential file kmod libelf1 libnuma-dev rocm-dev";
    assert_eq!(runs(&build("rocm", "5.7.0")), [rocm]);
}

#[test]
fn what_the_images_of_today_share_is_made_once() {
    let example = Example::read("iree");
    let mut digests: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (target, runner, _) in TODAY {
        let vertices = example.vertices(target, &args(&[("runner", runner)]), "linux/amd64");
        for part in ["the-rock 7/7", "ccache 2/2", "sccache 2/2", "cmake-oldest 2/2", "cmake-newest 2/2"] {
            let prefix = format!("[{part}]");
            let of_part = vertices.iter().filter(|(_, name)| name.starts_with(&prefix));
            digests.entry(part).or_default().extend(of_part.map(|(digest, _)| digest.clone()));
        }
    }
    for (part, users) in [
        ("the-rock 7/7", 2),
        ("ccache 2/2", 3),
        ("sccache 2/2", 2),
        ("cmake-oldest 2/2", 3),
        ("cmake-newest 2/2", 2),
    ] {
        let digests = &digests[part];
        assert_eq!(digests.len(), users, "images that have {part}");
        assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), 1, "{part} is the same for all of them");
    }
}

#[test]
fn every_variant_is_lowered() {
    for family in FAMILIES {
        let example = Example::read(family);
        for member in example.members() {
            let vertices = example.vertices(&member.target, &member.args, &member.platforms.join(","));
            assert!(!vertices.is_empty());
        }
    }
}

#[test]
fn every_variant_is_planned_as_before() {
    let workspace = Machine::read().unwrap().workspace;
    for (family, snapshot) in [("iree", "iree/today.txt"), ("iree/2023", "iree/2023.txt")] {
        let snapshot = workspace.join("tests/tests/repository").join(snapshot);
        expect_file![snapshot].assert_eq(&plans::of_family(family));
    }
}
