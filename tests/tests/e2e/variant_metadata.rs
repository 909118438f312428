//! What the result of a build says about its variant: the metadata for the client, and the names of the image for an exporter with the
//! name `*`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use varve_tests::command::stdout_of;
use varve_tests::{Build, Engine, Registry, RemoteBuilder, stamp};

const FAMILY: &str = "# syntax=varve/frontend:dev
default: app
axes: {device: [cpu, cuda, rocm], os: [a, b]}
stages:
  app: {from: scratch, steps: [{file: \"/${{ device }}\", content: STAMP}]}
  bare: {from: scratch, steps: [{file: /x}]}
targets:
  app:
    tags: [\"HOST/app:${{ device }}\", HOST/all, \"HOST/all:latest\", \"HOST/app:${{ device }}-${{ platform.arch }}\"]
    publish: device != \"rocm\" and (device != \"cuda\" or platform.arch != \"arm64\")
  bare: {}
";

fn family(host: &str) -> Build {
    Build::yaml(&FAMILY.replace("HOST", host).replace("STAMP", &stamp()))
}

/// Runs a build, and returns the metadata of the client.
fn metadata(build: &Build, flags: &[&str]) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("metadata.json");
    let build = flags.iter().fold(build.clone(), |build, flag| build.flag(flag));
    build.flag(&format!("--metadata-file={}", file.display())).run(Engine::get()?)?.success()?;
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

fn in_archive(archive: &Path, file: &str) -> Result<Value> {
    let text = stdout_of(Command::new("tar").arg("-xOf").arg(archive).arg(file))?;
    Ok(serde_json::from_str(&text)?)
}

#[test]
fn the_client_gets_a_description_of_the_variant_with_every_output() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let remote = RemoteBuilder::new(engine)?;
    let build = family("acme");
    let folder = tempfile::tempdir()?;
    let dest = folder.path().display();
    let name = format!("{}/app:1", registry.address);
    let outputs = [
        "type=cacheonly".to_owned(),
        format!("type=local,dest={dest}/local"),
        format!("type=tar,dest={dest}/tar"),
        format!("type=oci,dest={dest}/oci"),
        format!("type=image,name={name},push=true"),
    ];
    let one = json!({
        "target": "app",
        "axes": {"device": "cuda", "os": "a"},
        "platforms": ["linux/amd64"],
        "publish": true,
        "tags": ["acme/app:cuda", "acme/all", "acme/all:latest", "acme/app:cuda-amd64"],
    });
    let two = json!({
        "target": "app",
        "axes": {"device": "cpu", "os": "b"},
        "platforms": ["linux/amd64", "linux/arm64"],
        "publish": true,
        "tags": ["acme/app:cpu", "acme/all", "acme/all:latest", "acme/app:cpu-amd64", "acme/app:cpu-arm64"],
    });
    for builder in [None, Some(format!("--builder={}", remote.name))] {
        for attest in ["--provenance=false", "--provenance=mode=max"] {
            for output in &outputs {
                let output = format!("--output={output}");
                let flags = [Some(attest), builder.as_deref(), Some(&output)];
                let flags: Vec<&str> = flags.into_iter().flatten().collect();
                let about = || format!("{flags:?}");
                let found = metadata(&build.clone().arg("device", "cuda"), &flags).with_context(about)?;
                assert_eq!(found["frontend.varve.variant"], one, "{flags:?}");
                let several = build.clone().arg("os", "b").platform("linux/amd64,linux/arm64");
                let found = metadata(&several, &flags).with_context(about)?;
                assert_eq!(found["frontend.varve.variant"], two, "{flags:?}");
                if output.contains("push=true") {
                    assert_eq!(found["image.name"], name.as_str());
                    assert!(found["containerimage.digest"].is_string());
                }
            }
        }
    }
    // What is not published, and a stage that is built by its name, have no tags.
    let not = json!({
        "target": "app",
        "axes": {"device": "rocm", "os": "a"},
        "platforms": ["linux/amd64"],
        "publish": false,
        "tags": [],
    });
    assert_eq!(metadata(&build.arg("device", "rocm"), &[])?["frontend.varve.variant"], not);
    let stage = Build::yaml("# syntax=varve/frontend:dev\nstages: {app: {from: scratch}}\n");
    let stage_alone =
        json!({"target": "app", "axes": {}, "platforms": ["linux/amd64"], "publish": false, "tags": []});
    assert_eq!(metadata(&stage, &[])?["frontend.varve.variant"], stage_alone);
    Ok(())
}

#[test]
fn bake_gives_the_description_of_each_of_its_targets() -> Result<()> {
    let engine = Engine::get()?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("image.yaml"), FAMILY.replace("HOST", "acme").replace("STAMP", &stamp()))?;
    let bake = Build::in_folder(folder.path()).file("image.yaml").call(engine, "bake")?.success()?.stdout;
    std::fs::write(at("docker-bake.json"), bake)?;
    let mut command = engine.docker();
    command.current_dir(folder.path()).args(["buildx", "bake", "--progress=quiet", "--allow=fs=*"]);
    stdout_of(command.args(["--metadata-file=m.json", "--set=*.output=type=cacheonly"]))?;
    let found: Value = serde_json::from_slice(&std::fs::read(at("m.json"))?)?;
    let variant = &found["app-cuda"]["frontend.varve.variant"];
    assert_eq!(variant["axes"]["device"], "cuda", "{found:#}");
    assert_eq!(found["app-cpu"]["frontend.varve.variant"]["tags"][0], "acme/app:cpu");
    Ok(())
}

#[test]
fn archives_have_the_names_of_the_file() -> Result<()> {
    let engine = Engine::get()?;
    let remote = RemoteBuilder::new(engine)?;
    let folder = tempfile::tempdir()?;
    let repository = stamp();
    let build = family(&repository).flag("--provenance=false");
    let named = |name: &str| format!("docker.io/{repository}/{name}");
    let oci = folder.path().join("oci.tar");
    let output = format!("type=oci,\"name=*\",dest={}", oci.display());
    for build in [build.clone(), build.clone().flag(&format!("--builder={}", remote.name))] {
        build.platform("linux/amd64,linux/arm64").output(engine, &output)?.success()?;
        let index = in_archive(&oci, "index.json")?;
        let names: Vec<&Value> = index["manifests"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|manifest| &manifest["annotations"]["io.containerd.image.name"])
            .collect();
        let expect = ["app:cpu", "all:latest", "app:cpu-amd64", "app:cpu-arm64"].map(named);
        assert_eq!(names, expect.iter().collect::<Vec<_>>());
        std::fs::remove_file(&oci)?;
    }

    let docker = folder.path().join("docker.tar");
    build.output(engine, &format!("type=docker,\"name=*\",dest={}", docker.display()))?.success()?;
    let load = |command: &mut Command| stdout_of(command.args(["load", "--input"]).arg(&docker));
    let loaded = load(&mut engine.docker())?;
    for name in ["app:cpu", "all:latest", "app:cpu-amd64"] {
        let name = format!("{repository}/{name}");
        assert!(loaded.contains(&format!("Loaded image: {name}\n")), "{loaded}");
        stdout_of(engine.docker().args(["image", "rm", &name]))?;
    }
    Ok(())
}

#[test]
fn a_builder_that_is_no_docker_pushes_under_the_names_of_the_file() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let remote = RemoteBuilder::new(engine)?;
    let build = family(&registry.address).flag(&format!("--builder={}", remote.name));
    let output = "--output=type=image,\"name=*\",push=true,store=false";
    let flags = ["--provenance=false", "--platform=linux/amd64,linux/arm64", output];
    let found = metadata(&build, &flags)?;
    let names = ["app:cpu", "all:latest", "app:cpu-amd64", "app:cpu-arm64"];
    let names = names.map(|name| format!("{}/{name}", registry.address));
    assert_eq!(found["image.name"], names.join(","));
    for name in names {
        let words = ["buildx", "imagetools", "inspect", "--format={{json .Manifest.Digest}}", &name];
        let digest: Value = serde_json::from_str(&stdout_of(engine.docker().args(words))?)?;
        assert_eq!(digest, found["containerimage.digest"], "{name}");
    }
    Ok(())
}

#[test]
fn an_image_without_names_is_an_error_that_says_what_to_do() -> Result<()> {
    let engine = Engine::get()?;
    let remote = RemoteBuilder::new(engine)?;
    let remote = format!("--builder={}", remote.name);
    let build = family("acme");
    let folder = tempfile::tempdir()?;
    let archive = format!("type=oci,\"name=*\",dest={}/oci.tar", folder.path().display());
    let push = "type=image,\"name=*\",push=true,store=false";
    let check = |build: Build, output: &str, expect: &str| -> Result<()> {
        let words = build.flag("--provenance=false").output(engine, output)?.failure()?;
        assert!(words.contains(expect), "{words}");
        Ok(())
    };
    let bare = "`bare` (it has no tags: add them to the target or write name=NAME in place of name=*)";
    let rocm = "`app` (it is not published: write name=NAME in place of name=*)";
    let cuda = "`app` (it is not published on linux/arm64: write name=NAME in place of name=*)";
    let cuda_build = build.clone().arg("device", "cuda").platform("linux/amd64,linux/arm64");
    for (build, expect) in [
        (build.clone().target("bare"), bare),
        (build.clone().arg("device", "rocm"), rocm),
        (cuda_build, cuda),
    ] {
        check(build.clone(), &archive, &format!("failed to parse {expect}"))?;
        check(build.flag(&remote), push, &format!("failed to push {expect}"))?;
    }
    Ok(())
}

/// The reference says what BuildKit refuses. If a BuildKit takes one of these, the reference has to be changed.
#[test]
fn where_buildkit_takes_no_names_of_the_file() -> Result<()> {
    let engine = Engine::get()?;
    let folder = tempfile::tempdir()?;
    let archive = format!("type=oci,\"name=*\",dest={}/oci.tar", folder.path().display());
    let image = "type=image,\"name=*\"".to_owned();
    for (attest, output) in [("--provenance=true", archive), ("--provenance=false", image)] {
        let words = family("acme").flag(attest).output(engine, &output)?.failure()?;
        assert!(words.contains("invalid reference format"), "{output}: {words}");
    }
    Ok(())
}
