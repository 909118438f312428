//! Evaluates expressions. Of the branches of a choice, only the selected one is evaluated.

use super::builtins::{axes, base, digest, facts, git};
use super::{Expr, ExprNode, Function, Operator};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::{listing, nearest};
use crate::base::value::{self, Value};
use crate::base::version::{Version, VersionError};

/// Provides the values of the names in an expression.
pub(crate) trait Lookup {
    /// The value of a name. `at` is the place of the name in the expression; the error explains why the name has no value.
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>>;
}

/// Evaluates an expression. The error has the place of the part that cannot be evaluated.
pub(crate) fn evaluate(expr: &Expr, names: &dyn Lookup) -> Result<Value, Box<Diagnostic>> {
    match &expr.node {
        ExprNode::Literal(value) => Ok(value.clone()),
        ExprNode::Name(name) => names.lookup(name, expr.span),
        ExprNode::Property(of, name) => match (&of.node, evaluate(of, names)?) {
            (ExprNode::Name(of), Value::Record(git)) if of == git::NAME && !git.fields.contains_key(name) => {
                Err(git::unknown(name, expr.span))
            }
            (ExprNode::Name(of), Value::Record(base))
                if of == base::NAME && !base.fields.contains_key(name) =>
            {
                Err(base::unknown(&base, name, expr.span))
            }
            (ExprNode::Name(of), Value::Record(all))
                if of == axes::NAME && !all.fields.contains_key(name) =>
            {
                Err(axes::unknown(name, expr.span))
            }
            (ExprNode::Name(of), found) if of == facts::NAME && facts::are_unknown(&found) => {
                Err(facts::unknown(name, expr.span))
            }
            (_, unknown @ Value::Text(_)) if base::is_env(of) => Ok(unknown),
            (_, of) => property(&of, name, expr.span),
        },
        ExprNode::Index(of, key) => {
            let (value, name) = (evaluate(of, names)?, evaluate(key, names)?);
            match value {
                Value::Text(_) if base::is_env(of) => Ok(value),
                value if of.node == ExprNode::Name(digest::TABLE.to_owned()) => {
                    digest::find(value, text((&name, key.span))?, expr.span)
                }
                value => index(&value, text((&name, key.span))?, expr.span),
            }
        }
        ExprNode::List(items) => {
            let values = items.iter().map(|item| evaluate(item, names)).collect::<Result<Vec<_>, _>>()?;
            limited(Value::list(values), expr.span)
        }
        ExprNode::Not(of) => Ok(Value::Bool(!condition(of, names)?)),
        ExprNode::Choice { condition: on, then, otherwise } => {
            evaluate(if condition(on, names)? { then } else { otherwise }, names)
        }
        ExprNode::And(a, b) => Ok(Value::Bool(condition(a, names)? && condition(b, names)?)),
        ExprNode::Or(a, b) => Ok(Value::Bool(condition(a, names)? || condition(b, names)?)),
        ExprNode::Binary(operator, a, b) => {
            binary(*operator, (&evaluate(a, names)?, a.span), (&evaluate(b, names)?, b.span), expr.span)
        }
        ExprNode::Call(function, arguments) if function.name == "default" => {
            match evaluate(&arguments[0], names) {
                Err(missing) if missing.code == Code::MissingProperty => evaluate(&arguments[1], names),
                other => other,
            }
        }
        ExprNode::Call(function, arguments) => {
            let values = arguments.iter().map(|item| evaluate(item, names)).collect::<Result<Vec<_>, _>>()?;
            let value = (function.call)(&values).map_err(|problem| {
                let error = Diagnostic::error(
                    Code::ExpressionType,
                    expr.span,
                    format!("`{}`: {problem}", function.name),
                );
                Box::new(error.help(call_help(function, &values)))
            })?;
            limited(value, expr.span)
        }
    }
}

/// The help for a call that failed. A list in place of a string has to be joined.
fn call_help(function: &Function, arguments: &[Value]) -> String {
    match (function.name, arguments.first()) {
        ("quote", Some(Value::List(_))) => "join its items first: `list | join(\" \") | quote` is one word of the shell; for a word of each item, \
             write `exec` with the list, or quote the items of the list"
            .to_owned(),
        (name, Some(Value::List(_))) if !function.usage.starts_with("list") => {
            format!("join the items of the list first: `list | join(\" \") | {name}`")
        }
        _ => format!("write `{}`", function.usage),
    }
}

/// Returns the value, or an error if it is too large.
pub(crate) fn limited(value: Value, at: Span) -> Result<Value, Box<Diagnostic>> {
    if value.is_large() {
        let what = if matches!(value, Value::List(_)) { "a list of" } else { "a string of" };
        let message = format!("the expression gives {what} more than {}", value::limit(&value));
        return Err(Diagnostic::error(Code::BadValue, at, message).into());
    }
    Ok(value)
}

/// Evaluates an expression whose value has to be a truth value.
pub(crate) fn condition(expr: &Expr, names: &dyn Lookup) -> Result<bool, Box<Diagnostic>> {
    match evaluate(expr, names)? {
        Value::Bool(truth) => Ok(truth),
        Value::Record(record) if record.text.is_none() => Err(not_a_condition(expr.span, "a map")),
        other => Err(not_a_condition(expr.span, &format!("{} (`{other}`)", other.noun()))),
    }
}

pub(super) fn not_a_condition(span: Span, found: &str) -> Box<Diagnostic> {
    let error = Diagnostic::error(Code::ExpressionType, span, format!("the condition is {found}"));
    error.label("expected a boolean").help("compare it, as in `x == \"value\"` or `x != \"\"`").into()
}

fn property(of: &Value, name: &str, span: Span) -> Result<Value, Box<Diagnostic>> {
    let Value::Record(record) = of else {
        let message = format!("`{name}` is read from {}, which has no properties", of.noun());
        return Err(Diagnostic::error(Code::UnknownProperty, span, message).into());
    };
    record.fields.get(name).cloned().ok_or_else(|| {
        let known =
            listing(record.fields.keys().map(String::as_str)).unwrap_or_else(|| "no properties".to_owned());
        let message = format!("`{}` has no property `{name}`", record.text.as_deref().unwrap_or("this"));
        let error = Diagnostic::error(Code::MissingProperty, span, message).label(format!("it has {known}"));
        error.help(format!("add the property to the value, or write `.{name} | default(...)`")).into()
    })
}

fn index(of: &Value, key: &str, span: Span) -> Result<Value, Box<Diagnostic>> {
    let Value::Record(record) = of else {
        let error =
            Diagnostic::error(Code::ExpressionType, span, format!("`{key}` is looked up in {}", of.noun()));
        return Err(error.label("expected a map, whose keys `[ ]` looks up").into());
    };
    record.fields.get(key).cloned().ok_or_else(|| {
        let keys = record.fields.keys().map(String::as_str);
        let known = listing(keys.clone()).unwrap_or_else(|| "no keys".to_owned());
        let error = Diagnostic::error(Code::MissingProperty, span, format!("the map has no key `{key}`"));
        let near = nearest(key, keys).map(|near| format!("did you mean `{near}`?"));
        let help = "add the key to the map, or write `[...] | default(...)`".to_owned();
        error.label(format!("it has {known}")).help_if(near.or(Some(help))).into()
    })
}

fn binary(
    operator: Operator,
    a: (&Value, Span),
    b: (&Value, Span),
    span: Span,
) -> Result<Value, Box<Diagnostic>> {
    let truth = match operator {
        Operator::Equal => a.0.equals(b.0),
        Operator::NotEqual => !a.0.equals(b.0),
        Operator::Less => order(a, b)?.is_lt(),
        Operator::LessEqual => order(a, b)?.is_le(),
        Operator::Greater => order(a, b)?.is_gt(),
        Operator::GreaterEqual => order(a, b)?.is_ge(),
        Operator::In => contains(a, b)?,
        Operator::NotIn => !contains(a, b)?,
        Operator::Join => return limited(Value::text(format!("{}{}", text(a)?, text(b)?)), span),
        Operator::Add => {
            let (Value::List(a), Value::List(b)) = (a.0, b.0) else {
                let message = format!("`+` cannot be applied to {} and {}", a.0.noun(), b.0.noun());
                let error = Diagnostic::error(Code::ExpressionType, span, message);
                return Err(error.label("`+` joins lists").help("use `~` to join strings").into());
            };
            return limited(Value::list(a.iter().chain(b.iter()).cloned()), span);
        }
    };
    Ok(Value::Bool(truth))
}

fn text((value, span): (&Value, Span)) -> Result<&str, Box<Diagnostic>> {
    value.as_text().ok_or_else(|| {
        let error = Diagnostic::error(Code::ExpressionType, span, format!("this is {}", value.noun()));
        error.label("expected a string").into()
    })
}

fn order(a: (&Value, Span), b: (&Value, Span)) -> Result<std::cmp::Ordering, Box<Diagnostic>> {
    let version = |(value, span)| -> Result<Version<'_>, Box<Diagnostic>> {
        Version::parse(text((value, span))?).map_err(|error| no_order(error, span).into())
    };
    Ok(version(a)?.cmp(&version(b)?))
}

/// The error for a text that cannot be compared as a version.
pub(super) fn no_order(error: VersionError<'_>, span: Span) -> Diagnostic {
    let help = match error {
        VersionError::NotAVersion(_) => "compare a property that holds only the version".to_owned(),
        VersionError::UnknownSuffix(suffix) => {
            format!(
                "cut it off with `| removesuffix(\"{suffix}\")`, or compare a property that holds only the version"
            )
        }
    };
    Diagnostic::error(Code::ExpressionType, span, error.to_string())
        .label("`<` and `>` compare versions")
        .help(help)
}

fn contains(a: (&Value, Span), b: (&Value, Span)) -> Result<bool, Box<Diagnostic>> {
    match b.0 {
        Value::List(items) => Ok(items.iter().any(|item| item.equals(a.0))),
        _ => Ok(text(b)?.contains(text(a)?)),
    }
}
