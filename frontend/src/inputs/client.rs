//! The client of a build: its request, and its local folders as the daemon reads them.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Options, Session, Solve, Source, SourceRequest, Status};
use buildkit_llb::{Differ, FieldOrder, Graph, LocalSource, Metadata, Operation, Output};

use super::ignore;
use crate::util::text::utf8;

/// The local name of the main context (`frontend/dockerui/config.go` `DefaultLocalNameContext`).
pub(crate) const CONTEXT: &str = "context";
/// The local name of the source of build files (`frontend/dockerui/config.go` `DefaultLocalNameDockerfile`).
pub(crate) const BUILD_FILE: &str = "dockerfile";

const IGNORE_FILE: &str = ".dockerignore";

/// The bridge to the daemon, together with the request of the client.
pub(crate) struct Client<'a, B> {
    pub(crate) bridge: &'a B,
    pub(crate) session: &'a Session,
    pub(crate) options: &'a Options,
    /// The order in which this daemon's BuildKit encodes the fields of an operation.
    pub(crate) order: FieldOrder,
}

/// The context that a folder of the client belongs to (`frontend/dockerui/context.go`, `namedcontext.go`).
pub(crate) enum Folder<'n> {
    /// The main context.
    Main,
    /// The named context of this name.
    Named(&'n str),
}

impl<B: Bridge> Client<'_, B> {
    /// An empty graph that encodes operations as the daemon's BuildKit would.
    pub(crate) fn graph(&self) -> Graph {
        Graph::in_order(self.order)
    }

    /// The source of a folder of the client, by its local name.
    pub(crate) fn local(&self, name: &str) -> LocalSource {
        LocalSource::new(name, self.options.session_of(name, &self.session.id))
    }

    /// A request to resolve a source. `log_name` turns the identifier of the source into the name that the progress shows.
    pub(crate) fn source_request(
        &self,
        source: impl Into<Operation>,
        log_name: impl FnOnce(&str) -> String,
    ) -> Result<SourceRequest, Status> {
        let mut graph = self.graph();
        let vertex = graph.add(source);
        let source = Source::alone_in(&graph.definition(graph.root(vertex), &[]));
        let source =
            source.ok_or_else(|| Status::user("the builder returned a source that varve cannot decode"))?;
        let log_name = log_name(&source.identifier);
        Ok(SourceRequest { log_name, ..SourceRequest::new(source) })
    }

    /// Reads files of a file system as texts, by path. Files that do not exist are left out.
    pub(crate) async fn read_texts(
        &self,
        graph: &mut Graph,
        root: Option<Output>,
        paths: &[String],
    ) -> Result<BTreeMap<String, String>, Status> {
        let mut texts = BTreeMap::new();
        if let Some(root) = root {
            graph.describe(root.vertex, Metadata::named(format!("[internal] load {}", paths.join(", "))));
        }
        let definition = graph.encode(root, &[]);
        let Some(folder) = self.bridge.solve(Solve::encoded(definition)).await?.single()? else {
            return Ok(texts);
        };
        for path in paths {
            if let Some(bytes) = self.bridge.read_file_if_exists(&folder, path).await? {
                texts.insert(path.clone(), utf8(path, bytes)?);
            }
        }
        Ok(texts)
    }

    /// Reads the patterns of the `.dockerignore` at the root of the folder `local`, which is a context.
    pub(crate) async fn docker_ignore(&self, local: &str, folder: Folder<'_>) -> Result<Vec<String>, Status> {
        let (name, hint) = match folder {
            Folder::Main => (format!("[internal] load {IGNORE_FILE}"), format!("{local}-{IGNORE_FILE}")),
            Folder::Named(context) => (
                format!("[context {context}] load {IGNORE_FILE}"),
                format!("context:{context}-{IGNORE_FILE}"),
            ),
        };
        let mut graph = self.graph();
        let vertex = graph.add(LocalSource {
            follow: vec![IGNORE_FILE.to_owned()],
            shared_key: Some(hint),
            differ: Differ::None,
            ..self.local(local)
        });
        graph.describe(vertex, Metadata::named(name));
        let definition = graph.encode(graph.root(vertex), &[]);
        let Some(folder) = self.bridge.solve(Solve::encoded(definition)).await?.single()? else {
            return Ok(Vec::new());
        };
        match self.bridge.read_file_if_exists(&folder, IGNORE_FILE).await? {
            Some(bytes) => Ok(ignore::patterns(&utf8(IGNORE_FILE, bytes)?)),
            None => Ok(Vec::new()),
        }
    }
}
