//! `args`: free parameters, typed and validated.

use super::reader::{Reader, bad_identifier, is_identifier};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Kind, Known, whole_match};
use crate::schema::keys;
use crate::schema::scalars;
use crate::yaml::{Entry, Node, Style, Yaml};

/// A free parameter.
#[derive(Debug)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its type.
    pub kind: ArgType,
    /// The value that counts when none is given; without one it has to be given.
    pub default: Option<String>,
    /// A regular expression that the whole value has to fit.
    pub pattern: Option<String>,
    /// The smallest allowed number.
    pub min: Option<u64>,
    /// The largest allowed number.
    pub max: Option<u64>,
    /// What it is for.
    pub description: Option<String>,
}

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgType {
    /// Any text.
    String,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
}

impl Arg {
    /// The value of a given text, or what was expected instead.
    pub(crate) fn value(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            ArgType::Bool => Value::Bool(scalars::bool(text).ok_or("expected true or false")?),
            ArgType::String => Value::text(text),
            ArgType::Int => {
                let number: i64 = text.parse().map_err(|_| "expected a whole number")?;
                if self.min.is_some_and(|min| i128::from(number) < i128::from(min)) {
                    return Err(format!("expected at least {}", self.min.unwrap_or_default()));
                }
                if self.max.is_some_and(|max| i128::from(number) > i128::from(max)) {
                    return Err(format!("expected at most {}", self.max.unwrap_or_default()));
                }
                Value::text(number.to_string())
            }
        };
        if let Some(pattern) = &self.pattern
            && !whole_match(pattern)?.is_match(text)
        {
            return Err(format!("expected a text that fits `{pattern}`"));
        }
        Ok(value)
    }

    pub(crate) fn known(&self) -> Known {
        Known::Plain(if self.kind == ArgType::Bool { Kind::Bool } else { Kind::Text })
    }
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Arg> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a map of arguments");
        return Vec::new();
    };
    let args: Vec<Arg> = entries.iter().filter_map(|entry| arg(reader, entry)).collect();
    let free = args.iter().filter(|arg| arg.kind == ArgType::String && arg.pattern.is_none());
    reader.free_texts.extend(free.map(|arg| arg.name.clone()));
    args
}

fn arg(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Arg> {
    if !is_identifier(&entry.key) {
        reader.report(bad_identifier(&entry.key, entry.key_span));
    }
    let node = &entry.value;
    let default = match &node.yaml {
        Yaml::Scalar(text, _) => {
            if text.contains("${{") {
                let error = Diagnostic::error(Code::BadValue, node.span, "an expression in a default");
                reader
                    .report(error.label("arguments come before everything else").help("put it into `vars`"));
            }
            Some(node)
        }
        Yaml::Map(entries) => {
            reader.keys(node.span, entries, &keys::ARG);
            reader.plain_keys(entries, &keys::ARG);
            node.get("default").filter(|default| default.text().is_some())
        }
        _ => {
            reader.wrong_type(node, "a default value, or a map with `type`, `default`, `required` and so on");
            return None;
        }
    };
    let text = |key: &str| node.get(key).and_then(Node::text);
    let inferred = default.map_or(ArgType::String, infer);
    let kind = match text("type") {
        Some("int") => ArgType::Int,
        Some("bool") => ArgType::Bool,
        Some("string") => ArgType::String,
        Some(other) => {
            let error = Diagnostic::error(
                Code::BadValue,
                node.get("type").map_or(node.span, |node| node.span),
                format!("there is no type `{other}`"),
            );
            reader.report(error.help("types are string, int and bool; a closed set of values is an axis"));
            inferred
        }
        None if node.get("type").is_some() => {
            reader.wrong_type(node.get("type").unwrap_or(node), "one of string, int, bool");
            inferred
        }
        // With limits a number is meant, with a pattern a text.
        None if node.get("pattern").is_some() => ArgType::String,
        None if node.get("min").or(node.get("max")).is_some() => ArgType::Int,
        None => inferred,
    };
    let required = text("required") == Some("true");
    let default_text = default.map(|node| node.text().unwrap_or_default().to_owned());
    if required == (default_text.is_some() || node.get("default").is_some()) {
        let error = match required {
            true => Diagnostic::error(
                Code::KeyConflict,
                entry.key_span,
                format!("`{}` is required and has a default", entry.key),
            ),
            false => {
                Diagnostic::error(Code::MissingKey, entry.key_span, format!("`{}` has no default", entry.key))
            }
        };
        reader.report(
            error.help(
                "write `default:` for an optional argument, `required: true` for one that must be given",
            ),
        );
    }
    let limit = |key: &str| text(key).and_then(scalars::number);
    let (min, max) = (limit("min"), limit("max"));
    if let (Some(_), Some(at)) = (min.zip(max).filter(|(min, max)| min > max), node.get("min")) {
        reader.report(Diagnostic::error(Code::BadValue, at.span, "`min` is larger than `max`"));
    }
    if let Some(at) = node.get("min").or(node.get("max")).filter(|_| kind != ArgType::Int) {
        let error = Diagnostic::error(Code::KeyConflict, at.span, "a limit of an argument that is no number");
        reader.report(error.help("write `type: int`, or take the limit away"));
    }
    let arg = Arg {
        name: entry.key.to_string(),
        span: entry.key_span,
        kind,
        default: default_text,
        pattern: text("pattern").map(str::to_owned),
        min,
        max,
        description: text("description").map(str::to_owned),
    };
    if let Some(pattern) = &arg.pattern
        && let Err(problem) = whole_match(pattern)
    {
        reader.report(Diagnostic::error(
            Code::BadValue,
            node.get("pattern").map_or(node.span, |node| node.span),
            problem,
        ));
    } else if let (Some(default), Some(node)) = (&arg.default, default)
        && let Err(expected) = arg.value(default)
    {
        reader.report(Diagnostic::error(
            Code::BadArg,
            node.span,
            format!("the default `{default}`, {expected}"),
        ));
    }
    Some(arg)
}

/// The type that a default shows: a number or a truth value written without quotes, else a text.
fn infer(default: &Node<'_>) -> ArgType {
    match &default.yaml {
        Yaml::Scalar(text, Style::Plain) if scalars::bool(text).is_some() => ArgType::Bool,
        Yaml::Scalar(text, Style::Plain)
            if scalars::number(text).is_some_and(|number| number.to_string() == *text) =>
        {
            ArgType::Int
        }
        _ => ArgType::String,
    }
}
