//! Joins the files with users and groups (`passwd(5)`, `group(5)`, `shadow(5)`, `gshadow(5)`, `subuid(5)`).

use std::collections::{BTreeMap, BTreeSet};

use super::records::{Clash, Table, joined, lines};
use super::{Joiner, text};

/// A file with accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounts {
    Users,
    Groups,
    /// Passwords of users.
    Passwords,
    /// Passwords of groups, with administrators and members.
    GroupPasswords,
}

fn fields(line: &[u8]) -> Vec<&[u8]> {
    line.split(|byte| *byte == b':').collect()
}

fn table(text: &[u8]) -> Table<'_> {
    Table::new(lines(text), |line| fields(line)[0].to_vec())
}

/// Joins accounts by name. A name or a number that layers gave to different accounts is a problem.
pub(super) fn joined_accounts(
    kind: Accounts,
    joiner: &Joiner<'_>,
    files: &[Vec<u8>],
    winner: Option<usize>,
    problems: &mut Vec<String>,
) -> Vec<u8> {
    let [before, layers @ ..] = files else { return Vec::new() };
    let layers: Vec<Table<'_>> = layers.iter().map(|text| table(text)).collect();
    let before = table(before);
    let (noun, number) = match kind {
        Accounts::Users | Accounts::Passwords => ("user", "uid"),
        Accounts::Groups | Accounts::GroupPasswords => ("group", "gid"),
    };
    if matches!(kind, Accounts::Users | Accounts::Groups) {
        problems.extend(shared_numbers((noun, number), joiner, &before, &layers));
    }
    let mut decide = |clash: &Clash<'_, '_>| {
        let name = text(clash.key);
        let records: Vec<Vec<&[u8]>> =
            clash.changes.iter().filter_map(|(_, record)| record.map(fields)).collect();
        let differ = |index: usize| records.iter().any(|record| record.get(index) != records[0].get(index));
        let layer = |index: usize| &joiner.layers[clash.changes[index].0].name;
        let error = |what: &str| {
            let names = super::named_layers(joiner, clash.changes.iter().map(|(index, _)| *index));
            Err(format!("{names} {what} the {noun} {name}"))
        };
        if records.len() < clash.changes.len() {
            return error("change and remove");
        }
        if matches!(kind, Accounts::Users | Accounts::Groups) && differ(2) {
            let other =
                records.iter().position(|record| record.get(2) != records[0].get(2)).unwrap_or_default();
            let of = |index: usize| text(records[index].get(2).copied().unwrap_or_default());
            return Err(format!(
                "the {noun} {name} has the {number} {} in `{}` and {} in `{}`",
                of(0),
                layer(0),
                of(other),
                layer(other)
            ));
        }
        // The date of the last change of the password, and the members.
        let free: &[usize] = match kind {
            Accounts::Users => &[],
            Accounts::Groups => &[3],
            Accounts::Passwords => &[2],
            Accounts::GroupPasswords => &[2, 3],
        };
        let count = records.iter().map(Vec::len).max().unwrap_or_default();
        if (0..count).any(|index| !free.contains(&index) && differ(index)) {
            return error("describe in different ways");
        }
        let old = clash.before.map(fields).unwrap_or_default();
        let mut record: Vec<Vec<u8>> = records[0].iter().map(|field| field.to_vec()).collect();
        if kind != Accounts::Passwords {
            for index in free {
                let lists: Vec<&[u8]> =
                    records.iter().filter_map(|record| record.get(*index).copied()).collect();
                let list = members(old.get(*index).copied().unwrap_or_default(), &lists);
                record.get_mut(*index).into_iter().for_each(|field| field.clone_from(&list));
            }
        }
        Ok(Some(record.join(&b':')))
    };
    joined(&before, &layers, &mut decide, winner, "\n", problems)
}

/// Joins lists of members: those that no layer removed and those that one added.
fn members(before: &[u8], layers: &[&[u8]]) -> Vec<u8> {
    fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
        list.split(|byte| *byte == b',').filter(|name| !name.is_empty())
    }
    let sets: Vec<BTreeSet<&[u8]>> = layers.iter().map(|list| names(list).collect()).collect();
    let mut all: Vec<&[u8]> =
        names(before).filter(|name| sets.iter().all(|set| set.contains(name))).collect();
    let mut known: BTreeSet<&[u8]> = names(before).collect();
    all.extend(layers.iter().flat_map(|list| names(list)).filter(|name| known.insert(name)));
    all.join(&b',')
}

/// The numbers that layers gave to accounts with different names.
fn shared_numbers<'t>(
    (noun, number): (&str, &str),
    joiner: &Joiner<'_>,
    before: &Table<'t>,
    layers: &[Table<'t>],
) -> Vec<String> {
    let mut owners: BTreeMap<&[u8], (usize, &[u8])> = BTreeMap::new();
    let mut problems = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let id_of = |table: &Table<'t>, name: &[u8]| {
            table.get(name).and_then(|record| fields(record).get(2).copied())
        };
        for name in layer.keys() {
            let Some(id) = id_of(layer, name).filter(|id| id_of(before, name) != Some(*id)) else { continue };
            match owners.get(id) {
                Some((other, of)) if *other != index && *of != name.as_slice() => problems.push(format!(
                    "the {noun} {} of `{}` and the {noun} {} of `{}` have the same {number} {}",
                    text(of),
                    joiner.layers[*other].name,
                    text(name),
                    joiner.layers[index].name,
                    text(id)
                )),
                Some(_) => {}
                None => drop(owners.insert(id, (index, name))),
            }
        }
    }
    problems
}

/// The largest number of ranges that are joined.
const MOST_RANGES: usize = 1_000;

/// Joins the ranges of numbers that users may give to others. A new range that overlaps that of another layer moves behind all ranges,
/// where `useradd` puts the next one.
pub(super) fn joined_ranges(files: &[Vec<u8>], problems: &mut Vec<String>) -> Vec<u8> {
    let [before, layers @ ..] = files else { return Vec::new() };
    fn parse(line: &[u8]) -> Option<(String, u64, u64)> {
        let number = |field: &[u8]| text(field).parse().ok();
        match fields(line).as_slice() {
            [name, start, count] => Some((text(name), number(start)?, number(count)?)),
            _ => None,
        }
    }
    if files.iter().any(|text| lines(text).count() > MOST_RANGES) {
        problems.push(format!("a layer has more than {MOST_RANGES} ranges of users or groups"));
        return Vec::new();
    }
    let old: Vec<&[u8]> = lines(before).collect();
    let of_layers: Vec<Vec<&[u8]>> = layers.iter().map(|text| lines(text).collect()).collect();
    let stays = |line: &&&[u8]| of_layers.iter().all(|layer| layer.contains(line));
    let mut joined: Vec<Vec<u8>> = old.iter().filter(stays).map(|line| line.to_vec()).collect();
    let own = joined.len();
    for layer in &of_layers {
        // The ranges of other layers that this layer has too, perhaps at another place.
        let mut others: Vec<Vec<u8>> = joined[own..].to_vec();
        for line in layer.iter().filter(|line| !old.contains(line)) {
            let range = parse(line);
            let is_it = |other: &Vec<u8>| match (parse(other), &range) {
                (Some(other), Some(range)) => (&other.0, other.2) == (&range.0, range.2),
                _ => other == line,
            };
            if let Some(at) = others.iter().position(is_it) {
                others.swap_remove(at);
                continue;
            }
            let Some((name, start, count)) = range else {
                joined.push(line.to_vec());
                continue;
            };
            let ranges = || joined.iter().filter_map(|line| parse(line));
            let overlaps = |other: (String, u64, u64)| {
                start < other.1.saturating_add(other.2) && other.1 < start.saturating_add(count)
            };
            let start = match ranges().any(overlaps) {
                true => ranges().map(|other| other.1.saturating_add(other.2)).max().unwrap_or(start),
                false => start,
            };
            joined.push(format!("{name}:{start}:{count}").into_bytes());
        }
    }
    joined.iter().flat_map(|line| [line.as_slice(), b"\n"]).flatten().copied().collect()
}
