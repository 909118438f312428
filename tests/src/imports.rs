//! Computes the import graph of a crate: which file imports something from which other file.
//!
//! Tests of the order of layers use it. It compares files and not crates, because `cargo metadata` already lists the dependencies
//! between crates.
//!
//! ```
//! use varve_tests::imports::Imports;
//!
//! let imports = Imports::of_texts([
//!     ("lib.rs", "mod expr; mod plan;"),
//!     ("plan.rs", "mod action; pub use action::Action;"),
//!     ("plan/action.rs", "pub struct Action;"),
//!     ("expr.rs", "use crate::plan::Action;"),
//! ]);
//! let found: Vec<String> = imports.iter().map(|(file, import)| format!("{file} {import}")).collect();
//! assert_eq!(found, [
//!     "expr line 1: imports plan (which is defined in plan::action)",
//!     "plan line 1: imports plan::action",
//! ]);
//! assert_eq!(imports.cycles(), [""; 0]);
//! ```
//!
//! An import is a `use` line, or a path of two or more segments in code or in the arguments of a macro, such as
//! `crate::plan::Action::new()` or `super::step::lower(..)`. The path starts with `crate`, `self`, `super`, a child module, or a
//! name that another `use` line of the same module brought in. A path that starts with anything else names another crate and is not
//! an import.
//!
//! These are not imports: `mod` lines, comments, documentation, strings, code under `#[cfg(test)]`, and the files of modules that
//! are declared under it. `main.rs` and `bin/` are left out because they are separate crates. A name that reaches a module through
//! `use other::*` is not followed to its definition.
//!
//! The parser works on tokens. It does not expand macros and does not know types.

mod cycles;
mod resolve;
mod scan;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

use resolve::Tree;

/// The path of a module in its crate, such as `plan::step`, or `crate` for the root. Modules are ordered by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Module(Vec<String>);

/// An edge of the graph. If a file has several paths to the same module, the edge is the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module that the path names: `plan` for `crate::plan::Action`.
    pub named: Module,
    /// The module that defines the item, such as `plan::action` if `plan` has `pub use action::Action`. Otherwise the same as
    /// `named`.
    pub defined: Module,
    /// The line of the path, counted from 1.
    pub line: usize,
}

/// The imports of all files of a crate, by module.
#[derive(Debug)]
pub struct Imports {
    files: BTreeMap<Module, Vec<Import>>,
}

impl Imports {
    /// Reads all files in the folder `src` of a crate.
    pub fn read(src: &Path) -> Result<Imports> {
        let mut texts = Vec::new();
        collect(src, "", &mut texts)?;
        Ok(Imports::of_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))))
    }

    /// Computes the imports of files that are given as texts, with paths relative to `src`.
    pub fn of_texts<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Imports {
        let files =
            files.into_iter().filter_map(|(path, text)| Some((Module::of_file(path)?, scan::scan(text))));
        Imports { files: Tree::new(files.collect()).imports() }
    }

    /// Iterates over all files that are not only for tests, including files without imports.
    pub fn files(&self) -> impl Iterator<Item = &Module> {
        self.files.keys()
    }

    /// Iterates over all imports, each with the file that contains it. No file imports itself.
    pub fn iter(&self) -> impl Iterator<Item = (&Module, &Import)> {
        self.files.iter().flat_map(|(file, imports)| imports.iter().map(move |import| (file, import)))
    }

    /// Returns one text for each group of files that import each other, with a shortest cycle of imports in the group.
    ///
    /// A module file and the files of its child modules may import each other, so that a parent can re-export what its children
    /// define and the children can use what the parent defines. Every other cycle is reported, such as one between siblings, or one
    /// that leaves a module and returns to it. An import of a re-exported item counts as an import of the file that defines the
    /// item.
    pub fn cycles(&self) -> Vec<String> {
        cycles::cycles(&self.files)
    }
}

impl Module {
    /// Returns the module of a file below `src`. `None` for the files of other crates (`main.rs`, `bin/`) and for files that are
    /// not Rust.
    fn of_file(path: &str) -> Option<Module> {
        let path = path.strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        match path {
            "lib" => Some(Module::default()),
            "main" => None,
            path if path.starts_with("bin/") => None,
            path => Some(Module(path.split('/').map(str::to_owned).collect())),
        }
    }

    /// Returns the names on the path from the root to the module. The root has none.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// Whether this module is the other one or below it.
    pub fn is_within(&self, other: &Module) -> bool {
        self.0.starts_with(&other.0)
    }

    fn child(&self, name: &str) -> Module {
        Module(self.0.iter().map(String::as_str).chain([name]).map(str::to_owned).collect())
    }

    fn parent(&self) -> Option<Module> {
        let (_, rest) = self.0.split_last()?;
        Some(Module(rest.to_vec()))
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("crate") } else { f.write_str(&self.0.join("::")) }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: imports {}", self.line, self.named)?;
        if self.defined == self.named { Ok(()) } else { write!(f, " (which is defined in {})", self.defined) }
    }
}

fn collect(folder: &Path, prefix: &str, texts: &mut Vec<(String, String)>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), texts)?;
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(entry.path()).with_context(|| format!("read {name}"))?;
            texts.push((name, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
