//! Downloads and git commits, as `ADD`.

use varve_dockerfile::{self as docker, Add, Base, Files, Instruction, StageName, Word};
use varve_spec::Span;
use varve_spec::plan::{Copy, Download, Extract, Git, Mode, Origin};

use super::files::{FOLDER_MODE, split, with_attributes};
use super::{Renderer, State};
use crate::image_config::config::join_path;
use crate::lower::fetch::{git_url, not_a_repository};

impl Renderer<'_> {
    /// Adds a copy of a download, or of files of a downloaded archive.
    pub(super) fn copy_download(&mut self, span: Span, download: &Download, copy: &Copy, state: &State) {
        let folder = format!("{}/", copy.to.trim_end_matches('/'));
        let Some(extract) = &copy.extract else {
            let mut to = copy.to.clone();
            if to.ends_with('/') || to == "." {
                to = format!("{}/{}", to.trim_end_matches('/'), download.filename);
            }
            if copy.mode.as_ref().is_some_and(|mode| *mode != Mode::Bits(FOLDER_MODE)) {
                let path = join_path(&state.config.workdir, &to);
                self.create_folder(split(&path).0, copy.owner.as_ref(), state);
            }
            let add = downloaded(download, to);
            return self.push(Instruction::Add(Add { files: with_attributes(add.files, copy), ..add }));
        };
        self.add_unpacked(span, downloaded(download, folder), (copy, extract));
    }

    /// Adds a copy that unpacks archives of the context.
    pub(super) fn copy_unpacked(&mut self, span: Span, copy: &Copy, extract: &Extract) {
        if copy.from != Origin::Context {
            return self.error(span, "an archive of a stage or an image that is unpacked");
        }
        let folder = format!("{}/", copy.to.trim_end_matches('/'));
        let add = Add { files: Files::new(&copy.sources, folder), ..Add::default() };
        self.add_unpacked(span, add, (copy, extract));
    }

    /// Unpacks archives into the folder of an `ADD`. Anything but the whole archive is copied from a helper.
    fn add_unpacked(&mut self, span: Span, add: Add, (copy, extract): (&Copy, &Extract)) {
        let names = || copy.sources.iter().map(|name| name.to_ascii_lowercase());
        if names().any(|name| name.ends_with(".zip")) {
            return self.error(span, "a zip archive that is unpacked");
        }
        self.note(span, "`ADD` copies a file that the builder cannot unpack, and does not fail");
        let of_context = copy.from == Origin::Context;
        // Archives of the context are always unpacked.
        let unpack = (!of_context).then_some(true);
        if *extract == Extract::default() && copy.mode.is_none() {
            let files = Files { link: copy.link, ..with_attributes(add.files, copy) };
            return self.push(Instruction::Add(Add { files, unpack, ..add }));
        }
        let to = add.files.to.clone();
        let all = Add { files: Files { to: "/".into(), ..add.files }, unpack, ..add };
        let stage = self.helper("archive", Base::of(docker::Origin::Scratch), vec![Instruction::Add(all)]);
        let (front, rest) = extracted(extract);
        let parents = !rest.is_empty();
        let from = if parents { format!("/{front}/./{rest}") } else { format!("/{front}") };
        let sources = vec![docker::Source::Path(Word::from(&from))];
        let files = Files { sources, to, link: copy.link, ..Files::default() };
        let files = with_attributes(files, copy);
        let from = Some(docker::Origin::Stage(stage));
        self.push(Instruction::Copy(docker::Copy { files, from, parents }));
    }

    /// Adds a copy of a commit.
    pub(super) fn copy_git(&mut self, git: &Git, span: Span, copy: &Copy) {
        if let Some(add) = self.git(git, span, copy.to.clone()) {
            self.push(Instruction::Add(Add { files: with_attributes(add.files, copy), ..add }));
        }
    }

    /// Returns a helper with the files of a mounted download or commit.
    pub(super) fn fetch(&mut self, origin: &Origin, span: Span) -> Option<StageName> {
        let add = match origin {
            Origin::Download(download) => downloaded(download, format!("/{}", download.filename)),
            Origin::Git(git) => self.git(git, span, "/".to_owned())?,
            _ => return None,
        };
        Some(self.helper("fetched", Base::of(docker::Origin::Scratch), vec![Instruction::Add(add)]))
    }

    /// Copies a commit to a path. `None` after an error: it has patches, or the address is not that of a repository.
    fn git(&mut self, git: &Git, span: Span, to: String) -> Option<Add> {
        if !git.apply.is_empty() {
            self.error(span, "patches of a git repository (`apply`)");
            return None;
        }
        let Some(address) = git_url(git) else {
            self.errors.push(not_a_repository(git, span));
            return None;
        };
        let mut url = address.remote().to_owned();
        if !address.names_a_repository() {
            self.note(span, "the Dockerfile needs a git URL that ends with `.git`, so varve appends it");
            url.push_str(".git");
        }
        if git.submodules {
            url.push_str(&address.fragment());
        } else {
            let parts = [("ref", address.reference()), ("subdir", address.subdir()), ("submodules", "false")];
            let parts = parts.iter().filter(|(_, value)| !value.is_empty());
            let parts: Vec<String> = parts.map(|(key, value)| format!("{key}={value}")).collect();
            url.push_str(&format!("?{}", parts.join("&")));
        }
        let commit = git.commit.as_ref().filter(|commit| git.reference.as_ref() != Some(commit));
        Some(Add {
            files: Files::new([url], to),
            keep_git_dir: git.keep_git_dir,
            checksum: commit.map(Word::from),
            unpack: None,
        })
    }
}

fn downloaded(download: &Download, to: String) -> Add {
    let checksum = download.sha256.as_ref().map(|digest| format!("sha256:{digest}").into());
    Add { files: Files::new([&download.url], to), checksum, ..Add::default() }
}

/// Returns the path in an unpacked archive whose content is copied, and the pattern below it. For example, `only: */bin/tool` with
/// `strip: 2` is the pattern `tool` below the path `*/bin`.
fn extracted(extract: &Extract) -> (String, String) {
    let only = extract.only.as_deref().map(|only| only.trim_start_matches("./").trim_matches('/'));
    let parts: Vec<&str> = only.map(|only| only.split('/').collect()).unwrap_or_default();
    // Deeper folders than this are in no archive.
    let strip = extract.strip.min(64);
    let front = (0..strip).map(|index| parts.get(index).copied().unwrap_or("*"));
    let front = front.collect::<Vec<_>>().join("/");
    (front, parts.get(strip..).unwrap_or_default().join("/"))
}
