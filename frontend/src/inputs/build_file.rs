//! The build file, and the ignore file and the lock beside it, read from the source of build files, never from a local context.

use buildkit_gateway::{Bridge, Solve, Status};
use buildkit_llb::{Differ, Graph, LocalSource, Metadata, Output};
use futures_util::future::try_join;
use varve_spec::{Sources, include_not_found, missing_includes};

use super::client::Client;
use super::main_context::{BUILD_FILE, CONTEXT, MainContext};
use crate::util::report;

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
    /// The name of the lock that belongs to it.
    pub(crate) lock_name: String,
    /// The text of the lock, when there is one.
    pub(crate) lock: Option<String>,
    /// The digest of the vertex that loaded it: warnings are shown under it.
    pub(crate) vertex: String,
    /// The operation that loaded it.
    pub(crate) definition: buildkit_llb::Definition,
}

/// Reads the build file: from the folder of build files, or from a main context that is no folder of the client.
///
/// # Errors
/// It is not there, or is not UTF-8; or the daemon's own error.
pub(crate) async fn load<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
) -> Result<BuildFile, Status> {
    let asked = client.options.filename.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    // A build file from a URL is called as its download.
    let path = if matches!(context, MainContext::BuildFile(_)) { CONTEXT.to_owned() } else { asked.clone() };
    let ignore_path = format!("{path}.dockerignore");
    let mut graph = client.graph();
    let lock_path = lock_name(&path);
    let paths = vec![path.clone(), ignore_path.clone(), lock_path.clone()];
    let root = source(client, context, paths, "", &mut graph)?;
    if let Some(root) = root {
        graph
            .describe(root.vertex, Metadata::named(format!("[internal] load build definition from {asked}")));
    }
    let definition = graph.definition(root, &[]);
    let missing = || Status::user(format!("there is no build file {asked}"));
    let solved = client.bridge.solve(Solve::definition(&definition)).await?.single()?;
    let folder = solved.ok_or_else(missing)?;
    let bytes = client.bridge.read_file_if_exists(&folder, &path).await?.ok_or_else(missing)?;
    let text = utf8(&asked, bytes)?;
    let beside = async |path: &str| -> Result<Option<String>, Status> {
        let bytes = client.bridge.read_file_if_exists(&folder, path).await?;
        bytes.map(|bytes| utf8(path, bytes)).transpose()
    };
    let (ignore, lock) = try_join(beside(&ignore_path), beside(&lock_path)).await?;
    let lock_name = lock_name(&asked);
    let vertex = root.map(|root| graph.digest(root.vertex).to_string()).unwrap_or_default();
    Ok(BuildFile { name: asked, text, ignore, lock_name, lock, vertex, definition })
}

/// The name of the lock of a build file: `image.lock` for `image.yaml`.
pub fn lock_name(file: &str) -> String {
    let stem = [".yaml", ".yml"].iter().find_map(|end| file.strip_suffix(end));
    format!("{}.lock", stem.unwrap_or(file))
}

/// Where build files come from. `part` marks what else than the build file itself is transferred.
fn source<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
    paths: Vec<String>,
    part: &str,
    graph: &mut Graph,
) -> Result<Option<Output>, Status> {
    let named = client.options.build_file_source.as_deref();
    if let (None, Some(output)) = (named, context.build_file(graph)?) {
        return Ok(Some(output));
    }
    let local = named.unwrap_or(BUILD_FILE);
    let vertex = graph.add(LocalSource {
        follow: paths,
        shared_key: Some(format!("{local}{part}")),
        differ: Differ::None,
        ..client.local(local)
    });
    Ok(graph.root(vertex))
}

/// The build file with all files that it includes, each read once from where the build file comes from.
///
/// # Errors
/// A file that is not there or is not YAML, with the excerpt that includes it; or the daemon's own error.
pub(crate) async fn with_includes<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
    file: &BuildFile,
) -> Result<Sources, Status> {
    let mut sources = Sources::single(&file.name, &file.text);
    loop {
        let missing = missing_includes(&sources).map_err(|found| report::error(&found, &sources))?;
        if missing.is_empty() {
            return Ok(sources);
        }
        let paths: Vec<String> = missing.iter().map(|include| include.path.clone()).collect();
        let mut graph = client.graph();
        let root = source(client, context, paths.clone(), "-include", &mut graph)?;
        let mut texts = client.read_texts(&mut graph, root, &paths).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_named_as_its_build_file() {
        let check = |file: &str, expect: &str| assert_eq!(lock_name(file), expect);
        check("image.yaml", "image.lock");
        check("docker/app.image.yml", "docker/app.image.lock");
        check("Imagefile", "Imagefile.lock");
        check("a.b/Imagefile", "a.b/Imagefile.lock");
    }
}
