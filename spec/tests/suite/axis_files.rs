//! Axes whose values are in files of other tools.

use varve_spec::{
    Diagnostic, Directive, Family, IncludeSearch, MatrixQuery, Platform, Selection, Sources, check,
    missing_includes,
};

/// In the form of a file that Docker's official images have.
const VERSIONS: &str = r#"{
  "3.14": {"version": "3.14.2", "arches": {"amd64": {"sha256": "aa"}, "arm64": {"sha256": "bb"}}, "build-deps": ["gcc", "make"]},
  "3.15-rc": null,
  "3.9": {"version": "3.9.25", "arches": {"amd64": {"sha256": "cc"}}, "build-deps": []},
  "3.13": {"version": "3.13.11", "arches": {"amd64": {"sha256": "dd"}}, "build-deps": ["gcc"]}
}"#;

fn sources(axis: &str, files: &[(&str, &str)]) -> Sources {
    let text = format!(
        "axes:\n  python: {axis}\nstages:\n  app:\n    from: \"python:${{{{ python }}}}\"\n    image:\n      labels:\n        all: ${{{{ axes.python.values | join(\" \") }}}}\n        default: ${{{{ axes.python.default }}}}\n"
    );
    let mut sources = Sources::single("image.yaml", text);
    for (path, text) in files {
        sources.add(*path, *text);
    }
    sources
}

/// The values of the axis and its default, or the errors.
fn values(axis: &str, files: &[(&str, &str)]) -> Result<(String, String), Vec<String>> {
    let sources = sources(axis, files);
    let shown = |found: &[Diagnostic]| found.iter().map(|found| found.one_line(&sources)).collect();
    assert_eq!(missing_includes(&sources), Ok(vec![]), "the files are known");
    let reading = Family::read(&sources);
    let family = reading.family.ok_or_else(|| -> Vec<String> { shown(&reading.found) })?;
    let selection = Selection::new(Platform::new("linux", "amd64"));
    let plan = family.select(&selection).and_then(|variant| variant.plan()).map_err(|found| shown(&found))?;
    let labels = &plan.stages[0].image.labels;
    Ok((labels[0].1.clone(), labels[1].1.clone()))
}

fn is(axis: &str, files: &[(&str, &str)], all: &str, default: &str) {
    assert_eq!(values(axis, files), Ok((all.to_owned(), default.to_owned())), "{axis}");
}

fn fails(axis: &str, files: &[(&str, &str)], expect: &str) {
    assert_eq!(values(axis, files), Err(vec![expect.to_owned()]), "{axis}");
}

#[test]
fn a_map_a_list_and_a_list_of_maps() {
    let json = [("versions.json", VERSIONS)];
    is("{values: {file: versions.json}}", &json, "3.14 3.9 3.13", "3.14");
    is("{values: {file: versions.json, exclude: \"3.1*\"}}", &json, "3.9", "3.9");
    let matrix = "include:\n  - {PY: \"3.12\", os: noble}\n  - {PY: \"3.13\", os: noble}\n";
    is("{values: {file: ci/m.yml, key: include, name: PY}}", &[("ci/m.yml", matrix)], "3.12 3.13", "3.12");
    let toml = "[tool.x]\npython = ['3.9', \"3.10\"]\n[y.\"3.14\"]\nz = 1\n[y.\"3.13\"]\n";
    let toml = [("pyproject.toml", toml)];
    is("{values: {file: pyproject.toml, key: tool.x.python}}", &toml, "3.9 3.10", "3.9");
    // Tables keep the order of the file.
    is("{values: {file: ./pyproject.toml, key: [y]}}", &toml, "3.14 3.13", "3.14");
}

#[test]
fn the_newest_release_is_the_default() {
    let json = [("versions.json", VERSIONS)];
    is("{values: {file: versions.json}, default: newest}", &json, "3.14 3.9 3.13", "3.14");
    is("{values: [\"3.9\", \"3.10\", \"3.11-rc1\"], default: newest}", &[], "3.9 3.10 3.11-rc1", "3.10");
    // A value of that name is meant.
    is("{values: [\"3.9\", newest, \"3.10\"], default: newest}", &[], "3.9 newest 3.10", "newest");
    fails(
        "{values: [\"3.9\", trixie], default: newest}",
        &[],
        "image.yaml:2:46: `newest` compares versions: `trixie` is not a version: name the default value, or leave out the values that are not versions [bad-value]",
    );
}

#[test]
fn properties_of_any_name_and_tables_by_platform() {
    let text = "axes:\n  py: {values: {file: v.json}}\nstages:\n  app:\n    from: scratch\n    image:\n      labels:\n        a: ${{ py.version }} ${{ py.arches[platform.arch].sha256 }} ${{ py[\"build-deps\"] | join(\",\") }}\n";
    let mut sources = Sources::single("image.yaml", text);
    sources.add("v.json", VERSIONS);
    let family = Family::read(&sources).family.unwrap();
    let plan = |arch: &str| {
        let selection = Selection::new(Platform::new("linux", arch));
        let plan = family.select(&selection).and_then(|variant| variant.plan()).unwrap();
        plan.stages[0].image.labels[0].1.clone()
    };
    assert_eq!(
        (plan("amd64").as_str(), plan("arm64").as_str()),
        ("3.14.2 aa gcc,make", "3.14.2 bb gcc,make")
    );
}

#[test]
fn is_default_compares_with_the_default_of_the_axis() {
    let text = "axes: {py: {values: [\"3.13\", \"3.14\"], default: newest}}\nstages: {app: {from: \"python:${{ py }}\"}}\ntargets: {app: {tags: [\"r:${{ py }}\", {if: py is default, then: \"r:latest\"}, {if: py is not default, then: \"r:old\"}]}}\n";
    let sources = Sources::single("image.yaml", text);
    let family = Family::read(&sources).family.unwrap();
    let query = MatrixQuery::new(Platform::new("linux", "amd64"));
    let builds = family.matrix(&query).unwrap().builds().unwrap();
    let tags: Vec<Vec<String>> = builds.iter().map(|build| build.tags.clone()).collect();
    assert_eq!(tags, [["r:3.13", "r:old"], ["r:3.14", "r:latest"]]);
    let wrong = |condition: &str| {
        let text = format!(
            "axes: {{py: [a]}}\nargs: {{n: 1}}\nstages: {{app: {{from: \"x:${{{{ py }}}}\", steps: [{{run: \"a ${{{{ n }}}}\", if: '{condition}'}}]}}}}\n"
        );
        let sources = Sources::single("image.yaml", text);
        Family::read(&sources).found.iter().map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(wrong("n is default"), ["there is no axis `n`"]);
    assert_eq!(wrong("py is"), ["the expression is incomplete"]);
    assert_eq!(wrong("py is a"), ["unexpected `a`"]);
    assert_eq!(wrong("py.x is default"), ["`is default` follows something that is not the name of an axis"]);
    assert_eq!(wrong("\"a\" in axes.py.valeus"), ["an axis as a whole has no property `valeus`"]);
    assert_eq!(wrong("\"a\" in axes.yp.values"), ["there is no axis `yp`"]);
    assert_eq!(wrong("newest(axes.py.values) == \"a\""), [""; 0]);
}

#[test]
fn mistakes_are_told_at_their_place() {
    let json = [("versions.json", VERSIONS)];
    fails(
        "{values: {file: versions.json, key: a.b}}",
        &json,
        "image.yaml:2:47: `versions.json` has no key `a.b`: `a` is missing [file-value]",
    );
    fails(
        "{values: {file: versions.json, nmae: a}}",
        &json,
        "image.yaml:2:42: unknown key `nmae`, not a key of values of a file: did you mean `name`? [unknown-key]",
    );
    fails(
        "{values: {file: v.json}}",
        &[("v.json", "{\"a b\": {}}")],
        "v.json:1:2: `a b` is not a valid name for a value, expected letters, digits and `. _ - + / : @`, starting with a letter or digit [bad-name]",
    );
    fails(
        "{values: {file: v.json, exclude: \"*\"}}",
        &[("v.json", "[a]")],
        "image.yaml:2:27: `v.json` has no values for the axis: `exclude` and `null` leave out all of them, or there are none [file-value]",
    );
    fails(
        "{values: {file: v.json, name: a}}",
        &[("v.json", "[{a: x}, {b: y}]")],
        "v.json:1:10: this item has no string `a`, which names the value: known names: b [file-value]",
    );
    fails(
        "{values: {file: v.json, name: a}}",
        &[("v.json", "{x: {}}")],
        "image.yaml:2:27: found a map in `v.json`, expected a list of maps, since there is `name` [file-value]",
    );
    fails(
        "{values: {file: v.json}}",
        &[("v.json", "# nothing\n")],
        "image.yaml:2:27: found nothing in `v.json`, expected a list of values, or a map of values to their properties [file-value]",
    );
    fails(
        "{values: {file: v.json}}",
        &[("v.json", "{\"3.14\": {}} garbage")],
        "image.yaml:2:27: varve cannot parse `v.json`: this is not YAML: did not find expected <document start> [file-value]",
    );
    fails(
        "{values: {file: v.json, exclude: \"3.13\"}, default: newest}",
        &[("v.json", "{\"3.13\": {}, \"a b\": {}}")],
        "v.json:1:14: `a b` is not a valid name for a value, expected letters, digits and `. _ - + / : @`, starting with a letter or digit [bad-name]",
    );
    fails(
        "{values: {file: v.txt}}",
        &[("v.txt", "a")],
        "image.yaml:2:27: `v.txt` is not a TOML, JSON or YAML file, so it has no values: give the file a name that ends in .toml, .json, .yaml or .yml [file-value]",
    );
    fails(
        "{values: {file: v.json}}",
        &[("v.json", "{")],
        "image.yaml:2:27: varve cannot parse `v.json`: `{` is not closed [file-value]",
    );
    fails(
        "{values: {file: v.toml}}",
        &[("v.toml", "a =")],
        "image.yaml:2:27: `v.toml` is not valid TOML: string values must be quoted, expected literal string [file-value]",
    );
}

#[test]
fn the_files_are_asked_for_like_includes() {
    let text = "include: [stages/a.yaml]\naxes: {x: {values: {file: x.json}}}\nstages: {}\n";
    let mut sources = Sources::single("image.yaml", text);
    let mut search = IncludeSearch::default();
    let paths = |search: &mut IncludeSearch, sources: &Sources| -> Result<Vec<String>, Vec<String>> {
        let shown = |found: &Diagnostic| found.one_line(sources);
        let missing = search.missing(sources).map_err(|found| found.iter().map(shown).collect::<Vec<_>>())?;
        Ok(missing.into_iter().map(|file| file.path).collect())
    };
    assert_eq!(paths(&mut search, &sources), Ok(vec!["stages/a.yaml".to_owned(), "x.json".to_owned()]));
    // A path is relative to the file that names it. The file of values has keys of its own.
    sources.add("stages/a.yaml", "axes: {y: {values: {file: ../ci/y.yaml}}, z: {values: {file: z.toml}}}\n");
    sources.add("x.json", "{\"include\": [1], \"axes\": {\"a\": {\"values\": {\"file\": \"/etc/passwd\"}}}}");
    assert_eq!(paths(&mut search, &sources), Ok(vec!["ci/y.yaml".to_owned(), "stages/z.toml".to_owned()]));
    sources.add("ci/y.yaml", "a: {}\n--- !x\n");
    sources.add("stages/z.toml", "v = 1\n");
    assert_eq!(paths(&mut search, &sources), Ok(vec![]));
    let wrong = |text: &str| paths(&mut IncludeSearch::default(), &Sources::single("image.yaml", text));
    let outside = "image.yaml:1:27: `../a.json` is outside the folder of the build file: move the file into that folder [include]";
    assert_eq!(wrong("axes: {x: {values: {file: ../a.json}}}"), Err(vec![outside.to_owned()]));
    let folder =
        "image.yaml:1:27: `ci/` is a folder, expected a file: write the path of a file in it [include]";
    assert_eq!(wrong("axes: {x: {values: {file: ci/}}}"), Err(vec![folder.to_owned()]));
}

#[test]
fn a_file_is_either_included_or_has_values() {
    let both = "image.yaml:1:47: `v.yaml` is included, so no axis can take values from it [include]";
    let text = "{include: [v.yaml], axes: {a: {values: {file: v.yaml}}}}";
    let sources = Sources::single("image.yaml", text);
    let found = missing_includes(&sources).map_err(|found| found[0].one_line(&sources));
    let found = found.and_then(|missing| {
        let mut sources = sources.clone();
        for file in missing {
            sources.add(file.path, "x-values: {b: {}}\n");
        }
        missing_includes(&sources).map_err(|found| found[0].one_line(&sources))
    });
    assert_eq!(found, Err(both.to_owned()));
}

#[test]
fn an_expression_of_another_tool_is_a_text() {
    let matrix = "include: [{PY: \"3.12\", ref: \"${{ github.ref }}\"}]";
    is("{values: {file: m.yml, key: include, name: PY}}", &[("m.yml", matrix)], "3.12", "3.12");
}

#[test]
fn a_string_null_is_a_value_of_its_own() {
    fails(
        "{values: {file: v.json}}",
        &[("v.json", "{\"a\": \"null\", \"b\": null}")],
        "v.json:1:7: found a string, expected a map of properties [wrong-type]",
    );
}

#[test]
fn a_name_may_be_file() {
    is("{file: {a: b}, other: {}}", &[], "file other", "file");
    is("{values: {file: {a: b}, other: {}}}", &[], "file other", "file");
}

#[test]
fn the_lint_knows_the_values() {
    let sources = sources("{values: {file: versions.json}}", &[("versions.json", VERSIONS)]);
    let checked = check(
        &Family::read(&sources),
        &sources,
        &MatrixQuery::new(Platform::new("linux", "amd64")),
        &Directive::default(),
    );
    let found: Vec<String> = checked.found.iter().map(|found| found.one_line(&sources)).collect();
    assert_eq!((found, checked.variants), (vec![], Some(3)));
}
