//! What the daemon tells a frontend in its environment.

use std::collections::BTreeMap;

use crate::Worker;

/// The facts of one build, from the variables the daemon starts the frontend with
/// (`frontend/gateway/gateway.go`, read in `frontend/gateway/grpcclient/client.go`).
///
/// ```
/// use buildkit_gateway::Session;
///
/// let variables = [("BUILDKIT_FRONTEND_OPT_0", "target=runtime"), ("BUILDKIT_SESSION_ID", "s1"), ("HOME", "/")];
/// let session = Session::from_variables(variables.map(|(key, value)| (key.into(), value.into())));
/// assert_eq!(session.opts["target"], "runtime");
/// assert_eq!(session.id, "s1");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The options of the build: what the user asked for.
    pub opts: BTreeMap<String, String>,
    /// The name of the client's session, which local sources need.
    pub id: String,
    /// The product that BuildKit is part of, `docker` or `buildkit`; may be empty. For messages only.
    pub product: String,
    /// The daemon's workers; may be empty, then a ping tells.
    pub workers: Vec<Worker>,
}

impl Session {
    /// Reads the variables of an environment, in any order; those that are not the daemon's are ignored.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut session = Self::default();
        for (name, value) in variables {
            if name.starts_with("BUILDKIT_FRONTEND_OPT_") {
                let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                session.opts.insert(key.to_owned(), value.to_owned());
            } else if name == "BUILDKIT_SESSION_ID" {
                session.id = value;
            } else if name == "BUILDKIT_EXPORTEDPRODUCT" {
                session.product = value;
            } else if name == "BUILDKIT_WORKERS" {
                session.workers = Worker::list_of_json(&value);
            }
        }
        session
    }
}
