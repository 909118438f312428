//! Texts that no build had before, so that no step with one of them is in the cache.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// A new text of letters and digits at each call, in each process.
pub fn stamp() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    #[expect(clippy::disallowed_methods, reason = "it has to be another one each time")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("stamp{:x}x{:x}x{count:x}", now.as_nanos(), process::id())
}
