//! Resolves written paths to the files that they lead to.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Scanned, WrittenPath};
use super::{Import, Module};

/// The modules of a crate, both those with files and inline modules.
pub(super) struct Tree {
    files: BTreeMap<Module, Scanned>,
    /// The module of the file that contains each module.
    modules: BTreeMap<Module, Module>,
    bound: BTreeMap<(Module, String), Vec<String>>,
}

/// The target of a path.
struct Target {
    /// The module that the path names: the last one before an item that is re-exported from elsewhere, or the module of the item.
    named: Module,
    /// The module of the item, or the module that the whole path names.
    defined: Module,
    /// Whether the whole path names a module.
    is_module: bool,
}

impl Tree {
    /// Joins the files of a crate. Files of test modules are left out.
    pub(super) fn new(mut files: BTreeMap<Module, Scanned>) -> Tree {
        let joined =
            |file: &Module, inline: &[String]| inline.iter().fold(file.clone(), |at, name| at.child(name));
        let tests: Vec<Module> = files
            .iter()
            .flat_map(|(file, found)| found.test_files.iter().map(|test| joined(file, test)))
            .collect();
        files.retain(|file, _| !tests.iter().any(|test| file.is_within(test)));
        let (mut modules, mut bound) = (BTreeMap::new(), BTreeMap::new());
        for (file, found) in &files {
            modules.insert(file.clone(), file.clone());
            modules.extend(found.inline.iter().map(|inline| (joined(file, inline), file.clone())));
            let names = found.bound.iter();
            bound.extend(
                names.map(|((inline, name), path)| ((joined(file, inline), name.clone()), path.clone())),
            );
        }
        Tree { files, modules, bound }
    }

    /// Returns the imports of each file, without duplicates, sorted by module.
    pub(super) fn imports(&self) -> BTreeMap<Module, Vec<Import>> {
        self.files.iter().map(|(file, found)| (file.clone(), self.imports_of(file, &found.paths))).collect()
    }

    fn imports_of(&self, file: &Module, paths: &[WrittenPath]) -> Vec<Import> {
        let mut imports = BTreeMap::new();
        for path in paths {
            let scope = path.scope.iter().fold(file.clone(), |at, name| at.child(name));
            let Some(target) = self.resolve(&scope, &path.segments, &mut BTreeSet::new()) else { continue };
            let (named, defined) = (self.file_of(&target.named), self.file_of(&target.defined));
            // A path through the file's own names counts for the module where it ends.
            let named = if named == *file { defined.clone() } else { named };
            if defined != *file {
                imports.entry((named, defined)).or_insert(path.line);
            }
        }
        imports.into_iter().map(|((named, defined), line)| Import { named, defined, line }).collect()
    }

    fn file_of(&self, module: &Module) -> Module {
        self.modules.get(module).cloned().unwrap_or_default()
    }

    /// Follows a path from a module. `None` if it leads to another crate, or through names that are not followed.
    fn resolve(
        &self,
        scope: &Module,
        path: &[String],
        open: &mut BTreeSet<(Module, String)>,
    ) -> Option<Target> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Module::default(),
            "self" => scope.clone(),
            "super" => {
                let mut at = scope.parent()?;
                while let Some(("super", after)) =
                    rest.split_first().map(|(next, after)| (next.as_str(), after))
                {
                    (at, rest) = (at.parent()?, after);
                }
                at
            }
            name => {
                let target = self.look_up(scope, name, open)?;
                if !target.is_module {
                    return Some(target);
                }
                target.defined
            }
        };
        while let Some((name, after)) = rest.split_first() {
            match self.look_up(&at, name, open) {
                Some(target) if target.is_module => (at, rest) = (target.defined, after),
                Some(target) => return Some(Target { named: at, ..target }),
                None => return Some(Target { named: at.clone(), defined: at, is_module: false }),
            }
        }
        Some(Target { named: at.clone(), defined: at, is_module: true })
    }

    /// Returns the target of a name in a module. `None` if neither a child module nor a `use` line has this name.
    fn look_up(&self, at: &Module, name: &str, open: &mut BTreeSet<(Module, String)>) -> Option<Target> {
        let child = at.child(name);
        if self.modules.contains_key(&child) {
            return Some(Target { named: child.clone(), defined: child, is_module: true });
        }
        let key = (at.clone(), name.to_owned());
        let path = self.bound.get(&key)?;
        if !open.insert(key.clone()) {
            return None;
        }
        let target = self.resolve(at, path, open);
        open.remove(&key);
        target
    }
}
