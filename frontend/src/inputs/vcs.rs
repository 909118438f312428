//! Finds out the commit and the address of the repository that the context comes from.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Status};
use buildkit_llb::GitSource;
use buildkit_names::{has_credentials, without_credentials};
use varve_spec::{Family, Vcs};

use super::client::Client;
use super::main_context::MainContext;
use crate::util::text::utf8;

/// The file that names the checked-out commit or branch.
const HEAD: &str = ".git/HEAD";

/// Finds the commit and the address in the client's options for a folder, or in a remote git context. The daemon is asked for the
/// commit only if the family reads it.
///
/// # Errors
/// Returns the daemon's own error.
pub(crate) async fn find<B: Bridge>(
    client: &Client<'_, B>,
    context: &MainContext,
    family: &Family,
) -> Result<Vcs, Status> {
    let MainContext::Git(git) = context else {
        let options = client.options;
        let source = options.vcs_source.as_deref().map(|source| match has_credentials(source) {
            true => without_credentials(source),
            false => source.to_owned(),
        });
        return Ok(Vcs { revision: options.vcs_revision.clone(), source });
    };
    if !family.reads_vcs() {
        return Ok(Vcs::default());
    }
    let names = [git.checksum.as_deref(), Some(git.url.reference())];
    let stated = names.into_iter().flatten().find(|name| is_commit(name)).map(str::to_owned);
    let revision = match stated {
        Some(commit) => Some(commit),
        None => head_commit(client, git).await?,
    };
    Ok(Vcs { revision, source: Some(without_credentials(git.url.remote())) })
}

/// Finds the commit that the daemon checks out. `None` if `.git/HEAD` does not lead to a commit.
///
/// # Errors
/// Returns the daemon's own error.
pub(crate) async fn head_commit<B: Bridge>(
    client: &Client<'_, B>,
    git: &GitSource,
) -> Result<Option<String>, Status> {
    let mut whole = GitSource { keep_git_dir: true, ..git.clone() };
    whole.url = whole.url.with_subdir("");
    // Submodules are not needed. An older daemon fetches them anyway.
    whole.skip_submodules |= client.bridge.ping().await?.capabilities.llb.has("source.git.skipsubmodules");
    let read = async |path: String| -> Result<Option<String>, Status> {
        let mut graph = client.graph();
        let vertex = graph.add(whole.clone());
        let root = graph.root(vertex);
        let mut files: BTreeMap<_, _> =
            client.read_files(&mut graph, root, std::slice::from_ref(&path), usize::MAX).await?;
        let text = files.remove(&path).map(|bytes| utf8(&path, bytes)).transpose()?;
        Ok(text.map(|text| text.trim().to_owned()))
    };
    let head = read(HEAD.to_owned()).await?;
    let commit = match head.as_deref().and_then(|head| head.strip_prefix("ref: ")) {
        Some(branch) => read(format!(".git/{branch}")).await?,
        None => head,
    };
    Ok(commit.filter(|commit| is_commit(commit)))
}

/// Whether a name is a full commit hash, SHA-1 or SHA-256.
fn is_commit(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_hashes_are_commits() {
        assert!(is_commit(&"0f".repeat(20)) && is_commit(&"0f".repeat(32)));
        assert!(!is_commit("main") && !is_commit("0f0f0f0") && !is_commit(&"g".repeat(40)));
    }
}
