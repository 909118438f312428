//! Downloads and commits, as `ADD`.

use varve_spec::Span;
use varve_spec::plan::{Copy, Download, Extract, Git, Mode, Origin};

use super::files::{FOLDER_MODE, attributes, split};
use super::quote::{flag, words};
use super::{Printer, State};
use crate::image_config::config::join_path;

impl Printer<'_> {
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
                self.download(download, attributes(copy), &to);
            }
            (Origin::Download(download), Some(extract)) if *extract == Extract::default() => {
                let flags = ["--unpack=true".to_owned()].into_iter().chain(attributes(copy));
                self.download(download, flags.collect(), &folder);
            }
            (Origin::Download(download), Some(extract)) => {
                let flags = checksum(download).into_iter().chain(["--unpack=true".to_owned()]);
                let flags: Vec<String> = flags.collect();
                let line = format!("ADD {} {}", flags.join(" "), words(&[&download.url, "/"]));
                let stage = self.helper("archive", "scratch", &[line]);
                let mut flags = vec![format!("--from={stage}")];
                flags.extend(attributes(copy));
                let (front, rest) = taken(extract);
                if rest.is_empty() {
                    return self.instruction("COPY", flags, &words(&[format!("/{front}"), folder]));
                }
                flags.push("--parents".to_owned());
                self.instruction("COPY", flags, &words(&[format!("/{front}/./{rest}"), folder]));
            }
            (Origin::Git(git), _) => {
                if let Some((mut flags, url)) = self.git(git, span) {
                    flags.extend(attributes(copy));
                    self.instruction("ADD", flags, &words(&[url, copy.to.clone()]));
                }
            }
            _ => {}
        }
    }

    fn download(&mut self, download: &Download, more: Vec<String>, to: &str) {
        let flags = checksum(download).into_iter().chain(more).collect();
        self.instruction("ADD", flags, &words(&[&download.url, to]));
    }

    /// The stage that has what a mount shows.
    pub(super) fn fetched(&mut self, origin: &Origin, span: Span) -> Option<String> {
        let (flags, url, to) = match origin {
            Origin::Download(download) => {
                let flags = checksum(download).into_iter().collect();
                (flags, download.url.clone(), format!("/{}", download.filename))
            }
            Origin::Git(git) => {
                let (flags, url) = self.git(git, span)?;
                (flags, url, "/".to_owned())
            }
            _ => return None,
        };
        let flags: Vec<String> = flags;
        let line = [vec!["ADD".to_owned()], flags, vec![words(&[url, to])]].concat().join(" ");
        Some(self.helper("fetched", "scratch", &[line]))
    }

    /// The flags and the address of a commit.
    fn git(&mut self, git: &Git, span: Span) -> Option<(Vec<String>, String)> {
        let mut url = git.url.clone();
        let by_http = url.starts_with("http://") || url.starts_with("https://");
        if by_http && !url.ends_with(".git") {
            self.note(span, "the Dockerfile needs a git URL that ends with `.git`, so varve appends it");
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
        let mut flags = Vec::new();
        flags.extend(git.keep_git_dir.then(|| "--keep-git-dir=true".to_owned()));
        let commit = git.commit.as_ref().filter(|commit| git.reference.as_ref() != Some(commit));
        flags.extend(commit.map(|commit| flag("checksum", commit)));
        Some((flags, url))
    }
}

fn checksum(download: &Download) -> Option<String> {
    download.sha256.as_ref().map(|digest| format!("--checksum=sha256:{digest}"))
}

/// What is taken out of an archive: the folders that are taken off, and what is taken below them.
fn taken(extract: &Extract) -> (String, String) {
    let (front, rest) = crate::lower::extracted_paths(extract);
    (front, rest.into_iter().next().unwrap_or_default())
}
