//! Writing the script of a fake daemon.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use super::{Failure, FakeBridge, Rpc};
use crate::{Capabilities, ImageMeta, Platform, Source, SourceMeta, Status, Worker};

impl FakeBridge {
    /// Plays a daemon with these capabilities, such as [`Capabilities::docker_23`].
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.script.capabilities = capabilities;
        self
    }

    /// Plays a daemon with these workers instead of its one.
    #[must_use]
    pub fn with_workers(mut self, workers: Vec<Worker>) -> Self {
        self.script.workers = workers;
        self
    }

    /// Puts a file into a source, by the source's identifier, such as `local://context`. A definition that has
    /// that source among its operations, in whatever way, solves to a ref with the file.
    #[must_use]
    pub fn with_file(mut self, identifier: &str, path: &str, content: impl Into<Vec<u8>>) -> Self {
        let path = super::tree::clean(path);
        self.script.files.entry(identifier.to_owned()).or_default().insert(path, content.into());
        self
    }

    /// Says when files of this path were modified, in nanoseconds since 1970; 1970 began then otherwise.
    #[must_use]
    pub fn with_time(mut self, path: &str, modified: i64) -> Self {
        self.script.times.insert(super::tree::clean(path), modified);
        self
    }

    /// Has a source that cannot be used, by its identifier. A definition with it can be solved lazily; reading from
    /// the result and evaluating it, or solving it at once, fails.
    #[must_use]
    pub fn with_broken_source(mut self, identifier: &str, status: Status) -> Self {
        self.script.broken.insert(identifier.to_owned(), status);
        self
    }

    /// Knows an image by its full reference, for one platform.
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

    /// Knows an image by its full reference, the same for every platform.
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

    /// Has a source policy that puts something that is no image in an image's place.
    #[must_use]
    pub fn with_replaced_image(mut self, reference: &str, by: Source) -> Self {
        self.script.replaced.insert(reference.to_owned(), by);
        self
    }

    /// Knows a source that is no image, by its identifier.
    #[must_use]
    pub fn with_source(mut self, identifier: &str, meta: SourceMeta) -> Self {
        self.script.sources.insert(identifier.to_owned(), meta);
        self
    }

    /// Has an input from the client: the bytes of a definition.
    #[must_use]
    pub fn with_input(mut self, name: &str, definition: Vec<u8>) -> Self {
        self.script.inputs.insert(name.to_owned(), definition);
        self
    }

    /// Has another frontend, which always answers with the same operations and metadata.
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

    /// Answers the n-th call of a kind, from 1, with an error.
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

    /// A definition with one source: what a frontend would send to read that source. It has no digests to speak
    /// of, so that only a fake daemon takes it.
    pub fn definition_of(identifier: &str) -> pb::Definition {
        let source = pb::SourceOp { identifier: identifier.to_owned(), ..Default::default() };
        let op = pb::Op { op: Some(pb::op::Op::Source(source)), ..Default::default() };
        let input = pb::Input { digest: "sha256:fake".to_owned(), index: 0 };
        let terminal = pb::Op { inputs: vec![input], ..Default::default() };
        pb::Definition { def: vec![op.encode_to_vec(), terminal.encode_to_vec()], ..Default::default() }
    }
}
