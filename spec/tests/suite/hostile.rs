//! Tests files that are made to need much time or memory. Each must give diagnostics or a plan within one second and 200 MB,
//! without a panic.
//!
//! The test starts its own program again and measures in that process. The peak of memory is counted for a whole process, and other
//! tests run in this one. The time is processor time, so a busy machine does not change the result.
#![expect(clippy::print_stdout, reason = "with --nocapture the times are shown")]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

mod files;

use files::{Check, Files, Sizes};
use varve_spec::{
    Code, Diagnostic, Directive, Family, IncludeSearch, MatrixQuery, Platform, Selection, Sources,
    include_not_found,
};

/// The largest amount of memory for one file.
const MEMORY: usize = 200 << 20;
/// The largest size of a file that all questions about a family are asked of.
const SMALL: usize = 600_000;
/// The variable that is set in the process that measures.
const MEASURES: &str = "VARVE_TEST_MEASURES";

/// Measures files, and collects those that exceed a limit or have another result than expected.
#[derive(Default)]
struct Log {
    problems: Vec<String>,
}

impl Log {
    /// Reads and plans a file, and measures time and memory. Then it does the same for the other questions about a family, each of
    /// which has the same limits.
    fn run(&mut self, what: &str, files: Files) -> Vec<Diagnostic> {
        let size = files.iter().map(|(_, text)| text.len()).sum::<usize>();
        let mut sources = Sources::default();
        let mut loaded = Ok(());
        self.measure(&format!("include: {what}"), || {
            (sources, loaded) = load(&files);
            loaded.as_ref().err().map_or(0, Vec::len)
        });
        drop(files);
        if let Err(found) = loaded {
            self.measure(&format!("print: {what}"), || {
                found.iter().for_each(|found| drop(found.excerpt(&sources)));
                found.len()
            });
            return found;
        }
        let selection = Selection::new(Platform::new("linux", "amd64"));
        let query = || MatrixQuery::new(Platform::new("linux", "amd64"));
        let mut found = Vec::new();
        let mut family = None;
        self.measure(what, || {
            let reading = Family::read(&sources);
            found = reading.found;
            family = reading.family;
            if let Some(family) = &family {
                match family.select(&selection) {
                    Ok(variant) => found.extend(variant.plan().err().unwrap_or_default()),
                    Err(more) => found.extend(more),
                }
            }
            // All diagnostics can be printed.
            found.iter().take(100).for_each(|found| drop(found.excerpt(&sources)));
            found.iter().for_each(|found| drop(found.one_line(&sources)));
            found.len()
        });
        // A build that sets an axis searches for values of the others.
        if let Some(axis) = family.as_ref().and_then(|family| family.axes.first()) {
            let value = axis.values.last().map(|value| value.name.clone()).unwrap_or_default();
            let selection = Selection { args: [(axis.name.clone(), value)].into(), ..selection.clone() };
            self.measure(&format!("set: {what}"), || {
                let found = family.as_ref().and_then(|family| family.select(&selection).err());
                found.map_or(0, |found| found.len())
            });
        }
        // In large files, the reader takes most of the time. Without optimisation, all questions take minutes; the command answers them
        // in the tests of `e2e`.
        let Some(family) = family.filter(|_| size <= SMALL && !cfg!(debug_assertions)) else { return found };
        let count = |result: Result<(), Vec<Diagnostic>>| result.err().map_or(0, |found| found.len());
        self.measure(&format!("check: {what}"), || {
            let reading = Family::read(&sources);
            varve_spec::check(&reading, &sources, &query(), &Directive::default()).found.len()
        });
        self.measure(&format!("explain: {what}"), || {
            count(family.select(&selection).and_then(|variant| variant.explain().map(drop)))
        });
        self.measure(&format!("matrix: {what}"), || {
            let query = query();
            count(family.matrix(&query).and_then(|matrix| matrix.builds().map(drop)))
        });
        self.measure(&format!("outline: {what}"), || count(family.outline(&query()).map(drop)));
        self.measure(&format!("lock: {what}"), || count(family.externals(&query()).map(drop)));
        found
    }

    /// Measures the time and memory of some work, which returns a number of diagnostics. Without optimisation it takes about ten times
    /// as long.
    fn measure(&mut self, what: &str, work: impl FnOnce() -> usize) {
        // Resets the peak of memory.
        drop(std::fs::write("/proc/self/clear_refs", "5"));
        let before = peak();
        let start = Time::now();
        let found = work();
        let took = start.elapsed();
        // The kernel updates the peak late, so the difference can seem to be negative.
        let memory = peak().saturating_sub(before);
        let line = format!("{took:>10.1?} {:>4} MB {found:>6} found  {what}", memory >> 20);
        println!("{line}");
        let allowed = Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 1 });
        if took > allowed || memory > MEMORY {
            self.problems.push(line);
        }
    }
}

impl Check for Log {
    const SIZES: Sizes =
        if cfg!(debug_assertions) { Sizes { large: 1_000_000, line: 200_000 } } else { Sizes::MOST };

    fn may_fail(&mut self, what: &str, text: String) {
        self.run(what, vec![("image.yaml".to_owned(), text)]);
    }

    fn fails(&mut self, what: &str, text: String, code: Code) {
        let found = self.run(what, vec![("image.yaml".to_owned(), text)]);
        if !found.iter().any(|found| found.code == code) {
            self.problems.push(format!("{what}: {:?}", found.first()));
        }
    }

    fn family(&mut self, what: &str, files: Files, code: Option<Code>) {
        let found = self.run(what, files);
        if code.is_some_and(|code| !found.iter().any(|found| found.code == code)) {
            self.problems.push(format!("{what}: {:?}", found.first()));
        }
    }

    fn passes(&mut self, what: &str, text: String) {
        let found = self.run(what, vec![("image.yaml".to_owned(), text)]);
        self.problems
            .extend(found.iter().find(|found| found.is_error()).map(|found| format!("{what}: {found:?}")));
    }
}

/// Loads the files that the first one includes, as the command does.
fn load(files: &Files) -> (Sources, Result<(), Vec<Diagnostic>>) {
    let texts: BTreeMap<&str, &str> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut sources = Sources::single("image.yaml", files[0].1.clone());
    let mut search = IncludeSearch::default();
    loop {
        let missing = match search.missing(&sources) {
            Err(found) => return (sources, Err(found)),
            Ok(missing) if missing.is_empty() => return (sources, Ok(())),
            Ok(missing) => missing,
        };
        for include in missing {
            match texts.get(include.path.as_str()) {
                _ if search.is_full(&sources) => break,
                Some(text) => drop(sources.add(&include.path, *text)),
                None => return (sources, Err(vec![include_not_found(&include)])),
            }
        }
    }
}

/// A point in time: the processor time of this thread. If the kernel does not count that, the time of the clock.
struct Time {
    processor: Option<Duration>,
    clock: Instant,
}

impl Time {
    fn now() -> Self {
        let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
        Self { processor: spent.map(Duration::from_nanos), clock: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        let now = Self::now();
        match (now.processor, self.processor) {
            (Some(now), Some(start)) => now.saturating_sub(start),
            _ => self.clock.elapsed(),
        }
    }
}

/// The peak of this process's memory, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.unwrap_or(0_usize) << 10
}

#[test]
fn hostile_files_are_reported_in_time() {
    if std::env::var_os(MEASURES).is_none() {
        let own = std::env::current_exe().expect("the path of this program");
        let name = "hostile::hostile_files_are_reported_in_time";
        let output = Command::new(own).args(["--exact", name, "--nocapture"]).env(MEASURES, "1").output();
        let output = output.expect("this program starts again");
        let text = String::from_utf8_lossy(&output.stdout);
        println!("{text}");
        assert!(text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let mut log = Log::default();
    files::all(&mut log);
    assert!(log.problems.is_empty(), "\n{}", log.problems.join("\n"));
}
