//! Tests that the loader finds the libraries of programs and libraries.
//!
//! Each program is loaded as its loader does it, without running anything: first the libraries that it needs, then those that these need.
//! A library that no program below the paths loads is loaded alone, as a program loads a plugin.

mod elf;
mod folders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tree::{Tree, metadata, names};
use elf::{Elf, Machine};

/// The largest number of paths at which libraries are looked for. Real images need a few hundred thousand.
const MOST_LOOKUPS: usize = if cfg!(test) { 50_000 } else { 10_000_000 };
/// The largest number of libraries of which each needs the next one.
const MOST_STEPS: usize = 1000;
/// The largest number of variables in a folder.
const MOST_VARIABLES: usize = 8;

/// What must be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedQuery {
    /// The absolute paths of files, or of folders with all files below them.
    pub paths: Vec<String>,
    /// The libraries that may be missing. `*` and `?` are wildcards.
    pub except: Vec<String>,
    /// The value of `LD_LIBRARY_PATH` in the configuration of the image. Empty if it is not set.
    pub library_path: String,
}

pub(super) fn violations(tree: &Tree, query: &LinkedQuery) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let mut images = Images::new(tree, query)?;
    let mut roots = Vec::new();
    for path in &query.paths {
        match tree.follow(path)? {
            Some(real) => files(&real, path, &mut roots)?,
            None => lines.push(format!("{path} does not exist")),
        }
    }
    let mut found = Vec::new();
    for (real, shown) in roots {
        found.extend(images.open(&real)?.map(|image| (image, shown)));
    }
    // Programs first: the libraries that they load are tested with them.
    let (programs, libraries): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(image, _)| images.all[*image].elf.loader.is_some());
    for (image, shown) in programs.iter().chain(&libraries) {
        let is_program = images.all[*image].elf.loader.is_some();
        if is_program || !images.loaded.contains(image) {
            lines.extend(images.load(*image, shown)?);
        }
    }
    Ok(lines)
}

/// Adds all files below a path, each with the path that messages show. Links are not followed.
fn files(path: &Path, shown: &str, found: &mut Vec<(PathBuf, String)>) -> Result<(), String> {
    let mut open = vec![(path.to_owned(), shown.trim_end_matches('/').to_owned())];
    while let Some((path, shown)) = open.pop() {
        let kind = metadata(&path)?;
        if kind.is_file() {
            found.push((path, shown));
        } else if kind.is_dir() {
            // The last one is taken first.
            for name in names(&path)?.into_iter().rev() {
                open.push((path.join(&name), format!("{shown}/{}", name.to_string_lossy())));
            }
        }
    }
    Ok(())
}

/// A program or library, with its path in the image.
struct Image {
    elf: Elf,
    path: String,
}

/// A library in the memory of a program.
struct Loaded {
    image: usize,
    /// The path by which it was found, which `$ORIGIN` refers to.
    path: String,
    /// The position of the one that needed it first. `None` for the program.
    by: Option<usize>,
}

struct Images<'t> {
    tree: &'t Tree,
    query: &'t LinkedQuery,
    all: Vec<Image>,
    /// The images by their real path. `None` for files that are not one.
    known: BTreeMap<PathBuf, Option<usize>>,
    /// The images by the paths that were looked at.
    looked: BTreeMap<String, Option<usize>>,
    /// The images that were loaded.
    loaded: BTreeSet<usize>,
    /// The images and the libraries that they do not find, which are reported once.
    reported: BTreeSet<(usize, String)>,
    /// The cache of glibc's loader.
    cache: BTreeMap<String, Vec<String>>,
    /// The folders that a loader searches last, by machine and by the path of musl's loader.
    defaults: BTreeMap<(Machine, Option<String>), Vec<String>>,
    lookups: usize,
}

impl<'t> Images<'t> {
    fn new(tree: &'t Tree, query: &'t LinkedQuery) -> Result<Self, String> {
        Ok(Self {
            tree,
            query,
            all: Vec::new(),
            known: BTreeMap::new(),
            looked: BTreeMap::new(),
            loaded: BTreeSet::new(),
            reported: BTreeSet::new(),
            cache: folders::cache(tree)?,
            defaults: BTreeMap::new(),
            lookups: 0,
        })
    }

    /// Reads the file at a real path. `None` if it is not a program or library.
    fn open(&mut self, real: &Path) -> Result<Option<usize>, String> {
        if let Some(known) = self.known.get(real) {
            return Ok(*known);
        }
        let image = elf::read(real)?.map(|elf| {
            let inside = real.strip_prefix(self.tree.root()).unwrap_or(real);
            self.all.push(Image { elf, path: format!("/{}", inside.display()) });
            self.all.len() - 1
        });
        self.known.insert(real.to_owned(), image);
        Ok(image)
    }

    /// Counts paths at which libraries are looked for.
    fn count(&mut self, paths: usize) -> Result<(), String> {
        self.lookups += paths;
        match self.lookups <= MOST_LOOKUPS {
            true => Ok(()),
            false => Err("the files name too many folders and libraries".to_owned()),
        }
    }

    /// Looks for a program or library for a machine at a path.
    fn look(&mut self, path: &str, machine: Machine) -> Result<Option<usize>, String> {
        self.count(1)?;
        // Linux has no longer paths and names.
        if path.len() > 4095 || path.split('/').any(|name| name.len() > 255) {
            return Ok(None);
        }
        let image = match self.looked.get(path) {
            Some(image) => *image,
            None => {
                let image = match self.tree.follow(path)? {
                    Some(real) if metadata(&real)?.is_file() => self.open(&real)?,
                    _ => None,
                };
                self.looked.insert(path.to_owned(), image);
                image
            }
        };
        Ok(image.filter(|image| self.all[*image].elf.machine == machine))
    }

    /// Loads a program or library with all that it needs. Returns a line for each library that is not found.
    fn load(&mut self, root: usize, shown: &str) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        let machine = self.all[root].elf.machine;
        let musl = self.musl(root)?;
        // The names of all that is in the memory.
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut images = BTreeSet::from([root]);
        let mut memory = vec![Loaded { image: root, path: self.all[root].path.clone(), by: None }];
        if let Some(loader) = self.all[root].elf.loader.clone() {
            names.extend(loader.rsplit('/').next().map(str::to_owned));
            if self.tree.follow(&loader)?.is_none() {
                lines.extend(self.missing(root, root, shown, &loader));
            }
        }
        let mut next = 0;
        while let Some(Loaded { image, .. }) = memory.get(next) {
            let image = *image;
            self.loaded.insert(image);
            names.extend(self.all[image].elf.soname.clone());
            for name in self.all[image].elf.needed.clone() {
                // musl's loader is also its C library, and those that other systems have beside it.
                if names.contains(&name) || (musl.is_some() && is_of_musl(&name)) {
                    continue;
                }
                match self.find(&name, machine, musl.as_deref(), next, &memory)? {
                    Some((found, path)) => {
                        names.insert(name);
                        if images.insert(found) {
                            memory.push(Loaded { image: found, path, by: Some(next) });
                        }
                    }
                    None => lines.extend(self.missing(root, image, shown, &name)),
                }
            }
            next += 1;
        }
        Ok(lines)
    }

    /// The line for a library that is not found. `None` if it was reported before, or may be missing.
    fn missing(&mut self, root: usize, image: usize, shown: &str, name: &str) -> Option<String> {
        let fits = |pattern: &String| buildkit_names::glob_matches(pattern, name);
        if self.query.except.iter().any(fits) || !self.reported.insert((image, name.to_owned())) {
            return None;
        }
        Some(match image == root {
            true => format!("{shown} needs {name}, which its loader does not find"),
            false => {
                format!(
                    "{shown} loads {}, which needs {name}: the loader does not find it",
                    self.all[image].path
                )
            }
        })
    }

    /// The path of musl's loader, if it loads this program or library.
    fn musl(&self, root: usize) -> Result<Option<String>, String> {
        let elf = &self.all[root].elf;
        match &elf.loader {
            Some(loader) => Ok(loader.contains("/ld-musl-").then(|| loader.clone())),
            None if elf.needed.iter().any(|name| name == "libc.so.6") => Ok(None),
            None => folders::musl_loader(self.tree, elf.machine),
        }
    }

    /// Finds a needed library, and the path by which it is found.
    fn find(
        &mut self,
        name: &str,
        machine: Machine,
        musl: Option<&str>,
        by: usize,
        memory: &[Loaded],
    ) -> Result<Option<(usize, String)>, String> {
        if name.contains('/') {
            return Ok(self.look(name, machine)?.map(|image| (image, name.to_owned())));
        }
        for folder in self.named_folders(musl.is_some(), machine, by, memory)? {
            let path = format!("{folder}/{name}");
            if let Some(image) = self.look(&path, machine)? {
                return Ok(Some((image, path)));
            }
        }
        if musl.is_none() {
            for path in self.cache.get(name).cloned().unwrap_or_default() {
                if let Some(image) = self.look(&path, machine)? {
                    return Ok(Some((image, path)));
                }
            }
        }
        for folder in self.default_folders(machine, musl)? {
            let path = format!("{folder}/{name}");
            if let Some(image) = self.look(&path, machine)? {
                return Ok(Some((image, path)));
            }
        }
        Ok(None)
    }

    /// The folders that the files and the environment name, in the order of the search.
    fn named_folders(
        &mut self,
        is_musl: bool,
        machine: Machine,
        by: usize,
        memory: &[Loaded],
    ) -> Result<Vec<String>, String> {
        let mut folders = Vec::new();
        let mut steps = 0;
        let own = &self.all[memory[by].image].elf;
        let mut add = |list: Option<&String>, loaded: &Loaded| {
            for folder in list.into_iter().flat_map(|list| list.split(':')) {
                folders.extend(expanded(folder, &loaded.path, machine));
            }
        };
        let environment = Some(&self.query.library_path);
        if is_musl {
            add(environment, &memory[by]);
        }
        // A file with a `runpath` uses it alone. All others use the `rpath` of all that led to them.
        let mut chain = (is_musl || own.runpath.is_none()).then_some(by);
        while let Some(loaded) = chain.map(|at| &memory[at]) {
            steps += 1;
            if steps > MOST_STEPS {
                return Err("a library is needed by too many others in a row".to_owned());
            }
            let elf = &self.all[loaded.image].elf;
            match (&elf.runpath, is_musl) {
                (None, _) => add(elf.rpath.as_ref(), loaded),
                (runpath, true) => add(runpath.as_ref(), loaded),
                (Some(_), false) => {}
            }
            chain = loaded.by;
        }
        if !is_musl {
            add(environment, &memory[by]);
            add(own.runpath.as_ref(), &memory[by]);
        }
        self.count(steps + folders.len())?;
        Ok(folders)
    }

    fn default_folders(&mut self, machine: Machine, musl: Option<&str>) -> Result<Vec<String>, String> {
        let key = (machine, musl.map(str::to_owned));
        if let Some(folders) = self.defaults.get(&key) {
            return Ok(folders.clone());
        }
        let folders = match musl {
            Some(loader) => folders::of_musl(self.tree, loader)?,
            None => folders::of_glibc(machine),
        };
        self.defaults.insert(key, folders.clone());
        Ok(folders)
    }
}

/// Whether musl's loader takes a name for its own (`reserved` in `ldso/dynlink.c`).
fn is_of_musl(name: &str) -> bool {
    let word = name.strip_prefix("lib").and_then(|name| name.split_once('.')).map(|(word, _)| word);
    matches!(word, Some("c" | "pthread" | "rt" | "m" | "dl" | "util" | "xnet"))
}

/// Replaces the variables of a loader in a folder. Several folders come of `$LIB`, and none of a variable that varve does not know, or of a
/// folder that depends on the working directory.
fn expanded(folder: &str, path: &str, machine: Machine) -> Vec<String> {
    if folder.matches('$').count() > MOST_VARIABLES {
        return Vec::new();
    }
    let origin =
        path.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| !folder.is_empty()).unwrap_or("/.");
    let replaced = |text: &str, name: &str, value: &str| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    };
    let folder = replaced(folder, "ORIGIN", origin);
    let platform = folders::triple(machine).and_then(|triple| triple.split('-').next()).unwrap_or_default();
    let folder = replaced(&folder, "PLATFORM", platform);
    let folders = match folder.contains("$LIB") || folder.contains("${LIB}") {
        true => folders::libs(machine).iter().map(|lib| replaced(&folder, "LIB", lib)).collect(),
        false => vec![folder],
    };
    folders.into_iter().filter(|folder| folder.starts_with('/') && !folder.contains('$')).collect()
}

#[cfg(test)]
mod tests;
