//! Reads maps whose discriminator determines what the other keys mean: steps, mounts and image tests.

use std::collections::BTreeSet;

use super::{Reader, habits};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::base::suggest::{did_you_mean, nearest};
use crate::family::prefer::mistakes;
use crate::family::template::{Field, Template};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::shapes::{self, MapKind, TaggedUnion, UnionVariant};
use crate::yaml::{Entry, Yaml};

impl Reader<'_> {
    pub(super) fn union(
        &mut self,
        span: Span,
        entries: &[Entry<'_>],
        union: &'static TaggedUnion,
    ) -> Template {
        let Some(variant) = self.variant(span, entries, union) else {
            return Template::List(span, Vec::new());
        };
        let mut fields = Vec::with_capacity(entries.len());
        let cut = self.cut_values(entries, |name| variant.key(name).is_some() || name == "if");
        for (index, entry) in entries.iter().enumerate() {
            match variant.key(&entry.key) {
                _ if cut.contains(&index) => {}
                Some(key) => {
                    let field = |reader: &mut Self| reader.field(entry, key.name.into(), key.shape);
                    fields.push(self.with_names(key, entries, field));
                }
                None if entry.key == "if" || entry.key.starts_with("x-") => {}
                None => self.beside_unknown(entry, variant, union),
            }
        }
        if variant.kind == VariantKind::Step(StepKind::Layers) {
            self.preferred(entries, &fields);
        }
        self.missing(span, entries, || format!("`{}`", variant.key.name), variant.all_beside());
        self.guarded(entries, Template::Map(span, MapKind::Variant(variant), fields))
    }

    /// Finds the variant by its discriminator. A map can contain the discriminators of several variants; then the variant is chosen
    /// that allows the others beside it. Reports it if there is no such variant.
    fn variant(
        &mut self,
        span: Span,
        entries: &[Entry<'_>],
        union: &'static TaggedUnion,
    ) -> Option<&'static UnionVariant> {
        let variant_of =
            |entry: &Entry<'_>| union.variants.iter().find(|variant| variant.key.name == entry.key);
        let candidates = || entries.iter().filter_map(variant_of);
        let fits = |variant: &&UnionVariant| {
            candidates()
                .all(|other| other.key.name == variant.key.name || variant.beside(other.key.name).is_some())
        };
        let chosen = candidates().find(fits);
        if chosen.is_some() {
            return chosen;
        }
        let names = union.variants.iter().map(|variant| variant.key.name);
        match (candidates().next(), candidates().nth(1)) {
            (None, _) => {
                let known: BTreeSet<&str> = set_of(
                    union.variants.iter().flat_map(|variant| variant.all_beside()).map(|key| key.name),
                );
                let odd =
                    entries.iter().find(|entry| !known.contains(entry.key.as_ref()) && entry.key != "if");
                let at = odd.or(entries.first()).map_or(span, |entry| entry.key_span);
                let noun = shapes::place(union.noun);
                let error = match odd {
                    Some(odd) => {
                        Diagnostic::error(Code::UnknownKey, at, format!("unknown {noun} `{}`", odd.key))
                            .help_if(
                                habits::step(&odd.key)
                                    .filter(|_| union.noun == "a step")
                                    .map(str::to_owned)
                                    .or_else(|| did_you_mean(&odd.key, names)),
                            )
                    }
                    None => Diagnostic::error(
                        Code::MissingKey,
                        at,
                        format!("{} needs a key that names its kind", union.noun),
                    )
                    .help(format!("add one of {}", names.collect::<Vec<_>>().join(", "))),
                };
                self.found.push(error);
            }
            (Some(first), Some(second)) => {
                let place =
                    |variant: &UnionVariant| entries.iter().find(|entry| entry.key == variant.key.name);
                let at = place(second).map_or(span, |entry| entry.key_span);
                let message = format!(
                    "`{}` and `{}` are in the same {}",
                    first.key.name,
                    second.key.name,
                    shapes::place(union.noun)
                );
                let error = Diagnostic::error(Code::KeyConflict, at, message);
                let first_at = place(first).map_or(span, |entry| entry.key_span);
                let help = match first.kind {
                    // It is no item of a list.
                    VariantKind::Base(_) => "keep one of them",
                    _ => "write two items",
                };
                self.found.push(error.related(first_at, "the first").help(help));
            }
            (Some(_), None) => {}
        }
        None
    }

    /// Reports what is wrong with the literal entries of `prefer`, if nothing decides which layers there are.
    fn preferred(&mut self, entries: &[Entry<'_>], fields: &[Field]) {
        let of = |name: &str| fields.iter().find(|field| field.key == name).map(|field| &field.value);
        let layers = entries.iter().find(|entry| entry.key == "layers").map(|entry| &entry.value.yaml);
        let (Some(Template::Map(..)), Some(Yaml::Map(layers))) = (of("layers"), layers) else { return };
        let Some(Template::Map(_, _, prefer)) = of("prefer") else { return };
        let names = layers.iter().map(|layer| layer.key.as_ref());
        for field in prefer {
            let Template::Text(text) = &field.value else { continue };
            let Some(name) = text.literal() else { continue };
            let mistakes = mistakes((&field.key, field.key_span), (name, text.span), names.clone());
            self.found.extend(mistakes);
        }
    }

    fn beside_unknown(&mut self, entry: &Entry<'_>, variant: &'static UnionVariant, union: &TaggedUnion) {
        let elsewhere = union.variants.iter().find(|other| other.beside(&entry.key).is_some());
        let known = variant.all_beside().map(|key| key.name).chain(["if"]);
        let near = nearest(&entry.key, known.clone());
        let help = match (near, elsewhere) {
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, Some(other)) => Some(format!("it is a key of `{}`", other.key.name)),
            (None, None) => did_you_mean(&entry.key, known),
        };
        let error =
            Diagnostic::error(Code::UnknownKey, entry.key_span, format!("unknown key `{}`", entry.key));
        self.found.push(error.label(format!("not a key of `{}`", variant.key.name)).help_if(help));
    }
}
