//! The client of a build: its local folders, seen through the daemon.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Options, Session, Solve, Source, SourceRequest, Status};
use buildkit_llb::{Differ, FieldOrder, Graph, LocalSource, Metadata, Operation, Output};

use super::{build_file, ignore};

const IGNORE_FILE: &str = ".dockerignore";

/// The daemon, and what the client asked of it.
pub(crate) struct Client<'a, B> {
    pub(crate) bridge: &'a B,
    pub(crate) session: &'a Session,
    pub(crate) options: &'a Options,
    /// How the daemon writes operations.
    pub(crate) order: FieldOrder,
}

/// Which context a folder of the client is (`frontend/dockerui/context.go`, `namedcontext.go`).
pub(crate) enum Folder<'n> {
    Main,
    Named(&'n str),
}

impl<B: Bridge> Client<'_, B> {
    /// A graph of operations as the daemon would write them.
    pub(crate) fn graph(&self) -> Graph {
        Graph::in_order(self.order)
    }

    /// A folder of the client by its local name.
    pub(crate) fn local(&self, name: &str) -> LocalSource {
        LocalSource::new(name, self.options.session_of(name, &self.session.id))
    }

    /// A question about a source; `log_name` makes the name that the progress shows of its identifier.
    pub(crate) fn question(
        &self,
        source: impl Into<Operation>,
        log_name: impl FnOnce(&str) -> String,
    ) -> Result<SourceRequest, Status> {
        let mut graph = self.graph();
        let vertex = graph.add(source);
        let source = Source::alone_in(&graph.definition(graph.root(vertex), &[]));
        let source = source.ok_or_else(|| Status::user("the source does not decode"))?;
        let log_name = log_name(&source.identifier);
        Ok(SourceRequest { log_name, ..SourceRequest::new(source) })
    }

    /// The texts of files of a file system, by path, as far as they are there.
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
                texts.insert(path.clone(), build_file::utf8(path, bytes)?);
            }
        }
        Ok(texts)
    }

    /// The patterns of the `.dockerignore` at the root of a folder, which is that of a context.
    pub(crate) async fn docker_ignore(&self, local: &str, of: Folder<'_>) -> Result<Vec<String>, Status> {
        let (name, hint) = match of {
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
            Some(bytes) => Ok(ignore::patterns(&build_file::utf8(IGNORE_FILE, bytes)?)),
            None => Ok(Vec::new()),
        }
    }
}
