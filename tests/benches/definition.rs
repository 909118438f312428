//! Measures the time from text to encoded definition, in one process: `cargo bench -p varve-tests --bench definition`.
//!
//! It measures two files: one with only scripts, for comparison with Docker's converter, and one with a mix of steps. It prints
//! medians of 10 runs with the smallest and the largest. `-- memory N` runs once with N steps of the mix and prints the peak
//! memory. `-- once plain N` and `-- once mixed N` run once, for tools that count instructions.

#[path = "support/family.rs"]
mod family;
#[path = "support/samples.rs"]
mod samples;
#[path = "support/way.rs"]
mod way;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::process::Command;

use samples::Samples;
use varve_spec::{Platform, Selection, Sources};

const RUNS: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, steps, ..] if mode == "memory" => {
            black_box(way::all(&family::mixed(number(steps))));
            say(&format!("{}", peak()));
        }
        [mode, kind, steps, ..] if mode == "once" => {
            let text = if kind == "plain" { family::plain } else { family::mixed };
            black_box(way::all(&text(number(steps))));
        }
        _ => table(),
    }
}

fn table() {
    say("one stage             median         (least to most)     of Docker's converter");
    // The milliseconds of BuildKit's `dockerfile2llb`, in Go, on the machine of docs/performance.md.
    for (steps, docker) in [(50, 1.63), (1_000, 87.6), (5_000, 2_222.0)] {
        let samples = of_all(&family::plain(steps));
        let share = docker / (samples.median().as_secs_f64() * 1e3);
        say(&format!("{steps:>5} scripts  {}  1/{share:.0}", samples.shown()));
    }
    for steps in [50, 1_000, 5_000] {
        say(&format!("{steps:>5} mixed    {}", of_all(&family::mixed(steps)).shown()));
    }
    variants();
    phases(1_000);
    for steps in [50, 1_000, 5_000] {
        let own = std::env::current_exe().expect("the path of this program");
        let output =
            Command::new(own).args(["memory", &steps.to_string()]).output().expect("this program runs");
        let bytes: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0.0);
        say(&format!("memory, {steps:>5} steps: {:.1} MB", bytes / 1e6));
    }
}

/// The times from text to definition.
fn of_all(text: &str) -> Samples {
    Samples::of(RUNS, || {
        black_box(way::all(black_box(text)));
    })
}

fn variants() {
    let (text, variants) = family::of_a_thousand();
    let sources = Sources::single("image.yaml", text);
    let samples = Samples::of(RUNS, || {
        let family = way::read(&sources);
        for args in &variants {
            let args = args.iter().cloned().collect::<BTreeMap<_, _>>();
            let selection = Selection { args, ..Selection::new(Platform::new("linux", "amd64")) };
            let plan = way::plan(&family, &selection);
            let (graph, lowered) = way::lowered(&plan, &sources);
            black_box(way::encoded(&graph, &lowered, &sources));
        }
    });
    say(&format!("{} variants of 50 steps  {}", variants.len(), samples.shown()));
}

fn phases(steps: usize) {
    let text = family::mixed(steps);
    let sources = Sources::single("image.yaml", text.as_str());
    let selection = Selection::new(Platform::new("linux", "amd64"));
    let family = way::read(&sources);
    let plan = way::plan(&family, &selection);
    let (graph, lowered) = way::lowered(&plan, &sources);
    let root = varve_spec::SourceId::default();
    let phase = |name: &str, samples: Samples| say(&format!("{name:<16} {}", samples.shown()));
    say(&format!("phases at {steps} steps of the mix"));
    phase("parse", Samples::of(RUNS, || drop(black_box(varve_spec::yaml::parse(root, black_box(&text))))));
    phase("parse and read", Samples::of(RUNS, || drop(black_box(way::read(&sources)))));
    phase("select and plan", Samples::of(RUNS, || drop(black_box(way::plan(&family, &selection)))));
    phase("lower", Samples::of(RUNS, || drop(black_box(way::lowered(&plan, &sources)))));
    phase("encode", Samples::of(RUNS, || drop(black_box(way::encoded(&graph, &lowered, &sources)))));
}

fn number(text: &str) -> usize {
    text.parse().expect("a number of steps")
}

/// Returns the peak memory of this process, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
