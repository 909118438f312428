//! What the client has to give to the builds of a target and to allow them. Variants are planned to find it, and only those that differ
//! in the axes on which it depends.

use std::collections::BTreeMap;

use super::plans::{self, PlansLeft, reads_at};
use super::root::{Combination, Root};
use super::{AxisUse, Matrix};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::Family;
use crate::family::template::{Field, Template};
use crate::plan::Needs;

/// Finds what the variants of a root need.
pub(super) struct VariantNeeds<'m, 'f> {
    matrix: &'m Matrix<'f>,
    root: &'m Root<'f>,
    /// The axes on which the needs depend. `None` if no variant needs anything.
    reads: Option<AxisUse>,
    /// The needs by the values of these axes.
    known: BTreeMap<Vec<usize>, Needs>,
    is_incomplete: bool,
}

impl<'m, 'f> VariantNeeds<'m, 'f> {
    pub(super) fn new(matrix: &'m Matrix<'f>, root: &'m Root<'f>) -> Self {
        let reads = reads(matrix.request.family, root);
        Self { matrix, root, reads, known: BTreeMap::new(), is_incomplete: false }
    }

    /// What a variant needs on its platforms. Mistakes in its steps are added to `found`, and so is the mistake that nothing is left.
    pub(super) fn of(
        &mut self,
        combination: &Combination,
        left: &mut PlansLeft,
        found: &mut Vec<Diagnostic>,
    ) -> Needs {
        let mut needs = Needs::default();
        let Some(reads) = &self.reads else { return needs };
        for platform in &combination.platforms {
            let key = plans::values_read(combination, reads, *platform);
            let known = match self.known.get(&key) {
                Some(known) => known.clone(),
                None => {
                    let planned = plans::one(self.matrix.request, self.root, combination, *platform, left);
                    let known = match planned {
                        Some(Ok(plan)) => plan.needs(),
                        Some(Err(wrong)) => {
                            found.extend(wrong);
                            Needs::default()
                        }
                        None if self.is_incomplete => break,
                        None => {
                            self.is_incomplete = true;
                            found.push(too_many(self.root));
                            break;
                        }
                    };
                    self.known.insert(key, known.clone());
                    known
                }
            };
            needs.add(known);
        }
        needs
    }
}

fn too_many(root: &Root<'_>) -> Diagnostic {
    let message = format!("`{}` has too many variants", root.name);
    Diagnostic::error(Code::Sampled, root.span, message)
        .label("varve cannot plan them all, so it does not know which secrets and privileges each needs")
        .help("restrict the list with --target or --build-arg")
}

/// The axes on which the needs of the variants of a root depend. `None` if nothing in the family needs anything.
fn reads(family: &Family, root: &Root<'_>) -> Option<AxisUse> {
    let mut places: Vec<Span> = Vec::new();
    for mixin in &family.mixins {
        mentions(&mixin.template, &mut places);
    }
    // A mixin belongs to all steps of a stage, so the needs depend on what these steps read.
    if !places.is_empty() {
        return Some(root.reads.clone());
    }
    let named = family.stages.iter().chain(&family.targets).map(|named| &named.template);
    let fragments = family.fragments.iter().map(|fragment| &fragment.steps);
    for template in named.chain(fragments) {
        mentions(template, &mut places);
    }
    let mut places = places.into_iter();
    let mut reads = reads_at(root, places.next()?);
    places.for_each(|place| reads.add(&reads_at(root, place)));
    Some(reads)
}

/// Adds the places of all keys that name a secret, an SSH agent or a privilege.
fn mentions(template: &Template, places: &mut Vec<Span>) {
    template.maps(&mut |_, fields| {
        let named = fields.iter().filter(|field| names_need(field));
        places.extend(named.map(|field| field.key_span));
    });
}

/// Whether a field can name a secret, an SSH agent or a privilege.
fn names_need(field: &Field) -> bool {
    let literal = match &field.value {
        Template::Text(text) => text.literal().map(|text| &**text),
        _ => None,
    };
    match field.key.as_ref() {
        "secret" | "ssh" | "devices" => true,
        "network" => literal.is_none_or(|text| text == "host"),
        "security" => literal.is_none_or(|text| text == "insecure"),
        _ => false,
    }
}
