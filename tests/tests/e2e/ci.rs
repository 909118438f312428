//! `varve ci`: every script of the workflow runs, on a real engine and with a real registry.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;
use varve_tests::command::stdout_of;
use varve_tests::machine::Machine;
use varve_tests::workflow::running::{Host, Run};
use varve_tests::workflow::{parse, rules};
use varve_tests::{Engine, Registry, RemoteBuilder, engine, stamp};

/// Two platforms of three variants without processes, so nothing is emulated. Each image says what it is.
const FAMILY: &str = r#"# syntax=varve/frontend:dev
name: small
axes: {word: [one, two, three]}
args: {broken: ""}
stages:
  base: {from: scratch, steps: [{file: /stamp, content: "STAMP"}]}
  app:
    from: base
    steps:
      - {file: "/${{ word }}", content: "${{ platform.arch }}"}
      - {copy: /absent, from: base, to: /, if: word == broken}
targets:
  app:
    platforms: [linux/amd64, linux/arm64]
    tags:
      - REGISTRY/app:${{ word }}
      - REGISTRY/also:${{ word }}
      - {if: word == "one", then: REGISTRY/app:latest}
    cache: {to: {ref: "REGISTRY/cache:${{ word }}", mode: max}, from: "REGISTRY/cache:${{ word }}"}
    test-on:
      - runner: [self-hosted, tester]
        name: content
        run: |
          container=$(docker create --platform ${{ platform }} "$IMAGE" -)
          trap 'docker rm "$container" > "$RUNNER_TEMP/removed"' EXIT
          docker cp "$container:/${{ word }}" "$RUNNER_TEMP/word"
          [ "$(cat "$RUNNER_TEMP/word")" = ${{ platform.arch }} ]
      - {if: word == "two" and platform.arch == "arm64", runner: other, run: "FAILS"}
"#;

/// A repository with a family in a folder, a registry, and a builder that can push without tags.
struct Ci {
    engine: &'static Engine,
    registry: Registry<'static>,
    builder: RemoteBuilder<'static>,
    folder: TempDir,
}

impl Ci {
    fn new(family: &str) -> Result<Ci> {
        let engine = Engine::get()?;
        let registry = Registry::start(engine)?;
        let folder = tempfile::tempdir()?;
        // This builder takes no image from the store of the engine.
        for (image, name) in [("varve/frontend:dev", "varve:0.1"), ("varve.test/debian:12", "debian:12")] {
            registry.push(engine, image, name)?;
        }
        let family = family.replace("varve/frontend:dev", "REGISTRY/varve:0.1");
        let family = family.replace("REGISTRY", &registry.address).replace("STAMP", &stamp());
        fs::create_dir(folder.path().join("images"))?;
        fs::write(folder.path().join("images/image.yaml"), family)?;
        for words in ["init -q", "add .", "-c user.name=a -c user.email=a@b.test commit -qm all"] {
            stdout_of(Command::new("git").current_dir(folder.path()).args(words.split(' ')))?;
        }
        Ok(Ci { engine, registry, builder: RemoteBuilder::new(engine)?, folder })
    }

    /// Writes the workflow in the folder of the family, checks it, and runs it.
    fn run(&self, words: &[&str], secrets: &[(&'static str, &'static str)]) -> Result<Run> {
        let program = engine::frontend::command(&Machine::read()?)?;
        let mut varve = Command::new(program);
        varve.current_dir(self.folder.path().join("images")).arg("ci").args(words);
        let text = stdout_of(&mut varve)?;
        assert_eq!(rules::problems(&text), [""; 0]);
        let host = Host {
            bash: &|| self.bash(),
            checkout: self.folder.path(),
            secrets: secrets.iter().copied().collect::<BTreeMap<_, _>>(),
        };
        Run::of(&parse(&text)?, &host)
    }

    /// The manifest of a name. `None` if the registry does not have it.
    fn raw(&self, name: &str) -> Option<String> {
        let name = format!("{}/{name}", self.registry.address);
        stdout_of(self.engine.docker().args(["buildx", "imagetools", "inspect", "--raw", &name])).ok()
    }

    /// The digests by platform of an image, without attestations. `None` if the registry does not have it.
    fn platforms(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let index: Value = serde_json::from_str(&self.raw(name)?).ok()?;
        let manifests = index["manifests"].as_array()?.iter();
        let platforms = manifests.map(|one| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&one["platform"]["architecture"]), text(&one["digest"]))
        });
        Some(platforms.filter(|(arch, _)| arch != "unknown").collect())
    }

    /// A shell in which `docker` is that of the engine, with the builder.
    fn bash(&self) -> Command {
        let docker = self.engine.docker();
        let program = Path::new(docker.get_program());
        let mut path = program.parent().map(|folder| folder.as_os_str().to_owned()).unwrap_or_default();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut bash = Command::new("bash");
        for (name, value) in docker.get_envs() {
            match value {
                Some(value) => bash.env(name, value),
                None => bash.env_remove(name),
            };
        }
        bash.env("PATH", path).env("BUILDX_BUILDER", &self.builder.name);
        bash
    }
}

fn failed(run: &Run) -> Vec<(&str, usize)> {
    run.failed.iter().map(|(job, failed)| (job.as_str(), *failed)).collect()
}

#[test]
fn every_platform_is_built_tested_joined_and_tagged() -> Result<()> {
    let ci = Ci::new(&FAMILY.replace("FAILS", "true"))?;
    let run = ci.run(&["--jobs=4"], &[])?;
    assert_eq!(
        failed(&run),
        [("build", 0), ("plan", 0), ("release", 0), ("tag", 0), ("test", 0)],
        "{}",
        run.log
    );
    for word in ["one", "two", "three"] {
        let platforms = ci.platforms(&format!("app:{word}")).context("an image")?;
        assert_eq!(platforms.keys().collect::<Vec<_>>(), ["amd64", "arm64"]);
        assert_eq!(ci.platforms(&format!("also:{word}")), Some(platforms));
        // Jobs of two platforms do not write over each other's cache.
        let caches = ["-amd64", "-arm64", ""].map(|end| ci.raw(&format!("cache:{word}{end}")).is_some());
        assert_eq!(caches, [true, true, false]);
    }
    assert_eq!(ci.platforms("app:latest"), ci.platforms("app:one"));
    Ok(())
}

#[test]
fn a_member_that_fails_stops_no_other_one_but_all_tags_that_move() -> Result<()> {
    let ci = Ci::new(&FAMILY.replace("FAILS", "false").replace("broken: \"\"", "broken: three"))?;
    let run = ci.run(&["--jobs=2"], &[])?;
    assert_eq!(failed(&run), [("build", 2), ("plan", 0), ("tag", 1), ("test", 2)], "{}", run.log);
    assert!(ci.platforms("app:one").is_some());
    // One failed its test, one its build, and not everything is there.
    for absent in ["app:two", "app:three", "app:latest"] {
        assert!(ci.platforms(absent).is_none(), "{absent}");
    }
    for told in [
        "::error::1 of 3 targets failed on linux/amd64: app-three",
        "::error::app-two on linux/arm64: the test failed",
        "::error::app-three on linux/amd64: content: there is no image, because its build failed",
        "::error::app-two is not tagged: a test failed",
        "::error::app-three is not tagged: it was not built for linux/amd64, linux/arm64",
    ] {
        assert!(run.log.contains(told), "{told}\n{}", run.log);
    }
    Ok(())
}

#[test]
fn secrets_files_facts_and_keys_are_those_of_the_family() -> Result<()> {
    let ci = Ci::new(
        r#"# syntax=varve/frontend:dev
stages:
  app:
    from: REGISTRY/debian:12
    steps: [{run: 'echo STAMP; tr a-z A-Z < /run/secrets/token > /release', mounts: [{secret: token}]}]
    facts: {release: {file: /release}}
  files: {from: scratch, steps: [{file: /a.txt, content: a}]}
targets:
  app: {tags: "REGISTRY/app:${{ facts.release }}"}
  files: {output: {type: local, dest: out}, tags: []}
"#,
    )?;
    let none = ci.run(&[], &[])?;
    assert_eq!(none.failed["build"], 1);
    assert!(none.log.contains("these secrets, and they are empty or not set: token"), "{}", none.log);
    let program = engine::frontend::command(&Machine::read()?)?;
    let image = format!("varve.test/command:{}", stamp());
    let folder = tempfile::tempdir()?;
    fs::copy(program, folder.path().join("varve"))?;
    fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY varve /\nENTRYPOINT [\"/varve\"]\n")?;
    let context = folder.path().display().to_string();
    stdout_of(ci.engine.docker().args(["buildx", "build", "--load", "--tag", &image, &context]))?;
    let run = ci.run(&["--secret=token=NPM_TOKEN", &format!("--varve={image}")], &[("NPM_TOKEN", "abc")])?;
    stdout_of(ci.engine.docker().args(["image", "rm", &image]))?;
    assert_eq!(failed(&run), [("build", 0), ("plan", 0), ("tag", 0)], "{}", run.log);
    assert!(ci.platforms("app:ABC").is_some());
    let files = run.artifacts().iter().any(|artifact| artifact.join("a.txt").is_file());
    assert!(files, "{:?}", run.artifacts());
    // The key of the image does not cover the secret, so it is no label; that of the files does.
    let plan = run.artifacts().into_iter().find(|path| path.ends_with("plan")).context("a plan")?;
    let plan: Value = serde_json::from_slice(&fs::read(plan.join("bake.json"))?)?;
    assert!(plan["target"]["app"].get("labels").is_none(), "{plan:#}");
    assert!(plan["target"]["files"]["labels"]["varve.key"].is_string(), "{plan:#}");
    Ok(())
}

#[test]
fn a_workflow_says_that_it_is_out_of_date() -> Result<()> {
    let ci = Ci::new(FAMILY)?;
    let path = ci.folder.path().join("images/image.yaml");
    let family = fs::read_to_string(&path)?;
    let program = engine::frontend::command(&Machine::read()?)?;
    let text = stdout_of(Command::new(program).current_dir(ci.folder.path().join("images")).arg("ci"))?;
    fs::write(&path, family.replace("[one, two, three]", "[one, two, three, four]"))?;
    let host = Host { bash: &|| ci.bash(), checkout: ci.folder.path(), secrets: BTreeMap::new() };
    let run = Run::of(&parse(&text)?, &host)?;
    assert_eq!(failed(&run), [("plan", 1)]);
    assert!(run.log.contains("has other variants than this workflow"), "{}", run.log);
    Ok(())
}
