//! `fragments`: lists of steps with a name and parameters.

use super::declared::{Declared, Field};
use super::reader::{self, Reader};
use super::template::Template;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// A fragment.
#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) steps: Template,
}

/// A parameter of a fragment. A parameter without a default is required.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) default: Option<Template>,
}

pub(super) fn fragments(reader: &mut Reader<'_>, map: Declared<'_>) -> Vec<Fragment> {
    map.into_fields().into_iter().filter_map(|field| fragment(reader, field)).collect()
}

/// Reads a fragment. Returns `None` if its steps are missing.
fn fragment(reader: &mut Reader<'_>, field: Field<'_>) -> Option<Fragment> {
    let Field { key, key_span, value: mut map } = field;
    let parameters = map.take("params").map(Declared::into_fields).unwrap_or_default();
    let parameters = parameters.into_iter().map(|field| parameter(reader, field)).collect();
    let steps = map.take("steps")?.into_template()?;
    Some(Fragment { name: key.to_owned(), span: key_span, parameters, steps })
}

fn parameter(reader: &mut Reader<'_>, field: Field<'_>) -> Parameter {
    let Field { key, key_span, mut value } = field;
    let default = if value.is_table() {
        let required = value.bool("required").unwrap_or(false);
        let default = value.take("default");
        if required == default.is_some() {
            let message = format!("`{key}` needs either a default or `required: true`");
            reader.report(Diagnostic::error(Code::KeyConflict, key_span, message));
        }
        // A key `default:` without a value means an empty string.
        default.map(|default| {
            let span = default.span;
            default.into_template().unwrap_or_else(|| reader::empty(span))
        })
    } else {
        value.into_template()
    };
    Parameter { name: key.to_owned(), span: key_span, default }
}
