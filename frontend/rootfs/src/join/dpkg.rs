//! Joins the files of dpkg, apt and debconf, and finds what their programs still have to do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use super::records::{Clash, Table, field, joined, lines, stanzas};
use super::{Joiner, Layer, day, named_layers, text};
use crate::changes::{self, Change, has_below};
use crate::tree::Tree;

pub(super) const STATUS: &str = "/var/lib/dpkg/status";
/// The file in which apt marks the packages that are installed as dependencies.
pub(super) const MARKS: &str = "/var/lib/apt/extended_states";
const TRIGGERS: &str = "/var/lib/dpkg/triggers";

/// A package of dpkg: its name and architecture.
fn package(stanza: &[u8]) -> Vec<u8> {
    let part = |name| field(stanza, name).unwrap_or_default();
    [part("Package"), b":", part("Architecture")].concat()
}

pub(super) fn packages(text: &[u8]) -> Table<'_> {
    Table::new(stanzas(text), package)
}

/// Joins the packages. Of a package that several layers installed in one version, the records of one layer are taken.
pub(super) fn joined_packages(joiner: &Joiner<'_>, files: &[Vec<u8>], problems: &mut Vec<String>) -> Vec<u8> {
    let [before, layers @ ..] = files else { return Vec::new() };
    let layers: Vec<Table<'_>> = layers.iter().map(|text| packages(text)).collect();
    let mut decide = |clash: &Clash<'_, '_>| {
        let of = |name: &str, record: Option<&[u8]>| {
            record.and_then(|stanza| field(stanza, name)).unwrap_or_default().to_vec()
        };
        // The last word of the status says whether it is installed. Settings that a removed package leaves are no installation.
        let is_there = |record: Option<&[u8]>| {
            let status = text(&of("Status", record));
            !matches!(status.split(' ').next_back(), Some("" | "config-files" | "not-installed"))
        };
        let (_, first) = clash.changes[0];
        let is_like_first = |record: Option<&[u8]>| {
            ["Version", "Status"].iter().all(|name| of(name, record) == of(name, first))
        };
        if clash.changes.iter().all(|(_, record)| record.is_some() && is_like_first(*record)) {
            return Ok(first.map(<[u8]>::to_vec));
        }
        let in_layers = clash.changes.iter().map(|(index, record)| {
            let layer = &joiner.layers[*index];
            if !is_there(*record) {
                return format!("removed in `{}`", layer.name);
            }
            let day = day_of(layer, clash.key).map(|day| format!(" (installed on {day})"));
            format!("{} in `{}`{}", text(&of("Version", *record)), layer.name, day.unwrap_or_default())
        });
        let shown = text(clash.key.split(|byte| *byte == b':').next().unwrap_or_default());
        let versions: BTreeSet<Vec<u8>> =
            clash.changes.iter().map(|(_, record)| of("Version", *record)).collect();
        let what = if versions.len() > 1 { "versions" } else { "states" };
        Err(format!("the package {shown} has several {what}: {}", in_layers.collect::<Vec<_>>().join(", ")))
    };
    joined(&packages(before), &layers, &mut decide, None, "\n\n", problems)
}

/// The day on which a layer installed a package: that of the list of its files.
fn day_of(layer: &Layer<'_>, key: &[u8]) -> Option<String> {
    let key = text(key);
    let name = key.split(':').next()?;
    let lists = [format!("/var/lib/dpkg/info/{name}.list"), format!("/var/lib/dpkg/info/{key}.list")];
    let change = lists.iter().find_map(|list| layer.changes.get(OsStr::new(list)))?;
    match change {
        Change::Made(entry) => Some(day::of(entry.time)),
        Change::Removed => None,
    }
}

/// Joins the marks of apt. A package is a dependency only if it is one in every layer that installed it. `statuses` are the packages before
/// the layers and in each of them.
pub(super) fn joined_marks(statuses: &[Vec<u8>], files: &[Vec<u8>], problems: &mut Vec<String>) -> Vec<u8> {
    let ([before, layers @ ..], [installed, statuses @ ..]) = (files, statuses) else { return Vec::new() };
    let is_auto = |stanza: &[u8]| field(stanza, "Auto-Installed") == Some(b"1");
    let statuses: Vec<Table<'_>> = statuses.iter().map(|text| packages(text)).collect();
    let installed = packages(installed);
    let layers: Vec<Table<'_>> = layers.iter().map(|text| packages(text)).collect();
    // apt gives a package for all architectures the one of the system.
    let native = installed.keys().iter().find_map(|key| key.strip_prefix(b"dpkg:")).unwrap_or_default();
    let has = |table: &Table<'_>, key: &[u8]| {
        let for_all = key.strip_suffix(native).map(|name| [name, b"all"].concat());
        table.get(key).is_some() || for_all.is_some_and(|key| table.get(&key).is_some())
    };
    // A layer that installed the package and has no mark for it wants it.
    let wanted = |key: &[u8]| {
        !has(&installed, key)
            && layers
                .iter()
                .zip(&statuses)
                .any(|(marks, status)| has(status, key) && !marks.get(key).is_some_and(is_auto))
    };
    let mut decide = |clash: &Clash<'_, '_>| {
        let manual = clash.changes.iter().find(|(_, record)| !record.is_some_and(is_auto));
        Ok(manual.and_then(|(_, record)| record.map(<[u8]>::to_vec)))
    };
    let text = joined(&packages(before), &layers, &mut decide, None, "\n\n", problems);
    let stays = |stanza: &&[u8]| !(is_auto(stanza) && wanted(&package(stanza)));
    stanzas(&text).filter(stays).flat_map(|stanza| [stanza, b"\n\n"]).flatten().copied().collect()
}

/// Joins the questions and templates of debconf, each of which names the packages that own it.
pub(super) fn joined_questions(
    joiner: &Joiner<'_>,
    files: &[Vec<u8>],
    winner: Option<usize>,
    problems: &mut Vec<String>,
) -> Vec<u8> {
    let [before, layers @ ..] = files else { return Vec::new() };
    fn table(text: &[u8]) -> Table<'_> {
        Table::new(stanzas(text), |stanza| field(stanza, "Name").unwrap_or_default().to_vec())
    }
    let layers: Vec<Table<'_>> = layers.iter().map(|text| table(text)).collect();
    let mut decide = |clash: &Clash<'_, '_>| {
        let others = |stanza: &[u8]| -> Vec<Vec<u8>> {
            lines(stanza).filter(|line| !line.starts_with(b"Owners:")).map(<[u8]>::to_vec).collect()
        };
        let stanzas: Vec<&[u8]> = clash.changes.iter().filter_map(|(_, record)| *record).collect();
        let first = stanzas.first().map(|stanza| others(stanza)).unwrap_or_default();
        if stanzas.len() < clash.changes.len() || stanzas.iter().any(|stanza| others(stanza) != first) {
            let names = named_layers(joiner, clash.changes.iter().map(|(index, _)| *index));
            return Err(format!(
                "{names} answer the question {} of debconf in different ways",
                text(clash.key)
            ));
        }
        let owners: BTreeSet<&[u8]> = stanzas
            .iter()
            .flat_map(|stanza| field(stanza, "Owners").unwrap_or_default().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .collect();
        let owners = owners.into_iter().collect::<Vec<_>>().join(&b", "[..]);
        let merged: Vec<Vec<u8>> = lines(stanzas[0])
            .map(|line| {
                if line.starts_with(b"Owners:") { [b"Owners: ", &owners[..]].concat() } else { line.to_vec() }
            })
            .collect();
        Ok(Some(merged.join(&b'\n')))
    };
    joined(&table(before), &layers, &mut decide, winner, "\n\n", problems)
}

/// Joins the diversions of files. Each is a path, the path to which it is diverted, and the package that does that.
pub(super) fn joined_diversions(
    joiner: &Joiner<'_>,
    files: &[Vec<u8>],
    problems: &mut Vec<String>,
) -> Vec<u8> {
    let [before, layers @ ..] = files else { return Vec::new() };
    fn table(text: &[u8]) -> Table<'_> {
        let mut rest = text;
        let records = std::iter::from_fn(move || {
            let end = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(2)?;
            let (record, after) = rest.split_at(end);
            rest = &after[1..];
            Some(record)
        });
        Table::new(records, |record| lines(record).next().unwrap_or_default().to_vec())
    }
    let layers: Vec<Table<'_>> = layers.iter().map(|text| table(text)).collect();
    let mut decide = |clash: &Clash<'_, '_>| {
        let names = named_layers(joiner, clash.changes.iter().map(|(index, _)| *index));
        Err(format!("{names} divert {} in different ways", text(clash.key)))
    };
    joined(&table(before), &layers, &mut decide, None, "\n", problems)
}

/// The packages that each layer installed, changed or removed, by their keys.
fn changed_packages(joiner: &Joiner<'_>) -> Result<Vec<BTreeSet<Vec<u8>>>, String> {
    let files = joiner.files(STATUS)?;
    let [before, layers @ ..] = files.as_slice() else { return Ok(Vec::new()) };
    let before = packages(before);
    let of_layer = |after: &Vec<u8>| {
        let after = packages(after);
        let all = before.keys().iter().chain(after.keys());
        all.filter(|key| before.get(key) != after.get(key)).cloned().collect()
    };
    Ok(layers.iter().map(of_layer).collect())
}

/// The triggers that dpkg has to run again: those to which more than one layer contributes, with files, packages that activate them, or
/// the package that is interested in them. Each layer ran the others itself (`deb-triggers(5)`).
pub(super) fn triggers(joiner: &Joiner<'_>, root: &Tree) -> Result<Vec<String>, String> {
    let changed = changed_packages(joiner)?;
    let has_changed = |index: usize, package: &str| {
        let name = package.split(['/', ':']).next().unwrap_or_default();
        changed[index].iter().any(|key| key.split(|byte| *byte == b':').next() == Some(name.as_bytes()))
    };
    let mut interests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let content = root.read(&format!("{TRIGGERS}/File"))?.unwrap_or_default();
    for line in lines(&content) {
        let line = text(line);
        if let Some((path, package)) = line.rsplit_once(' ') {
            interests.entry(path.to_owned()).or_default().push(package.to_owned());
        }
    }
    if let Some(folder) = root.follow(TRIGGERS)? {
        for name in crate::tree::names(&folder)? {
            let name = name.to_string_lossy().into_owned();
            if !matches!(name.as_str(), "File" | "Lock" | "Unincorp") {
                let packages = root.read(&format!("{TRIGGERS}/{name}"))?.unwrap_or_default();
                let packages = lines(&packages).map(text).collect();
                interests.insert(name, packages);
            }
        }
    }
    // A trigger can name a path through a link: `/lib` is `/usr/lib`.
    let mut real_paths = BTreeMap::new();
    for trigger in interests.keys().filter(|trigger| trigger.starts_with('/')) {
        let real = root.follow(trigger)?;
        let path = real.as_deref().and_then(|real| real.strip_prefix(root.root()).ok());
        real_paths.extend(path.map(|path| (trigger.clone(), format!("/{}", path.display()))));
    }
    let activated =
        joiner.layers.iter().zip(&changed).map(|(layer, changed)| activations(joiner, layer, changed));
    let activated: Vec<BTreeSet<String>> = activated.collect::<Result<_, _>>()?;
    let contributes = |index: usize, trigger: &str, packages: &[String]| {
        let layer = &joiner.layers[index];
        packages.iter().any(|package| has_changed(index, package))
            || activated[index].contains(trigger)
            || (trigger.starts_with('/') && has_below(&layer.changes, trigger))
            || real_paths.get(trigger).is_some_and(|path| has_below(&layer.changes, path))
    };
    let shared = |(trigger, packages): &(String, Vec<String>)| {
        (0..joiner.layers.len()).filter(|index| contributes(*index, trigger, packages)).count() > 1
    };
    Ok(interests.into_iter().filter(shared).map(|(trigger, _)| trigger).collect())
}

/// The triggers that the changed packages of a layer activate by name.
fn activations(
    joiner: &Joiner<'_>,
    layer: &Layer<'_>,
    changed: &BTreeSet<Vec<u8>>,
) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for key in changed {
        let key = text(key);
        for name in [key.split(':').next().unwrap_or_default(), &key] {
            let content = joiner.read(layer.root, &format!("/var/lib/dpkg/info/{name}.triggers"))?;
            for line in lines(&content).map(text) {
                let mut words = line.split_whitespace();
                if words.next().is_some_and(|word| word.starts_with("activate")) {
                    names.extend(words.next().map(str::to_owned));
                }
            }
        }
    }
    Ok(names)
}

/// An alternative: a link that leads to one of several programs (`lib/dpkg` and `utils/update-alternatives.c` of dpkg).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Alternative {
    /// Whether a program selects the best choice, or a person selected one.
    is_auto: bool,
    link: String,
    /// The name and the link of each file that follows.
    slaves: Vec<(String, String)>,
    /// The path, the priority and the files that follow it.
    choices: Vec<(String, String, Vec<String>)>,
}

impl Alternative {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut next = || lines.next().map(str::to_owned);
        let (mode, link) = (next()?, next()?);
        let mut alternative = Self { is_auto: mode == "auto", link, ..Self::default() };
        while let Some(name) = next().filter(|name| !name.is_empty()) {
            alternative.slaves.push((name, next()?));
        }
        while let Some(path) = next().filter(|path| !path.is_empty()) {
            let priority = next()?;
            let slaves = alternative.slaves.iter().map(|_| next()).collect::<Option<_>>()?;
            alternative.choices.push((path, priority, slaves));
        }
        Some(alternative)
    }
}

/// The calls of `update-alternatives` that join an alternative which layers changed, one a line. A choice by hand stays; two that differ
/// are an error.
///
/// # Errors
/// A file cannot be read, or the problem.
pub(super) fn alternatives(
    joiner: &Joiner<'_>,
    root: &Tree,
    name: &str,
) -> Result<Result<Vec<String>, String>, String> {
    let read = |root: &Path| -> Result<(Alternative, String), String> {
        let content = joiner.read(root, &format!("/var/lib/dpkg/alternatives/{name}"))?;
        let link = changes::real(root, OsStr::new(&format!("/etc/alternatives/{name}")));
        let selected = std::fs::read_link(link).map(|path| path.to_string_lossy().into_owned());
        Ok((Alternative::parse(&text(&content)).unwrap_or_default(), selected.unwrap_or_default()))
    };
    let (before, selected_before) = read(joiner.before)?;
    let mut calls = Vec::new();
    let mut selected: BTreeMap<String, usize> = BTreeMap::new();
    let (mut seen, mut is_auto) = (BTreeSet::new(), before.is_auto || before.link.is_empty());
    for (index, layer) in joiner.layers.iter().enumerate() {
        let (alternative, path) = read(layer.root)?;
        for (choice, priority, slaves) in &alternative.choices {
            // Another layer can have removed the program.
            if root.follow(choice)?.is_none() {
                continue;
            }
            let mut call = format!("--install {} {name} {choice} {priority}", alternative.link);
            for ((slave, link), file) in alternative.slaves.iter().zip(slaves) {
                if !file.is_empty() {
                    call += &format!(" --slave {link} {slave} {file}");
                }
            }
            if seen.insert(call.clone()) {
                calls.push(call);
            }
        }
        if alternative.is_auto {
            is_auto |= !before.is_auto && !before.link.is_empty();
        } else if !alternative.link.is_empty() && (before.is_auto || path != selected_before) {
            selected.insert(path, index);
        }
    }
    if selected.len() > 1 {
        let names = named_layers(joiner, selected.values().copied());
        return Ok(Err(format!("{names} select different programs for the alternative {name}")));
    }
    match selected.keys().next() {
        Some(path) => calls.push(format!("--set {name} {path}")),
        None if is_auto => calls.push(format!("--auto {name}")),
        None => calls.push(format!("--set {name} {selected_before}")),
    }
    Ok(Ok(calls))
}
