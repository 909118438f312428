//! What is read here is what the library reads.

use super::read;
use crate::base::source::SourceId;
use crate::yaml::by_library;

/// Every file of the cases, and what becomes of it when a part is left out, doubled or replaced.
#[test]
fn what_is_read_quickly_is_what_the_library_reads() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    for case in std::fs::read_dir(cases).unwrap() {
        texts.extend(String::from_utf8(std::fs::read(case.unwrap().path()).unwrap()));
    }
    let mut quick = 0;
    let mut compare = |text: &str| {
        if let Some(read) = read(SourceId(0), text) {
            assert_eq!(Ok(read), by_library(SourceId(0), text), "{text:?}");
            quick += 1;
        }
    };
    for text in &texts {
        compare(text);
        mutations(text).for_each(|mutation| compare(&mutation));
    }
    assert!(quick > 1000, "{quick}");
}

#[test]
fn build_files_are_read_quickly() {
    for text in TEXTS {
        assert!(read(SourceId(0), text).is_some(), "{text:?}");
    }
}

/// What build files hold.
const TEXTS: &[&str] = &[
    "a: b\n",
    "a:\n  - b\n  - c: d # e\n    f: g\n\n# h\n\n  - - i\n    - j\nk:\n- l\n-   m: n\n",
    "a: [b, 'c''s', \"d\\n\\\"\\\\\", {e: f, g: [h]}, ]\ni: {}\nj: []\n",
    "a: [b,\n  c, # d\n\n  {e: f,\n   g: h}\n  ]\ni: j\n",
    "a: |\n  b\n    c\n\n  d  \n\ne: |-\n  f\n\ng: |+\n  h\n\n\n",
    "a: >\n  b\n  c\n\n  d\ne: >-\n  f\n  g\n",
    "- run: |\n    a\n  if: b == \"c\"\n- exec: [a, -b, --c=d:e, https://f/g#h]\n",
    "a:\nb: ${{ c.d }}\ne: 'f: #g'\n\"h i\": j k\n",
    "ä: ü\nb: [é, '🦀']\nc: |\n  ö\n",
    "a:\n  [b, c]\nd:\n  e f\n",
];

/// Texts with one place changed.
fn mutations(text: &str) -> impl Iterator<Item = String> {
    let places = || text.char_indices().map(|(at, c)| (at, at + c.len_utf8()));
    let pieces = [
        "", "\n", " ", "  ", "\t", ":", ": ", "- ", "#", " #", "'", "\"", "[", "]", "{", "}", ",", "|", ">",
        "&a", "*a", "?", "!", "%", "\r", "---\n", "\\", "<<", "\u{85}", "\u{feff}", "\u{7f}",
    ];
    let places: Vec<_> = places().step_by(text.len() / 16 + 1).collect();
    let change = move |(start, end): (usize, usize)| {
        pieces.into_iter().flat_map(move |piece| {
            [[&text[..start], piece, &text[end..]].concat(), [&text[..start], piece, &text[start..]].concat()]
        })
    };
    places.into_iter().flat_map(change)
}
