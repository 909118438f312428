//! apk: the file `installed`, whose records name their package in a line `P:` (`apk-tools`, `src/database.c`).

use crate::tree::Tree;

/// Its places: that of apk 2 and that of apk 3.
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
