//! Annotations from the command line and from the build file, in the exported OCI layout.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use varve_tests::{Build, Engine};

const FAMILY: &str = "# syntax=varve/frontend:dev
stages:
  base:
    from: scratch
    steps: [{file: /a, content: \"${{ platform.arch }}\"}]
    image: {annotations: {com.example.base: below, com.example.both: file}}
  app:
    from: base
    image: {annotations: {com.example.arch: \"${{ platform.arch }}\"}, labels: {l: \"1\"}}
";

fn read(path: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn blob(folder: &Path, descriptor: &Value) -> Result<Value> {
    read(&folder.join("blobs").join(descriptor["digest"].as_str().unwrap_or_default().replace(':', "/")))
}

/// The descriptor of the image in `index.json`.
fn export(build: &Build, folder: &Path) -> Result<Value> {
    let output = format!("type=oci,tar=false,dest={}", folder.display());
    build.clone().flag("--provenance=false").output(Engine::get()?, &output)?.success()?;
    Ok(read(&folder.join("index.json"))?["manifests"][0].clone())
}

#[test]
fn of_every_kind_for_two_platforms() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut build = Build::yaml(FAMILY).platform("linux/amd64,linux/arm64");
    for annotation in [
        "com.example.plain=1",
        "manifest:com.example.both=line",
        "manifest[linux/arm64]:com.example.one=2",
        "manifest[linux/arm64]:com.example.base=line",
        "manifest-descriptor:com.example.md=3",
        "index:com.example.i=4",
        "index-descriptor:com.example.id=5",
    ] {
        build = build.flag(&format!("--annotation={annotation}"));
    }
    let top = export(&build, folder.path())?;
    assert_eq!(top["annotations"]["com.example.id"], "5");
    let index = blob(folder.path(), &top)?;
    assert_eq!(index["annotations"], json!({"com.example.i": "4"}));
    let manifests = index["manifests"].as_array().unwrap();
    assert_eq!(manifests.len(), 2);
    for descriptor in manifests {
        assert_eq!(descriptor["annotations"], json!({"com.example.md": "3"}));
        let arch = descriptor["platform"]["architecture"].as_str().unwrap();
        let mut expect = json!({
            "com.example.plain": "1",
            "com.example.base": "below",
            "com.example.arch": arch,
            // The annotation of the build file wins, unless the command line names the platform.
            "com.example.both": "file",
        });
        if arch == "arm64" {
            expect["com.example.one"] = json!("2");
            expect["com.example.base"] = json!("line");
        }
        let manifest = blob(folder.path(), descriptor)?;
        assert_eq!(manifest["annotations"], expect);
        // Annotations are not labels.
        let config = blob(folder.path(), &manifest["config"])?;
        assert_eq!(config["config"]["Labels"], json!({"l": "1"}));
    }
    Ok(())
}

#[test]
fn of_one_image() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let build = Build::yaml(FAMILY).target("base").flag("--annotation=com.example.plain=1");
    let top = export(&build.platform("linux/arm64"), folder.path())?;
    let expect = json!({"com.example.base": "below", "com.example.both": "file", "com.example.plain": "1"});
    assert_eq!(blob(folder.path(), &top)?["annotations"], expect);
    Ok(())
}

#[test]
fn of_an_index() -> Result<()> {
    let family = |value: &str| {
        format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps: [{{file: /a}}]\n    image: {{index-annotations: {{com.example.i: \"{value}\"}}}}\n"
        )
    };
    let (build, expect) = (Build::yaml(&family("4")), json!({"com.example.i": "4"}));
    let folder = tempfile::tempdir()?;
    let top = export(&build.clone().platform("linux/amd64,linux/arm64"), folder.path())?;
    assert_eq!(blob(folder.path(), &top)?["annotations"], expect);

    // Attestations are beside the image in an index.
    let folder = tempfile::tempdir()?;
    let output = format!("type=oci,tar=false,dest={}", folder.path().display());
    build.clone().flag("--provenance=true").output(Engine::get()?, &output)?.success()?;
    let top = read(&folder.path().join("index.json"))?["manifests"][0].clone();
    assert_eq!(blob(folder.path(), &top)?["annotations"], expect);

    // The provenance that buildx adds by itself is not in an OCI layout, and without it there is no index.
    for flags in [&[][..], &["--provenance=false"]] {
        let folder = tempfile::tempdir()?;
        let output = format!("type=oci,tar=false,dest={}", folder.path().display());
        let build = flags.iter().fold(build.clone(), |build, flag| build.flag(flag));
        let outcome = build.output(Engine::get()?, &output)?.success()?;
        let [warning] = outcome.warnings.as_slice() else { panic!("{:?}", outcome.warnings) };
        assert!(warning.short.contains("the index annotation `com.example.i` is left out"), "{warning:?}");
        let top = read(&folder.path().join("index.json"))?["manifests"][0].clone();
        assert_eq!(blob(folder.path(), &top)?["annotations"], Value::Null);
    }

    let differs = Build::yaml(&family("${{ platform.arch }}")).platform("linux/amd64,linux/arm64");
    let words = differs.run(Engine::get()?)?.failure()?;
    assert!(
        words.contains("the platforms have different values of the index annotation `com.example.i`"),
        "{words}"
    );
    Ok(())
}
