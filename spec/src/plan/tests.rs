//! Tests that the plan covers everything in the tables.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::schema::json::one_line;
use crate::schema::keys::examples::{Examples, placed};
use crate::schema::keys::places;
use crate::schema::reads;
use crate::{Axis, Diagnostic, Family, MatrixQuery, Platform, Selection, Sources};

/// Keys that neither a plan nor a matrix reads, each with the reason.
const READ_ELSEWHERE: &[(&str, &str, &str)] = &[
    ("top level", "include", "it is read from each file before the files are joined"),
    ("target", "expect-tags", "the lint reads it"),
    ("mixin", "description", "it is for the readers of the file"),
    ("fragment", "description", "it is for the readers of the file"),
    ("parameter", "description", "it is for the readers of the file"),
];

#[test]
fn every_example_of_a_step_a_mount_and_a_check_is_in_the_plan() {
    for (place, example) in examples() {
        let plan = || planned(&place, &example);
        let steps = |plan: &Plan| plan.stages.last().map_or(0, |stage| stage.steps.len());
        let planned = match place.split_once(' ') {
            Some(("step", _)) => steps(&plan()) == 1,
            Some(("mount", _)) => {
                plan().steps().any(|step| step.action.process().is_some_and(|run| !run.mounts.is_empty()))
            }
            Some(("image", test)) if test.starts_with("test ") => {
                plan().stages.iter().any(|stage| stage.checks.len() == 1)
            }
            _ => continue,
        };
        assert!(planned, "the plan forgets the {place}: {example}");
    }
}

#[test]
fn every_key_of_the_tables_is_read() {
    for (place, example) in examples() {
        let sources = placed::sources_with(&place, &example);
        let family = family(&place, &sources);
        plan_of(&place, &family);
        let query = MatrixQuery::new(Platform::new("linux", "amd64"));
        let query = MatrixQuery { args: args(&family), ..query };
        family.listed_targets(&query);
        if let Ok(matrix) = family.matrix(&query) {
            assert!(matrix.builds().is_ok(), "the matrix with the example of `{place}`");
        }
    }
    let read = reads::all();
    let elsewhere: BTreeSet<(String, String)> =
        READ_ELSEWHERE.iter().map(|(place, key, _)| ((*place).to_owned(), (*key).to_owned())).collect();
    let places = places::all();
    let all = places
        .iter()
        .flat_map(|place| place.keys.iter().map(|key| (place.name.clone(), key.name.to_owned())));
    let all: BTreeSet<(String, String)> = all.collect();
    let forgotten: Vec<String> = all
        .difference(&read)
        .filter(|known| !elsewhere.contains(known))
        .map(|(place, key)| format!("`{key}` of `{place}`"))
        .collect();
    assert_eq!(forgotten, [""; 0], "nothing reads these keys of the tables");
    let needless: Vec<_> =
        elsewhere.iter().filter(|known| read.contains(known) || !all.contains(known)).collect();
    assert!(needless.is_empty(), "these exceptions are not needed: {needless:?}");
}

/// All examples of the tables, each with its place.
fn examples() -> Vec<(String, String)> {
    let examples = Examples::read();
    let places = places::all();
    let examples = places.iter().flat_map(|place| {
        examples.place(&place.name).into_iter().map(|example| (place.name.clone(), one_line(example)))
    });
    examples.collect()
}

fn planned(place: &str, example: &str) -> Plan {
    let sources = placed::sources_with(place, example);
    plan_of(place, &family(place, &sources))
}

fn family(place: &str, sources: &Sources) -> Family {
    let reading = Family::read(sources);
    let found: Vec<String> = reading.found.iter().map(|found| found.one_line(sources)).collect();
    reading.family.unwrap_or_else(|| panic!("the example of `{place}`: {found:#?}"))
}

/// The plan for the device that the conditions in the examples need.
fn plan_of(place: &str, family: &Family) -> Plan {
    let mut selection = Selection { args: args(family), ..Selection::new(Platform::new("linux", "amd64")) };
    selection.vcs.revision = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
    let messages = |found: Vec<Diagnostic>| found.into_iter().map(|found| found.message).collect::<Vec<_>>();
    let plan = family.select(&selection).and_then(|variant| variant.plan()).map_err(messages);
    plan.unwrap_or_else(|found| panic!("the example of `{place}`: {found:#?}"))
}

/// The device that the conditions in the examples need, and a value for each required arg.
fn args(family: &Family) -> BTreeMap<String, String> {
    let has_cuda = |axis: &&Axis| axis.name == "device" && axis.value_names().any(|value| value == "cuda");
    let device = family.axes.iter().find(has_cuda).map(|_| ("device".to_owned(), "cuda".to_owned()));
    let required = family.args.iter().filter(|arg| arg.default.is_none());
    device.into_iter().chain(required.map(|arg| (arg.name.clone(), "1".to_owned()))).collect()
}
