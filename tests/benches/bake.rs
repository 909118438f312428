//! Measures what `docker buildx bake` runs for a matrix: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench bake`.
//!
//! The 48 members of RAPIDS in `edits/rapids.md` are built at once, with the file that `varve bake` writes, and then with their Dockerfile
//! and the same axes as build arguments. Nothing is cached before. The result is how often each work ran.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use varve_tests::command::output_of;
use varve_tests::member::{Member, Side};
use varve_tests::work::{self, Count};
use varve_tests::{Engine, Outcome, stamp};

/// The build arguments of the Dockerfile, by axis.
const ARGUMENTS: [(&str, &str); 3] = [("cuda", "CUDA_VER"), ("linux", "LINUX_VER"), ("python", "PYTHON_VER")];

fn main() -> Result<()> {
    let engine = Engine::get()?;
    let member = Member::read(include_str!("edits/rapids.md"))?;
    let folder = tempfile::tempdir()?;
    for (path, content) in member.context() {
        fs::write(folder.path().join(path), content)?;
    }
    // Nothing is cached from a run before, and no side uses what the other has.
    for (side, file) in [(Side::Yaml, "image.yaml"), (Side::Dockerfile, "Dockerfile")] {
        fs::write(folder.path().join(file), member.text(side, &format!("{}-{file}", stamp()))?)?;
    }
    let path = folder.path().join("image.yaml").display().to_string();
    let answer = varve_cli::run(["bake", &path].map(str::to_owned), varve_cli::Colours::default());
    let ours: Value = serde_json::from_slice(&answer.out).with_context(|| answer.err.clone())?;
    let mut theirs = ours.clone();
    let targets = theirs["target"].as_object_mut().context("no targets")?;
    let members = targets.len();
    for target in targets.values_mut() {
        target["dockerfile"] = "Dockerfile".into();
        let of = |(axis, argument): (&str, &str)| (argument.to_owned(), target["args"][axis].clone());
        let arguments = ARGUMENTS.map(of);
        target["args"] = Value::Object(arguments.into_iter().collect());
    }
    let (ours, our_time) = baked(engine, folder.path(), &ours)?;
    let (theirs, their_time) = baked(engine, folder.path(), &theirs)?;
    say("| work | ours: processes | ours: distinct | Dockerfile: processes |\n|---|---|---|---|");
    for work in &member.works {
        let (ours, theirs) = (ours[&work.name], theirs.get(&work.name).copied().unwrap_or_default());
        say(&format!("| {} | {} | {} | {} |", work.name, ours.processes, ours.vertices, theirs.processes));
    }
    let (ran, distinct, of_dockerfile) = (sum(&ours).processes, sum(&ours).vertices, sum(&theirs).processes);
    say(&format!("| all | {ran} | {distinct} | {of_dockerfile} |"));
    let bases = ours["base"].vertices;
    say(&format!(
        "{members} members on {bases} bases. Ours runs {:.2} of the work of the Dockerfile; bases by members are {:.2}. {:.0} s, and {:.0} s \
         for the Dockerfile.",
        ran as f64 / of_dockerfile as f64,
        bases as f64 / members as f64,
        our_time.as_secs_f64(),
        their_time.as_secs_f64()
    ));
    say(&format!("{} processes ran a second time.", ran - distinct));
    Ok(())
}

/// Builds all targets at once. Returns how often each work ran, and the time.
fn baked(engine: &Engine, folder: &Path, file: &Value) -> Result<(BTreeMap<String, Count>, Duration)> {
    fs::write(folder.join("docker-bake.json"), file.to_string())?;
    let mut command = engine.docker();
    command.current_dir(folder).args(["buildx", "bake", "--progress=rawjson", "--allow=fs=*"]);
    command.args(["--provenance=false", "--set=*.output=type=cacheonly"]);
    let start = Instant::now();
    let outcome = Outcome::of("docker buildx bake", &output_of(&mut command)?).success()?;
    Ok((work::counts(&outcome), start.elapsed()))
}

fn sum(counts: &BTreeMap<String, Count>) -> Count {
    let add = |sum: Count, count: &Count| Count {
        processes: sum.processes + count.processes,
        vertices: sum.vertices + count.vertices,
    };
    counts.values().fold(Count::default(), add)
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
