//! Reads values that are known when the file is read, before a variant is selected.

use super::{Reader, ValuePlace, bad_axis_value, bad_value};
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::source::Span;
use crate::family::declared::{Declared, DeclaredKind, Field};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Forms, Key, KeyChoice, Keys, LongWhen, MapKind, Names, Shape, Table};
use crate::yaml::{Entry, Node, Yaml};

/// The words for a part of the file in messages.
#[derive(Clone, Copy)]
struct Words<'w> {
    /// The noun for the string: `` `default` `` or `a default`.
    text: &'w str,
    /// What was expected, if the shape does not describe it well.
    expected: Option<&'static str>,
    /// The help for a value that is not one of the allowed words.
    hint: Option<&'static str>,
    /// The help for a string with an expression.
    without_expression: Option<&'static str>,
}

impl Reader<'_> {
    /// Reads the value of a key from a map that is read before a variant is selected.
    pub(crate) fn declare<'n>(&mut self, node: &'n Node<'_>, key: &Key) -> Declared<'n> {
        let text = format!("`{}`", key.name);
        let words =
            Words { text: &text, expected: None, hint: key.hint, without_expression: key.without_expression };
        self.declared(node, key.shape, words)
    }

    fn declared<'n>(&mut self, node: &'n Node<'_>, shape: Shape, words: Words<'_>) -> Declared<'n> {
        let span = node.span;
        if self.found.len() >= MAX_ERRORS {
            return Declared { span, kind: DeclaredKind::Invalid };
        }
        let kind = match (shape, &node.yaml) {
            (Shape::Anything, Yaml::Empty) => DeclaredKind::Nothing,
            (shape, _) if shape.is_per_variant() => DeclaredKind::Template(self.read(node, shape)),
            (Shape::Computed(inner), Yaml::Map(_)) => DeclaredKind::Template(self.read(node, *inner)),
            (Shape::Computed(inner), Yaml::Scalar(text, _)) if text.contains("${{") => {
                DeclaredKind::Template(self.read(node, *inner))
            }
            (Shape::Computed(inner), _) => return self.declared(node, *inner, words),
            (Shape::Forms(forms), yaml) => {
                let words = Words {
                    text: forms.short_noun,
                    without_expression: Some("put the expression into `vars`"),
                    ..words
                };
                let outside = self.place;
                if forms.reads_files {
                    self.place = ValuePlace::Var;
                }
                let declared = match yaml {
                    Yaml::Map(entries) if is_long(forms, entries) => {
                        self.declared(node, Shape::Table(forms.long), words)
                    }
                    _ => self.declared(node, forms.short, words),
                };
                self.place = outside;
                return declared;
            }
            (Shape::Either(_, second), Yaml::Map(_)) => return self.declared(node, *second, words),
            (Shape::Either(Shape::Items(_), _), Yaml::Scalar(..) | Yaml::Empty) => {
                self.invalid(node, shape, words)
            }
            (Shape::Either(_, second @ Shape::Items(_)), Yaml::List(_)) => {
                return self.declared(node, *second, words);
            }
            (Shape::Either(first, _), _) => return self.declared(node, *first, words),
            (Shape::Scalar(Scalar::Expression), _) => {
                self.condition(node).map_or(DeclaredKind::Invalid, DeclaredKind::Condition)
            }
            (Shape::Scalar(kind), Yaml::Scalar(text, style)) => {
                match self.plain_text(text, span, kind, words) {
                    true => DeclaredKind::Text(text, *style),
                    false => DeclaredKind::Invalid,
                }
            }
            (Shape::List(item), Yaml::List(items)) => {
                DeclaredKind::List(items.iter().map(|node| self.declared(node, *item, words)).collect())
            }
            (Shape::List(_), Yaml::Empty) => DeclaredKind::List(Vec::new()),
            (Shape::List(item), _) => DeclaredKind::List(vec![self.declared(node, *item, words)]),
            (Shape::Items(list), Yaml::List(items)) => {
                let words = Words { expected: list.each, ..words };
                DeclaredKind::List(items.iter().map(|node| self.declared(node, list.item, words)).collect())
            }
            (Shape::Items(list), Yaml::Empty) if !list.filled => DeclaredKind::List(Vec::new()),
            (Shape::Map(keys, value), Yaml::Map(entries)) => self.declared_names(entries, keys, *value, None),
            (Shape::Names(names), Yaml::Map(entries)) => {
                let Names { keys, value, each, .. } = names;
                self.declared_names(entries, *keys, *value, *each)
            }
            (Shape::Map(..) | Shape::Names(_), Yaml::Empty) => DeclaredKind::Map(MapKind::Names, Vec::new()),
            (Shape::Table(table), Yaml::Map(entries)) => self.declared_table(span, entries, table),
            (Shape::Table(table), Yaml::Empty) if !table.keys.iter().any(|key| key.required) => {
                self.declared_table(span, &[], table)
            }
            (Shape::Data, yaml) => self.data(yaml, span),
            _ => self.invalid(node, shape, words),
        };
        Declared { span, kind }
    }

    fn declared_names<'n>(
        &mut self,
        entries: &'n [Entry<'_>],
        keys: Keys,
        value: Shape,
        expected: Option<&'static str>,
    ) -> DeclaredKind<'n> {
        let unread =
            |entry: &&Entry<'_>| matches!(keys, Keys::Data | Keys::AxisValue) && entry.key.starts_with("x-");
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| !unread(entry)) {
            self.user_key(entry, keys);
            let text = format!("`{}`", entry.key);
            let words = Words { text: &text, expected, hint: None, without_expression: None };
            let value = self.declared(&entry.value, value, words);
            fields.push(Field { key: &entry.key, key_span: entry.key_span, value });
        }
        DeclaredKind::Map(MapKind::Names, fields)
    }

    pub(super) fn declared_table<'n>(
        &mut self,
        span: Span,
        entries: &'n [Entry<'_>],
        table: &'static Table,
    ) -> DeclaredKind<'n> {
        self.keys(span, entries, table);
        self.choice(span, entries, table);
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(key) = table.key(&entry.key) {
                let value = self.with_names(key, entries, |reader| reader.declare(&entry.value, key));
                fields.push(Field { key: &entry.key, key_span: entry.key_span, value });
            }
        }
        DeclaredKind::Map(MapKind::Table(table), fields)
    }

    /// Reports a map that has both or neither of two keys, if exactly one is needed.
    fn choice(&mut self, span: Span, entries: &[Entry<'_>], table: &Table) {
        let KeyChoice::One { keys: [first, second], neither, both } = table.choice else { return };
        let has = |key: &str| entries.iter().any(|entry| entry.key == key);
        let (form, help) = match (has(first), has(second)) {
            (true, true) => (format!("both `{first}` and `{second}`"), both),
            (false, false) => (format!("neither `{first}` nor `{second}`"), neither),
            _ => return,
        };
        let error = Diagnostic::error(Code::KeyConflict, span, format!("{} has {form}", table.noun));
        self.report(error.help(help));
    }

    fn data<'n>(&mut self, yaml: &'n Yaml<'_>, span: Span) -> DeclaredKind<'n> {
        match yaml {
            Yaml::Empty => DeclaredKind::Nothing,
            Yaml::Scalar(text, style) => {
                if text.contains("${{") && !self.data.are_read {
                    let message = "there is an expression in a property of an axis value";
                    let error = Diagnostic::error(Code::BadValue, span, message);
                    self.report(
                        error
                            .label("properties cannot contain expressions")
                            .help("put the expression into `vars`"),
                    );
                }
                DeclaredKind::Text(text, *style)
            }
            Yaml::List(items) => {
                let item =
                    |node: &'n Node<'_>| Declared { span: node.span, kind: self.data(&node.yaml, node.span) };
                DeclaredKind::List(items.iter().map(item).collect())
            }
            // The keys of such a map can be any strings, since `table[key]` reads them.
            Yaml::Map(entries) => self.declared_names(entries, Keys::Data, Shape::Data, None),
        }
    }

    /// Whether a string is of a kind and has no expressions. Reports it if not.
    fn plain_text(&mut self, text: &str, span: Span, kind: Scalar, words: Words<'_>) -> bool {
        let error = |message: String| Diagnostic::error(Code::BadValue, span, message);
        let error = match kind.check(text) {
            _ if text.contains("${{") => error(format!("there is an expression in {}", words.text))
                .label("varve reads this before it selects a variant")
                .help_if(words.without_expression.map(str::to_owned)),
            Ok(()) => return true,
            Err(_) if kind == Scalar::AxisValue => bad_axis_value(text, span),
            Err(expected) => match words.hint {
                Some(hint) => error(format!("unknown {} `{text}`", words.text.trim_matches('`'))).help(hint),
                None => bad_value(text, span, &expected, kind),
            },
        };
        self.report(error);
        false
    }

    fn invalid<'n>(&mut self, node: &Node<'_>, shape: Shape, words: Words<'_>) -> DeclaredKind<'n> {
        match (words.expected, shape) {
            (Some(expected), _) => self.wrong_type(node, expected),
            (None, Shape::Scalar(kind)) => self.wrong_type(node, &kind.expected()),
            (None, _) => self.mismatch(node, shape),
        }
        DeclaredKind::Invalid
    }
}

/// Whether a map is in the long form.
fn is_long(forms: &Forms, entries: &[Entry<'_>]) -> bool {
    let is_key = |entry: &Entry<'_>| forms.long.key(&entry.key).is_some();
    match forms.when {
        LongWhen::Map => true,
        LongWhen::Has(keys) => entries.iter().any(|entry| keys.contains(&entry.key.as_ref())),
        LongWhen::Text(key) => entries.iter().any(|entry| entry.key == key && entry.value.text().is_some()),
        LongWhen::HasOrText(key) => {
            entries.iter().any(|entry| entry.key == key || (is_key(entry) && entry.value.text().is_some()))
        }
    }
}
