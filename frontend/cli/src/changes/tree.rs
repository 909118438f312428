//! The files of a revision, or of the work tree, as a checkout has them.
//!
//! Both are written by git into a new folder, from an index of their own: with the same filters, the same modes, and without ignored files.
//! The repository, its index and its work tree stay as they are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use super::folder::Folder;
use crate::answer::Failure;
use crate::files::or_current;
use crate::git;

/// The first line of a file that git LFS keeps elsewhere (`git-lfs/docs/spec.md`).
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";
/// The largest such file in bytes.
const LARGEST_POINTER: u64 = 1024;
/// The mode of a submodule in an index.
const SUBMODULE: &[u8] = b"160000 ";
/// An untracked file of more bytes is linked or copied, and not written by git, which would take seconds for it.
const LARGE: u64 = 8 << 20;

/// Settings of git: what it writes is removed soon, and a sparse checkout is read as a whole.
const SETTINGS: [&str; 8] = [
    "-c",
    "core.fsync=none",
    "-c",
    "core.looseCompression=0",
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "core.hooksPath=/dev/null",
];

/// A repository.
pub(crate) struct Repository {
    /// The top of the work tree, or the folder of a bare repository.
    top: PathBuf,
    is_bare: bool,
}

/// The files of a revision or of the work tree.
pub(crate) struct Tree {
    folder: Folder,
    /// The name of the revision. `None` for the work tree.
    pub(crate) name: Option<String>,
    /// The commit. `None` for the work tree.
    pub(crate) commit: Option<String>,
    /// The files of the work tree that no commit has and that are not ignored.
    pub(crate) untracked: Vec<String>,
    /// What git does not have here, by its path, with a sentence that says so and what to do.
    absent: Vec<(PathBuf, String)>,
}

impl Tree {
    /// Says that a path is not as a checkout has it.
    ///
    /// # Errors
    /// It is a pointer to a large file, or in a submodule.
    pub(crate) fn needs(&self, path: &Path) -> Result<(), Failure> {
        match self.absent.iter().find(|(absent, _)| path.starts_with(absent)) {
            Some((_, sentence)) => Err(Failure::File(sentence.clone())),
            None => Ok(()),
        }
    }

    /// The path of a file of the repository in this tree.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.folder.path().join("tree").join(path)
    }
}

impl Repository {
    /// Finds the repository of a folder.
    ///
    /// # Errors
    /// The folder is in none, or there is no program `git`.
    pub(crate) fn of(folder: &Path) -> Result<Self, Failure> {
        let words = ["rev-parse", "--is-bare-repository", "--absolute-git-dir"];
        let output = git::command(folder).args(words).output();
        let output = output.map_err(|error| Failure::File(format!("varve cannot run git: {error}")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if let Some(bare) = text(&output.stdout).strip_prefix("true\n") {
            return Ok(Self { top: bare.into(), is_bare: true });
        }
        let output = git::command(folder).args(["rev-parse", "--show-toplevel"]).output();
        let output = output.map_err(|error| Failure::File(format!("varve cannot run git: {error}")))?;
        match text(&output.stdout) {
            top if output.status.success() && !top.is_empty() => Ok(Self { top: top.into(), is_bare: false }),
            _ => Err(Failure::File(format!(
                "varve compares revisions of a git repository, and git finds none at {}: {}",
                folder.display(),
                text(&output.stderr)
            ))),
        }
    }

    /// Whether the repository has no work tree.
    pub(crate) fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// The path of a file or folder relative to the top of the repository. It need not exist now.
    ///
    /// # Errors
    /// It is not in the repository.
    pub(crate) fn relative(&self, path: &Path) -> Result<PathBuf, Failure> {
        if self.is_bare {
            return Ok(plain(path));
        }
        let whole = canonical(path);
        let top = fs::canonicalize(&self.top).unwrap_or_else(|_| self.top.clone());
        let relative = whole.strip_prefix(&top).map(Path::to_owned);
        relative.map_err(|_| {
            Failure::Usage(format!("{} is not in the repository {}", path.display(), top.display()))
        })
    }

    /// Writes the files of a revision below these folders.
    ///
    /// # Errors
    /// There is no such revision, the files need more than git has here, or git fails.
    pub(crate) fn revision(&self, name: &str, folders: &[PathBuf]) -> Result<Tree, Failure> {
        let wanted = format!("{name}^{{commit}}");
        let found = self.git(&[], &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
        let found = found.ok().filter(|commit| commit.starts_with(|c: char| c.is_ascii_hexdigit()));
        let Some(commit) = found else {
            let shallow = self.git(&[], &["rev-parse", "--is-shallow-repository"])?;
            return Err(Failure::Usage(match shallow.trim() {
                "true" => format!(
                    "git has no revision `{name}`, and the history is shallow: fetch the rest with `git fetch --unshallow`"
                ),
                _ => format!("git has no revision `{name}`"),
            }));
        };
        let commit = commit.trim().to_owned();
        let folder = Folder::new()?;
        let index = folder.path().join("index");
        let mut env = vec![("GIT_INDEX_FILE", index.as_os_str())];
        let tree = folder.path().join("tree");
        if self.is_bare {
            env.extend([("GIT_DIR", self.top.as_os_str()), ("GIT_WORK_TREE", tree.as_os_str())]);
            fs::create_dir_all(&tree).map_err(cannot_write)?;
        }
        self.git(&env, &["read-tree", &commit])?;
        let missing = format!("git lfs fetch origin {commit}");
        let absent = self.check_out(&env, &folder, folders, &missing)?;
        Ok(Tree { folder, name: Some(name.to_owned()), commit: Some(commit), untracked: Vec::new(), absent })
    }

    /// Writes the files of the work tree below these folders, without those that git ignores.
    ///
    /// # Errors
    /// The files need more than git has here, or git fails.
    pub(crate) fn work_tree(&self, folders: &[PathBuf]) -> Result<Tree, Failure> {
        let folder = Folder::new()?;
        let index = folder.path().join("index");
        let own = |path: &str| -> Result<PathBuf, Failure> {
            Ok(self.top.join(self.git(&[], &["rev-parse", "--git-path", path])?.trim()))
        };
        // The index knows the files that are tracked although a pattern ignores them.
        let _ = copy_with_time(&own("index")?, &index);
        let objects = folder.path().join("objects");
        fs::create_dir(&objects).map_err(cannot_write)?;
        let known = own("objects")?;
        let env = [
            ("GIT_INDEX_FILE", index.as_os_str()),
            ("GIT_OBJECT_DIRECTORY", objects.as_os_str()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", known.as_os_str()),
        ];
        let below = paths(folders);
        let others = [&["ls-files", "--others", "--exclude-standard", "-z", "--"][..], &below].concat();
        let others = self.git_with(&[], &others, &[])?;
        let others = others.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        // A repository in this one is a folder here, and git knows nothing of what is in it.
        let (nested, others): (Vec<&[u8]>, Vec<&[u8]>) = others.partition(|path| path.ends_with(b"/"));
        let (large, untracked): (Vec<&[u8]>, Vec<&[u8]>) =
            others.into_iter().partition(|path| self.is_large(path));
        self.without_marks(&env, &below)?;
        let edited = ["diff-files", "--name-only", "--ignore-submodules=dirty", "-z", "--"];
        let mut list = self.git_with(&env, &[&edited[..], &below].concat(), &[])?;
        list.extend(untracked.iter().flat_map(|path| [path, &[0][..]].concat()));
        self.git_with(&env, &["update-index", "--add", "--remove", "-z", "--stdin"], &list)?;
        let mut absent = self.check_out(&env, &folder, folders, "git lfs pull")?;
        for path in nested {
            let path = PathBuf::from(String::from_utf8_lossy(path).as_ref());
            fs::create_dir_all(folder.path().join("tree").join(&path)).map_err(cannot_write)?;
            absent.push((path.clone(), of_submodule(&path)));
        }
        for path in &large {
            let path = PathBuf::from(String::from_utf8_lossy(path).as_ref());
            let (from, to) = (self.top.join(&path), folder.path().join("tree").join(&path));
            let made = fs::create_dir_all(to.parent().unwrap_or(folder.path()));
            made.and_then(|()| fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)))
                .map_err(|error| Failure::File(format!("varve cannot read {}: {error}", path.display())))?;
        }
        let mut untracked: Vec<String> =
            large.iter().chain(&untracked).map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        untracked.sort();
        Ok(Tree { name: None, commit: None, untracked, folder, absent })
    }

    /// Takes the marks from an index because of which git does not look at files that are there: `assume-unchanged` and `skip-worktree`. A
    /// file of a sparse checkout that is not there stays as it is.
    fn without_marks(&self, env: &[(&str, &OsStr)], below: &[&str]) -> Result<(), Failure> {
        let entries = self.git_with(env, &[&["ls-files", "-v", "-z", "--"][..], below].concat(), &[])?;
        let (mut unchanged, mut skipped) = (Vec::new(), Vec::new());
        for entry in entries.split(|byte| *byte == 0) {
            let [tag, b' ', path @ ..] = entry else { continue };
            let is_there =
                || self.top.join(String::from_utf8_lossy(path).as_ref()).symlink_metadata().is_ok();
            if tag.is_ascii_lowercase() {
                unchanged.extend([path, &[0]].concat());
            }
            if tag.eq_ignore_ascii_case(&b'S') && is_there() {
                skipped.extend([path, &[0]].concat());
            }
        }
        for (option, list) in [("--no-assume-unchanged", unchanged), ("--no-skip-worktree", skipped)] {
            if !list.is_empty() {
                self.git_with(env, &["update-index", option, "-z", "--stdin"], &list)?;
            }
        }
        Ok(())
    }

    /// Whether an untracked file is so large that git is not asked to write it. It then has the bytes of the work tree.
    fn is_large(&self, path: &[u8]) -> bool {
        let place = std::str::from_utf8(path).map(|path| self.top.join(path));
        let metadata = place.ok().and_then(|place| fs::symlink_metadata(place).ok());
        metadata.is_some_and(|file| file.is_file() && file.len() > LARGE)
    }

    /// Writes the files of an index. `missing` is the command that fetches large files. Returns what git does not have here.
    fn check_out(
        &self,
        env: &[(&str, &OsStr)],
        folder: &Folder,
        folders: &[PathBuf],
        missing: &str,
    ) -> Result<Vec<(PathBuf, String)>, Failure> {
        let below = paths(folders);
        let staged = self.git_with(env, &[&["ls-files", "--stage", "-z", "--"][..], &below].concat(), &[])?;
        let (mut list, mut files, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for entry in staged.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let (kind, path) = (&entry[..tab], &entry[tab + 1..]);
            let shown = String::from_utf8_lossy(path).into_owned();
            if kind.starts_with(SUBMODULE) {
                let path = PathBuf::from(shown);
                absent.push((path.clone(), of_submodule(&path)));
                continue;
            }
            list.extend([path, &[0]].concat());
            files.push(shown);
        }
        let tree = folder.path().join("tree");
        let prefix = format!("--prefix={}/", tree.display());
        // In a sparse checkout, files that are not there count too.
        let words =
            ["checkout-index", "--ignore-skip-worktree-bits", "--force", "--quiet", &prefix, "-z", "--stdin"];
        self.git_with(env, &words, &list)?;
        // git has no empty folders. That of a submodule is there, so that a step that reads it is found.
        for folder in folders.iter().chain(absent.iter().map(|(path, _)| path)) {
            fs::create_dir_all(tree.join(folder)).map_err(cannot_write)?;
        }
        let pointers = files.into_iter().filter(|path| is_pointer(&tree.join(path)));
        absent.extend(pointers.map(|path| {
            let sentence =
                format!("{path} is a pointer to a large file that is not here: fetch it with `{missing}`");
            (PathBuf::from(path), sentence)
        }));
        Ok(absent)
    }

    /// Runs git and returns its output.
    fn git(&self, env: &[(&str, &OsStr)], words: &[&str]) -> Result<String, Failure> {
        self.git_with(env, words, &[]).map(|output| String::from_utf8_lossy(&output).into_owned())
    }

    fn git_with(&self, env: &[(&str, &OsStr)], words: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
        let failed = |why: String| Failure::File(format!("git {} failed: {}", words[0], why.trim()));
        let mut git = git::command(&self.top);
        git.args(SETTINGS).args(words).envs(env.iter().copied());
        git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = git.spawn().map_err(|error| failed(error.to_string()))?;
        let pipe = running.stdin.take();
        let output = std::thread::scope(|scope| {
            // git ends early if it fails, and then reads no more.
            scope.spawn(move || pipe.map(|mut pipe| std::io::Write::write_all(&mut pipe, input)));
            running.wait_with_output()
        });
        let output = output.map_err(|error| failed(error.to_string()))?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(failed(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }
}

/// What is said of a submodule that a step reads.
fn of_submodule(path: &Path) -> String {
    format!(
        "varve does not compare submodules, and a step reads {}, which is one: compare what `varve key` prints in a checkout of each revision",
        path.display()
    )
}

fn cannot_write(error: std::io::Error) -> Failure {
    Failure::File(format!("varve cannot write: {error}"))
}

/// Copies an index with its time. From that, git sees which files may have been edited just after they were added: it looks at the
/// content of a file that is not older than the index (`Documentation/technical/racy-git.txt` of git).
fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to)?;
    fs::File::options().write(true).open(to)?.set_modified(fs::metadata(from)?.modified()?)
}

/// The path without links. What does not exist is taken as it is written.
fn canonical(path: &Path) -> PathBuf {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Ok(whole), _, _) => whole,
        (Err(_), Some(parent), Some(name)) => canonical(or_current(parent)).join(name),
        (Err(_), _, _) => path.to_owned(),
    }
}

/// A path in a bare repository, where a file has no place: as it is written, from the top.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// Folders as paths for git.
fn paths(folders: &[PathBuf]) -> Vec<&str> {
    folders.iter().map(|folder| folder.to_str().filter(|path| !path.is_empty()).unwrap_or(".")).collect()
}

/// Whether a file is a pointer of git LFS, which is there in place of the file.
fn is_pointer(path: &Path) -> bool {
    let small = fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST_POINTER);
    small && fs::read(path).is_ok_and(|bytes| bytes.starts_with(POINTER))
}
