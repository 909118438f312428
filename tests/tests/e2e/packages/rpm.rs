//! `packages` with dnf and zypper.

use varve_tests::{Build, Engine, Image};

use super::bases::{self, failure};

/// A stage with these steps, on a distribution with both managers.
pub(crate) fn stage(engine: &Engine, manager: &str, steps: &str) -> Build {
    let base = bases::rpm(engine).unwrap();
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: {base}
    package-manager: {manager}
    steps:
      - repository: test
        dnf: {{baseurl: \"file:///srv/repository\"}}
        zypper: {{baseurl: \"dir:///srv/repository\"}}
        key: /srv/key.asc
{steps}
"
    ))
}

fn installed(image: &Image) -> Vec<&str> {
    image.tree.iter().filter_map(|(path, _)| path.strip_prefix("/usr/share/test/")).collect()
}

fn traces(image: &Image) -> Vec<&str> {
    let folders = ["/var/cache/dnf/", "/var/cache/zypp/", "/var/log/dnf", "/var/log/hawkey", "/var/log/zypp"];
    let paths = image.tree.iter().map(|(path, _)| path);
    paths
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)) && !path.ends_with("/zypp"))
        .collect()
}

#[test]
fn names_versions_and_alternatives_without_weak_dependencies() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        let build = stage(
            engine,
            manager,
            "      - packages:
          - {apt: not-here, else: two}
          - {name: one, version: \"1.0\"}
          - {first-of: [not-there, minimal, full]}",
        );
        let loaded = build.load(engine).unwrap();
        let one = loaded.run(&["cat", "/usr/share/test/one"]).unwrap().success().unwrap();
        assert_eq!(one, "one-1.0\n", "{manager}");
        let image = build.image(engine).unwrap();
        assert_eq!(installed(&image), ["base", "minimal", "one", "two"], "{manager}");
        assert_eq!(traces(&image), [""; 0], "{manager}");
    }
}

#[test]
fn weak_dependencies_when_they_are_asked_for() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        let image =
            stage(engine, manager, "      - packages: two\n        recommends: true").image(engine).unwrap();
        assert_eq!(installed(&image), ["base", "two", "weak"], "{manager}");
    }
}

#[test]
fn what_is_for_the_build_alone_goes_with_all_that_came_for_it() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        let image = stage(
            engine,
            manager,
            "      - packages: [two, minimal]
        build-only: [tool, base]
        run: cat /usr/share/test/tool-library /usr/share/test/base > /made
        remove: [minimal, never-there]",
        )
        .image(engine)
        .unwrap();
        assert!(image.tree.get("/made").is_some());
        assert_eq!(installed(&image), ["base", "two"], "{manager}");
        assert_eq!(traces(&image), [""; 0], "{manager}");
    }
}

#[test]
fn what_the_script_marks_stays_with_what_it_needs() {
    let engine = Engine::get().unwrap();
    for (mark, stays) in [("tool-library", vec!["tool-library"]), ("tool", vec!["tool", "tool-library"])] {
        let step = format!(
            "      - packages: []\n        build-only: [tool, base]\n        run: dnf mark install {mark}"
        );
        let image = stage(engine, "dnf", &step).image(engine).unwrap();
        assert_eq!(installed(&image), stays, "{mark}");
        assert_eq!(traces(&image), [""; 0], "{mark}");
    }
}

#[test]
fn a_removal_takes_nothing_with_it() {
    let engine = Engine::get().unwrap();
    let build = stage(engine, "dnf", "      - packages: [two]\n        remove: [base]");
    let failure = failure(engine, &build).unwrap();
    assert!(failure.contains("base is needed by (installed) two"), "{failure}");
}

#[test]
fn conflicts_are_erased_only_when_that_is_allowed() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        let steps = "      - packages: [minimal]\n      - packages: [full]";
        failure(engine, &stage(engine, manager, steps)).unwrap();
        let image =
            stage(engine, manager, &format!("{steps}\n        allow-erasing: true")).image(engine).unwrap();
        assert_eq!(installed(&image), ["full"], "{manager}");
    }
}

#[test]
fn an_upgrade_is_of_all_or_of_those_that_are_there() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        for (upgrade, expect) in
            [("true", "one-2.0\n"), ("[one, never-there]", "one-2.0\n"), ("[base]", "one-1.0\n")]
        {
            let steps = format!(
                "      - packages: [{{name: one, version: \"1.0\"}}, base]
      - packages: [minimal]
        upgrade: {upgrade}"
            );
            let build = stage(engine, manager, &steps);
            let loaded = build.load(engine).unwrap();
            let one = loaded.run(&["cat", "/usr/share/test/one"]).unwrap().success().unwrap();
            assert_eq!(one, expect, "{manager} {upgrade}");
            let image = build.image(engine).unwrap();
            assert_eq!(installed(&image), ["base", "minimal", "one"], "{manager} {upgrade}");
            assert_eq!(traces(&image), [""; 0], "{manager} {upgrade}");
        }
    }
}

#[test]
fn options_are_for_one_manager() {
    let engine = Engine::get().unwrap();
    let step = "      - packages: [two]\n        options: {dnf: [--setopt=install_weak_deps=True], apt: [--never-there]}";
    let image = stage(engine, "dnf", step).image(engine).unwrap();
    assert_eq!(installed(&image), ["base", "two", "weak"]);
    let build =
        stage(engine, "dnf", &step.replace("--setopt=install_weak_deps=True", "'--never there; exit 0'"));
    let failure = failure(engine, &build).unwrap();
    assert!(failure.contains("--never there; exit 0"), "{failure}");
}

#[test]
fn names_that_no_repository_has_are_failures() {
    let engine = Engine::get().unwrap();
    for manager in ["dnf", "zypper"] {
        for packages in ["[one, not-there]", "[{first-of: [not-there, nor-there]}]"] {
            let build = stage(engine, manager, &format!("      - packages: {packages}"));
            let failure = failure(engine, &build).unwrap();
            assert!(failure.contains("not-there"), "{manager}: {failure}");
        }
    }
}
