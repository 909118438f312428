//! `layers` that use the package manager beside each other. After the merge, one step joins what they recorded.

use varve_tests::compare::compare_trees;
use varve_tests::engine::own;
use varve_tests::machine::{Machine, Store};
use varve_tests::progress::say;
use varve_tests::{Build, Engine, Image, stamp};

use super::bases::failure;
use super::rpm;
use crate::layers::meeting;

/// A stage of Debian with three layers that install packages, and what is in `tools` beside that.
fn debian(word: &str, tools: &str) -> String {
    format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:13
    steps:
      - file: /word
        content: {word}
      - layers:
          web:
            - packages: [nginx-light, ed]
            - file: /usr/share/mime/packages/acme.xml
              content: |
                <?xml version=\"1.0\"?>
                <mime-info xmlns=\"http://www.freedesktop.org/standards/shared-mime-info\">
                  <mime-type type=\"application/x-acme\"><glob pattern=\"*.acme\"/></mime-type>
                </mime-info>
            - account: web
              uid: 1600
              groups: [desk-readers]
          desk:
            - packages: [shared-mime-info, nano, fontconfig]
            - account: desk
              uid: 1500
          tools:
            - packages: [sqlite3, vim-tiny, libglib2.0-bin]
{tools}"
    )
}

/// What the tools of the distribution say of an image whose packages are right.
const AUDIT: &str = "set -e
dpkg --audit
apt-get check
apt-get -s -f install | grep '^0 upgraded, 0 newly installed, 0 to remove'
[ ! -s /var/lib/dpkg/triggers/Unincorp ]
for name in nano vim.tiny; do update-alternatives --list editor | grep -q \"/$name\"; done
[ \"$(readlink /etc/alternatives/editor)\" = /bin/nano ]
for program in nginx sqlite3 fc-list gio; do command -v $program; done
nginx -t
sqlite3 :memory: 'select 1'
grep -q application/x-acme /usr/share/mime/globs
id desk
id web
pwck -q -r
grpck -r
";

#[test]
fn three_layers_of_apt_are_one_system_and_one_edit_installs_one_again() {
    let engine = Engine::get().unwrap();
    let word = stamp();
    let build =
        |text: &str| Build::yaml(&debian(&word, &format!("            - run: echo {text} > /tools\n")));
    let first = build("first");
    first.run(engine).unwrap().success().unwrap();
    let edited = build("second").run(engine).unwrap().success().unwrap();
    let built: Vec<&str> = edited.worked().into_iter().filter(|name| name.contains("] packages")).collect();
    assert_eq!(built, [""; 0], "an edit of one layer installs nothing again");

    let loaded = first.load(engine).unwrap();
    let said = loaded.run(&["sh", "-c", AUDIT]).unwrap().success().unwrap();
    assert!(said.contains("/usr/sbin/nginx"), "{said}");
    let later = "apt-get -o Acquire::Retries=5 update -q && apt-get -o Acquire::Retries=5 install -q -y --no-install-recommends hello && apt-get purge -q -y nginx-light \
                 && dpkg --audit && apt-get check && hello";
    let said = loaded.run(&["sh", "-c", later]).unwrap().success().unwrap();
    assert!(said.contains("Hello, world!"), "{said}");
}

/// The same steps one after another.
fn in_turn(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_layer = ["desk:", "web:", "tools:", "- layers:"].contains(&line.trim());
        if !is_layer {
            lines.push(
                line.strip_prefix("      ").filter(|_| line.starts_with("            ")).unwrap_or(line),
            );
        }
    }
    lines.join("\n")
}

/// Files whose records the join puts into another order than programs that run one after another.
const FILES_OF_RECORDS: [&str; 7] = [
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/diversions",
    "/var/lib/dpkg/triggers/File",
    "/var/lib/apt/extended_states",
    "/var/cache/debconf/config.dat",
    "/var/cache/debconf/templates.dat",
    "/etc/group",
];

#[test]
fn the_tree_is_that_of_the_same_steps_one_after_another() {
    let engine = Engine::get().unwrap();
    let text = debian("of a comparison", "");
    is_the_same((&Build::yaml(&text), engine), (&Build::yaml(&in_turn(&text)), engine));
}

/// Compares what two builds make.
fn is_the_same(one: (&Build, &Engine), other: (&Build, &Engine)) {
    let [first, second] = [one, other].map(|(build, engine)| build.tree(engine).unwrap());
    let differences = compare_trees(&first, &second);
    // The caches of fonts contain the times of folders.
    let known = FILES_OF_RECORDS.iter().chain(&["/var/cache/fontconfig/"]);
    let is_known = |line: &&String| known.clone().any(|path| line.starts_with(path));
    let others: Vec<&String> = differences.iter().filter(|line| !is_known(line)).collect();
    assert_eq!(others, [""; 0]);
    // These files have the same lines, in another order.
    let lines = format!("for file in {}; do echo $file; sort $file; done", FILES_OF_RECORDS.join(" "));
    let [first, second] = [one, other].map(|(build, engine)| {
        build.load(engine).unwrap().run(&["sh", "-c", &lines]).unwrap().success().unwrap()
    });
    assert_eq!(first, second);
}

#[test]
fn an_engine_that_cannot_merge_installs_the_same_and_finds_the_same_conflicts() {
    let machine = Machine { store: Store::GraphDriver, ..Machine::read().unwrap() };
    if let Err(reason) = machine.can_make_engine() {
        say(&format!("not tested: {reason}"));
        return;
    }
    let engine = Engine::get().unwrap();
    let _ended = own::EndedLater::unless_running(&machine);
    let other = own::up_plain(&machine).unwrap();
    let build = Build::yaml(&debian("of two engines", ""));
    let outcome = build.run(&other).unwrap().success().unwrap();
    assert!(
        outcome.named("[app] layer web").is_empty(),
        "layers are no layers there: {:?}",
        outcome.vertices
    );
    is_the_same((&build, engine), (&build, &other));

    let failure = failure(&other, &both_write_a_file("")).unwrap();
    assert!(failure.contains("/etc/both: `a` and `b` change the file in different ways"), "{failure}");
    let image = both_write_a_file("        prefer: {/etc/both: a}").load(&other).unwrap();
    assert_eq!(image.run(&["cat", "/etc/both"]).unwrap().success().unwrap(), "a");
}

/// Layers that install packages and write the same file, and a key beside them.
fn both_write_a_file(key: &str) -> Build {
    let layer = |name: &str, package: &str| {
        format!("          {name}: [{{packages: [{package}]}}, {{file: /etc/both, content: {name}}}]\n")
    };
    let layers = [layer("a", "hello"), layer("b", "ed")].concat();
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:13\n    steps:\n      - layers:\n{layers}{key}\n"
    ))
}

#[test]
fn layers_install_at_the_same_time() {
    let engine = Engine::get().unwrap();
    let word = stamp();
    let layer = |own: &str, other: &str| {
        let run = meeting(own, other);
        let mounts = format!("[{{cache: /meet, id: {word}}}]");
        format!("          {own}: [{{packages: [], build-only: [hello], run: '{run}', mounts: {mounts}}}]\n")
    };
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:13\n    steps:\n      - layers:\n{}{}",
        layer("one", "two"),
        layer("two", "one")
    );
    Build::yaml(&text).run(engine).unwrap().success().unwrap();
}

fn installed(image: &Image) -> Vec<&str> {
    image.tree.iter().filter_map(|(path, _)| path.strip_prefix("/usr/share/test/")).collect()
}

#[test]
fn three_layers_of_dnf_are_one_system() {
    let engine = Engine::get().unwrap();
    let layers = |more: &str| {
        format!(
            "      - layers:
          one: [{{packages: [{{name: one, version: \"1.0\"}}]}}]
          two: [{{packages: [two, watcher]}}]
          tool: [{{packages: [tool, base]}}{more}]"
        )
    };
    let build = rpm::stage(engine, "dnf", &layers(""));
    let image = build.image(engine).unwrap();
    assert_eq!(installed(&image), ["base", "one", "tool", "tool-library", "two", "watched", "watcher"]);
    let edited = rpm::stage(engine, "dnf", &layers(&format!(", {{run: echo {}}}", stamp())));
    let edited = edited.run(engine).unwrap().success().unwrap();
    let built: Vec<&str> = edited.worked().into_iter().filter(|name| name.contains("] packages")).collect();
    assert_eq!(built, [""; 0], "an edit of one layer installs nothing again");

    let loaded = build.load(engine).unwrap();
    let audit = "set -e
rpm -Va --nomtime | grep -v ' /srv/\\| c /' || :
test \"$(rpm -qa | grep -c -- '-1.0-1\\.noarch')\" = 6
rpm -V one two tool base tool-library watcher
sort -u /usr/share/test/watched
dnf -q -y install minimal
dnf -q -y remove tool
rpm -q minimal
! rpm -q tool
rpm -V one two base minimal";
    let said = loaded.run(&["sh", "-c", audit]).unwrap().success().unwrap();
    for name in ["base", "one", "tool", "two"] {
        assert!(said.contains(&format!("/usr/share/test/{name}\n")), "the trigger saw {name}: {said}");
    }
}

#[test]
fn what_layers_do_not_agree_on_is_named() {
    let engine = Engine::get().unwrap();
    let check = |build: &Build, expect: &[&str]| {
        let failure = failure(engine, build).unwrap();
        for expect in expect {
            assert!(failure.contains(expect), "{expect}: {failure}");
        }
    };
    let layers = |a: &str, b: &str| format!("      - layers:\n          a: [{a}]\n          b: [{b}]");
    let versions =
        layers("{packages: [{name: one, version: \"1.0\"}]}", "{packages: [{name: one, version: \"2.0\"}]}");
    check(
        &rpm::stage(engine, "dnf", &versions),
        &["the package one.noarch has several versions: 1.0-1 in `a` (installed on 20", "), 2.0-1 in `b`"],
    );
    let debian = |steps: &str| {
        Build::yaml(&format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:13\n    steps:\n{steps}\n"
        ))
    };
    check(
        &debian(&layers("{account: one}", "{account: two}")),
        &["the user one of `a` and the user two of `b` have the same uid 1000"],
    );
    check(&both_write_a_file(""), &["/etc/both: `a` and `b` change the file in different ways"]);
    let image = both_write_a_file("        prefer: {/etc/both: a}").load(engine).unwrap();
    assert_eq!(image.run(&["cat", "/etc/both"]).unwrap().success().unwrap(), "a");
}
