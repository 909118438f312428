//! Joins the packages of rpm. Its own program writes the headers of each database, and reads those of the joined one
//! (`rpmdb --exportdb` and `--importdb`). A header has entries of tag, type, offset and count, followed by the data (`rpm`, `lib/header.c`).

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;

use super::{Joiner, day, text};

const MAGIC: &[u8] = b"\x8e\xad\xe8\x01\0\0\0\0";
/// The name under which the database stores imported keys. There can be several.
const KEYS: &[u8] = b"gpg-pubkey";

// Tags of headers (`include/rpm/rpmtag.h`).
const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const INSTALLED: u32 = 1008;
const ARCH: u32 = 1022;
const DIR_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIR_NAMES: u32 = 1118;
/// The scripts, programs, paths, numbers of scripts, flags, flags of scripts and priorities of file triggers, and of those that run after a
/// transaction.
const TRIGGERS: [[u32; 7]; 2] =
    [[5066, 5067, 5069, 5070, 5072, 5068, 5084], [5076, 5077, 5079, 5080, 5082, 5078, 5085]];
/// The priority of a trigger that names none. Those with a higher one run first.
const PRIORITY: u32 = 1_000_000;
/// The most triggers that run, and the most bytes of the lists of their files.
const MOST_TRIGGERS: usize = 500;
const MOST_OF_FILES: usize = 256 << 20;
/// The names and flags of packages on which a trigger of another kind waits.
const PACKAGE_TRIGGERS: [u32; 2] = [1066, 1068];
/// The flag of a trigger that runs when files are installed (`RPMSENSE_TRIGGERIN`).
const ON_INSTALL: u32 = 1 << 16;

/// A header as `rpmdb` writes it.
#[derive(Clone, Copy)]
struct Header<'h> {
    bytes: &'h [u8],
    count: usize,
}

impl<'h> Header<'h> {
    /// Splits the headers in the output of `rpmdb --exportdb`.
    fn split(mut stream: &'h [u8]) -> Option<Vec<Self>> {
        let mut headers = Vec::new();
        while !stream.is_empty() {
            stream.starts_with(MAGIC).then_some(())?;
            let count = usize::try_from(number(stream, 8)?).ok()?;
            let data = usize::try_from(number(stream, 12)?).ok()?;
            let length = count.checked_mul(16)?.checked_add(data)?.checked_add(16)?;
            headers.push(Self { bytes: stream.get(..length)?, count });
            stream = &stream[length..];
        }
        Some(headers)
    }

    /// The data of a tag from its start on, and its number of values.
    fn data(&self, tag: u32) -> Option<(&'h [u8], usize)> {
        let at =
            (0..self.count).map(|index| 16 + index * 16).find(|at| number(self.bytes, *at) == Some(tag))?;
        let start = 16 + self.count * 16 + usize::try_from(number(self.bytes, at + 8)?).ok()?;
        let count = usize::try_from(number(self.bytes, at + 12)?).ok()?;
        Some((self.bytes.get(start..)?, count.min(self.bytes.len())))
    }

    fn texts(&self, tag: u32) -> Vec<&'h [u8]> {
        let Some((data, count)) = self.data(tag) else { return Vec::new() };
        data.split(|byte| *byte == 0).take(count).collect()
    }

    fn text(&self, tag: u32) -> &'h [u8] {
        self.texts(tag).first().copied().unwrap_or_default()
    }

    fn numbers(&self, tag: u32) -> Vec<u32> {
        let Some((data, count)) = self.data(tag) else { return Vec::new() };
        (0..count).map_while(|index| number(data, index * 4)).collect()
    }

    /// The name and the architecture. Each key is a package of its own.
    fn key(&self) -> Vec<u8> {
        let name = self.text(NAME);
        match name == KEYS {
            true => [name, b"-", &self.version()].concat(),
            false => [name, b".", self.text(ARCH)].concat(),
        }
    }

    fn version(&self) -> Vec<u8> {
        let epoch = self.numbers(EPOCH).first().map(|epoch| format!("{epoch}:")).unwrap_or_default();
        [epoch.as_bytes(), self.text(VERSION), b"-", self.text(RELEASE)].concat()
    }

    fn files(&self) -> Vec<Vec<u8>> {
        let folders = self.texts(DIR_NAMES);
        let names = self.texts(BASE_NAMES).into_iter().zip(self.numbers(DIR_INDEXES));
        let folder = |index: u32| usize::try_from(index).ok().and_then(|index| folders.get(index)).copied();
        names.map(|(name, index)| [folder(index).unwrap_or_default(), name].concat()).collect()
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

type Versions<'h> = BTreeMap<Vec<u8>, Header<'h>>;
type Packages<'h> = BTreeMap<Vec<u8>, Versions<'h>>;

fn packages(stream: &[u8]) -> Result<Packages<'_>, String> {
    let headers =
        Header::split(stream).ok_or("the headers of the package database have an unknown format")?;
    let mut packages = Packages::new();
    for header in headers {
        packages.entry(header.key()).or_default().insert(header.version(), header);
    }
    Ok(packages)
}

/// The result of joining databases.
pub(super) struct Joined {
    /// The headers of all packages.
    pub(super) headers: Vec<u8>,
    /// The file triggers that have to run again.
    pub(super) triggers: Vec<Trigger>,
}

/// A script of a package that runs after files were installed below a path.
pub(super) struct Trigger {
    pub(super) program: String,
    pub(super) script: Vec<u8>,
    /// The files, a line each.
    pub(super) files: Vec<u8>,
}

/// Joins the headers before the layers and those of each layer.
///
/// # Errors
/// The headers have an unknown format.
pub(super) fn joined(
    joiner: &Joiner<'_>,
    streams: &[Vec<u8>],
    problems: &mut Vec<String>,
) -> Result<Joined, String> {
    let all = streams.iter().map(|stream| packages(stream)).collect::<Result<Vec<_>, _>>()?;
    let [before, layers @ ..] = all.as_slice() else { return Err("there are no headers".to_owned()) };
    let keys: BTreeSet<&Vec<u8>> = all.iter().flat_map(BTreeMap::keys).collect();
    let none = Versions::new();
    let mut chosen: Vec<Header<'_>> = Vec::new();
    let mut changed: Vec<BTreeSet<&[u8]>> = vec![BTreeSet::new(); layers.len()];
    for key in keys {
        let old = before.get(key).unwrap_or(&none);
        let of_layers: Vec<&Versions<'_>> =
            layers.iter().map(|layer| layer.get(key).unwrap_or(&none)).collect();
        let mut joined: Versions<'_> = old.clone();
        joined.retain(|version, _| of_layers.iter().all(|layer| layer.contains_key(version)));
        for (index, layer) in of_layers.iter().enumerate() {
            if !layer.keys().eq(old.keys()) {
                changed[index].insert(key);
            }
            for (version, header) in *layer {
                if !old.contains_key(version) {
                    joined.entry(version.clone()).or_insert(*header);
                }
            }
        }
        let most = of_layers.iter().map(|layer| layer.len()).max().unwrap_or_default();
        let is_removed = of_layers.iter().any(|layer| layer.is_empty() && !old.is_empty());
        if joined.len() > most.max(old.len()) || (is_removed && !joined.is_empty()) {
            problems.push(clash(joiner, key, old, &of_layers));
        }
        chosen.extend(joined.into_values());
    }
    let headers = chosen.iter().flat_map(|header| header.bytes).copied().collect();
    waiting(joiner, &chosen, &changed, problems);
    let triggers = triggers(joiner, &chosen, &changed, problems);
    Ok(Joined { headers, triggers })
}

fn clash(joiner: &Joiner<'_>, key: &[u8], old: &Versions<'_>, layers: &[&Versions<'_>]) -> String {
    let mut parts = Vec::new();
    for (layer, versions) in joiner.layers.iter().zip(layers) {
        if versions.is_empty() && !old.is_empty() {
            parts.push(format!("removed in `{}`", layer.name));
        }
        for (version, header) in versions.iter().filter(|(version, _)| !old.contains_key(*version)) {
            let time = header.numbers(INSTALLED).first().copied();
            let day =
                time.map(|time| format!(" (installed on {})", day::of(time.into()))).unwrap_or_default();
            parts.push(format!("{} in `{}`{day}", text(version), layer.name));
        }
    }
    format!("the package {} has several versions: {}", text(key), parts.join(", "))
}

/// Reports a package of one layer with a script that rpm runs when a package of another layer is installed. It runs beside none.
fn waiting(
    joiner: &Joiner<'_>,
    chosen: &[Header<'_>],
    changed: &[BTreeSet<&[u8]>],
    problems: &mut Vec<String>,
) {
    let has = |index: usize, name: &[u8]| {
        let is_it = |key: &&&[u8]| key.strip_prefix(name).is_some_and(|rest| rest.starts_with(b"."));
        changed[index].iter().find(is_it).is_some()
    };
    for header in chosen {
        let key = header.key();
        let [names, flags] = PACKAGE_TRIGGERS;
        let waits = header.texts(names).into_iter().zip(header.numbers(flags));
        for (name, _) in waits.filter(|(_, flags)| flags & ON_INSTALL != 0) {
            let own = (0..changed.len()).find(|index| changed[*index].contains(key.as_slice()));
            let Some(own) = own else { continue };
            if let Some(other) = (0..changed.len()).find(|index| *index != own && has(*index, name))
                && !has(own, name)
            {
                problems.push(format!(
                    "the package {} of `{}` has a script for {} of `{}`, which rpm runs only if both are installed in one layer",
                    text(&key),
                    joiner.layers[own].name,
                    text(name),
                    joiner.layers[other].name
                ));
            }
        }
    }
}

/// The file triggers to which more than one layer contributes, with files or with the package that has the trigger.
fn triggers(
    joiner: &Joiner<'_>,
    chosen: &[Header<'_>],
    changed: &[BTreeSet<&[u8]>],
    problems: &mut Vec<String>,
) -> Vec<Trigger> {
    let (mut found, mut size) = (Vec::new(), 0);
    for header in chosen {
        let key = header.key();
        for tags in TRIGGERS {
            let [scripts, programs, paths, indexes, flags, script_flags, priorities] = tags;
            let (script_flags, priorities) = (header.numbers(script_flags), header.numbers(priorities));
            let (scripts, programs) = (header.texts(scripts), header.texts(programs));
            let conditions =
                header.texts(paths).into_iter().zip(header.numbers(indexes)).zip(header.numbers(flags));
            let conditions: Vec<(&[u8], u32)> = conditions
                .filter(|(_, flags)| flags & ON_INSTALL != 0)
                .map(|(condition, _)| condition)
                .collect();
            for (number, script) in (0..).zip(scripts) {
                let paths: Vec<&[u8]> =
                    conditions.iter().filter(|(_, index)| *index == number).map(|(path, _)| *path).collect();
                let matches = |path: &[u8]| paths.iter().any(|prefix| path.starts_with(prefix));
                let contributes = |index: &usize| {
                    changed[*index].contains(key.as_slice())
                        || joiner.layers[*index].changes.keys().any(|path| matches(path.as_bytes()))
                };
                if paths.is_empty() || (0..changed.len()).filter(contributes).count() < 2 {
                    continue;
                }
                let of = |list: &[u32], default: u32| {
                    usize::try_from(number)
                        .ok()
                        .and_then(|number| list.get(number))
                        .copied()
                        .unwrap_or(default)
                };
                let shown = || text(header.text(NAME));
                if of(&script_flags, 0) != 0 {
                    problems.push(format!(
                        "varve cannot run a file trigger of {}: rpm expands its script",
                        shown()
                    ));
                    continue;
                }
                let files = chosen.iter().flat_map(Header::files).filter(|path| matches(path));
                let files: Vec<u8> = files.flat_map(|path| [path, b"\n".to_vec()]).flatten().collect();
                size += files.len();
                if found.len() == MOST_TRIGGERS || size > MOST_OF_FILES {
                    problems.push(format!(
                        "the packages have too many file triggers, such as that of {}",
                        shown()
                    ));
                    return found.into_iter().map(|(_, trigger)| trigger).collect();
                }
                let program = usize::try_from(number).ok().and_then(|number| programs.get(number));
                let program = program.map_or_else(|| "/bin/sh".to_owned(), |program| text(program));
                found.push((of(&priorities, PRIORITY), Trigger { program, script: script.to_vec(), files }));
            }
        }
    }
    found.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
    found.into_iter().map(|(_, trigger)| trigger).collect()
}
