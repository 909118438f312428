//! `examples/therock`: checks its eight images, their packages on each distribution, and their policies. `therock_build.rs` builds
//! some of them.

use std::collections::{BTreeMap, BTreeSet};

use varve_spec::plan::{Action, Base, Claim, Download, MountKind, Name, Origin, Stage};
use varve_spec::{ImageName, Manager, Plan};

use crate::families::{Example, args};

/// The distributions of rocm_runtime: base image, package manager, name in ROCm's own repositories.
const SYSTEMS: [(&str, &str, Manager, &str); 10] = [
    ("ubuntu24.04", "ubuntu:24.04", Manager::Apt, "ubuntu2404"),
    ("debian12", "debian:12", Manager::Apt, "debian12"),
    ("debian13", "debian:13", Manager::Apt, "debian13"),
    ("alma8", "almalinux:8", Manager::Dnf, "rhel8"),
    ("azurelinux3", "mcr.microsoft.com/azurelinux/base/core:3.0", Manager::Tdnf, "azl3"),
    ("ubi8", "registry.access.redhat.com/ubi8/ubi:8.10", Manager::Dnf, "rhel8"),
    ("ubi9", "registry.access.redhat.com/ubi9/ubi:9.7", Manager::Dnf, "rhel9"),
    ("ubi10", "registry.access.redhat.com/ubi10/ubi:10.1", Manager::Dnf, "rhel10"),
    ("sles15", "registry.suse.com/bci/bci-base:15.7", Manager::Zypper, "sles15"),
    ("sles16", "registry.suse.com/bci/bci-base:16.0", Manager::Zypper, "sles16"),
];

const RELEASES: [&str; 4] = ["nightlies", "prereleases", "devreleases", "stable"];

const IMAGES: [&str; 7] = [
    "build_manylinux_x86_64",
    "no_rocm_image_ubuntu24_04",
    "no_rocm_image_ubuntu24_04_rocgdb",
    "no_rocm_image_ubuntu24_04_ocl_rt",
    "no_rocm_image_ubuntu24_04_media",
    "no_rocm_image_ubuntu24_04_openmpi",
    "no_rocm_image_ubi10",
];

/// The packages of rocm_runtime for each package manager, as the project's own script lists them. A bar separates alternatives.
fn dependencies(manager: Manager) -> BTreeSet<&'static str> {
    let list = match manager {
        Manager::Apt => {
            "ca-certificates curl gpg build-essential libelf1 libnuma1 libunwind8 libncurses6 perl file python3 python3-dev \
             python3-pip kmod libdw1t64|libdw1 libssl3t64|libssl3|libssl1.1"
        }
        Manager::Dnf => {
            "ca-certificates curl libatomic elfutils-libelf elfutils-libs numactl-libs ncurses-libs openssl-libs perl file \
             python3 python3-devel python3-pip kmod"
        }
        Manager::Tdnf => {
            "ca-certificates curl tar libatomic elfutils-libelf elfutils-libs numactl-libs libunwind ncurses-libs \
             openssl-libs perl file python3 python3-devel python3-pip kmod"
        }
        _ => {
            "ca-certificates curl tar libatomic1 libelf1 libdw1 libnuma1 ncurses-utils perl file kmod python3 python3-devel \
             python3-pip"
        }
    };
    list.split_whitespace().collect()
}

/// The packages that a stage installs, step by step.
fn packages(stage: &Stage, manager: Manager) -> Vec<BTreeSet<String>> {
    let text = |name: &Name| match name {
        Name::Plain { name, .. } => name.clone(),
        Name::FirstOf(names) => names.join("|"),
    };
    let steps = stage.steps.iter().filter_map(|step| match &step.action {
        Action::Packages(packages) => {
            Some(packages.install.iter().flat_map(|package| package.names(manager)).map(text).collect())
        }
        _ => None,
    });
    steps.collect()
}

fn stage<'p>(plan: &'p Plan, name: &str) -> &'p Stage {
    plan.stages.iter().find(|stage| stage.name == name).unwrap()
}

fn runtime(os: &str, gfx: &str, release: &str, method: &str) -> Vec<(String, String)> {
    args(&[("os", os), ("gfx", gfx), ("release_type", release), ("install_method", method)])
}

/// The downloads of a plan.
fn downloads(plan: &Plan) -> Vec<&Download> {
    let mut downloads = Vec::new();
    for step in plan.steps() {
        let origins: Vec<&Origin> = match &step.action {
            Action::Copy(copy) => vec![&copy.from],
            Action::Run(process) => process.mounts.iter().filter_map(origin).collect(),
            _ => Vec::new(),
        };
        for origin in origins {
            if let Origin::Download(download) = origin {
                downloads.push(download);
            }
        }
    }
    downloads
}

fn origin(mount: &varve_spec::plan::Mount) -> Option<&Origin> {
    match &mount.kind {
        MountKind::Bind { from, .. } => Some(from),
        _ => None,
    }
}

#[test]
fn the_check_finds_nothing() {
    assert_eq!(Example::read("therock").findings(), [""; 0]);
}

#[test]
fn there_are_eight_images_and_every_variant_can_be_planned() {
    let example = Example::read("therock");
    let members = example.members();
    let (runtimes, others): (Vec<_>, Vec<_>) =
        members.iter().partition(|member| member.target == "rocm_runtime");
    assert_eq!(others.iter().map(|member| member.target.as_str()).collect::<Vec<_>>(), IMAGES);

    let families = example.family.axes.iter().find(|axis| axis.name == "gfx").unwrap();
    assert_eq!(families.values.len(), 17, "16 families, and one build for all of them");
    let mut expected = BTreeSet::new();
    for (os, ..) in SYSTEMS {
        for gfx in families.value_names() {
            for release in RELEASES {
                for method in ["tarball", "packages"] {
                    if (release, method) != ("devreleases", "packages") {
                        expected.insert(runtime(os, gfx, release, method));
                    }
                }
            }
        }
    }
    let found: BTreeSet<_> = runtimes.iter().map(|member| member.axes.clone()).collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 10 * 17 * 7);
    let tags: BTreeSet<&String> = members.iter().flat_map(|member| &member.tags).collect();
    assert_eq!(tags.len(), members.len(), "each variant has a tag of its own");

    for member in &members {
        assert_eq!(member.platforms, ["linux/amd64"]);
        example.plan(&member.target, &member.args, "amd64").unwrap();
    }
}

#[test]
fn developer_releases_have_no_packages() {
    let example = Example::read("therock");
    let asked = runtime("debian12", "gfx1151", "devreleases", "packages");
    let words = example.plan("rocm_runtime", &asked, "amd64").unwrap_err();
    assert!(words.contains("developer releases have no packages"), "{words}");
    let words = example.plan("build_manylinux_x86_64", &[], "arm64").unwrap_err();
    assert!(words.contains("ROCm is built for x86-64 only"), "{words}");
}

#[test]
fn every_system_gets_its_own_packages_from_the_right_repository() {
    let example = Example::read("therock");
    for (os, image, manager, repository) in SYSTEMS {
        let plan = |release, gfx| {
            let plan = example.plan("rocm_runtime", &runtime(os, gfx, release, "packages"), "amd64");
            plan.unwrap()
        };
        let stable = plan("stable", "gfx94X-dcgpu");
        let built = stage(&stable, "rocm_runtime");
        assert_eq!(built.base, Base::Image(ImageName::new(image)), "{os}");
        let lists = packages(built, manager);
        assert_eq!(
            lists[0].iter().map(String::as_str).collect::<BTreeSet<_>>(),
            dependencies(manager),
            "{os}"
        );
        let names =
            BTreeSet::from(["amdrocm7.13-gfx94x".to_owned(), "amdrocm-core-sdk7.13-gfx94x".to_owned()]);
        assert_eq!(lists[1..], [names], "{os}");

        let address = |plan: &Plan| {
            let found = plan.steps().find_map(|step| match &step.action {
                Action::Repository(repository) => manager.entry(&repository.by_manager),
                _ => None,
            });
            let source = found.unwrap();
            (source.addresses.join(" "), source.key.is_some())
        };
        let (format, more) = if manager == Manager::Apt { ("deb", "") } else { ("rpm", "/x86_64") };
        let expect = |release, gfx, url: String, signed| {
            assert_eq!(
                address(&plan(release, gfx)),
                (format!("{url}{more}"), signed),
                "{os} {release} {gfx}"
            );
        };
        let nightly = "20260515-25900000000";
        expect("stable", "gfx1151", format!("https://repo.amd.com/rocm/packages/{repository}"), true);
        expect(
            "prereleases",
            "multi-arch",
            format!("https://rocm.prereleases.amd.com/packages-multi-arch/{repository}"),
            true,
        );
        expect("nightlies", "gfx1151", format!("https://rocm.nightlies.amd.com/{format}/{nightly}"), false);
        let folder = "https://rocm.nightlies.amd.com/packages-multi-arch";
        expect("nightlies", "multi-arch", format!("{folder}/{format}/{nightly}"), false);
    }
}

#[test]
fn tarballs_are_found_by_release_family_and_version() {
    let example = Example::read("therock");
    let check = |release: &str, gfx: &str, version: Option<&str>, expect: &str| {
        let mut asked = runtime("sles16", gfx, release, "tarball");
        asked.extend(version.map(|version| ("version".to_owned(), version.to_owned())));
        let plan = example.plan("rocm_runtime", &asked, "amd64").unwrap();
        let urls: Vec<&str> = downloads(&plan).iter().map(|download| download.url.as_str()).collect();
        assert_eq!(urls, [expect]);
    };
    check(
        "stable",
        "gfx94X-dcgpu",
        None,
        "https://repo.amd.com/rocm/tarball/therock-dist-linux-gfx94X-dcgpu-7.13.0.tar.gz",
    );
    check(
        "nightlies",
        "multi-arch",
        Some("7.13.0a20260430"),
        "https://rocm.nightlies.amd.com/tarball-multi-arch/therock-dist-linux-multiarch-7.13.0a20260430.tar.gz",
    );
    check(
        "devreleases",
        "gfx110X-all",
        Some("7.14.0.dev0+13caf791"),
        "https://rocm.devreleases.amd.com/tarball/therock-dist-linux-gfx110X-all-7.14.0.dev0%2B13caf791.tar.gz",
    );
}

#[test]
fn the_image_to_build_in_has_ten_tools_each_held_to_its_digest() {
    let example = Example::read("therock");
    let plan = example.plan("build_manylinux_x86_64", &[], "amd64").unwrap();
    let digests: BTreeMap<&str, &str> = downloads(&plan)
        .iter()
        .map(|download| (download.filename.as_str(), download.sha256.as_deref().unwrap()))
        .collect();
    let expected = [
        ("Python-3.10.16.tgz", "f2e22ed965a93cfeb642378ed6e6cdbc127682664b24123679f3d013fafe9cd0"),
        ("Python-3.11.11.tgz", "883bddee3c92fcb91cf9c09c5343196953cbb9ced826213545849693970868ed"),
        ("Python-3.12.9.tgz", "45313e4c5f0e8acdec9580161d565cf5fea578e3eabf25df7cc6355bf4afa1ee"),
        ("Python-3.13.2.tgz", "b8d79530e3b7c96a5cb2d40d431ddb512af4a563e863728d8713039aa50203f9"),
        ("Python-3.14.0.tgz", "88d2da4eed42fa9a5f42ff58a8bc8988881bd6c547e297e46682c2687638a851"),
        (
            "awscli-exe-linux-x86_64-2.36.7.zip",
            "d641283d37f1a2168457a9f26a20d4e29167652e9ab1719b37114ef1ebe859f4",
        ),
        (
            "ccache-4.11.2-linux-x86_64.tar.xz",
            "c97655c75e1e7137d9bc9a9c854220fcbe14f1d7224c64a18c43c70195567ccb",
        ),
        ("cmake-3.27.9-linux-x86_64.sh", "341c415b98abeebc0a31903dc65d4ad2eba1e897fea7ed723a8d6066cc7a21ae"),
        (
            "d0f70eea5397606c486857e0a105e53ec123904a.tar.gz",
            "0bda9fc5f4e233e655f591eff7c43ab9334f95ac04e39e26d6c1f85458daa3a7",
        ),
        ("gh_2.97.0_linux_amd64.tar.gz", "a2c9b8497e1f85b1ad0dfcb78b5a622e098801b8e461e459e88e1ee12f018112"),
        ("googletest-1.16.0.tar.gz", "78c676fc63881529bf97bf9d45948d905a66833fbfa5318ea2cd7478cb98f399"),
        ("ninja-linux.zip", "6f98805688d19672bd699fbbfa2c2cf0fc054ac3df1f0e6a47664d963d530255"),
        ("rustup-init", "4acc9acc76d5079515b46346a485974457b5a79893cfb01112423c89aeb5aa10"),
        (
            "sccache-v0.14.0-x86_64-unknown-linux-musl.tar.gz",
            "8424b38cda4ecce616a1557d81328f3d7c96503a171eab79942fad618b42af44",
        ),
    ];
    assert_eq!(digests, expected.into());
}

#[test]
fn the_images_to_test_in_have_what_the_project_lists() {
    let example = Example::read("therock");
    let check = |target: &str, manager: Manager, expect: &[&str]| {
        let plan = example.plan(target, &[], "amd64").unwrap();
        let lists = packages(stage(&plan, target), manager);
        let expect: Vec<BTreeSet<String>> =
            expect.iter().map(|list| list.split_whitespace().map(str::to_owned).collect()).collect();
        assert_eq!(lists, expect, "{target}");
        plan
    };
    let common = "ca-certificates clang cmake git git-lfs jq lld ninja-build python3-setuptools python3-wheel unzip \
                  valgrind wget zip";
    let ubuntu = format!("{common} curl psmisc libgfortran5");
    check("no_rocm_image_ubuntu24_04", Manager::Apt, &["sudo", "ca-certificates", &ubuntu]);
    let red_hat =
        format!("{common} python3-pip python-unversioned-command libatomic libgfortran libquadmath");
    check("no_rocm_image_ubi10", Manager::Dnf, &["sudo", &red_hat]);
    for (leaf, list) in [
        ("rocgdb", "dejagnu gcc g++ make gfortran"),
        ("ocl_rt", "ocl-icd-libopencl1 ocl-icd-opencl-dev strace"),
        ("media", "libavcodec-dev libavformat-dev libavutil-dev pkg-config"),
        ("openmpi", "libopenmpi-dev openmpi-bin"),
    ] {
        let plan = check(&format!("no_rocm_image_ubuntu24_04_{leaf}"), Manager::Apt, &[list]);
        let names: Vec<&str> = plan.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(
            names[..2],
            ["test-keys", "no_rocm_image_ubuntu24_04"],
            "the leaf stands on the image itself"
        );
    }
}

#[test]
fn policies_are_checks_of_every_image_without_rocm() {
    let example = Example::read("therock");
    for target in IMAGES {
        let plan = example.plan(target, &[], "amd64").unwrap();
        let claims: Vec<&Claim> =
            plan.stages.iter().flat_map(|stage| &stage.checks).map(|c| &c.claim).collect();
        let no_rocm = |claim: &&Claim| matches!(claim, Claim::Absent(paths) if paths[0] == "/opt/rocm");
        assert!(claims.iter().copied().any(|claim| no_rocm(&claim)), "{target}");
        let no_development = |claim: &&Claim| matches!(claim, Claim::PackagesAbsent(names) if names.iter().any(|name| name.ends_with("-dev") || name.ends_with("-devel")));
        assert!(claims.iter().copied().any(|claim| no_development(&claim)), "{target}");
    }
}

#[test]
fn every_system_is_lowered_and_what_is_the_same_is_one_vertex() {
    let example = Example::read("therock");
    for target in IMAGES {
        assert!(!example.vertices(target, &[], "linux/amd64").is_empty());
    }
    let mut unpacked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (os, ..) in SYSTEMS {
        for gfx in ["gfx94X-dcgpu", "multi-arch"] {
            for release in RELEASES {
                let asked = runtime(os, gfx, release, "tarball");
                let vertices = example.vertices("rocm_runtime", &asked, "linux/amd64");
                if release == "stable" {
                    let of_tarball =
                        vertices.into_iter().filter(|(_, name)| name.starts_with("[rocm-tarball 2/2]"));
                    unpacked.entry(gfx).or_default().extend(of_tarball.map(|(digest, _)| digest));
                }
                if release != "devreleases" {
                    let asked = runtime(os, gfx, release, "packages");
                    example.vertices("rocm_runtime", &asked, "linux/amd64");
                }
            }
        }
    }
    assert_eq!(unpacked["gfx94X-dcgpu"].len(), 1, "unpacked once for ten systems");
    assert_ne!(unpacked["gfx94X-dcgpu"], unpacked["multi-arch"]);
}
