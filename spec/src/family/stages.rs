//! `stages`: file systems with their configuration. A stage can have parameters and vars.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declared::Declared;
use super::parameters::{Parameter, parameters};
use super::reader::{Reader, declared_names};
use super::template::{Field, Template};
use super::{NamedTemplate, Var, reads_facts, vars};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::did_you_mean;
use crate::schema::keys;
use crate::schema::shapes::MapKind;
use crate::yaml::{Node, Yaml};

/// Reads the stages. `map` has what was read of them, without what they declare, and `node` is the same map.
pub(super) fn stages(
    reader: &mut Reader<'_>,
    map: Option<Declared<'_>>,
    node: Option<&Node<'_>>,
) -> Vec<NamedTemplate> {
    let fields = map.map(Declared::into_fields).unwrap_or_default().into_iter();
    let entries = match node.map(|node| &node.yaml) {
        Some(Yaml::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    // Both have the order of the file.
    let mut entries = entries.iter();
    let mut stages = Vec::new();
    for field in fields {
        let stage = entries.find(|entry| entry.key == field.key);
        let (parameters, vars) = stage.map(|stage| declared(reader, &stage.value)).unwrap_or_default();
        if let Some(template) = field.value.into_template() {
            stages.push(NamedTemplate {
                name: Arc::from(field.key),
                span: field.key_span,
                reads_facts: reads_facts(&template),
                template,
                parameters,
                vars,
            });
        }
    }
    stages
}

/// The parameters and vars of a stage.
fn declared(reader: &mut Reader<'_>, stage: &Node<'_>) -> (Vec<Parameter>, Vec<Var>) {
    misplaced(reader, stage, true);
    let Yaml::Map(entries) = &stage.yaml else { return Default::default() };
    let parameters = part(reader, stage, "params");
    let parameters = self::parameters(reader, parameters);
    for parameter in &parameters {
        vars::check_name(reader, &parameter.name, parameter.span);
    }
    let hidden = reader.add_names(declared_names(entries));
    let vars = part(reader, stage, "vars");
    reader.restore_names(hidden);
    let vars = vars.map(|map| vars::local(reader, map, &parameters)).unwrap_or_default();
    (parameters, vars)
}

fn part<'n>(reader: &mut Reader<'_>, stage: &'n Node<'_>, name: &str) -> Option<Declared<'n>> {
    let kind = MapKind::Table(&keys::STAGE);
    let (key, node) = (kind.key(name)?, stage.get(name)?);
    kind.note_read(name);
    Some(reader.declare(node, key))
}

/// Reports `params` and `vars` in a branch of a choice between stages.
fn misplaced(reader: &mut Reader<'_>, node: &Node<'_>, is_whole: bool) {
    let Yaml::Map(entries) = &node.yaml else { return };
    for entry in entries {
        match entry.key.as_ref() {
            "then" | "else" => misplaced(reader, &entry.value, false),
            "cases" => {
                let Yaml::Map(cases) = &entry.value.yaml else { continue };
                cases.iter().for_each(|case| misplaced(reader, &case.value, false));
            }
            name @ ("params" | "vars") if !is_whole => {
                let message = format!("`{name}` is in a branch of a choice");
                let error = Diagnostic::error(Code::KeyConflict, entry.key_span, message);
                reader.report(error.help("a stage declares the same names in all variants: write the keys of the stage without a choice around them, and make their values choices"));
            }
            _ => {}
        }
    }
}

/// The index of each stage by its name, in which letter case does not count.
#[derive(Debug)]
pub(super) struct StageIndexes(BTreeMap<String, usize>);

impl StageIndexes {
    /// Reports names that differ in their letter case alone.
    pub(super) fn new(reader: &mut Reader<'_>, stages: &[NamedTemplate]) -> Self {
        Self(in_lower_case(reader, stages, "stages"))
    }

    pub(super) fn get(&self, name: &str) -> Option<usize> {
        match name.contains(|c: char| c.is_ascii_uppercase()) {
            true => self.0.get(&name.to_ascii_lowercase()).copied(),
            false => self.0.get(name).copied(),
        }
    }
}

/// The index of each stage or target by its name in lower case. Reports names that differ in their letter case alone.
pub(super) fn in_lower_case(
    reader: &mut Reader<'_>,
    all: &[NamedTemplate],
    noun: &str,
) -> BTreeMap<String, usize> {
    let mut indexes: BTreeMap<String, usize> = BTreeMap::new();
    for (index, named) in all.iter().enumerate() {
        let first = *indexes.entry(named.name.to_ascii_lowercase()).or_insert(index);
        let first = &all[first];
        if first.name != named.name {
            let message = format!("`{}` and `{}` differ in letter case alone", named.name, first.name);
            let error = Diagnostic::error(Code::BadName, named.span, message);
            let error = error.related(first.span, "first defined here");
            let help = format!("rename one of them: letter case does not count in names of {noun}");
            reader.report(error.help(help));
        }
    }
    indexes
}

/// Reports targets that name a stage which does not exist. Names with expressions are checked when a variant is planned.
pub(super) fn check_targets(
    reader: &mut Reader<'_>,
    (stages, indexes): (&[NamedTemplate], &StageIndexes),
    targets: &[NamedTemplate],
) {
    let names = stages.iter().map(|stage| stage.name.as_ref());
    for target in targets {
        let map = match &target.template {
            Template::If { then, .. } => then,
            other => other,
        };
        let Template::Map(_, _, fields) = map else { continue };
        let stage = |fields: &'_ [Field]| fields.iter().position(|field| field.key.as_ref() == "stage");
        let written = stage(fields).map(|index| &fields[index].value);
        let written = match written {
            Some(Template::Map(_, _, call)) => stage(call).map(|index| &call[index].value),
            written => written,
        };
        let (name, span) = match written {
            None => (target.name.as_ref(), target.span),
            Some(Template::Text(text)) => match text.literal() {
                Some(name) if !name.is_empty() => (name.as_ref(), text.span),
                _ => continue,
            },
            Some(_) => continue,
        };
        if indexes.get(name).is_none() {
            let error = Diagnostic::error(Code::UnknownStage, span, format!("there is no stage `{name}`"));
            reader.report(error.help_if(did_you_mean(name, names.clone())));
        }
    }
}
