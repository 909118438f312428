//! Measures the lint of a large family: `cargo bench -p varve-tests --bench check`. It must take less than 2 seconds on one core
//! for 10,000 variants of 50 steps.

use std::io::Write as _;
use std::time::{Duration, Instant};

use varve_spec::{Directive, Family, MatrixQuery, Platform, Sources, check};
use varve_tests::large::{Steps, family};

fn main() {
    for steps in [Steps::TwoAxes, Steps::AllAxes, Steps::Broken] {
        let sources = Sources::single("image.yaml", family(steps));
        let query = MatrixQuery::new(Platform::new("linux", "amd64"));
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let start = Instant::now();
                let checked = check(&Family::read(&sources), &sources, &query, &Directive::default());
                assert_eq!(checked.variants, Some(10_000));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let line = format!("{steps:?}: shortest {:?}, median {:?}\n", times[0], times[2]);
        std::io::stdout().write_all(line.as_bytes()).expect("standard output is open");
    }
}
