//! A small reader of Dockerfiles for the tests. It follows Docker's description of the syntax and shares no code with the printer, so that
//! a test can print a file and read it again.

use serde_json::Value;

/// An instruction as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) name: String,
    /// Name and value of each flag, without the quotes of flags.
    pub(crate) flags: Vec<(String, String)>,
    /// What stands behind the flags, as it is written.
    pub(crate) rest: String,
    /// The lines of each here-document.
    pub(crate) texts: Vec<String>,
}

/// The instructions of a file.
pub(crate) fn read(text: &str, escape: char) -> Vec<Read> {
    let mut lines = text.split_inclusive('\n');
    let mut all = Vec::new();
    while let Some(line) = lines.next() {
        let mut whole = line.trim_end_matches('\n').to_owned();
        if whole.trim().is_empty() || whole.trim_start().starts_with('#') {
            continue;
        }
        while let Some(front) = whole.trim_end_matches([' ', '\t']).strip_suffix(escape) {
            let front = front.to_owned();
            let next = lines.find(|line| !line.trim_start().starts_with('#')).unwrap_or_default();
            whole = front + next.trim_end_matches('\n');
        }
        let (name, rest) = whole.trim().split_once(char::is_whitespace).unwrap_or((whole.trim(), ""));
        let (flags, rest) = flags(rest);
        let mut texts = Vec::new();
        if matches!(name, "RUN" | "COPY" | "ADD") && !rest.starts_with('[') {
            for mark in words(&rest, '\\').iter().filter_map(|word| word.strip_prefix("<<")) {
                let mark = mark.trim_matches('\'');
                let body = lines.by_ref().take_while(|line| line.trim_end_matches(['\n', '\r']) != mark);
                texts.push(body.collect());
            }
        }
        all.push(Read { name: name.to_owned(), flags, rest, texts });
    }
    all
}

/// Takes the flags off the front of a line.
fn flags(line: &str) -> (Vec<(String, String)>, String) {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while rest.starts_with("--") {
        let (mut flag, mut quote, mut end) = (String::new(), None, rest.len());
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match quote {
                None if c.is_whitespace() => {
                    end = at;
                    break;
                }
                None if c == '"' || c == '\'' => quote = Some(c),
                Some(of) if c == of => quote = None,
                _ if c == '\\' => flag.extend(chars.next().map(|(_, c)| c)),
                _ => flag.push(c),
            }
        }
        let (name, value) = flag.split_once('=').unwrap_or((&flag, ""));
        found.push((name.trim_start_matches("--").to_owned(), value.to_owned()));
        rest = rest[end..].trim_start();
    }
    (found, rest.to_owned())
}

/// The words of a line, each as it is written: blanks in quotes and behind the escape character are part of a word.
pub(crate) fn words(line: &str, escape: char) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == escape && quote != Some('\'') {
            word.push(c);
            word.extend(chars.next());
            continue;
        }
        match quote {
            None if c.is_whitespace() => {
                all.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                continue;
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(of) if c == of => quote = None,
            _ => {}
        }
        word.push(c);
    }
    all.extend(Some(word).filter(|word| !word.is_empty()));
    all
}

/// What a word means, where `$A` is `<A>`.
pub(crate) fn meaning(word: &str, escape: char) -> String {
    let (mut text, mut quote) = (String::new(), None);
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => text.push(c),
            (None, '"' | '\'') => quote = Some(c),
            (Some(_), _) if c == escape => match chars.peek() {
                Some(next) if *next == '"' || *next == '$' || *next == escape => text.extend(chars.next()),
                _ => text.push(c),
            },
            (None, _) if c == escape => text.extend(chars.next()),
            (_, '$') => {
                let mut name = String::new();
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || "_{}:+-".contains(*c)) {
                    name.push(c);
                }
                text += &format!("<{name}>");
            }
            _ => text.push(c),
        }
    }
    text
}

/// The items of a list in the form of JSON.
pub(crate) fn list(text: &str) -> Option<Vec<String>> {
    let list: Value = serde_json::from_str(text).ok()?;
    list.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The fields of a list with commas.
pub(crate) fn fields(text: &str) -> Vec<(String, String)> {
    let mut all = vec![String::new()];
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => all.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            _ => all.last_mut().unwrap().push(c),
        }
    }
    let field = |field: &String| field.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    all.iter().filter_map(field).collect()
}
