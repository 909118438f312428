//! Lowers sources that the daemon fetches: downloads and commits of git repositories.

use buildkit_llb::{GitSource, GitUrl, HttpSource, Metadata, Output};
use varve_spec::plan::{Download, Git};
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
        let vertex = self.graph.add(http_source(download));
        let name = format!("[{}] download {}", self.prefix(info.stage), download.url);
        self.graph.describe(vertex, Metadata::named(name));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }

    /// Adds a commit and returns a file system with its files.
    pub(super) fn git(&mut self, git: &Git, info: &StageInfo<'_>, span: Span) -> Option<Output> {
        let Some(source) = git_source(git) else {
            self.diagnostics.push(not_a_repository(git, span));
            return None;
        };
        let vertex = self.graph.add(source);
        let name = format!("[{}] git {}", self.prefix(info.stage), git.url);
        self.graph.describe(vertex, Metadata::named(name));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }
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

/// The address of a commit, with the commit and the folder behind it. `None` if it is not the address of a repository.
pub(crate) fn git_url(git: &Git) -> Option<GitUrl> {
    let url: GitUrl = git.url.parse().ok()?;
    let url = url.with_reference(git.reference.as_deref().unwrap_or_default());
    Some(url.with_subdir(git.subdir.as_deref().unwrap_or_default()))
}

/// The error for a step whose address is not that of a repository.
pub(crate) fn not_a_repository(git: &Git, span: Span) -> Diagnostic {
    let message = format!("`{}` is not the URL of a git repository", git.url);
    let error = Diagnostic::error(Code::BadValue, span, message);
    error.help("write https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH")
}
