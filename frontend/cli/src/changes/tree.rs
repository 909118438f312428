//! The files of a revision, or of the work tree, as a checkout has them.
//!
//! Both are written by git into a new folder, from an index of their own: with the same filters, the same modes, and without ignored files.
//! The repository, its index and its work tree stay as they are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use crate::answer::Failure;
use crate::files::or_current;
use crate::git;

/// The first line of a file that git LFS keeps elsewhere (`git-lfs/docs/spec.md`).
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";
/// The largest such file in bytes.
const LARGEST_POINTER: u64 = 1024;
/// The mode of a submodule in an index.
const SUBMODULE: &[u8] = b"160000 ";

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

/// A repository with a work tree.
pub(crate) struct Repository {
    top: PathBuf,
}

/// The files of a revision or of the work tree.
pub(crate) struct Tree {
    folder: TempDir,
    /// The name of the revision. `None` for the work tree.
    pub(crate) name: Option<String>,
    /// The commit. `None` for the work tree.
    pub(crate) commit: Option<String>,
    /// The files of the work tree that no commit has and that are not ignored.
    pub(crate) untracked: Vec<String>,
}

impl Tree {
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
        let output = git::command(folder).args(["rev-parse", "--show-toplevel"]).output();
        let output = output.map_err(|error| Failure::File(format!("varve cannot run git: {error}")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match text(&output.stdout) {
            top if output.status.success() && !top.is_empty() => Ok(Self { top: top.into() }),
            _ => Err(Failure::File(format!(
                "varve compares revisions of a git repository with a work tree, and git finds none at {}: {}",
                folder.display(),
                text(&output.stderr)
            ))),
        }
    }

    /// The path of a file or folder relative to the top of the repository. It need not exist now.
    ///
    /// # Errors
    /// It is not in the repository.
    pub(crate) fn relative(&self, path: &Path) -> Result<PathBuf, Failure> {
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
        let folder = temporary()?;
        let index = folder.path().join("index");
        let env = [("GIT_INDEX_FILE", index.as_os_str())];
        self.git(&env, &["read-tree", &commit])?;
        let missing = format!("git lfs fetch origin {commit}");
        self.check_out(&env, &folder, folders, &missing)?;
        Ok(Tree { folder, name: Some(name.to_owned()), commit: Some(commit), untracked: Vec::new() })
    }

    /// Writes the files of the work tree below these folders, without those that git ignores.
    ///
    /// # Errors
    /// The files need more than git has here, or git fails.
    pub(crate) fn work_tree(&self, folders: &[PathBuf]) -> Result<Tree, Failure> {
        let folder = temporary()?;
        let index = folder.path().join("index");
        let own = |path: &str| -> Result<PathBuf, Failure> {
            Ok(self.top.join(self.git(&[], &["rev-parse", "--git-path", path])?.trim()))
        };
        // The index knows the files that are tracked although a pattern ignores them.
        let _ = fs::copy(own("index")?, &index);
        let objects = folder.path().join("objects");
        fs::create_dir(&objects).map_err(|error| Failure::File(format!("varve cannot write: {error}")))?;
        let known = own("objects")?;
        let env = [
            ("GIT_INDEX_FILE", index.as_os_str()),
            ("GIT_OBJECT_DIRECTORY", objects.as_os_str()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", known.as_os_str()),
        ];
        let below = paths(folders);
        let others = [&["ls-files", "--others", "--exclude-standard", "-z", "--"][..], &below].concat();
        let untracked = self.git(&[], &others)?;
        self.git(&env, &[&["add", "--all", "--"][..], &below].concat())?;
        self.check_out(&env, &folder, folders, "git lfs pull")?;
        let untracked = untracked.split('\0').filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Tree { name: None, commit: None, untracked: untracked.collect(), folder })
    }

    /// Writes the files of an index. `missing` is the command that fetches large files.
    fn check_out(
        &self,
        env: &[(&str, &OsStr)],
        folder: &TempDir,
        folders: &[PathBuf],
        missing: &str,
    ) -> Result<(), Failure> {
        let below = paths(folders);
        let staged = self.git_with(env, &[&["ls-files", "--stage", "-z", "--"][..], &below].concat(), &[])?;
        let (mut list, mut files) = (Vec::new(), Vec::new());
        for entry in staged.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let (kind, path) = (&entry[..tab], &entry[tab + 1..]);
            let shown = String::from_utf8_lossy(path).into_owned();
            if kind.starts_with(SUBMODULE) {
                return Err(Failure::File(format!(
                    "varve does not compare submodules, and {shown} is one: compare what `varve key` prints in a checkout of each revision"
                )));
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
        for folder in folders {
            // git has no empty folders.
            let folder = tree.join(folder);
            fs::create_dir_all(&folder)
                .map_err(|error| Failure::File(format!("varve cannot write: {error}")))?;
        }
        match files.iter().find(|path| is_pointer(&tree.join(path))) {
            Some(path) => Err(Failure::File(format!(
                "{path} is a pointer to a large file that is not here: fetch it with `{missing}`"
            ))),
            None => Ok(()),
        }
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

/// Makes a folder that only this user can read.
fn temporary() -> Result<TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("varve-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|error| Failure::File(format!("varve cannot make a temporary folder: {error}")))
}

/// The path without links. What does not exist is taken as it is written.
fn canonical(path: &Path) -> PathBuf {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Ok(whole), _, _) => whole,
        (Err(_), Some(parent), Some(name)) => canonical(or_current(parent)).join(name),
        (Err(_), _, _) => path.to_owned(),
    }
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
