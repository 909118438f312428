//! Reads the commit and the address of a repository with the program `git`, as docker's client does for a build.

use std::path::Path;
use std::process::Command;

use buildkit_names::without_credentials;
use varve_spec::Vcs;

use crate::files::or_current;

/// Returns the commit that is checked out in a folder, and the address of its repository. A fact is unknown if the folder is in no
/// repository, if it has no commit or no remote, and if there is no program `git`.
pub(crate) fn find(folder: &Path) -> Vcs {
    let git = |words: &[&str]| git(or_current(folder), words);
    let address = |remote: &str| git(&["remote", "get-url", remote]);
    // The remote of the branch comes first.
    let tracked = || {
        let branch = git(&["symbolic-ref", "--short", "HEAD"])?;
        git(&["config", "--get", &format!("branch.{branch}.remote")])
    };
    let source = tracked().and_then(|remote| address(&remote));
    let source = source.or_else(|| address("origin")).or_else(|| address("upstream"));
    Vcs {
        revision: git(&["rev-parse", "--verify", "HEAD^{commit}"]),
        source: source.map(|source| without_credentials(&source)),
    }
}

/// Returns the path of a folder in its repository, without a slash at the end. Empty for the repository itself, and outside of one.
pub(crate) fn prefix(folder: &Path) -> String {
    let prefix = git(or_current(folder), &["rev-parse", "--show-prefix"]).unwrap_or_default();
    prefix.trim_end_matches('/').to_owned()
}

/// The program git in a folder. The folder decides which repository it is, and not the variables that git sets for hooks.
pub(crate) fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_PREFIX",
        "GIT_NAMESPACE",
    ] {
        git.env_remove(variable);
    }
    git.arg("-C").arg(folder);
    git
}

/// Returns the one line that git prints, or `None` if it fails.
fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let output = command(folder).args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
