//! What steps do with a symbolic link that is in the way: "Links in the way" in `docs/language.md`.

use varve_tests::compare::compare_trees;
use varve_tests::digest::sha256;
use varve_tests::{Build, Engine, Kind, Tree};

/// The links and files that are there before the steps of a test.
const BEFORE: &str = "mkdir /real /full && echo old > /file && echo kept > /full/kept && ln -s file /to-file && ln -s real /to-dir
          ln -s /etc/debian_version /absolute && ln -s /nowhere/at/all /dangling && ln -s full /to-full";

/// A build of an image with these links, and then these steps.
fn build(steps: &[&str]) -> Build {
    let steps: String = steps.iter().map(|step| format!("      - {step}\n")).collect();
    let yaml = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: |\n          {BEFORE}\n{steps}"
    );
    Build::yaml(&yaml)
        .with("new", "new\n")
        .with("tree/to-file", "new\n")
        .with("folders/to-dir/inside", "new\n")
}

fn tree(steps: &[&str]) -> Tree {
    build(steps).tree(Engine::get().unwrap()).unwrap()
}

fn failure(steps: &[&str]) -> String {
    let words = build(steps).run(Engine::get().unwrap()).unwrap().failure().unwrap();
    let last = steps.last().unwrap();
    assert!(words.contains(&format!(">>>       - {last}")), "{words}");
    words
}

fn link(tree: &Tree, path: &str) -> String {
    match tree.get(path).map(|node| &node.kind) {
        Some(Kind::Link(target)) => target.clone(),
        other => panic!("{path} is {other:?}"),
    }
}

/// Whether there is a file with the text of `new`.
fn is_new(tree: &Tree, path: &str) -> bool {
    let new = sha256(b"new\n");
    matches!(tree.get(path).map(|node| &node.kind), Some(Kind::File { sha256, .. }) if *sha256 == new)
}

#[test]
fn a_symlink_replaces_a_link_or_a_file_and_makes_the_folders_above() {
    let tree = tree(&[
        "{symlink: /to-file, to: /etc}",
        "{symlink: /to-dir, to: /opt}",
        "{symlink: /dangling, to: elsewhere}",
        "{symlink: /file, to: was-a-file}",
        "{symlink: /new/folder/link, to: ../x, owner: '7:8'}",
        "{symlink: /to-full/link, to: kept}",
    ]);
    assert_eq!(link(&tree, "/to-file"), "/etc");
    assert_eq!(link(&tree, "/to-dir"), "/opt");
    assert_eq!(link(&tree, "/dangling"), "elsewhere");
    assert_eq!(link(&tree, "/file"), "was-a-file");
    assert_eq!(link(&tree, "/new/folder/link"), "../x");
    let owner = |path: &str| tree.get(path).map(|node| (node.uid, node.gid));
    assert_eq!([owner("/new/folder"), owner("/new/folder/link")], [Some((7, 8)), Some((7, 8))]);
    // A link in the folders above is followed.
    assert_eq!(link(&tree, "/full/link"), "kept");
    for made_elsewhere in ["/etc/etc", "/real/opt", "/nowhere", "/real/real"] {
        assert!(tree.get(made_elsewhere).is_none(), "{made_elsewhere}");
    }
}

#[test]
fn a_symlink_does_not_replace_a_folder() {
    let words = failure(&["{symlink: /full, to: /etc}"]);
    assert!(words.contains("directory"), "{words}");
}

#[test]
fn a_link_is_removed_and_not_what_it_points_to() {
    // `/etc/debian_version` is in the image, and no test depends on whether the machine of the daemon has it.
    let tree = tree(&["{remove: [/absolute, /dangling, /to-dir, /to-file]}", "{remove: ['/to-f*']}"]);
    for gone in ["/absolute", "/dangling", "/to-dir", "/to-file", "/to-full"] {
        assert!(tree.get(gone).is_none(), "{gone}");
    }
    for kept in ["/etc/debian_version", "/real", "/file", "/full/kept"] {
        assert!(tree.get(kept).is_some(), "{kept}");
    }
}

#[test]
fn a_path_to_remove_that_is_not_there_is_an_error_without_optional() {
    for path in ["/gone", "/full/gone", "/dangling/gone", "/to-full/gone", "/gone/below"] {
        let words = failure(&[&format!("{{remove: [/file, {path}]}}")]);
        assert!(words.contains("no such file or directory"), "{path}: {words}");
    }
    tree(&["{remove: [/gone, /full/gone, '/full/*.gone'], optional: true}", "{remove: '/full/*.gone'}"]);
}

#[test]
fn a_path_to_remove_is_looked_for_again_in_each_folder() {
    tree(&["{run: mkdir /one /two && touch /one/same}", "{remove: /one/same}"]);
    failure(&["{run: mkdir /one /two && touch /one/same}", "{remove: /two/same}"]);
}

#[test]
fn a_file_and_a_copy_to_a_link_go_where_the_link_points() {
    for step in ["{file: PATH, content: \"new\\n\"}", "{copy: new, to: PATH}"] {
        let at = |path: &str| step.replace("PATH", path);
        let tree = tree(&[&at("/to-file"), &at("/dangling"), &at("/to-full/kept")]);
        for path in ["/file", "/nowhere/at/all", "/full/kept"] {
            assert!(is_new(&tree, path), "{step}: {path}");
        }
        assert_eq!(link(&tree, "/to-file"), "file");
        assert_eq!(link(&tree, "/dangling"), "/nowhere/at/all");
    }
}

#[test]
fn a_folder_is_made_where_a_link_points() {
    let tree = tree(&["{dir: /to-dir}", "{dir: /dangling}", "{dir: /to-full/more, mode: '0700'}"]);
    assert_eq!(link(&tree, "/to-dir"), "real");
    assert_eq!(link(&tree, "/dangling"), "/nowhere/at/all");
    let mode = |path: &str| tree.get(path).map(|node| (node.kind.clone(), node.mode));
    assert_eq!(mode("/nowhere/at/all"), Some((Kind::Dir, 0o755)));
    assert_eq!(mode("/full/more"), Some((Kind::Dir, 0o700)));
}

#[test]
fn a_folder_with_a_mode_or_an_owner_at_a_link_is_an_error() {
    failure(&["{dir: /to-dir, mode: '0700'}"]);
    failure(&["{dir: /to-dir, owner: '1:1'}"]);
    failure(&["{dir: /to-file}"]);
}

#[test]
fn a_file_of_a_copied_folder_replaces_a_link_and_a_folder_does_not() {
    let tree = tree(&["{copy: tree, to: /}"]);
    assert!(is_new(&tree, "/to-file"));
    assert!(!is_new(&tree, "/file"));
    failure(&["{copy: folders, to: /}"]);
}

#[test]
fn a_printed_dockerfile_replaces_a_link_as_the_build_does() {
    let engine = Engine::get().unwrap();
    let build = build(&[
        "{symlink: /to-file, to: /etc}",
        "{symlink: /to-dir, to: /opt}",
        "{symlink: /file, to: was-a-file}",
        "{symlink: /new/folder/link, to: ../x, owner: '7:8'}",
        "{remove: [/absolute, /dangling]}",
    ]);
    let text = build.call(engine, "dockerfile").unwrap().success().unwrap().stdout;
    // Without the syntax line the engine's own frontend builds it. No registry may be in reach.
    let (_, text) = text.split_once('\n').unwrap();
    let printed = Build::dockerfile(text).tree(engine).unwrap();
    assert_eq!(compare_trees(&build.tree(engine).unwrap(), &printed), [""; 0]);
}
