//! A daemon in memory, for tests.

mod calls;
mod record;
mod script;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use buildkit_proto::pb;

pub use record::{Call, Rpc};

use crate::{Capabilities, ImageMeta, Outcome, Platform, Source, SourceMeta, Status, Warning, Worker};

/// A bridge without a daemon: it answers from a script and records every call.
///
/// The answers depend only on the script and on the order of calls, so a test always has the same result. The bridge behaves as a
/// daemon does wherever a frontend could notice a difference: every ref has a new name, the capabilities are those of the daemon
/// that it imitates, and a second result is refused.
///
/// ```
/// use buildkit_gateway::{Bridge, GrpcCode, FakeBridge, Rpc, Solve, Status};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let fake = FakeBridge::new()
///     .with_file("local://context", "VERSION", "1.2")
///     .failing(Rpc::ReadFile, 2, Status::user("disk on fire"));
/// let context = Solve::definition(&FakeBridge::definition_of("local://context"));
/// let files = fake.solve(context).await?.single()?.unwrap();
/// assert_eq!(fake.read_file(&files, "VERSION", None).await?, b"1.2");
/// assert_eq!(fake.read_file(&files, "VERSION", None).await, Err(Status::user("disk on fire")));
/// assert_eq!(fake.calls().len(), 3);
/// # Ok::<(), Status>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct FakeBridge {
    script: Script,
    state: Mutex<State>,
}

impl FakeBridge {
    /// Creates a bridge to the newest daemon, with one worker for `linux/amd64` and without files, images and inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all calls in order, including those that failed.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Returns the definitions of all solve requests, in order.
    pub fn definitions(&self) -> Vec<pb::Definition> {
        self.calls().into_iter().filter_map(Call::into_definition).collect()
    }

    /// Returns the warnings that the user would see, in order.
    pub fn warnings(&self) -> Vec<Warning> {
        self.state().warnings.clone()
    }

    /// Returns the result or the error that ended the build. `None` if the build has not ended.
    pub fn outcome(&self) -> Option<Result<Outcome, Status>> {
        self.state().outcome.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // If a test panicked while it held the lock, it has failed already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answers of the bridge.
#[derive(Clone, Debug)]
struct Script {
    capabilities: Capabilities,
    workers: Vec<Worker>,
    /// Files by source identifier.
    files: BTreeMap<String, Files>,
    /// Modification times by path.
    times: BTreeMap<String, i64>,
    /// Images by reference and platform; `None` stands for all platforms.
    images: BTreeMap<(String, Option<Platform>), ImageMeta>,
    replaced: BTreeMap<String, Source>,
    sources: BTreeMap<String, SourceMeta>,
    inputs: BTreeMap<String, Vec<u8>>,
    frontends: BTreeMap<String, (pb::Definition, BTreeMap<String, Vec<u8>>)>,
    /// Errors by source identifier.
    broken: BTreeMap<String, Status>,
    failures: Vec<Failure>,
}

/// Content by path.
type Files = BTreeMap<String, Vec<u8>>;

/// An error that the script contains.
#[derive(Clone, Debug)]
struct Failure {
    rpc: Rpc,
    /// The number of the call of this kind, counted from 1; `None` for all calls.
    nth: Option<usize>,
    status: Status,
}

/// The state of the bridge: what happened so far.
#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    counts: BTreeMap<Rpc, usize>,
    /// The files of each ref, or the error that its evaluation returns.
    refs: BTreeMap<String, Result<Files, Status>>,
    warnings: Vec<Warning>,
    outcome: Option<Result<Outcome, Status>>,
}

impl Default for Script {
    fn default() -> Self {
        let worker = Worker {
            id: "fake".to_owned(),
            labels: BTreeMap::new(),
            platforms: vec![Platform::new("linux", "amd64")],
        };
        Self {
            capabilities: Capabilities::newest(),
            workers: vec![worker],
            files: BTreeMap::new(),
            times: BTreeMap::new(),
            images: BTreeMap::new(),
            replaced: BTreeMap::new(),
            sources: BTreeMap::new(),
            inputs: BTreeMap::new(),
            frontends: BTreeMap::new(),
            broken: BTreeMap::new(),
            failures: Vec::new(),
        }
    }
}
