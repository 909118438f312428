//! What the daemon tells a frontend in its environment.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;
use prost::Message as _;

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
    /// The operations that give the frontend's own image, as the daemon hands them over in the file [`Self::IMAGE`] since
    /// BuildKit 0.10; empty where it does not. Whoever starts the program reads it.
    pub image: Vec<u8>,
    /// The path of the program in that image. Whoever starts the program sets it.
    pub program: String,
}

impl Session {
    /// Where the daemon puts the definition of the frontend's own image (`frontend/gateway/gateway.go`).
    pub const IMAGE: &str = "/run/config/buildkit/metadata/frontend.bin";

    /// The operations that give the frontend's own image, where the daemon handed them over.
    ///
    /// # Errors
    /// What was handed over is no definition.
    pub fn image_definition(&self) -> Result<Option<Definition>, String> {
        if self.image.is_empty() {
            return Ok(None);
        }
        Definition::decode(self.image.as_slice()).map(Some).map_err(|error| error.to_string())
    }

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
