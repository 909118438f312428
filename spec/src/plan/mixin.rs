//! Mixins: settings attached to the steps that run a process, by name. Lists append, maps and texts override, innermost last.

use std::borrow::Cow;

use crate::data::{Data, Field, Kind};

/// Keys of a mixin that are lists: those of the mixin come first.
const LISTS: &[&str] = &["mounts"];
/// Keys of a mixin that are maps: entries of the step count more.
const MAPS: &[&str] = &["env", "ulimits", "hosts"];

/// A step with the settings of mixins; a step of a form that takes none is itself.
pub(super) fn with_mixins<'d>(step: &'d Data, mixins: impl Iterator<Item = &'d Data>) -> Cow<'d, Data> {
    let mut mixins = mixins.peekable();
    let Some(form) = step.form().filter(|form| form.beside("mixins").is_some()) else {
        return Cow::Borrowed(step);
    };
    if mixins.peek().is_none() {
        return Cow::Borrowed(step);
    }
    let mut fields: Vec<Field> = Vec::new();
    let layers = mixins.chain([step]);
    for field in layers.flat_map(Data::fields) {
        let known = field.key.as_ref() == form.key.name || form.beside(&field.key).is_some();
        if !known || field.key.as_ref() == "description" {
            continue;
        }
        match fields.iter_mut().find(|have| have.key == field.key) {
            Some(have) => override_with(have, field),
            None => fields.push(field.clone()),
        }
    }
    Cow::Owned(Data { span: step.span, kind: Kind::Map(Some(form), fields) })
}

fn override_with(have: &mut Field, by: &Field) {
    if LISTS.contains(&by.key.as_ref()) {
        let items = have.value.items().iter().chain(by.value.items()).cloned().collect();
        have.value.kind = Kind::List(items);
    } else if MAPS.contains(&by.key.as_ref()) {
        let inner = by.value.fields();
        let mut entries: Vec<Field> = have.value.fields().to_vec();
        entries.retain(|entry| !inner.iter().any(|by| by.key == entry.key));
        entries.extend(inner.iter().cloned());
        have.value.kind = Kind::Map(None, entries);
    } else {
        *have = by.clone();
    }
}
