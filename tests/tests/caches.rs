//! Caches that leave the engine and come back: of a registry, a folder, and the image itself.

#![cfg(test)]

use anyhow::Result;
use varve_tests::command::stdout_of;
use varve_tests::registry::Registry;
use varve_tests::{Build, Engine, Outcome, stamp};

/// The work of a stage that is in no layer of the image, and the image's own.
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

/// The steps of the family that did work, other than fetching the image that they start from.
fn steps(outcome: &Outcome) -> Vec<&str> {
    let worked = outcome.worked().into_iter().filter(|name| !name.contains("] from "));
    worked.filter(|name| name.starts_with("[app ") || name.starts_with("[tools ")).collect()
}

/// Takes out of the engine's cache what a family left there, and nothing else: the description of each step has its stamp.
fn forget(engine: &Engine, stamp: &str) -> Result<()> {
    let filter = format!("description~={stamp}");
    stdout_of(engine.docker().args(["buildx", "prune", "--all", "--force", "--filter", &filter])).map(drop)
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
        let push = format!("type=image,name={},push=true", at("image"));
        let first = build.clone().flag(&format!("--cache-to={to}")).flag("--provenance=false");
        let first = first.output(engine, &push)?.success()?;
        assert_eq!(steps(&first).len(), 3, "{to}: {:?}", first.worked());
        forget(engine, &stamp)?;
        let import = build.flag(&format!("--cache-from={from}"));
        let again = import.output(engine, "type=cacheonly")?.success()?;
        assert_eq!(steps(&again), [""; 0], "{to}: {:?}", again.worked());
        forget(engine, &stamp)?;
    }
    // What brought them back were the caches: without, all runs again.
    let stamp = stamp();
    let build = family(&stamp);
    build.run(engine)?.success()?;
    forget(engine, &stamp)?;
    assert_eq!(steps(&build.run(engine)?.success()?).len(), 3);
    Ok(())
}
