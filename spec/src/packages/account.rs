//! What an `account` step runs: the entries of a user and its groups, written into the files themselves.
//!
//! The tools for it differ from system to system, minimal images have none, and those there are leave traces: sparse logs
//! of logins as large as the uid, backups, locks, the day on which the password was changed. The script needs a POSIX shell
//! and the programs that copy files, and gives the same lines everywhere, each time: the password is locked, and the day
//! of its last change is left empty, which switches its ageing off.

use crate::expr::shell_quoted;
use crate::plan::{Account, Process, Script};

/// Finding and writing lines of /etc/passwd and its like.
const FUNCTIONS: &str = include_str!("account/functions.sh");
/// What counts for every account.
const USER: &str = include_str!("account/user.sh");
/// Makes room for a uid that another user has.
const REPLACE: &str = include_str!("account/replace.sh");

/// The process of an account.
pub fn process(account: &Account) -> Process {
    let Account { name, uid, gid, groups, home, shell, sudo, replace } = account;
    let number = |number: &Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let path = |path: &Option<String>| path.as_deref().map(shell_quoted).unwrap_or_default();
    let mut text = format!("user={name}\nuid={}\ngid={}\n", number(uid), number(gid));
    text.push_str(&format!("home={}\nshell={}\n", path(home), path(shell)));
    text.push_str(FUNCTIONS);
    if *replace {
        text.push_str(REPLACE);
    }
    text.push_str(USER);
    for (name, gid) in groups {
        text.push_str(&format!("group {name} {}\njoin \"$user\" \"$group\"\n", shell_quoted(&number(gid))));
    }
    if *sudo {
        // sudo passes over files with a dot in their names.
        let file = format!("/etc/sudoers.d/{}", name.replace('.', "_"));
        text.push_str(&format!(
            "mkdir -p /etc/sudoers.d\necho \"$user ALL=(ALL:ALL) NOPASSWD: ALL\" > {file}\nchmod 0440 {file}\n"
        ));
    }
    Process::of_root(Script::posix(text))
}
