//! Progress messages on standard error, with the time that each task takes.

use std::io::Write;
use std::time::Instant;

/// Prints a line on standard error, also in tests, whose output is otherwise captured.
pub fn say(line: &str) {
    // Standard error may be closed.
    writeln!(std::io::stderr(), "engine: {line}").ok();
}

/// Runs a slow task. Prints its name before, and the time that it took after.
pub fn timed<T>(what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    say(&format!("{what} ..."));
    let start = Instant::now();
    let done = work()?;
    say(&format!("{what}: done in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(done)
}
