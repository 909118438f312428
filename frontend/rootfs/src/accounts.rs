//! Looks up the owner of files in the accounts of a root file system, and writes the accounts that were found to a folder.
//!
//! BuildKit itself takes 0 for a name that it does not find (`readUser` in `solver/llbsolver/ops/user_linux.go`).

use std::fs;
use std::path::Path;

use crate::Failure;
use crate::names::{self, GROUP, PASSWD};
use crate::query::Owner;
use crate::tree::Tree;

/// Looks up an owner. The arguments are those after [`OWNER`](crate::OWNER): the root, the folder that is written to, and `user` or
/// `user:group`.
///
/// # Errors
/// Returns an error if the root has no such user or group, or if the folder cannot be written.
pub fn owner(arguments: &[String]) -> Result<(), Failure> {
    let [root, folder, owner] = arguments else {
        return Err(Failure::Unknown("expected a root, a folder and an owner".to_owned()));
    };
    let owner = Owner::parse(owner);
    let violated = |problem: String| Failure::Violated(vec![problem]);
    let (uid, gid) = names::ids(&Tree::new(root), &owner).map_err(violated)?;
    // A name that is a number is not looked up.
    let mut files = Vec::new();
    if names::number(&owner.user).is_none() {
        files.push((PASSWD, format!("{}:x:{uid}:{gid}::/:\n", owner.user)));
    }
    if let Some(group) = owner.group.filter(|group| names::number(group).is_none()) {
        files.push((GROUP, format!("{group}:x:{gid}:\n")));
    }
    let folder = Path::new(folder);
    let write = |(path, text): &(&str, String)| {
        let path = folder.join(path.trim_start_matches('/'));
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    };
    let written = files.iter().try_for_each(write);
    written.map_err(|error| Failure::Unknown(format!("cannot write {}: {error}", folder.display())))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{Failure, answer};

    /// Looks up an owner, and returns what was written to /etc/passwd and /etc/group.
    fn written(owner: &str) -> Result<(String, String), String> {
        let work = tempfile::tempdir().unwrap();
        let root = work.path().join("root");
        fs::create_dir_all(root.join("etc")).unwrap();
        fs::write(
            root.join("etc/passwd"),
            "root:x:0:0::/:\ntwin:x:1000:200::/:\napp:x:1000:100::/srv:/bin/sh\nodd:x::::\n",
        )
        .unwrap();
        fs::write(root.join("etc/group"), "root:x:0:\nstaff:x:50:app\n").unwrap();
        let out = work.path().join("out");
        let words = ["owner", root.to_str().unwrap(), out.to_str().unwrap(), owner].map(str::to_owned);
        let answer = answer(&words);
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_default();
        if answer.code == 0 { Ok((read("etc/passwd"), read("etc/group"))) } else { Err(answer.text) }
    }

    #[test]
    fn an_owner_is_written_with_its_numbers() {
        let check = |owner: &str, passwd: &str, group: &str| {
            assert_eq!(written(owner), Ok((passwd.to_owned(), group.to_owned())), "{owner}");
        };
        check("app", "app:x:1000:100::/:\n", "");
        check("app:staff", "app:x:1000:50::/:\n", "staff:x:50:\n");
        check("app:7", "app:x:1000:7::/:\n", "");
        check("7:staff", "", "staff:x:50:\n");
        check("root:staff", "", "staff:x:50:\n");
    }

    #[test]
    fn an_owner_that_the_image_does_not_have_is_an_error() {
        let check =
            |owner: &str, expect: &str| assert_eq!(written(owner), Err(format!("{expect}\n")), "{owner}");
        check("web", "the image has no user `web` in /etc/passwd");
        check("odd", "the image has no user `odd` in /etc/passwd");
        check("app:web", "the image has no group `web` in /etc/group");
        check("7:app", "the image has no group `app` in /etc/group");
    }

    #[test]
    fn an_image_without_accounts_has_no_owner() {
        let work = tempfile::tempdir().unwrap();
        let root = work.path().display().to_string();
        let problem = super::owner(&[root.clone(), root, "app".to_owned()]).unwrap_err();
        assert_eq!(problem, Failure::Violated(vec!["the image has no user `app` in /etc/passwd".to_owned()]));
    }
}
