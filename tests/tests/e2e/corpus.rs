//! Invalid files of all kinds: the command reports each of them within hard limits of memory and processor time, without a panic.
//!
//! The command is compiled with the profile of the frontend image, which is that of a release if `CI` is set. With `--nocapture`
//! the test prints the time for each file; `docs/performance.md` has the longest.
#![expect(clippy::print_stdout, reason = "with --nocapture the result of each file is shown")]

#[path = "../../../spec/tests/suite/hostile/files.rs"]
mod files;
mod folders;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use files::{Check, Files, Sizes};
use varve_spec::Code;
use varve_tests::command::{output_of, stdout_of};
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;

/// The limits of the linter: kilobytes of address space and seconds of processor time. The kernel ends a process that exceeds them.
const LIMITS: (u32, u32) = (204_800, 1);
/// The limits of the commands that describe a build, which also record the decisions of the plan.
const TELLING: (u32, u32) = (512_000, 2);
/// A shell loop that takes 0.8 s of processor time on the machine of `docs/performance.md`. On a slower machine the limit of time is
/// multiplied by the seconds that the loop takes.
const ROUNDS: &str = "i=0; while [ $i -lt 850000 ]; do i=$((i+1)); done; times";
/// How many times a file is tried before the test fails because a limit ended the process. Other work on a machine slows a process
/// down for a while.
const TRIES: usize = 3;
/// The commands that describe a build.
const COMMANDS: [&str; 2] = ["plan", "explain"];

struct Corpus {
    program: PathBuf,
    /// The factor by which this machine is slower than that of the limits, rounded up.
    slowness: u32,
    bad: usize,
    longest: (Duration, String),
    problems: Vec<String>,
}

impl Corpus {
    /// Checks a family, whose first file is its build file. Returns the exit code and the output.
    fn check(&mut self, what: &str, files: &[(&str, Vec<u8>)]) -> (Option<i32>, String) {
        self.check_with_links(what, files, &[])
    }

    /// Checks a family with symbolic links, each with its target.
    fn check_with_links(
        &mut self,
        what: &str,
        files: &[(&str, Vec<u8>)],
        links: &[(&str, &str)],
    ) -> (Option<i32>, String) {
        let folder = tempfile::tempdir().unwrap();
        for (path, target) in links {
            std::os::unix::fs::symlink(target, folder.path().join(path)).unwrap();
        }
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let run = |limits: (u32, u32), command: &str| {
            let once = || {
                let mut shell = limited(limits, self.slowness, "exec \"$0\" \"$1\" image.yaml");
                output_of(shell.arg(&self.program).arg(command).current_dir(folder.path())).unwrap()
            };
            let mut output = once();
            for _ in 1..TRIES {
                if output.status.code().is_none() {
                    output = once();
                }
            }
            let text =
                [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            (output.status.code(), text.concat())
        };
        for command in COMMANDS {
            let (code, said) = run(TELLING, command);
            if !matches!(code, Some(0..=2)) || said.contains("panicked") {
                let said: String = said.chars().take(600).collect();
                return (None, format!("{command}: exit code {code:?}\n{said}"));
            }
        }
        let begun = Instant::now();
        let (code, said) = run(LIMITS, "check");
        let time = begun.elapsed();
        println!("{code:?} {time:.0?} {what}");
        if time > self.longest.0 {
            self.longest = (time, what.to_owned());
        }
        (code, said)
    }

    /// An invalid family. The output must contain the words.
    fn bad(&mut self, what: &str, files: &[(&str, Vec<u8>)], words: &str) {
        self.bad_with_links(what, files, &[], words);
    }

    /// An invalid family with symbolic links.
    fn bad_with_links(&mut self, what: &str, files: &[(&str, Vec<u8>)], links: &[(&str, &str)], words: &str) {
        self.bad += 1;
        let (code, said) = self.check_with_links(what, files, links);
        if !matches!(code, Some(1 | 2)) || said.contains("panicked") || !said.contains(words) {
            let said: String = said.chars().take(600).collect();
            self.problems.push(format!("{what}: exit code {code:?}, expected `{words}` in\n{said}\n"));
        }
    }

    /// A family that may be valid or not.
    fn any(&mut self, what: &str, files: &[(&str, Vec<u8>)]) {
        let (code, said) = self.check(what, files);
        if !matches!(code, Some(0..=2)) || said.contains("panicked") {
            let said: String = said.chars().take(600).collect();
            self.problems.push(format!("{what}: exit code {code:?}\n{said}\n"));
        }
    }
}

impl Check for Corpus {
    const SIZES: Sizes = Sizes::MOST;

    fn may_fail(&mut self, what: &str, text: String) {
        self.any(what, &[("image.yaml", text.into())]);
    }

    fn fails(&mut self, what: &str, text: String, code: Code) {
        self.bad(what, &[("image.yaml", text.into())], &format!("[{}]", code.name()));
    }

    fn family(&mut self, what: &str, files: Files, code: Option<Code>) {
        let files: Vec<(&str, Vec<u8>)> =
            files.iter().map(|(path, text)| (path.as_str(), text.clone().into_bytes())).collect();
        match code {
            Some(code) => self.bad(what, &files, &format!("[{}]", code.name())),
            None => self.any(what, &files),
        }
    }

    /// Valid files are tested with their plans in `spec/tests`.
    fn passes(&mut self, _: &str, _: String) {}
}

/// The cases of the language that have an error without options on the command line.
fn cases(corpus: &mut Corpus) {
    let folder = Machine::read().unwrap().workspace.join("spec/tests/cases");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let families = [("image.yaml", text.clone().into_bytes())];
        if text.contains("^ error[") && !text.contains("#! ") {
            corpus.bad(&name, &families, "");
        } else {
            corpus.any(&name, &families);
        }
    }
}

/// A shell that runs a script with limits.
fn limited((memory, seconds): (u32, u32), slowness: u32, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -v {memory}; ulimit -t {}; {script}", seconds * slowness)]);
    shell
}

fn slowness() -> u32 {
    let times = stdout_of(Command::new("sh").args(["-c", ROUNDS])).unwrap();
    // The first line has the user time and the system time of the shell: `0m0.800000s 0m0.000000s`.
    let seconds = times.lines().next().unwrap().split_whitespace().map(|time| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    });
    seconds.sum::<f64>().ceil() as u32
}

#[test]
fn invalid_files_are_reported_in_time() {
    let program = frontend::command(&Machine::read().unwrap()).unwrap();
    let slowness = slowness();
    let mut corpus =
        Corpus { program, slowness, bad: 0, longest: (Duration::ZERO, String::new()), problems: Vec::new() };
    cases(&mut corpus);
    folders::all(&mut corpus);
    files::all(&mut corpus);
    let (time, what) = &corpus.longest;
    println!("{} bad files, {slowness} times the time, the longest in {time:.0?}: {what}", corpus.bad);
    assert!(corpus.problems.is_empty(), "{} problems\n{}", corpus.problems.len(), corpus.problems.join("\n"));
    assert!(corpus.bad >= 150, "{}", corpus.bad);
}

#[test]
fn the_limits_are_real() {
    let endless = |script: &str| output_of(&mut limited(LIMITS, 1, script)).unwrap().status;
    assert!(!endless("while :; do :; done").success());
    assert!(!endless("text=xxxxxxxx; while :; do text=$text$text; done").success());
    assert!(endless(":").success());
}
