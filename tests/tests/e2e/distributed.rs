//! Two engines that only share a registry: the results of one are cache hits on the other.

use varve_tests::{Build, Pair, stamp};

/// Steps of every kind that a cache has to transfer: processes, copies between stages, parallel layers, files.
const FAMILY: &str = r#"# syntax=varve/frontend:dev
args: {image: {required: true}, last: "1"}
stages:
  tools:
    from: ${{ image }}
    steps:
      - run: echo STAMP tools > /tool
  app:
    from: ${{ image }}
    env: {LANG: C.UTF-8}
    workdir: /app
    steps:
      - copy: src/ ./
      - copy: /tool /usr/local/bin/
        from: tools
        mode: "0755"
      - layers:
          left: [{run: echo STAMP left > /left}]
          right: [{run: echo STAMP right > /right}]
      - run: cat /left /right a.txt > all
        mounts: [{bind: /mnt, from: tools}, {cache: /var/cache/app}]
      - file: /etc/app.conf
        content: STAMP
      - run: echo STAMP ${{ last }}
default: app
"#;

/// The family with a stamp in its steps, so that none is in the cache.
fn family(pair: &Pair) -> Build {
    let stamp = stamp();
    let build = Build::yaml(&FAMILY.replace("STAMP", &stamp));
    build.with("src/a.txt", stamp.as_str()).arg("image", &pair.base)
}

/// Builds on the first engine and exports the cache. Builds on the second engine with the imported cache, then with a changed step.
fn check(pair: &Pair, export: &str, import: &str) {
    let family = family(pair);
    let first = family.clone().flag(&format!("--cache-to={export}"));
    first.run(pair.first).unwrap().success().unwrap();
    let second = family.flag(&format!("--cache-from={import}"));
    let outcome = second.run(&pair.second).unwrap().success().unwrap();
    // BuildKit 0.17 and later do not recognise the layers of earlier releases. They build them again, with all later steps.
    let anew = if pair.first.is_before("27.4").unwrap() { 6 } else { 0 };
    let worked = outcome.worked();
    assert_eq!(worked.len(), anew, "{import}: {worked:?}");
    let image = second.image(&pair.second).unwrap();
    assert!(image.tree.get("/app/all").is_some() && image.tree.get("/usr/local/bin/tool").is_some());
    let changed = second.arg("last", "2").run(&pair.second).unwrap().success().unwrap();
    assert_eq!(changed.worked().len(), 1, "{import}: {:?}", changed.worked());
}

#[test]
fn a_cache_is_all_that_the_other_needs() {
    let Some(pair) = Pair::new().unwrap() else { return };
    let registry = format!("type=registry,ref={}/cache:main", pair.registry.address);
    check(&pair, &format!("{registry},mode=max"), &registry);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    check(&pair, &format!("type=local,dest={path},mode=max"), &format!("type=local,src={path}"));
    // Without an imported cache the second engine runs all steps, so the results above came from the caches.
    let family = family(&pair);
    family.run(pair.first).unwrap().success().unwrap();
    let alone = family.run(&pair.second).unwrap().success().unwrap();
    assert!(alone.worked().len() >= 8, "{:?}", alone.worked());
}
