//! `args`: free parameters with a type and limits.

use std::collections::BTreeSet;

use super::aliases::{Alias, aliases};
use super::declared::{Declared, DeclaredKind, Field};
use super::reader::{Reader, shortened};
use super::template::Template;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{self, ExprNode, Known, whole_match};
use crate::schema::scalars;
use crate::yaml::Style;

/// An arg: a free parameter of the family.
#[derive(Debug)]
pub struct Arg {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The type.
    pub kind: ArgType,
    /// The value that is used if the client sets none. An arg without a default is required.
    pub default: Option<ArgDefault>,
    /// A regular expression that has to match the whole value.
    pub pattern: Option<String>,
    /// The smallest allowed number. `None` for no limit.
    pub min: Option<u64>,
    /// The largest allowed number. `None` for no limit.
    pub max: Option<u64>,
    /// What the arg is for.
    pub description: Option<String>,
    /// Other names of the build argument.
    pub aliases: Vec<Alias>,
}

/// The default of an arg.
#[derive(Debug)]
pub enum ArgDefault {
    /// A literal string.
    Literal(String),
    /// A string that is computed for each variant.
    Computed(ComputedDefault),
}

/// A default with expressions or choices. They can use axes, `platform` and the args before this one.
#[derive(Debug)]
pub struct ComputedDefault(Template);

/// The type of an arg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgType {
    /// Any string.
    String,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
}

impl Arg {
    /// Parses and checks a value. The error says what was expected.
    pub(crate) fn value(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            ArgType::Bool => Value::Bool(scalars::bool(text).ok_or("expected true or false")?),
            ArgType::String => Value::text(text),
            ArgType::Int => {
                let number: i64 = text.parse().map_err(|_| "expected an integer")?;
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
            return Err(format!("expected a string that matches `{pattern}`"));
        }
        Ok(value)
    }

    /// The default, if it is a literal string.
    pub(crate) fn literal_default(&self) -> Option<&str> {
        match &self.default {
            Some(ArgDefault::Literal(text)) => Some(text),
            Some(ArgDefault::Computed(_)) | None => None,
        }
    }

    /// The default, if it is computed.
    pub(crate) fn computed_default(&self) -> Option<&Template> {
        match &self.default {
            Some(ArgDefault::Computed(ComputedDefault(template))) => Some(template),
            Some(ArgDefault::Literal(_)) | None => None,
        }
    }

    /// Checks the value of a computed default.
    pub(crate) fn computed(&self, value: &Value, at: Span) -> Result<Value, Box<Diagnostic>> {
        let Some(text) = value.as_text() else {
            let message = format!("the default of `{}` is {}", self.name, value.noun());
            return Err(Diagnostic::error(Code::BadArg, at, message).label("expected a string").into());
        };
        self.value(text).map_err(|expected| {
            let message = format!("the default of `{}` is `{}`", self.name, shortened(text));
            Diagnostic::error(Code::BadArg, at, message).label(expected).into()
        })
    }

    pub(crate) fn known(&self) -> Known {
        Known::Plain(if self.kind == ArgType::Bool { expr::ValueType::Bool } else { expr::ValueType::Text })
    }
}

pub(super) fn args(reader: &mut Reader<'_>, map: &Declared<'_>) -> Vec<Arg> {
    let args: Vec<Arg> = map.fields().iter().map(|field| arg(reader, field)).collect();
    order(reader, &args);
    let free = args.iter().filter(|arg| arg.kind == ArgType::String && arg.pattern.is_none());
    reader.free_texts.extend(free.map(|arg| arg.name.clone()));
    args
}

fn arg(reader: &mut Reader<'_>, field: &Field<'_>) -> Arg {
    let Field { key: name, key_span, value } = field;
    // If the declaration is neither a string nor a map, it is reported already, and the arg is kept so that its name is known.
    let is_written = value.is_table() || value.as_text().is_some() || value.as_template().is_some();
    let written = if value.is_table() { value.get("default") } else { Some(value) };
    let default = written.and_then(|default| Some((default.as_text()?, default)));
    let (min_at, max_at, pattern_at) = (value.get("min"), value.get("max"), value.get("pattern"));
    let computed = written.and_then(Declared::as_template);
    let inferred = match computed {
        Some(template) => infer_computed(reader, template),
        None => default.map_or(ArgType::String, |(_, default)| infer(default)),
    };
    let kind = match value.get("type") {
        Some(kind) => match kind.as_text() {
            Some("int") => ArgType::Int,
            Some("bool") => ArgType::Bool,
            Some("string") => ArgType::String,
            _ => inferred,
        },
        // Limits imply a number, and a pattern implies a string.
        None if pattern_at.is_some() => ArgType::String,
        None if min_at.or(max_at).is_some() => ArgType::Int,
        None => inferred,
    };
    let required = value.bool("required").unwrap_or(false);
    if is_written && required == written.is_some() {
        let error = match required {
            true => Diagnostic::error(
                Code::KeyConflict,
                *key_span,
                format!("`{name}` is required and also has a default"),
            ),
            false => Diagnostic::error(
                Code::MissingKey,
                *key_span,
                format!("`{name}` has neither a default nor `required: true`"),
            ),
        };
        reader.report(
            error.help("write `default:` for an optional argument, or `required: true` for a required one"),
        );
    }
    let limit = |at: Option<&Declared<'_>>| at.and_then(Declared::as_text).and_then(scalars::number);
    let (min, max) = (limit(min_at), limit(max_at));
    if let (Some(_), Some(at)) = (min.zip(max).filter(|(min, max)| min > max), min_at) {
        reader.report(Diagnostic::error(Code::BadValue, at.span, "`min` is larger than `max`"));
    }
    if let Some(at) = min_at.or(max_at).filter(|_| kind != ArgType::Int) {
        let error =
            Diagnostic::error(Code::KeyConflict, at.span, "the argument has a limit, but is not an integer");
        reader.report(error.help("write `type: int`, or remove the limit"));
    }
    let arg = Arg {
        name: (*name).to_owned(),
        span: *key_span,
        kind,
        default: match (default, computed) {
            (Some((text, _)), _) => Some(ArgDefault::Literal(text.to_owned())),
            (None, Some(template)) => Some(ArgDefault::Computed(ComputedDefault(template.clone()))),
            (None, None) => None,
        },
        pattern: value.text("pattern").map(str::to_owned),
        min,
        max,
        description: value.text("description").map(str::to_owned),
        aliases: aliases(value),
    };
    if let (Some(pattern), Some(at)) = (&arg.pattern, pattern_at)
        && let Err(problem) = whole_match(pattern)
    {
        reader.report(Diagnostic::error(Code::BadValue, at.span, problem));
    } else if let Some((text, default)) = default
        && let Err(expected) = arg.value(text)
    {
        let message = format!("the default is `{text}`, {expected}");
        reader.report(Diagnostic::error(Code::BadArg, default.span, message));
    } else if let Some(template) = computed {
        let mut wrong = Vec::new();
        template.leaves(&mut |text| {
            // An invalid expression is reported already.
            let literal = text.literal().filter(|literal| !literal.contains("${{"));
            let literal = literal.and_then(|literal| arg.value(literal).err().zip(Some(literal)));
            wrong.extend(literal.map(|(expected, literal)| {
                Diagnostic::error(Code::BadArg, text.span, format!("the default is `{literal}`, {expected}"))
            }));
        });
        wrong.into_iter().for_each(|wrong| reader.report(wrong));
    }
    arg
}

/// Reports defaults that use an arg which is not declared before them.
fn order(reader: &mut Reader<'_>, args: &[Arg]) {
    let mut later: BTreeSet<&str> = set_of(args.iter().map(|arg| arg.name.as_str()));
    for arg in args {
        let mut wrong = Vec::new();
        if let Some(template) = arg.computed_default() {
            template.expressions(&mut |expr| {
                expr.walk(&mut |part| match &part.node {
                    ExprNode::Name(name) if later.contains(name.as_str()) => {
                        wrong.push((name.clone(), part.span))
                    }
                    _ => {}
                });
            });
        }
        later.remove(arg.name.as_str());
        for (name, span) in wrong {
            let error = Diagnostic::error(Code::UnknownName, span, format!("`{name}` is not available here"));
            let error = error.label("a default can use axes, `platform` and the args above it");
            let help = (name != arg.name).then(|| format!("declare `{name}` above `{}`", arg.name));
            reader.report(error.help_if(help));
        }
    }
}

/// The type of a computed default: a truth value if it is a single condition, else a string.
fn infer_computed(reader: &Reader<'_>, template: &Template) -> ArgType {
    let Template::Text(text) = template else { return ArgType::String };
    let mut expressions = text.expressions();
    match (expressions.next(), text.parts.len()) {
        (Some(expr), 1) if expr::check(expr, &reader.names, &mut Vec::new()) == expr::ValueType::Bool => {
            ArgType::Bool
        }
        _ => ArgType::String,
    }
}

/// The type of the default: a number or a truth value if it is written without quotes, else a string.
fn infer(default: &Declared<'_>) -> ArgType {
    match default.kind {
        DeclaredKind::Text(text, Style::Plain) if scalars::bool(text).is_some() => ArgType::Bool,
        DeclaredKind::Text(text, Style::Plain)
            if scalars::number(text).is_some_and(|number| number.to_string() == text) =>
        {
            ArgType::Int
        }
        _ => ArgType::String,
    }
}
