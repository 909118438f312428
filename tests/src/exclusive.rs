//! Locks for what only one test at a time can use, since tests run side by side in one process.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a test needs for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An engine beside the shared one that is kept in the shared cache folder: the test that started it ends it.
    SecondEngine,
    /// The downloads that apt keeps in a cache mount: a build with `--no-cache` empties the cache mounts of its steps.
    AptDownloads,
}

/// The right to use it, until this value is dropped.
#[derive(Debug)]
pub struct Exclusive(#[expect(dead_code, reason = "the guard is the lock")] MutexGuard<'static, ()>);

impl Exclusive {
    /// Waits until no other test uses it.
    pub fn take(kind: Kind) -> Exclusive {
        static SECOND_ENGINE: Mutex<()> = Mutex::new(());
        static APT_DOWNLOADS: Mutex<()> = Mutex::new(());
        let lock = match kind {
            Kind::SecondEngine => &SECOND_ENGINE,
            Kind::AptDownloads => &APT_DOWNLOADS,
        };
        // A test that failed while it held the lock leaves nothing behind that another one could meet.
        Exclusive(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
