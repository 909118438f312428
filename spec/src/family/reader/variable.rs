//! Warns about variables as Dockerfiles have them: varve keeps `$HOME` where a Dockerfile replaces it.

use super::Reader;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::variables::{self, Around};
use crate::family::template::{Part, Text};
use crate::schema::scalars::Scalar;

impl Reader<'_> {
    /// Reports the first variable in the literal parts of a string, if nothing replaces variables in strings of this kind.
    pub(super) fn dockerfile_variable(&mut self, text: &Text, span: Span, kind: Scalar) {
        if !kind.keeps_variables() {
            return;
        }
        let literals = text.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal.as_ref()),
            Part::Expr(_) | Part::File(_) => None,
        });
        for literal in literals {
            let Some(name) = variables::first(literal) else { continue };
            let help = match variables::around(literal).filter(|_| text.literal().is_some()) {
                Some(Around::Before(before)) => format!("write `{name}: {{prepend: {before}}}`"),
                Some(Around::Behind(behind)) => format!("write `{name}: {{append: {behind}}}`"),
                None if self.names.get(name).is_some() => format!("write `${{{{ {name} }}}}`"),
                None => format!(
                    "write `${{{{ {name} }}}}` with an axis, an arg or a var `{name}`, or the value itself"
                ),
            };
            let found =
                Diagnostic::warning(Code::DockerfileVariable, span, format!("`${name}` stays as it is"));
            self.warnings.push(found.label("varve replaces only `${{ }}` here").help(help));
            return;
        }
    }
}
