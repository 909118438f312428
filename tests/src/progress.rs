//! Progress on standard error: what is being done, and how long it took.

use std::io::Write;
use std::time::Instant;

/// Says one line on standard error; also in tests, whose own words are held back.
pub fn say(line: &str) {
    // Where nobody listens there is nobody to be told.
    writeln!(std::io::stderr(), "engine: {line}").ok();
}

/// Does a slow thing, saying so before, and how long it took after.
pub fn timed<T>(what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    say(&format!("{what} ..."));
    let start = Instant::now();
    let done = work()?;
    say(&format!("{what}: done in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(done)
}
