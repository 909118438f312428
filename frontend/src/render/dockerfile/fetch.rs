//! Downloads and commits, as `ADD`.

use varve_dockerfile::{self as docker, Add, Base, Files, Instruction, StageName, Word};
use varve_spec::Span;
use varve_spec::plan::{Copy, Download, Extract, Git, Mode, Origin};

use super::files::{FOLDER_MODE, attributed, split};
use super::{Renderer, State};
use crate::image_config::config::join_path;

impl Renderer<'_> {
    /// A copy of something fetched.
    pub(super) fn add(&mut self, span: Span, copy: &Copy, state: &State) {
        let folder = format!("{}/", copy.to.trim_end_matches('/'));
        match (&copy.from, &copy.extract) {
            (Origin::Download(download), None) => {
                let mut to = copy.to.clone();
                if to.ends_with('/') || to == "." {
                    to = format!("{}/{}", to.trim_end_matches('/'), download.filename);
                }
                if copy.mode.as_ref().is_some_and(|mode| *mode != Mode::Bits(FOLDER_MODE)) {
                    let path = join_path(&state.config.workdir, &to);
                    self.folder(split(&path).0, copy.owner.as_ref(), state);
                }
                let add = downloaded(download, to);
                self.put(Instruction::Add(Add { files: attributed(add.files, copy), ..add }));
            }
            (Origin::Download(download), Some(extract)) if *extract == Extract::default() => {
                let add = downloaded(download, folder);
                let files = attributed(add.files, copy);
                self.put(Instruction::Add(Add { files, unpack: Some(true), ..add }));
            }
            (Origin::Download(download), Some(extract)) => {
                let all = downloaded(download, "/".to_owned());
                let all = Instruction::Add(Add { unpack: Some(true), ..all });
                let stage = self.helper("archive", Base::of(docker::Origin::Scratch), vec![all]);
                let (front, rest) = taken(extract);
                let parents = !rest.is_empty();
                let from = if parents { format!("/{front}/./{rest}") } else { format!("/{front}") };
                let files = attributed(Files::new([from], folder), copy);
                let from = Some(docker::Origin::Stage(stage));
                self.put(Instruction::Copy(docker::Copy { files, from, parents }));
            }
            (Origin::Git(git), _) => {
                let add = self.git(git, span, copy.to.clone());
                self.put(Instruction::Add(Add { files: attributed(add.files, copy), ..add }));
            }
            _ => {}
        }
    }

    /// The stage that has what a mount shows.
    pub(super) fn fetched(&mut self, origin: &Origin, span: Span) -> Option<StageName> {
        let add = match origin {
            Origin::Download(download) => downloaded(download, format!("/{}", download.filename)),
            Origin::Git(git) => self.git(git, span, "/".to_owned()),
            _ => return None,
        };
        Some(self.helper("fetched", Base::of(docker::Origin::Scratch), vec![Instruction::Add(add)]))
    }

    /// A commit that goes to a path.
    fn git(&mut self, git: &Git, span: Span, to: String) -> Add {
        let mut url = git.url.clone();
        let by_http = url.starts_with("http://") || url.starts_with("https://");
        if by_http && !url.ends_with(".git") {
            self.note(
                span,
                "a Dockerfile knows a repository by `.git` at the end of its address, which is added",
            );
            url.push_str(".git");
        }
        let reference = git.reference.as_deref().unwrap_or_default();
        let subdir = git.subdir.as_deref().unwrap_or_default().trim_matches('/');
        if git.submodules {
            let subdir = if subdir.is_empty() { String::new() } else { format!(":{subdir}") };
            let part = format!("{reference}{subdir}");
            url.push_str(&if part.is_empty() { part } else { format!("#{part}") });
        } else {
            let parts = [("ref", reference), ("subdir", subdir), ("submodules", "false")];
            let parts = parts.iter().filter(|(_, value)| !value.is_empty());
            let parts: Vec<String> = parts.map(|(key, value)| format!("{key}={value}")).collect();
            url.push_str(&format!("?{}", parts.join("&")));
        }
        let commit = git.commit.as_ref().filter(|commit| git.reference.as_ref() != Some(commit));
        Add {
            files: Files::new([url], to),
            keep_git_dir: git.keep_git_dir,
            checksum: commit.map(Word::from),
            unpack: None,
        }
    }
}

fn downloaded(download: &Download, to: String) -> Add {
    let checksum = download.sha256.as_ref().map(|digest| format!("sha256:{digest}").into());
    Add { files: Files::new([&download.url], to), checksum, ..Add::default() }
}

/// What is taken out of an archive: the folders that are taken off, and what is taken below them.
fn taken(extract: &Extract) -> (String, String) {
    let (front, rest) = crate::lower::extracted_paths(extract);
    (front, rest.into_iter().next().unwrap_or_default())
}
