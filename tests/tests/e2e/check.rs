//! `docker buildx build --check` and `--call=matrix`: results for the whole matrix, without a build.

use anyhow::Result;
use serde_json::Value;
use varve_tests::{Build, Engine, Outcome};

const FAMILY: &str = "\
# syntax=varve/frontend:dev
name: acme
axes:
  os: [bookworm, trixie]
  device: {cpu: {}, cuda12.9: {version: 12.9}, rocm6.4: {version: 6.4, gpu: all}, rocm7.0: {version: 7.0, gpu: all}}
args:
  unused: \"1\"
support:
  - {exclude: os == \"bookworm\" and device == \"rocm7.0\", because: not built}
stages:
  app:
    from: \"varve.test/none:${{ os }}\"
    steps:
      - run: echo ${{ device.GPU }}
        if: device != \"cpu\"
targets:
  app:
    tags: \"acme/app:${{ os }}-${{ device }}\"
";

fn family() -> String {
    FAMILY.replace(".GPU", ".gpu")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

#[test]
fn a_family_with_mistakes() -> Result<()> {
    let engine = Engine::get()?;
    let build = Build::yaml(&family());
    let text = build.call(engine, "check")?;
    assert_eq!(text.code, 1, "{text:?}");
    let expect =
        "error[missing-property]: `cuda12.9` has no property `gpu` for device=cuda12.9 (2 of 7 variants)";
    assert!(text.stdout.contains(expect), "{}", text.stdout);
    assert!(text.stdout.contains("14 |       - run: echo ${{ device.gpu }}"), "{}", text.stdout);

    let answer = build.call(engine, "check,format=json")?;
    assert_eq!(answer.code, 1);
    let json = json(&answer);
    let rules: Vec<&str> = json["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|warning| warning["ruleName"].as_str())
        .collect();
    assert_eq!(rules, ["missing-property", "unused-arg"]);
    let location = &json["warnings"][0]["location"];
    assert_eq!((&location["sourceIndex"], &location["ranges"][0]["start"]["line"]), (&0.into(), &14.into()));
    assert_eq!(json["sources"][0]["filename"], "image.yaml");
    assert_eq!(json.get("buildError"), None);
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read() -> Result<()> {
    let outcome = Build::yaml(FAMILY).flag("--check").call(Engine::get()?, "check")?;
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stdout.contains("error[unknown-property]: no value of `device` has property `GPU`")
            || outcome.stdout.contains("error[unknown-property]"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stderr.contains("the build file has an error"), "{}", outcome.stderr);
    Ok(())
}

#[test]
fn a_part_of_the_family_and_silenced_rules() -> Result<()> {
    let engine = Engine::get()?;
    let silenced = Build::yaml(&family()).arg("BUILDKIT_DOCKERFILE_CHECK", "skip=unused-arg");
    let part = silenced.clone().arg("device", "rocm6.4").call(engine, "check")?;
    assert_eq!((part.code, part.stdout.trim()), (0, "Check complete, no warnings found."), "{part:?}");
    let all = silenced.call(engine, "check")?;
    assert!(all.code == 1 && !all.stdout.contains("unused-arg"), "{all:?}");
    // An error that fails the build cannot be skipped.
    let skip = Build::yaml(&family()).arg("BUILDKIT_DOCKERFILE_CHECK", "skip=all").call(engine, "check")?;
    assert!(skip.code == 1 && skip.stdout.contains("missing-property"), "{skip:?}");
    Ok(())
}

#[test]
fn warnings_of_a_build_are_silenced_or_made_errors() -> Result<()> {
    let engine = Engine::get()?;
    let text = "# syntax=varve/frontend:dev
args: {word: hello}
stages:
  app:
    from: \"varve.test/debian:12\"
    steps:
      - run: echo ${{ word }}
";
    let build = Build::yaml(text);
    let warned = build.run(engine)?.success()?;
    assert!(warned.warnings.iter().any(|warning| warning.short.starts_with("text-in-shell:")), "{warned:?}");
    let silenced =
        build.clone().arg("BUILDKIT_DOCKERFILE_CHECK", "skip=text-in-shell").run(engine)?.success()?;
    assert_eq!(silenced.warnings, []);
    let failed = build.arg("BUILDKIT_DOCKERFILE_CHECK", "error=true").run(engine)?.failure()?;
    assert!(failed.contains("the value of `word` becomes part of the script"), "{failed}");
    let beside = text.replace("${{ word }}\n", "${{ word }}\n        x-check: skip=text-in-shell\n");
    assert_eq!(Build::yaml(&beside).run(engine)?.success()?.warnings, []);
    Ok(())
}

#[test]
fn the_matrix() -> Result<()> {
    let engine = Engine::get()?;
    let build = Build::yaml(&family());
    let table = build.call(engine, "matrix")?.success()?.stdout;
    assert!(table.starts_with("TARGET  AXES"), "{table}");
    assert!(table.ends_with("\n7 variants\n"), "{table}");
    let json = json(&build.platform("linux/arm64").call(engine, "matrix,format=json")?.success()?);
    assert_eq!((json["name"].as_str(), json["variants"].as_array().map(Vec::len)), (Some("acme"), Some(7)));
    assert_eq!(json["variants"][6]["axes"]["device"], "rocm7.0");
    assert_eq!(json["variants"][6]["platforms"][0], "linux/arm64");
    assert_eq!(json["variants"][6]["tags"][0], "acme/app:trixie-rocm7.0");
    Ok(())
}

#[test]
fn values_of_files_and_files_that_are_included() -> Result<()> {
    let engine = Engine::get()?;
    let text = "# syntax=varve/frontend:dev\ninclude: [more.yaml]\nvars: {v: {file: VERSION}}\n";
    let more = "stages: {app: {from: \"x:${{ v }}\"}}\ntargets: {app: {tags: \"r:${{ v }}\"}}\n";
    let build = Build::yaml(text).with("more.yaml", more).with("VERSION", "1.2\n");
    assert!(build.call(engine, "matrix")?.success()?.stdout.contains("r:1.2"));
    assert_eq!(build.call(engine, "check")?.code, 0);
    let missing = Build::yaml(text).call(engine, "check")?;
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.stderr.contains("more.yaml"), "{}", missing.stderr);
    Ok(())
}

#[test]
fn what_can_be_asked() -> Result<()> {
    let engine = Engine::get()?;
    // The description of the subrequests works even with an invalid build file.
    let answer =
        Build::yaml("# syntax=varve/frontend:dev\n[").call(engine, "subrequests.describe,format=json")?;
    let json = json(&answer.success()?);
    let names: Vec<&str> = json.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    for name in ["frontend.lint", "frontend.matrix", "frontend.subrequests.describe"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let unknown = Build::yaml(&family()).call(engine, "nonsense")?.failure()?;
    assert!(unknown.contains("unsupported request frontend.nonsense"), "{unknown}");
    Ok(())
}
