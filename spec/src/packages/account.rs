//! The script of a step `account`. It writes the entries of a user and its groups directly into /etc/passwd and similar files.
//!
//! Tools such as `useradd` differ between distributions, and minimal images have none. They also leave files in the layer that
//! differ from build to build: sparse login logs as large as the uid, backups, locks, and the day on which the password was
//! changed. The script needs only a POSIX shell and programs that copy files. It always writes the same lines: the password is
//! locked, and the day of its last change is empty, which turns password ageing off.

use crate::expr::shell_quoted;
use crate::plan::{Account, Process, Script};

/// Shell functions that find and write lines of /etc/passwd and similar files.
const FUNCTIONS: &str = include_str!("account/functions.sh");
/// The commands for every account.
const USER: &str = include_str!("account/user.sh");
/// The commands that remove another user with the same uid.
const REPLACE: &str = include_str!("account/replace.sh");

/// The process of a step `account`.
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
        // sudo ignores files whose names have a dot.
        let file = format!("/etc/sudoers.d/{}", name.replace('.', "_"));
        text.push_str(&format!(
            "mkdir -p /etc/sudoers.d\necho \"$user ALL=(ALL:ALL) NOPASSWD: ALL\" > {file}\nchmod 0440 {file}\n"
        ));
    }
    Process::of_root(Script::posix(text))
}
