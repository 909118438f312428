//! Finds out whether a build failed because of a fetch that is to be tried again.

use std::thread;
use std::time::Duration;

use buildkit_gateway::Status;
use buildkit_llb::{Digest, Graph};
use tokio::sync::oneshot;

use super::lowered_build::LoweredBuild;
use crate::facts::attempts::Attempts;
use crate::lower::RetriedFetch;

/// The fetches of a build that are tried again, each with the digest of its operation.
pub(super) fn retried(build: &LoweredBuild) -> Vec<(Digest, RetriedFetch)> {
    let fetches = build.platforms.iter().flat_map(|one| &one.lowered.retried);
    let graph: &Graph = &build.graph;
    fetches.map(|fetch| (graph.digest(fetch.vertex), fetch.clone())).collect()
}

/// Waits. A thread sleeps, since the runtime has no timers.
pub(super) async fn pause(delay: Duration) {
    let (sender, receiver) = oneshot::channel::<()>();
    thread::spawn(move || {
        thread::sleep(delay);
        drop(sender);
    });
    receiver.await.ok();
}

/// The fetch whose failure made a build fail, if it can be tried again. It is counted in `attempts`.
pub(super) fn failed<'f>(
    status: &Status,
    retried: &'f [(Digest, RetriedFetch)],
    attempts: &mut Attempts,
) -> Option<&'f RetriedFetch> {
    let vertex = status.vertex()?;
    let (_, fetch) = retried.iter().find(|(digest, _)| digest.to_string() == vertex)?;
    if attempts.failed(&fetch.url) >= fetch.retry.times {
        return None;
    }
    attempts.add(&fetch.url);
    Some(fetch)
}
