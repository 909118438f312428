//! Measures a build whose steps are all cached: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench warm`.
//!
//! It builds with varve, with the engine's own Dockerfile frontend and, if the engine has its image, with Docker's frontend image,
//! which a `# syntax=` line names. These builds take turns, ten times each, so that other work on the machine affects all of them.
//! The result is the ratio of the medians.

use std::io::Write as _;
use std::time::{Duration, Instant};

use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine};

const RUNS: usize = 10;
const YAML: &str = "\
# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps: [{run: echo a > /a}]
";
const DOCKERFILE: &str = "FROM varve.test/debian:12\nRUN echo a > /a\n";
/// Docker's frontend image.
const DOCKERS: &str = "docker/dockerfile:1";

fn main() {
    let engine = Engine::get().expect("an engine");
    let machine = Machine::read().expect("a machine");
    let programs = frontend::Programs::build(&machine).expect("the programs");
    for (name, program) in [("varve-frontend", programs.frontend), ("varve-rootfs", programs.rootfs)] {
        let size = std::fs::metadata(program).expect("its size").len();
        say(&format!("{name:<28} {size:>9} bytes ({})", machine.profile));
    }
    let mut builds = vec![
        ("varve/frontend:dev", Build::yaml(YAML)),
        ("built-in Dockerfile", Build::dockerfile(DOCKERFILE)),
    ];
    if engine.image_id(DOCKERS).is_some() {
        builds.push((DOCKERS, Build::dockerfile(&format!("# syntax={DOCKERS}\n{DOCKERFILE}"))));
    } else {
        say(&format!("{DOCKERS} is not at hand: without it"));
    }
    let once = |(_, build): &(_, Build)| {
        let start = Instant::now();
        build.run(engine).and_then(|outcome| outcome.success()).expect("a build");
        start.elapsed()
    };
    // From here on, all steps are cached.
    builds.iter().map(once).for_each(|_| {});
    let turns: Vec<Vec<Duration>> = (0..RUNS).map(|_| builds.iter().map(once).collect()).collect();
    let medians: Vec<f64> =
        (0..builds.len()).map(|build| median(turns.iter().map(|turn| turn[build]).collect())).collect();
    for ((name, _), time) in builds.iter().zip(&medians) {
        say(&format!("warm build, {name:<24} {time:>9.0} ms, ours {:.2} of it", medians[0] / time));
    }
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}

/// The median in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
