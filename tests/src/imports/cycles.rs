//! Finds cycles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Import, Module};

type Edges<'a> = BTreeMap<&'a Module, BTreeMap<&'a Module, usize>>;

/// Returns one text for each group of files that import each other.
pub(super) fn cycles(files: &BTreeMap<Module, Vec<Import>>) -> Vec<String> {
    let mut texts = Vec::new();
    let edges: Edges = files.iter().map(|(file, imports)| (file, edges_of(imports))).collect();
    report(edges, &mut texts);
    texts
}

fn edges_of(imports: &[Import]) -> BTreeMap<&Module, usize> {
    imports.iter().rev().map(|import| (&import.defined, import.line)).collect()
}

fn report(edges: Edges, texts: &mut Vec<String>) {
    for group in groups(&edges) {
        let mut inside: Edges = edges
            .iter()
            .filter(|(file, _)| group.contains(*file))
            .map(|(file, imports)| {
                (
                    *file,
                    imports
                        .iter()
                        .filter(|(to, _)| group.contains(*to))
                        .map(|(to, line)| (*to, *line))
                        .collect(),
                )
            })
            .collect();
        match group.iter().find(|file| group.iter().all(|other| other.is_within(file))) {
            // The module file of all other files in the group. Its imports of its children are allowed, so they are removed.
            Some(parent) => {
                inside.insert(parent, BTreeMap::new());
                report(inside, texts);
            }
            None => texts.push(text(&group, &inside)),
        }
    }
}

/// Returns the groups of two or more files in which each file reaches every other one.
fn groups<'a>(edges: &Edges<'a>) -> BTreeSet<BTreeSet<&'a Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        edges.keys().map(|file| (*file, reached_from(edges, file).into_keys().collect())).collect();
    let group = |file: &'a Module| -> BTreeSet<&'a Module> {
        let both =
            edges.keys().filter(|other| reached[file].contains(*other) && reached[**other].contains(file));
        both.copied().collect()
    };
    edges.keys().map(|file| group(file)).filter(|group| group.len() > 1).collect()
}

/// Returns all files that the imports of a file lead to, each with the previous file on a shortest path.
fn reached_from<'a>(edges: &Edges<'a>, file: &'a Module) -> BTreeMap<&'a Module, &'a Module> {
    let (mut reached, mut waiting) = (BTreeMap::new(), VecDeque::from([file]));
    while let Some(from) = waiting.pop_front() {
        for to in edges.get(from).into_iter().flat_map(BTreeMap::keys) {
            if !reached.contains_key(*to) {
                reached.insert(*to, from);
                waiting.push_back(*to);
            }
        }
    }
    reached
}

fn text(group: &BTreeSet<&Module>, edges: &Edges) -> String {
    let round = |file: &'_ Module| -> Vec<String> {
        let Some(file) = group.get(file).copied() else { return Vec::new() };
        let before = reached_from(edges, file);
        let (mut links, mut to) = (Vec::new(), file);
        loop {
            let from = before[to];
            links.push(format!("{from} imports {to} (line {})", edges[from][to]));
            to = from;
            if to == file {
                break;
            }
        }
        links.reverse();
        links
    };
    let shortest = group.iter().map(|file| round(file)).min_by_key(Vec::len).unwrap_or_default().join(", ");
    let names: Vec<String> = group.iter().map(ToString::to_string).collect();
    if group.len() == 2 {
        shortest
    } else {
        format!("{shortest}; files that reach each other: {}", names.join(", "))
    }
}
