//! Mixins: named settings that are attached to steps that run a process. A list of a mixin comes before that of the step. In maps,
//! and for single values, the step overrides its mixins, and a later mixin an earlier one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::record::StepRecord;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::schema::shapes::{MapKind, UnionVariant};
use crate::variant::concrete::{ConcreteKind, ConcreteValue, Field};
use crate::variant::trace::Dependencies;

/// A mixin that a stage or step names, expanded.
#[derive(Debug, Clone)]
pub(super) struct Mixin {
    pub(super) name: String,
    pub(super) data: ConcreteValue,
    pub(super) reads: Dependencies,
    /// The number of its settings. Each step that has the mixin gets a copy of them.
    pub(super) size: usize,
}

impl Mixin {
    pub(super) fn new(name: &str, data: ConcreteValue, reads: Dependencies) -> Self {
        let size = data.fields().iter().map(|field| 1 + entries(&field.value)).sum();
        Self { name: name.to_owned(), data, reads, size }
    }
}

/// The number of entries of a map or list.
fn entries(value: &ConcreteValue) -> usize {
    match &value.kind {
        ConcreteKind::Text(_) | ConcreteKind::Value(..) => 0,
        ConcreteKind::List(items) => items.len(),
        ConcreteKind::Map(_, fields) => fields.len(),
    }
}

/// A setting of a step that a mixin or an earlier step gives, or that overrides one from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key: `user`, `mounts`, `env.PATH`.
    pub key: String,
    /// The origin of the setting.
    pub by: SettingOrigin,
    /// The origins that it overrides, the one with the highest precedence first.
    pub over: Vec<SettingOrigin>,
}

/// The origin of a setting, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingOrigin {
    /// The origin.
    pub who: SettingSource,
    /// The place of the setting.
    pub span: Span,
}

/// The origin of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    /// A mixin, by its name.
    Mixin(String),
    /// The step itself.
    Step,
    /// The stage, an earlier step of it, or a stage that it starts from.
    Earlier,
}

/// The record of a step with its mixins.
pub(super) fn record(step: &ConcreteValue, mixins: &[&Mixin]) -> StepRecord {
    let takes = step.variant().is_some_and(|variant| variant.beside("mixins").is_some());
    let mixins = if takes { mixins } else { &[] };
    let reads = set_of(mixins.iter().flat_map(|mixin| mixin.reads.iter().cloned()));
    StepRecord { span: step.span, reads, settings: settings(step, mixins) }
}

/// The settings of a step in which mixins are involved, with their origins.
fn settings(step: &ConcreteValue, mixins: &[&Mixin]) -> Vec<Setting> {
    let takes = |variant: &&UnionVariant| variant.beside("mixins").is_some();
    let Some(variant) = step.variant().filter(takes) else { return Vec::new() };
    let mut settings: Vec<Setting> = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut add = |key: String, who: &SettingSource, span: Span, appends: bool| {
        let by = SettingOrigin { who: who.clone(), span };
        match positions.get(&key).and_then(|position| settings.get_mut(*position)).filter(|_| !appends) {
            Some(setting) => {
                let before = std::mem::replace(&mut setting.by, by);
                setting.over.push(before);
            }
            None => {
                positions.entry(key.clone()).or_insert(settings.len());
                settings.push(Setting { key, by, over: Vec::new() });
            }
        }
    };
    let mixins = mixins.iter().map(|mixin| (SettingSource::Mixin(mixin.name.clone()), &mixin.data));
    for (who, data) in mixins.chain([(SettingSource::Step, step)]) {
        for field in data.fields().iter().filter(|field| variant.beside(&field.key).is_some()) {
            let key = field.key.as_ref();
            if MAPS.contains(&key) {
                for entry in field.value.fields() {
                    add(format!("{key}.{}", entry.key), &who, entry.key_span.to(entry.value.span), false);
                }
            } else if !matches!(key, "description" | "mixins") {
                add(key.to_owned(), &who, field.key_span.to(field.value.span), LISTS.contains(&key));
            }
        }
    }
    settings.iter_mut().for_each(|setting| setting.over.reverse());
    // A setting that only the step gives can be seen in the step, so it is not reported.
    settings.retain(|setting| setting.by.who != SettingSource::Step || !setting.over.is_empty());
    settings
}

/// Keys of mixins whose values are lists. The items of the mixin come first.
const LISTS: &[&str] = &["mounts"];
/// Keys of mixins whose values are maps. The entries of the step override those of the mixin.
const MAPS: &[&str] = &["env", "ulimits", "hosts"];

/// A step with the settings of its mixins. A step of a kind without mixins is returned as it is.
pub(super) fn with_mixins<'d>(
    step: &'d ConcreteValue,
    mixins: impl Iterator<Item = &'d ConcreteValue>,
) -> Cow<'d, ConcreteValue> {
    let mut mixins = mixins.peekable();
    let takes = |variant: &&UnionVariant| variant.beside("mixins").is_some();
    let Some(variant) = step.variant().filter(takes) else { return Cow::Borrowed(step) };
    if mixins.peek().is_none() {
        return Cow::Borrowed(step);
    }
    let mut fields: Vec<Field> = Vec::new();
    let layers = mixins.chain([step]);
    for field in layers.flat_map(|layer| taken(layer, variant)) {
        match fields.iter_mut().find(|have| have.key == field.key) {
            Some(have) => override_with(have, field),
            None => fields.push(field.clone()),
        }
    }
    Cow::Owned(ConcreteValue { kind: ConcreteKind::Map(MapKind::Variant(variant), fields), ..*step })
}

/// The fields of a mixin, or of the step itself, that are keys of this kind of step.
fn taken<'d>(
    layer: &'d ConcreteValue,
    variant: &'static UnionVariant,
) -> impl Iterator<Item = &'d Field> + use<'d> {
    let known = layer.fields().iter().filter(|field| variant.key(&field.key).is_some());
    known.filter_map(|field| layer.field(&field.key))
}

fn override_with(have: &mut Field, by: &Field) {
    if LISTS.contains(&by.key.as_ref()) {
        let items = have.value.items().iter().chain(by.value.items()).cloned().collect();
        have.value.kind = ConcreteKind::List(items);
    } else if MAPS.contains(&by.key.as_ref()) {
        let inner = by.value.fields();
        let keys: BTreeSet<&str> = set_of(inner.iter().map(|by| by.key.as_ref()));
        let mut entries: Vec<Field> = have.value.fields().to_vec();
        entries.retain(|entry| !keys.contains(entry.key.as_ref()));
        entries.extend(inner.iter().cloned());
        have.value.kind = ConcreteKind::Map(MapKind::Names, entries);
    } else {
        *have = by.clone();
    }
}
