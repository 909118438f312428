//! Checks what expressions add to paths: not nothing where the whole folder above would be meant, and no blank between two paths.

use super::text::scalar_of;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::expr::{self, Expr};
use crate::family::template::{Field, Part, Text};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{MapKind, Shape};
use crate::schema::written::Written;
use crate::variant::scope::Bindings;

/// The kind of the string in the short form of `copy`.
const PATHS: Scalar = Scalar::Written(Written::Paths);

/// The shape of the value of `copy` without `to`: paths with blanks between them. `None` for any other field.
pub(super) fn short_form(kind: MapKind, fields: &[Field], field: &Field) -> Option<Shape> {
    let variant = kind.variant().filter(|variant| variant.kind == VariantKind::Step(StepKind::Copy))?;
    let is_short = field.key == variant.key.name && !fields.iter().any(|field| field.key == "to");
    is_short.then_some(Shape::Scalar(PATHS))
}

/// Checks the expressions in a string that has to be a path. Returns `None` if there is a mistake:
///
/// - A part between two `/` consists of expressions alone, and all of them are empty. `sub/${{ file }}` would mean the whole folder.
/// - In the short form of `copy`, the value of an expression contains a blank, which would separate two paths.
pub(super) fn check(
    text: &Text,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> Option<()> {
    let Some(kind) = scalar_of(shape).filter(|kind| is_path(*kind, text)) else { return Some(()) };
    if text.parts.len() < 2 {
        return Some(());
    }
    // Behind the path of a Python project, there can be extras in brackets.
    let is_project = matches!(kind, Scalar::Written(Written::Operand | Written::Requirement));
    let separates = |c: char| c == '/' || (kind == PATHS && c.is_whitespace()) || (is_project && c == '[');
    // The first expression of the part so far, and whether the part has a text.
    let (mut computed, mut has_text) = (None, false);
    for part in &text.parts {
        match part {
            Part::Expr(expr) => {
                // A mistake in the expression is reported where the whole string is evaluated.
                let Ok(value) = expr::evaluate(expr, names) else { return Some(()) };
                let value = value.as_text();
                if kind == PATHS && value.is_some_and(|text| text.contains(char::is_whitespace)) {
                    found.push(blank(expr));
                    return None;
                }
                computed = computed.or(Some(expr));
                has_text |= value.is_none_or(|text| !text.is_empty());
            }
            // A value of a file is a whole string.
            Part::File(_) => return Some(()),
            Part::Literal(literal) => {
                has_text |= !literal.starts_with(separates);
                if literal.contains(separates) {
                    if let Some(expr) = computed.take().filter(|_| !has_text) {
                        found.push(empty(expr));
                        return None;
                    }
                    has_text = !literal.ends_with(separates);
                }
            }
        }
    }
    let empty = computed.filter(|_| !has_text).map(empty);
    let is_right = empty.is_none();
    found.extend(empty);
    is_right.then_some(())
}

/// Whether a string is a path. A requirement is one if it has a `/` and is no URL, or if it has the address of a file, as pip reads it.
fn is_path(kind: Scalar, text: &Text) -> bool {
    match (kind, text.parts.first()) {
        (Scalar::Written(Written::Requirement), Some(Part::Literal(start))) => {
            start.contains("file:") || (start.contains('/') && !start.contains("://"))
        }
        _ => kind.is_path(),
    }
}

fn empty(expr: &Expr) -> Diagnostic {
    let message = "the expression is empty, and so is its part of the path";
    let error = Diagnostic::error(Code::EmptyPathPart, expr.span, message);
    let error = error.label("without it, the path means a folder above");
    error.help("if that is meant, put the `/` into the expression: `${{ \"/\" ~ x if x != \"\" else \"\" }}`")
}

fn blank(expr: &Expr) -> Diagnostic {
    let message = "the value contains a blank, which separates the paths of `copy`";
    let error = Diagnostic::error(Code::BadValue, expr.span, message);
    error.help("write the paths as a list, with `to:` for the destination")
}
