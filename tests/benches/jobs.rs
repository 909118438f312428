//! Measures what jobs before the members spare: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench jobs`.
//!
//! Several engines share a registry, and each is emptied before each job, as the machines of a CI system are. First every member is a job of its
//! own. Then the jobs of `varve jobs` come before the members, with the times that the first run measured. The result is how many processes
//! ran, how many seconds all jobs took together, and how long all of it took. The families have the shapes of RAPIDS and of TheRock, with
//! commands that sleep. Names after `--` select them.

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use varve_tests::command::{output_of, stdout_of};
use varve_tests::member::{Member, Side};
use varve_tests::{Engine, Outcome, Registry, Spare, stamp, work};

/// The number of engines.
const ENGINES: usize = 3;
/// The base image of the families, before it has the name of the registry.
const BASE: &str = "varve.test/debian:12";

/// A reduced `rocm_runtime` of TheRock: 4 systems, 6 GPU families and both ways to install. The system is prepared once for each system, a
/// tarball is downloaded once for each GPU family, and packages are installed for each pair. It is 10 systems and 68 releases there.
const THEROCK: &str = "\
# syntax=varve/frontend:dev
axes:
  os: [ubuntu24.04, debian12, alma8, sles15]
  gfx: [gfx94X, gfx950, gfx110X, gfx1151, gfx120X, gfx90a]
  method: [tarball, packages]
stages:
  tarball:
    from: varve.test/debian:12
    steps:
      - run: work(download ${{ gfx }})
      - run: work(unpack ${{ gfx }})
  runtime:
    from: varve.test/debian:12
    steps:
      - run: work(refresh ${{ os }})
      - run: work(system ${{ os }})
      - if: method == \"tarball\"
        then: [{copy: /work-unpack /opt/rocm/, from: tarball}]
        else:
          - run: work(repository ${{ os }})
          - run: work(install ${{ os }} ${{ gfx }})
      - run: work(links)
targets: {runtime: {platforms: [linux/amd64]}}
";

/// The times of the works of TheRock in seconds.
const THEROCK_COSTS: [(&str, f64); 7] = [
    ("download", 3.0),
    ("unpack", 2.0),
    ("refresh", 1.0),
    ("system", 4.0),
    ("repository", 1.0),
    ("install", 3.0),
    ("links", 0.4),
];

fn main() -> Result<()> {
    let selected: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let shared = Engine::get()?;
    let registry = Registry::start(shared)?;
    let base = registry.push(shared, BASE, "debian:12")?;
    let mut spares = Vec::new();
    for _ in 0..ENGINES {
        let Some(spare) = Spare::new()? else { return Ok(()) };
        spares.push(spare);
    }
    let engines = spares.iter().map(Spare::up).collect::<Result<Vec<_>>>()?;
    say("| family | members | jobs before them | processes | seconds, in sum | seconds, until all is done |");
    say("|---|---|---|---|---|---|");
    for (name, text) in [("RAPIDS", rapids()?), ("TheRock", therock()?)] {
        if selected.is_empty() || selected.iter().any(|word| word.eq_ignore_ascii_case(name)) {
            let family = Family::new(name, &text.replace(BASE, &base), &registry)?;
            family.measure(&engines)?;
        }
    }
    Ok(())
}

fn rapids() -> Result<String> {
    Member::read(include_str!("edits/rapids.md"))?.text(Side::Yaml, &stamp())
}

fn therock() -> Result<String> {
    let cost = |name: &str| {
        let found = THEROCK_COSTS.iter().find(|(work, _)| *work == name);
        Ok(Duration::from_secs_f64(found.with_context(|| name.to_owned())?.1))
    };
    work::with_commands(THEROCK, cost, &stamp())
}

/// A family in a folder.
struct Family<'r> {
    name: &'r str,
    folder: tempfile::TempDir,
    cache: String,
}

/// What jobs did.
#[derive(Default)]
struct Ran {
    processes: usize,
    seconds: f64,
    wall: f64,
    /// The events of all builds.
    log: String,
}

impl<'r> Family<'r> {
    fn new(name: &'r str, text: &str, registry: &Registry<'_>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("image.yaml"), text)?;
        fs::write(folder.path().join("pip.conf"), "pip")?;
        Ok(Self { name, folder, cache: format!("{}/{}", registry.address, name.to_ascii_lowercase()) })
    }

    fn varve(&self, words: &[&str]) -> Result<Value> {
        let file = self.folder.path().join("image.yaml").display().to_string();
        let words = words.iter().map(|word| (*word).to_owned()).chain([file]);
        let answer = varve_cli::run(words, varve_cli::Colours::default());
        ensure!(answer.code == 0, "{}", answer.err);
        Ok(serde_json::from_slice(&answer.out)?)
    }

    fn measure(&self, engines: &[Engine]) -> Result<()> {
        let members = self.varve(&["bake"])?;
        let names = names(&members, |name| !name.starts_with("wave"));
        fs::write(self.folder.path().join("bake.json"), members.to_string())?;
        let mut cold = Ran::default();
        self.wave(engines, "bake.json", &names, &mut cold)?;
        say(&self.row(names.len(), 0, &cold));
        let log = self.folder.path().join("log");
        fs::write(&log, &cold.log)?;

        let cache = format!("--cache={}", self.cache);
        let timings = format!("--timings={}", log.display());
        let runners = format!("--runners={}", engines.len());
        // The commands sleep, so their results have a few bytes, and each process is said to have as many as a real one.
        let machines = ["--start=1", "--parallel=4", "--rate=100000"];
        let words = |format| [&["jobs", format], &machines[..], &[&runners, &cache, &timings]].concat();
        let file = self.varve(&words("--format=bake"))?;
        fs::write(self.folder.path().join("jobs.json"), file.to_string())?;
        let mut ran = Ran::default();
        let mut jobs = 0;
        for wave in 1.. {
            let prefix = format!("wave{wave}-");
            let groups = file["group"].as_object().context("no groups")?;
            let wave: Vec<String> =
                groups.keys().filter(|group| group.starts_with(&prefix)).cloned().collect();
            if wave.is_empty() {
                break;
            }
            jobs += wave.len();
            self.wave(engines, "jobs.json", &wave, &mut ran)?;
        }
        self.wave(engines, "jobs.json", &names, &mut ran)?;
        say(&self.row(names.len(), jobs, &ran));
        let json = self.varve(&words("--format=json"))?;
        say(&format!(
            "{}: {}; without jobs {}, with jobs {}",
            self.name, json["processes"], json["without-jobs"], json["with-jobs"]
        ));
        Ok(())
    }

    fn row(&self, members: usize, jobs: usize, ran: &Ran) -> String {
        format!(
            "| {} | {members} | {jobs} | {} | {:.0} | {:.0} |",
            self.name, ran.processes, ran.seconds, ran.wall
        )
    }

    /// Runs targets or groups of a file for bake on the engines, each on an empty one. The next wave waits for all of them. The time in which
    /// an engine is emptied does not count.
    fn wave(&self, engines: &[Engine], file: &str, jobs: &[String], ran: &mut Ran) -> Result<()> {
        let queue = Mutex::new(jobs.iter().collect::<VecDeque<_>>());
        let work = |engine: &Engine| -> Result<Ran> {
            let mut ran = Ran::default();
            loop {
                let Some(job) = queue.lock().ok().and_then(|mut queue| queue.pop_front()) else {
                    return Ok(ran);
                };
                stdout_of(engine.docker().args(["builder", "prune", "--all", "--force"]))?;
                let mut command = engine.docker();
                command.current_dir(self.folder.path());
                command.args(["buildx", "bake", "--progress=rawjson", "--allow=fs=*", "--provenance=false"]);
                command.args(["--set=*.output=type=cacheonly", "--file", file, job]);
                let start = Instant::now();
                let output = output_of(&mut command)?;
                let time = start.elapsed().as_secs_f64();
                let outcome = Outcome::of(job, &output).success()?;
                ran.processes += work::counts(&outcome).values().map(|count| count.processes).sum::<usize>();
                ran.seconds += time;
                ran.log += &String::from_utf8_lossy(&output.stderr);
            }
        };
        let all: Vec<Result<Ran>> = std::thread::scope(|scope| {
            let threads: Vec<_> = engines.iter().map(|engine| scope.spawn(|| work(engine))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread that does not panic")).collect()
        });
        let mut longest: f64 = 0.0;
        for one in all {
            let one = one?;
            ran.processes += one.processes;
            ran.seconds += one.seconds;
            ran.log += &one.log;
            longest = longest.max(one.seconds);
        }
        ran.wall += longest;
        Ok(())
    }
}

/// The names of the targets of a file for bake.
fn names(file: &Value, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let targets = file["target"].as_object().into_iter().flatten();
    targets.map(|(name, _)| name.clone()).filter(|name| is_wanted(name)).collect()
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
