//! The script of the bridge in memory.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use super::{Failure, FakeBridge, Rpc};
use crate::{Capabilities, ImageMeta, Platform, Source, SourceMeta, Status, Worker};

impl FakeBridge {
    /// Imitates a daemon with these capabilities, such as [`Capabilities::docker_23`].
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.script.capabilities = capabilities;
        self
    }

    /// Imitates a daemon with these workers instead of the default one.
    #[must_use]
    pub fn with_workers(mut self, workers: Vec<Worker>) -> Self {
        self.script.workers = workers;
        self
    }

    /// Adds a file to a source, which is named by its identifier, such as `local://context`. A ref has the file if its definition
    /// contains the source anywhere.
    #[must_use]
    pub fn with_file(mut self, identifier: &str, path: &str, content: impl Into<Vec<u8>>) -> Self {
        let path = super::tree::clean(path);
        self.script.files.entry(identifier.to_owned()).or_default().insert(path, content.into());
        self
    }

    /// Sets the modification time of files with this path, in nanoseconds since 1970. The default is 0.
    #[must_use]
    pub fn with_time(mut self, path: &str, modified: i64) -> Self {
        self.script.times.insert(super::tree::clean(path), modified);
        self
    }

    /// Adds a source that fails, which is named by its identifier. A definition with the source can be solved lazily. An eager
    /// request, and reading or evaluating the result, return the error.
    #[must_use]
    pub fn with_broken_source(mut self, identifier: &str, status: Status) -> Self {
        self.script.broken.insert(identifier.to_owned(), status);
        self
    }

    /// Adds an image for one platform, by its canonical reference.
    #[must_use]
    pub fn with_image(
        mut self,
        reference: &str,
        platform: &Platform,
        digest: Option<&str>,
        config: &str,
    ) -> Self {
        let meta = ImageMeta {
            reference: reference.to_owned(),
            digest: digest.map(str::to_owned),
            config: config.as_bytes().to_vec(),
        };
        self.script.images.insert((reference.to_owned(), Some(platform.clone())), meta);
        self
    }

    /// Adds an image that is the same for every platform, by its canonical reference.
    #[must_use]
    pub fn with_image_for_all(mut self, reference: &str, digest: Option<&str>, config: &str) -> Self {
        let meta = ImageMeta {
            reference: reference.to_owned(),
            digest: digest.map(str::to_owned),
            config: config.as_bytes().to_vec(),
        };
        self.script.images.insert((reference.to_owned(), None), meta);
        self
    }

    /// Adds a source policy that replaces an image with another source.
    #[must_use]
    pub fn with_replaced_image(mut self, reference: &str, by: Source) -> Self {
        self.script.replaced.insert(reference.to_owned(), by);
        self
    }

    /// Adds the metadata of a source that is not an image, which is named by its identifier.
    #[must_use]
    pub fn with_source(mut self, identifier: &str, meta: SourceMeta) -> Self {
        self.script.sources.insert(identifier.to_owned(), meta);
        self
    }

    /// Adds an input of the client: the bytes of a definition.
    #[must_use]
    pub fn with_input(mut self, name: &str, definition: Vec<u8>) -> Self {
        self.script.inputs.insert(name.to_owned(), definition);
        self
    }

    /// Adds another frontend, which always answers with the same operations and metadata.
    #[must_use]
    pub fn with_frontend(
        mut self,
        name: &str,
        definition: pb::Definition,
        metadata: BTreeMap<String, Vec<u8>>,
    ) -> Self {
        self.script.frontends.insert(name.to_owned(), (definition, metadata));
        self
    }

    /// Answers the n-th call of a kind with an error. Calls are counted from 1.
    #[must_use]
    pub fn failing(mut self, rpc: Rpc, nth: usize, status: Status) -> Self {
        self.script.failures.push(Failure { rpc, nth: Some(nth), status });
        self
    }

    /// Answers every call of a kind with an error.
    #[must_use]
    pub fn always_failing(mut self, rpc: Rpc, status: Status) -> Self {
        self.script.failures.push(Failure { rpc, nth: None, status });
        self
    }

    /// Creates a definition with one source, as a frontend would send it to read that source. Its digest is not correct, so a real
    /// daemon refuses it.
    pub fn definition_of(identifier: &str) -> pb::Definition {
        let source = pb::SourceOp { identifier: identifier.to_owned(), ..Default::default() };
        let op = pb::Op { op: Some(pb::op::Op::Source(source)), ..Default::default() };
        let input = pb::Input { digest: "sha256:fake".to_owned(), index: 0 };
        let terminal = pb::Op { inputs: vec![input], ..Default::default() };
        pb::Definition { def: vec![op.encode_to_vec(), terminal.encode_to_vec()], ..Default::default() }
    }
}
