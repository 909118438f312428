//! The lines in which a file differs from what it should be.

/// The largest table of the comparison. Larger parts are shown as removed and added.
const MOST_CELLS: usize = 4_000_000;

/// Returns the lines that are only in the old text with `-`, and those that are only in the new text with `+`, each group below the
/// number of its first line. Empty if the texts are equal.
pub(crate) fn changed_lines(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev());
    let after = after.take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    let mut text = String::new();
    let (mut line, mut is_open) = (before + 1, false);
    for change in aligned(old, new) {
        let (sign, shown) = match change {
            Change::Same => {
                (line, is_open) = (line + 1, false);
                continue;
            }
            Change::Old(shown) => ('-', shown),
            Change::New(shown) => ('+', shown),
        };
        if !is_open {
            text += &format!("@ line {line}\n");
        }
        is_open = true;
        line += usize::from(sign == '-');
        text += &format!("{sign}{shown}\n");
    }
    text
}

enum Change<'t> {
    Same,
    Old(&'t str),
    New(&'t str),
}

/// Aligns lines by their longest common subsequence.
fn aligned<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Change<'t>> {
    let removed = |lines: &[&'t str]| lines.iter().map(|line| Change::Old(line)).collect::<Vec<_>>();
    let added = |lines: &[&'t str]| lines.iter().map(|line| Change::New(line)).collect::<Vec<_>>();
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > MOST_CELLS {
        return removed(old).into_iter().chain(added(new)).collect();
    }
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = match old[i] == new[j] {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut changes) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            changes.push(Change::Same);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            changes.push(Change::Old(old[i]));
            i += 1;
        } else {
            changes.push(Change::New(new[j]));
            j += 1;
        }
    }
    changes.extend(removed(&old[i..]));
    changes.extend(added(&new[j..]));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_shown() {
        assert_eq!(changed_lines("a\nb\nc\nd\n", "a\nb\nc\nd\n"), "");
        assert_eq!(changed_lines("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n"), "@ line 2\n-b\n+x\n@ line 5\n+e\n");
        assert_eq!(changed_lines("", "a\n"), "@ line 1\n+a\n");
    }

    #[test]
    fn texts_that_are_too_long_to_align_are_replaced() {
        let text = |word: &str| (0..3000).map(|line| format!("{word} {line}\n")).collect::<String>();
        let changes = changed_lines(&text("a"), &text("b"));
        assert!(changes.starts_with("@ line 1\n-a 0\n") && changes.ends_with("+b 2999\n"));
    }
}
