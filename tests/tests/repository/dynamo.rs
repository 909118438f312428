//! `examples/dynamo`: its matrix equals that of the real project, no device is asked for in shell, and secrets and the compiler cache
//! are where they are needed. `dynamo_build.rs` builds some of its targets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use expect_test::expect_file;
use varve_spec::plan::{Action, Flatten, MountKind, Process, Script, Stage};
use varve_spec::{Member, Output, Plan};
use varve_tests::machine::Machine;

use crate::families::{Example, args};
use crate::plans;

/// The table of the project: framework, devices with their CUDA, targets.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);
const OF_ALL: [&str; 5] = ["runtime", "dev", "local-dev", "wheel_builder", "base"];
const OF_DYNAMO: [&str; 7] = ["runtime", "dev", "local-dev", "frontend", "planner", "wheel_builder", "base"];
const ALLOWED: [Row; 4] = [
    ("vllm", &["cuda13.0", "xpu", "cpu"], &OF_ALL),
    ("sglang", &["cuda13.0", "xpu"], &OF_ALL),
    ("trtllm", &["cuda13.1"], &OF_ALL),
    ("dynamo", &["cuda13.0"], &OF_DYNAMO),
];
const DEVICES: [&str; 4] = ["cuda13.0", "cuda13.1", "xpu", "cpu"];
/// The stages in which wheels and their libraries are compiled.
const COMPILED: [&str; 5] = ["compilers", "libraries", "nixl", "runtime-wheels", "wheel_builder"];

/// A combination: framework, device, target.
type Combination = [String; 3];

fn allowed() -> BTreeSet<Combination> {
    let mut allowed = BTreeSet::new();
    for (framework, devices, targets) in ALLOWED {
        for device in devices {
            allowed.extend(targets.iter().map(|target| [framework, device, target].map(str::to_owned)));
        }
    }
    allowed
}

fn axis<'m>(member: &'m Member, name: &str) -> &'m str {
    member.axes.iter().find(|(axis, _)| axis == name).map_or("", |(_, value)| value)
}

fn is_image(member: &Member) -> bool {
    member.delivery.output == Output::Image
}

/// The family, as at a commit.
fn example() -> Example {
    let mut example = Example::read("dynamo");
    example.query.vcs.revision = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
    example
}

/// The plans of all variants on all their platforms.
fn plans_of(example: &Example, more: &[(&str, &str)]) -> Vec<(Member, Plan)> {
    let mut plans = Vec::new();
    for member in example.members() {
        for platform in &member.platforms {
            let mut asked = member.args.clone();
            asked.extend(args(more));
            let arch = platform.rsplit('/').next().unwrap();
            plans.push((member.clone(), example.plan(&member.target, &asked, arch).unwrap()));
        }
    }
    plans
}

/// The plans of all variants without more arguments.
static PLANS: LazyLock<Vec<(Member, Plan)>> = LazyLock::new(|| plans_of(&example(), &[]));

fn processes(stage: &Stage) -> Vec<&Process> {
    let steps = stage.all_steps().into_iter();
    steps
        .filter_map(|step| match &step.action {
            Action::Run(process) => Some(process.as_ref()),
            _ => None,
        })
        .collect()
}

fn script(process: &Process) -> String {
    match &process.script {
        Script::Run { text, .. } => text.clone(),
        Script::Exec(words) => words.join(" "),
    }
}

/// The secrets of a process, and whether the build fails without them.
fn secrets(process: &Process) -> BTreeSet<(&str, bool)> {
    let secret = |kind: &'_ MountKind| match kind {
        MountKind::SecretFile { id, required, .. } | MountKind::SecretEnv { id, required, .. } => {
            Some((id.clone(), *required))
        }
        _ => None,
    };
    let known = ["pip-index-url", "uv-default-index", "pypi-netrc", "aws-web-identity-token", "aws-role-arn"];
    let found = process.mounts.iter().filter_map(|mount| secret(&mount.kind));
    found.map(|(id, required)| (*known.iter().find(|known| **known == id).unwrap(), required)).collect()
}

#[test]
fn the_check_finds_nothing() {
    assert_eq!(example().findings(), [""; 0]);
    let mut all = example();
    for (name, value) in [("sccache", "true"), ("sccache_bucket", "objects"), ("modelexpress", "true")] {
        all.query.args.insert(name.to_owned(), value.to_owned());
    }
    assert_eq!(all.findings(), [""; 0]);
}

#[test]
fn the_matrix_has_the_37_combinations_of_the_project_with_their_platforms_and_tags() {
    assert_eq!(allowed().len(), 37);
    let mut found = BTreeSet::new();
    for member in example().members().iter().filter(|member| is_image(member)) {
        let (framework, device) = (axis(member, "framework"), axis(member, "device"));
        let platforms: &[&str] =
            if device == "xpu" { &["linux/amd64"] } else { &["linux/amd64", "linux/arm64"] };
        assert_eq!(member.platforms, platforms, "{framework} {device}");
        let efa = axis(member, "efa") == "yes";
        let device_in_tag = if device.starts_with("cuda") { "cuda13" } else { device };
        let efa_in_tag = if efa { "-efa" } else { "" };
        let tag =
            format!("ai-dynamo/dynamo:0123456-{framework}-{}{efa_in_tag}-{device_in_tag}", member.target);
        assert_eq!(member.tags, [tag]);
        if !efa {
            found.insert([framework, device, &member.target].map(str::to_owned));
        }
    }
    assert_eq!(found, allowed());
}

#[test]
fn efa_is_for_images_with_cuda_that_serve_models_or_build_them() {
    let members = example().members();
    let with_efa = members.iter().filter(|member| is_image(member) && axis(member, "efa") == "yes");
    let found: BTreeSet<Combination> = with_efa
        .map(|member| [axis(member, "framework"), axis(member, "device"), &member.target].map(str::to_owned))
        .collect();
    let serves = ["runtime", "dev", "local-dev"];
    let expected = allowed()
        .into_iter()
        .filter(|[_, device, target]| device.starts_with("cuda") && serves.contains(&target.as_str()));
    assert_eq!(found, expected.collect());
    assert_eq!(found.len(), 12);
}

#[test]
fn licences_and_sources_are_files_beside_the_images() {
    let dests: BTreeSet<String> = example()
        .members()
        .into_iter()
        .filter_map(|member| match member.delivery.output {
            Output::Files { kind, dest } => {
                assert_eq!((kind.as_str(), member.tags.len()), ("local", 0), "{dest}");
                Some(dest)
            }
            Output::Image => None,
        })
        .collect();
    let mut expected: Vec<String> = Vec::new();
    for (framework, devices, _) in ALLOWED {
        for device in devices {
            let suffix = if device.starts_with("cuda") { "cuda13" } else { device };
            expected.extend(
                ["compliance", "sources"].map(|what| format!("out/{framework}-runtime-{suffix}-{what}")),
            );
        }
        if devices[0].starts_with("cuda") {
            expected.push(format!("out/{framework}-runtime-efa-cuda13-compliance"));
        }
    }
    for target in ["frontend", "planner"] {
        expected.extend(["compliance", "sources"].map(|what| format!("out/{target}-{what}")));
    }
    assert_eq!(dests, expected.into_iter().collect());
}

#[test]
fn of_the_whole_product_exactly_what_the_project_allows_can_be_planned() {
    let (example, allowed) = (example(), allowed());
    // One platform, the other, or both.
    let mut with_platforms = 0;
    for (framework, _, _) in ALLOWED {
        for device in DEVICES {
            for target in OF_DYNAMO {
                let asked = args(&[("framework", framework), ("device", device), ("efa", "no")]);
                let is = ["amd64", "arm64"].map(|arch| example.plan(target, &asked, arch).is_ok());
                let exists = allowed.contains(&[framework, device, target].map(str::to_owned));
                assert_eq!(is, [exists, exists && device != "xpu"], "{framework} {device} {target}");
                with_platforms += match is {
                    [true, true] => 3,
                    [true, false] => 1,
                    _ => 0,
                };
            }
        }
    }
    assert_eq!(with_platforms, 91);
}

#[test]
fn what_the_rules_exclude_is_refused_with_its_reason() {
    let example = example();
    let check = |target: &str, pairs: &[(&str, &str)], arch: &str, reason: &str| {
        let words = example.plan(target, &args(pairs), arch).map(drop).unwrap_err();
        assert!(words.contains(reason), "{words}");
    };
    check(
        "runtime",
        &[("framework", "vllm"), ("device", "cuda13.1")],
        "amd64",
        "vLLM is built for CUDA 13.0",
    );
    check("dev", &[("framework", "trtllm"), ("device", "cuda13.0")], "amd64", "for CUDA 13.1 only");
    check("base", &[("framework", "sglang"), ("device", "cpu")], "amd64", "no image for processors alone");
    check("base", &[("framework", "dynamo"), ("device", "xpu")], "amd64", "for CUDA 13.0 only");
    check("planner", &[("framework", "sglang")], "amd64", "have no framework in them");
    check("runtime", &[("framework", "vllm"), ("device", "xpu")], "arm64", "for x86-64 only");
    check("runtime", &[("device", "cpu"), ("efa", "yes")], "amd64", "needs CUDA");
    check("wheel_builder", &[("efa", "yes")], "amd64", "only images that serve models use EFA");
}

#[test]
fn no_script_asks_for_the_device_or_the_machine() {
    let mut count = 0;
    for (member, plan) in PLANS.iter() {
        for stage in plan.stages.iter() {
            for process in processes(stage) {
                count += 1;
                let script = script(process);
                for word in ["DEVICE", "TARGETARCH", "uname", "FRAMEWORK", "CUDA_VERSION", "\ncase "] {
                    assert!(!script.contains(word), "{} {}: {script}", member.target, stage.name);
                }
                let compiled = COMPILED.contains(&stage.name.as_str());
                assert!(!compiled || !script.contains("if "), "{} {}: {script}", member.target, stage.name);
            }
        }
    }
    assert!(count > 1000, "only {count} scripts");
}

#[test]
fn each_device_has_its_options_of_ucx_and_nixl() {
    let example = example();
    let scripts = |device: &str, arch: &str| {
        let plan = example.plan("wheel_builder", &args(&[("framework", "vllm"), ("device", device)]), arch);
        let plan = plan.unwrap();
        let of_stage = |name: &str| {
            let stage = plan.stages.iter().find(|stage| stage.name == name).unwrap();
            processes(stage).into_iter().map(script).collect::<Vec<_>>().join("\n")
        };
        (of_stage("libraries"), of_stage("nixl"))
    };
    let has = |text: &str, words: &[&str], others: &[&str]| {
        for word in words {
            assert!(text.contains(word), "no {word} in {text}");
        }
        for word in others {
            assert!(!text.contains(word), "{word} in {text}");
        }
    };
    let (ucx, nixl) = scripts("cuda13.0", "arm64");
    has(
        &ucx,
        &["--with-cuda=/usr/local/cuda", "--with-gdrcopy", "--with-efa", "libfabric"],
        &["--with-ze", "--without-cuda"],
    );
    has(&nixl, &["-Dlibfabric_path", "--prefix=/opt/nvidia/nvda_nixl"], &[]);
    let (ucx, nixl) = scripts("xpu", "amd64");
    has(
        &ucx,
        &["--with-ze", "--with-dm", "--with-efa", "--without-cuda"],
        &["--with-cuda", "--with-gdrcopy", "libfabric"],
    );
    has(&nixl, &["--prefix=/opt/intel/intel_nixl"], &["-Dlibfabric_path", "-Dcudapath"]);
    let (ucx, nixl) = scripts("cpu", "arm64");
    has(&ucx, &["--without-cuda", "--with-verbs"], &["--with-ze", "--with-dm", "--with-efa", "libfabric"]);
    has(&nixl, &["--prefix=/opt/nvidia/nvda_nixl"], &["-Dlibfabric_path", "-Dcudapath"]);
}

/// What a script calls if it installs or builds Python packages, or compiles.
const INSTALLS: [&str; 4] = ["uv pip install", "uv venv", "uv build", "pip wheel"];
const COMPILES: [&str; 4] = ["make -j", "ninja -C", "maturin build", "meson setup"];

#[test]
fn what_fetches_python_packages_has_the_index_and_nothing_else_has_it() {
    let index: BTreeSet<_> =
        [("pip-index-url", false), ("uv-default-index", false), ("pypi-netrc", false)].into();
    let mut count = 0;
    for (member, plan) in PLANS.iter() {
        for process in plan.stages.iter().flat_map(processes) {
            let script = script(process);
            let installs =
                INSTALLS.iter().any(|call| script.contains(call)) || script.contains("maturin build");
            let expected = if installs { index.clone() } else { BTreeSet::new() };
            assert_eq!(secrets(process), expected, "{}: {script}", member.target);
            count += usize::from(installs);
        }
    }
    assert!(count > 500, "only {count} installations");
}

#[test]
fn secrets_of_the_index_that_a_build_requires_are_in_the_file_for_bake() {
    let secrets = |value: &str| {
        let mut example = example();
        example.query.args.insert("index_secrets".to_owned(), value.to_owned());
        let members = example.members();
        let runtime = members.into_iter().filter(|member| member.target == "runtime");
        let needs = runtime.map(|member| {
            let required = member.needs.secrets.into_iter().filter(|need| need.required);
            required.map(|need| need.id).collect::<Vec<_>>()
        });
        needs.collect::<BTreeSet<_>>()
    };
    assert_eq!(secrets(""), [Vec::new()].into());
    let both = ["pip-index-url", "pypi-netrc"].map(str::to_owned).to_vec();
    assert_eq!(secrets("pip-index-url,pypi-netrc"), [both].into());
}

#[test]
fn images_for_tests_have_a_tag_that_says_so() {
    let mut example = example();
    example.query.args.insert("test".to_owned(), "true".to_owned());
    for member in example.members().iter().filter(|member| is_image(member)) {
        let [tag] = member.tags.as_slice() else { panic!("{:?}", member.tags) };
        assert_eq!(tag.contains("-efa-test-"), axis(member, "efa") == "yes", "{tag}");
        assert!(
            tag.contains("-test-cuda13") || tag.ends_with("-test-xpu") || tag.ends_with("-test-cpu"),
            "{tag}"
        );
    }
}

#[test]
fn what_compiles_asks_the_cache_if_the_build_has_one() {
    let cache: BTreeSet<_> = [("aws-web-identity-token", true), ("aws-role-arn", true)].into();
    // Before there are compilers, and the fragile build of a package.
    let not = ["./configure --prefix=/usr/local --disable-nvml", "build-rpm-packages"];
    let mut count = 0;
    for (member, plan) in plans_of(&example(), &[("sccache", "true"), ("sccache_bucket", "objects")]) {
        for stage in plan.stages.iter().filter(|stage| COMPILED.contains(&stage.name.as_str())) {
            for process in processes(stage) {
                let script = script(process);
                let compiles = COMPILES.iter().any(|call| script.contains(call))
                    && !not.iter().any(|call| script.contains(call));
                let found = secrets(process);
                assert_eq!(found.is_superset(&cache), compiles, "{} {}: {script}", member.target, stage.name);
                // Meson would take `sccache nvcc` for a compiler.
                let for_cmake = process.env.iter().any(|env| env.name == "CMAKE_CUDA_COMPILER_LAUNCHER");
                let cmake = script.contains("cmake ") || script.contains("maturin build");
                assert_eq!(for_cmake, compiles && cmake, "{} {}: {script}", member.target, stage.name);
                count += usize::from(compiles);
            }
        }
    }
    assert!(count > 200, "only {count} compilations");
}

#[test]
fn the_image_of_tensorrt_llm_alone_is_one_layer() {
    for (member, plan) in PLANS.iter() {
        let flat: Vec<&str> = plan
            .stages
            .iter()
            .filter(|stage| stage.flatten == Flatten::All)
            .map(|stage| stage.name.as_str())
            .collect();
        let one_layer = axis(member, "framework") == "trtllm"
            && ["runtime", "dev", "local-dev"].contains(&member.target.as_str());
        assert_eq!(flat, if one_layer { vec!["runtime"] } else { Vec::new() }, "{}", member.target);
    }
}

#[test]
fn the_user_of_local_dev_is_that_of_the_machine() {
    let asked = args(&[("framework", "vllm"), ("user_uid", "1234"), ("user_gid", "100")]);
    let plan = example().plan("local-dev", &asked, "amd64").unwrap();
    let stage = plan.stages.iter().find(|stage| stage.name == "local-dev").unwrap();
    let change = processes(stage).into_iter().find(|process| script(process).contains("usermod")).unwrap();
    let values: Vec<String> = change.env.iter().map(|env| format!("{}={:?}", env.name, env.change)).collect();
    assert_eq!(values, ["USER_UID=Set(\"1234\")", "USER_GID=Set(\"100\")"]);
}

#[test]
fn a_stage_for_arm64_compiles_what_has_no_wheel() {
    let crick = |arch: &str| {
        let plan = example().plan("frontend", &args(&[("framework", "dynamo")]), arch).unwrap();
        let stage = plan.stages.iter().find(|stage| stage.name == "crick").unwrap();
        processes(stage).len()
    };
    assert_eq!((crick("amd64"), crick("arm64")), (0, 1));
}

/// Parts that few axes change: what the name of a vertex for amd64 has in it, the number of different ones.
const SHARED: [(&str, usize); 5] = [
    ("[rust 3/3]", 1),
    ("[services 2/3]", 1),
    ("[services 3/3]", 1),
    // One for each CUDA, each base for Intel, and the processor.
    ("] protoc 25.3", 5),
    ("] UCX v1.20.x", 5),
];

#[test]
fn every_variant_is_lowered_and_what_the_images_share_is_made_once() {
    let example = example();
    let mut digests: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let (mut all, mut count) = (BTreeSet::new(), 0);
    for member in example.members() {
        let vertices = example.vertices(&member.target, &member.args, "linux/amd64");
        for (part, _) in SHARED {
            let of_part = vertices.iter().filter(|(_, name)| name.contains(part));
            digests.entry(part).or_default().extend(of_part.map(|(digest, _)| digest.clone()));
        }
        count += vertices.len();
        all.extend(vertices.into_keys());
    }
    let found: Vec<(&str, usize)> = SHARED.map(|(part, _)| (part, digests[part].len())).to_vec();
    assert_eq!(found, SHARED);
    assert!(all.len() * 4 < count, "{} of {count} vertices differ", all.len());
}

#[test]
fn every_variant_is_planned_as_before() {
    let members = example().members();
    let workspace = Machine::read().unwrap().workspace;
    let file = workspace.join("examples/dynamo/image.yaml").display().to_string();
    // What the platform changes is the same for all frameworks.
    for (framework, platform) in [
        ("vllm", "linux/amd64"),
        ("sglang", "linux/amd64"),
        ("trtllm", "linux/arm64"),
        ("dynamo", "linux/amd64"),
    ] {
        // dev and local-dev stand on runtime, with EFA and without.
        let of_framework = members.iter().filter(|member| {
            axis(member, "framework") == framework
                && (axis(member, "efa") != "yes"
                    || ["runtime", "compliance"].contains(&member.target.as_str()))
        });
        let snapshot = workspace.join(format!("tests/tests/repository/dynamo/{framework}.txt"));
        expect_file![snapshot].assert_eq(&plans::shown(&file, of_framework.map(|member| (member, platform))));
    }
}
