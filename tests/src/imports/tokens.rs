//! Splits the text of a Rust file into words and marks with their lines. Comments are skipped, and a literal is one mark.

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An identifier, a keyword or a number. `r#type` is `type`.
    Word(String),
    /// `::`.
    Colons,
    /// Any other character. `"` stands for a literal: a string, bytes or a character.
    Mark(char),
}

/// Returns all tokens with their lines, counted from 1.
pub(super) fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(next) = reader.rest.chars().next() {
        let line = reader.line;
        if let Some(token) = reader.token(next) {
            tokens.push((token, line));
        }
    }
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn token(&mut self, next: char) -> Option<Token> {
        if next.is_whitespace() {
            self.take(next.len_utf8());
            return None;
        }
        if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            return None;
        }
        if self.rest.starts_with("/*") {
            self.block_comment();
            return None;
        }
        if let Some(length) = literal(self.rest) {
            self.take(length);
            return Some(Token::Mark('"'));
        }
        if self.rest.starts_with("::") {
            self.take(2);
            return Some(Token::Colons);
        }
        if is_word(next) {
            let text = self.rest.strip_prefix("r#").unwrap_or(self.rest);
            self.take(self.rest.len() - text.len());
            let word = self.take(self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len()));
            return Some(Token::Word(word.to_owned()));
        }
        self.take(next.len_utf8());
        Some(Token::Mark(next))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while let Some(next) = self.rest.chars().next() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(next.len_utf8());
            }
        }
    }
}

/// Returns the length of the literal at the start of a text: a string, raw string, bytes or a character. `None` for a lifetime.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '\'', '#'])))?;
    let rest = &text[prefix.len()..];
    let length = match (prefix.ends_with('r'), rest.chars().next()?) {
        (true, '"' | '#') => raw(rest)?,
        (false, '"') => quoted(rest, '"')?,
        (false, '\'') => character(rest)?,
        _ => return None,
    };
    Some(prefix.len() + length)
}

fn raw(text: &str) -> Option<usize> {
    let hashes = text.find(|c| c != '#')?;
    let content = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(hashes + 1 + content.find(&end)? + end.len())
}

fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            next if next == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn character(text: &str) -> Option<usize> {
    let mut after = text[1..].chars();
    let first = after.next()?;
    if first == '\\' {
        return quoted(text, '\'');
    }
    (after.next()? == '\'').then(|| 1 + first.len_utf8() + 1)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
