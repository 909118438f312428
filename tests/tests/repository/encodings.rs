//! Builds every example 25 times with the same axes, target and platform. All calls to the daemon are equal, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use buildkit_gateway::{Call, FakeBridge, Outcome, Platform, Session, Status, Worker};
use varve_spec::{Family, Sources, missing_includes};
use varve_tests::machine::Machine;

const TIMES: usize = 25;
/// The number of choices for each example, spread over all of them.
const CHOICES: usize = 12;
const FILE: &str = "image.yaml";
/// The configuration of every image. The digest is derived from the name.
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin","LANG=C"],"Labels":{"a":"b"}},"history":[]}"#;

/// An example: its name and its files.
struct Example {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
}

fn examples() -> Vec<Example> {
    let root = Machine::read().unwrap().workspace.join("examples");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.join(FILE).exists());
    folders.sort();
    let example = |folder: &PathBuf| {
        let mut files = BTreeMap::new();
        read_files(folder, folder, &mut files);
        Example { name: folder.file_name().unwrap().to_string_lossy().into_owned(), files }
    };
    folders.iter().map(example).collect()
}

fn read_files(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_files(root, &path, files);
        } else if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// The build file with those that it includes.
fn sources(example: &Example) -> Sources {
    let text = |path: &str| String::from_utf8(example.files[path].clone()).unwrap();
    let mut sources = Sources::single(FILE, text(FILE));
    loop {
        let missing = missing_includes(&sources).unwrap();
        if missing.is_empty() {
            return sources;
        }
        for include in missing {
            sources.add(&include.path, text(&include.path));
        }
    }
}

/// The possible choices of a build, as options of the frontend.
fn choices(family: &Family) -> Vec<BTreeMap<String, String>> {
    let needed = family.args.iter().filter(|arg| arg.default.is_none());
    let needed = needed.map(|arg| (format!("build-arg:{}", arg.name), "1".to_owned()));
    let mut all = vec![needed.collect::<BTreeMap<_, _>>()];
    for axis in &family.axes {
        let key = format!("build-arg:{}", axis.name);
        all = with_each(&all, &key, axis.value_names());
    }
    let mut with_targets = all.clone();
    with_targets.extend(with_each(&all, "target", family.targets().chain(family.stages())));
    let all = with_each(&with_targets, "platform", ["linux/amd64", "linux/arm64", "linux/amd64,linux/arm64"]);
    let step = all.len().div_ceil(CHOICES);
    all.into_iter().step_by(step).collect()
}

fn with_each<'v>(
    all: &[BTreeMap<String, String>],
    key: &str,
    values: impl IntoIterator<Item = &'v str>,
) -> Vec<BTreeMap<String, String>> {
    let one = |value: &str, choice: &BTreeMap<String, String>| {
        let mut choice = choice.clone();
        choice.insert(key.to_owned(), value.to_owned());
        choice
    };
    values
        .into_iter()
        .flat_map(|value| all.iter().map(|choice| one(value, choice)).collect::<Vec<_>>())
        .collect()
}

/// All calls of a build to the daemon, and its outcome.
type Conversation = (Vec<Call>, Result<Outcome, Status>);

fn build(example: &Example, images: &[String], choice: &BTreeMap<String, String>) -> Conversation {
    let mut fake = FakeBridge::new();
    for (path, content) in &example.files {
        for source in ["local://dockerfile", "local://context"] {
            fake = fake.with_file(source, path, content.clone());
        }
    }
    for image in images {
        let digest =
            format!("sha256:{:0>64}", image.bytes().map(|byte| format!("{byte:x}")).collect::<String>());
        fake = fake.with_image_for_all(image, Some(&digest[..71]), CONFIG);
    }
    let mut opts = choice.clone();
    opts.extend([
        ("filename".to_owned(), FILE.to_owned()),
        ("source".to_owned(), "varve/frontend:dev".to_owned()),
    ]);
    let workers = vec![Worker { platforms: vec![Platform::new("linux", "amd64")], ..Worker::default() }];
    let program = "/varve".to_owned();
    let session = Session { opts, id: "session".to_owned(), workers, program, ..Session::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(varve_frontend::build(&fake, &session));
    (fake.calls(), outcome)
}

/// The images that a build resolves and that are not in the list yet.
fn unknown(calls: &[Call], images: &[String]) -> Vec<String> {
    let asked = calls.iter().filter_map(|call| match call {
        Call::ResolveImage(request) => Some(request.reference.canonical()),
        _ => None,
    });
    asked.filter(|reference| !images.contains(reference)).collect()
}

#[test]
fn twenty_five_encodings_of_every_example_are_the_same() {
    let examples = examples();
    assert!(!examples.is_empty());
    for example in &examples {
        let family = Family::read(&sources(example)).family.unwrap();
        let choices = choices(&family);
        let mut images = Vec::new();
        let mut built = 0;
        for choice in &choices {
            let mut first = build(example, &images, choice);
            loop {
                let new = unknown(&first.0, &images);
                if new.is_empty() {
                    break;
                }
                images.extend(new);
                first = build(example, &images, choice);
            }
            built += usize::from(first.1.is_ok());
            for time in 1..TIMES {
                let again = build(example, &images, choice);
                assert!(again == first, "{} {choice:?}: build {time} differs", example.name);
            }
        }
        assert!(built > 0, "{}: none of {} choices could be built", example.name, choices.len());
    }
}

#[test]
fn what_is_compared_tells_variants_apart() {
    let examples = examples();
    let example = examples.iter().find(|example| example.name == "quickstart").unwrap();
    let choice = |device: &str| BTreeMap::from([("build-arg:device".to_owned(), device.to_owned())]);
    let images = unknown(&build(example, &[], &choice("cpu")).0, &[]);
    let (cpu, cuda) = (build(example, &images, &choice("cpu")), build(example, &images, &choice("cuda")));
    assert!(cpu.1.is_ok() && cuda.1.is_ok(), "{:?} {:?}", cpu.1, cuda.1);
    assert!(cpu.0 != cuda.0);
}
