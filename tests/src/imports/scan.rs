//! Scans one file for declarations and paths, which are resolved later.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, tokens};

/// A module in a file, by its path there: the file's own module, which has the empty path, or an inline module.
pub(super) type Inline = Vec<String>;

/// The declarations and paths of a file.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The inline modules.
    pub(super) inline: BTreeSet<Inline>,
    /// The modules that have files of their own and are declared under `#[cfg(test)]`, by their paths.
    pub(super) test_files: BTreeSet<Inline>,
    /// The path behind each name that a `use` line brings into a module.
    pub(super) bound: BTreeMap<(Inline, String), Vec<String>>,
    /// All paths, in the order of the text.
    pub(super) paths: Vec<WrittenPath>,
}

/// A path as it is written, with the module that contains it.
#[derive(Debug)]
pub(super) struct WrittenPath {
    pub(super) scope: Inline,
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

/// Scans one file.
pub(super) fn scan(text: &str) -> Scanned {
    let mut scanner =
        Scanner { tokens: tokens(text), at: 0, scopes: Vec::new(), depth: 0, found: Scanned::default() };
    while scanner.at < scanner.tokens.len() {
        scanner.next();
    }
    scanner.found
}

struct Scanner {
    tokens: Vec<(Token, usize)>,
    at: usize,
    /// The inline modules that contain the current token, each with the depth of its brace.
    scopes: Vec<(String, usize)>,
    depth: usize,
    found: Scanned,
}

impl Scanner {
    fn next(&mut self) {
        if self.starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            return self.skip_item();
        }
        match self.token(0) {
            Some(Token::Mark('{')) => self.depth += 1,
            Some(Token::Mark('}')) => {
                self.depth = self.depth.saturating_sub(1);
                self.scopes.retain(|(_, depth)| *depth <= self.depth);
            }
            Some(Token::Word(word)) => match word.as_str() {
                "mod" => return self.module(),
                "use" => return self.use_line(),
                // `pub(in path)` names an ancestor and imports nothing.
                "in" if self.at >= 2 && self.is(self.at - 2, "pub") && self.is(self.at - 1, "(") => {
                    while self.token(0).is_some_and(|token| *token != Token::Mark(')')) {
                        self.at += 1;
                    }
                }
                _ => return self.path(),
            },
            // A path that starts with `::` names another crate.
            Some(Token::Colons) => {
                self.at += 1;
                self.segments();
                return;
            }
            _ => {}
        }
        self.at += 1;
    }

    fn module(&mut self) {
        let name = match self.token(1) {
            Some(Token::Word(name)) => name.clone(),
            _ => String::new(),
        };
        self.at += 2;
        if !name.is_empty() && self.is(self.at, "{") {
            self.depth += 1;
            self.scopes.push((name, self.depth));
            let scope = self.scope();
            self.found.inline.insert(scope);
            self.at += 1;
        }
    }

    fn use_line(&mut self) {
        self.at += 1;
        if self.token(0) == Some(&Token::Colons) {
            while self.token(0).is_some_and(|token| *token != Token::Mark(';')) {
                self.at += 1;
            }
        } else {
            self.use_tree(Vec::new());
        }
    }

    /// Reads one tree of a `use` line: `a::b`, `a::{b, c as d}`, `a::*`.
    fn use_tree(&mut self, mut segments: Vec<String>) {
        let line = self.tokens.get(self.at).map_or(0, |(_, line)| *line);
        segments.extend(self.segments());
        if self.token(0) == Some(&Token::Colons) {
            self.at += 1;
        }
        if self.is(self.at, "{") {
            self.at += 1;
            while self.at < self.tokens.len() && !self.is(self.at, "}") {
                self.use_tree(segments.clone());
                if self.is(self.at, ",") {
                    self.at += 1;
                }
            }
            self.at += 1;
            return;
        }
        if self.is(self.at, "*") {
            self.at += 1;
            return self.found_path(segments, line);
        }
        // `a::{self}` means `a`. At the start of a path, `self` is the module itself.
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let mut name = segments.last().cloned();
        if self.is(self.at, "as") {
            name = match self.token(1) {
                Some(Token::Word(name)) if name != "_" => Some(name.clone()),
                _ => None,
            };
            self.at += 2;
        }
        if let Some(name) = name {
            self.found.bound.insert((self.scope(), name), segments.clone());
        } else if self.at < self.tokens.len() && segments.is_empty() {
            self.at += 1; // The token is not valid here, so it is skipped.
        }
        self.found_path(segments, line);
    }

    fn path(&mut self) {
        let line = self.tokens[self.at].1;
        let segments = self.segments();
        if segments.len() > 1 {
            self.found_path(segments, line);
        }
    }

    fn found_path(&mut self, segments: Vec<String>, line: usize) {
        let scope = self.scope();
        self.found.paths.push(WrittenPath { scope, segments, line });
    }

    /// Reads words that are joined by `::`. A `::` at the end is not consumed.
    fn segments(&mut self) -> Vec<String> {
        let mut segments = Vec::new();
        while let Some(Token::Word(word)) = self.token(0) {
            segments.push(word.clone());
            self.at += 1;
            if !(self.token(0) == Some(&Token::Colons) && matches!(self.token(1), Some(Token::Word(_)))) {
                break;
            }
            self.at += 1;
        }
        segments
    }

    /// Skips the item under `#[cfg(test)]`.
    fn skip_item(&mut self) {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.token(0) {
            match token {
                Token::Mark('(' | '[' | '{') => depth += 1,
                Token::Mark('}') if depth == 0 => break,
                Token::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            let ends = depth == 0 && matches!(token, Token::Mark(';' | '}'));
            if let (Token::Word(word), Some(Token::Word(name))) = (token, self.token(1))
                && (word == "mod", depth) == (true, 0)
                && self.is(self.at + 2, ";")
            {
                let file = self.scope().into_iter().chain([name.clone()]).collect();
                self.found.test_files.insert(file);
            }
            self.at += 1;
            if ends {
                break;
            }
        }
        self.at = self.at.max(start + 1);
    }

    fn scope(&self) -> Inline {
        self.scopes.iter().map(|(name, _)| name.clone()).collect()
    }

    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(token, _)| token)
    }

    fn starts_with(&self, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(ahead, text)| self.is(self.at + ahead, text))
    }

    fn is(&self, at: usize, text: &str) -> bool {
        match self.tokens.get(at) {
            Some((Token::Word(word), _)) => word == text,
            Some((Token::Mark(mark), _)) => text.strip_prefix(*mark) == Some(""),
            Some((Token::Colons, _)) => text == "::",
            None => false,
        }
    }
}
