//! The files of a revision, or of the work tree, as a checkout has them.
//!
//! Both are written by git into a new folder, from an index of their own: with the same filters, the same modes, and without ignored files.
//! The repository, its index and its work tree stay as they are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::answer::Failure;

/// The first line of a file that git LFS keeps elsewhere (`git-lfs/docs/spec.md`).
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";
/// The largest such file in bytes.
const LARGEST_POINTER: u64 = 1024;
/// The mode of a submodule in an index.
const SUBMODULE: &str = "160000 ";

/// A repository with a work tree.
pub(crate) struct Repository {
    top: PathBuf,
}

/// The files of a revision or of the work tree.
pub(crate) struct Tree {
    folder: TempDir,
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
        let mut git = Command::new("git");
        let output = git.arg("-C").arg(folder).args(["rev-parse", "--show-toplevel"]).output();
        let output = output.map_err(|error| Failure::File(format!("varve cannot run git: {error}")))?;
        let top = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match output.status.success() && !top.is_empty() {
            true => Ok(Self { top: top.into() }),
            false => {
                let shown = folder.display();
                Err(Failure::File(format!("{shown} is in no git repository, whose revisions varve compares")))
            }
        }
    }

    /// The path of a file or folder relative to the top of the repository.
    ///
    /// # Errors
    /// It does not exist, or it is not in the repository.
    pub(crate) fn relative(&self, path: &Path) -> Result<PathBuf, Failure> {
        let whole = fs::canonicalize(path)
            .map_err(|error| Failure::File(format!("varve cannot read {}: {error}", path.display())))?;
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
        let Ok(commit) = found else {
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
        Ok(Tree { folder, commit: Some(commit), untracked: Vec::new() })
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
        Ok(Tree { commit: None, untracked: untracked.collect(), folder })
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
        let staged = self.git(env, &[&["ls-files", "--stage", "-z", "--"][..], &below].concat())?;
        let mut files = Vec::new();
        for entry in staged.split('\0').filter(|entry| !entry.is_empty()) {
            let Some((kind, path)) = entry.split_once('\t') else { continue };
            if kind.starts_with(SUBMODULE) {
                return Err(Failure::File(format!(
                    "varve does not compare submodules, and {path} is one: compare what `varve key` prints in a checkout of each revision"
                )));
            }
            files.push(path);
        }
        let tree = folder.path().join("tree");
        let prefix = format!("--prefix={}/", tree.display());
        let list = files.iter().flat_map(|path| [path, "\0"]).collect::<String>();
        self.git_with(env, &["checkout-index", "--force", "--quiet", &prefix, "-z", "--stdin"], &list)?;
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
        self.git_with(env, words, "")
    }

    fn git_with(&self, env: &[(&str, &OsStr)], words: &[&str], input: &str) -> Result<String, Failure> {
        let failed = |why: String| Failure::File(format!("git {} failed: {}", words[0], why.trim()));
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.top).args(words).envs(env.iter().copied());
        git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = git.spawn().map_err(|error| failed(error.to_string()))?;
        let pipe = running.stdin.take();
        let output = std::thread::scope(|scope| {
            // git ends early if it fails, and then reads no more.
            scope.spawn(move || pipe.map(|mut pipe| std::io::Write::write_all(&mut pipe, input.as_bytes())));
            running.wait_with_output()
        });
        let output = output.map_err(|error| failed(error.to_string()))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(failed(text(output.stderr))) }
    }
}

fn temporary() -> Result<TempDir, Failure> {
    tempfile::tempdir()
        .map_err(|error| Failure::File(format!("varve cannot make a temporary folder: {error}")))
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
