//! The request to solve.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::Status;

/// A request to solve.
#[derive(Clone, Debug, PartialEq)]
pub struct Solve {
    /// The operations, or the frontend that creates them.
    pub input: SolveInput,
    /// Whether the daemon runs the operations before it answers.
    pub evaluate: Evaluate,
    /// The caches to import. A frontend must pass on the caches of its options; otherwise `--cache-from` has no effect.
    pub cache_imports: Vec<CacheImport>,
}

/// The input of a solve request.
#[derive(Clone, Debug, PartialEq)]
pub enum SolveInput {
    /// The bytes of a definition. They can have fields that the generated message lacks. The empty definition is scratch.
    Definition(Vec<u8>),
    /// Another frontend, such as `dockerfile.v0`, or `gateway.v0` with the option `source`.
    Frontend {
        /// The name of the frontend.
        name: String,
        /// The options of the frontend.
        opts: BTreeMap<String, String>,
        /// The inputs of the frontend, which are named contexts `input:NAME` there.
        inputs: BTreeMap<String, Definition>,
    },
}

impl SolveInput {
    /// Decodes the definition. `None` if the input is another frontend.
    ///
    /// # Errors
    /// Returns an error if the bytes are not a definition.
    pub fn operations(&self) -> Result<Option<Definition>, Status> {
        let Self::Definition(bytes) = self else { return Ok(None) };
        let decoded = Definition::decode(bytes.as_slice());
        decoded.map(Some).map_err(|error| Status::user(format!("the graph cannot be decoded: {error}")))
    }
}

/// When the daemon runs the operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluate {
    /// When the result is read or returned. Errors occur only then, even those of an invalid definition.
    #[default]
    Lazy,
    /// Before it answers.
    Eager,
}

/// A cache to import. Its JSON is that of BuildKit's option `cache-imports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheImport {
    /// The kind of the cache, such as `registry` or `gha`.
    #[serde(rename = "Type", alias = "type", default)]
    pub kind: String,
    /// The attributes, such as `ref`.
    #[serde(
        rename = "Attrs",
        alias = "attrs",
        default,
        deserialize_with = "crate::lenient::null_as_default"
    )]
    pub attrs: BTreeMap<String, String>,
}

impl Solve {
    /// Creates a lazy request for a definition, without caches.
    pub fn definition(definition: &Definition) -> Self {
        Self::encoded(definition.encode_to_vec())
    }

    /// Creates a lazy request for the bytes of a definition, without caches.
    pub fn encoded(definition: Vec<u8>) -> Self {
        Self {
            input: SolveInput::Definition(definition),
            evaluate: Evaluate::Lazy,
            cache_imports: Vec::new(),
        }
    }

    /// Creates a lazy request for another frontend, without caches.
    pub fn frontend(
        name: &str,
        opts: BTreeMap<String, String>,
        inputs: BTreeMap<String, Definition>,
    ) -> Self {
        Self {
            input: SolveInput::Frontend { name: name.to_owned(), opts, inputs },
            evaluate: Evaluate::Lazy,
            cache_imports: Vec::new(),
        }
    }

    /// Returns the request with eager evaluation.
    #[must_use]
    pub fn eager(mut self) -> Self {
        self.evaluate = Evaluate::Eager;
        self
    }

    /// Returns the request with caches to import.
    #[must_use]
    pub fn with_cache_imports(mut self, cache_imports: &[CacheImport]) -> Self {
        self.cache_imports = cache_imports.to_vec();
        self
    }
}
