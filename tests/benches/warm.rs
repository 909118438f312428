//! A build in which nothing is left to do, through the frontend and through the engine's own Dockerfile frontend:
//! `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench warm`.
//!
//! The two take turns, ten times, so that what else the machine does falls on both; the ratio of the medians is what counts.

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

fn main() {
    let engine = Engine::get().expect("an engine");
    let machine = Machine::read().expect("a machine");
    let size = std::fs::metadata(frontend::binary(&machine).expect("the binary")).expect("its size").len();
    let [ours, theirs] = [Build::yaml(YAML), Build::dockerfile(DOCKERFILE)];
    let once = |build: &Build| {
        let start = Instant::now();
        build.run(engine).and_then(|outcome| outcome.success()).expect("a build");
        start.elapsed()
    };
    once(&ours);
    once(&theirs);
    let (ours, theirs): (Vec<_>, Vec<_>) = (0..RUNS).map(|_| (once(&ours), once(&theirs))).unzip();
    let [ours, theirs] = [median(ours), median(theirs)];
    let report = format!(
        "binary of the frontend image      {size:>9} bytes ({})\n\
         warm build, varve/frontend:dev    {ours:>9.0} ms\n\
         warm build, built-in Dockerfile   {theirs:>9.0} ms\n\
         ratio of the medians              {:>9.2}\n",
        machine.profile,
        ours / theirs
    );
    std::io::stdout().write_all(report.as_bytes()).expect("standard output");
}

/// The time in the middle, in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
