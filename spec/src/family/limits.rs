//! The types and limits of args and parameters.

use super::declared::Declared;
use super::reader::Reader;
use super::template::Template;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::whole_match;
use crate::schema::scalars;
use crate::yaml::Style;

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

impl ArgType {
    /// The type with this name in the key `type`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "string" => Some(Self::String),
            "int" => Some(Self::Int),
            "bool" => Some(Self::Bool),
            _ => None,
        }
    }

    /// What a value of the type is, for messages.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::String => "expected a string",
            Self::Int => "expected an integer",
            Self::Bool => "expected true or false",
        }
    }
}

/// What a string has to meet besides its type.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// A regular expression that has to match the whole string.
    pub(crate) pattern: Option<String>,
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
}

impl Limits {
    /// The limits in the long form of a declaration. Reports limits that contradict each other, and a pattern that is not valid.
    pub(super) fn read(reader: &mut Reader<'_>, long: &Declared<'_>) -> Self {
        let limit = |key: &str| long.get(key).and_then(Declared::as_text).and_then(scalars::number);
        let limits =
            Self { pattern: long.text("pattern").map(str::to_owned), min: limit("min"), max: limit("max") };
        let Self { pattern, min, max } = &limits;
        if let (Some(_), Some(at)) = (min.zip(*max).filter(|(min, max)| min > max), long.get("min")) {
            reader.report(Diagnostic::error(Code::BadValue, at.span, "`min` is larger than `max`"));
        }
        if let (Some(pattern), Some(at)) = (pattern, long.get("pattern"))
            && let Err(problem) = whole_match(pattern)
        {
            reader.report(Diagnostic::error(Code::BadValue, at.span, problem));
        }
        limits
    }

    /// Whether the pattern is not valid, which is reported.
    pub(super) fn has_invalid_pattern(&self) -> bool {
        self.pattern.as_deref().is_some_and(|pattern| whole_match(pattern).is_err())
    }

    /// Reports the literal strings of a default that are not of its type.
    pub(super) fn check_leaves(&self, kind: ArgType, default: &Template, reader: &mut Reader<'_>) {
        let mut wrong = Vec::new();
        default.leaves(&mut |text| {
            // An invalid expression is reported already.
            let literal = text.literal().filter(|literal| !literal.contains("${{"));
            let literal = literal.and_then(|literal| self.value(kind, literal).err().zip(Some(literal)));
            wrong.extend(literal.map(|(expected, literal)| bad_default(literal, &expected, text.span)));
        });
        wrong.into_iter().for_each(|wrong| reader.report(wrong));
    }

    /// The type of strings that the limits imply: a pattern a string, and a limit a number.
    pub(super) fn implied(&self) -> Option<ArgType> {
        match (&self.pattern, self.min.or(self.max)) {
            (Some(_), _) => Some(ArgType::String),
            (None, Some(_)) => Some(ArgType::Int),
            (None, None) => None,
        }
    }

    /// Parses and checks a string. The error says what was expected.
    pub(crate) fn value(&self, kind: ArgType, text: &str) -> Result<Value, String> {
        let value = match kind {
            ArgType::Bool => Value::Bool(scalars::bool(text).ok_or(kind.expected())?),
            ArgType::String => Value::text(text),
            ArgType::Int => {
                let number: i64 = text.parse().map_err(|_| kind.expected())?;
                if let Some(min) = self.min.filter(|min| i128::from(number) < i128::from(*min)) {
                    return Err(format!("expected at least {min}"));
                }
                if let Some(max) = self.max.filter(|max| i128::from(number) > i128::from(*max)) {
                    return Err(format!("expected at most {max}"));
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
}

/// Reports a declaration that has neither a default nor `required: true`, or both.
pub(super) fn check_default(
    reader: &mut Reader<'_>,
    (name, at): (&str, Span),
    required: bool,
    default: bool,
) {
    let error = match (required, default) {
        (true, true) => {
            Diagnostic::error(Code::KeyConflict, at, format!("`{name}` is required and also has a default"))
        }
        (false, false) => Diagnostic::error(
            Code::MissingKey,
            at,
            format!("`{name}` has neither a default nor `required: true`"),
        ),
        _ => return,
    };
    reader.report(
        error.help("write `default:` for an optional argument, or `required: true` for a required one"),
    );
}

/// Reports a limit of something that is no integer.
pub(super) fn check_limit(reader: &mut Reader<'_>, long: &Declared<'_>, is_int: bool) {
    if let Some(at) = long.get("min").or(long.get("max")).filter(|_| !is_int) {
        let error =
            Diagnostic::error(Code::KeyConflict, at.span, "the argument has a limit, but is not an integer");
        reader.report(error.help("write `type: int`, or remove the limit"));
    }
}

/// The type of a string: a number or a truth value if it is written without quotes, else a string.
pub(super) fn infer(text: &str, style: Style) -> ArgType {
    let is_number = |text: &str| scalars::number(text).is_some_and(|number| number.to_string() == text);
    match style {
        Style::Plain if scalars::bool(text).is_some() => ArgType::Bool,
        Style::Plain if is_number(text) => ArgType::Int,
        _ => ArgType::String,
    }
}

/// Reports a default that is not of its type.
pub(super) fn bad_default(text: &str, expected: &str, at: Span) -> Diagnostic {
    Diagnostic::error(Code::BadArg, at, format!("the default is `{text}`, {expected}"))
}

/// Reports a default that is not a string, for a type that is one, or the other way round.
pub(super) fn wrong_default(noun: &str, expected: &str, at: Span) -> Diagnostic {
    Diagnostic::error(Code::BadArg, at, format!("the default is {noun}, {expected}"))
}
