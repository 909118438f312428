//! Reads a YAML tree into templates. It checks every key, value and expression against the tables, and collects all mistakes.

mod control;
mod declare;
mod expected;
mod file_value;
mod habits;
mod keys;
mod union;
mod variable;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_names::redacted;

use super::template::{self, Field, Part, Template, Text};
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::source::{SourceId, Sources, Span};
use crate::base::suggest::identifier_for;
pub(crate) use crate::base::suggest::is_identifier;
use crate::expr::builtins::{base, digest, facts};
use crate::expr::{self, Expr, Known, Names, ValueType};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, KeyNames, Keys, MapKind, Shape, Table};
use crate::yaml::scalar_places::ScalarPlaces;
use crate::yaml::{Entry, Node, Yaml};

/// Reads parts of a file. If a part has a mistake, the mistake is reported, and the returned value is what could be read of the
/// part.
pub(crate) struct Reader<'s> {
    pub(crate) sources: &'s Sources,
    /// The names that expressions can use at the current place.
    pub(crate) names: Names,
    /// What maps in a value of any form can mean at the current place.
    pub(crate) place: ValuePlace,
    /// The args that allow any string. Inserting one into a shell script is not safe.
    pub(crate) free_texts: BTreeSet<String>,
    pub(crate) found: Vec<Diagnostic>,
    /// The diagnostics that do not fail the build.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The files from which axes take values.
    pub(crate) data: DataFiles<'s>,
}

/// The files from which axes take values. Each is parsed once.
#[derive(Default)]
pub(crate) struct DataFiles<'s> {
    pub(crate) roots: BTreeMap<SourceId, Result<Node<'s>, String>>,
    /// The number of strings, lists and maps that all axes together take.
    pub(crate) nodes: usize,
    /// Whether the values of a file are being read. They are not the user's to change, so an expression in them is a text.
    pub(crate) are_read: bool,
}

/// Where a value of any form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValuePlace {
    /// In a var, where a map with the key `file` is the value of a file.
    Var,
    /// Elsewhere. The files that values are read from are known before anything is expanded, so they are only in vars.
    Elsewhere,
}

impl Reader<'_> {
    /// Adds an error.
    pub(crate) fn report(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    /// Reads a node that has to fit a shape.
    pub(crate) fn read(&mut self, node: &Node<'_>, shape: Shape) -> Template {
        if self.found.len() >= MAX_ERRORS {
            return empty(node.span);
        }
        if let Some(control) = self.control(node, shape, false) {
            return control;
        }
        match (shape, &node.yaml) {
            (Shape::Either(_, second), Yaml::Map(_)) => self.read(node, *second),
            (Shape::Either(first, _), _) => self.read(node, *first),
            (Shape::Scalar(Scalar::Expression), Yaml::Scalar(..)) => {
                let parts = self.condition(node).map(Part::Expr).into_iter().collect();
                Template::Text(Text { span: node.span, parts })
            }
            (Shape::Scalar(kind), Yaml::Scalar(text, _)) => self.scalar(text, node.span, kind),
            (Shape::List(item), Yaml::List(items)) => {
                Template::List(node.span, items.iter().map(|node| self.item(node, *item)).collect())
            }
            (Shape::List(_), Yaml::Empty) => Template::List(node.span, Vec::new()),
            (Shape::List(item), Yaml::Map(_)) if !expected::takes_map(*item) => {
                self.mismatch(node, shape);
                empty(node.span)
            }
            (Shape::List(item), _) => self.item(node, *item),
            (Shape::Map(keys, value), Yaml::Map(entries)) => self.map(node.span, entries, keys, *value),
            (Shape::Map(..), Yaml::Empty) => Template::Map(node.span, MapKind::Names, Vec::new()),
            (Shape::Table(table), Yaml::Map(entries)) => self.table(node.span, entries, table),
            (Shape::Table(table), Yaml::Empty) if !table.keys.iter().any(|key| key.required) => {
                Template::Map(node.span, MapKind::Table(table), Vec::new())
            }
            (Shape::Union(union), Yaml::Map(entries)) => self.union(node.span, entries, union),
            (Shape::Anything, Yaml::Scalar(text, _)) => self.scalar(text, node.span, Scalar::Text),
            (Shape::Anything, Yaml::List(_)) => self.read(node, Shape::List(&Shape::Anything)),
            (Shape::Anything, Yaml::Map(entries))
                if self.place == ValuePlace::Var && node.get("file").is_some() =>
            {
                self.nested_file_value(node.span, entries)
            }
            (Shape::Anything, Yaml::Map(_)) => self.read(node, Shape::Map(Keys::Free, &Shape::Anything)),
            (Shape::Anything, Yaml::Empty) => empty(node.span),
            _ => {
                self.mismatch(node, shape);
                empty(node.span)
            }
        }
    }

    /// Reads an expression at a place where `${{ }}` is not needed. If it is written anyway, it has no effect.
    pub(crate) fn expression(&mut self, node: &Node<'_>) -> Option<Expr> {
        let Some(text) = node.text() else {
            self.wrong_type(node, "an expression");
            return None;
        };
        let places = ScalarPlaces::new(text, node.span, self.sources.text(node.span));
        let trimmed = text.trim();
        let start = text.len() - text.trim_start().len();
        let braced = trimmed.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
        let (start, end) = match braced {
            Some(braced) => (start + 3, start + 3 + braced.len()),
            None => (start, start + trimmed.len()),
        };
        let parsed = template::parse_part(text, (start, end), &places);
        let is_known = parsed.is_err() && self.has_invalid_name(text);
        parsed.map_err(|error| self.found.extend((!is_known).then_some(*error))).ok()
    }

    /// Reads an expression whose value has to be a truth value.
    pub(crate) fn condition(&mut self, node: &Node<'_>) -> Option<Expr> {
        let expr = self.expression(node)?;
        expr::check_condition(&expr, &self.names, &mut self.found);
        Some(expr)
    }

    fn scalar(&mut self, text: &str, span: Span, kind: Scalar) -> Template {
        let written = self.sources.text(span);
        let before = self.found.len();
        let text = template::text(text, span, written, &mut self.found);
        // A part that is no expression is missing in the text.
        let is_whole = self.found.len() == before;
        if !is_whole && self.has_invalid_name(written) {
            self.found.truncate(before);
        }
        for part in text.expressions() {
            let error = |message| Diagnostic::error(Code::ExpressionType, part.span, message);
            match expr::check(part, &self.names, &mut self.found) {
                ValueType::Record => self.found.push(
                    error("the expression gives a map, but is part of a string")
                        .help("use one of its properties"),
                ),
                ValueType::List if text.parts.len() > 1 => self.found.push(
                    error("the expression gives a list, but is part of a string")
                        .help("join its items: `| join(\" \")`"),
                ),
                _ => {}
            }
        }
        if kind == Scalar::Script {
            self.free_text_in_shell(&text);
        }
        self.dockerfile_variable(&text, span, kind);
        if let Some(literal) = text.literal().filter(|_| is_whole)
            && let Err(expected) = kind.check(literal)
        {
            self.found.push(bad_value(literal, span, &expected, kind));
        }
        Template::Text(text)
    }

    /// Whether a text with an invalid expression has a name whose declaration is reported, such as `needs-torch`.
    fn has_invalid_name(&self, text: &str) -> bool {
        self.names.invalid().any(|name| !name.is_empty() && text.contains(name))
    }

    fn free_text_in_shell(&mut self, text: &Text) {
        for part in text.expressions() {
            for name in part.names().into_iter().filter(|name| self.free_texts.contains(*name)) {
                if quotes(part) {
                    continue;
                }
                let message = format!("the value of `{name}` becomes part of the script");
                let help = format!(
                    "pass it as `env: {{NAME: \"${{{{ {name} }}}}\"}}` and use \"$NAME\", or write `{name} | quote`"
                );
                let found = Diagnostic::warning(Code::TextInShell, part.span, message);
                self.warnings.push(found.label("the shell interprets the value").help(help));
            }
        }
    }

    /// Reads an item of a list. A choice or a repetition stands for any number of items.
    fn item(&mut self, node: &Node<'_>, item: Shape) -> Template {
        self.control(node, item, true).unwrap_or_else(|| self.read(node, item))
    }

    fn map(&mut self, span: Span, entries: &[Entry<'_>], keys: Keys, value: Shape) -> Template {
        let fields = entries.iter().map(|entry| {
            self.user_key(entry, keys);
            self.field(entry, entry.key.to_string().into(), value)
        });
        Template::Map(span, MapKind::Names, fields.collect())
    }

    fn field(&mut self, entry: &Entry<'_>, key: Cow<'static, str>, shape: Shape) -> Field {
        let value = self.read(&entry.value, shape);
        Field { key, key_span: entry.key_span, value }
    }

    fn table(&mut self, span: Span, entries: &[Entry<'_>], table: &'static Table) -> Template {
        self.keys(span, entries, table);
        let mut fields = Vec::with_capacity(entries.len());
        let declared = if table.declares { self.add_names(declared_names(entries)) } else { Vec::new() };
        for entry in entries {
            // The stages are read after what they declare.
            if let Some(key) = table.key(&entry.key).filter(|key| !matches!(key.shape, Shape::Names(_))) {
                let field = |reader: &mut Self| reader.field(entry, key.name.into(), key.shape);
                fields.push(self.with_names(key, entries, field));
            }
        }
        self.restore_names(declared);
        let elsewhere = |(name, _)| (name, Known::Elsewhere("in the other keys of the stage"));
        let declared = match table.declares {
            true => self.add_names(declared_names(entries).into_iter().map(elsewhere).collect()),
            false => Vec::new(),
        };
        let guard = if table.guarded { entries } else { &[] };
        let template = self.guarded(guard, Template::Map(span, MapKind::Table(table), fields));
        self.restore_names(declared);
        template
    }

    /// Reads the value of a key, with the further names that its expressions can use.
    pub(super) fn with_names<T>(
        &mut self,
        key: &Key,
        entries: &[Entry<'_>],
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let names = match key.names {
            KeyNames::None => Vec::new(),
            KeyNames::Base => vec![(base::NAME, base::BASE)],
            KeyNames::Digests => vec![(digest::TABLE, digest::DIGESTS)],
            KeyNames::Facts => vec![(facts::NAME, facts::FACTS)],
            KeyNames::DigestsAndFacts => {
                vec![(digest::TABLE, digest::DIGESTS), (facts::NAME, facts::FACTS)]
            }
            KeyNames::Declared => declared_names(entries),
        };
        let hidden = self.add_names(names);
        let value = read(self);
        self.restore_names(hidden);
        value
    }

    /// Adds names. Returns what each of them meant before, for [`Self::restore_names`].
    pub(super) fn add_names<'n>(&mut self, names: Vec<(&'n str, Known)>) -> Vec<(&'n str, Option<Known>)> {
        names.into_iter().map(|(name, known)| (name, self.names.add(name, known))).collect()
    }

    pub(super) fn restore_names(&mut self, hidden: Vec<(&str, Option<Known>)>) {
        hidden.into_iter().rev().for_each(|(name, known)| self.names.restore(name, known));
    }

    fn guarded(&mut self, entries: &[Entry<'_>], template: Template) -> Template {
        let Some(guard) = entries.iter().find(|entry| entry.key == "if") else { return template };
        match self.condition(&guard.value) {
            Some(condition) => {
                let span = template.span();
                Template::If { span, condition, then: Box::new(template), otherwise: None }
            }
            None => template,
        }
    }
}

/// The names that the keys `params` and `vars` declare.
pub(super) fn declared_names<'n>(entries: &'n [Entry<'_>]) -> Vec<(&'n str, Known)> {
    let mut names = names_of(entries, "params");
    names.extend(names_of(entries, "vars"));
    names
}

fn names_of<'n>(entries: &'n [Entry<'_>], key: &str) -> Vec<(&'n str, Known)> {
    match entries.iter().find(|entry| entry.key == key) {
        Some(Entry { value: Node { yaml: Yaml::Map(entries), .. }, .. }) => {
            entries.iter().map(|entry| (entry.key.as_ref(), Known::Plain(ValueType::Any))).collect()
        }
        _ => Vec::new(),
    }
}

/// The error for a name that expressions cannot use.
pub(crate) fn bad_identifier(name: &str, at: Span) -> Diagnostic {
    let message = match name {
        "" => "the name is empty".to_owned(),
        name => format!("`{}` is not a valid identifier", shortened(name)),
    };
    let error = Diagnostic::error(Code::BadName, at, message)
        .label("expected letters, digits and `_`, not starting with a digit");
    error.help_if(identifier_for(name).map(|repaired| format!("did you mean `{repaired}`?")))
}

/// The error for a text that cannot be the name of an axis value.
fn bad_axis_value(name: &str, at: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::BadName, at, format!("`{name}` is not a valid name for a value"));
    error.label(format!("expected {}", Scalar::AxisValue.expected()))
}

/// The error for a string that is not of its kind.
pub(crate) fn bad_value(text: &str, at: Span, expected: &str, kind: Scalar) -> Diagnostic {
    let message = match text {
        "" => "the string is empty".to_owned(),
        text => format!("`{}` is not {}{}", shortened(text), kind.noun(), because(text, kind)),
    };
    let error = Diagnostic::error(kind.code(text), at, message).label(format!("expected {expected}"));
    error.help_if(kind.help(text))
}

/// The reason why a string cannot be written to its place, as the end of a message. Empty if the kind of string says enough.
pub(crate) fn because(text: &str, kind: Scalar) -> String {
    kind.reason(text).map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// Whether this text can be the name of a stage or target.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether the outermost part of an expression is `| quote`.
fn quotes(expr: &Expr) -> bool {
    matches!(&expr.node, expr::ExprNode::Call(function, _) if function.name == "quote")
}

/// A template of the empty string.
pub(crate) fn empty(span: Span) -> Template {
    Template::Text(Text { span, parts: vec![Part::Literal(Arc::from(""))] })
}

/// The first line of a text, cut to a length that suits a message.
pub(crate) fn shortened(text: &str) -> String {
    let line = redacted(text.lines().next().unwrap_or(""));
    let cut: String = line.chars().take(60).collect();
    if cut.len() < text.trim_end().len() { format!("{cut}...") } else { cut }
}
