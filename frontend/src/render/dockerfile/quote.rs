//! Texts as a Dockerfile writes them, so that each stands for itself (`frontend/dockerfile/shell/lex.go`, `parser/line_parsers.go`).

/// A word that variables are put into: nothing in it stands for anything else.
pub(super) fn word(text: &str) -> String {
    text.chars().fold(String::new(), |mut word, c| {
        if matches!(c, '\\' | '$' | '"' | '\'' | '<') {
            word.push('\\');
        }
        word.push(c);
        word
    })
}

/// A value of `ENV` or `LABEL`, in double quotes unless it is plain. Nothing for a text of several lines, which they cannot hold.
pub(super) fn value(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if text.contains(['\n', '\r', '\0']) {
        return None;
    }
    if !text.is_empty() && text.chars().all(plain) {
        return Some(text.to_owned());
    }
    Some(format!("\"{}\"", inside_quotes(text)))
}

/// A text between double quotes.
pub(super) fn inside_quotes(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$")
}

/// A list in the form of JSON, on one line.
pub(super) fn json<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_ref()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// Words of `COPY` and `ADD`: with blanks between them, or as JSON where that does not tell them apart.
pub(super) fn words<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|text| word(text.as_ref())).collect();
    let odd =
        |word: &String| word.is_empty() || word.contains(char::is_whitespace) || word.starts_with(['[', '-']);
    if words.iter().any(odd) { json(&words) } else { words.join(" ") }
}

/// A flag of an instruction: `--name=value`.
pub(super) fn flag(name: &str, value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "\\\"'".contains(c));
    if plain {
        return format!("--{name}={value}");
    }
    format!("--{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A field of a list with commas, such as `--mount` takes.
pub(super) fn field(key: &str, value: &str) -> String {
    let field = format!("{key}={}", word(value));
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// A text below an instruction, with the mark that ends it: the mark as the instruction names it, and the lines.
pub(super) fn heredoc(text: &str) -> (String, String) {
    let taken = |mark: &String| text.lines().any(|line| line.trim_end_matches('\r') == mark);
    let numbered = (2..).map(|number| format!("EOF{number}"));
    let mark =
        std::iter::once("EOF".to_owned()).chain(numbered).find(|mark| !taken(mark)).unwrap_or_default();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    (format!("<<'{mark}'"), format!("{text}{end}{mark}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_for_themselves() {
        assert_eq!(word(r#"a$b\c"d'e<f"#), r#"a\$b\\c\"d\'e\<f"#);
        assert_eq!(value("a b\"$c\\").as_deref(), Some(r#""a b\"\$c\\""#));
        assert_eq!(value("1.2:x").as_deref(), Some("1.2:x"));
        assert_eq!(value("").as_deref(), Some("\"\""));
        assert_eq!(value("a\nb"), None);
        assert_eq!(words(&["a", "$b"]), r"a \$b");
        assert_eq!(words(&["a b", "$c", "/d"]), r#"["a b", "\\$c", "/d"]"#);
        assert_eq!(words(&["[a]"]), r#"["[a]"]"#);
        assert_eq!(flag("mount", "a b\"c"), r#"--mount="a b\"c""#);
        assert_eq!(field("target", "/a,b"), "\"target=/a,b\"");
    }

    #[test]
    fn a_text_ends_at_a_mark_that_it_has_not() {
        assert_eq!(heredoc("a\nEOF\n"), ("<<'EOF2'".to_owned(), "a\nEOF\nEOF2".to_owned()));
        assert_eq!(heredoc("a"), ("<<'EOF'".to_owned(), "a\nEOF".to_owned()));
        assert_eq!(heredoc(""), ("<<'EOF'".to_owned(), "EOF".to_owned()));
    }
}
