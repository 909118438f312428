//! Quotes and escapes, so that the parser reads each text as it was given (`shell/lex.go`, `parser/line_parsers.go`,
//! `instructions/bflag.go`).

use crate::file::Escape;
use crate::word::{Expansion, Part, Variable, Word};

/// Quotes texts for a file with this escape character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) escape: char,
}

impl Quote {
    pub(super) fn new(escape: Escape) -> Self {
        Self {
            escape: match escape {
                Escape::Backslash => '\\',
                Escape::Backtick => '`',
            },
        }
    }

    /// Prints a value without quotes around it.
    pub(super) fn unquoted(self, word: &Word) -> String {
        self.render(word, |text| self.escaped(text, |c| matches!(c, '$' | '"' | '\'' | '<')))
    }

    /// Prints a value in double quotes.
    pub(super) fn quoted(self, word: &Word) -> String {
        format!("\"{}\"", self.render(word, |text| self.escaped(text, |c| matches!(c, '"' | '$'))))
    }

    /// Prints a value of `ENV`, `ARG` or `LABEL`. It gets double quotes unless all characters are plain.
    pub(super) fn value(self, word: &Word) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
        match word.as_text() {
            Some(text) if !text.is_empty() && text.chars().all(plain) => text,
            _ => self.quoted(word),
        }
    }

    /// Whether a line with this text would be continued on the next line.
    pub(super) fn continues_line(self, line: &str) -> bool {
        line.ends_with(self.escape)
    }

    fn escaped(self, text: &str, special: impl Fn(char) -> bool) -> String {
        text.chars().fold(String::new(), |mut escaped, c| {
            if c == self.escape || special(c) {
                escaped.push(self.escape);
            }
            escaped.push(c);
            escaped
        })
    }

    fn render(self, word: &Word, text: impl Fn(&str) -> String) -> String {
        // From the end, because a variable needs braces if the text after it could be a part of its name.
        word.parts.iter().rev().fold(String::new(), |behind, part| match part {
            Part::Text(of) => text(of) + &behind,
            Part::Variable(variable) => self.variable(variable, &behind) + &behind,
        })
    }

    fn variable(self, Variable { name, expansion }: &Variable, behind: &str) -> String {
        match expansion {
            Expansion::Value if behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
                format!("${{{name}}}")
            }
            Expansion::Value => format!("${name}"),
            Expansion::Default(word) => format!("${{{name}:-{}}}", self.in_braces(word)),
            Expansion::Alternative(word) => format!("${{{name}:+{}}}", self.in_braces(word)),
        }
    }

    /// Prints a value between the braces of a variable. The parser reads it like a value without quotes, even if the braces are inside
    /// quotes.
    fn in_braces(self, word: &Word) -> String {
        self.render(word, |text| self.escaped(text, |c| matches!(c, '$' | '"' | '\'' | '<' | '}')))
    }
}

/// Returns all texts of a value, including the defaults and alternatives of variables.
pub(super) fn texts(word: &Word) -> impl Iterator<Item = &str> {
    let mut all = Vec::new();
    let mut open: Vec<&Word> = vec![word];
    while let Some(word) = open.pop() {
        for part in &word.parts {
            match part {
                Part::Text(text) => all.push(text.as_str()),
                Part::Variable(Variable {
                    expansion: Expansion::Default(word) | Expansion::Alternative(word),
                    ..
                }) => open.push(word),
                Part::Variable(_) => {}
            }
        }
    }
    all.into_iter()
}

/// Whether the parser reads the whole names of all variables that a value uses.
pub(super) fn uses_whole_names(word: &Word) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Text(_) => true,
        Part::Variable(Variable { name, expansion }) => {
            name.is_usable()
                && match expansion {
                    Expansion::Value => true,
                    Expansion::Default(word) | Expansion::Alternative(word) => uses_whole_names(word),
                }
        }
    })
}

/// Prints a list as JSON on one line.
pub(super) fn json<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_ref()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// Prints a flag: `--name=value`. Inside its quotes, the escape character is a backslash in every file.
pub(super) fn flag(name: &str, value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "\\\"'".contains(c));
    if plain {
        return format!("--{name}={value}");
    }
    format!("--{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Prints a field of a comma-separated list, such as the value of `--mount`.
pub(super) fn field(key: &str, value: &str) -> String {
    let field = format!("{key}={value}");
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}
