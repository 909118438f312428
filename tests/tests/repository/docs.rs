//! Checks the documents and the examples: their build files are valid and can be planned, their links have targets, and the
//! reference has every key.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use varve_spec::{
    Checked, Code, Directive, Family, Lock, MatrixQuery, Platform, Selection, Sources, check,
    missing_includes,
};
use varve_tests::machine::Machine;

const SYNTAX: &str = "# syntax=varve/frontend:dev";
/// The text before a list of steps. The list itself is then indented by six columns.
const AROUND_STEPS: &str = "stages:\n  app:\n    from: \"debian:12\"\n    steps:\n";
/// The files of the context that vars of examples are read from.
const FILES: [(&str, &str); 3] = [
    ("pyproject.toml", "[project]\nversion = \"1.2.3\"\n"),
    ("VERSION", "1.2.3\n"),
    ("versions.json", "{\"compilers\": {\"gcc-13.3\": \"13.3\", \"gcc-14.2\": \"14.2\"}}\n"),
];

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

fn folder(path: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(workspace().join(path)).unwrap().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths
}

/// All documents with their texts.
fn documents() -> Vec<(String, String)> {
    let mut paths = folder(".");
    paths.extend(folder("docs"));
    paths.extend(folder("docs/recipes"));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let name = |path: &Path| path.strip_prefix(workspace()).unwrap().display().to_string();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The folders of the families in `examples`: those of the examples, and those inside of them that have a build file too.
fn families() -> Vec<PathBuf> {
    let mut families = folder("examples");
    let inner: Vec<PathBuf> =
        families.iter().flat_map(|example| folder(&example.display().to_string())).collect();
    families.extend(inner.into_iter().filter(|inner| inner.join("image.yaml").exists()));
    families
}

/// The notes of examples and crates.
fn notes() -> Vec<(String, String)> {
    let folders = ["examples", "frontend", "."].into_iter().flat_map(folder);
    let paths = folders.map(|folder| folder.join("README.md")).filter(|path| path.exists());
    paths.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

/// The fenced blocks of a document: place, info string and text.
fn blocks(name: &str, document: &str) -> Vec<(String, String, String)> {
    let mut blocks: Vec<(String, String, String)> = Vec::new();
    let mut open = false;
    for (index, line) in document.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push((format!("{name}:{}", index + 1), kind.trim().to_owned(), String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let (_, _, text) = blocks.last_mut().unwrap();
                text.extend([line, "\n"]);
            }
            None => {}
        }
    }
    assert!(!open, "{name}: a block without an end");
    blocks
}

/// Reads a file and plans every variant of it. Returns the number of planned variants. `included` are the files that it may
/// include, by path.
fn plan_all(place: &str, text: &str, included: &BTreeMap<String, String>) -> usize {
    let mut sources = Sources::single("image.yaml", text);
    for include in missing_includes(&sources).unwrap() {
        if let Some(text) = included.get(&include.path) {
            sources.add(&include.path, text);
        }
    }
    let reading = Family::read(&sources);
    let lines: Vec<String> = reading.found.iter().map(|found| found.one_line(&sources)).collect();
    assert_eq!(lines, [""; 0], "{place}");
    let family = reading.family.unwrap();
    let mut combinations: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
    for axis in &family.axes {
        let with = |args: &BTreeMap<String, String>, value: &str| {
            let mut args = args.clone();
            args.insert(axis.name.clone(), value.to_owned());
            args
        };
        combinations = combinations
            .iter()
            .flat_map(|args| axis.value_names().map(|value| with(args, value)).collect::<Vec<_>>())
            .collect();
    }
    let needed = family.args.iter().filter(|arg| arg.default.is_none()).map(|arg| arg.name.clone());
    let needed: Vec<(String, String)> = needed.map(|name| (name, "1".to_owned())).collect();
    let names: Vec<&str> = family.targets().chain(family.stages()).collect();
    let mut planned = 0;
    for args in &mut combinations {
        args.extend(needed.iter().cloned());
        for (arch, name) in ["amd64", "arm64"].iter().flat_map(|arch| names.iter().map(move |n| (arch, n))) {
            let selection = Selection {
                args: args.clone(),
                target: Some((*name).to_owned()),
                files: FILES.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
                ..Selection::new(Platform::new("linux", arch))
            };
            match family.select(&selection).and_then(|variant| variant.plan()) {
                Ok(_) => planned += 1,
                Err(found) => {
                    let lines: Vec<String> = found.iter().map(|found| found.one_line(&sources)).collect();
                    let by_rule = [Code::Unsupported, Code::ExcludedStage];
                    let expected = found.iter().all(|found| by_rule.contains(&found.code));
                    assert!(expected, "{place}: {args:?} for {arch}, {name}: {lines:?}");
                }
            }
        }
    }
    planned
}

/// Runs the linter on every variant of the family in a folder.
fn check_all(folder: &Path) -> Checked {
    let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let mut sources = Sources::single("image.yaml", text("image.yaml"));
    for include in missing_includes(&sources).unwrap() {
        sources.add(include.path.clone(), text(&include.path));
    }
    let reading = Family::read(&sources);
    let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
    if let Some(family) = &reading.family {
        query.files = family.files().into_keys().map(|path| (path.to_owned(), text(path))).collect();
    }
    check(&reading, &sources, &query, &Directive::default())
}

#[test]
fn what_the_documents_show_is_right() {
    let mut tried = 0;
    for (name, document) in documents() {
        let mut included = BTreeMap::new();
        for (place, kind, text) in blocks(&name, &document) {
            if let Some(path) = kind.strip_prefix("yaml file ").or(kind.strip_prefix("json file ")) {
                included.insert(path.to_owned(), text);
                continue;
            }
            let whole = match kind.as_str() {
                "yaml image" => {
                    assert!(text.starts_with(SYNTAX), "{place}: the first line names the frontend");
                    text
                }
                "yaml steps" => {
                    let lines = text.lines().map(|line| format!("      {line}\n"));
                    format!("{AROUND_STEPS}{}", lines.collect::<String>())
                }
                "yaml lock" => {
                    let lock = Lock::read(&place, &text).unwrap_or_else(|found| panic!("{place}: {found:?}"));
                    assert_eq!(lock.to_string(), text, "{place}: as it is written");
                    continue;
                }
                // Other tests read generated pages and examples of mistakes.
                "yaml example" | "yaml wrong" => continue,
                other => {
                    assert!(
                        !other.starts_with("yaml"),
                        "{place}: say `yaml image`, `yaml file PATH`, `yaml steps` or `yaml lock`"
                    );
                    continue;
                }
            };
            assert!(plan_all(&place, &whole, &included) > 0, "{place}: no variant can be built");
            tried += 1;
        }
    }
    assert!(tried > 10, "only {tried} blocks");
}

#[test]
fn every_example_is_a_family_with_a_test_of_its_own() {
    let examples = families();
    assert!(!examples.is_empty());
    for example in examples {
        let path = example.strip_prefix(workspace().join("examples")).unwrap();
        let name = path.iter().next().unwrap().to_string_lossy();
        let text = fs::read_to_string(example.join("image.yaml")).unwrap();
        assert_eq!(text.lines().next(), Some(SYNTAX), "{name}");
        let checked = check_all(&example);
        let lines: Vec<String> = checked.found.iter().map(|found| found.message.clone()).collect();
        assert_eq!(lines, [""; 0], "{name}");
        assert!(checked.variants.is_some_and(|count| count > 0), "{name}: no variant can be built");
        let suites = ["e2e", "repository"].map(|suite| format!("tests/tests/{suite}/{name}.rs"));
        assert!(suites.iter().any(|test| workspace().join(test).exists()), "none of {suites:?} exists");
    }
}

#[test]
fn every_key_and_function_is_in_the_reference() {
    let reference = fs::read_to_string(workspace().join("docs/language.md")).unwrap();
    let read = |path: &str| fs::read_to_string(workspace().join(path)).unwrap();
    let mut source = read("spec/src/schema/keys.rs");
    for line in source.clone().lines() {
        let module = line.trim_start_matches("pub(crate) ").strip_prefix("mod ");
        if let Some(module) = module.and_then(|line| line.strip_suffix(';')) {
            source.push_str(&read(&format!("spec/src/schema/keys/{module}.rs")));
        }
    }
    let source = source.replace(['\n', ' '], "");
    let mut missing = Vec::new();
    let mut count = 0;
    for part in source.split("key(\"").skip(1) {
        let name = part.split('"').next().unwrap();
        count += 1;
        if !reference.contains(&format!("`{name}`")) {
            missing.push(name);
        }
    }
    let functions = read("spec/src/expr/functions.rs");
    for part in functions.split("function!(\"").skip(1) {
        let name = part.split('"').next().unwrap();
        count += 1;
        if !["`", "("].iter().any(|end| reference.contains(&format!("`{name}{end}"))) {
            missing.push(name);
        }
    }
    assert!(count > 100, "only {count} keys were found");
    assert_eq!(missing, [""; 0], "docs/language.md does not tell of these");
}

/// A line without the targets of its links, which cannot be broken.
fn without_targets(line: &str) -> String {
    let mut parts = line.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once(')').map_or("", |(_, behind)| behind));
    }
    let words = text.split(' ').filter(|word| !word.contains("://"));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_of_documents_fit_into_a_window() {
    const LONGEST: usize = 140;
    let mut count = 0;
    let mut long = Vec::new();
    for (name, document) in documents().into_iter().chain(notes()) {
        let mut in_block = false;
        for (index, line) in document.lines().enumerate() {
            in_block ^= line.starts_with("```");
            let prose = !in_block && !line.starts_with('|') && !line.starts_with("```");
            count += usize::from(prose);
            if prose && without_targets(line).chars().count() > LONGEST {
                long.push(format!("{name}:{}", index + 1));
            }
        }
    }
    assert!(count > 1000, "only {count} lines");
    assert_eq!(long, [""; 0], "these lines have more than {LONGEST} characters");
}

#[test]
fn links_lead_somewhere() {
    let mut count = 0;
    for (name, document) in documents() {
        let folder = workspace().join(&name).parent().unwrap().to_owned();
        for part in document.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            let (path, _) = target.split_once('#').unwrap_or((target, ""));
            if path.is_empty() || path.contains("://") {
                continue;
            }
            count += 1;
            assert!(folder.join(path).exists(), "{name} links to {path}, which is not there");
        }
    }
    assert!(count > 5, "only {count} links");
}
