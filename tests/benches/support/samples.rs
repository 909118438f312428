//! Times, and what is typical of them.
//!
//! What is taken is the time on a processor, as far as the system tells it: other work on the machine then counts little.

use std::time::{Duration, Instant};

/// The times of several runs, ascending.
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Runs something so many times; a run that takes less than a millisecond is the mean of many.
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

    /// Times that were taken elsewhere.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The one in the middle.
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

/// The time that this thread has had on a processor, and the time on the wall where that is not known.
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
    // The number is brought up to date when the thread gives way.
    std::thread::yield_now();
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = numbers.split_whitespace().next()?.parse().ok()?;
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}
