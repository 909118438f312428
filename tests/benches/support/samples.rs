//! Times of several runs and their median.
//!
//! Times are processor time where the system counts it, so that other work on the machine has little effect.

use std::time::{Duration, Instant};

/// The times of several runs, sorted.
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Measures this many runs. A run of less than a millisecond is repeated, and its time is the mean.
    pub(crate) fn of(count: usize, mut run: impl FnMut()) -> Self {
        run();
        let start = Clock::now();
        run();
        let once = start.elapsed().max(Duration::from_nanos(1));
        let repeat = (Duration::from_millis(5).as_nanos() / once.as_nanos()).clamp(1, 1000) as u32;
        let sample = |_| {
            let start = Clock::now();
            (0..repeat).for_each(|_| run());
            start.elapsed() / repeat
        };
        Self::new((0..count).map(sample).collect())
    }

    /// Creates samples from times that were measured elsewhere.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The median.
    pub(crate) fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// Median, smallest and largest, in milliseconds.
    pub(crate) fn shown(&self) -> String {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (least, most) = (ms(self.0[0]), ms(self.0[self.0.len() - 1]));
        format!("{:>9.3} ms  ({least:.3} to {most:.3})", ms(self.median()))
    }
}

/// The processor time of this thread, or the wall-clock time where that is not known.
struct Clock(Option<Duration>, Instant);

impl Clock {
    fn now() -> Self {
        Self(on_processor(), Instant::now())
    }

    fn elapsed(&self) -> Duration {
        match (self.0, on_processor()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.1.elapsed(),
        }
    }
}

fn on_processor() -> Option<Duration> {
    // The kernel updates the number when the thread yields.
    std::thread::yield_now();
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = numbers.split_whitespace().next()?.parse().ok()?;
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}
