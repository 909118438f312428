//! Locks for resources that one test at a time can use, since the tests of one process run in parallel.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A resource that a test needs for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An engine beside the shared one, in the shared cache folder. The test that started it stops it.
    SecondEngine,
    /// The downloads that apt keeps in a cache mount. A build with `--no-cache` empties the cache mounts of its steps.
    AptDownloads,
}

/// The right to use a resource, until this value is dropped.
#[derive(Debug)]
pub struct Exclusive(#[expect(dead_code, reason = "the guard is the lock")] MutexGuard<'static, ()>);

impl Exclusive {
    /// Waits until no other test uses the resource.
    pub fn take(kind: Kind) -> Exclusive {
        static SECOND_ENGINE: Mutex<()> = Mutex::new(());
        static APT_DOWNLOADS: Mutex<()> = Mutex::new(());
        let lock = match kind {
            Kind::SecondEngine => &SECOND_ENGINE,
            Kind::AptDownloads => &APT_DOWNLOADS,
        };
        // The lock protects no data, so it does not matter whether its last holder panicked.
        Exclusive(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
