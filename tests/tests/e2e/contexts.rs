//! Contexts of every kind: the main context, and named contexts in place of images and stages.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use varve_tests::command::{output_of, stdout_of};
use varve_tests::site::Site;
use varve_tests::{Build, Engine, read_images};

const FAMILY: &str = "# syntax=varve/frontend:dev
stages:
  replaced: {from: \"nowhere/at-all:1\"}
  app:
    from: scratch
    steps:
      - {copy: /file, from: \"some/image:1\", to: /image}
      - {copy: file, from: folder, to: /folder}
      - {copy: later, from: \"some/repository\", to: /repository}
      - {copy: context, from: download, to: /download}
      - {copy: /file, from: replaced, to: /layout}
";

fn folder(files: &[(&str, &str)]) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for (path, text) in files {
        fs::write(folder.path().join(path), text)?;
    }
    Ok(folder)
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn succeeded(output: Output) -> Result<Output> {
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

#[test]
fn named_contexts_of_every_kind() -> Result<()> {
    let engine = Engine::get()?;
    let site = Site::new()?;
    let files = folder(&[("file", "of the folder")])?;
    let address = site.add("site", files.path())?;
    let image = Build::dockerfile("FROM scratch\nCOPY file /\n");
    let loaded = image.clone().with("file", "of the image").load(engine)?;
    let layout = tempfile::tempdir()?;
    let oci = format!("type=oci,tar=false,dest={}", layout.path().display());
    image.with("file", "of the layout").flag("--provenance=false").output(engine, &oci)?.success()?;

    let out = tempfile::tempdir()?;
    Build::yaml(FAMILY)
        .context("some/image:1", &format!("docker-image://{}", loaded.tag))
        .context("folder", &files.path().to_string_lossy())
        .context("some/repository", &format!("{address}/all.git#next"))
        .context("download", &format!("{address}/files/file"))
        .context("replaced", &format!("oci-layout://{}:latest", layout.path().display()))
        .output(engine, &format!("type=local,dest={}", out.path().display()))?
        .success()?;
    for kind in ["image", "folder", "layout"] {
        assert_eq!(read(out.path(), kind), format!("of the {kind}"));
    }
    assert_eq!(read(out.path(), "download"), "of the folder");
    assert!(out.path().join("repository").exists());
    Ok(())
}

#[test]
fn a_target_of_bake_is_a_base_with_its_configuration() -> Result<()> {
    let engine = Engine::get()?;
    let bake = r#"
group "default" { targets = ["app"] }
target "below" {
  dockerfile-inline = "FROM scratch\nCOPY file /\nENV FROM_BELOW=yes"
  platforms = ["linux/amd64", "linux/arm64"]
}
target "app" {
  dockerfile = "image.yaml"
  contexts = { below = "target:below" }
  platforms = ["linux/amd64", "linux/arm64"]
  args = { word = "baked" }
  attest = ["type=provenance,disabled=true"]
}
"#;
    let text = "# syntax=varve/frontend:dev\nargs: {word: none}\nstages: {app: {from: below, steps: [{dir: \"/${{ word }}\"}]}}\n";
    let work = folder(&[("docker-bake.hcl", bake), ("image.yaml", text), ("file", "x")])?;
    let out = tempfile::tempdir()?;
    let form = "type=oci,tar=false,compression=uncompressed,force-compression=true";
    let set = format!("app.output={form},dest={}", out.path().display());
    let mut command = engine.docker();
    command.current_dir(work.path()).args([
        "buildx",
        "bake",
        "--progress=plain",
        "--allow=fs=*",
        "--set",
        &set,
    ]);
    succeeded(output_of(&mut command)?)?;
    let images = read_images(out.path())?;
    assert_eq!(images.len(), 2);
    for image in images {
        assert!(image.env().contains(&"FROM_BELOW=yes"), "{:?}", image.env());
        assert!(image.tree.get("/file").is_some() && image.tree.get("/baked").is_some());
    }
    Ok(())
}

#[test]
fn an_archive_on_standard_input() -> Result<()> {
    let engine = Engine::get()?;
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: scratch, steps: [{copy: file, to: /}]}}\n";
    let work = folder(&[("image.yaml", text), ("file", "packed")])?;
    let (archive, out) = (work.path().join("all.tar.gz"), work.path().join("out"));
    stdout_of(Command::new("tar").current_dir(work.path()).args([
        "-czf",
        "all.tar.gz",
        "image.yaml",
        "file",
    ]))?;
    let mut command = engine.docker();
    command.args(["buildx", "build", "--progress=plain", "--file=image.yaml"]);
    command.arg(format!("--output=type=local,dest={}", out.display())).arg("-").stdin(File::open(archive)?);
    succeeded(command.output()?)?;
    assert_eq!(read(&out, "file"), "packed");
    Ok(())
}

#[test]
fn a_repository_with_its_history_where_it_is_asked_for() -> Result<()> {
    let engine = Engine::get()?;
    let site = Site::new()?;
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: scratch, steps: [{copy: ., to: /}]}}\n";
    let files = folder(&[("image.yaml", text), ("file", "x")])?;
    let address = site.add("site", files.path())?;
    let build = Build::default().at(&format!("{address}/all.git#v1")).file("image.yaml");
    for (build, kept) in [(build.clone(), false), (build.arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"), true)] {
        let out = tempfile::tempdir()?;
        build.output(engine, &format!("type=local,dest={}", out.path().display()))?.success()?;
        assert_eq!(read(out.path(), "file"), "x");
        assert_eq!(out.path().join(".git").exists(), kept);
    }
    Ok(())
}

#[test]
fn an_archive_or_a_build_file_from_a_url() -> Result<()> {
    let engine = Engine::get()?;
    let site = Site::new()?;
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: scratch, steps: [{file: /made, content: here}]}}\n";
    let files = folder(&[("image.yaml", text)])?;
    let address = site.add("site", files.path())?;
    for url in ["all.tar.gz", "files/image.yaml"] {
        let build = Build::default().at(&format!("{address}/{url}"));
        let build = if url.ends_with(".gz") { build.file("image.yaml") } else { build };
        let out = tempfile::tempdir()?;
        build.output(engine, &format!("type=local,dest={}", out.path().display()))?.success()?;
        assert_eq!(read(out.path(), "made"), "here");
    }
    Ok(())
}
