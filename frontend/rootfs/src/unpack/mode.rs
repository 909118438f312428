//! Modes, in octal digits or as changes of a mode, such as `u+x,go-w`.

/// Returns the mode that a text gives to a file or folder. `None` if the text is not a mode.
pub(super) fn changed(text: &str, mode: u32, is_folder: bool) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        return u32::from_str_radix(digits, 8).ok().filter(|bits| *bits <= 0o7777);
    }
    text.split(',').try_fold(mode, |mode, clause| clause_changes(clause, mode, is_folder))
}

fn clause_changes(clause: &str, mut mode: u32, is_folder: bool) -> Option<u32> {
    let at = clause.find(['+', '-', '='])?;
    let mut who = 0;
    for c in clause[..at].chars() {
        who |= match c {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o0007,
            'a' => 0o6777,
            _ => return None,
        };
    }
    // Without a letter, a change is for all, as for a `COPY --chmod`. The sticky bit belongs to no one.
    who = if who == 0 { 0o7777 } else { who | 0o1000 };
    let mut rest = &clause[at..];
    while let Some(operator) = rest.chars().next() {
        let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |at| at + 1);
        let mut bits = 0;
        for c in rest[1..end].chars() {
            bits |= match c {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if is_folder || mode & 0o111 != 0 => 0o111,
                'X' => 0,
                's' => 0o6000,
                't' => 0o1000,
                _ => return None,
            };
        }
        mode = match operator {
            '+' => mode | (bits & who),
            '-' => mode & !(bits & who),
            _ => (mode & !(who & 0o6777)) | (bits & who),
        };
        rest = &rest[end..];
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let check = |text: &str, mode: u32, expect: u32| {
            assert_eq!(changed(text, mode, false), Some(expect), "{text} of {mode:o}")
        };
        check("0755", 0o600, 0o755);
        check("4711", 0, 0o4711);
        check("u+x", 0o644, 0o744);
        check("u+x,go-r", 0o644, 0o700);
        check("a=rX", 0o755, 0o555);
        check("a=rX", 0o640, 0o444);
        check("go=", 0o777, 0o700);
        check("+x", 0o600, 0o711);
        check("+w", 0o444, 0o666);
        check("-w", 0o666, 0o444);
        check("u=rw-w", 0o777, 0o477);
        check("u+s,+t", 0o755, 0o5755);
        check("g-s", 0o6755, 0o4755);
        assert_eq!(changed("a=rX", 0o640, true), Some(0o555));
        for text in ["8", "77777", "rwx", "q+x", "u+q", ""] {
            assert_eq!(changed(text, 0o644, false), None, "{text}");
        }
    }
}
