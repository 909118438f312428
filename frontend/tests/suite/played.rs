//! Builds against a fake daemon that follows a script.

use std::collections::BTreeMap;

use buildkit_gateway::{FakeBridge, Outcome, Platform, Session, Status, Worker};

/// A request to build `image.yaml` with these options, on a builder for linux/amd64.
pub(crate) fn session(opts: &[(&str, &str)]) -> Session {
    let opts = opts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let workers = vec![Worker { platforms: vec![Platform::new("linux", "amd64")], ..Worker::default() }];
    let mut all = BTreeMap::from([("filename".to_owned(), "image.yaml".to_owned())]);
    all.extend(opts);
    Session { opts: all, id: "session".to_owned(), workers, ..Session::default() }
}

/// Runs the build.
pub(crate) fn build(fake: &FakeBridge, session: &Session) -> Result<Outcome, Status> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(varve_frontend::build(fake, session))
}
