//! Joins the records of a file that several layers changed: each record that one of them added, changed or removed.

use std::collections::BTreeMap;

/// The records of a file by their key, in the order of the file.
#[derive(Debug, Default, Clone)]
pub(super) struct Table<'t> {
    keys: Vec<Vec<u8>>,
    records: BTreeMap<Vec<u8>, &'t [u8]>,
}

impl<'t> Table<'t> {
    /// Splits a text into records. Of a key that is there twice, the last record counts.
    pub(super) fn new(records: impl Iterator<Item = &'t [u8]>, key: fn(&[u8]) -> Vec<u8>) -> Self {
        let mut table = Self::default();
        for record in records {
            let key = key(record);
            if table.records.insert(key.clone(), record).is_none() {
                table.keys.push(key);
            }
        }
        table
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&'t [u8]> {
        self.records.get(key).copied()
    }

    pub(super) fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }
}

/// A record that several layers changed in different ways.
pub(super) struct Clash<'r, 't> {
    pub(super) key: &'r [u8],
    /// The record before the layers.
    pub(super) before: Option<&'t [u8]>,
    /// The number of each layer that changed it, with its record. `None` if it removed it.
    pub(super) changes: Vec<(usize, Option<&'t [u8]>)>,
}

/// Returns the record where layers differ, `None` for no record, or what is wrong.
type Decide<'d, 't> = dyn FnMut(&Clash<'_, 't>) -> Result<Option<Vec<u8>>, String> + 'd;

/// Joins tables, with `end` after each record. `decide` is asked where layers differ. If it finds no record, that of
/// the layer `winner` is taken. The new records come after the others, in the order
/// of the layers.
pub(super) fn joined<'t>(
    before: &Table<'t>,
    layers: &[Table<'t>],
    decide: &mut Decide<'_, 't>,
    winner: Option<usize>,
    end: &str,
    problems: &mut Vec<String>,
) -> Vec<u8> {
    let mut text = Vec::new();
    let mut add = |record: &[u8]| {
        text.extend_from_slice(record);
        text.extend_from_slice(end.as_bytes());
    };
    let mut seen = before.records.clone();
    let mut keys: Vec<&Vec<u8>> = before.keys.iter().collect();
    for key in layers.iter().flat_map(|layer| &layer.keys) {
        if seen.insert(key.clone(), b"").is_none() {
            keys.push(key);
        }
    }
    for key in keys {
        let old = before.get(key);
        let of_layers = layers.iter().map(|layer| layer.get(key)).enumerate();
        let changes: Vec<_> = of_layers.filter(|(_, record)| *record != old).collect();
        match changes.as_slice() {
            [] => old.into_iter().for_each(&mut add),
            [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => {
                first.iter().for_each(|record| add(record));
            }
            _ => match decide(&Clash { key, before: old, changes }) {
                Ok(record) => record.iter().for_each(|record| add(record)),
                Err(problem) => match winner {
                    Some(winner) => layers[winner].get(key).iter().for_each(|record| add(record)),
                    None => problems.push(problem),
                },
            },
        }
    }
    text
}

/// The lines of a text, without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// The stanzas of a text, which have empty lines between them, without the line break at the end.
pub(super) fn stanzas(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while let [b'\n', after @ ..] = rest {
            rest = after;
        }
        let end = rest.windows(2).position(|pair| pair == b"\n\n").unwrap_or(rest.len());
        let (stanza, after) = rest.split_at(end);
        rest = after;
        let stanza = stanza.strip_suffix(b"\n").unwrap_or(stanza);
        (!stanza.is_empty()).then_some(stanza)
    })
}

/// The value of a field of a stanza, without blanks around it.
pub(super) fn field<'s>(stanza: &'s [u8], name: &str) -> Option<&'s [u8]> {
    let value = |line: &'s [u8]| line.strip_prefix(name.as_bytes())?.strip_prefix(b":");
    lines(stanza).find_map(value).map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(before: &str, layers: &[&str]) -> (String, Vec<String>) {
        let table = |text: &'static str| {
            Table::new(lines(text.as_bytes()), |line| {
                line.split(|byte| *byte == b':').next().unwrap().to_vec()
            })
        };
        let leak = |text: &str| -> &'static str { String::leak(text.to_owned()) };
        let layers: Vec<_> = layers.iter().map(|text| table(leak(text))).collect();
        let mut problems = Vec::new();
        let mut decide = |clash: &Clash<'_, '_>| Err(String::from_utf8_lossy(clash.key).into_owned());
        let text = joined(&table(leak(before)), &layers, &mut decide, None, "\n", &mut problems);
        (String::from_utf8(text).unwrap(), problems)
    }

    #[test]
    fn every_change_counts_once() {
        let check = |before: &str, layers: &[&str], expect: &str, problems: &[&str]| {
            let (text, found) = join(before, layers);
            assert_eq!(
                (text.as_str(), found),
                (expect, problems.iter().map(|key| (*key).to_owned()).collect())
            );
        };
        check("a:1\nb:1\n", &["a:1\nb:1\nc:1\n", "a:1\nb:1\nd:1\n"], "a:1\nb:1\nc:1\nd:1\n", &[]);
        check("a:1\nb:1\n", &["a:2\nb:1\n", "a:1\n"], "a:2\n", &[]);
        check("a:1\n", &["a:2\n", "a:2\n", "a:1\n"], "a:2\n", &[]);
        check("", &["a:1\n", "a:2\n"], "", &["a"]);
        check("a:1\n", &["", "a:2\n"], "", &["a"]);
        check("a:1\n", &["", ""], "", &[]);
    }

    #[test]
    fn stanzas_end_with_an_empty_line() {
        let text = b"\nPackage: a\nVersion: 1\n\n\nPackage: b\n x\n";
        let found: Vec<_> = stanzas(text).collect();
        assert_eq!(found, [&b"Package: a\nVersion: 1"[..], b"Package: b\n x"]);
        assert_eq!(field(found[0], "Version"), Some(&b"1"[..]));
        assert_eq!(field(found[0], "Vers"), None);
    }
}
