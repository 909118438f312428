//! Two engines that have nothing in common but a registry: what one has built is a cache hit on the other.

use varve_tests::command::stdout_of;
use varve_tests::{Build, Engine, Registry, Spare, stamp};

/// Steps of every kind that a cache has to carry over: processes, copies between stages, layers side by side, files.
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

/// Two engines and a registry that has a base image which both find there.
struct Pair {
    first: &'static Engine,
    second: Engine,
    registry: Registry<'static>,
    base: String,
    _spare: Spare,
}

impl Pair {
    /// `None`, and a line that says so, where no second engine can be made.
    fn new() -> Option<Pair> {
        let spare = Spare::new().unwrap()?;
        let first = Engine::get().unwrap();
        let second = spare.up().unwrap();
        let registry = Registry::start(first).unwrap();
        let base = format!("{}/debian:12", registry.address);
        stdout_of(first.docker().args(["tag", "varve.test/debian:12", &base])).unwrap();
        stdout_of(first.docker().args(["push", "--quiet", &base])).unwrap();
        stdout_of(first.docker().args(["image", "rm", &base])).unwrap();
        Some(Pair { first, second, registry, base, _spare: spare })
    }

    /// The family, with steps that no build had before.
    fn family(&self) -> Build {
        let stamp = stamp();
        let build = Build::yaml(&FAMILY.replace("STAMP", &stamp));
        build.with("src/a.txt", stamp.as_str()).arg("image", &self.base)
    }

    /// Builds on the first engine with a cache to be exported, on the second with it imported; then with one step changed.
    fn check(&self, export: &str, import: &str) {
        let family = self.family();
        let first = family.clone().flag(&format!("--cache-to={export}"));
        first.run(self.first).unwrap().success().unwrap();
        let second = family.flag(&format!("--cache-from={import}"));
        let outcome = second.run(&self.second).unwrap().success().unwrap();
        // BuildKit 0.17 and later do not know again what layers of earlier ones are: of those it makes them anew, and what follows.
        let anew = if self.first.is_before("27.4").unwrap() { 6 } else { 0 };
        let worked = outcome.worked();
        assert_eq!(worked.len(), anew, "{import}: {worked:?}");
        let image = second.image(&self.second).unwrap();
        assert!(image.tree.get("/app/all").is_some() && image.tree.get("/usr/local/bin/tool").is_some());
        let changed = second.arg("last", "2").run(&self.second).unwrap().success().unwrap();
        assert_eq!(changed.worked().len(), 1, "{import}: {:?}", changed.worked());
    }
}

#[test]
fn a_cache_is_all_that_the_other_needs() {
    let Some(pair) = Pair::new() else { return };
    let registry = format!("type=registry,ref={}/cache:main", pair.registry.address);
    pair.check(&format!("{registry},mode=max"), &registry);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    pair.check(&format!("type=local,dest={path},mode=max"), &format!("type=local,src={path}"));
    // What brought all of it were the caches: without, the other does all of it.
    let family = pair.family();
    family.run(pair.first).unwrap().success().unwrap();
    let alone = family.run(&pair.second).unwrap().success().unwrap();
    assert!(alone.worked().len() >= 8, "{:?}", alone.worked());
}
