//! Lists the packages of apk. Each record of the file `installed` names its package in a line `P:` (`apk-tools`, `src/database.c`).

use crate::tree::Tree;

/// The paths of the file in apk 2 and in apk 3.
const FILES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

pub(super) fn names(tree: &Tree) -> Result<Vec<String>, String> {
    let mut packages = Vec::new();
    for file in FILES {
        if let Some(content) = tree.read(file)? {
            let text = String::from_utf8_lossy(&content);
            packages.extend(text.lines().filter_map(|line| line.strip_prefix("P:")).map(str::to_owned));
        }
    }
    Ok(packages)
}
