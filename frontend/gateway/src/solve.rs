//! Requests to solve.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::Status;

/// A request to solve.
#[derive(Clone, Debug, PartialEq)]
pub struct Solve {
    /// What to solve.
    pub input: SolveInput,
    /// Whether the daemon runs the operations before it answers.
    pub evaluate: Evaluate,
    /// Caches to look into. A build that does not pass on what it was given silently ignores `--cache-from`.
    pub cache_imports: Vec<CacheImport>,
}

/// What to solve.
#[derive(Clone, Debug, PartialEq)]
pub enum SolveInput {
    /// Operations: the bytes of a definition, which can say more than the message of this crate's dependency has fields for. Without
    /// any it is the empty file system.
    Definition(Vec<u8>),
    /// Another frontend, such as `dockerfile.v0`, or `gateway.v0` with the option `source`.
    Frontend {
        /// The frontend's name.
        name: String,
        /// Its options.
        opts: BTreeMap<String, String>,
        /// Its inputs, which it finds as named contexts `input:NAME`.
        inputs: BTreeMap<String, Definition>,
    },
}

impl SolveInput {
    /// The operations; nothing when another frontend has them.
    ///
    /// # Errors
    /// The bytes are no definition.
    pub fn operations(&self) -> Result<Option<Definition>, Status> {
        let Self::Definition(bytes) = self else { return Ok(None) };
        let decoded = Definition::decode(bytes.as_slice());
        decoded.map(Some).map_err(|error| Status::user(format!("the graph does not decode: {error}")))
    }
}

/// When the daemon runs the operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluate {
    /// When the result is read or returned: errors come then too, even for a broken graph.
    #[default]
    Lazy,
    /// Before it answers.
    Eager,
}

/// A cache to import, in the JSON of BuildKit's option `cache-imports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheImport {
    /// The kind, such as `registry` or `gha`.
    #[serde(rename = "Type", alias = "type", default)]
    pub kind: String,
    /// Its attributes, such as `ref`.
    #[serde(
        rename = "Attrs",
        alias = "attrs",
        default,
        deserialize_with = "crate::lenient::null_as_default"
    )]
    pub attrs: BTreeMap<String, String>,
}

impl Solve {
    /// Solves operations lazily, without caches.
    pub fn definition(definition: &Definition) -> Self {
        Self::encoded(definition.encode_to_vec())
    }

    /// Solves operations, given as the bytes of their definition, lazily, without caches.
    pub fn encoded(definition: Vec<u8>) -> Self {
        Self {
            input: SolveInput::Definition(definition),
            evaluate: Evaluate::Lazy,
            cache_imports: Vec::new(),
        }
    }

    /// Solves with another frontend, lazily, without caches.
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

    /// The same request, run before the daemon answers.
    #[must_use]
    pub fn eager(mut self) -> Self {
        self.evaluate = Evaluate::Eager;
        self
    }

    /// The same request with caches to look into.
    #[must_use]
    pub fn with_cache_imports(mut self, cache_imports: &[CacheImport]) -> Self {
        self.cache_imports = cache_imports.to_vec();
        self
    }
}
