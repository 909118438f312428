//! What a patch that does not fit says, and that patches are applied in order.

use super::made::{Work, error_of};

const PATCH: &str = "\
--- a/src/f
+++ b/src/f
@@ -2,5 +2,5 @@
 two
 three
-four
+FOUR
 five
 six
";

fn work(lines: &str) -> Work {
    Work::new().file("src/f", &format!("{}\n", lines.replace(' ', "\n")))
}

#[test]
fn the_first_line_that_differs_is_named() {
    let check = |lines: &str, expect: &str| {
        assert_eq!(error_of(work(lines), PATCH), format!("src/f: {expect}"), "{lines}");
    };
    let hunk = "hunk 1 (line 3 of the patch) does not fit:";
    check("one two three 4 five six", &format!("{hunk} line 4 is `4`, expected `four`"));
    check("one two three four", &format!("{hunk} the file ends before line 5, expected `five`"));
    check("one x three four five six", &format!("{hunk} line 2 is `x`, expected `two`"));
    check("0 0 0 0 0 0 one two three four 5 six", &format!("{hunk} line 11 is `5`, expected `five`"));
    check("one two three FOUR five six", "the patch is already applied: the file has its changes");
    let long = "x".repeat(200);
    let expect = format!("{hunk} line 2 is `{}...`, expected `two`", "x".repeat(120));
    check(&format!("one {long} three four five six"), &expect);
    check("one two\r three four five six", &format!(r"{hunk} line 2 is `two\x0d`, expected `two`"));

    let empty = error_of(Work::new().file("src/f", ""), PATCH);
    assert_eq!(empty, format!("src/f: {hunk} the file is empty, expected `two`"));
    assert_eq!(error_of(Work::new(), PATCH), "src/f: it does not exist");
}

#[test]
fn a_hunk_at_an_end_of_the_file_says_so() {
    let check = |content: &str, hunk: &str, expect: &str| {
        let patch = format!("--- a/f\n+++ b/f\n{hunk}");
        let error = error_of(Work::new().file("f", content), &patch);
        assert_eq!(error, format!("f: hunk 1 (line 3 of the patch) does not fit: {expect}"));
    };
    let start = "its lines are at line 2, expected at the start of the file";
    check("0\n1\n2\n3\n", "@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n", start);
    let end = "its lines are at line 2, expected at the end of the file, since no line follows its change";
    check("0\n1\n2\n3\n", "@@ -2,2 +2,2 @@\n 1\n-2\n+x\n", end);
    check("0\n", "@@ -0,0 +1 @@\n+x\n", "the file has content, expected an empty file");
    let last = "@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+x\n";
    check("1\n", last, "line 1 is `1`, expected `1` without a line break");
}

#[test]
fn a_file_that_exists_is_not_made_again() {
    let new = "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n";
    let error = error_of(Work::new().file("f", "y\n"), new);
    assert_eq!(error, "f: f exists already, and the patch makes it");
    let error = error_of(Work::new().file("f", "x\n"), new);
    assert_eq!(error, "f: the patch is already applied: the file exists, with the same content");
    let rename = "diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g\n";
    let error = error_of(Work::new().file("g", ""), rename);
    assert_eq!(error, "f: it does not exist, and g, its new name, does; is the patch already applied?");
    let error = error_of(Work::new().file("f", "").file("g", ""), rename);
    assert_eq!(error, "f: g exists already, and the patch makes it");
    let delete = "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
    let error = error_of(Work::new(), delete);
    assert_eq!(error, "f: it does not exist, and the patch deletes it; is the patch already applied?");
}

#[test]
fn patches_are_applied_in_the_order_of_their_paths_and_whole() {
    let replace = |from: u32, to: u32| format!("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-{from}\n+{to}\n");
    let work = Work::new().file("f", "0\n");
    let work = work.patch("b/1.patch", &replace(2, 3)).patch("a.patch", &replace(0, 1));
    let work = work.patch("a/z.patch", &replace(1, 2));
    work.apply().unwrap();
    assert_eq!(work.all()[1..], ["tree/f 644 \"3\\n\""]);

    // The second file does not fit, so the first stays as well.
    let both = format!("{}--- a/g\n+++ b/g\n@@ -1 +1 @@\n-0\n+1\n", replace(0, 1));
    let error = error_of(Work::new().file("f", "0\n").file("g", "5\n"), &both);
    assert_eq!(error, "g: hunk 1 (line 8 of the patch) does not fit: line 1 is `5`, expected `0`");
}

#[test]
fn a_message_names_the_patch_by_its_path() {
    let work = work("x").patch("patches/series/0001-fix.patch", PATCH);
    assert!(work.apply().unwrap_err().starts_with("patches/series/0001-fix.patch: src/f: hunk 1 "));
}
