//! Checks the keys of maps: unknown keys, missing keys, and invalid names that the user chose.

use std::collections::BTreeSet;

use super::{Reader, bad_axis_value, bad_identifier, because, habits, is_identifier, is_name, shortened};
use crate::base::diagnostic::MAX_ERRORS;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::{did_you_mean, nearest};
use crate::schema::scalars::{self, Scalar};
use crate::schema::shapes::{Key, Keys, Shape, Table};
use crate::schema::written::Written;
use crate::yaml::{Entry, Style, Yaml, quoted};

impl Reader<'_> {
    /// Reports keys that a table does not have, and required keys that are missing.
    pub(crate) fn keys(&mut self, span: Span, entries: &[Entry<'_>], table: &Table) {
        let mut meant = Vec::new();
        let is_key = |name: &str| table.key(name).is_some() || (table.guarded && name == "if");
        let cut = self.cut_values(entries, is_key);
        for (index, entry) in entries.iter().enumerate() {
            if self.found.len() >= MAX_ERRORS {
                return;
            }
            match table.key(&entry.key) {
                _ if cut.contains(&index) => {}
                Some(_) => {}
                None if entry.key.starts_with("x-") || (table.guarded && entry.key == "if") => {}
                None => {
                    let names = table.keys.iter().map(|key| key.name);
                    meant.extend(nearest(&entry.key, names.clone()));
                    let help = place_inside(table, &entry.key).or_else(|| did_you_mean(&entry.key, names));
                    self.unknown_key(entry, table.noun, help);
                }
            }
        }
        let keys = table.keys.iter().filter(|key| !meant.contains(&key.name));
        self.missing(span, entries, || table.noun.to_owned(), keys);
    }

    pub(super) fn missing<'k>(
        &mut self,
        span: Span,
        entries: &[Entry<'_>],
        noun: impl Fn() -> String,
        keys: impl Iterator<Item = &'k Key>,
    ) {
        for key in keys.filter(|key| key.required && !entries.iter().any(|entry| entry.key == key.name)) {
            let first = entries.first().map_or(span, |entry| entry.key_span);
            let error =
                Diagnostic::error(Code::MissingKey, first, format!("{} needs `{}`", noun(), key.name));
            self.found.push(error.help(format!("add `{}:`: {}", key.name, fragment(key.doc))));
        }
    }

    /// Reports values inside `{ }` that a comma cuts: `{run: echo a, b}` has the key `b` without a value. Returns the indices of the
    /// entries that are parts of such values.
    pub(super) fn cut_values(
        &mut self,
        entries: &[Entry<'_>],
        is_key: impl Fn(&str) -> bool,
    ) -> BTreeSet<usize> {
        let mut cut = BTreeSet::new();
        let mut at = 1;
        while at < entries.len() {
            let first = at;
            while at < entries.len()
                && !is_key(&entries[at].key)
                && self.continues(&entries[at - 1], &entries[at])
            {
                cut.insert(at);
                at += 1;
            }
            let value = &entries[first - 1];
            if at > first && value.value.text().is_some() {
                let whole = value.value.span.to(entries[at - 1].key_span);
                let whole = quoted(self.sources.text(whole).trim_end());
                let message = format!("the `,` ends the value of `{}`", shortened(&value.key));
                let error = Diagnostic::error(Code::UnknownKey, entries[first].key_span, message);
                let error = error.label("YAML reads this as a key of the map");
                self.found.push(error.help(format!("quote the whole value: {whole}")));
            } else {
                cut.retain(|index| !(first..at).contains(index));
                at = at.max(first + 1);
            }
        }
        cut
    }

    /// Whether an entry is nothing but a key, on the same line and behind a comma after the other one, as inside of `{ }`.
    fn continues(&self, before: &Entry<'_>, entry: &Entry<'_>) -> bool {
        let end = match before.value.yaml {
            Yaml::Empty => before.key_span,
            _ => before.value.span,
        };
        let between = Span { start: end.end, end: entry.key_span.start, ..end };
        let behind =
            Span { start: entry.key_span.end, end: entry.value.span.end.max(entry.key_span.end), ..end };
        let plain = matches!(before.value.yaml, Yaml::Empty | Yaml::Scalar(_, Style::Plain));
        plain
            && entry.value.yaml == Yaml::Empty
            && end.source == entry.key_span.source
            && end.end <= entry.key_span.start
            && self.sources.text(between).trim_matches(' ') == ","
            && !self.sources.text(behind).contains(':')
    }

    pub(super) fn unknown_key(&mut self, entry: &Entry<'_>, noun: &str, help: Option<String>) {
        let message = format!("unknown key `{}`", shortened(&entry.key));
        let error = Diagnostic::error(Code::UnknownKey, entry.key_span, message);
        self.found.push(error.label(format!("not a key of {noun}")).help_if(help));
    }

    /// Reports unknown keys of a choice, a match or a repetition.
    pub(super) fn control_keys(&mut self, entries: &[Entry<'_>], keys: &'static [Key], noun: &str) {
        for entry in entries.iter().filter(|entry| !keys.iter().any(|key| key.name == entry.key)) {
            let habit = habits::control(noun, &entry.key).map(str::to_owned);
            let help = habit.or_else(|| did_you_mean(&entry.key, keys.iter().map(|key| key.name)));
            self.unknown_key(entry, noun, help);
        }
    }

    /// Reports a key that is not a valid name.
    pub(super) fn user_key(&mut self, entry: &Entry<'_>, keys: Keys) {
        let key = entry.key.as_ref();
        let fits = match keys {
            Keys::Identifier if is_identifier(key) => return,
            Keys::Identifier => return self.report(bad_identifier(key, entry.key_span)),
            Keys::AxisValue if scalars::axis_value(key) => return,
            Keys::AxisValue => return self.report(bad_axis_value(key, entry.key_span)),
            Keys::Environment => Written::Variable.check(key).is_ok(),
            Keys::Written(kind) => kind.check(key).is_ok(),
            Keys::Free | Keys::Data => !key.is_empty(),
            Keys::Name => is_name(key),
            Keys::Words(words) => words.contains(&key),
        };
        let code = match keys {
            Keys::Written(Written::LabelName) if !key.is_empty() && !key.contains("${{") => Code::BadLabel,
            _ => Code::BadName,
        };
        let error = |message: String| Diagnostic::error(code, entry.key_span, message);
        if key.contains("${{") {
            let help = "write the key without an expression, and make the value a choice";
            self.found.push(error("there is an expression in a key".to_owned()).help(help));
        } else if !fits {
            let expected = match keys {
                Keys::Environment => Written::Variable.expected().to_owned(),
                Keys::Written(kind) => kind.expected().to_owned(),
                Keys::Identifier => "letters, digits and `_`, not starting with a digit".to_owned(),
                Keys::AxisValue => Scalar::AxisValue.expected(),
                Keys::Free | Keys::Data => "a non-empty string".to_owned(),
                Keys::Name => "letters, digits, `_`, `-` and `.`, starting with a letter".to_owned(),
                Keys::Words(words) => format!("one of {}", words.join(", ")),
            };
            let message = match key {
                "" => "the name is empty".to_owned(),
                key => format!("`{}` is not a valid name here{}", shortened(key), reason(key, keys)),
            };
            let help = match keys {
                Keys::Words(words) => did_you_mean(key, words.iter().copied()),
                Keys::Written(kind) => kind.help(key),
                _ => None,
            };
            self.found.push(error(message).label(format!("expected {expected}")).help_if(help));
        } else if keys == Keys::Name && matches!(key, "scratch" | "context") {
            let message = format!("the name `{key}` is reserved");
            self.found.push(error(message).help("choose another name"));
        }
    }
}

/// The reason why a key cannot be written to its place, as the end of a message.
fn reason(key: &str, keys: Keys) -> String {
    match keys {
        Keys::Written(kind) => because(key, Scalar::Written(kind)),
        _ => String::new(),
    }
}

/// The place of a key that is written one level too high.
fn place_inside(table: &Table, name: &str) -> Option<String> {
    table.keys.iter().find_map(|key| match key.shape {
        Shape::Table(inner) if inner.key(name).is_some() => Some(format!("move it under `{}`", key.name)),
        Shape::List(Shape::Union(union)) if union.variants.iter().any(|variant| variant.key.name == name) => {
            Some(format!("it is {}: write it as an item of `{}`", union.noun, key.name))
        }
        _ => None,
    })
}

/// Turns the description of a key into a part of a message: without the first capital letter and the full stop.
fn fragment(doc: &str) -> String {
    let mut characters = doc.trim_end_matches('.').chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}
