//! `docs/tutorial.md`: every file in it is built and gives the output that the page shows.

use std::collections::BTreeMap;
use std::fs;

use varve_tests::demo::{not_cached, on_bases};
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, compare};

/// The fenced blocks of the page, by heading and info string, in order.
fn blocks() -> BTreeMap<(String, String), Vec<String>> {
    let path = Machine::read().unwrap().workspace.join("docs/tutorial.md");
    let mut blocks: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let (mut heading, mut open) = (String::new(), None);
    for line in fs::read_to_string(path).unwrap().lines() {
        match (line.strip_prefix("```"), &open) {
            (Some(kind), None) => {
                let key = (heading.clone(), kind.to_owned());
                blocks.entry(key.clone()).or_default().push(String::new());
                open = Some(key);
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(key)) => {
                let text = blocks.get_mut(key).and_then(|blocks| blocks.last_mut()).unwrap();
                text.extend([line, "\n"]);
            }
            (None, None) => heading = line.strip_prefix("## ").map_or(heading, str::to_owned),
        }
    }
    blocks
}

/// A block below a heading.
fn block(heading: &str, kind: &str, index: usize) -> String {
    let key = (heading.to_owned(), kind.to_owned());
    blocks().get(&key).and_then(|blocks| blocks.get(index)).unwrap_or_else(|| panic!("{key:?}")).clone()
}

/// A build of the file below a heading, on the engine's base images in place of the public ones.
fn build(heading: &str, kind: &str) -> Build {
    let program = block("The Dockerfile", "python", 0);
    on_bases(&Build::yaml(&block(heading, kind, 0)).with("hello.py", program))
}

/// Builds an image, runs a container and compares its output with the page.
fn says(engine: &Engine, build: &Build, expected: &str) {
    assert_eq!(build.load(engine).unwrap().run(&[]).unwrap().success().unwrap(), expected);
}

#[test]
fn the_same_image() {
    let engine = Engine::get().unwrap();
    let ours = build("The same image", "yaml image");
    says(engine, &ours, &block("The same image", "text", 0));
    let dockerfile = block("The Dockerfile", "dockerfile", 0);
    let program = block("The Dockerfile", "python", 0);
    let theirs = on_bases(&Build::dockerfile(&dockerfile).with("hello.py", program));
    assert_eq!(compare(&ours.image(engine).unwrap(), &theirs.image(engine).unwrap()), [""; 0]);
}

#[test]
fn mistakes() {
    let words = build("Mistakes", "yaml wrong").run(Engine::get().unwrap()).unwrap().failure().unwrap();
    for line in block("Mistakes", "text", 0).lines() {
        assert!(words.contains(line), "{line}: {words}");
    }
}

#[test]
fn a_second_system() {
    let engine = Engine::get().unwrap();
    let build = build("A second system", "yaml image");
    says(engine, &build.clone().arg("os", "trixie"), &block("A second system", "text", 0));
    let words = build.arg("os", "trixy").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("trixie"), "{words}");
}

#[test]
fn a_device() {
    let engine = Engine::get().unwrap();
    let build = build("A device", "yaml image");
    let shared = build.clone().arg("device", "cpu").run(engine).unwrap().success().unwrap();
    let cuda = build.clone().arg("device", "cuda").platform("linux/amd64");
    let all = cuda.run(engine).unwrap().success().unwrap();
    // The steps of the other device are cached, whether or not this one was built before.
    let anew = not_cached(&all.vertices);
    assert!(anew.iter().all(|step| step.contains("a library")), "{anew:?}");
    says(engine, &cuda, &block("A device", "text", 0));
    assert_eq!(shared.named("a library").len(), 0);
    assert_eq!(all.named("a library").len(), 1);
    let words = build.arg("device", "cuda").platform("linux/arm64").run(engine).unwrap().failure().unwrap();
    assert!(words.contains(block("A device", "text", 1).trim_end()), "{words}");
}

#[test]
fn two_stages() {
    let engine = Engine::get().unwrap();
    says(engine, &build("Two stages", "yaml image"), &block("Two stages", "text", 0));
}

#[test]
fn what_is_published() {
    let engine = Engine::get().unwrap();
    let build = build("What is published", "yaml image");
    let matrix = build.call(engine, "matrix").unwrap().success().unwrap().stdout;
    for tag in block("What is published", "text", 0).lines() {
        assert!(matrix.contains(tag), "{tag}: {matrix}");
    }
    build.call(engine, "check").unwrap().success().unwrap();
    build.arg("os", "trixie").run(engine).unwrap().success().unwrap();
}
