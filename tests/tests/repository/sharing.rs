//! What the variants of a family share: `docs/performance.md` has the numbers of operations that all builds of a family have in sum, and
//! of those that differ, as `varve report` counts them. A step that an axis reaches earlier than it has to is a number that grew.

use std::fs;

use serde_json::Value;
use varve_tests::machine::Machine;

/// The examples in the order of the table.
const FAMILIES: [&str; 6] = ["therock", "rapids", "iree", "iree/2023", "itwinai", "dynamo"];

/// The row of a family in the table.
fn row(family: &str) -> String {
    let folder = Machine::read().unwrap().workspace.join("examples").join(family);
    let file = folder.join("image.yaml").display().to_string();
    let words = ["report", "--platform=linux/amd64", "--format=json", &file].map(str::to_owned);
    let answer = varve_cli::run(words, varve_cli::Colours::default());
    assert_eq!(answer.code, 0, "{family}: {}", answer.err);
    let report: Value = serde_json::from_slice(&answer.out).unwrap();
    let members = report["members"].as_array().unwrap().len() as u64;
    let number = |list: &str, key: &str| report[list][key].as_u64().unwrap();
    let numbers = [
        members,
        number("operations", "sum"),
        number("operations", "distinct"),
        number("processes", "sum"),
        number("processes", "distinct"),
    ];
    format!("| {family} | {} |", numbers.map(grouped).join(" | "))
}

/// A number with its thousands apart: `12,249`.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

#[test]
fn the_page_has_what_the_variants_of_each_example_share() {
    let rows: Vec<String> = std::thread::scope(|scope| {
        let rows = FAMILIES.map(|family| scope.spawn(move || row(family)));
        rows.map(|row| row.join().unwrap()).to_vec()
    });
    let page = Machine::read().unwrap().workspace.join("docs/performance.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = rows.join("\n");
    assert!(page.contains(&rows), "the table of docs/performance.md is not what the examples give:\n{rows}");
}
