//! Sources that the daemon fetches: downloads and commits of git repositories.

use buildkit_llb::{GitRemote, GitSource, HttpSource, Metadata, Output};
use varve_spec::plan::{Download, Git};
use varve_spec::{Code, Diagnostic, Span};

use super::{Lowerer, StageInfo};

impl Lowerer<'_, '_> {
    /// A file system with the file of a download and nothing else.
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

    /// A file system with the files of a commit.
    pub(super) fn git(&mut self, git: &Git, info: &StageInfo<'_>, span: Span) -> Option<Output> {
        let Some(source) = git_source(git) else {
            let error = Diagnostic::error(
                Code::BadValue,
                span,
                format!("`{}` is not the URL of a git repository", git.url),
            );
            self.diagnostics
                .push(error.help("write https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH"));
            return None;
        };
        let vertex = self.graph.add(source);
        let name = format!("[{}] git {}", self.prefix(info.stage), git.url);
        self.graph.describe(vertex, Metadata::named(name));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }
}

/// The source of a download.
pub(crate) fn http_source(download: &Download) -> HttpSource {
    HttpSource {
        checksum: download.sha256.as_ref().map(|digest| format!("sha256:{digest}")),
        filename: download.filename.clone(),
        ..HttpSource::new(&download.url)
    }
}

/// The source of a commit. `None` if the address is not the address of a repository.
pub(crate) fn git_source(git: &Git) -> Option<GitSource> {
    let mut remote = GitRemote::parse(&git.url)?;
    remote.reference = git.reference.clone().unwrap_or_default();
    remote.subdir = git.subdir.clone().unwrap_or_default().trim_matches('/').to_owned();
    // If the reference is the commit itself, no checksum is needed. Beside a branch or tag, the daemon compares.
    let checksum = git.commit.clone().filter(|commit| git.reference.as_ref() != Some(commit));
    Some(GitSource {
        checksum,
        keep_git_dir: git.keep_git_dir,
        skip_submodules: !git.submodules,
        ..GitSource::new(remote)
    })
}
