//! Hostile patches, and trees with links that lead out of them.

use super::made::{Work, error_of};

fn work() -> Work {
    Work::new().file("f", "1\n2\n3\n")
}

/// A patch that replaces the second line of a file, whose names are as given.
fn change(old: &str, new: &str) -> String {
    format!("--- {old}\n+++ {new}\n@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n")
}

#[test]
fn paths_stay_in_the_tree() {
    let check = |patch: &str, expect: &str| {
        let error = error_of(work(), patch);
        assert!(error.contains(expect), "{patch}: {error}");
    };
    let out = "could lead out of its folder";
    check(&change("a/../outside/secret", "b/../outside/secret"), out);
    check(&change("a/x/../../outside/secret", "a/x/../../outside/secret"), out);
    check(&change("a//etc/passwd", "b//etc/passwd"), "`/etc/passwd` is not a path in the tree");
    check(
        &change("/dev/null", "b/../x").replace("-1,3", "-0,0").replace(" 1\n-2\n+x\n 3\n", "+1\n+2\n+3\n"),
        out,
    );
    check(&change("a/.git/config", "b/.git/config"), "`.git/config` is a path of git itself");
    check(&change("a/x/.GIT/config", "b/x/.GIT/config"), "is a path of git itself");
    check(&change("\"a/\\056\\056/x\"", "\"b/\\056\\056/x\""), out);
    check(&change("\"a/x\\000y\"", "\"b/x\\000y\""), "contains a zero byte");
    let long = format!("a/{}", "x/".repeat(3000));
    check(&change(&long, &long), "expected at most 4096");
    let header = |lines: &str| format!("diff --git a/f b/f\nsimilarity index 100%\n{lines}");
    check(&header("rename from f\nrename to ../f\n"), out);
    check(&header("copy from ../outside/secret\ncopy to f2\n"), out);
    check(&header("copy from /etc/passwd\ncopy to f2\n"), "is not a path in the tree");
}

#[test]
fn links_of_the_tree_are_not_followed() {
    for target in ["../outside", "/etc", ".", "gone"] {
        let check = |patch: &str| {
            let error = error_of(work().link("l", target), patch);
            assert!(error.contains("is behind the symbolic link l"), "{patch}: {error}");
        };
        check(&change("a/l/secret", "b/l/secret"));
        check(
            "diff --git a/l/new b/l/new\nnew file mode 100644\n--- /dev/null\n+++ b/l/new\n@@ -0,0 +1 @@\n+x\n",
        );
        check("diff --git a/f b/l/f\nsimilarity index 100%\nrename from f\nrename to l/f\n");
        check("diff --git a/l/secret b/g\nsimilarity index 100%\ncopy from l/secret\ncopy to g\n");
        check(
            "diff --git a/l/secret b/l/secret\ndeleted file mode 100644\n--- a/l/secret\n+++ /dev/null\n@@ -1 +0,0 @@\n-key\n",
        );
    }
    // The link itself is a file of git: its content is its target.
    let link = "diff --git a/l b/l\nindex 1..2 120000\n--- a/l\n+++ b/l\n@@ -1 +1 @@\n-../outside/secret\n\\ No newline at end of file\n+f\n\\ No newline at end of file\n";
    let work = work().link("l", "../outside/secret").patch("a.patch", link);
    work.apply().unwrap();
    assert_eq!(work.all(), ["outside/secret 644 \"key\\n\"", "tree/f 644 \"1\\n2\\n3\\n\"", "tree/l -> f"]);
}

#[test]
fn links_of_the_patch_are_not_followed() {
    let make = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+../outside\n\\ No newline at end of file\n";
    let through = "diff --git a/l/secret b/l/secret\nnew file mode 100644\n--- /dev/null\n+++ b/l/secret\n@@ -0,0 +1 @@\n+x\n";
    for patch in [format!("{make}{through}"), format!("{through}{make}")] {
        let error = error_of(work(), &patch);
        assert_eq!(
            error,
            "l/secret: l/secret is behind the symbolic link l, and a patch does not follow links"
        );
    }
    // In two patches.
    let both = work().patch("1.patch", make).patch("2.patch", through);
    assert!(
        both.apply().unwrap_err().starts_with("2.patch: l/secret: l/secret is behind the symbolic link l")
    );

    // The patch removes the link of the tree, and changes what was behind it.
    let remove = "diff --git a/l b/l\ndeleted file mode 120000\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-../outside\n\\ No newline at end of file\n";
    let changed = "diff --git a/l/secret b/l/secret\n--- a/l/secret\n+++ b/l/secret\n@@ -1 +1 @@\n-key\n+x\n";
    let deleted = "diff --git a/l/secret b/l/secret\ndeleted file mode 100644\n--- a/l/secret\n+++ /dev/null\n@@ -1 +0,0 @@\n-key\n";
    for behind in [changed, deleted] {
        let error = error_of(work().link("l", "../outside"), &format!("{remove}{behind}"));
        assert!(error.starts_with("l/secret: l/secret is behind the symbolic link l"), "{error}");
    }
    // A folder in place of the link is one of the tree.
    let replaced = work().link("l", "../outside").patch("a.patch", &format!("{remove}{through}"));
    replaced.apply().unwrap();
    assert!(replaced.all().contains(&"outside/secret 644 \"key\\n\"".to_owned()));
    assert!(replaced.all().contains(&"tree/l/secret 644 \"x\\n\"".to_owned()));
}

#[test]
fn damaged_hunks() {
    let check = |hunk: &str, expect: &str| {
        let error = error_of(work(), &format!("--- a/f\n+++ b/f\n{hunk}"));
        assert!(error.contains(expect), "{hunk}: {error}");
    };
    check("@@ -1,3 +1,4 @@\n 1\n-2\n+x\n 3\n", "line 8: the hunk of line 3 ends too early");
    check("@@ -1,4 +1,4 @@\n 1\n-2\n+x\n 3\n-- \n2.47\n", "line 9: the hunk of line 3 ends too early");
    check(
        "@@ -1,2 +1,1 @@\n 1\n-2\n-3\n+x\n",
        "hunk 1 (line 3 of the patch) does not fit: its lines are at line 1, expected at the end",
    );
    check(
        "@@ -1,1 +1,2 @@\n-1\n-2\n+x\n+y\n",
        "line 5: the hunk of line 3 has more lines than its header says",
    );
    check("@@ -1,3 +1,3 @@\n 1\n 2\n 3\n", "line 7: the hunk of line 3 changes nothing");
    check("@@ -1,3 +1,3 @@\n 1\n?2\n 3\n", "line 5: the hunk of line 3 ends too early");
    check("@@ -1,4000000000 +1,4000000000 @@\n 1\n-2\n+x\n 3\n", "ends too early");
    check("@@ -1,99999999999999999999 +1 @@\n 1\n-2\n+x\n 3\n", "line 3: the line is not a hunk");
    check("@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3", "line 7: the hunk of line 3 ends too early");
    check("@@ -1,1 +1,1 @@\n-1\n+x\n@@ -1,1 +1,1 @@\n-1\n+y\n", "hunk 1");
    // The second hunk needs a line of the first.
    let overlap = "@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n@@ -2,2 +2,2 @@\n x\n-3\n+y\n";
    check(
        overlap,
        "hunk 2 (line 8 of the patch) does not fit: line 2 is part of an earlier hunk, and hunks cannot overlap",
    );
    assert!(error_of(work(), "@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n").contains("the hunk belongs to no file"));
}

#[test]
fn damaged_headers_and_binary_data() {
    let check = |lines: &str, expect: &str| {
        let error = error_of(work(), &format!("diff --git a/f b/f\n{lines}"));
        assert!(error.contains(expect), "{lines}: {error}");
    };
    check("old mode 100644\nnew mode 160000\n", "it changes a submodule");
    check("old mode 100644\nnew mode 060000\n", "`060000` is not the mode of a file");
    check("old mode x\n", "`x` is not a mode");
    check("new file mode 100644\ndeleted file mode 100644\n", "contradict each other");
    check("rename from f\ncopy to g\n", "contradict each other");
    check("rename from f\n", "it does not name its file");
    check("old mode 100644\n--- a/f\n+++ b/g\n", "a change of the file was expected");
    check("new file mode 100644\n--- a/f\n+++ b/f\n", "it names `a/f`, expected /dev/null");
    check(
        "new file mode 100644\n--- /dev/null\n+++ b/g\n",
        "it names `b/g`, expected `f` of the lines before it",
    );
    check("index 1..2 100644\n", "line 3: a change of the file was expected before this line");
    check(
        "index 1..2\nBinary files a/f and b/f differ\n",
        "f: the patch says only that a binary file differs",
    );
    check("index 1..2\nGIT binary patch\n", "the line `literal` or `delta` is missing");
    check("index 1..2\nGIT binary patch\nliteral x\n", "its binary data has no size");
    check("index 1..2\nGIT binary patch\nliteral 3\n", "its binary data ends too early");
    check("index 1..2\nGIT binary patch\nliteral 3\nzzz\n\n", "its binary data is damaged");
    check("index 1..2\nGIT binary patch\nliteral 1\nA00000\n\n", "has one direction only");
    let two = "index 1..2\nGIT binary patch\nliteral SIZE\nA00000\n\nliteral 1\nA00000\n\n";
    check(&two.replace("SIZE", "1"), "f: the binary patch is damaged");
    check(&two.replace("SIZE", "99999999999999"), "the binary patch needs 99999999999999 bytes");
    check(&two.replace("SIZE", "-1"), "its binary data has no size");
}

#[test]
fn what_is_no_file_is_not_patched() {
    let error = error_of(Work::new().file("f/g", ""), &change("a/f", "b/f"));
    assert_eq!(error, "f: it is a folder, expected a file");
    let error =
        error_of(Work::new().link("f", "x"), "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n");
    assert_eq!(error, "f: it is a symbolic link, expected a file");
    let error = error_of(work(), "nothing\n");
    assert!(error.starts_with("it is not a patch: found no line `diff --git`"), "{error}");
    let error = error_of(work(), "");
    assert!(error.starts_with("it is not a patch"), "{error}");
}
