//! The client of a build: its request, and access to its local folders.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Options, Session, Solve, Source, SourceRequest, Status};
use buildkit_llb::{Differ, FieldOrder, Graph, LocalSource, Metadata, Operation, Output};
use varve_spec::Sources;

use super::ignore::IgnoreFile;
use crate::util::report;
use crate::util::text::utf8;

/// The name of the local source of the main context (`DefaultLocalNameContext` in `frontend/dockerui/config.go`).
pub(crate) const CONTEXT: &str = "context";
/// The name of the local source of build files (`DefaultLocalNameDockerfile` in `frontend/dockerui/config.go`).
pub(crate) const BUILD_FILE: &str = "dockerfile";

const IGNORE_FILE: &str = ".dockerignore";

/// The bridge to the daemon, with the request of the client.
pub(crate) struct Client<'a, B> {
    pub(crate) bridge: &'a B,
    pub(crate) session: &'a Session,
    pub(crate) options: &'a Options,
    /// The order in which the daemon's BuildKit encodes the fields of an operation.
    pub(crate) order: FieldOrder,
}

/// The context that a folder of the client belongs to (`frontend/dockerui/context.go`, `namedcontext.go`).
pub(crate) enum Folder<'n> {
    /// The main context.
    Main,
    /// The named context with this name.
    Named(&'n str),
}

impl<B: Bridge> Client<'_, B> {
    /// Creates an empty graph that encodes operations as the daemon's BuildKit does.
    pub(crate) fn graph(&self) -> Graph {
        Graph::in_order(self.order)
    }

    /// Creates the source of a folder of the client, by the name of the local source.
    pub(crate) fn local(&self, name: &str) -> LocalSource {
        LocalSource::new(name, self.options.session_of(name, &self.session.id))
    }

    /// Creates a request to resolve a source. `log_name` converts the identifier of the source to the name that the progress shows.
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

    /// Reads files of a file system, by path, until they have more than `most` bytes together. Files that do not exist are left out.
    pub(crate) async fn read_files(
        &self,
        graph: &mut Graph,
        root: Option<Output>,
        paths: &[String],
        most: usize,
    ) -> Result<BTreeMap<String, Vec<u8>>, Status> {
        let (mut files, mut total) = (BTreeMap::new(), 0);
        if let Some(root) = root {
            graph.describe(root.vertex, Metadata::named(format!("[internal] load {}", paths.join(", "))));
        }
        let definition = graph.encode(root, &[]);
        let Some(folder) = self.bridge.solve(Solve::encoded(definition)).await?.single()? else {
            return Ok(files);
        };
        for path in paths {
            if let Some(bytes) = self.bridge.read_file_if_exists(&folder, path).await? {
                total += bytes.len();
                files.insert(path.clone(), bytes);
            }
            if total > most {
                break;
            }
        }
        Ok(files)
    }

    /// Reads the patterns of `.dockerignore` at the root of the context `local`.
    ///
    /// # Errors
    /// Returns an error at each pattern that is not valid, an error if the file is not UTF-8, or a failure of the daemon.
    pub(crate) async fn docker_ignore(&self, local: &str, folder: Folder<'_>) -> Result<Vec<String>, Status> {
        let (name, hint, file) = match folder {
            Folder::Main => (
                format!("[internal] load {IGNORE_FILE}"),
                format!("{local}-{IGNORE_FILE}"),
                IGNORE_FILE.to_owned(),
            ),
            Folder::Named(context) => (
                format!("[context {context}] load {IGNORE_FILE}"),
                format!("context:{context}-{IGNORE_FILE}"),
                format!("{IGNORE_FILE} of the context {context}"),
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
            Some(bytes) => exclude_patterns(&file, &utf8(&file, bytes)?),
            None => Ok(Vec::new()),
        }
    }
}

/// Returns the patterns of an ignore file.
///
/// # Errors
/// Returns an error at each pattern that is not valid.
pub(crate) fn exclude_patterns(name: &str, text: &str) -> Result<Vec<String>, Status> {
    let mut sources = Sources::default();
    match IgnoreFile::parse(text) {
        Ok(file) => Ok(file.patterns().to_vec()),
        Err(invalid) => {
            let found = invalid.found(name, &mut sources);
            let heading = format!("{} errors in {name}", found.len());
            Err(report::errors_under(&heading, &found, &sources))
        }
    }
}
