//! The lock with a real client: it pins images of a registry, commits of a repository and downloads from a server. A build uses the
//! pinned versions after all of them have changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;
use varve_tests::command::{output_of, stdout_of};
use varve_tests::digest::sha256;
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Kind, Registry, Site, Tree, stamp};

const FAMILY: &str = r#"# syntax=varve/frontend:dev
axes:
  kind: [first, second]
stages:
  app:
    from: REGISTRY/${{ kind }}:1
    steps:
      - {download: SITE/tool, to: /}
      - {git: SITE/all.git, ref: main, to: /src}
      - {if: kind == "second", then: [{copy: /base, from: "REGISTRY/first:1", to: /first}]}
"#;

/// A registry and a site whose names can get other versions.
struct World {
    engine: &'static Engine,
    registry: Registry<'static>,
    site: Site,
    address: String,
    _folder: TempDir,
}

impl World {
    fn new() -> Result<World> {
        let engine = Engine::get()?;
        let (registry, site, folder) = (Registry::start(engine)?, Site::new()?, tempfile::tempdir()?);
        fs::write(folder.path().join("tool"), stamp())?;
        let address = site.add("project", folder.path())?;
        let world = World { engine, registry, site, address, _folder: folder };
        world.publish("first", "1")?;
        world.publish("second", "1")?;
        Ok(world)
    }

    /// Publishes an image with a text under a name.
    fn publish(&self, name: &str, text: &str) -> Result<()> {
        let reference = format!("{}/{name}:1", self.registry.address);
        let build = Build::dockerfile("FROM scratch\nCOPY base /base\n").with("base", text);
        build.flag(&format!("--tag={reference}")).flag("--push").run(self.engine)?.success()?;
        stdout_of(self.engine.docker().args(["image", "rm", &reference])).map(drop)
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(self.site.path().join("project/all.git")).args(arguments);
        Ok(stdout_of(&mut git)?.trim().to_owned())
    }

    /// Publishes another version of everything except the download.
    fn move_on(&self) -> Result<()> {
        self.publish("first", "2")?;
        self.git(&["update-ref", "refs/heads/main", "next"])?;
        self.git(&["update-server-info"]).map(drop)
    }

    fn build(&self) -> Build {
        let text = FAMILY.replace("REGISTRY", &self.registry.address).replace("SITE", &self.address);
        Build::yaml(&text)
    }

    fn lock(&self) -> Result<String> {
        Ok(self.build().call(self.engine, "lock")?.success()?.stdout)
    }
}

fn digest(tree: &Tree, path: &str) -> String {
    match tree.get(path).map(|node| &node.kind) {
        Some(Kind::File { sha256, .. }) => sha256.clone(),
        other => panic!("{path} is {other:?}"),
    }
}

/// The digest of the base image's text, and whether the file of the later commit exists.
fn seen(build: &Build, engine: &Engine) -> Result<(String, bool)> {
    let tree = build.tree(engine)?;
    Ok((digest(&tree, "/base"), tree.get("/src/later").is_some()))
}

#[test]
fn a_build_gives_what_the_lock_says_when_everything_has_moved_on() -> Result<()> {
    let world = World::new()?;
    let lock = world.lock()?;
    let tool = fs::read(world.site.path().join("project/files/tool"))?;
    for expect in [
        format!("\"{}/tool\": sha256:{}", world.address, sha256(&tool)),
        format!("\"main\": {}", world.git(&["rev-parse", "main"])?),
        format!("\"{}/second:1\": sha256:", world.registry.address),
    ] {
        assert!(lock.contains(&expect), "{expect} is not in\n{lock}");
    }
    world.move_on()?;
    let free = world.build();
    let held = free.clone().with("image.lock", lock.as_str()).arg("VARVE_FROZEN", "1");
    assert_eq!(seen(&held, world.engine)?, (sha256(b"1"), false));
    assert_eq!(seen(&free, world.engine)?, (sha256(b"2"), true));
    let second = held.clone().arg("kind", "second").tree(world.engine)?;
    assert_eq!(digest(&second, "/first"), sha256(b"1"));

    // A new lock file has the current versions.
    let again = world.lock()?;
    assert_ne!(again, lock);
    let held = free.with("image.lock", again).arg("VARVE_FROZEN", "1");
    assert_eq!(seen(&held, world.engine)?, (sha256(b"2"), true));
    Ok(())
}

#[test]
fn an_expression_has_the_digest_of_the_lock() -> Result<()> {
    let world = World::new()?;
    let first = format!("{}/first:1", world.registry.address);
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps:\n      - {{copy: /base, from: \"{first}\", to: /}}\n      - {{file: /digest, content: '${{{{ digest(\"{first}\") }}}}'}}\n    image: {{labels: {{first: '${{{{ digest(\"{first}\") }}}}', other: '${{{{ digest(\"a:1\") | default(\"none\") }}}}'}}}}\n"
    );
    let build = Build::yaml(&text);
    let words = build.run(world.engine)?.failure()?;
    assert!(
        words.contains("the lock has no digest of the image") && words.contains("image.yaml:7"),
        "{words}"
    );
    let lock = build.call(world.engine, "lock")?.success()?.stdout;
    let image = build.with("image.lock", lock.as_str()).image(world.engine)?;
    let locked = lock.lines().find_map(|line| line.split_once("/first:1\": ")).unwrap().1;
    assert!(locked.starts_with("sha256:"), "{lock}");
    assert_eq!((image.labels()["first"], image.labels()["other"]), (locked, "none"));
    assert_eq!(digest(&image.tree, "/digest"), sha256(locked.as_bytes()));
    Ok(())
}

#[test]
fn a_download_that_is_another_one_fails_at_its_place() -> Result<()> {
    let world = World::new()?;
    let held = world.build().with("image.lock", world.lock()?);
    fs::write(world.site.path().join("project/files/tool"), stamp())?;
    let words = held.run(world.engine)?.failure()?;
    assert!(words.contains("digest mismatch") && words.contains("image.yaml:8"), "{words}");
    Ok(())
}

#[test]
fn the_command_of_the_documents_writes_it_through_the_shell() -> Result<()> {
    let world = World::new()?;
    let (command, folder) = world.build().command(world.engine, &["--call=lock".to_owned()])?;
    let context = folder.path().join("context");
    // The shell empties the file before docker starts, as it does for users.
    fs::write(context.join("image.lock"), "version: 7\n")?;
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" > image.lock", "sh"]).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(&context);
    let output = output_of(&mut shell)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(context.join("image.lock"))?, world.lock()?);
    Ok(())
}

#[test]
fn a_stale_lock_is_reported_and_frozen_it_fails_with_the_excerpt() -> Result<()> {
    let world = World::new()?;
    let stale = world.lock()?.replace("/first:1", "/old:1");
    let build = world.build().with("image.lock", stale);
    let outcome = build.run(world.engine)?.success()?;
    let first = format!("image.lock has no entry for the image `{}/first:1` for", world.registry.address);
    assert!(outcome.warnings.iter().any(|warning| warning.short.contains(&first)), "{:?}", outcome.warnings);
    let words = build.arg("VARVE_FROZEN", "1").run(world.engine)?.failure()?;
    assert!(words.contains(&first) && words.contains("from: "), "{words}");
    Ok(())
}

#[test]
fn a_dockerfile_that_is_a_base_is_held_to_the_lock() -> Result<()> {
    let world = World::new()?;
    let text = "# syntax=varve/frontend:dev\nstages:\n  old: {from: {dockerfile: old/Dockerfile}}\n";
    let free = Build::yaml(text).with("old/Dockerfile", format!("FROM {}/first:1\n", world.registry.address));
    let lock = free.call(world.engine, "lock")?.success()?.stdout;
    world.move_on()?;
    let base = |build: &Build| Ok::<_, anyhow::Error>(digest(&build.tree(world.engine)?, "/base"));
    assert_eq!(base(&free.clone().with("image.lock", lock).arg("VARVE_FROZEN", "1"))?, sha256(b"1"));
    assert_eq!(base(&free)?, sha256(b"2"));
    let stale = free.with("image.lock", "version: 1\n").run(world.engine)?.success()?;
    assert!(stale.warnings.iter().any(|warning| warning.short.starts_with("stale-lock:")), "{stale:?}");
    Ok(())
}

#[test]
fn an_image_of_the_local_store_alone_is_locked_only_if_that_is_allowed() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let local = format!("{}/never-pushed:1", registry.address);
    stdout_of(engine.docker().args(["tag", "varve.test/debian:12", &local]))?;
    let yaml = format!("# syntax=varve/frontend:dev\nstages: {{app: {{from: \"{local}\"}}}}\n");
    let build = Build::yaml(&yaml);
    let words = build.call(engine, "lock")?.failure()?;
    let allowed = build.clone().arg("VARVE_LOCK_LOCAL", "1").call(engine, "lock")?.success()?.stdout;
    // A build takes it, as before.
    build.run(engine)?.success()?;
    stdout_of(engine.docker().args(["image", "rm", &local]))?;
    for told in [local.as_str(), "only the image store of this builder has it", "image.yaml:2"] {
        assert!(words.contains(told), "{told} is not in\n{words}");
    }
    assert!(allowed.contains(&format!("\"{local}\": sha256:")), "{allowed}");
    Ok(())
}

#[test]
fn an_image_without_the_platform_is_named_with_it() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let name = format!("{}/one-platform:1", registry.address);
    let others = Build::dockerfile("FROM scratch\nLABEL a=b\n").platform("linux/arm64,linux/riscv64");
    others.flag(&format!("--tag={name}")).flag("--push").run(engine)?.success()?;
    stdout_of(engine.docker().args(["image", "rm", &name]))?;
    let yaml = format!(
        "# syntax=varve/frontend:dev\nstages:\n  other: {{from: scratch}}\n  app: {{from: \"{name}\", platform: build}}\n"
    );
    let words = Build::yaml(&yaml).platform("linux/s390x,linux/riscv64").run(engine)?.failure()?;
    assert!(
        words.contains(&format!("`{name}` for linux/amd64: ")) && words.contains("image.yaml:4"),
        "{words}"
    );
    Ok(())
}

#[test]
fn drift_names_what_moved_in_the_registry_and_nothing_else() -> Result<()> {
    let world = World::new()?;
    let held = world.build().with("image.lock", world.lock()?);
    let first = format!("{}/first:1", world.registry.address);
    // The store of the builder has another image of that name, which a build would take.
    stdout_of(world.engine.docker().args(["tag", "varve.test/debian:12", &first]))?;
    let before = held.call(world.engine, "drift")?.success()?.stdout;
    assert_eq!(before, "no name moved: image.lock is current, with 4 names\n");
    world.move_on()?;
    let after = held.call(world.engine, "drift")?;
    assert_eq!(after.code, 3, "{after:?}");
    let (next, old) = (world.git(&["rev-parse", "main"])?, world.git(&["rev-parse", "main~1"])?);
    for expect in [
        "2 of 4 names of image.yaml moved since image.lock was written\n".to_owned(),
        format!("the image `{first}` for linux/"),
        format!("`main` of `{}/all.git`\n  {old}\n  -> {next}\n  used by all 2 variants\n", world.address),
    ] {
        assert!(after.stdout.contains(&expect), "{expect} is not in\n{}", after.stdout);
    }
    let json = held.call(world.engine, "drift,format=json")?;
    assert_eq!(json.code, 3);
    let json: serde_json::Value = serde_json::from_str(&json.stdout)?;
    // The second variant copies from the image too.
    assert_eq!(json["moved"][0]["name"], first.as_str());
    assert_eq!(json["moved"][0]["variants"].as_array().map(Vec::len), Some(2), "{json:#}");
    // A name that is gone is a failure, and no drift.
    let gone = world.build().with("image.lock", held.call(world.engine, "lock")?.success()?.stdout);
    fs::remove_file(world.site.path().join("project/files/tool"))?;
    let failed = gone.call(world.engine, "drift")?;
    assert!(failed.code == 1 && failed.stderr.contains("/tool"), "{failed:?}");
    Ok(())
}

#[test]
fn the_command_updates_one_name_and_leaves_all_others() -> Result<()> {
    let world = World::new()?;
    let lock = world.lock()?;
    world.move_on()?;
    // The others need not even exist any more.
    fs::remove_file(world.site.path().join("project/files/tool"))?;
    let (_, folder) = world.build().with("image.lock", lock.as_str()).command(world.engine, &[])?;
    let (programs, context) = (tempfile::tempdir()?, folder.path().join("context"));
    symlink(&world.engine.program, programs.path().join("docker"))?;
    let varve = frontend::command(&Machine::read()?)?;
    let update = |more: &[&str]| {
        let script = r#"PATH="$0:$PATH" exec "$@""#;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).arg(programs.path()).arg(&varve).args(["lock", "--update"]).args(more);
        let environment = world.engine.docker();
        command.envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))));
        output_of(command.current_dir(&context))
    };
    let now = || fs::read_to_string(context.join("image.lock"));
    let first = format!("{}/first:1", world.registry.address);

    let wrong = update(&["nothing:1"])?;
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!((wrong.status.code(), now()?), (Some(2), lock.clone()));
    assert!(said.contains("nothing to pin has the name `nothing:1`") && said.contains("as it was"), "{said}");

    let output = update(&[&first, "--format", "json"])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.ends_with("image.lock: 1 pin updated\n"), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let (old, new) = (&json["updated"][0]["old"], &json["updated"][0]["new"]);
    let (old, new) = (old.as_str().unwrap(), new.as_str().unwrap());
    assert_eq!(now()?, lock.replace(old, new));
    assert!(old != new && lock.contains(old), "{json:#}");

    let again = update(&[&first])?;
    assert!(again.status.success() && again.stdout.is_empty(), "{again:?}");
    Ok(())
}
