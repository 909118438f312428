//! Texts as a Dockerfile writes them, so that each stands for itself (`shell/lex.go`, `parser/line_parsers.go`, `instructions/bflag.go`).

use crate::file::Escape;
use crate::word::{Part, Use, Variable, Word};

/// How texts are quoted in a file with this escape character.
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

    /// A value without quotes around it.
    pub(super) fn bare(self, word: &Word) -> String {
        self.written(word, |text| self.escaped(text, |c| matches!(c, '$' | '"' | '\'' | '<')))
    }

    /// A value in double quotes.
    pub(super) fn in_quotes(self, word: &Word) -> String {
        format!("\"{}\"", self.written(word, |text| self.escaped(text, |c| matches!(c, '"' | '$'))))
    }

    /// A value of `ENV`, `ARG` or `LABEL`, in double quotes unless it is plain.
    pub(super) fn value(self, word: &Word) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
        match word.as_text() {
            Some(text) if !text.is_empty() && text.chars().all(plain) => text,
            _ => self.in_quotes(word),
        }
    }

    /// Whether the next line would belong to a line with this text.
    pub(super) fn goes_on(self, line: &str) -> bool {
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

    fn written(self, word: &Word, text: impl Fn(&str) -> String) -> String {
        // From behind, since a variable needs braces where the text behind it would be part of its name.
        word.parts.iter().rev().fold(String::new(), |behind, part| match part {
            Part::Text(of) => text(of) + &behind,
            Part::Variable(variable) => self.variable(variable, &behind) + &behind,
        })
    }

    fn variable(self, Variable { name, used }: &Variable, behind: &str) -> String {
        match used {
            Use::Value if behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
                format!("${{{name}}}")
            }
            Use::Value => format!("${name}"),
            Use::Or(word) => format!("${{{name}:-{}}}", self.in_braces(word)),
            Use::IfSet(word) => format!("${{{name}:+{}}}", self.in_braces(word)),
        }
    }

    /// A value between the braces of a variable, which is read as one without quotes, also where quotes stand around the braces.
    fn in_braces(self, word: &Word) -> String {
        self.written(word, |text| self.escaped(text, |c| matches!(c, '$' | '"' | '\'' | '<' | '}')))
    }
}

/// All texts of a value, those beside its variables too.
pub(super) fn texts(word: &Word) -> impl Iterator<Item = &str> {
    let mut all = Vec::new();
    let mut open: Vec<&Word> = vec![word];
    while let Some(word) = open.pop() {
        for part in &word.parts {
            match part {
                Part::Text(text) => all.push(text.as_str()),
                Part::Variable(Variable { used: Use::Or(word) | Use::IfSet(word), .. }) => open.push(word),
                Part::Variable(_) => {}
            }
        }
    }
    all.into_iter()
}

/// Whether the syntax reads the names of all variables that a value uses as they are.
pub(super) fn uses_whole_names(word: &Word) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Text(_) => true,
        Part::Variable(Variable { name, used }) => {
            name.is_usable()
                && match used {
                    Use::Value => true,
                    Use::Or(word) | Use::IfSet(word) => uses_whole_names(word),
                }
        }
    })
}

/// A list in the form of JSON, on one line.
pub(super) fn json<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_ref()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// A flag of an instruction: `--name=value`. Its quotes have a backslash as their escape character in every file.
pub(super) fn flag(name: &str, value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "\\\"'".contains(c));
    if plain {
        return format!("--{name}={value}");
    }
    format!("--{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A field of a list with commas, such as `--mount` takes.
pub(super) fn field(key: &str, value: &str) -> String {
    let field = format!("{key}={value}");
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}
