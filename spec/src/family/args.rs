//! `args`: free parameters with a type and limits.

use std::collections::BTreeSet;

use super::aliases::{Alias, aliases};
use super::declared::{Declared, DeclaredKind, Field};
use super::limits::{self, ArgType, Limits};
use super::reader::{Reader, shortened};
use super::template::Template;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{self, ExprNode, Known};

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
    pub(crate) limits: Limits,
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

impl Arg {
    /// Parses and checks a value. The error says what was expected.
    pub(crate) fn value(&self, text: &str) -> Result<Value, String> {
        self.limits.value(self.kind, text)
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
    let free = args.iter().filter(|arg| arg.kind == ArgType::String && arg.limits.pattern.is_none());
    reader.free_texts.extend(free.map(|arg| arg.name.clone()));
    args
}

fn arg(reader: &mut Reader<'_>, field: &Field<'_>) -> Arg {
    let Field { key: name, key_span, value } = field;
    // If the declaration is neither a string nor a map, it is reported already, and the arg is kept so that its name is known.
    let is_written = value.is_table() || value.as_text().is_some() || value.as_template().is_some();
    let written = if value.is_table() { value.get("default") } else { Some(value) };
    let default = written.and_then(|default| Some((default.as_text()?, default)));
    let computed = written.and_then(Declared::as_template);
    let inferred = match computed {
        Some(template) => infer_computed(reader, template),
        None => default.map_or(ArgType::String, |(_, default)| infer(default)),
    };
    let limits = Limits::read(reader, value);
    let stated = value.get("type").map(|kind| kind.as_text().and_then(ArgType::named).unwrap_or(inferred));
    let kind = stated.or(limits.implied()).unwrap_or(inferred);
    let required = value.bool("required").unwrap_or(false);
    if is_written {
        limits::check_default(reader, (name, *key_span), required, written.is_some());
    }
    limits::check_limit(reader, value, kind == ArgType::Int);
    let arg = Arg {
        name: (*name).to_owned(),
        span: *key_span,
        kind,
        default: match (default, computed) {
            (Some((text, _)), _) => Some(ArgDefault::Literal(text.to_owned())),
            (None, Some(template)) => Some(ArgDefault::Computed(ComputedDefault(template.clone()))),
            (None, None) => None,
        },
        limits,
        description: value.text("description").map(str::to_owned),
        aliases: aliases(value),
    };
    if arg.limits.has_invalid_pattern() {
        return arg;
    }
    if let Some((text, default)) = default
        && let Err(expected) = arg.value(text)
    {
        reader.report(limits::bad_default(text, &expected, default.span));
    } else if let Some(template) = computed {
        arg.limits.check_leaves(kind, template, reader);
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

fn infer(default: &Declared<'_>) -> ArgType {
    match default.kind {
        DeclaredKind::Text(text, style) => limits::infer(text, style),
        _ => ArgType::String,
    }
}
