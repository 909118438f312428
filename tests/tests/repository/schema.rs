//! `docs/image.schema.json` is generated from the tables, accepts every file that the reader accepts, and rejects mistakes in the
//! structure.

mod validator;

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::{Map, Number, Value};
use validator::Validator;
use varve_spec::yaml::{self, Node, Style, Yaml};
use varve_spec::{Code, Family, SourceId, Sources, json_schema};
use varve_tests::machine::Machine;

const MODELINE: &str = "# yaml-language-server: $schema=";
/// Mistakes that an editor can find with the schema. Mistakes that the plan finds concern several keys at once, which the schema
/// does not describe.
const STRUCTURAL: [Code; 3] = [Code::UnknownKey, Code::WrongType, Code::MissingKey];
/// Cases with words that are not in the set of a key, and with texts of the wrong type.
const BAD_VALUES: [&str; 2] = ["bad-value-words", "bad-value-scalars"];

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

/// Returns the files below a folder whose names match, sorted.
fn files(folder: &Path, fits: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, fits)),
            false if fits(&path.file_name().unwrap().to_string_lossy()) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Converts a file to JSON as an editor's YAML reader does: plain numbers and booleans become JSON numbers and booleans.
fn as_an_editor_sees_it(text: &str) -> Option<Value> {
    yaml::parse(SourceId::default(), text).ok().map(|root| value(&root))
}

fn value(node: &Node<'_>) -> Value {
    match &node.yaml {
        Yaml::Empty => Value::Null,
        Yaml::Scalar(text, Style::Plain) => match text.as_ref() {
            "null" | "~" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => number(text).map_or_else(|| Value::from(text), Value::Number),
        },
        Yaml::Scalar(text, _) => Value::from(text.as_ref()),
        Yaml::List(items) => Value::Array(items.iter().map(value).collect()),
        Yaml::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.to_string(), value(&entry.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn number(text: &str) -> Option<Number> {
    let whole = text.trim_start_matches(['-', '+']).chars().all(|c| c.is_ascii_digit());
    let float = text
        .parse::<f64>()
        .ok()
        .filter(|_| text.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c)));
    match whole {
        true => text.trim_start_matches('+').parse::<i64>().ok().map(Number::from),
        false => float.and_then(Number::from_f64),
    }
}

#[test]
fn the_schema_is_what_the_tables_give() {
    expect_file![workspace().join("docs/image.schema.json")].assert_eq(&json_schema());
}

#[test]
fn every_example_names_the_schema_and_fits_it() {
    let schema = Validator::new(&json_schema());
    let examples = files(&workspace().join("examples"), |name| name == "image.yaml");
    assert!(examples.len() > 1);
    for path in examples {
        let text = fs::read_to_string(&path).unwrap();
        let modeline = text.lines().nth(1).and_then(|line| line.strip_prefix(MODELINE));
        let named = modeline.unwrap_or_else(|| panic!("{}: line 2 names no schema", path.display()));
        assert!(path.parent().unwrap().join(named).exists(), "{}: {named} is not there", path.display());
        let fits = schema.check(&as_an_editor_sees_it(&text).unwrap());
        assert_eq!(fits, Ok(()), "{}", path.display());
    }
}

#[test]
fn what_the_reader_takes_fits_the_schema() {
    let schema = Validator::new(&json_schema());
    let mut paths = files(&workspace().join("spec/tests/cases"), |name| name.ends_with(".yaml"));
    paths.extend(files(&workspace().join("tests/conformance"), |name| name == "image.yaml"));
    let mut tried = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        if Family::read(&Sources::single("image.yaml", &text)).family.is_none() {
            continue;
        }
        tried += 1;
        if let Err(reason) = schema.check(&as_an_editor_sees_it(&text).unwrap()) {
            wrong.push(format!("{}{reason}", path.display()));
        }
    }
    assert!(tried > 30, "only {tried} files");
    assert!(wrong.is_empty(), "the reader takes these:\n{}", wrong.join("\n"));
}

#[test]
fn mistakes_of_structure_do_not_fit() {
    let schema = Validator::new(&json_schema());
    let mut tried = 0;
    let mut wrong = Vec::new();
    for path in files(&workspace().join("spec/tests/cases"), |name| name.ends_with(".yaml")) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let found = Family::read(&Sources::single("image.yaml", &text)).found;
        let structural = found.iter().any(|found| STRUCTURAL.contains(&found.code));
        if !structural && !BAD_VALUES.contains(&name.as_str()) {
            continue;
        }
        let Some(document) = as_an_editor_sees_it(&text) else { continue };
        tried += 1;
        if schema.check(&document).is_ok() {
            wrong.push(name);
        }
    }
    assert!(tried > 40, "only {tried} cases");
    assert_eq!(wrong, [""; 0], "the schema takes these");
}
