//! Every kind of change, as git and diff write it.

use super::trees::{Node, Tree, both, compare, diff_of, patch_of, patches_of, tree};

/// The ways in which git writes a patch.
const WAYS: [&[&str]; 6] = [
    &["diff", "--binary", "HEAD^", "HEAD"],
    &["diff", "--binary", "--find-copies-harder", "--find-renames", "HEAD^", "HEAD"],
    &["diff", "--binary", "--no-renames", "HEAD^", "HEAD"],
    &["diff", "--binary", "--unified=1", "HEAD^", "HEAD"],
    &["format-patch", "--stdout", "--binary", "--find-copies-harder", "-1"],
    &["show", "--binary", "--format=fuller", "--stat", "--patch", "HEAD"],
];

/// Checks that a patch of two trees leads from one to the other, and that it fails where it was applied.
fn check(before: &Tree, after: &Tree) {
    let patches = patches_of(before, after, &WAYS);
    for patch in &patches {
        let text = String::from_utf8_lossy(patch);
        let (by_git, by_varve) = both(before, patch);
        assert_eq!(by_git.as_ref(), Ok(after), "{text}");
        assert_eq!(by_varve.as_ref(), Ok(after), "{text}");
    }
    compare(after, &patches[0]);
    compare(&Tree::new(), &patches[1]);
}

fn lines(count: usize) -> String {
    (0..count).map(|line| format!("line {line}\n")).collect()
}

#[test]
fn files_that_change_appear_go_and_move() {
    let text = lines(30);
    let before = tree(&[
        ("changed", &text),
        ("d/e/gone", "a\nb\n"),
        ("d/e/empty", ""),
        ("moved", &text.replace("line", "moved")),
        ("moved and changed", &text.replace("line", "both")),
        ("copied", &text.replace("line", "copied")),
        ("a name with  blanks", "x\n"),
    ]);
    let mut after = before.clone();
    let mut put =
        |path: &str, text: &str| after.insert(path.to_owned(), Node::File(text.as_bytes().to_vec()));
    put(
        "changed",
        &text.replace("line 3\n", "3\n").replace("line 20\n", "").replace("line 29\n", "line 29\nnew\n"),
    );
    put("new/of/all", "1\n2\n");
    put("new/empty", "");
    put("d2/moved", &text.replace("line", "moved"));
    put("d2/both", &text.replace("line", "both").replace("both 7\n", "7\n"));
    put("copy", &text.replace("line", "copied").replace("copied 9\n", "9\n"));
    put("same copy", &text.replace("line", "copied"));
    put("a name with  blanks", "y\n");
    for gone in ["d/e/gone", "d/e/empty", "moved", "moved and changed"] {
        after.remove(gone);
    }
    check(&before, &after);
    check(&after, &before);
}

#[test]
fn modes_and_links() {
    let program = |text: &str| Node::Program(text.as_bytes().to_vec());
    let file = |text: &str| Node::File(text.as_bytes().to_vec());
    let link = |target: &str| Node::Link(target.to_owned());
    let pairs = [
        (Some(file("a\n")), Some(program("a\n"))),
        (Some(program("a\n")), Some(file("b\n"))),
        (None, Some(program("a\n"))),
        (Some(program("a\n")), None),
        (None, Some(link("x/y"))),
        (Some(link("x")), Some(link("../y"))),
        (Some(link("x")), None),
        (Some(link("x")), Some(file("x\n"))),
        (Some(program("x")), Some(link("x"))),
    ];
    for (index, (old, new)) in pairs.into_iter().enumerate() {
        let tree = |node: Option<Node>| -> Tree {
            let other = ("other".to_owned(), file(&format!("{}\n", index + usize::from(node.is_some()))));
            node.map(|node| ("d/f".to_owned(), node)).into_iter().chain([other]).collect()
        };
        check(&tree(old), &tree(new));
    }
}

#[test]
fn files_and_folders_change_places() {
    let nested = tree(&[("a/b/c", "1\n"), ("z", "1\n")]);
    let flat = tree(&[("a", "2\n"), ("z", "2\n")]);
    check(&nested, &flat);
    check(&flat, &nested);
    let mut linked = tree(&[("target/b/c", "1\n")]);
    linked.insert("a".to_owned(), Node::Link("target".to_owned()));
    check(&linked, &nested);
    check(&nested, &linked);
    // Two files that take each other's names.
    let text = lines(40);
    let other = text.replace("line", "other");
    check(&tree(&[("a", &text), ("b", &other)]), &tree(&[("a", &other), ("b", &text)]));
}

#[test]
fn line_breaks() {
    let texts = ["", "\n", "a", "a\n", "a\nb", "a\nb\n", "a\r\nb\r\n", "a\n\n\nb\n", "\r"];
    for old in texts {
        for new in texts.iter().filter(|new| **new != old) {
            let (before, after) = (tree(&[("f", old)]), tree(&[("f", new)]));
            let patch = patch_of(&before, &after, WAYS[0]);
            assert_eq!(both(&before, &patch).1, Ok(after.clone()), "{old:?} {new:?}");
            // To other files it is applied as git applies it.
            for other in texts {
                compare(&tree(&[("f", other)]), &patch);
            }
        }
    }
}

/// The line after a last line without a line break, in other words and of other lengths, at the end of a hunk and inside of one.
#[test]
fn the_mark_of_a_missing_line_break() {
    let marks = [
        "\\",
        "\\ ",
        "\\ No newl",
        "\\ No newli",
        "\\ No newlin",
        "\\ Kein Zeilenumbruch",
        "\\No newline at end",
    ];
    let before = tree(&[("f", "a\nb"), ("g", "a\n")]);
    for mark in marks {
        for behind in
            ["", "\n", "\n-- \n2.47.3\n", "\ndiff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n"]
        {
            for hunk in ["@@ -1,2 +1,3 @@\n a\n+x\n b\nMARK", "@@ -1,2 +1,2 @@\n a\n-b\nMARK\n+x\nMARK"] {
                let patch = format!("--- a/f\n+++ b/f\n{}{behind}", hunk.replace("MARK", mark));
                compare(&before, patch.as_bytes());
            }
        }
    }
}

#[test]
fn names_of_all_kinds() {
    let names = [
        "é",
        "a\tb",
        "a\nb",
        "\"quoted\"",
        "back\\slash",
        " leading",
        "trailing ",
        "a b/c d",
        "-- dash",
        "a/x b/x",
        "b/a",
        "a\r",
        "\u{1}",
        "x\u{7f}",
    ];
    for name in names {
        let (before, after) = (tree(&[(name, "1\n2\n")]), tree(&[(name, "1\n3\n")]));
        check(&before, &after);
        check(&before, &tree(&[("other", "1\n2\n")]));
        check(&tree(&[("other", "1\n2\n")]), &before);
        check(&tree(&[("x", "")]), &tree(&[("x", ""), (name, "")]));
        let program = Node::Program(b"1\n2\n".to_vec());
        check(&before, &[(name.to_owned(), program)].into_iter().collect());
    }
}

#[test]
fn binary_files() {
    let bytes = |seed: u32, size: usize| -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..size).map(|_| next()).collect()
    };
    let one = |content: Vec<u8>| -> Tree { [("bin".to_owned(), Node::File(content))].into_iter().collect() };
    let large = bytes(1, 100_000);
    let mut changed = large.clone();
    changed.splice(500..510, bytes(2, 90_000));
    changed[7] ^= 1;
    for (old, new) in [
        (large.clone(), changed.clone()),
        (changed, large.clone()),
        (vec![0; 3], vec![0; 70_000]),
        (large.clone(), Vec::new()),
        (b"text\n".to_vec(), vec![0, 1, 2]),
    ] {
        check(&one(old), &one(new));
    }
    check(&Tree::new(), &one(large.clone()));
    check(&one(large.clone()), &Tree::new());
    // Of another content, and without the data.
    let other = one(bytes(3, 100_000));
    assert!(!compare(&other, &patch_of(&one(large.clone()), &one(vec![0]), WAYS[0])));
    let without = patch_of(&one(large.clone()), &one(vec![0]), &["diff", "HEAD^", "HEAD"]);
    assert!(!compare(&one(large), &without));
}

#[test]
fn what_diff_writes() {
    let text = lines(20);
    let before = tree(&[("d/changed", &text), ("d/gone", "a\nb\n"), ("end", "a\nb"), ("a b", "x\n")]);
    let after = tree(&[
        ("d/changed", &text.replace("line 9\n", "9\n")),
        ("new", "1\n"),
        ("end", "a\nc\n"),
        ("a b", "y\n"),
    ]);
    for arguments in [["-ruN", "-a"], ["-U1", "-rN"], ["-ruNp", "-d"]] {
        let patch = diff_of(&before, &after, &arguments);
        let (by_git, by_varve) = both(&before, &patch);
        assert_eq!(by_varve, by_git, "{}", String::from_utf8_lossy(&patch));
        assert_eq!(by_varve, Ok(after.clone()), "{}", String::from_utf8_lossy(&patch));
        compare(&after, &patch);
    }
}

#[test]
fn names_without_folders_and_other_forms() {
    let before = tree(&[("f", "1\n2\n3\n"), ("d/f", "1\n2\n3\n"), ("d/g", "1\n2\n3\n")]);
    let hunk = "@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n";
    let delete = "@@ -1,3 +0,0 @@\n-1\n-2\n-3\n";
    let new = "@@ -0,0 +1 @@\n+x\n";
    for patch in [
        format!("--- f\n+++ f\n{hunk}"),
        format!("--- f\n+++ f\n{hunk}--- a/d/f\n+++ b/d/f\n{hunk}"),
        format!("--- f\n+++ f\n{hunk}--- d/f\n+++ d/f\n{hunk}"),
        format!("--- a/f.orig\n+++ a/f\n{hunk}"),
        format!("--- a/f\n+++ a/f.orig\n{hunk}"),
        format!("--- a/f\t2020-01-01 00:00:00.000000000 +0000\n+++ b/f\t2020-01-01\n{hunk}"),
        format!("--- a/f\n+++ /dev/null\n{delete}"),
        format!("--- a/f\n+++ b/f\n{delete}"),
        format!("--- a/new\n+++ b/new\n{new}"),
        format!("--- /dev/null\n+++ b/d/new\n{new}"),
        format!("--- a/f\n+++ b/f\n{new}"),
        format!("diff --git a/f b/f\n--- a/f\n+++ b/f\n{hunk}"),
        format!("diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n{hunk}-- \n2.47.3\n"),
        format!("diff --git a/d/f b/d/f\nindex 1..2 100755\n--- a/d/f\n+++ b/d/f\n{hunk}"),
        format!("diff --git f f\nindex 1..2 100644\n--- f\n+++ f\n{hunk}"),
        format!("From: a\n\ndiff --git in a text\n\n--- a/f\n+++ b/f\n{hunk}\n"),
        format!("Index: f\n====\n--- a/f\n+++ b/f\n{hunk}Index: d/f\n====\n--- a/d/f\n+++ b/d/f\n{hunk}"),
        format!("--- a/f\r\n+++ b/f\r\n{hunk}"),
        format!("--- a/f\n+++ b/f\n{}", hunk.replace('\n', "\r\n")),
        format!("--- a/f\n+++ b/f\n{hunk}garbage\n{hunk}"),
        format!("--- a/f\n+++ b/f\n{hunk}\n\n\n--- a/d/f\n+++ b/d/f\n{hunk}"),
        format!("--- a/f\n+++ b/f\n{hunk}--- a/f\n+++ b/f\n{}", hunk.replace("-2", "-x").replace("+x", "+y")),
        format!("--- a/f\n+++ b/f\n{delete}--- /dev/null\n+++ b/f\n{new}"),
        "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n".to_owned(),
        "diff --git a/d/f b/d/f\nold mode 100644\nnew mode 100755\ndiff --git a/f b/f\ndeleted file mode 100644\n".to_owned(),
        "diff --git a/f b/g\nrename from f\nrename to g\n".to_owned(),
        "diff --git a/f b/g\nrename old f\nrename new g\n".to_owned(),
        "diff --git a/f b/d/h\nsimilarity index 100%\ncopy from f\ncopy to d/h\n".to_owned(),
        format!("diff --git a/f b/g\nsimilarity index 50%\nrename from f\nrename to g\n--- a/f\n+++ b/g\n{hunk}"),
        "diff --git a/f b/d/f\nsimilarity index 100%\nrename from f\nrename to d/f\n".to_owned(),
        "diff --git a/d/f b/d/f\ndeleted file mode 100644\ndiff --git a/d/g b/d/g\ndeleted file mode 100644\n".to_owned(),
        format!("diff --git a/d/f b/d/f\ndeleted file mode 100644\n--- a/d/f\n+++ /dev/null\n{delete}diff --git a/d/g b/d/g\ndeleted file mode 100644\n--- a/d/g\n+++ /dev/null\n{delete}"),
        format!("diff --git a/d b/d\nnew file mode 100644\n--- /dev/null\n+++ b/d\n{new}"),
        format!("diff --git a/f/x b/f/x\nnew file mode 100644\n--- /dev/null\n+++ b/f/x\n{new}"),
        format!("--- a/f\n+++ b/f\n{hunk}@@ broken\n"),
        format!("--- a/f\n+++ b/f\n@@ -3 +3 @@\n-3\n+x\n@@ -1 +1 @@\n-1\n+y\n{}", ""),
        "--- a/f\n+++ b/f\n@@ -2,0 +3 @@\n+x\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -1,0 +2 @@\n+x\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -0,0 +1,3 @@\n+x\n 1\n 2\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n 1\n+x\n 2\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -2,2 +2,3 @@\n 2\n+x\n 3\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -9,2 +9,3 @@\n 2\n+x\n 3\n".to_owned(),
        "--- a/f\n+++ b/f\n@@ -2,1 +2,2 @@\n+x\n 3\n".to_owned(),
        "".to_owned(),
        "no patch\n".to_owned(),
    ] {
        compare(&before, patch.as_bytes());
    }
}

#[test]
fn a_hunk_is_applied_at_the_nearest_place() {
    let block = "a\nb\nc\nd\n";
    let hunk = |at: usize| format!("--- a/f\n+++ b/f\n@@ -{at},3 +{at},3 @@\n a\n-b\n+X\n c\n");
    for before in ["", "x\n", "x\nx\nx\n"] {
        for between in ["", "y\n", "y\ny\ny\ny\ny\n"] {
            let text = format!("{before}{block}{between}{block}{between}{block}");
            for at in 0..30 {
                compare(&tree(&[("f", &text)]), hunk(at).as_bytes());
            }
        }
    }
}
