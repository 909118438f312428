//! `repository` for dnf and zypper.

use varve_tests::{Build, Engine};

use super::bases::{self, failure};

fn stage(base: &str, manager: &str, more: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: {base}
    package-manager: {manager}
    steps:
      - repository: acme
        dnf: {{baseurl: \"file:///srv/repository\", verify: both}}
        zypper: {{baseurl: \"dir:///srv/repository\", verify: both}}
{more}
      - packages: [one]
"
    ))
}

#[test]
fn packages_and_lists_are_verified_by_a_key_as_text() {
    let engine = Engine::get().unwrap();
    let base = bases::rpm(engine).unwrap();
    let key = |path: &str| {
        let text = bases::read(engine, base, path).unwrap();
        format!("        key: |\n          {}", text.trim_end().replace('\n', "\n          "))
    };
    for manager in ["dnf", "zypper"] {
        let image = stage(base, manager, &key("/srv/key.asc")).image(engine).unwrap();
        assert!(image.tree.get("/usr/share/test/one").is_some(), "{manager}");
        let other = failure(engine, &stage(base, manager, &key("/srv/other-key.asc"))).unwrap();
        assert!(other.contains("ignature") || other.contains("GPG"), "{manager}: {other}");
    }
}

#[test]
fn a_repository_without_a_key_is_trusted_only_in_so_many_words() {
    let engine = Engine::get().unwrap();
    let base = bases::rpm(engine).unwrap();
    let failure = failure(engine, &stage(base, "dnf", "        x-note: no key")).unwrap();
    assert!(failure.contains("the repository `acme` has no key for dnf"), "{failure}");
    for manager in ["dnf", "zypper"] {
        let image = stage(base, manager, "        trusted: true").image(engine).unwrap();
        assert!(image.tree.get("/usr/share/test/one").is_some(), "{manager}");
    }
}

#[test]
fn a_manager_without_an_entry_in_the_repository_is_reported() {
    let engine = Engine::get().unwrap();
    let failure = Build::yaml(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps: [{repository: acme, dnf: {baseurl: \"file:///srv\"}, trusted: true}]
",
    )
    .run(engine)
    .unwrap()
    .failure()
    .unwrap();
    assert!(failure.contains("the repository `acme` has no entry for apt"), "{failure}");
}
