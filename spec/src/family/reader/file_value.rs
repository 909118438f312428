//! Reads values of files: maps with the key `file`, anywhere in the value of a var.

use super::{Reader, empty};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::data_file;
use crate::family::declared::{Declared, DeclaredKind};
use crate::family::file_value::{FilePart, FileValue};
use crate::family::inside::inside;
use crate::family::template::{Part, Template, Text};
use crate::schema::keys::VAR_FILE;
use crate::yaml::Entry;

impl Reader<'_> {
    /// Reads a map with the key `file` inside of the value of a var.
    pub(super) fn nested_file_value(&mut self, span: Span, entries: &[Entry<'_>]) -> Template {
        let kind = self.declared_table(span, entries, &VAR_FILE);
        self.file_value(&Declared { span, kind })
    }

    /// The value of a file, from its checked map. After a mistake, it is an empty string.
    pub(crate) fn file_value(&mut self, map: &Declared<'_>) -> Template {
        match self.file_part(map) {
            Some(value) => Template::Text(Text { span: map.span, parts: vec![Part::File(value)] }),
            None => empty(map.span),
        }
    }

    fn file_part(&mut self, map: &Declared<'_>) -> Option<FileValue> {
        let file = map.get("file")?;
        let written = file.as_text()?;
        let Ok(path) = inside("", written) else {
            let message = format!("`{written}` is not a path in the context");
            self.report(
                Diagnostic::error(Code::BadValue, file.span, message)
                    .help("write a path relative to the root of the context, without `..`"),
            );
            return None;
        };
        let part = match (map.get("key"), map.get("regex")) {
            (None, None) => FilePart::Whole,
            (Some(key), None) => {
                if !data_file::has_keys(&path) {
                    let message = format!("`{path}` is not a TOML, JSON or YAML file, so it has no keys");
                    self.report(
                        Diagnostic::error(Code::BadValue, key.span, message)
                            .help("use `regex`, or remove `key` to read the whole file"),
                    );
                }
                FilePart::Key(self.key_names(key)?)
            }
            (None, Some(regex)) => match regex_lite::Regex::new(regex.as_text()?) {
                Ok(regex) => FilePart::Regex(regex),
                Err(error) => {
                    let message = format!("not a regular expression: {error}");
                    self.report(Diagnostic::error(Code::BadValue, regex.span, message));
                    return None;
                }
            },
            (Some(_), Some(regex)) => {
                self.report(
                    Diagnostic::error(Code::KeyConflict, regex.span, "there are both `key` and `regex`")
                        .help("remove one of them"),
                );
                return None;
            }
        };
        Some(FileValue { path, span: file.span, part })
    }

    /// The names of a key: those between the dots of a string, or the items of a list. `None` if one of them is invalid.
    pub(in crate::family) fn key_names(&mut self, key: &Declared<'_>) -> Option<Vec<String>> {
        match &key.kind {
            DeclaredKind::Text(text, _) => Some(text.split('.').map(str::to_owned).collect()),
            DeclaredKind::List(items) if items.is_empty() => {
                self.report(Diagnostic::error(Code::BadValue, key.span, "the list of names is empty"));
                None
            }
            DeclaredKind::List(items) => items.iter().map(|item| Some(item.as_text()?.to_owned())).collect(),
            _ => None,
        }
    }
}
