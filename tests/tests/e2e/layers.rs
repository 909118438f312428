//! `layers` on a real engine: they run in parallel, and a change of one layer builds only that layer. An engine without the merge
//! operation creates the same file system.

use varve_tests::compare::compare_trees;
use varve_tests::engine::{bases, own};
use varve_tests::machine::{Machine, Store};
use varve_tests::progress::say;
use varve_tests::stamp;
use varve_tests::{Build, Engine, Image};

/// A script that waits until that of the other layer runs.
pub(crate) fn meeting(own: &str, other: &str) -> String {
    format!(
        "touch /meet/{own}; tries=0; until [ -e /meet/{other} ]; do tries=$((tries + 1)); \
         [ $tries -lt 1000 ] || {{ echo nobody came; exit 1; }}; sleep 0.1; done; touch /{own}"
    )
}

/// Two layers, each of which waits until the other one runs.
#[test]
fn they_are_built_at_the_same_time() {
    let engine = Engine::get().unwrap();
    let word = stamp();
    let layer = |own: &str, other: &str| {
        let run = meeting(own, other);
        format!("          {own}: [{{run: '{run}', mounts: [{{cache: /meet, id: {word}}}]}}]\n")
    };
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: {}
    steps:
      - layers:
{}{}",
        bases::debian(12),
        layer("one", "two"),
        layer("two", "one")
    );
    let tree = Build::yaml(&text).tree(engine).unwrap();
    assert!(tree.get("/one").is_some() && tree.get("/two").is_some());
}

/// Layers that make, change and remove files of their common base and of each other. Builds of different `family` share no step, so that
/// none of them joins a step while another one runs it: such a step is not reported as cached.
fn busy(family: &str, one: &str) -> Build {
    Build::yaml(&format!(
        r#"# syntax=varve/frontend:dev
stages:
  app:
    from: "{}"
    steps:
      - run: |
          mkdir -p /base/deep /base/emptied /base/own
          echo {family} > /base/family
          for name in kept changed removed deep/removed emptied/a emptied/b; do echo $name > /base/$name; done
      - layers:
          one:
            - run: |
                mkdir /one && echo {one} > /one/file
                echo of one > /both
                chmod 0700 /base/own
                rm /base/removed
          two:
            - copy: data /two/
            - run: |
                echo changed by two > /base/changed
                echo of two > /both
                rm /base/deep/removed
                ln -s kept /base/link
                ln /base/changed /two/hard
            - env: {{PATH: {{prepend: /two}}}}
          three:
            - file: /three/file
              content: of three of {family}
              owner: "7:8"
              mode: "4711"
            - run: |
                rm -r /base/emptied
                mkdir /base/emptied
                echo new > /base/emptied/new
      - run: cat /one/file /two/data > /all
"#,
        bases::debian(12)
    ))
    .with("data", format!("data of {family}\n"))
}

#[test]
fn an_edit_of_one_builds_that_one_again() {
    let engine = Engine::get().unwrap();
    let family = stamp();
    busy(&family, "first").run(engine).unwrap().success().unwrap();
    let edited = busy(&family, "second").run(engine).unwrap().success().unwrap();
    let mut built: Vec<&str> = edited.worked().into_iter().filter(|name| !name.contains("] from ")).collect();

    built.sort_unstable();
    let begins: Vec<&str> = built.iter().filter_map(|name| name.split(" && ").next()).collect();
    assert_eq!(
        begins,
        [
            "[app 3/9] run mkdir /one",
            "[app 8/9] layers one two three",
            "[app 9/9] run cat /one/file /two/data > /all",
            "[app] layer one",
        ]
    );
    for name in ["] copy data", "] run echo changed", "] file /three/file", "] run rm -r /base/emptied"] {
        let found = edited.named(name);
        assert!(!found.is_empty() && found.iter().all(|vertex| vertex.cached), "{name}: {found:?}");
    }
}

#[test]
fn an_engine_that_cannot_merge_makes_the_same_tree() {
    let machine = Machine { store: Store::GraphDriver, ..Machine::read().unwrap() };
    if let Err(reason) = machine.can_make_engine() {
        say(&format!("not tested: {reason}"));
        return;
    }
    let engine = Engine::get().unwrap();
    let merged = busy(&stamp(), "word");
    let outcome = merged.run(engine).unwrap().success().unwrap();
    assert!(!outcome.named("[app] layer two").is_empty(), "layers are merged: {:?}", outcome.vertices);

    let _ended = own::EndedLater::unless_running(&machine);
    let other = own::up_plain(&machine).unwrap();
    let outcome = merged.run(&other).unwrap().success().unwrap();
    assert!(
        outcome.named("[app] layer two").is_empty(),
        "layers are no layers there: {:?}",
        outcome.vertices
    );
    let (first, second) = (merged.tree(engine).unwrap(), merged.tree(&other).unwrap());
    assert_eq!(compare_trees(&first, &second), [""; 0]);
    assert!(first.get("/three/file").is_some());
}

/// A stage on one that makes two layers. Its steps remove, replace, link and set attributes.
fn flattened(how: &str) -> Build {
    Build::yaml(&format!(
        r#"# syntax=varve/frontend:dev
stages:
  below:
    from: {}
    steps:
      - run: mkdir -p /base/emptied/deep /base/removed && touch /base/kept /base/linked /base/emptied/a /base/emptied/deep/b /base/removed/x
      - file: /base/second
  app:
    from: below
    flatten: {how}
    env: {{LANG: C}}
    steps:
      - run: |
          rm -r /base/removed /base/emptied
          mkdir /base/emptied
          echo new > /base/emptied/new
          ln /base/linked /base/link
      - run: |
          touch -d @1000000000 /base/kept
          chmod 4711 /base/kept
          chown 7:8 /base/second
          mknod /base/pipe p
          ln -s kept /base/symlink
      - run: apt-get --version > /dev/null && setcap cap_net_raw+ep /base/kept 2> /dev/null || touch /base/without-setcap
"#,
        bases::debian(12)
    ))
}

#[test]
fn own_steps_are_one_layer_over_those_of_the_base() {
    let engine = Engine::get().unwrap();
    let [plain, own] = ["false", "own"].map(|how| flattened(how).image(engine).unwrap());
    let below = flattened("own").target("below").image(engine).unwrap();
    assert_eq!(own.layers.len(), below.layers.len() + 1);
    let digests = |image: &Image| image.config["rootfs"]["diff_ids"].as_array().unwrap().clone();
    assert!(digests(&own).starts_with(&digests(&below)), "those of the base are as they were");
    assert_eq!(plain.layers.len(), below.layers.len() + 3);
    assert_eq!(compare_trees(&plain.tree, &own.tree), [""; 0]);
    let history = own.config["history"].as_array().unwrap();
    assert_eq!(history.iter().filter(|entry| entry["empty_layer"] != true).count(), own.layers.len());
    assert_eq!(own.config["config"]["Env"], plain.config["config"]["Env"]);
    let times = |image: &Image| image.tree.get("/base/kept").map(|node| node.time);
    assert_eq!(times(&own), times(&plain));
}
