//! Colours for output to a terminal. The text is the same with and without them.

use anstyle::{AnsiColor, Style};

/// Whether each stream accepts colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colours {
    /// Whether standard output accepts colours.
    pub out: bool,
    /// Whether standard error accepts colours.
    pub err: bool,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const MARGIN: Style = AnsiColor::Blue.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default();
const STRONG: Style = Style::new().bold();

/// Formats the line `error: MESSAGE`.
pub(crate) fn error_line(message: &str, colour: bool) -> String {
    let message = message.trim_end();
    if colour { format!("{ERROR}error:{ERROR:#} {message}\n") } else { format!("error: {message}\n") }
}

/// Adds colours to an excerpt that `Diagnostic::excerpt` wrote.
///
/// ```text
/// error[unknown-key]: unknown key `form`
///   --> image.yaml:3:5
/// 3 |     form: scratch
///   |     ^^^^ not a key of a stage
///   help: did you mean `from`?
/// ```
pub(crate) fn excerpt(text: &str, colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let severity = if text.starts_with("error") { ERROR } else { WARNING };
    let mut painted = String::with_capacity(text.len() * 2);
    for (index, line) in text.lines().enumerate() {
        painted += &if index == 0 { head(line, severity) } else { body(line, severity) };
        painted.push('\n');
    }
    painted
}

fn head(line: &str, severity: Style) -> String {
    match line.split_once(": ") {
        Some((code, message)) => format!("{severity}{code}{severity:#}: {STRONG}{message}{STRONG:#}"),
        None => line.to_owned(),
    }
}

fn body(line: &str, severity: Style) -> String {
    let words = line.trim_start();
    let margin = &line[..line.len() - words.len()];
    if let Some(help) = words.strip_prefix("help: ") {
        return format!("{margin}{HELP}help:{HELP:#} {help}");
    }
    for arrow in ["-->", ":::"] {
        if let Some(place) = words.strip_prefix(arrow) {
            return format!("{margin}{MARGIN}{arrow}{MARGIN:#}{place}");
        }
    }
    match line.split_once('|') {
        // The line below the line of the file marks the place and says what was expected there.
        Some((number, rest)) if number.trim().is_empty() => {
            let (marks, label) = rest.split_at(rest.rfind('^').map_or(0, |last| last + 1));
            format!("{MARGIN}{number}|{MARGIN:#}{severity}{marks}{label}{severity:#}")
        }
        Some((number, rest)) if number.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{MARGIN}{number}|{MARGIN:#}{rest}")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCERPT: &str = "error[unknown-key]: unknown key `a|b`\n  --> image.yaml:3:5\n3 |     a|b: x\n  |     ^^^ not a key\n  help: none\n";

    #[test]
    fn without_colours_the_text_is_as_it_is() {
        assert_eq!(excerpt(EXCERPT, false), EXCERPT);
    }

    #[test]
    fn colours_change_no_letter() {
        let painted = excerpt(EXCERPT, true);
        assert!(painted.contains("\u{1b}[1m\u{1b}[31merror[unknown-key]\u{1b}[0m"), "{painted:?}");
        let mut plain = String::new();
        let mut parts = painted.split('\u{1b}');
        plain += parts.next().unwrap_or_default();
        for part in parts {
            plain += part.split_once('m').map_or("", |(_, text)| text);
        }
        assert_eq!(plain, EXCERPT);
    }
}
