//! Checks that the name of an image can be one.

use buildkit_names::ReferenceProblem;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::base::variables;

/// The error for a name that is not the reference of an image. `stages` are the names of the stages, one of which may be meant.
pub(super) fn mistake<'s>(
    name: &ImageName,
    span: Span,
    stages: impl Iterator<Item = &'s str> + Clone,
) -> Option<Diagnostic> {
    let invalid = name.reference().err()?;
    let help = match (variables::first(invalid.text()), invalid.problem()) {
        (Some(variable), _) => Some(format!(
            "varve replaces only `${{{{ }}}}`: write `${{{{ {variable} }}}}`, and declare `{variable}` as an axis, an arg or a var"
        )),
        (None, ReferenceProblem::EmptyTag) => Some(
            "give its arg a default or `required: true`, or write `${{ \":\" ~ TAG if TAG != \"\" else \"\" }}`"
                .to_owned(),
        ),
        _ => nearest(invalid.text(), stages).map(|stage| format!("did you mean `{stage}`?")),
    };
    Some(Diagnostic::error(Code::BadReference, span, invalid.to_string()).help_if(help))
}
