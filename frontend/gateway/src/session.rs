//! The session: what the daemon passes to a frontend in its environment.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;
use prost::Message as _;

use crate::Worker;

/// The data of a build that the daemon passes to the frontend in environment variables. `frontend/gateway/gateway.go` sets them, and
/// `frontend/gateway/grpcclient/client.go` reads them.
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
    /// The options of the build. [`Options::read`](crate::Options::read) parses them.
    pub opts: BTreeMap<String, String>,
    /// The id of the session of the client. Local sources contain it.
    pub id: String,
    /// The product that BuildKit is part of: `docker`, `buildkit` or nothing. It is meant for messages.
    pub product: String,
    /// The workers of the daemon. If the list is empty, the answer to a ping has them.
    pub workers: Vec<Worker>,
    /// The bytes of the definition of the frontend's own image. The daemon writes them to the file [`Self::IMAGE`] since BuildKit
    /// 0.10; the main program reads the file. They are empty if there is no such file.
    pub image: Vec<u8>,
    /// The path of the frontend's program in that image. The main program sets it.
    pub program: String,
}

impl Session {
    /// The path of the file with the definition of the frontend's own image (`frontend/gateway/gateway.go`).
    pub const IMAGE: &str = "/run/config/buildkit/metadata/frontend.bin";

    /// Decodes the definition of the frontend's own image. `None` if the daemon did not pass one.
    ///
    /// # Errors
    /// Returns an error if the bytes are not a definition.
    pub fn image_definition(&self) -> Result<Option<Definition>, String> {
        if self.image.is_empty() {
            return Ok(None);
        }
        Definition::decode(self.image.as_slice()).map(Some).map_err(|error| error.to_string())
    }

    /// Reads the session from environment variables in any order. Variables that the daemon does not set are ignored.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;

    fn session(variables: &[(&str, &str)]) -> Session {
        Session::from_variables(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn options_are_split_at_the_first_equals_sign() {
        check("target=a", ("target", "a"));
        check("build-arg:X=a=b\nc,d=", ("build-arg:X", "a=b\nc,d="));
        check("no-cache=", ("no-cache", ""));
        check("no-cache", ("no-cache", ""));
        check("context:docker.io/library/alpine::linux/arm64=local:x", {
            ("context:docker.io/library/alpine::linux/arm64", "local:x")
        });

        fn check(value: &str, (key, expect): (&str, &str)) {
            let opts = session(&[("BUILDKIT_FRONTEND_OPT_12", value)]).opts;
            assert_eq!(opts, [(key.to_owned(), expect.to_owned())].into());
        }
    }

    #[test]
    fn the_order_of_variables_does_not_matter() {
        let mut variables = [
            ("BUILDKIT_FRONTEND_OPT_0", "b=1"),
            ("BUILDKIT_FRONTEND_OPT_1", "a=2"),
            ("BUILDKIT_SESSION_ID", "s"),
            ("BUILDKIT_EXPORTEDPRODUCT", "docker"),
            ("PATH", "/bin"),
        ];
        let forward = session(&variables);
        variables.reverse();
        assert_eq!(forward, session(&variables));
        assert_eq!((forward.id.as_str(), forward.product.as_str(), forward.opts.len()), ("s", "docker", 2));
    }

    #[test]
    fn workers_are_listed() {
        let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
        let session = session(&[("BUILDKIT_WORKERS", workers)]);
        assert_eq!(Worker::build_platform(&session.workers), Some(&Platform::new("linux", "amd64")));
    }
}
