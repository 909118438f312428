//! A small web server that serves a folder as files, as an archive and as a git repository.
//!
//! It supports GET of whole files, which is enough for BuildKit and for git's plain HTTP protocol.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tempfile::TempDir;

use crate::command::stdout_of;
use crate::http::{Answer, Request, serve};

/// The time of the commits. It is fixed, so that the same folder gives the same commit.
const COMMIT_TIME: &str = "1600000000 +0000";

/// A folder that is served as long as the process runs.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub address: String,
}

impl Site {
    /// Serves an empty folder.
    pub fn new() -> Result<Site> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().to_owned();
        let address = serve(move |request| answer(request, &root))?;
        Ok(Site { folder, address })
    }

    /// Serves an empty folder, but refuses the first requests. Also returns the number of all requests.
    pub fn refusing(refused: usize) -> Result<(Site, Arc<AtomicUsize>)> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().to_owned();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let address = serve(move |request| match count.fetch_add(1, Ordering::SeqCst) {
            number if number < refused => Answer::new("503 Service Unavailable", "later\n"),
            _ => answer(request, &root),
        })?;
        Ok((Site { folder, address }, requests))
    }

    /// The folder that is served.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Serves a folder at `/NAME/`. `/NAME/all.tar.gz` is an archive of it. `/NAME/all.git` is a repository of it with the branch
    /// `main`, the tag `v1`, and the branch `next`, which has one more file, `later`.
    pub fn add(&self, name: &str, folder: &Path) -> Result<String> {
        let at = self.path().join(name);
        let files = at.join("files");
        fs::create_dir_all(&at)?;
        stdout_of(Command::new("cp").arg("-a").arg(folder).arg(&files))?;
        archive(&files, &at.join("all.tar.gz"))?;
        repository(&files, &at.join("all.git"))?;
        Ok(format!("{}/{name}", self.address))
    }
}

fn archive(folder: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new("tar");
    command.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@1600000000"]);
    stdout_of(command.arg("-C").arg(folder).arg("-czf").arg(to).arg(".")).map(drop)
}

fn repository(folder: &Path, to: &Path) -> Result<()> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(to).arg("--work-tree").arg(folder);
        command.args(["-c", "user.name=tests", "-c", "user.email=tests@varve.test"]);
        command.env("GIT_AUTHOR_DATE", COMMIT_TIME).env("GIT_COMMITTER_DATE", COMMIT_TIME);
        stdout_of(command.env("GIT_CONFIG_GLOBAL", "/dev/null").args(arguments))
    };
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--force", "--all"])?;
    git(&["commit", "--quiet", "--message=all"])?;
    git(&["tag", "v1"])?;
    let later = folder.join("later");
    fs::write(&later, "later\n")?;
    git(&["checkout", "--quiet", "-b", "next"])?;
    git(&["add", "--force", "later"])?;
    git(&["commit", "--quiet", "--message=later"])?;
    git(&["symbolic-ref", "HEAD", "refs/heads/main"])?;
    fs::remove_file(later)?;
    // Writes the index files that git's plain HTTP protocol reads.
    git(&["update-server-info"]).map(drop)
}

fn answer(request: &Request, root: &Path) -> Answer {
    let path = request.path.split(['?', '#']).next().unwrap_or_default();
    let kind = match path {
        path if path.ends_with(".tar.gz") => "application/gzip",
        // A page of a package index.
        path if path.ends_with('/') => "text/html",
        _ => "application/octet-stream",
    };
    let answer = match file(root, path).and_then(|path| fs::read(path).ok()) {
        Some(body) => Answer::new("200 OK", body),
        None => Answer::new("404 Not Found", "not found\n"),
    };
    answer.header("Content-Type", kind)
}

/// The file below the root for a path. The files of `/NAME/` are in `NAME/files`.
fn file(root: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let is_plain = |component: Component| matches!(component, Component::Normal(_));
    if !path.components().all(is_plain) {
        return None;
    }
    let mut parts = path.components();
    let name = parts.next()?;
    let direct = root.join(path);
    if direct.is_file() { Some(direct) } else { Some(root.join(name).join("files").join(parts.as_path())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_served_as_files_archive_and_repository() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/a"), "1").unwrap();
        let site = Site::new().unwrap();
        let address = site.add("case", folder.path()).unwrap();
        let path = |name: &str| file(site.path(), &format!("/case/{name}")).unwrap();
        assert_eq!(fs::read(path("sub/a")).unwrap(), b"1");
        assert!(path("all.tar.gz").is_file() && path("all.git/info/refs").is_file());
        assert_eq!(file(site.path(), "/case/../x"), None);
        let heads =
            stdout_of(Command::new("git").args(["ls-remote", &format!("{address}/all.git")])).unwrap();
        let names: Vec<&str> = heads.lines().filter_map(|line| line.split('\t').nth(1)).collect();
        assert_eq!(names, ["HEAD", "refs/heads/main", "refs/heads/next", "refs/tags/v1"]);
    }
}
