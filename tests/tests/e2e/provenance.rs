//! Labels with the origin of an image, compared with BuildKit's own provenance of the build.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};
use varve_tests::command::stdout_of;
use varve_tests::registry::Registry;
use varve_tests::site::Site;
use varve_tests::{Build, Engine, Image};

const PREFIX: &str = "org.opencontainers.image.";

/// The labels of an image that the OCI image specification defines.
fn labels(image: &Image) -> Value {
    let labels = image.labels().into_iter();
    let labels = labels.filter_map(|(name, text)| Some((name.strip_prefix(PREFIX)?.to_owned(), json!(text))));
    Value::Object(labels.collect())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=tests", "-c", "user.email=tests@varve.test"]);
    Ok(stdout_of(command.env("GIT_CONFIG_GLOBAL", "/dev/null").args(arguments))?.trim().to_owned())
}

#[test]
fn the_base_is_the_one_that_the_build_resolved_on_every_platform() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let reference = format!("{}/base:1", registry.address);
    let platforms = "linux/amd64,linux/arm64";
    let base = "FROM scratch\nLABEL org.opencontainers.image.version=of-the-base other=kept\nENV HOME_OF=/opt a.b=c\n";
    let pushed = format!("type=registry,name={reference}");
    let base = Build::dockerfile(base).platform(platforms).flag("--provenance=false");
    base.output(engine, &pushed)?.success()?;

    let text = format!(
        "# syntax=varve/frontend:dev
axes: {{device: [cpu, cuda]}}
provenance: {{title: \"app for ${{{{ device }}}}\", licenses: Apache-2.0, vendor: file}}
stages:
  below: {{from: \"{reference}\", steps: [{{file: /a}}]}}
  app: {{from: below, image: {{labels: {{{PREFIX}vendor: stage, of: \"${{{{ base.name }}}}@${{{{ base.digest }}}}\", env: \"${{{{ base.env.HOME_OF }}}} ${{{{ base.env['a.b'] }}}} ${{{{ base.env.NONE | default('none') }}}}\"}}}}}}
targets: {{app: {{tags: [\"example/app:${{{{ device }}}}\", \"example/app:latest\"]}}}}
"
    );
    let build = Build::yaml(&text).platform(platforms).arg("device", "cuda");
    let build = build.arg("SOURCE_DATE_EPOCH", "1234567890").flag("--provenance=mode=max,version=v0.2");
    let images = build.images(engine)?;
    assert_eq!(images.len(), 2);
    for image in &images {
        let statement = &image.attestations[0]["predicate"]["materials"];
        let materials = statement.as_array().expect("materials");
        let of_base = |material: &&Value| material["uri"].as_str().is_some_and(|uri| uri.contains("/base@1"));
        let material = materials.iter().find(of_base).expect("the base is a material");
        let digest = format!("sha256:{}", material["digest"]["sha256"].as_str().unwrap_or_default());
        let expected = json!({
            "base.name": reference,
            "base.digest": digest,
            "created": "2009-02-13T23:31:30Z",
            "ref.name": "example/app:cuda",
            "title": "app for cuda",
            "licenses": "Apache-2.0",
            "vendor": "stage",
        });
        assert_eq!(labels(image), expected, "{}", image.platform);
        assert_eq!(image.labels()["other"], "kept");
        assert_eq!(image.labels()["of"], format!("{reference}@{digest}"));
        assert_eq!(image.labels()["env"], "/opt c none");
    }
    Ok(())
}

#[test]
fn the_commit_of_a_folder_and_of_a_repository() -> Result<()> {
    let engine = Engine::get()?;
    let text = "# syntax=varve/frontend:dev
args: {labels: oci}
provenance: {labels: \"${{ labels }}\"}
stages:
  app:
    from: scratch
    env: {REVISION: \"${{ git.revision | default('none') }}\"}
";
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("image.yaml"), text)?;
    let build = Build::in_folder(folder.path()).file("image.yaml");
    assert_eq!(labels(&build.image(engine)?), json!({}));

    git(folder.path(), &["init", "--quiet", "--initial-branch=main"])?;
    git(folder.path(), &["add", "image.yaml"])?;
    git(folder.path(), &["commit", "--quiet", "--message=all"])?;
    git(folder.path(), &["remote", "add", "origin", "https://user:word@example.com/acme/app.git"])?;
    let commit = git(folder.path(), &["rev-parse", "HEAD"])?;
    let source = "https://example.com/acme/app.git";
    let image = build.image(engine)?;
    assert_eq!(labels(&image), json!({"revision": commit, "source": source}));
    assert!(image.env().contains(&format!("REVISION={commit}").as_str()), "{:?}", image.env());
    assert_eq!(labels(&build.clone().arg("labels", "none").image(engine)?), json!({}));

    let site = Site::new()?;
    let address = site.add("site", folder.path())?.replace("http://", "http://user:word@") + "/all.git";
    let heads = site.path().join("site/all.git");
    for reference in ["main", "next", "v1", ""] {
        let of = if reference.is_empty() { "main" } else { reference };
        let commit = git(&heads, &["rev-parse", &format!("{of}^{{commit}}")])?;
        let build = Build::default().at(&format!("{address}#{reference}")).file("image.yaml");
        let expected = json!({"revision": commit, "source": address.replace("user:word@", "")});
        assert_eq!(labels(&build.image(engine)?), expected, "{reference}");
    }
    Ok(())
}
