//! Compares texts with golden files.

use std::path::PathBuf;

use expect_test::expect_file;

/// Compares each text with its file. It compares all of them before it fails. `UPDATE_EXPECT=1` writes the files instead.
pub(crate) fn check(texts: impl IntoIterator<Item = (PathBuf, String)>) {
    let differs = |(path, text): (PathBuf, String)| {
        // `assert_eq` prints the difference and panics.
        let compared = std::panic::catch_unwind(|| expect_file![&path].assert_eq(&text));
        compared.is_err().then(|| path.display().to_string())
    };
    let differ: Vec<String> = texts.into_iter().filter_map(differs).collect();
    assert!(differ.is_empty(), "these files differ from the result:\n{}", differ.join("\n"));
}
