//! `packages` with apt.

use varve_tests::exclusive::{self, Exclusive};
use varve_tests::{Build, Engine, Image, Kind};

use super::bases::failure;

/// A stage with these steps, on one of two Debian releases.
fn stage(steps: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
axes:
  system: [\"12\", \"13\"]
stages:
  app:
    from: varve.test/debian:${{{{ system }}}}
    steps:
{steps}
"
    ))
}

/// Files that package managers leave behind.
fn traces(image: &Image) -> Vec<&str> {
    let is_file =
        |path: &&str| matches!(image.tree.get(path).map(|node| &node.kind), Some(Kind::File { .. }));
    let folders = [
        "/var/lib/apt/lists/",
        "/var/cache/apt/",
        "/var/log/apt/",
        "/var/log/dpkg",
        "/var/cache/ldconfig/",
        "/tmp/",
    ];
    let paths = image.tree.iter().map(|(path, _)| path);
    paths.filter(|path| folders.iter().any(|folder| path.starts_with(folder))).filter(is_file).collect()
}

#[test]
fn one_list_on_two_systems_leaves_no_traces_and_downloads_once() {
    let engine = Engine::get().unwrap();
    // The second build on each release needs the downloads of the first one.
    let _downloads = Exclusive::take(exclusive::Kind::AptDownloads);
    let build = stage(
        "      - packages:
          - hello
          - tree
          - {first-of: [libdw1t64, libdw1]}
          - {apt: bc, dnf: not-for-apt}
          - {dnf: not-for-apt}",
    );
    for (system, library) in [("12", "libdw1:amd64"), ("13", "libdw1t64:amd64")] {
        let build = build.clone().arg("system", system);
        let image = build.image(engine).unwrap();
        for path in ["/usr/bin/hello", "/usr/bin/tree", "/usr/bin/bc"] {
            assert!(image.tree.get(path).is_some(), "{path} on {system}");
        }
        let record = format!("/var/lib/dpkg/info/{library}.list");
        assert!(image.tree.get(&record).is_some() || std::env::consts::ARCH != "x86_64", "{record}");
        assert_eq!(traces(&image), [""; 0], "{system}");
        assert!(image.tree.get("/var/cache/apt/kept").is_none());
        // Other packages instead of `--no-cache`, which would empty the cache mount.
        let fewer = stage("      - packages: [hello, tree, bc]").arg("system", system);
        let again = fewer.run(engine).unwrap().success().unwrap();
        assert!(again.logs.contains("Setting up hello"), "{}", again.logs);
        assert!(again.logs.contains("Need to get 0 B"), "all is there from before: {}", again.logs);
    }
}

#[test]
fn the_same_packages_give_the_same_layer() {
    let engine = Engine::get().unwrap();
    // Another script makes another vertex.
    let image = |word: &str| {
        let steps = format!("      - packages: [hello, tree]\n        run: 'true {word}'");
        stage(&steps).image(engine).unwrap()
    };
    let images = [image("one"), image("two")];
    assert!(images[0].tree == images[1].tree);
}

#[test]
fn a_list_in_another_order_with_repetitions_is_the_same_vertex() {
    let engine = Engine::get().unwrap();
    stage("      - packages: [ed, bc]").run(engine).unwrap().success().unwrap();
    let again = stage("      - packages: [bc, ed, bc]").run(engine).unwrap().success().unwrap();
    let steps = again.named("packages bc ed");
    assert!(!steps.is_empty() && steps.iter().all(|vertex| vertex.cached), "{:?}", again.vertices);
}

#[test]
fn what_is_for_the_build_alone_is_there_for_the_script_and_gone_after_it() {
    let engine = Engine::get().unwrap();
    let image = stage(
        "      - packages: [hello, tree]
        build-only: [make, tree, bc]
        run: |
          make --version > /made
          echo 1+1 | bc >> /made
        remove: [hello, never-there]",
    )
    .image(engine)
    .unwrap();
    let has = |path: &str| image.tree.get(path).is_some();
    assert!(has("/made"));
    assert!(has("/usr/bin/tree"), "it is wanted for good as well");
    for path in ["/usr/bin/make", "/usr/bin/bc", "/usr/share/readline/inputrc", "/usr/bin/hello"] {
        assert!(!has(path), "{path}");
    }
    assert_eq!(traces(&image), [""; 0]);
}

#[test]
fn what_else_needs_a_package_for_the_build_alone_keeps_it() {
    let engine = Engine::get().unwrap();
    // The script installs bc, which needs the library that is installed for the build only.
    let image = stage(
        "      - packages: []
        build-only: [libreadline8]
        run: apt-get -o Acquire::Retries=5 install -y --no-install-recommends bc",
    )
    .image(engine)
    .unwrap();
    assert!(image.tree.get("/usr/bin/bc").is_some());
    assert!(image.tree.get("/usr/share/readline/inputrc").is_some(), "bc needs it");
}

/// A program that is linked to a library.
const PROGRAM: &str = "int sqlite3_libversion_number(void); int main(){return !sqlite3_libversion_number();}";

fn succeeds_on_every_system(engine: &Engine, build: &Build) {
    for system in ["12", "13"] {
        build.clone().arg("system", system).run(engine).unwrap().success().unwrap();
    }
}

#[test]
fn a_library_that_the_script_marks_stays_and_the_compiler_goes() {
    let engine = Engine::get().unwrap();
    let build = stage(&format!(
        "      - packages: []
        build-only: [gcc, libc6-dev, libsqlite3-dev]
        run: |
          echo '{PROGRAM}' > /tmp/a.c
          gcc -o /usr/local/bin/a /tmp/a.c -lsqlite3
          apt-mark manual libsqlite3-0
    checks: [{{run: /usr/local/bin/a}}, {{absent: /usr/bin/gcc}}, {{absent: /usr/include/sqlite3.h}}]"
    ));
    succeeds_on_every_system(engine, &build);
}

#[test]
fn a_library_that_a_file_is_linked_to_stays_and_the_compiler_goes() {
    let engine = Engine::get().unwrap();
    let build = stage(&format!(
        "      - packages: []
        build-only: [gcc, libc6-dev, libsqlite3-dev]
        run: |
          echo '{PROGRAM}' > /tmp/a.c
          mkdir '/opt/with space'
          gcc -o '/opt/with space/a' /tmp/a.c -lsqlite3
          rm /tmp/a.c
        keep-linked: [/opt, /usr/local]
    checks:
      - {{run: '/opt/with\\ space/a'}}
      - {{run: apt-mark showmanual | grep -x libsqlite3-0}}
      - {{linked: [/opt, /usr/bin]}}
      - {{absent: [/usr/bin/gcc, /usr/include/sqlite3.h]}}"
    ));
    succeeds_on_every_system(engine, &build);
    // Without it, the library is purged, and the image test says so.
    let without = stage(&format!(
        "      - packages: []
        build-only: [gcc, libc6-dev, libsqlite3-dev]
        run: |
          echo '{PROGRAM}' > /tmp/a.c
          gcc -o /usr/local/bin/a /tmp/a.c -lsqlite3
    checks: [{{linked: /usr/local}}]"
    ));
    let failure = failure(engine, &without).unwrap();
    assert!(
        failure.contains("/usr/local/bin/a needs libsqlite3.so.0, which its loader does not find"),
        "{failure}"
    );
}

#[test]
fn packages_are_installed_by_root_whoever_the_stage_runs_as() {
    let engine = Engine::get().unwrap();
    let image = stage(
        "      - user: nobody
      - workdir: /somewhere
      - packages: [hello]",
    )
    .image(engine)
    .unwrap();
    assert!(image.tree.get("/usr/bin/hello").is_some());
    assert_eq!(image.config["config"]["User"], "nobody");
}

#[test]
fn nothing_for_this_manager_is_no_step() {
    let engine = Engine::get().unwrap();
    let outcome = stage("      - packages: [{dnf: only-there}]").run(engine).unwrap().success().unwrap();
    assert!(outcome.named("packages").is_empty(), "{:?}", outcome.vertices);
}

#[test]
fn failures_name_the_step_and_the_package() {
    let engine = Engine::get().unwrap();
    let check = |steps: &str, words: &[&str]| {
        let failure = failure(engine, &stage(steps)).unwrap();
        words.iter().for_each(|word| assert!(failure.contains(word), "no {word} in:\n{failure}"));
    };
    check("      - packages: [no-such-package]", &["no-such-package", "image.yaml:8"]);
    check(
        "      - packages: [{first-of: [no-such-a, no-such-b]}]",
        &["no repository has any of these packages: no-such-a no-such-b"],
    );
    check("      - packages: []\n        remove: [libc6]", &["libc6"]);
}

#[test]
fn a_stage_from_nothing_has_no_package_manager() {
    let engine = Engine::get().unwrap();
    let build = Build::yaml(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: scratch
    steps: [{packages: [hello]}]
",
    );
    let failure = failure(engine, &build).unwrap();
    assert!(failure.contains("varve cannot determine the package manager of the stage `app`"), "{failure}");
    assert!(failure.contains("add `package-manager:` to the stage"), "{failure}");
}
