//! Variables as shells and Dockerfiles write them: `$NAME` and `${NAME}`. In the language, they are text.

/// The name of the first variable in a text. A dollar sign behind another one starts none, and neither does one before a digit, as in
/// `US$5`.
pub(crate) fn first(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..end];
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (starts && !text[..at].ends_with('$')).then_some(name)
    })
}

/// The text before or behind a variable that a colon separates from it, as in `/opt/bin:$PATH`.
pub(crate) fn around(text: &str) -> Option<Around<'_>> {
    let name = first(text)?;
    let forms = [format!("${name}"), format!("${{{name}}}")];
    let before = forms.iter().find_map(|form| text.strip_suffix(form.as_str())?.strip_suffix(':'));
    let behind = || forms.iter().find_map(|form| text.strip_prefix(form.as_str())?.strip_prefix(':'));
    before.map(Around::Before).or_else(|| behind().map(Around::Behind))
}

/// The text beside a variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Around<'t> {
    /// The text before the variable.
    Before(&'t str),
    /// The text behind the variable.
    Behind(&'t str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_and_prices_are_not() {
        for (text, expect) in [
            ("$HOME/x", Some("HOME")),
            ("a/${NB_UID}", Some("NB_UID")),
            ("${A:-b}", Some("A")),
            ("US$5 and $_x", Some("_x")),
            ("$$HOME", None),
            ("US$5", None),
            ("$(pwd)", None),
            ("a$", None),
            ("${}", None),
            ("", None),
        ] {
            assert_eq!(first(text), expect, "{text}");
        }
    }

    #[test]
    fn text_beside_a_variable() {
        assert_eq!(around("/opt/bin:$PATH"), Some(Around::Before("/opt/bin")));
        assert_eq!(around("${PATH}:/opt/bin"), Some(Around::Behind("/opt/bin")));
        assert_eq!((around("$PATH"), around("/a/$PATH"), around("/a")), (None, None, None));
    }
}
