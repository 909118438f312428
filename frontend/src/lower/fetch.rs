//! Lowers sources that the daemon fetches: downloads and commits of git repositories.

use buildkit_llb::{GitSource, GitUrl, HttpSource, Output, Vertex};
use varve_spec::plan::{Download, Git, Retry};
use varve_spec::{Code, Diagnostic, Span};

use super::{Lowerer, StageInfo};

impl Lowerer<'_, '_> {
    /// Adds a download and returns a file system that contains only its file.
    pub(super) fn download(
        &mut self,
        download: &Download,
        info: &StageInfo<'_>,
        span: Span,
    ) -> Option<Output> {
        let failed = self.inputs.attempts.failed(&download.url);
        let vertex = self.graph.add(HttpSource { failed, ..http_source(download) });
        self.retried(vertex, &download.url, download.retry);
        self.part(vertex, (info, span), &["download ", &download.url])
    }

    /// Adds a commit and returns a file system with its files.
    pub(super) fn git(&mut self, git: &Git, info: &StageInfo<'_>, span: Span) -> Option<Output> {
        let Some(source) = git_source(git) else {
            self.diagnostics.push(not_a_repository(git, span));
            return None;
        };
        let failed = self.inputs.attempts.failed(&git.url);
        let vertex = self.graph.add(GitSource { failed, ..source });
        self.retried(vertex, &git.url, git.retry);
        let whole = self.part(vertex, (info, span), &["git ", &git.url]);
        if git.apply.is_empty() { whole } else { self.patched(git, whole, info, span) }
    }
}

impl Lowerer<'_, '_> {
    /// Records that an operation is tried again. Of several steps that need it, the one with the most runs counts.
    fn retried(&mut self, vertex: Vertex, url: &str, retry: Option<Retry>) {
        let Some(retry) = retry else { return };
        match self.retried.iter_mut().find(|fetch| fetch.vertex == vertex) {
            Some(known) if known.retry.times < retry.times => known.retry = retry,
            Some(_) => {}
            None => self.retried.push(RetriedFetch { vertex, url: url.to_owned(), retry }),
        }
    }
}

/// An operation that is tried again if it fails.
#[derive(Debug, Clone)]
pub struct RetriedFetch {
    /// The operation.
    pub vertex: Vertex,
    /// The URL from which it fetches.
    pub url: String,
    /// How often and when it is tried again.
    pub retry: Retry,
}

/// Creates the source of a download.
pub(crate) fn http_source(download: &Download) -> HttpSource {
    HttpSource {
        checksum: download.sha256.as_ref().map(|digest| format!("sha256:{digest}")),
        filename: download.filename.clone(),
        ..HttpSource::new(&download.url)
    }
}

/// Creates the source of a commit. `None` if the address is not that of a repository.
pub(crate) fn git_source(git: &Git) -> Option<GitSource> {
    // If the reference is the commit itself, no checksum is needed. Beside a branch or tag, the daemon compares.
    let checksum = git.commit.clone().filter(|commit| git.reference.as_ref() != Some(commit));
    Some(GitSource {
        checksum,
        keep_git_dir: git.keep_git_dir,
        skip_submodules: !git.submodules,
        ..GitSource::new(git_url(git)?)
    })
}

/// The address of a commit, with the commit and the folder behind it. `None` if it is not the address of a repository. Patches are
/// applied to the whole repository, and the folder is taken after that.
pub(crate) fn git_url(git: &Git) -> Option<GitUrl> {
    let url: GitUrl = git.url.parse().ok()?;
    let url = url.with_reference(git.reference.as_deref().unwrap_or_default());
    let subdir = git.subdir.as_deref().filter(|_| git.apply.is_empty());
    Some(url.with_subdir(subdir.unwrap_or_default()))
}

/// The error for a step whose address is not that of a repository.
pub(crate) fn not_a_repository(git: &Git, span: Span) -> Diagnostic {
    let message = format!("`{}` is not the URL of a git repository", git.url);
    let error = Diagnostic::error(Code::BadValue, span, message);
    error.help("write https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH")
}
