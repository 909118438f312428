//! Writes JSON lists of strings exactly as Go's `encoding/json` does, because they are part of the bytes of an operation.

use std::fmt::Write;

/// Writes a list such as `["a","b"]` and escapes the characters that Go escapes.
pub(super) fn list(values: &[String]) -> String {
    let mut json = String::from("[");
    for (index, value) in values.iter().enumerate() {
        json.push_str(if index == 0 { "\"" } else { ",\"" });
        value.chars().for_each(|c| push(&mut json, c));
        json.push('"');
    }
    json.push(']');
    json
}

fn push(json: &mut String, c: char) {
    match c {
        '"' => json.push_str("\\\""),
        '\\' => json.push_str("\\\\"),
        '\u{8}' => json.push_str("\\b"),
        '\u{c}' => json.push_str("\\f"),
        '\n' => json.push_str("\\n"),
        '\r' => json.push_str("\\r"),
        '\t' => json.push_str("\\t"),
        // Go escapes characters that have a meaning in HTML or JavaScript.
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
            // Writing to a string does not fail.
            let _ = write!(json, "\\u{:04x}", u32::from(c));
        }
        c => json.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        for (values, expect) in [
            (vec![], "[]"),
            (vec!["a", "b/**"], r#"["a","b/**"]"#),
            (vec!["a\"b\\c"], r#"["a\"b\\c"]"#),
            (vec!["<a>&\n\u{1}é\u{2028}"], "[\"\\u003ca\\u003e\\u0026\\n\\u0001é\\u2028\"]"),
        ] {
            let values: Vec<_> = values.into_iter().map(String::from).collect();
            assert_eq!(list(&values), expect);
        }
    }
}
