//! Unique texts. A step that contains one cannot be in the cache of an earlier run.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// A text of letters and digits that is different at each call and in each process.
pub fn stamp() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    #[expect(clippy::disallowed_methods, reason = "each stamp has to be unique")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("stamp{:x}x{:x}x{count:x}", now.as_nanos(), process::id())
}
