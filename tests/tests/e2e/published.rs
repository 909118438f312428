//! What the command does with a registry: `varve promote`, `varve stale` and `varve changed --published`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use varve_tests::command::{output_of, stdout_of};
use varve_tests::{Build, Engine, Registry, RemoteBuilder, stamp};

const FAMILY: &str = "# syntax=varve/frontend:dev
axes: {device: [cpu, cuda, rocm]}
args: {channel: \"\"}
stages: {app: {from: scratch, steps: [{file: \"/${{ device }}\", content: STAMP}]}}
targets:
  app:
    platforms: [linux/amd64, linux/arm64]
    tags:
      - HOST/app:${{ device }}${{ channel }}
      - {if: device == \"cpu\", then: HOST/app:latest}
    publish: device != \"rocm\"
    cache: {to: \"HOST/cache:${{ device }}\"}
";

/// A registry, and a folder with the family whose tags are in it.
struct Place {
    folder: tempfile::TempDir,
    registry: Registry<'static>,
}

impl Place {
    fn new() -> Result<Place> {
        let registry = Registry::start(Engine::get()?)?;
        let folder = tempfile::tempdir()?;
        let text = FAMILY.replace("HOST", &registry.address).replace("STAMP", &stamp());
        fs::write(folder.path().join("image.yaml"), text)?;
        Ok(Place { folder, registry })
    }

    fn docker(&self, words: &[&str]) -> Result<String> {
        stdout_of(Engine::get()?.docker().current_dir(self.folder.path()).args(words))
    }

    /// Runs the command in the folder, with the docker of the engine.
    fn varve(&self, words: &[&str]) -> Result<Output> {
        varve(self.folder.path(), words, Engine::get()?)
    }

    fn out(&self, words: &[&str], code: i32) -> Result<String> {
        let output = self.varve(words)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(code), "{words:?}: {:?} {text}{err}", output.status);
        Ok(if text.is_empty() { err.into_owned() } else { text })
    }

    fn json(&self, words: &[&str], code: i32) -> Result<Value> {
        let text = self.out(&[words, &["--format", "json"]].concat(), code)?;
        serde_json::from_str(&text).with_context(|| text.clone())
    }

    fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.registry.address)
    }

    fn digest(&self, name: &str) -> Result<String> {
        let format = "--format={{json .Manifest.Digest}}";
        let text = self.docker(&["buildx", "imagetools", "inspect", format, &self.name(name)])?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Builds and pushes all published variants with `docker buildx bake`, each with its key.
    fn bake(&self) -> Result<()> {
        let file = self.out(&["bake", "--keys"], 0)?;
        self.bake_file(&file)
    }

    fn bake_file(&self, file: &str) -> Result<()> {
        fs::write(self.folder.path().join("bake.json"), file)?;
        let bake = ["buildx", "bake", "--push", "--allow=fs=*", "--progress=quiet", "--file=bake.json"];
        let flags = ["--provenance=false", "--metadata-file=baked.json", "--set=*.cache-to="];
        self.docker(&[&bake[..], &flags].concat()).map(drop)
    }
}

fn varve(folder: &Path, words: &[&str], engine: &Engine) -> Result<Output> {
    let docker = engine.docker();
    let program = Path::new(docker.get_program());
    let mut path = program.parent().map(|folder| folder.as_os_str().to_owned()).unwrap_or_default();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
    command.envs(docker.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    output_of(command.current_dir(folder).args(words))
}

#[test]
fn images_that_were_pushed_by_digest_get_their_tags() -> Result<()> {
    let place = Place::new()?;
    let remote = RemoteBuilder::new(Engine::get()?)?;
    let name = place.name("app");
    let output = format!("--output=type=image,name={name},push-by-digest=true,push=true,store=false");
    // One job for each platform, as on native runners, and one for all platforms.
    let jobs = [
        ("cpu", "linux/amd64", "a.json"),
        ("cpu", "linux/arm64", "b.json"),
        ("cuda", "linux/amd64,linux/arm64", "c.json"),
        ("rocm", "linux/amd64", "d.json"),
    ];
    for (device, platform, file) in jobs {
        let build = Build::in_folder(place.folder.path()).file("image.yaml").arg("device", device);
        let flags = [
            format!("--metadata-file={file}"),
            format!("--builder={}", remote.name),
            "--provenance=false".to_owned(),
            output.clone(),
        ];
        let build = flags.iter().fold(build.platform(platform), |build, flag| build.flag(flag));
        build.run(Engine::get()?)?.success()?;
    }
    let files =
        ["--metadata", "b.json", "--metadata", "a.json", "--metadata", "c.json", "--metadata", "d.json"];
    let promote = |more: &[&'static str]| -> Vec<&'static str> { [&["promote"][..], &files, more].concat() };
    let printed = place.varve(&promote(&[]))?;
    let err = String::from_utf8_lossy(&printed.stderr);
    assert!(err.contains("d.json is not published"), "{err}");
    let read = |file: &str| -> Result<String> {
        let json: Value = serde_json::from_slice(&fs::read(place.folder.path().join(file))?)?;
        Ok(format!("{name}@{}", json["containerimage.digest"].as_str().unwrap_or_default()))
    };
    let (a, b, c) = (read("a.json")?, read("b.json")?, read("c.json")?);
    let create = "docker buildx imagetools create --prefer-index=false";
    let expect =
        format!("{create} --tag {name}:cpu --tag {name}:latest {a} {b}\n{create} --tag {name}:cuda {c}\n");
    assert_eq!(String::from_utf8_lossy(&printed.stdout), expect);
    // Nothing has a tag yet.
    assert!(place.digest("app:cpu").is_err());
    let ran = place.json(&promote(&["--run"]), 0)?;
    assert_eq!(ran["promotions"][0]["done"], true, "{ran:#}");
    assert_eq!(format!("{name}@{}", place.digest("app:cuda")?), c);
    assert_eq!(place.digest("app:cpu")?, place.digest("app:latest")?);
    let raw = place.docker(&["buildx", "imagetools", "inspect", "--raw", &format!("{name}:cpu")])?;
    let index: Value = serde_json::from_str(&raw)?;
    let platforms: Vec<&Value> = index["manifests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|manifest| &manifest["platform"]["architecture"])
        .collect();
    assert_eq!(platforms, [&json!("amd64"), &json!("arm64")]);
    // The names that the file gives with another argument.
    let more = ["image.yaml", "--build-arg", "channel=-stable", "--run"];
    place.out(&[&["promote", "--metadata", "c.json"][..], &more].concat(), 0)?;
    assert_eq!(place.digest("app:cuda-stable")?, place.digest("app:cuda")?);
    // Two images of one platform cannot share a tag.
    let twice = fs::read_to_string(place.folder.path().join("a.json"))?;
    let digest = a.rsplit('@').next().unwrap_or_default();
    fs::write(
        place.folder.path().join("e.json"),
        twice.replace(digest, &format!("sha256:{}", "0".repeat(64))),
    )?;
    let wrong = place.out(&["promote", "--metadata", "a.json", "--metadata", "e.json"], 2)?;
    assert!(wrong.contains("a.json and e.json are different images of"), "{wrong}");
    Ok(())
}

#[test]
fn the_family_in_the_registry() -> Result<()> {
    let place = Place::new()?;
    // Nothing is there.
    let text = place.out(&["changed", "--published", "--exit-code"], 3)?;
    assert!(
        text.starts_with("2 published variants: 2 missing, 0 unlike, 0 equal\n\nmissing\n  app device=cpu\n"),
        "{text}"
    );
    let wrong = place.out(&["promote"], 2)?;
    assert!(
        wrong.contains("app:cpu is not in the registry: build and push `app device=cpu` first"),
        "{wrong}"
    );
    let bake = place.out(&["changed", "--published", "--format", "bake"], 0)?;
    place.bake_file(&bake)?;
    let text = place.out(&["changed", "--published", "--exit-code"], 0)?;
    assert!(text.starts_with("2 published variants: 0 missing, 0 unlike, 2 equal\n"), "{text}");
    let gha = place.out(&["changed", "--published", "--format", "gha"], 0)?;
    assert_eq!(gha, "{\"include\":[]}\n");
    // bake's metadata has an image for each target.
    let printed = place.out(&["promote", "--metadata", "baked.json"], 0)?;
    assert_eq!(printed.lines().count(), 2, "{printed}");

    // The first tag of each variant is the source of the others, or that of another value of an argument.
    place.out(&["promote", "--from", "channel=", "--build-arg", "channel=-1", "--run"], 0)?;
    assert_eq!(place.digest("app:cuda-1")?, place.digest("app:cuda")?);
    assert_eq!(place.digest("app:cpu-1")?, place.digest("app:latest")?);

    // Another content of one variant, and a tag that is gone.
    let file = place.folder.path().join("image.yaml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace("steps: [", "steps: [{file: /new, if: device == \"cuda\"}, "))?;
    let json = place.json(&["changed", "--published", "--exit-code"], 3)?;
    let states = json["variants"].as_array().into_iter().flatten();
    let states: Vec<&Value> = states.map(|variant| &variant["state"]).collect();
    assert_eq!(states, ["equal", "unlike"], "{json:#}");
    assert_eq!(json["variants"][1]["tags"][0]["because"], "has another key");

    let stale = place.json(&["stale", "--exit-code"], 3)?;
    let expect = json!({"repositories": [
        {"repository": place.name("app"), "tags": 5, "stale": [place.name("app:cpu-1"), place.name("app:cuda-1")]},
        {"repository": place.name("cache"), "tags": null, "stale": []},
    ]});
    assert_eq!(stale, expect);
    let kept =
        place.out(&["stale", "--keep", "*-1", "--exit-code", "--repository", &place.name("gone")], 0)?;
    assert!(kept.contains(&format!("{}: 0 of 5 tags stale\n", place.name("app"))), "{kept}");
    assert!(kept.contains(&format!("{}: not in the registry\n", place.name("gone"))), "{kept}");
    Ok(())
}

#[test]
fn a_registry_that_cannot_be_reached_is_no_registry_without_images() -> Result<()> {
    let place = Place::new()?;
    place.bake()?;
    let file = place.folder.path().join("image.yaml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace(&place.registry.address, "127.0.0.1:1"))?;
    for command in [&["changed", "--published"][..], &["stale"], &["promote"]] {
        let words = place.out(command, 2)?;
        assert!(words.contains("cannot reach the registry of 127.0.0.1:1/"), "{command:?}: {words}");
    }
    Ok(())
}
