//! Values of files, at all places of a var where they can stand.

use std::collections::BTreeMap;

use varve_spec::{Family, Platform, Selection, Sources};

/// The text of the label `x` whose value is the expression, in a family with these vars. The error is that of the build.
fn label(vars: &str, expression: &str, device: &str) -> Result<String, String> {
    let text = format!(
        "axes: {{device: [cpu, cuda]}}\nvars:\n  {vars}\nstages: {{app: {{from: scratch, image: {{labels: {{x: \"${{{{ {expression} }}}}\"}}}}}}}}\n"
    );
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let family = reading.family.ok_or_else(|| format!("{:?}", reading.found))?;
    let files = [("VERSION", "1.2\n"), ("cuda.toml", "[tool.'3.14']\nversion = '9'\nlist = ['a', 'b']\n")];
    let known = family.files();
    assert!(known.keys().all(|path| files.iter().any(|(known, _)| known == path)), "{known:?}");
    let files = files.into_iter().filter(|(path, _)| known.contains_key(path));
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let args = BTreeMap::from([("device".to_owned(), device.to_owned())]);
    let selection = Selection { args, files, ..Selection::new(Platform::new("linux", "amd64")) };
    let plan = family.select(&selection).and_then(|variant| variant.plan());
    let plan = plan.map_err(|found| found[0].one_line(&sources))?;
    Ok(plan.stages[0].image.labels[0].1.clone())
}

#[test]
fn a_value_of_a_file_can_stand_wherever_a_value_of_a_var_can() {
    let check = |vars: &str, expression: &str, device: &str, expect: &str| {
        assert_eq!(label(vars, expression, device).as_deref(), Ok(expect), "{vars} {expression}");
    };
    check("v: {file: VERSION}", "v", "cpu", "1.2");
    let chosen = "v: {match: device, cases: {cpu: {file: VERSION}, else: {file: cuda.toml, key: [tool, '3.14', version]}}}";
    check(chosen, "v", "cpu", "1.2");
    check(chosen, "v", "cuda", "9");
    let chosen = "v: {if: device == 'cpu', then: none, else: {file: VERSION, regex: '[.](.*)'}}";
    check(chosen, "v", "cpu", "none");
    check(chosen, "v", "cuda", "2");
    let listed = "v: [x, {file: VERSION}, {if: device == 'cuda', then: [{file: VERSION}, y]}]";
    check(listed, "v | join(' ')", "cpu", "x 1.2");
    check(listed, "v | join(' ')", "cuda", "x 1.2 1.2 y");
    let repeated = "v: [{for: {n: [a, b]}, do: [{file: VERSION}, '${{ n }}']}]";
    check(repeated, "v | join(' ')", "cpu", "1.2 a 1.2 b");
    check("v: {a: {b: {file: VERSION}}}", "v.a.b", "cpu", "1.2");
    check("v: {a: {file: cuda.toml, key: [tool, '3.14', list]}}", "v.a | join('-')", "cpu", "a-b");
    // A branch that is not taken is not read.
    check("v: {if: device == 'cuda', then: {file: cuda.toml, key: gone}, else: x}", "v", "cpu", "x");
}

#[test]
fn a_value_that_the_file_does_not_have_is_an_error_at_its_place() {
    let found =
        label("v: {match: device, cases: {else: {file: cuda.toml, key: [tool, '3.15']}}}", "v", "cpu");
    let expect = "image.yaml:3:43: `cuda.toml` has no key `tool.\"3.15\"`: `3.15` is missing [file-value]";
    assert_eq!(found, Err(expect.to_owned()));
}
