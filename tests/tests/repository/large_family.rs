//! The linter checks all 10,000 variants of a family with 50 steps each.

use varve_spec::{Checked, Directive, Family, MatrixQuery, Platform, Sources, check};
use varve_tests::large::{Steps, family};

fn checked(text: &str) -> (Checked, Vec<String>) {
    let sources = Sources::single("image.yaml", text);
    let query = MatrixQuery::new(Platform::new("linux", "amd64"));
    let checked = check(&Family::read(&sources), &sources, &query, &Directive::default());
    let lines = checked.found.iter().map(|found| found.one_line(&sources)).collect();
    (checked, lines)
}

#[test]
fn a_large_family_without_mistakes() {
    let (checked, lines) = checked(&family(Steps::TwoAxes));
    assert_eq!(checked.variants, Some(10_000));
    assert_eq!(lines, [""; 0]);
}

#[test]
fn one_mistake_for_one_variant_of_ten_thousand() {
    let condition = "a == \"a7\" and b == \"b3\" and c == \"c9\" and d == \"d0\"";
    let wrong = format!("      - run: {{match: a, cases: {{b*: x}}}}\n        if: {condition}\n");
    let text = family(Steps::TwoAxes).replace("    steps:\n", &format!("    steps:\n{wrong}"));
    // A pattern that matches no value of the axis is reported when the file is read.
    let (_, lines) = checked(&text);
    assert!(lines[0].contains("[unknown-axis-value]"), "{lines:?}");
    let (checked, lines) = checked(&text.replace("match: a, cases: {b*", "match: a ~ c, cases: {b*"));
    assert_eq!(checked.variants, Some(10_000));
    let found: Vec<&String> = lines.iter().filter(|line| line.contains("[no-case]")).collect();
    assert_eq!(found.len(), 2, "one in each stage: {lines:?}");
    assert!(
        found[0].contains("no case matches `a7c9` for a=a7 b=b3 c=c9 d=d0 (1 of 10000 variants)"),
        "{}",
        found[0]
    );
}

#[test]
fn more_variants_than_are_looked_at() {
    let mut text = String::from("axes:\n");
    let mut names = String::new();
    for axis in 0..30 {
        text += &format!("  x{axis}: [a, b, c, d]\n");
        names += &format!("${{{{ x{axis} }}}}");
    }
    text += &format!("stages:\n  app: {{from: \"{names}\"}}\n");
    let (_, lines) = checked(&text);
    assert!(
        lines.iter().any(|line| line.contains("`app` has 1152921504606846976 combinations")),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| line.contains("[sampled]")), "{lines:?}");
}
