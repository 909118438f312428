//! Measures the first build of a builder: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench cold`.
//!
//! The builder is an engine of its own, whose store is emptied before each build. So it pulls the frontend image from a registry on the
//! loopback address, unpacks and starts it, and builds an image of one copied file. It builds with varve and, if the shared engine has its
//! image, with Docker's frontend image. The builds take turns. The result is the ratio of the medians.

#[path = "support/turns.rs"]
mod turns;

use std::time::{Duration, Instant};

use turns::{DOCKERS, say};
use varve_tests::command::stdout_of;
use varve_tests::engine::frontend::IMAGE;
use varve_tests::{Build, Engine, Registry, Spare};

const RUNS: usize = 10;

fn main() {
    let shared = Engine::get().expect("an engine");
    let Some(spare) = Spare::new().expect("a folder for an engine") else { return };
    let engine = spare.up_bare().expect("an empty engine");
    let registry = Registry::start(shared).expect("a registry");
    let push = |image: &str, name: &str| registry.push(shared, image, name).expect("a push");
    let ours = push(IMAGE, "frontend:dev");
    let steps = "stages: {app: {from: scratch, steps: [{copy: image.yaml /}]}}\n";
    let mut names = vec![IMAGE];
    let mut builds = vec![Build::yaml(&format!("# syntax={ours}\n{steps}"))];
    if shared.image_id(DOCKERS).is_some() {
        let dockers = push(DOCKERS, "dockerfile:1");
        names.push(DOCKERS);
        builds.push(Build::dockerfile(&format!("# syntax={dockers}\nFROM scratch\nCOPY Dockerfile /\n")));
    } else {
        say(&format!("{DOCKERS} is not at hand: without it"));
    }
    turns::compare("cold", &names, RUNS, |build| {
        stdout_of(engine.docker().args(["builder", "prune", "--all", "--force"])).expect("an empty store");
        time(&builds[build], &engine)
    });
}

/// The time of a build that pulls its frontend.
fn time(build: &Build, engine: &Engine) -> Duration {
    let start = Instant::now();
    let outcome = build.run(engine).and_then(|outcome| outcome.success()).expect("a build");
    let time = start.elapsed();
    let pulled = outcome.named("docker-image://127.0.0.1").into_iter().any(|vertex| !vertex.cached);
    assert!(pulled, "the store had the frontend image: {:?}", outcome.vertices);
    time
}
