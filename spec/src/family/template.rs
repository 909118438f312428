//! The content of a build file before a variant is selected: strings with expressions, choices, repetitions.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::expr::{self, Expr};
use crate::family::file_value::FileValue;
use crate::schema::shapes::MapKind;
use crate::yaml::scalar_places::ScalarPlaces;

/// A part of the file that can depend on the variant.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// A string.
    Text(Text),
    /// A list. Expansion replaces items that are choices or repetitions by the items that they stand for.
    List(Span, Vec<Template>),
    /// A map, and which keys it can have.
    Map(Span, MapKind, Vec<Field>),
    /// `then` if the condition is true, else `otherwise`. If that is missing, the part is omitted.
    If { span: Span, condition: Expr, then: Box<Template>, otherwise: Option<Box<Template>> },
    /// The first case whose pattern matches the string of `on`.
    Match { span: Span, on: Expr, cases: Vec<(Arc<str>, Template)>, otherwise: Option<Box<Template>> },
    /// The body, once for each value of the variable.
    For { span: Span, variable: String, values: Box<Template>, body: Box<Template> },
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) key: Cow<'static, str>,
    pub(crate) key_span: Span,
    pub(crate) value: Template,
}

/// A string with expressions, or a value that is read from a file.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) span: Span,
    pub(crate) parts: Vec<Part>,
}

/// A part of a string.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Literal(Arc<str>),
    Expr(Expr),
    /// A value of a file. It is the only part of its string.
    File(FileValue),
}

impl Template {
    /// The place of the template.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span,
            Self::List(span, _) | Self::Map(span, ..) => *span,
            Self::If { span, .. } | Self::Match { span, .. } | Self::For { span, .. } => *span,
        }
    }

    /// A copy of a target or stage that has only these keys.
    pub(crate) fn project(&self, keys: &[&str]) -> Self {
        match self {
            Self::Map(span, kind, fields) => {
                let fields = fields.iter().filter(|field| keys.contains(&field.key.as_ref()));
                Self::Map(*span, *kind, fields.cloned().collect())
            }
            Self::If { span, condition, then, otherwise } => Self::If {
                span: *span,
                condition: condition.clone(),
                then: Box::new(then.project(keys)),
                otherwise: otherwise.as_ref().map(|otherwise| Box::new(otherwise.project(keys))),
            },
            other => other.clone(),
        }
    }

    /// Calls `visit` for every value in the template that is read from a file.
    pub(crate) fn files<'t>(&'t self, visit: &mut dyn FnMut(&'t FileValue)) {
        match self {
            Self::Text(text) => text.parts.iter().for_each(|part| match part {
                Part::File(file) => visit(file),
                Part::Literal(_) | Part::Expr(_) => {}
            }),
            Self::List(_, items) => items.iter().for_each(|item| item.files(visit)),
            Self::Map(_, _, fields) => fields.iter().for_each(|field| field.value.files(visit)),
            Self::If { then, otherwise, .. } => {
                then.files(visit);
                otherwise.iter().for_each(|otherwise| otherwise.files(visit));
            }
            Self::Match { cases, otherwise, .. } => {
                cases.iter().for_each(|(_, case)| case.files(visit));
                otherwise.iter().for_each(|otherwise| otherwise.files(visit));
            }
            Self::For { values, body, .. } => {
                values.files(visit);
                body.files(visit);
            }
        }
    }

    /// Calls `visit` for every text that can be the value or an item of the template. Maps have no such texts.
    pub(crate) fn leaves<'t>(&'t self, visit: &mut impl FnMut(&'t Text)) {
        match self {
            Self::Text(text) => visit(text),
            Self::List(_, items) => items.iter().for_each(|item| item.leaves(visit)),
            Self::Map(..) => {}
            Self::If { then, otherwise, .. } => {
                then.leaves(visit);
                otherwise.iter().for_each(|otherwise| otherwise.leaves(visit));
            }
            Self::Match { cases, otherwise, .. } => {
                cases.iter().for_each(|(_, case)| case.leaves(visit));
                otherwise.iter().for_each(|otherwise| otherwise.leaves(visit));
            }
            Self::For { body, .. } => body.leaves(visit),
        }
    }

    /// Calls `visit` for every map in the template that can be a part of its value.
    pub(crate) fn maps<'t>(&'t self, visit: &mut impl FnMut(MapKind, &'t [Field])) {
        match self {
            Self::Text(_) => {}
            Self::List(_, items) => items.iter().for_each(|item| item.maps(visit)),
            Self::Map(_, kind, fields) => {
                visit(*kind, fields);
                fields.iter().for_each(|field| field.value.maps(visit));
            }
            Self::If { then, otherwise, .. } => {
                then.maps(visit);
                otherwise.iter().for_each(|otherwise| otherwise.maps(visit));
            }
            Self::Match { cases, otherwise, .. } => {
                cases.iter().for_each(|(_, case)| case.maps(visit));
                otherwise.iter().for_each(|otherwise| otherwise.maps(visit));
            }
            Self::For { body, .. } => body.maps(visit),
        }
    }

    /// Calls `visit` for every expression in the template.
    pub(crate) fn expressions<'t>(&'t self, visit: &mut impl FnMut(&'t Expr)) {
        match self {
            Self::Text(text) => text.expressions().for_each(visit),
            Self::List(_, items) => items.iter().for_each(|item| item.expressions(visit)),
            Self::Map(_, _, fields) => fields.iter().for_each(|field| field.value.expressions(visit)),
            Self::If { condition, then, otherwise, .. } => {
                visit(condition);
                then.expressions(visit);
                otherwise.iter().for_each(|otherwise| otherwise.expressions(visit));
            }
            Self::Match { on, cases, otherwise, .. } => {
                visit(on);
                cases.iter().for_each(|(_, case)| case.expressions(visit));
                otherwise.iter().for_each(|otherwise| otherwise.expressions(visit));
            }
            Self::For { values, body, .. } => {
                values.expressions(visit);
                body.expressions(visit);
            }
        }
    }
}

impl Text {
    /// The string, if it has no expressions.
    pub(crate) fn literal(&self) -> Option<&Arc<str>> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The expressions in the string.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) | Part::File(_) => None,
            Part::Expr(expr) => Some(expr),
        })
    }
}

/// Finds the expressions in a string. `written` is the source text at `span`, in which the place of each expression is found. The
/// string `$${{` stands for a literal `${{`.
pub(crate) fn text(text: &str, span: Span, written: &str, found: &mut Vec<Diagnostic>) -> Text {
    if !text.contains("${{") {
        return Text { span, parts: vec![Part::Literal(Arc::from(text))] };
    }
    let places = ScalarPlaces::new(text, span, written);
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut done = 0;
    while let Some(at) = text[done..].find("${{").map(|length| done + length) {
        if text[done..at].ends_with('$') {
            literal.push_str(&text[done..at - 1]);
            literal.push_str("${{");
            done = at + 3;
            continue;
        }
        literal.push_str(&text[done..at]);
        let start = at + 3;
        let behind = &text[start..];
        let Some(length) = end_of_expression(behind) else {
            let error = |message| Diagnostic::error(Code::ExpressionSyntax, places.span(at, start), message);
            found.push(if behind.contains("}}") {
                error("a quoted string inside `${{ }}` has no closing quote")
                    .help("add the closing quote before the `}}`")
            } else {
                error("`${{` has no closing `}}`").help("add `}}`, or write `$${{` for a literal `${{`")
            });
            literal.push_str(&text[at..]);
            done = text.len();
            break;
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(Arc::from(std::mem::take(&mut literal))));
        }
        match parse_part(text, (start, start + length), &places) {
            Ok(expr) => parts.push(Part::Expr(expr)),
            Err(error) => found.push(*error),
        }
        done = start + length + 2;
    }
    literal.push_str(&text[done..]);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(Arc::from(literal)));
    }
    Text { span, parts }
}

/// Parses the expression between two offsets of a text. Its place does not include the spaces around it.
pub(crate) fn parse_part(
    text: &str,
    (start, end): (usize, usize),
    places: &ScalarPlaces,
) -> Result<Expr, Box<Diagnostic>> {
    let inner = &text[start..end];
    let trimmed = inner.trim();
    let start = start + inner.len() - inner.trim_start().len();
    expr::parse(trimmed, &|from, to| places.span(start + from, start + to))
}

/// The length of an expression up to its `}}`. A `}}` in a quoted string does not end it.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if text[at..].starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::SourceId;

    #[test]
    fn expressions_are_found_at_their_place() {
        let check = |source: &str, decoded: &str, expect: &[&str]| {
            let span = Span { source: SourceId(0), start: 0, end: source.len() as u32 };
            let mut found = Vec::new();
            let text = text(decoded, span, source, &mut found);
            assert_eq!(found, []);
            let parts: Vec<String> = text
                .parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => format!("'{text}'"),
                    Part::Expr(expr) => source[expr.span.start as usize..expr.span.end as usize].to_owned(),
                    Part::File(file) => file.path.clone(),
                })
                .collect();
            assert_eq!(parts, expect);
        };
        check("plain", "plain", &["'plain'"]);
        check("a ${{ b.c }} d", "a ${{ b.c }} d", &["'a '", "b.c", "' d'"]);
        check("${{a}}${{ b }}", "${{a}}${{ b }}", &["a", "b"]);
        check("${{ '}}' }}x", "${{ '}}' }}x", &["'}}'", "'x'"]);
        check("$${{ x }} ${{ y }}", "$${{ x }} ${{ y }}", &["'${{ x }} '", "y"]);
        check("|\n  one\n  ${{ a }}\n", "one\n${{ a }}\n", &["'one\n'", "a", "'\n'"]);
    }
}
