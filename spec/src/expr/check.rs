//! Checks expressions without evaluating them. It finds unknown names and properties, comparisons with a value that an axis does
//! not have, and conditions that are not truth values.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::glob_matches;

use super::builtins::{axes, digest, facts};
use super::eval::{no_order, not_a_condition};
use super::{Expr, ExprNode, Operator};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::{did_you_mean, identifier_for, is_identifier, listing, nearest};
use crate::base::value::Value;
use crate::base::version::Version;

/// The type of the value of an expression, as far as it is known without evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// Unknown.
    Any,
    /// A string.
    Text,
    /// A truth value.
    Bool,
    /// A list.
    List,
    /// A record that is not usable as a string.
    Record,
}

/// What is known about a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Known {
    /// An axis with its values. Each property has the set of its values, or `None` if one of them is not a string.
    Axis { values: Vec<String>, properties: BTreeMap<String, Option<BTreeSet<String>>> },
    /// A record with these properties and their types. The first field says whether it is usable as a string too.
    Fields(bool, &'static [(&'static str, ValueType)]),
    /// Any other value of this type.
    Plain(ValueType),
    /// A name that can be used only at certain places, which the string describes for a message.
    Elsewhere(&'static str),
}

/// The names that an expression can use at its place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    known: BTreeMap<String, Known>,
    /// The names that were added and are no identifiers.
    invalid: BTreeSet<String>,
    /// The identifiers that these were probably meant to be.
    meant: BTreeSet<String>,
}

impl Names {
    /// Adds a name. Returns what the name meant before, for [`Names::restore`].
    pub(crate) fn add(&mut self, name: &str, known: Known) -> Option<Known> {
        // The builtin map of digests has no identifier on purpose.
        if !is_identifier(name) && name != digest::TABLE {
            self.meant.extend(identifier_for(name));
            self.invalid.insert(name.to_owned());
        }
        self.known.insert(name.to_owned(), known)
    }

    /// Removes a name that was added, and restores what it meant before.
    pub(crate) fn restore(&mut self, name: &str, hidden: Option<Known>) {
        match hidden {
            Some(known) => self.known.insert(name.to_owned(), known),
            None => self.known.remove(name),
        };
    }

    /// The declared names that are no identifiers. The declaration is reported, so its uses are not.
    pub(crate) fn invalid(&self) -> impl Iterator<Item = &str> {
        self.invalid.iter().map(String::as_str)
    }

    /// The names of the axes.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &str> {
        let axes = self.known.iter().filter(|(_, known)| matches!(known, Known::Axis { .. }));
        axes.map(|(name, _)| name.as_str())
    }

    /// What is known about a name. `None` if it does not exist.
    pub(crate) fn get(&self, name: &str) -> Option<&Known> {
        self.known.get(name)
    }
}

/// Checks an expression and returns the type of its value. Mistakes are added to `found`.
pub(crate) fn check(expr: &Expr, names: &Names, found: &mut Vec<Diagnostic>) -> ValueType {
    match &expr.node {
        ExprNode::Literal(Value::Bool(_)) => ValueType::Bool,
        ExprNode::Literal(_) => ValueType::Text,
        ExprNode::Name(name) => match names.get(name) {
            Some(Known::Axis { .. } | Known::Fields(true, _)) => ValueType::Text,
            Some(Known::Fields(false, _)) => ValueType::Record,
            Some(Known::Plain(kind)) => *kind,
            Some(Known::Elsewhere(places)) => {
                let message = format!("`{name}` is not available here");
                found.push(
                    Diagnostic::error(Code::UnknownName, expr.span, message)
                        .label(format!("it is available {places}")),
                );
                ValueType::Any
            }
            None if names.meant.contains(name) => ValueType::Any,
            None => {
                let valid = names.known.keys().filter(|known| !names.invalid.contains(*known));
                let known = valid.chain(&names.meant).map(String::as_str);
                let help = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                let error = Diagnostic::error(Code::UnknownName, expr.span, format!("unknown name `{name}`"));
                let text = format!("axes, args and vars define names; a string needs quotes: \"{name}\"");
                found.push(error.help_if(help.or(Some(text))));
                ValueType::Any
            }
        },
        ExprNode::Property(of, name) => match axes::check(of, name, expr, names, found) {
            Some(kind) => kind,
            None => property(of, name, expr.span, names, found),
        },
        ExprNode::Index(of, key) => index(of, key, expr.span, names, found),
        ExprNode::List(items) => {
            for item in items {
                check(item, names, found);
            }
            ValueType::List
        }
        ExprNode::Not(of) => {
            check_condition(of, names, found);
            ValueType::Bool
        }
        ExprNode::And(a, b) | ExprNode::Or(a, b) => {
            check_condition(a, names, found);
            check_condition(b, names, found);
            ValueType::Bool
        }
        ExprNode::Choice { condition, then, otherwise } => {
            check_condition(condition, names, found);
            let (a, b) = (check(then, names, found), check(otherwise, names, found));
            if a == b { a } else { ValueType::Any }
        }
        ExprNode::Binary(operator, a, b) => {
            let kinds = (check(a, names, found), check(b, names, found));
            comparison(*operator, a, b, names, found);
            match (operator, kinds) {
                (Operator::Join, _) => ValueType::Text,
                (Operator::Add, (ValueType::Text, _) | (_, ValueType::Text)) => {
                    let error = Diagnostic::error(
                        Code::ExpressionType,
                        expr.span,
                        "`+` cannot be applied to a string",
                    );
                    found.push(error.label("`+` joins lists").help("use `~` to join strings"));
                    ValueType::Text
                }
                (Operator::Add, _) => ValueType::List,
                _ => ValueType::Bool,
            }
        }
        ExprNode::Call(function, arguments) => {
            for argument in arguments {
                check(argument, names, found);
            }
            function.gives
        }
    }
}

/// Checks an expression whose value has to be a truth value. Mistakes are added to `found`.
pub(crate) fn check_condition(expr: &Expr, names: &Names, found: &mut Vec<Diagnostic>) {
    match check(expr, names, found) {
        ValueType::Bool | ValueType::Any => {}
        ValueType::Text => found.push(*not_a_condition(expr.span, "a string")),
        ValueType::List => found.push(*not_a_condition(expr.span, "a list")),
        ValueType::Record => found.push(*not_a_condition(expr.span, "a map")),
    }
}

/// Checks that the pattern of a `match` case matches at least one value, if all values of the matched expression are known.
pub(crate) fn check_pattern(on: &Expr, pattern: &str, at: Span, names: &Names, found: &mut Vec<Diagnostic>) {
    if let Some(closed) = closed(on, names)
        && !closed.values.iter().any(|value| glob_matches(pattern, value))
    {
        found.push(closed.no_such_value(pattern, at));
    }
}

/// Checks `of[key]`. With a literal key it is the same as a property.
fn index(of: &Expr, key: &Expr, span: Span, names: &Names, found: &mut Vec<Diagnostic>) -> ValueType {
    let kind = check(key, names, found);
    if matches!(kind, ValueType::List | ValueType::Record) {
        let noun = if kind == ValueType::List { "a list" } else { "a map" };
        let error = Diagnostic::error(Code::ExpressionType, key.span, format!("the key is {noun}"));
        found.push(error.label("expected a string"));
    }
    let known = match &of.node {
        ExprNode::Name(of) => names.get(of),
        _ => None,
    };
    match (known, literal(key)) {
        (Some(Known::Axis { .. } | Known::Fields(..)), Some(name)) => property(of, name, span, names, found),
        (Some(Known::Axis { .. } | Known::Fields(..)), None) => ValueType::Any,
        _ if of.node == ExprNode::Name(facts::NAME.to_owned()) => {
            let error = Diagnostic::error(Code::ExpressionType, key.span, "the name of a fact is computed");
            found.push(error.help("write it out, as in `facts.python`"));
            ValueType::Any
        }
        _ => {
            let noun = match check(of, names, found) {
                ValueType::Any | ValueType::Record => return ValueType::Any,
                ValueType::Text => "a string",
                ValueType::Bool => "a boolean",
                ValueType::List => "a list",
            };
            let error = Diagnostic::error(Code::ExpressionType, of.span, format!("this is {noun}"));
            found.push(error.label("expected a map, whose keys `[ ]` looks up"));
            ValueType::Any
        }
    }
}

fn property(of: &Expr, name: &str, span: Span, names: &Names, found: &mut Vec<Diagnostic>) -> ValueType {
    let unknown = |message: String, known: Vec<&str>| {
        let error = Diagnostic::error(Code::UnknownProperty, span, message);
        error.help_if(did_you_mean(name, known.iter().copied()))
    };
    let known = match &of.node {
        ExprNode::Name(of) => names.get(of),
        _ => None,
    };
    match known {
        Some(Known::Axis { properties, .. }) => match properties.get(name) {
            Some(_) => ValueType::Any,
            None if names.meant.contains(name) => ValueType::Any,
            None => {
                let of = of.names().into_iter().next().unwrap_or_default();
                let known = properties.keys().map(String::as_str).collect();
                found.push(unknown(format!("no value of `{of}` has a property `{name}`"), known));
                ValueType::Any
            }
        },
        Some(Known::Fields(_, fields)) => match fields.iter().find(|(field, _)| *field == name) {
            Some((_, gives)) => *gives,
            None => {
                let of = of.names().into_iter().next().unwrap_or_default();
                let known = fields.iter().map(|(field, _)| *field).collect();
                found.push(unknown(format!("`{of}` has no property `{name}`"), known));
                ValueType::Any
            }
        },
        _ => match check(of, names, found) {
            ValueType::Any | ValueType::Record => ValueType::Any,
            kind @ (ValueType::Text | ValueType::Bool | ValueType::List) => {
                let noun = match kind {
                    ValueType::Bool => "a boolean",
                    ValueType::List => "a list",
                    _ => "a string",
                };
                let error =
                    unknown(format!("`{name}` is read from {noun}, which has no properties"), Vec::new());
                let help =
                    super::functions::named(name).map(|function| format!("write `{}`", function.usage));
                found.push(error.help_if(help));
                ValueType::Any
            }
        },
    }
}

fn comparison(operator: Operator, a: &Expr, b: &Expr, names: &Names, found: &mut Vec<Diagnostic>) {
    match operator {
        Operator::Equal | Operator::NotEqual => {
            for (known, other) in [(a, b), (b, a)] {
                if let (Some(closed), Some(text)) = (closed(known, names), literal(other)) {
                    closed.require(text, other.span, found);
                }
            }
        }
        Operator::In | Operator::NotIn => {
            if let (Some(closed), ExprNode::List(items)) = (closed(a, names), &b.node) {
                for item in items {
                    if let Some(text) = literal(item) {
                        closed.require(text, item.span, found);
                    }
                }
            }
        }
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
            for side in [a, b] {
                let closed = closed(side, names);
                let texts = literal(side)
                    .into_iter()
                    .chain(closed.iter().flat_map(|closed| closed.values.iter().copied()));
                let texts: Vec<&str> = texts.collect();
                let errors: Vec<_> = texts.iter().filter_map(|text| Version::parse(text).err()).collect();
                if let Some(error) = errors.first().filter(|_| errors.len() == texts.len()) {
                    found.push(no_order(*error, side.span));
                }
            }
        }
        Operator::Join | Operator::Add => {}
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    let ExprNode::Literal(Value::Text(text)) = &expr.node else { return None };
    Some(text)
}

/// All strings that an expression can evaluate to. `what` is the expression in a message.
struct Closed<'n> {
    what: String,
    values: Vec<&'n str>,
}

/// All strings that an axis, or a property of one, can evaluate to. `None` for any other expression.
fn closed<'n>(expr: &Expr, names: &'n Names) -> Option<Closed<'n>> {
    match &expr.node {
        ExprNode::Name(name) => {
            let Some(Known::Axis { values, .. }) = names.get(name) else { return None };
            Some(Closed { what: format!("`{name}`"), values: values.iter().map(String::as_str).collect() })
        }
        ExprNode::Property(of, property) => {
            let ExprNode::Name(name) = &of.node else { return None };
            let Some(Known::Axis { properties, .. }) = names.get(name) else { return None };
            let values = properties.get(property)?.as_ref()?;
            Some(Closed {
                what: format!("`{name}.{property}`"),
                values: values.iter().map(String::as_str).collect(),
            })
        }
        _ => None,
    }
}

impl Closed<'_> {
    fn require(&self, text: &str, at: Span, found: &mut Vec<Diagnostic>) {
        if !self.values.contains(&text) {
            found.push(self.no_such_value(text, at));
        }
    }

    fn no_such_value(&self, text: &str, at: Span) -> Diagnostic {
        let error = Diagnostic::error(Code::UnknownAxisValue, at, format!("{} is never `{text}`", self.what));
        error.help_if(unknown_value_help(text, &self.values))
    }
}

/// The help for a value that an axis does not have. If the value looks like a number that lost its last zero, such as `3.1` for
/// `3.10`, the help explains that.
pub(crate) fn unknown_value_help(text: &str, values: &[&str]) -> Option<String> {
    let zero = format!("{text}0");
    if text.contains('.') && values.contains(&zero.as_str()) {
        return Some(format!(
            "did you mean `{zero}`? varve keeps `{zero}` as it is written; another YAML reader may read it as a number and drop \
            the zero, so quote it there"
        ));
    }
    let near = nearest(text, values.iter().copied());
    let known = listing(values.iter().copied())?;
    Some(near.map_or(format!("known values: {known}"), |near| {
        format!("did you mean `{near}`? known values: {known}")
    }))
}
