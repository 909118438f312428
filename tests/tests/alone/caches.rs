//! Exported and imported caches of every type: in a registry, in a folder, in the image itself, and in a service like that of GitHub.

use std::fs;

use anyhow::Result;
use varve_tests::command::stdout_of;
use varve_tests::registry::Registry;
use varve_tests::{ActionsCache, Build, Engine, Outcome, stamp};

/// A stage whose layers are not part of the image, and the stage of the image.
fn family(stamp: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
stages:
  tools:
    from: varve.test/debian:12
    steps: [{{run: 'mkdir /made; echo {stamp} > /made/tool'}}]
  app:
    from: scratch
    steps:
      - {{copy: /made/tool, from: tools, to: /of/{stamp}/}}
      - {{dir: /own/{stamp}}}
"
    ))
}

/// The steps of the family that ran, without the base image.
fn steps(outcome: &Outcome) -> Vec<&str> {
    let worked = outcome.worked().into_iter().filter(|name| !name.contains("] from "));
    worked.filter(|name| name.starts_with("[app ") || name.starts_with("[tools ")).collect()
}

/// Removes the results of one family from the engine's cache. The description of each step contains the stamp of the family. The
/// results are removed by their ids, because older engines can list by description but not remove by it.
fn forget(engine: &Engine, stamp: &str) -> Result<()> {
    let of_stamp = format!("--filter=description~={stamp}");
    let list = stdout_of(engine.docker().args(["buildx", "du", "--verbose", &of_stamp]))?;
    let ids: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("ID:")).map(str::trim).collect();
    let of_ids = format!("--filter=id~=^({})$", ids.join("|"));
    stdout_of(engine.docker().args(["buildx", "prune", "--all", "--force", &of_ids])).map(drop)
}

#[test]
fn every_kind_of_cache_brings_back_what_it_took() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| format!("{}/{name}:1", registry.address);
    let local = folder.path().display();
    let of_registry = |name: &str, mode: &str| {
        (format!("type=registry,ref={},mode={mode}", at(name)), format!("type=registry,ref={}", at(name)))
    };
    let kinds = [
        of_registry("cache", "max"),
        (format!("type=local,dest={local},mode=max"), format!("type=local,src={local}")),
        of_registry("small", "min"),
        ("type=inline".to_owned(), at("image")),
    ];
    for (to, from) in kinds {
        let stamp = stamp();
        let build = family(&stamp);
        // The image is not kept in the image store, because an older engine would take the result from there.
        let push = format!("type=image,name={},push=true,store=false", at("image"));
        let first = build.clone().flag(&format!("--cache-to={to}")).flag("--provenance=false");
        let first = first.output(engine, &push)?.success()?;
        assert_eq!(steps(&first).len(), 3, "{to}: {:?}", first.worked());
        forget(engine, &stamp)?;
        let import = build.flag(&format!("--cache-from={from}"));
        let again = import.output(engine, "type=cacheonly")?.success()?;
        assert_eq!(steps(&again), [""; 0], "{to}: {:?}", again.worked());
        forget(engine, &stamp)?;
    }
    // Without an imported cache all steps run again, so the results above came from the caches.
    let stamp = stamp();
    let build = family(&stamp);
    build.output(engine, "type=cacheonly")?.success()?;
    forget(engine, &stamp)?;
    assert_eq!(steps(&build.output(engine, "type=cacheonly")?.success()?).len(), 3);
    Ok(())
}

#[test]
fn a_cache_of_the_kind_of_github_actions() -> Result<()> {
    let engine = Engine::get()?;
    let cache = ActionsCache::start()?;
    let stamp = stamp();
    // A build without a base image, whose layers would be large.
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  tools: {{from: scratch, steps: [{{file: /of/{stamp}, content: made}}]}}
  app: {{from: scratch, steps: [{{copy: /of/{stamp}, from: tools, to: /tool}}, {{dir: /own/{stamp}}}]}}
"
    );
    let build = Build::yaml(&text);
    let scoped = |scope: &str| format!("{},scope={scope}", cache.option());
    let first = build.clone().flag(&format!("--cache-to={},mode=max", scoped("one")));
    let outcome = first.output(engine, "type=cacheonly")?;
    if engine.is_before("28.0")? {
        // This engine only supports version 1 of the service, which GitHub has switched off.
        assert!(outcome.failure()?.contains("url not set for github actions cache"));
        return Ok(());
    }
    assert_eq!(steps(&outcome.success()?).len(), 3);
    let keys = cache.keys();
    let begin = |begin: &str| keys.iter().filter(|key| key.starts_with(begin)).count();
    assert_eq!((begin("buildkit-blob-1-sha256:"), begin("index-one-1-")), (3, 1), "{keys:?}");

    // Another scope gives no results. The same scope gives all of them, down to the files.
    let folder = tempfile::tempdir()?;
    let output = format!("type=local,dest={}", folder.path().display());
    for (scope, work) in [("two", 3), ("one", 0)] {
        forget(engine, &stamp)?;
        let import = build.clone().flag(&format!("--cache-from={}", scoped(scope)));
        let again = import.output(engine, &output)?.success()?;
        assert_eq!(steps(&again).len(), work, "{scope}: {:?}", again.worked());
        assert_eq!(fs::read_to_string(folder.path().join("tool"))?, "made");
        fs::remove_file(folder.path().join("tool"))?;
    }
    Ok(())
}
