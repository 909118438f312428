//! `fragments`: lists of steps with a name and parameters.

use super::declared::{Declared, Field};
use super::parameters::{Parameter, parameters};
use super::reader::Reader;
use super::template::Template;
use super::{Var, vars};
use crate::base::source::Span;

/// A fragment.
#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) vars: Vec<Var>,
    pub(crate) steps: Template,
}

pub(super) fn fragments(reader: &mut Reader<'_>, map: Declared<'_>) -> Vec<Fragment> {
    map.into_fields().into_iter().filter_map(|field| fragment(reader, field)).collect()
}

/// Reads a fragment. Returns `None` if its steps are missing.
fn fragment(reader: &mut Reader<'_>, field: Field<'_>) -> Option<Fragment> {
    let Field { key, key_span, value: mut map } = field;
    let parameters = parameters(reader, map.take("params"));
    let vars = map.take("vars").map(|map| vars::local(reader, map, &parameters)).unwrap_or_default();
    let steps = map.take("steps")?.into_template()?;
    Some(Fragment { name: key.to_owned(), span: key_span, parameters, vars, steps })
}
