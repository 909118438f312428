//! Every command of the recipes runs in a test, or its page says which driver, service or program it is for.

use std::collections::BTreeSet;
use std::fs;

use varve_tests::machine::Machine;
use varve_tests::recipes::{ELSEWHERE, commands, find_elsewhere};

#[test]
fn every_command_of_a_recipe_runs_or_says_what_it_is_for() {
    let workspace = Machine::read().unwrap().workspace;
    let run = fs::read_to_string(workspace.join("tests/tests/e2e/recipes.rs")).unwrap();
    let mut unused: BTreeSet<_> = ELSEWHERE.iter().collect();
    for entry in fs::read_dir(workspace.join("docs/recipes")).unwrap() {
        let path = entry.unwrap().path();
        let page = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        for command in commands(&text) {
            match find_elsewhere(&page, &command) {
                Some(row) => {
                    assert!(text.contains(row.says), "{page} does not say `{}`, for: {command}", row.says);
                    unused.remove(row);
                }
                None => {
                    assert!(run.contains(&format!("run(\"{page}\")")), "{page}: nothing runs `{command}`")
                }
            }
        }
    }
    assert!(unused.is_empty(), "no page has these commands: {unused:?}");
}
