//! Suggestions for misspelled names: "did you mean".

use std::collections::BTreeSet;

/// The largest number of known names that are compared, to limit the time. Real files have fewer.
const MOST_KNOWN: usize = 1000;

/// The known name that is most similar to what was typed, or `None` if no name is similar enough. Upper and lower case, `-` and `_`
/// are not compared. A name equal to the typed one is never suggested.
///
/// ```
/// use varve_spec::nearest;
/// assert_eq!(nearest("form", ["from", "env"]), Some("from"));
/// assert_eq!(nearest("Work_Dir", ["workdir"]), Some("workdir"));
/// assert_eq!(nearest("banana", ["from", "env"]), None);
/// ```
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = simplified(typed);
    let allowed = match plain.len() {
        0..=2 => 0,
        3..=4 => 1,
        letters => (letters + 1) / 3,
    };
    let others = known.into_iter().take(MOST_KNOWN).filter(|name| *name != typed);
    let scored = others.filter_map(|name| {
        let known = simplified(name);
        // The difference of the lengths is a lower bound of the edit distance. Checking it first skips most names.
        let possible = known.len().abs_diff(plain.len()) <= allowed;
        possible.then(|| (distance(&plain, &known), name))
    });
    let best = scored.min_by_key(|(score, _)| *score);
    best.filter(|(score, _)| *score <= allowed).map(|(_, name)| name)
}

/// ``did you mean `...`?`` with the nearest name. If no name is near, a list of the known names, or `None` if there are none.
pub(crate) fn did_you_mean<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    match nearest(typed, known.clone()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => listing(known).map(|names| format!("known names: {names}")),
    }
}

/// The help for a name that nothing defines: that of [`did_you_mean`], or where such names are defined if there are none.
pub(crate) fn defined_names<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    (noun, key): (&str, &str),
) -> String {
    let none = || format!("the file defines no {noun}; `{key}` at the top level defines them");
    did_you_mean(typed, known).unwrap_or_else(none)
}

/// Whether expressions can use this text as a name: letters, digits and `_`, without a leading digit.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The identifier that a text such as `needs-torch` was probably meant to be: `needs_torch`. `None` for an identifier, and if there is
/// none.
pub(crate) fn identifier_for(text: &str) -> Option<String> {
    let repaired = text.replace(['-', '.', ' ', '/'], "_");
    (!is_identifier(text) && is_identifier(&repaired)).then_some(repaired)
}

/// A readable list of the names in their order, of which at most twelve are shown. A name that occurs twice, as a target and as a
/// stage, is listed once. `None` if there are no names.
pub(crate) fn listing<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known = BTreeSet::new();
    let names: Vec<&str> = names.into_iter().filter(|name| known.insert(*name)).collect();
    let shown = names.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=12 => Some(shown),
        more => Some(format!("{shown} and {} more", more - 12)),
    }
}

fn simplified(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).take(64).collect()
}

/// The edit distance, in which a swap of two neighbours costs 1 (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found_and_far_ones_are_not() {
        let known = ["run", "exec", "copy", "workdir", "packages", "cuda12.9", "cuda13.0"];
        let check = |typed: &str, expect: Option<&str>| assert_eq!(nearest(typed, known), expect, "{typed}");
        check("rnu", Some("run"));
        check("pakages", Some("packages"));
        check("cuda12.8", Some("cuda12.9"));
        check("WORKDIR", Some("workdir"));
        check("run", None);
        check("zzz", None);
        check("x", None);
        check("exce", Some("exec"));
        check("trixy", None);
        check("", None);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..20).map(|n| format!("n{n}")).collect();
        let text = listing(names.iter().map(String::as_str)).unwrap();
        assert!(text.ends_with("n11 and 8 more"), "{text}");
        assert_eq!(listing([]), None);
        assert_eq!(listing(["dev", "app", "dev"]).as_deref(), Some("dev, app"), "each once");
    }
}
