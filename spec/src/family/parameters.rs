//! `params` of stages and fragments.

use super::declared::{Declared, Field};
use super::limits::{self, ArgType, Limits};
use super::reader::{self, Reader};
use super::template::{Template, Text};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::yaml::Style;

/// A parameter of a stage or fragment. A parameter without a default is required.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) default: Option<Template>,
    kind: ParameterType,
    limits: Limits,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParameterType {
    /// Nothing says which type it has.
    Any,
    Scalar(ArgType),
    List,
    Map,
}

impl Parameter {
    /// The value as one of the type of the parameter. The error says what was expected.
    pub(crate) fn value(&self, value: Value) -> Result<Value, String> {
        match (self.kind, &value) {
            (ParameterType::Any, _) | (ParameterType::List, Value::List(_)) => Ok(value),
            (ParameterType::Scalar(kind), _) => match value.as_text() {
                Some(text) => self.limits.value(kind, text),
                None => Err(kind.expected().to_owned()),
            },
            // A single item needs no brackets.
            (ParameterType::List, Value::Text(_) | Value::Bool(_)) => Ok(Value::list([value])),
            (ParameterType::List, Value::Record(record)) if record.text.is_some() => Ok(Value::list([value])),
            (ParameterType::List, Value::Record(_)) => Err("expected a list".to_owned()),
            (ParameterType::Map, Value::Record(_)) => Ok(value),
            (ParameterType::Map, _) => Err("expected a map".to_owned()),
        }
    }
}

/// Reads the map of the parameters.
pub(super) fn parameters(reader: &mut Reader<'_>, map: Option<Declared<'_>>) -> Vec<Parameter> {
    let fields = map.map(Declared::into_fields).unwrap_or_default();
    fields.into_iter().map(|field| parameter(reader, field)).collect()
}

fn parameter(reader: &mut Reader<'_>, field: Field<'_>) -> Parameter {
    let Field { key: name, key_span, mut value } = field;
    let (default, stated, limits) = match value.is_table() {
        true => {
            let default = value.take("default");
            let required = value.bool("required").unwrap_or(false);
            limits::check_default(reader, (name, key_span), required, default.is_some());
            // A key `default:` without a value means an empty string.
            let default = default.map(|default| {
                let span = default.span;
                default.into_template().unwrap_or_else(|| reader::empty(span))
            });
            let (stated, limits) = (value.text("type").and_then(named), Limits::read(reader, &value));
            let is_int = matches!(stated, None | Some(ParameterType::Scalar(ArgType::Int)));
            limits::check_limit(reader, &value, is_int && limits.pattern.is_none());
            (default, stated, limits)
        }
        false => (value.into_template(), None, Limits::default()),
    };
    let kind = stated.or(limits.implied().map(ParameterType::Scalar));
    let kind =
        kind.unwrap_or_else(|| default.as_ref().map_or(ParameterType::Any, |default| infer(reader, default)));
    let parameter = Parameter { name: name.to_owned(), span: key_span, default, kind, limits };
    if let (Some(default), false) = (&parameter.default, parameter.limits.has_invalid_pattern()) {
        check_default(reader, &parameter, default);
    }
    parameter
}

/// The type with this name in the key `type`.
fn named(name: &str) -> Option<ParameterType> {
    match name {
        "list" => Some(ParameterType::List),
        "map" => Some(ParameterType::Map),
        name => ArgType::named(name).map(ParameterType::Scalar),
    }
}

/// The type of a default. A default that is computed can have any.
fn infer(reader: &Reader<'_>, default: &Template) -> ParameterType {
    match default {
        Template::Text(text) => match text.literal() {
            Some(literal) => ParameterType::Scalar(limits::infer(literal, style(reader, text))),
            None => ParameterType::Any,
        },
        Template::List(..) => ParameterType::List,
        // `name: {}` says no more than that there is a parameter.
        Template::Map(_, _, fields) if fields.is_empty() => ParameterType::Any,
        Template::Map(..) => ParameterType::Map,
        Template::If { .. } | Template::Match { .. } | Template::For { .. } => ParameterType::Any,
    }
}

/// How a string is written.
fn style(reader: &Reader<'_>, text: &Text) -> Style {
    let is_plain = text.literal().is_some_and(|literal| **literal == *reader.sources.text(text.span));
    if is_plain { Style::Plain } else { Style::Quoted }
}

/// Reports the parts of a default that are known not to be of the type.
fn check_default(reader: &mut Reader<'_>, parameter: &Parameter, default: &Template) {
    match (parameter.kind, default) {
        (ParameterType::Scalar(kind), Template::List(span, _)) => {
            reader.report(limits::wrong_default("a list", kind.expected(), *span));
        }
        (ParameterType::Scalar(kind), Template::Map(span, ..)) => {
            reader.report(limits::wrong_default("a map", kind.expected(), *span));
        }
        (ParameterType::Scalar(kind), default) => parameter.limits.check_leaves(kind, default, reader),
        (ParameterType::List, Template::Map(span, ..)) => {
            reader.report(limits::wrong_default("a map", "expected a list", *span));
        }
        (ParameterType::Map, Template::List(span, _)) => {
            reader.report(limits::wrong_default("a list", "expected a map", *span));
        }
        (ParameterType::Map, Template::Text(text)) if text.literal().is_some() => {
            reader.report(limits::wrong_default("a string", "expected a map", text.span));
        }
        _ => {}
    }
}
