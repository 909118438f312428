//! Finds the places of hunks in a file, as `git apply` does: at the line that the hunk names or away from it, but with all of its lines
//! (`find_pos` and `match_fragment` in `apply.c` of git).

use varve_archive::text_of;

use super::effort::Effort;
use super::hunk::{Direction, Fate, Hunk};
use super::image::Image;

/// The largest number of characters of a line that a message shows.
const MOST_SHOWN: usize = 120;

/// Applies hunks to a file.
///
/// # Errors
/// A hunk does not fit. The error names its number, its line in the patch, and the first line that differs.
pub(super) fn apply(content: &[u8], hunks: &[Hunk<'_>], effort: &Effort) -> Result<Vec<u8>, String> {
    let mut image = Image::new(content);
    effort.spend(image.len())?;
    for (index, hunk) in hunks.iter().enumerate() {
        let old = old_lines(hunk, Direction::Forward);
        let place = Place::of(hunk, Direction::Forward);
        match find(&image, &old, &place, effort)? {
            Some(at) => image.replace(at, old.len(), new_lines(hunk, Direction::Forward), effort)?,
            None => {
                let number = index + 1;
                let at = hunk.line;
                let problem = mismatch(&image, &old, &place, effort);
                return Err(format!("hunk {number} (line {at} of the patch) does not fit: {problem}"));
            }
        }
    }
    Ok(image.content())
}

/// Whether the hunks were applied to this content before.
pub(super) fn is_applied(content: &[u8], hunks: &[Hunk<'_>], effort: &Effort) -> bool {
    let mut image = Image::new(content);
    let applied = hunks.iter().all(|hunk| {
        let old = old_lines(hunk, Direction::Backward);
        let found = find(&image, &old, &Place::of(hunk, Direction::Backward), effort);
        let Ok(Some(at)) = found else { return false };
        image.replace(at, old.len(), new_lines(hunk, Direction::Backward), effort).is_ok()
    });
    applied && !hunks.is_empty()
}

fn old_lines<'p>(hunk: &Hunk<'p>, direction: Direction) -> Vec<&'p [u8]> {
    hunk.lines(direction).filter(|(fate, _)| *fate != Fate::Added).map(|(_, line)| line).collect()
}

fn new_lines<'p>(hunk: &Hunk<'p>, direction: Direction) -> impl Iterator<Item = &'p [u8]> + use<'p> {
    hunk.lines(direction).filter(|(fate, _)| *fate != Fate::Removed).map(|(_, line)| line)
}

/// Where a hunk can be.
struct Place {
    /// The index of its first line in the file that earlier hunks changed.
    expected: usize,
    /// Whether it starts at the start of the file. A hunk that names the first line is nowhere else.
    at_start: bool,
    /// Whether it ends at the end of the file. It does if no line is behind its last change.
    at_end: bool,
}

impl Place {
    fn of(hunk: &Hunk<'_>, direction: Direction) -> Self {
        let (old, new) = match direction {
            Direction::Forward => (hunk.old_start, hunk.new_start),
            Direction::Backward => (hunk.new_start, hunk.old_start),
        };
        let expected = usize::try_from(new.saturating_sub(1)).unwrap_or(usize::MAX);
        Self { expected, at_start: old <= 1, at_end: !hunk.has_trailing }
    }
}

fn find(image: &Image<'_>, old: &[&[u8]], place: &Place, effort: &Effort) -> Result<Option<usize>, String> {
    let Some(last) = image.len().checked_sub(old.len()) else { return Ok(None) };
    let fits = |at: usize| matching(image, old, at, effort).map(|matching| matching == old.len());
    if place.at_start || place.at_end {
        let at = if place.at_start { 0 } else { last };
        return Ok(((!place.at_end || at == last) && fits(at)?).then_some(at));
    }
    // Where git starts to search can be behind the last place.
    let start = place.expected.min(image.len());
    for distance in 0..=image.len() {
        if start + distance > last && distance > start {
            break;
        }
        if start + distance <= last && fits(start + distance)? {
            return Ok(Some(start + distance));
        }
        if distance > 0 && start >= distance && start - distance <= last && fits(start - distance)? {
            return Ok(Some(start - distance));
        }
    }
    Ok(None)
}

/// Returns how many of the first lines match at a place.
fn matching(image: &Image<'_>, old: &[&[u8]], at: usize, effort: &Effort) -> Result<usize, String> {
    for (index, line) in old.iter().enumerate() {
        let found = image.get(at + index).filter(|found| !found.is_patched && found.text.len() == line.len());
        effort.spend(1 + found.map_or(0, |found| found.text.len() / 64))?;
        if found.is_none_or(|found| found.text != *line) {
            return Ok(index);
        }
    }
    effort.spend(1)?;
    Ok(old.len())
}

/// Says where the hunk differs from the file, at the place where most of its first lines match.
fn mismatch(image: &Image<'_>, old: &[&[u8]], place: &Place, effort: &Effort) -> String {
    let expected = match (place.at_start, place.at_end) {
        (true, _) => 0,
        (false, true) => image.len().saturating_sub(old.len()),
        (false, false) => place.expected.min(image.len()),
    };
    let count = |at: usize| matching(image, old, at, effort).unwrap_or(0);
    let mut best = (count(expected), expected);
    if effort.is_plenty() {
        for at in 0..image.len() {
            let here = (count(at), at);
            let is_nearer = at.abs_diff(expected) < best.1.abs_diff(expected);
            if here.0 > best.0 || (here.0 == best.0 && is_nearer) {
                best = here;
            }
        }
    }
    let (matched, at) = best;
    let line = at + matched + 1;
    let Some(wanted) = old.get(matched) else {
        return match place.at_start && (at > 0 || old.is_empty()) {
            true if old.is_empty() => "the file has content, expected an empty file".to_owned(),
            true => format!("its lines are at line {}, expected at the start of the file", at + 1),
            false => format!(
                "its lines are at line {}, expected at the end of the file, since no line follows its change",
                at + 1
            ),
        };
    };
    match image.get(at + matched) {
        None if image.len() == 0 => format!("the file is empty, expected {}", quoted(wanted)),
        None => format!("the file ends before line {line}, expected {}", quoted(wanted)),
        Some(found) if found.is_patched && found.text == *wanted => {
            format!("line {line} is part of an earlier hunk, and hunks cannot overlap")
        }
        Some(found) => format!("line {line} is {}, expected {}", quoted(found.text), quoted(wanted)),
    }
}

fn quoted(line: &[u8]) -> String {
    let (text, rest) = match line.strip_suffix(b"\n") {
        Some(text) => (text, ""),
        None => (line, " without a line break"),
    };
    let text = text_of(&text[..text.len().min(MOST_SHOWN * 4)]);
    match text.char_indices().nth(MOST_SHOWN) {
        Some((cut, _)) => format!("`{}...`{rest}", &text[..cut]),
        None => format!("`{text}`{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::Content;
    use super::super::parse;
    use super::*;

    #[test]
    fn a_search_that_takes_too_long_ends() {
        // Every place of the hunk has many equal lines before the one that differs.
        let file = "a\n".repeat(4000);
        let mut patch = "--- a/f\n+++ b/f\n@@ -2,2000 +2,2000 @@\n".to_owned();
        patch.push_str(&" a\n".repeat(1998));
        patch.push_str("-b\n+c\n a\n");
        let changes = parse::changes(patch.as_bytes()).unwrap();
        let Content::Text(hunks) = &changes[0].content else { panic!("{changes:?}") };
        let error = apply(file.as_bytes(), hunks, &Effort::small()).unwrap_err();
        assert_eq!(error, "the search for the places of its hunks takes too long");
        let error = apply(file.as_bytes(), hunks, &Effort::default()).unwrap_err();
        assert!(error.ends_with("is `a`, expected `b`"), "{error}");
    }
}
