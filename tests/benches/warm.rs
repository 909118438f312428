//! Measures a build whose steps are all cached: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench warm`.
//!
//! It builds with varve, with the engine's own Dockerfile frontend and, if the engine has its image, with Docker's frontend image,
//! which a `# syntax=` line names. These builds take turns, thirty times each. The result is the ratio of the medians.

#[path = "support/turns.rs"]
mod turns;

use std::time::{Duration, Instant};

use turns::{DOCKERS, say};
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine};

const RUNS: usize = 30;
const YAML: &str = "\
# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps: [{run: echo a > /a}]
";
const DOCKERFILE: &str = "FROM varve.test/debian:12\nRUN echo a > /a\n";

fn main() {
    let engine = Engine::get().expect("an engine");
    let machine = Machine::read().expect("a machine");
    let programs = frontend::Programs::build(&machine).expect("the programs");
    for (name, program) in [("varve-frontend", programs.frontend), ("varve-rootfs", programs.rootfs)] {
        let size = std::fs::metadata(program).expect("its size").len();
        say(&format!("{name:<28} {size:>9} bytes ({})", machine.profile));
    }
    let mut names = vec!["varve/frontend:dev", "built-in Dockerfile"];
    let mut builds = vec![Build::yaml(YAML), Build::dockerfile(DOCKERFILE)];
    if engine.image_id(DOCKERS).is_some() {
        names.push(DOCKERS);
        builds.push(Build::dockerfile(&format!("# syntax={DOCKERS}\n{DOCKERFILE}")));
    } else {
        say(&format!("{DOCKERS} is not at hand: without it"));
    }
    let once = |build: usize| -> Duration {
        let start = Instant::now();
        builds[build].run(engine).and_then(|outcome| outcome.success()).expect("a build");
        start.elapsed()
    };
    // From here on, all steps are cached.
    (0..builds.len()).map(once).for_each(drop);
    turns::compare("warm", &names, RUNS, once);
}
