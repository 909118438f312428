//! The names of files in patches: quoted or plain, with a time behind them or not (`find_name` and `git_header_name` in `apply.c` of git).

/// What ends a name that is not quoted, besides the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A tab, after which a time follows.
    Tab,
    /// Nothing.
    Line,
}

/// Whether git takes a byte for a blank.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a name is `/dev/null`.
pub(super) fn is_null(line: &[u8]) -> bool {
    line.strip_prefix(b"/dev/null").is_some_and(|rest| rest.first().is_none_or(|byte| is_blank(*byte)))
}

/// Reads the name at the start of a line, without a number of its first folders. `None` if it has fewer.
pub(super) fn name(line: &[u8], strip: usize, end: End) -> Option<Vec<u8>> {
    if let Some((name, _)) = unquoted(line)
        && let Some(name) = without_folders(&name, strip)
    {
        return Some(squashed(name));
    }
    let ends = |byte: &u8| match byte {
        b'\n' | b'\r' => true,
        b'\t' => end == End::Tab,
        _ => false,
    };
    let length = line.iter().position(ends).unwrap_or(line.len());
    without_folders(&line[..length], strip).filter(|name| !name.is_empty()).map(squashed)
}

/// Removes the first folders of a path. `None` if it has fewer.
fn without_folders(path: &[u8], strip: usize) -> Option<&[u8]> {
    let mut rest = path;
    for _ in 0..strip {
        rest = &rest[rest.iter().position(|byte| *byte == b'/')? + 1..];
    }
    Some(rest)
}

/// Replaces each run of slashes by one.
fn squashed(path: &[u8]) -> Vec<u8> {
    let mut name = path.to_vec();
    name.dedup_by(|byte, before| *byte == b'/' && *before == b'/');
    name
}

/// Reads a quoted name at the start of a line, and returns what follows too. `None` if there is none.
fn unquoted(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = line.strip_prefix(b"\"")?.iter();
    let mut name = Vec::new();
    loop {
        let byte = match *rest.next()? {
            b'"' => return Some((name, rest.as_slice())),
            b'\\' => match *rest.next()? {
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                same @ (b'"' | b'\\') => same,
                first @ b'0'..=b'3' => {
                    let mut digit =
                        || rest.next().filter(|byte| (b'0'..=b'7').contains(*byte)).map(|byte| byte - b'0');
                    ((first - b'0') << 6) | (digit()? << 3) | digit()?
                }
                _ => return None,
            },
            byte => byte,
        };
        name.push(byte);
    }
}

/// Reads the name in a line `diff --git`, of which this is the part after these words. `None` if the two names differ, since then other
/// lines have them.
pub(super) fn of_header(line: &[u8], strip: usize) -> Option<Vec<u8>> {
    if let Some((first, rest)) = unquoted(line) {
        let first = without_prefix(&first, strip)?;
        let second = rest.trim_ascii_start();
        let same = match unquoted(second) {
            Some((second, _)) => without_prefix(&second, strip)? == first,
            None => without_prefix(second, strip)?.strip_suffix(b"\n")? == first,
        };
        return (!second.is_empty() && same).then(|| first.to_vec());
    }
    let name = without_prefix(line, strip)?;
    // Since the first name is not quoted, a quote is the start of the second.
    if let Some(at) = name.iter().position(|byte| *byte == b'"') {
        let (second, _) = unquoted(&name[at..])?;
        let second = without_prefix(&second, strip)?;
        let same = second.len() < at && name.starts_with(second) && is_blank(name[second.len()]);
        return same.then(|| second.to_vec());
    }
    let name = name.strip_suffix(b"\n")?;
    // The start of the second name behind a blank, of which the first folders were removed. The next slash is looked for once.
    let mut slash = None;
    for (at, _) in name.iter().enumerate().filter(|(_, byte)| matches!(byte, b' ' | b'\t')) {
        let start = match strip {
            0 => at + 1,
            _ => {
                if slash.is_none_or(|slash| slash <= at) {
                    slash = name[at + 1..].iter().position(|byte| *byte == b'/').map(|found| at + 1 + found);
                }
                slash? + 1
            }
        };
        if name.len() - start == at && name[start..] == name[..at] {
            return Some(name[..at].to_vec());
        }
    }
    None
}

/// Removes the first folder of a name in a line `diff --git`. `None` if there is none, or if it is the root.
fn without_prefix(name: &[u8], strip: usize) -> Option<&[u8]> {
    if name.first() == Some(&b'/') { None } else { without_folders(name, strip) }
}

/// Whether the time behind a name is the start of 1970 in any zone. `diff` writes it for a file that does not exist.
pub(super) fn has_time_zero(line: &[u8]) -> bool {
    let time = line.iter().position(|byte| *byte == b'\t').map(|at| &line[at + 1..]);
    time.and_then(|time| std::str::from_utf8(time).ok()).and_then(is_time_zero).unwrap_or(false)
}

fn is_time_zero(time: &str) -> Option<bool> {
    let mut fields = time.split_ascii_whitespace();
    let (date, clock, zone) = (fields.next()?, fields.next()?, fields.next()?);
    let day = match date {
        "1969-12-31" => 24 * 60,
        "1970-01-01" => 0,
        _ => return None,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hours, minutes] = two_numbers(clock.strip_suffix(":00")?)?;
    let (sign, zone) = match zone.strip_prefix('-') {
        Some(zone) => (-1, zone),
        None => (1, zone.strip_prefix('+')?),
    };
    let [zone_hours, zone_minutes] = two_numbers(zone)?;
    let offset = sign * (zone_hours * 60 + zone_minutes);
    Some(fraction.bytes().all(|digit| digit == b'0') && hours * 60 + minutes - offset == day)
}

/// Parses `12:34` or `1234`.
fn two_numbers(text: &str) -> Option<[i32; 2]> {
    let text: String = text.chars().filter(|c| *c != ':').collect();
    let is_number = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some([text[..2].parse().ok()?, text[2..].parse().ok()?]))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: Option<Vec<u8>>) -> Option<String> {
        name.map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn names_lose_their_first_folder_and_their_quotes() {
        let check = |line: &str, strip: usize, expect: Option<&str>| {
            assert_eq!(text(name(line.as_bytes(), strip, End::Tab)).as_deref(), expect, "{line}");
        };
        check("a/b/c\n", 1, Some("b/c"));
        check("a/b c\t2020-01-01\n", 1, Some("b c"));
        check("a/b\r\n", 1, Some("b"));
        check("b\n", 1, None);
        check("b\n", 0, Some("b"));
        check("/etc/x\n", 1, Some("etc/x"));
        check("a//b///c\n", 1, Some("/b/c"));
        check(r#""a/\303\251\t\"\\""#, 1, Some("é\t\"\\"));
        check(r#""a/b"#, 1, Some("b"));
        assert_eq!(text(name(b"b\tc\n", 0, End::Line)).as_deref(), Some("b\tc"));
    }

    #[test]
    fn a_header_has_a_name_if_both_are_the_same() {
        let check = |line: &str, expect: Option<&str>| {
            assert_eq!(text(of_header(format!("{line}\n").as_bytes(), 1)).as_deref(), expect, "{line}");
        };
        check("a/x b/x", Some("x"));
        check("a/x y b/x y", Some("x y"));
        check("a/x b/y", None);
        check("a/x", None);
        check("/x /x", None);
        check(r#""a/\303\251" "b/\303\251""#, Some("é"));
        check(r#""a/x" b/x"#, Some("x"));
        check(r#"a/x "b/x""#, Some("x"));
        check(r#"a/x "b/y""#, None);
    }

    #[test]
    fn the_start_of_1970_has_a_name_in_each_zone() {
        let check = |time: &str, expect: bool| {
            assert_eq!(has_time_zero(format!("a/x\t{time}\n").as_bytes()), expect, "{time}");
        };
        check("1970-01-01 00:00:00.000000000 +0000", true);
        check("1970-01-01 00:00:00 +0000", true);
        check("1970-01-01 01:00:00.000000000 +0100", true);
        check("1969-12-31 19:00:00.000000000 -0500", true);
        check("1970-01-01 01:00:00.000000000 +0000", false);
        check("2020-01-01 00:00:00.000000000 +0000", false);
        check("1970-01-01 00:00:00.5 +0000", false);
        check("1970-01-01", false);
    }
}
