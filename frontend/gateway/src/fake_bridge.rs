//! A daemon that exists only in memory, for tests.

mod calls;
mod record;
mod script;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use buildkit_proto::pb;

pub use record::{Call, Rpc};

use crate::{Capabilities, ImageMeta, Outcome, Platform, Source, SourceMeta, Status, Warning, Worker};

/// A bridge to no daemon: it answers from a script and records what it is asked.
///
/// Everything is decided by the script and the order of calls, so that a test gives the same result every time. It
/// behaves as a daemon does where a frontend could tell the difference: refs have new names each time, errors come
/// when the script says, capabilities are those of the daemon it plays, a second result is refused.
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
    /// The newest daemon, one worker for `linux/amd64`, and nothing else: no files, no images, no inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything it was asked, in order, calls that failed included.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The definitions it was asked to solve, in order.
    pub fn definitions(&self) -> Vec<pb::Definition> {
        self.calls().into_iter().filter_map(Call::into_definition).collect()
    }

    /// The warnings the user would see, in order.
    pub fn warnings(&self) -> Vec<Warning> {
        self.state().warnings.clone()
    }

    /// How the build ended, `None` if it has not.
    pub fn outcome(&self) -> Option<Result<Outcome, Status>> {
        self.state().outcome.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock has failed already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What it answers.
#[derive(Clone, Debug)]
struct Script {
    capabilities: Capabilities,
    workers: Vec<Worker>,
    /// By source identifier.
    files: BTreeMap<String, Files>,
    /// By path.
    times: BTreeMap<String, i64>,
    /// By reference; `None` stands for all platforms.
    images: BTreeMap<(String, Option<Platform>), ImageMeta>,
    replaced: BTreeMap<String, Source>,
    sources: BTreeMap<String, SourceMeta>,
    inputs: BTreeMap<String, Vec<u8>>,
    frontends: BTreeMap<String, (pb::Definition, BTreeMap<String, Vec<u8>>)>,
    /// By source identifier.
    broken: BTreeMap<String, Status>,
    failures: Vec<Failure>,
}

/// Content by path.
type Files = BTreeMap<String, Vec<u8>>;

/// An error to answer with.
#[derive(Clone, Debug)]
struct Failure {
    rpc: Rpc,
    /// Which call of that kind, from 1; `None` for all.
    nth: Option<usize>,
    status: Status,
}

/// What happened so far.
#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    counts: BTreeMap<Rpc, usize>,
    /// The files of each ref, or why it has none.
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
