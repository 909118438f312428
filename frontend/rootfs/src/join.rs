//! Joins layers that were built beside each other, after their file systems were merged. Files in which the distribution records all its
//! packages and accounts are joined record by record. What programs of the image have to do is written to files for the script of the step
//! (`spec/src/packages/join.rs`). Any other path that several layers changed in different ways is a violation.

mod accounts;
mod classes;
mod day;
mod dpkg;
mod records;
mod request;
mod rpm;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use classes::{Class, Records};
use records::{Clash, Table, joined, lines};
pub use request::{JoinRequest, Rest, join_args, join_request};

use crate::Failure;
use crate::changes::{self, Change, Changes, Entry, Snapshot, is_below, is_same_change, snapshot};
use crate::put::{self, cannot_write};
use crate::tree::{Kind, Tree};

/// The line after all problems.
const WAYS_OUT: &str = "do this in a step before the layers, or say with `prefer` which layer wins for a path; `snapshot` gives layers the \
                        packages of one day, and `uid` gives an account its number";

/// Joins layers. The arguments are those after [`JOIN`](crate::JOIN): the root with the merged file system, and the request.
///
/// # Errors
/// Returns the paths, packages and accounts that layers changed in different ways, or the reason why they cannot be joined.
pub fn join(arguments: &[String]) -> Result<(), Failure> {
    let (root, request) = join_request(arguments).map_err(Failure::Unknown)?;
    let joiner = Joiner::new(&request).map_err(Failure::Unknown)?;
    let problems = joiner.run(Path::new(root)).map_err(Failure::Unknown)?;
    if problems.is_empty() {
        return Ok(());
    }
    let mut lines = crate::named(problems);
    lines.push(WAYS_OUT.to_owned());
    Err(Failure::Violated(lines))
}

/// A layer, and the file system after it.
struct Layer<'r> {
    name: &'r str,
    root: &'r Path,
    changes: Changes,
}

/// The layers, and the file system before them.
struct Joiner<'r> {
    request: &'r JoinRequest,
    before: &'r Path,
    entries: Snapshot,
    layers: Vec<Layer<'r>>,
    /// How many bytes of files with records can still be read.
    left: Cell<u64>,
}

/// A mode, and the numbers of a user and a group.
type Access = (u32, (u32, u32));

/// How many bytes of files with records are read, of all layers together.
const MOST: u64 = 256 << 20;
/// How many bytes the headers of all databases of rpm may have together.
const MOST_HEADERS: u64 = 1 << 30;

/// What is left to do after the records are joined.
#[derive(Default)]
struct Work {
    /// The paths that are replaced, each with the file system whose version stays.
    put: Vec<(OsString, PathBuf)>,
    /// The files with records, with their new contents, and their modes and owners if a layer changed these.
    write: Vec<(OsString, Vec<u8>, Option<Access>)>,
    /// What programs make anew: a name of [`Class::Remade`] and the folder of a file.
    remade: BTreeSet<String>,
    /// The alternatives of dpkg that layers changed.
    alternatives: BTreeSet<String>,
    /// Whether the layers changed the database of rpm.
    rpm: bool,
}

impl<'r> Joiner<'r> {
    fn new(request: &'r JoinRequest) -> Result<Self, String> {
        let before = Path::new(&request.before);
        let entries = snapshot(before)?;
        let mut layers = Vec::new();
        let mut last: Option<(&Path, Snapshot)> = None;
        for layer in &request.layers {
            let root = Path::new(layer);
            let after = snapshot(root)?;
            let below =
                last.as_ref().filter(|_| request.rest == Rest::Done).map(|(root, entries)| (*root, entries));
            let changes = changes::changes(below.unwrap_or((before, &entries)), (root, &after))?;
            let name = root.file_name().and_then(OsStr::to_str).unwrap_or(layer);
            layers.push(Layer { name, root, changes });
            last = Some((root, after));
        }
        Ok(Self { request, before, entries, layers, left: Cell::new(MOST) })
    }

    fn run(&self, root: &Path) -> Result<Vec<String>, String> {
        let (mut problems, mut work) = (Vec::new(), Work::default());
        self.replaced_folders(&mut work, &mut problems);
        let tree = Tree::new(root);
        let shared = self.shared();
        for (path, layers) in &shared {
            self.path(path, layers, &mut work, &mut problems)?;
        }
        // A layer that wants a package does not mark it, so the marks can differ although one layer alone changed them.
        let (status, marks) = (OsStr::new(dpkg::STATUS), OsStr::new(dpkg::MARKS));
        let has_marks = self.layers.iter().any(|layer| layer.changes.contains_key(marks));
        let is_shared = shared.contains_key(status) || shared.contains_key(marks);
        if has_marks && is_shared && self.request.rest == Rest::Join {
            let (statuses, files) = (self.files(dpkg::STATUS)?, self.files(dpkg::MARKS)?);
            work.write.push((marks.to_owned(), dpkg::joined_marks(&statuses, &files, &mut problems), None));
        }
        let mut alternatives = Vec::new();
        for name in &work.alternatives {
            match dpkg::alternatives(self, &tree, name)? {
                Ok(calls) => alternatives.extend(calls),
                Err(problem) => problems.push(problem),
            }
        }
        let joined = if work.rpm { Some(self.rpm(&mut problems)?) } else { None };
        if !problems.is_empty() {
            return Ok(problems);
        }
        for (path, from) in &work.put {
            put::put(root, from, path)?;
        }
        for (path, content, access) in &work.write {
            let real = changes::real(root, path);
            write(&real, content)?;
            if let Some((mode, (uid, gid))) = access {
                let set = lchown(&real, Some(*uid), Some(*gid))
                    .and_then(|()| fs::set_permissions(&real, Permissions::from_mode(*mode)));
                set.map_err(|error| cannot_write(path, &error))?;
            }
        }
        let out = Path::new(&self.request.out);
        let list = |name: &str, lines: &mut dyn Iterator<Item = &String>| {
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            write(&out.join(name), text.as_bytes())
        };
        let triggers =
            if self.request.rest == Rest::Join { dpkg::triggers(self, &tree)? } else { Vec::new() };
        list("triggers", &mut triggers.iter())?;
        list("alternatives", &mut alternatives.iter())?;
        list("remade", &mut work.remade.iter())?;
        if let Some(rpm::Joined { headers, triggers }) = joined {
            write(&out.join("headers"), &headers)?;
            for (number, trigger) in triggers.iter().enumerate() {
                let path = |suffix: &str| out.join(format!("filetrigger-{number:04}{suffix}"));
                write(&path(".files"), &trigger.files)?;
                write(&path(".program"), trigger.program.as_bytes())?;
                write(&path(""), &trigger.script)?;
            }
        }
        Ok(problems)
    }

    /// The paths that several layers changed, each with the numbers of the layers.
    fn shared(&self) -> BTreeMap<&OsStr, Vec<usize>> {
        let mut paths: BTreeMap<&OsStr, Vec<usize>> = BTreeMap::new();
        for (index, layer) in self.layers.iter().enumerate() {
            for path in layer.changes.keys() {
                paths.entry(path).or_default().push(index);
            }
        }
        paths.retain(|_, layers| layers.len() > 1);
        paths
    }

    /// Finds the folders that one layer replaced or removed while another changed what is in them.
    fn replaced_folders(&self, work: &mut Work, problems: &mut Vec<String>) {
        for (index, layer) in self.layers.iter().enumerate() {
            for (path, change) in &layer.changes {
                let was_folder = self.entries.get(path).is_some_and(|entry| entry.kind == Kind::Folder);
                let is_folder = matches!(change, Change::Made(entry) if entry.kind == Kind::Folder);
                if !was_folder || is_folder || Class::of(path) != Class::Own {
                    continue;
                }
                let inside = [path.as_bytes(), b"/"].concat();
                let uses = |other: &Layer<'_>| {
                    let below = other.changes.range(OsString::from_vec(inside.clone())..);
                    below
                        .take_while(|(path, _)| path.as_bytes().starts_with(&inside))
                        .any(|(_, change)| matches!(change, Change::Made(_)))
                };
                let other =
                    self.layers.iter().enumerate().find(|(other, layer)| *other != index && uses(layer));
                match (other, self.preferred(path)) {
                    (Some(_), Some(layer)) => work.put.push((path.clone(), layer.root.to_owned())),
                    (Some((_, other)), None) => problems.push(format!(
                        "{}: `{}` removes the folder, and `{}` changes files in it",
                        path.to_string_lossy(),
                        layer.name,
                        other.name
                    )),
                    (None, _) => {}
                }
            }
        }
    }

    /// The layer whose version of a path stays, as the request says.
    fn preferred(&self, path: &OsStr) -> Option<&Layer<'r>> {
        let is_meant =
            |(folder, _): &&(String, String)| is_below(path, folder.trim_end_matches('/').as_bytes());
        let (_, name) = self.request.prefer.iter().rfind(is_meant)?;
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// Decides what becomes of a path that these layers changed.
    fn path(
        &self,
        path: &OsStr,
        layers: &[usize],
        work: &mut Work,
        problems: &mut Vec<String>,
    ) -> Result<(), String> {
        let shown = path.to_string_lossy();
        let of = |index: usize| (self.layers[index].root, &self.layers[index].changes[path]);
        let first = of(layers[0]);
        let mut is_same = true;
        for index in &layers[1..] {
            is_same &= is_same_change(path, first, of(*index))?;
        }
        let name = Path::new(path).file_name().unwrap_or_default();
        // The file with the choices says that somebody selected one, and a link says which one.
        let selected = |index: usize| {
            let links = changes::real(self.layers[index].root, OsStr::new("/etc/alternatives"));
            fs::read_link(links.join(name)).ok()
        };
        if is_same && Class::of(path) == Class::Alternatives {
            is_same = layers.iter().all(|index| selected(*index) == selected(layers[0]));
        }
        if is_same {
            return Ok(());
        }
        let is_folder =
            |index: &usize| matches!(of(*index).1, Change::Made(entry) if entry.kind == Kind::Folder);
        let class = match (Class::of(path), self.request.rest) {
            (Class::Either, _) => Class::Either,
            // No program of the image runs afterwards.
            (_, Rest::Nothing) => Class::Own,
            (Class::Own, _) => Class::Own,
            (_, Rest::Done) => Class::Either,
            (class, Rest::Join) => class,
        };
        match class {
            Class::Own => match self.preferred(path) {
                Some(layer) => work.put.push((path.to_owned(), layer.root.to_owned())),
                None => {
                    let what = match layers.iter().all(is_folder) {
                        true => "change the mode or the owner of the folder",
                        false => "change the file",
                    };
                    let names = named_layers(self, layers.iter().copied());
                    problems.push(format!("{shown}: {names} {what} in different ways"));
                }
            },
            Class::Either | Class::Marks => {}
            Class::Before => work.put.push((path.to_owned(), self.before.to_owned())),
            Class::Rpm => work.rpm = true,
            Class::Alternatives => {
                // The files that follow an alternative have links there too.
                if changes::real(self.layers[layers[0]].root, OsStr::new("/var/lib/dpkg/alternatives"))
                    .join(name)
                    .exists()
                {
                    work.alternatives.insert(name.to_string_lossy().into_owned());
                }
            }
            Class::Remade(name) => {
                let folder = Path::new(path).parent().filter(|_| classes::IN_FOLDERS.contains(&name));
                let folder = folder.map(|folder| format!(" {}", folder.display())).unwrap_or_default();
                work.remade.insert(format!("{name}{folder}"));
            }
            Class::Records(records) => {
                let files = self.files(&shown)?;
                let winner = self.request.prefer.iter().rfind(|(path, _)| *path == shown);
                let winner =
                    winner.and_then(|(_, name)| self.layers.iter().position(|layer| layer.name == name));
                let content = self.records(records, &shown, &files, winner, problems)?;
                let access = self.access(path, layers, problems);
                work.write.push((path.to_owned(), content, access));
            }
        }
        Ok(())
    }

    /// The mode and the owner of a file with records, if a layer changed them.
    fn access(&self, path: &OsStr, layers: &[usize], problems: &mut Vec<String>) -> Option<Access> {
        let old = self.entries.get(path).map(Entry::access);
        let made = layers.iter().filter_map(|index| match self.layers[*index].changes[path] {
            Change::Made(entry) => Some((*index, entry.access())),
            Change::Removed => None,
        });
        let changed: Vec<(usize, Access)> = made.filter(|(_, access)| Some(*access) != old).collect();
        let (_, first) = changed.first()?;
        if changed.iter().any(|(_, access)| access != first) {
            let names = named_layers(self, changed.iter().map(|(index, _)| *index));
            problems.push(format!(
                "{}: {names} change the mode or the owner of the file in different ways",
                path.to_string_lossy()
            ));
        }
        Some(*first)
    }

    /// Reads a file below a root. A file that does not exist is empty.
    fn read(&self, root: &Path, path: &str) -> Result<Vec<u8>, String> {
        let tree = Tree::new(root);
        let size = match tree.follow(path)? {
            Some(real) => crate::tree::metadata(&real)?.len(),
            None => return Ok(Vec::new()),
        };
        let left = self.left.get().checked_sub(size);
        self.left.set(left.ok_or_else(|| {
            format!("{path} is too large to join: at most {MOST} bytes of all layers are read")
        })?);
        tree.read(path).map(Option::unwrap_or_default)
    }

    /// The contents of a file before the layers and in each of them. A file that does not exist is empty.
    fn files(&self, path: &str) -> Result<Vec<Vec<u8>>, String> {
        let roots = [self.before].into_iter().chain(self.layers.iter().map(|layer| layer.root));
        roots.map(|root| self.read(root, path)).collect()
    }

    fn records(
        &self,
        records: Records,
        path: &str,
        files: &[Vec<u8>],
        winner: Option<usize>,
        problems: &mut Vec<String>,
    ) -> Result<Vec<u8>, String> {
        Ok(match records {
            Records::Packages => dpkg::joined_packages(self, files, problems),
            Records::Questions => dpkg::joined_questions(self, files, winner, problems),
            Records::Diversions => dpkg::joined_diversions(self, files, problems),
            Records::Accounts(kind) => accounts::joined_accounts(kind, self, files, winner, problems),
            Records::Ranges => accounts::joined_ranges(files, problems),
            Records::Lines => {
                let tables: Vec<Table<'_>> =
                    files.iter().map(|text| Table::new(lines(text), <[u8]>::to_vec)).collect();
                let mut decide = |clash: &Clash<'_, '_>| Err(format!("{path}: {}", text(clash.key)));
                tables.split_first().map_or(Vec::new(), |(before, layers)| {
                    joined(before, layers, &mut decide, winner, "\n", problems)
                })
            }
        })
    }

    fn rpm(&self, problems: &mut Vec<String>) -> Result<rpm::Joined, String> {
        let out = Path::new(&self.request.out);
        let names = self.layers.iter().map(|layer| format!("exported-{}", layer.name));
        let names: Vec<_> =
            ["exported".to_owned()].into_iter().chain(names).map(|name| out.join(name)).collect();
        let mut total = 0;
        for path in &names {
            total += crate::tree::metadata(path)?.len();
        }
        if total > MOST_HEADERS {
            return Err(format!(
                "the databases of rpm are too large to join: {total} bytes, at most {MOST_HEADERS}"
            ));
        }
        let streams = names.iter().map(|path| crate::content::all(path)).collect::<Result<Vec<_>, _>>()?;
        rpm::joined(self, &streams, problems)
    }
}

/// The names of layers for a message, such as "`a` and `b`".
fn named_layers(joiner: &Joiner<'_>, layers: impl Iterator<Item = usize>) -> String {
    let names: Vec<String> = layers.map(|index| format!("`{}`", joiner.layers[index].name)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    fs::write(path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
