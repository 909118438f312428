//! Builds that take turns, so that other work on the machine affects all of them.

use std::io::Write as _;
use std::time::Duration;

/// Docker's frontend image.
pub(crate) const DOCKERS: &str = "docker/dockerfile:1";

/// Runs the builds with these names in turn, this many times each, and prints the median of each and the ratio of the first to it. `once`
/// runs the build with an index and returns its time.
pub(crate) fn compare(what: &str, names: &[&str], runs: usize, mut once: impl FnMut(usize) -> Duration) {
    let turns: Vec<Vec<Duration>> = (0..runs).map(|_| (0..names.len()).map(&mut once).collect()).collect();
    let medians: Vec<f64> =
        (0..names.len()).map(|build| median(turns.iter().map(|turn| turn[build]).collect())).collect();
    for (name, time) in names.iter().zip(&medians) {
        say(&format!("{what} build, {name:<24} {time:>9.0} ms, ours {:.2} of it", medians[0] / time));
    }
}

/// Prints a line.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}

/// The median in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
