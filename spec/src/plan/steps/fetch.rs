//! `download` and `git`: files that the daemon fetches. They are sources and no commands in a shell, so BuildKit verifies them,
//! shares them between builds, and caches them by content.

use buildkit_names::{is_http, url_file_name};

use super::copy::{self, Copy, Extract, Origin};
use super::{credentials, pattern};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::plan::build::Planner;
use crate::plan::retry::{Retry, retry};
use crate::plan::{Mode, Owner};
use crate::schema::scalars::Scalar;
use crate::variant::concrete::ConcreteValue;

/// The help for a download with credentials.
const SECRET_DOWNLOAD: &str = "download it in a `run` step with a secret, such as `mounts: [{secret: netrc, to: /root/.netrc}]` and `curl --netrc`";
/// The help for a repository with credentials (`source/git/source.go` for the names of the secrets).
const SECRET_REPOSITORY: &str = "remove them: the builder takes the secret `GIT_AUTH_TOKEN` or `GIT_AUTH_HEADER`, such as `--secret id=GIT_AUTH_TOKEN,env=TOKEN`";

/// A file from a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The URL.
    pub url: String,
    /// The SHA-256 digest of the content in hexadecimal digits.
    pub sha256: Option<String>,
    /// The name of the file: the last part of the URL's path, decoded. `download` if there is none.
    pub filename: String,
    /// How often it is tried again if it fails. `None` for never.
    pub retry: Option<Retry>,
}

/// A commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Git {
    /// The address of the repository.
    pub url: String,
    /// A branch, tag or commit. `None` for the default branch.
    pub reference: Option<String>,
    /// The commit to which `reference` has to resolve.
    pub commit: Option<String>,
    /// The folder of the repository that is used. `None` for all files.
    pub subdir: Option<String>,
    /// Whether submodules are fetched too.
    pub submodules: bool,
    /// Whether the folder `.git` is kept.
    pub keep_git_dir: bool,
    /// The patches of the context that are applied to all files of the repository, in order. They are patterns as those of a copy.
    pub apply: Vec<String>,
    /// How often the fetch is tried again if it fails. `None` for never.
    pub retry: Option<Retry>,
}

impl Git {
    /// Whether it always means the same commit.
    pub fn is_pinned(&self) -> bool {
        let is_commit = |name: &str| Scalar::Commit.check(name).is_ok();
        self.commit.is_some() || self.reference.as_deref().is_some_and(is_commit)
    }
}

/// Plans a step `download`, which is a copy.
pub(in crate::plan) fn download(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Copy> {
    let from = download_origin(data, value, planner)?;
    let Origin::Download(download) = &from else { return None };
    let extract = copy::extract(data);
    // A copy has patterns, and an archive has one path.
    let source = match &extract {
        Some(_) => download.filename.clone(),
        None => pattern::literal(&download.filename),
    };
    // A plain download is readable by all users. Files from an archive keep their modes.
    let said = data.text("mode").and_then(|mode| Mode::parse(&mode));
    let mode = said.or_else(|| extract.is_none().then_some(Mode::Bits(0o644)));
    Some(fetched(data, from, source, mode, extract))
}

/// Plans a step `git`, which is a copy.
pub(in crate::plan) fn git(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Copy> {
    let from = git_origin(data, value, planner)?;
    let mut copy = fetched(data, from, "/".to_owned(), None, None);
    if !copy.to.ends_with('/') {
        copy.to.push('/');
    }
    Some(copy)
}

fn fetched(
    data: &ConcreteValue,
    from: Origin,
    source: String,
    mode: Option<Mode>,
    extract: Option<Extract>,
) -> Copy {
    Copy {
        from,
        sources: vec![source],
        to: data.text("to").unwrap_or_default(),
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        mode,
        exclude: Vec::new(),
        follow_links: true,
        optional: false,
        parents: false,
        link: false,
        extract,
    }
}

/// The origin of a step or a mount `download`.
pub(in crate::plan) fn download_origin(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Origin> {
    let url = value.as_text()?.to_owned();
    credentials::refuse(Some(value), SECRET_DOWNLOAD, &mut planner.found);
    if !is_http(&url) {
        let error = Diagnostic::error(Code::BadValue, value.span, format!("`{url}` is not a URL"));
        planner.found.push(error.help("expected a URL that starts with https:// or http://"));
        return None;
    }
    let filename = file_name(&url);
    let sha256 = data.text("sha256").map(|digest| digest.trim_start_matches("sha256:").to_owned());
    let retry = retry(data, &mut planner.found);
    Some(Origin::Download(Download { url, sha256, filename, retry }))
}

/// The name of the file that a URL leads to. `download` if its path has no name.
fn file_name(url: &str) -> String {
    url_file_name(url).unwrap_or_else(|| "download".to_owned())
}

/// The origin of a step or a mount `git`.
pub(in crate::plan) fn git_origin(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Origin> {
    let url = value.as_text()?.to_owned();
    credentials::refuse(Some(value), SECRET_REPOSITORY, &mut planner.found);
    if url.contains(['#', '?']) {
        let message = format!("`{url}` has a fragment or a query");
        let error = Diagnostic::error(Code::BadValue, value.span, message);
        planner.found.push(error.help("use the keys `ref:`, `subdir:` and so on instead"));
        return None;
    }
    let commit = data.text("commit");
    let patches = data.get("apply");
    let apply = patches.map(|value| pattern::all_for_buildkit(&value.as_texts(), value, &mut planner.found));
    let retry = retry(data, &mut planner.found);
    Some(Origin::Git(Git {
        retry,
        url,
        reference: data.text("ref").or_else(|| commit.clone()),
        commit,
        subdir: data.text("subdir"),
        submodules: data.bool("submodules").unwrap_or(true),
        keep_git_dir: data.bool("keep-git-dir").unwrap_or(false),
        apply: apply.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_path_is_the_file_download() {
        assert_eq!(file_name("https://example.com"), "download");
        assert_eq!(file_name("https://example.com/?a=b"), "download");
        assert_eq!(file_name("https://example.com/a%20b?a=b"), "a b");
    }
}
