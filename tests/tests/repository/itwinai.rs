//! `examples/itwinai`: its variants, their tags and labels, and what a new version installs again. `itwinai_build.rs` builds some of
//! the variants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use expect_test::expect_file;
use regex_lite::Regex;
use varve_spec::Member;
use varve_spec::plan::{Action, Script, Stage};
use varve_tests::machine::Machine;

use crate::families::{Example, Vertices, args};
use crate::plans;

const REGISTRY: &str = "ghcr.io/intertwin-eu/";
/// The form of a tag, as the project's notes on containers state it.
const TAG: &str = r"^(jlab-)?\d+\.\d+\.\d+-(torch\d+\.\d+|tf\d+\.\d+)-[a-z]+$";
/// What one of the images for a use case has instead of a tag of that form.
const USE_CASE: &str = "ghcr.io/intertwin-eu/itwinai:joss-virgo-experiments";

/// All images that have a tag of that form: the target and the framework; the devices and the distributions; the tag without its
/// distribution, and the name of the image without its device.
type Images = ([&'static str; 2], [&'static [&'static str]; 2], [&'static str; 2]);

const ALL: &[&str] = &["noble", "jammy"];
const IMAGES: [Images; 6] = [
    (["skinny", "torch"], [&["cuda", "rocm", "cpu"], ALL], ["0.4.2-torch2.6", "itwinai-skinny"]),
    (["skinny", "tf"], [&["cuda", "cpu"], ALL], ["0.4.2-tf2.16", "itwinai-skinny"]),
    (["slim", "torch"], [&["cuda", "rocm"], ALL], ["0.4.2-torch2.6", "itwinai"]),
    (["jlab", "torch"], [&["cuda", "rocm", "cpu"], &["noble"]], ["jlab-0.4.2-torch2.6", "itwinai"]),
    (["jlab", "tf"], [&["cuda", "cpu"], &["noble"]], ["jlab-0.4.2-tf2.16", "itwinai"]),
    (["full", "tf"], [&["cuda"], &["jammy"]], ["0.4.2-tf2.16", "itwinai"]),
];

/// The nicknames of the images that CVMFS unpacks, with their targets.
const LATEST: [(&str, &str); 3] = [("skinny", "torch-skinny"), ("slim", "torch-slim"), ("jlab", "jlab-slim")];

/// The images of use cases: target, device.
const USE_CASES: [(&str, &str); 4] =
    [("mnist", "cuda"), ("gan", "cuda"), ("joss", "cuda"), ("kubeflow", "cpu")];

/// A variant: target, framework, device, distribution.
type Variant = [String; 4];

fn variant(member: &Member) -> Variant {
    let value = |axis: &str| {
        let found = member.axes.iter().find(|(name, _)| name == axis);
        found.map(|(_, value)| value.clone()).unwrap()
    };
    [member.target.clone(), value("framework"), value("device"), value("distro")]
}

/// What the family publishes: platforms and tags of each variant.
fn expected() -> BTreeMap<Variant, (Vec<&'static str>, BTreeSet<String>)> {
    let mut expected = BTreeMap::new();
    for ([target, framework], [devices, distros], [tag, name]) in IMAGES {
        for device in devices {
            for distro in distros {
                let suffix = if *device == "cuda" { String::new() } else { format!("-{device}") };
                let mut tags = BTreeSet::from([format!("{REGISTRY}{name}{suffix}:{tag}-{distro}")]);
                let nickname = LATEST.iter().find(|latest| latest.0 == target);
                if let (Some((_, nickname)), ["torch", "cuda", "noble"]) =
                    (nickname, [framework, device, distro])
                {
                    tags.insert(format!("{REGISTRY}itwinai:{nickname}-latest"));
                }
                let arm64 = target == "skinny" && framework == "torch" && *device != "rocm";
                let platforms = ["linux/amd64", "linux/arm64"][..1 + usize::from(arm64)].to_vec();
                expected.insert([target, framework, device, distro].map(str::to_owned), (platforms, tags));
            }
        }
    }
    for (target, device) in USE_CASES {
        let tags = if target == "joss" { BTreeSet::from([USE_CASE.to_owned()]) } else { BTreeSet::new() };
        let variant = [target, "torch", device, "noble"].map(str::to_owned);
        expected.insert(variant, (vec!["linux/amd64"], tags));
    }
    expected
}

/// All published tags.
fn tags(example: &Example) -> Vec<String> {
    example.members().into_iter().flat_map(|member| member.tags).collect()
}

/// The example with another text in a file of the context.
fn with(old: &str, new: &str) -> Example {
    let mut example = Example::read("itwinai");
    let text = example.query.files.get_mut("pyproject.toml").unwrap();
    assert_eq!(text.matches(old).count(), 1, "{old}");
    *text = text.replace(old, new);
    example
}

#[test]
fn the_check_finds_nothing() {
    assert_eq!(Example::read("itwinai").findings(), [""; 0]);
}

#[test]
fn the_variants_are_those_of_the_readme_with_their_tags() {
    let expected = expected();
    assert_eq!(expected.len(), 24);
    let members = Example::read("itwinai").members();
    let found: BTreeMap<_, _> = members
        .iter()
        .map(|member| {
            let platforms: Vec<&str> = member.platforms.iter().map(String::as_str).collect();
            (variant(member), (platforms, member.tags.iter().cloned().collect()))
        })
        .collect();
    assert_eq!(members.len(), found.len());
    assert_eq!(found, expected);
}

#[test]
fn every_tag_has_the_form_that_the_project_states() {
    let form = Regex::new(TAG).unwrap();
    let all = tags(&Example::read("itwinai"));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each tag names one image");
    let (moving, fixed): (Vec<&String>, Vec<&String>) = all.iter().partition(|tag| tag.ends_with("-latest"));
    assert_eq!((moving.len(), fixed.len()), (3, 21));
    for tag in fixed.into_iter().filter(|tag| *tag != USE_CASE) {
        let (_, of_image) = tag.rsplit_once(':').unwrap();
        assert!(form.is_match(of_image), "{tag}");
    }
}

#[test]
fn there_are_no_more_latest_tags_than_the_readme_allows() {
    let folder = Machine::read().unwrap().workspace.join("examples/itwinai");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let limit = Regex::new(r"at most \*\*(\d+)\*\* tags `itwinai:\*-latest`").unwrap();
    let limits: Vec<usize> = limit.captures_iter(&readme).map(|found| found[1].parse().unwrap()).collect();
    let [limit] = limits.as_slice() else { panic!("the README states the limit once, not {limits:?}") };
    let latest: BTreeSet<String> =
        tags(&Example::read("itwinai")).into_iter().filter(|tag| tag.ends_with("-latest")).collect();
    assert!(latest.len() <= *limit, "more than {limit}: {latest:?}");
    assert_eq!(latest, LATEST.map(|(_, nickname)| format!("{REGISTRY}itwinai:{nickname}-latest")).into());
}

#[test]
fn the_versions_of_a_tag_are_those_of_pyproject() {
    let example = with("version = \"0.4.2\"", "version = \"0.5.0\"");
    assert!(tags(&example).contains(&format!("{REGISTRY}itwinai:0.5.0-torch2.6-noble")));
    let example = with("torch==2.6.*", "torch==2.7.*");
    let all = tags(&example);
    assert!(all.contains(&format!("{REGISTRY}itwinai:jlab-0.4.2-torch2.7-noble")));
    assert!(all.contains(&format!("{REGISTRY}itwinai:jlab-0.4.2-tf2.16-noble")));
}

#[test]
fn what_is_no_release_has_a_development_tag_with_its_commit_alone() {
    let mut example = Example::read("itwinai");
    example.query.args.insert("release".to_owned(), "false".to_owned());
    let mut images = 0;
    for member in example.members().iter().filter(|member| member.tags != [USE_CASE]) {
        for tag in &member.tags {
            images += 1;
            let form = Regex::new(
                r"^ghcr\.io/intertwin-eu/itwinai-dev:(jlab-)?0\.4\.2-(torch|tf)[a-z0-9.-]+-GIT_REVISION$",
            );
            assert!(form.unwrap().is_match(tag), "{tag}");
        }
    }
    assert_eq!(images, 20);
    let all = tags(&example);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each tag names one image");
}

#[test]
fn what_does_not_exist_is_refused_with_its_reason() {
    let example = Example::read("itwinai");
    let refused = |target: &str, pairs: &[(&str, &str)], arch: &str| {
        example.plan(target, &args(pairs), arch).map(drop).unwrap_err()
    };
    for (target, pairs, arch, reason) in [
        ("skinny", &[("framework", "tf"), ("device", "rocm")][..], "amd64", "no TensorFlow for AMD GPUs"),
        ("slim", &[("framework", "tf")], "amd64", "compiled for PyTorch on GPUs"),
        ("slim", &[("device", "cpu")], "amd64", "compiled for PyTorch on GPUs"),
        ("jlab", &[("distro", "jammy")], "amd64", "for Ubuntu 24.04 only"),
        ("full", &[("framework", "torch")], "amd64", "NVIDIA's image of TensorFlow"),
        ("mnist", &[("framework", "tf")], "amd64", "written for PyTorch"),
        ("kubeflow", &[("device", "cuda")], "amd64", "a cluster without GPUs"),
        ("skinny", &[("device", "rocm")], "arm64", "PyTorch alone, without ROCm"),
        ("slim", &[], "arm64", "PyTorch alone, without ROCm"),
    ] {
        let words = refused(target, pairs, arch);
        assert!(words.contains(reason), "{target} {pairs:?} {arch}: {words}");
    }
}

/// The scripts of a stage, with the packages that they install.
fn scripts(stage: &Stage) -> String {
    let of_run = stage.all_steps().into_iter().filter_map(|step| match &step.action {
        Action::Run(process) => match &process.script {
            Script::Run { text, .. } => Some(text.clone()),
            Script::Exec(words) => Some(words.join(" ")),
        },
        _ => None,
    });
    of_run.collect::<Vec<String>>().join("\n")
}

#[test]
fn a_device_is_an_index_a_builder_and_nothing_else() {
    let example = Example::read("itwinai");
    for (device, index, builder) in [
        ("cuda", "/whl/cu126 ", "docker.io/nvidia/cuda:12.6.3-devel-ubuntu24.04"),
        ("rocm", "/whl/rocm6.2.4 ", "docker.io/rocm/dev-ubuntu-24.04:6.2.4-complete"),
    ] {
        let plan = example.plan("slim", &args(&[("device", device)]), "amd64").unwrap();
        let build = plan.stages.iter().find(|stage| stage.name == "slim-build").unwrap();
        let varve_spec::plan::Base::Image(base) = &build.base else { panic!("{:?}", build.base) };
        assert_eq!(base.reference().unwrap().canonical(), builder);
        let text = scripts(build);
        assert_eq!(text.matches("/whl/").count(), 1, "{text}");
        assert!(text.contains(index), "{text}");
        assert_eq!(text.contains("amdsmi"), device == "rocm", "{text}");
        assert_eq!(text.contains("rccl"), device == "rocm", "{text}");
    }
}

#[test]
fn every_variant_has_the_same_labels_on_every_platform() {
    let example = Example::read("itwinai");
    let names = [
        "authors",
        "description",
        "documentation",
        "licenses",
        "source",
        "title",
        "url",
        "vendor",
        "version",
    ];
    for member in example.members() {
        let mut of_platforms = BTreeSet::new();
        for platform in &member.platforms {
            let arch = platform.rsplit('/').next().unwrap();
            let labels = example.plan(&member.target, &member.args, arch).unwrap().provenance.unwrap().labels;
            for name in names {
                assert!(labels.get(name).is_some_and(|text| !text.is_empty()), "{name} of {}", member.target);
            }
            assert_eq!(labels["version"], "0.4.2");
            assert_eq!(labels.get("ref.name"), member.tags.first(), "{}", member.target);
            of_platforms.insert(labels);
        }
        assert_eq!(of_platforms.len(), 1, "{}", member.target);
    }
}

/// The steps that only the second of two builds runs, without image tests: these read the result.
fn ran(before: &Vertices, after: &Vertices) -> Vec<String> {
    let new = after.iter().filter(|(digest, _)| !before.contains_key(*digest)).map(|(_, name)| name);
    let mut ran: Vec<String> = new
        .filter(|name| [" packages ", " run ", " pip ", "] Horovod"].iter().any(|part| name.contains(part)))
        .filter(|name| !name.contains(" check "))
        .cloned()
        .collect();
    ran.sort_unstable();
    ran
}

#[test]
fn a_new_version_of_itwinai_installs_itwinai_alone() {
    let cuda = args(&[("device", "cuda")]);
    let before = Example::read("itwinai").vertices("slim", &cuda, "linux/amd64");
    let again = with("version = \"0.4.2\"", "version = \"0.5.0\"").vertices("slim", &cuda, "linux/amd64");
    // Sources have no content in a graph: the step that installs them reads the file with the version.
    assert_eq!(ran(&before, &again), [""; 0]);
    let again = with("torch==2.6.*", "torch==2.7.*").vertices("slim", &cuda, "linux/amd64");
    let ran = ran(&before, &again);
    assert_eq!(ran.first().map(String::as_str), Some("[itwinai(of=slim-system) 5/6] pip /app"));
    assert!(ran.iter().any(|name| name.contains("packages for torch 2.7 on cuda")), "{ran:?}");
    assert!(!ran.iter().any(|name| name.contains("[slim-system")), "the system has its packages: {ran:?}");
}

#[test]
fn every_variant_is_lowered_and_use_cases_share_their_image() {
    let example = Example::read("itwinai");
    let mut of_skinny: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for member in example.members() {
        let vertices = example.vertices(&member.target, &member.args, &member.platforms.join(","));
        assert!(!vertices.is_empty());
        if ["gan", "mnist"].contains(&member.target.as_str()) {
            let of_base = vertices.into_iter().filter(|(_, name)| name.starts_with("[skinny-system "));
            of_skinny.insert(member.target, of_base.map(|(digest, _)| digest).collect());
        }
    }
    assert!(of_skinny["mnist"].len() > 3, "{of_skinny:?}");
    assert_eq!(of_skinny["mnist"], of_skinny["gan"]);
}

#[test]
fn every_variant_is_planned_as_before() {
    let workspace = Machine::read().unwrap().workspace;
    expect_file![workspace.join("tests/tests/repository/itwinai/plans.txt")]
        .assert_eq(&plans::of_family("itwinai"));
}
