//! Loads the build file, and the ignore file and the lock beside it. They come from the build file source, never from a local
//! context.

use buildkit_gateway::{Bridge, Solve, Status};
use buildkit_llb::{Differ, Graph, LocalSource, Metadata, Output};
use futures_util::future::try_join3;
use varve_spec::{Code, Diagnostic, IncludeSearch, Sources, include_not_found, wrong_includes};

use super::client::{BUILD_FILE, CONTEXT, Client};
use super::main_context::MainContext;
use crate::util::report;
use crate::util::text::utf8;

/// The name of the build file if the client does not name one.
const DEFAULT_NAME: &str = "image.yaml";

/// A loaded build file.
pub(crate) struct BuildFile {
    /// The name, as the user gave it.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
    /// The text of `NAME.dockerignore`, if that file exists.
    pub(crate) ignore: Option<String>,
    /// The name of the lock: `image.lock` for `image.yaml`.
    pub(crate) lock_name: String,
    /// The text of the lock, if that file exists.
    pub(crate) lock: Option<String>,
    /// The digest of the vertex that loads the build file. The client shows warnings under this vertex.
    pub(crate) vertex: String,
    /// The definition that loads the build file.
    pub(crate) definition: buildkit_llb::Definition,
}

/// Loads the build file from the client's folder of build files, or from a main context that is not a folder of the client.
///
/// # Errors
/// Returns an error if the file does not exist or is not UTF-8, or if the daemon fails.
pub(crate) async fn load<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
) -> Result<BuildFile, Status> {
    let name = client.options.filename.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    // A build file at a URL has the file name of the download.
    let path = if matches!(context, MainContext::BuildFile(_)) { CONTEXT.to_owned() } else { name.clone() };
    let ignore_path = format!("{path}.dockerignore");
    let mut graph = client.graph();
    let lock_path = lock_name(&path);
    let paths = vec![path.clone(), ignore_path.clone(), lock_path.clone()];
    let root = source(client, context, paths, "", &mut graph)?;
    if let Some(root) = root {
        graph.describe(root.vertex, Metadata::named(format!("[internal] load build definition from {name}")));
    }
    let definition = graph.definition(root, &[]);
    let not_found = || Status::user(format!("there is no build file {name}"));
    let solved = client.bridge.solve(Solve::definition(&definition)).await?.single()?;
    let folder = solved.ok_or_else(not_found)?;
    let read = |path| client.bridge.read_file_if_exists(&folder, path);
    let (bytes, ignore, lock) = try_join3(read(&path), read(&ignore_path), read(&lock_path)).await?;
    let text = varve_spec::utf8(bytes.ok_or_else(not_found)?).map_err(|error| {
        let (found, sources) = error.in_file(&name);
        report::error(&[found], &sources)
    })?;
    let ignore = ignore.map(|bytes| utf8(&ignore_path, bytes)).transpose()?;
    let lock = lock.map(|bytes| utf8(&lock_path, bytes)).transpose()?;
    let lock_name = lock_name(&name);
    let vertex = root.map(|root| graph.digest(root.vertex).to_string()).unwrap_or_default();
    Ok(BuildFile { name, text, ignore, lock_name, lock, vertex, definition })
}

/// Returns the name of the lock of a build file: `image.lock` for `image.yaml`.
pub fn lock_name(file: &str) -> String {
    let stem = [".yaml", ".yml"].iter().find_map(|end| file.strip_suffix(end));
    format!("{}.lock", stem.unwrap_or(file))
}

/// Returns the build file source, reduced to some paths. `part` is appended to the shared key of the transfer, so that transfers of
/// different files do not replace each other.
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

/// Loads all files that the build file includes, directly or indirectly, from the build file source.
///
/// # Errors
/// Returns an error if a file does not exist, or is not UTF-8 or YAML, with the excerpt that includes it, or if the daemon fails.
pub(crate) async fn with_includes<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
    file: &BuildFile,
) -> Result<Sources, Status> {
    let mut sources = Sources::single(&file.name, &file.text);
    let mut search = IncludeSearch::default();
    loop {
        let includes =
            search.missing(&sources).map_err(|diagnostics| report::error(&diagnostics, &sources))?;
        if includes.is_empty() {
            return Ok(sources);
        }
        let paths: Vec<String> = includes.iter().map(|include| include.path.clone()).collect();
        let mut graph = client.graph();
        let root = source(client, context, paths.clone(), "-include", &mut graph)?;
        let mut files = client.read_files(&mut graph, root, &paths, IncludeSearch::MOST).await?;
        let mut diagnostics = Vec::new();
        for include in &includes {
            match files.remove(&include.path).map(varve_spec::utf8) {
                Some(Ok(text)) => drop(sources.add(&include.path, text)),
                Some(Err(error)) => {
                    diagnostics.push(error.named_at(Code::Include, &include.path, include.span));
                }
                // The rest was not read.
                None if search.is_full(&sources) => break,
                None => diagnostics.push(include_not_found(include)),
            }
        }
        if !diagnostics.is_empty() {
            diagnostics.extend(wrong_includes(&sources));
            Diagnostic::sort(&mut diagnostics);
            return Err(report::error(&diagnostics, &sources));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_named_after_its_build_file() {
        let check = |file: &str, expect: &str| assert_eq!(lock_name(file), expect);
        check("image.yaml", "image.lock");
        check("docker/app.image.yml", "docker/app.image.lock");
        check("Imagefile", "Imagefile.lock");
        check("a.b/Imagefile", "a.b/Imagefile.lock");
    }
}
