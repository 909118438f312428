//! Lists the packages of dpkg from `/var/lib/dpkg/status`, and from the folder `status.d` that images without dpkg have instead.

use crate::tree::{Tree, names as names_in};

const STATUS: &str = "/var/lib/dpkg/status";
const FOLDER: &str = "/var/lib/dpkg/status.d";

pub(super) fn names(tree: &Tree) -> Result<Vec<String>, String> {
    let mut packages = Vec::new();
    if let Some(content) = tree.read(STATUS)? {
        packages.extend(of_status(&String::from_utf8_lossy(&content)));
    }
    if let Some(folder) = tree.follow(FOLDER)?.filter(|folder| folder.is_dir()) {
        for name in names_in(&folder)? {
            let name = name.to_string_lossy();
            if name.ends_with(".md5sums") {
                continue;
            }
            let content = tree.read(&format!("{FOLDER}/{name}"))?.unwrap_or_default();
            packages.extend(of_status(&String::from_utf8_lossy(&content)));
        }
    }
    Ok(packages)
}

/// Returns the installed packages in a status file. A removed package whose settings remain is not installed (`dpkg-query(1)`).
fn of_status(text: &str) -> Vec<String> {
    let mut packages = Vec::new();
    let (mut name, mut gone) = (None, false);
    for line in text.lines().chain([""]) {
        if line.is_empty() {
            packages.extend(name.take().filter(|_| !gone));
            gone = false;
        } else if let Some(value) = line.strip_prefix("Package:") {
            name = Some(value.trim().to_owned());
        } else if let Some(value) = line.strip_prefix("Status:") {
            gone = matches!(value.split_whitespace().last(), Some("config-files" | "not-installed"));
        }
    }
    packages
}
