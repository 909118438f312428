//! The numbers of our families in `docs/families.md` are those of the examples.

use std::collections::BTreeSet;
use std::fs;

use varve_tests::machine::Machine;

/// The examples in the order of the page.
const FAMILIES: [&str; 6] = ["therock", "rapids", "iree", "iree/2023", "itwinai", "dynamo"];

/// The shortest line that counts as copied.
const SHORTEST: usize = 30;

/// The files of a family, their lines, and those lines that stand in the family already.
fn count(family: &str) -> [usize; 3] {
    let folder = Machine::read().unwrap().workspace.join("examples").join(family);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let texts: Vec<String> = paths.map(|path| fs::read_to_string(path).unwrap()).collect();
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
    let said = lines.iter().map(|line| line.trim_start_matches([' ', '-']));
    let mut known = BTreeSet::new();
    let copied = said.filter(|line| line.len() >= SHORTEST && !line.starts_with('#') && !known.insert(*line));
    [texts.len(), lines.len(), copied.count()]
}

#[test]
fn the_page_has_the_numbers_of_the_examples() {
    let page = Machine::read().unwrap().workspace.join("docs/families.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| | ours |"));
    let number = |cell: &str| {
        let words = cell.split('(').next().unwrap().trim().replace(',', "");
        words.parse::<usize>().unwrap_or_else(|_| panic!("`{cell}` is no number"))
    };
    let stated: Vec<Vec<usize>> = rows.map(|row| row.split('|').take(3).map(number).collect()).collect();
    assert_eq!(stated, FAMILIES.map(|family| count(family).to_vec()));
}
