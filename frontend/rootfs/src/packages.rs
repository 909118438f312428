//! Lists the installed packages from the databases of the package managers.

mod apk;
mod dpkg;
mod rpm;
mod sqlite;

use super::tree::Tree;

/// Returns the names of all installed packages, each with its database. A file system without a database has no packages.
pub(super) fn installed(tree: &Tree) -> Result<Vec<(String, &'static str)>, String> {
    let mut packages = Vec::new();
    let databases = [("dpkg", dpkg::names(tree)?), ("apk", apk::names(tree)?), ("rpm", rpm::names(tree)?)];
    for (database, names) in databases {
        packages.extend(names.into_iter().map(|name| (name, database)));
    }
    packages.sort();
    packages.dedup();
    Ok(packages)
}
