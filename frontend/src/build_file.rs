//! The build file and the ignore file beside it, read from the source of build files, never from the context.

use buildkit_gateway::{Bridge, Options, Session, Solve, Status};
use buildkit_llb::{Differ, Graph, LocalSource, Metadata};
use varve_spec::{Sources, include_not_found, missing_includes};

use crate::client::Client;
use crate::report;

/// The local source of build files (`frontend/dockerui/config.go` `DefaultLocalNameDockerfile`).
const SOURCE: &str = "dockerfile";
/// The name that is looked for when the client names none.
const DEFAULT_NAME: &str = "image.yaml";

/// The build file as it was read.
pub(crate) struct BuildFile {
    /// Its name as the user knows it.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
    /// The text of `NAME.dockerignore`, when there is one.
    pub(crate) ignore: Option<String>,
    /// The digest of the vertex that loaded it: warnings are shown under it.
    pub(crate) vertex: String,
    /// The operation that loaded it.
    pub(crate) definition: buildkit_llb::Definition,
}

/// Reads the build file.
///
/// # Errors
/// It is not there, or is not UTF-8; or the daemon's own error.
pub(crate) async fn load(
    bridge: &impl Bridge,
    session: &Session,
    options: &Options,
) -> Result<BuildFile, Status> {
    let name = options.filename.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    let ignore_name = format!("{name}.dockerignore");
    let local = options.build_file_source.as_deref().unwrap_or(SOURCE);
    let mut graph = Graph::new();
    let vertex = graph.add(LocalSource {
        follow: vec![name.clone(), ignore_name.clone()],
        shared_key: Some(local.to_owned()),
        differ: Differ::None,
        ..LocalSource::new(local, options.session_of(local, &session.id))
    });
    graph.describe(vertex, Metadata::named(format!("[internal] load build definition from {name}")));
    let definition = graph.definition(graph.root(vertex), &[]);
    let solved = bridge.solve(Solve::definition(definition.clone())).await?.single()?;
    let missing = || Status::user(format!("there is no build file {name}"));
    let folder = solved.ok_or_else(missing)?;
    let bytes = bridge.read_file_if_exists(&folder, &name).await?.ok_or_else(missing)?;
    let ignore = bridge.read_file_if_exists(&folder, &ignore_name).await?;
    let text = utf8(&name, bytes)?;
    let ignore = ignore.map(|bytes| utf8(&ignore_name, bytes)).transpose()?;
    Ok(BuildFile { name, text, ignore, vertex: graph.digest(vertex).to_string(), definition })
}

/// The build file with all files that it includes, each read once from the source of build files.
///
/// # Errors
/// A file that is not there or is not YAML, with the excerpt that includes it; or the daemon's own error.
pub(crate) async fn with_includes<B: Bridge>(
    client: &Client<'_, B>,
    file: &BuildFile,
) -> Result<Sources, Status> {
    let local = client.options.build_file_source.as_deref().unwrap_or(SOURCE);
    let mut sources = Sources::single(&file.name, &file.text);
    loop {
        let missing = missing_includes(&sources).map_err(|found| report::error(&found, &sources))?;
        if missing.is_empty() {
            return Ok(sources);
        }
        let paths: Vec<String> = missing.iter().map(|include| include.path.clone()).collect();
        let mut texts = client.read_files(local, &format!("{local}-include"), &paths).await?;
        let mut found = Vec::new();
        for include in &missing {
            match texts.remove(&include.path) {
                Some(text) => drop(sources.add(&include.path, text)),
                None => found.push(include_not_found(include)),
            }
        }
        if !found.is_empty() {
            return Err(report::error(&found, &sources));
        }
    }
}

/// The text of a file.
pub(crate) fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Status> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        Status::user(format!("{name}:{line}: the file is not UTF-8 from byte {valid} on"))
    })
}
