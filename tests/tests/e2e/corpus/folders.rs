//! Families with mistakes in their bytes, between their files, or in their size.

use super::Corpus;

const STAGES: &str = "stages: {app: {from: scratch}}\n";

pub(crate) fn all(corpus: &mut Corpus) {
    encodings(corpus);
    anchors(corpus);
    conflicts(corpus);
    includes(corpus);
    matrices(corpus);
}

fn encodings(corpus: &mut Corpus) {
    let files: [(&str, &[u8]); 8] = [
        ("a byte that is never text", b"\xffstages: {app: {from: scratch}}\n"),
        ("such a byte in a key", b"sta\xc0ges: {app: {from: scratch}}\n"),
        ("such a byte in a value", b"stages: {app: {from: \"\x80\"}}\n"),
        ("such a byte in a comment", b"# \xfe\nstages: {app: {from: scratch}}\n"),
        ("a letter that is cut off", b"stages: {app: {from: scratch}}\n# \xe2\x82"),
        ("a letter that is too long", b"stages: {app: {from: \"\xc0\xaf\"}}\n"),
        ("half a pair", b"stages: {app: {from: \"\xed\xa0\x80\"}}\n"),
        ("UTF-16", b"\xff\xfes\0t\0a\0g\0e\0s\0:\0\n\0"),
    ];
    for (what, bytes) in files {
        corpus.bad(what, &[("image.yaml", bytes.to_vec())], "UTF-8");
    }
    let included =
        [("image.yaml", format!("include: b.yaml\n{STAGES}").into()), ("b.yaml", b"a: \xff".to_vec())];
    corpus.bad("an included file that is no text", &included, "UTF-8");
}

fn anchors(corpus: &mut Corpus) {
    for (what, text) in [
        ("a list in itself", "x-a: &a [*a]\n"),
        ("a map in itself", "x-a: &a {b: *a}\n"),
        ("a map as its own key", "x-a: &a {*a : b}\n"),
        ("a list deep in itself", "x-a: &a [[[{b: [*a]}]]]\n"),
        ("steps in themselves", "x-a: &a [{run: a}, {if: true, then: *a}]\n"),
        ("anchors in each other", "x-a: &a [&b [*a, *b]]\n"),
        ("an alias before its anchor", "x-b: *a\nx-a: &a b\n"),
    ] {
        corpus.bad(what, &[("image.yaml", format!("{text}{STAGES}").into())], "error");
    }
}

/// Two files declare the same name.
fn conflicts(corpus: &mut Corpus) {
    for one in [
        "axes: {same: [x]}\n",
        "args: {same: x}\n",
        "vars: {same: x}\n",
        "mixins: {same: {env: {A: b}}}\n",
        "fragments: {same: {steps: [{run: a}]}}\n",
        "stages: {same: {from: scratch}}\n",
        "targets: {same: {stage: app}}\n",
    ] {
        let first =
            format!("include: [b.yaml, c.yaml]\n{}", if one.starts_with("stages") { "" } else { STAGES });
        let files =
            [("image.yaml", first.clone().into_bytes()), ("b.yaml", one.into()), ("c.yaml", one.into())];
        corpus.bad(&format!("twice {}", one.trim()), &files, "same");
        let files = [
            ("image.yaml", format!("{first}{one}").into_bytes()),
            ("b.yaml", one.into()),
            ("c.yaml", Vec::new()),
        ];
        corpus.bad(&format!("again {}", one.trim()), &files, "error");
    }
    let files = [
        ("image.yaml", b"include: b.yaml\naxes: {same: [x]}\nstages: {app: {from: scratch}}\n".to_vec()),
        ("b.yaml", b"args: {same: x}\n".to_vec()),
    ];
    corpus.bad("an axis and an argument of one name", &files, "same");
}

fn includes(corpus: &mut Corpus) {
    let folder = [("image.yaml", format!("include: sub\n{STAGES}").into_bytes()), ("sub/b.yaml", Vec::new())];
    corpus.bad("a folder", &folder, "`sub` is a folder");
    let mut bad = |what: &str, include: &str, other: &str| {
        let files = [
            ("image.yaml", format!("include: {include}\n{STAGES}").into_bytes()),
            ("sub/b.yaml", other.as_bytes().to_vec()),
        ];
        corpus.bad(what, &files, "include");
    };
    bad("a file that includes itself", "image.yaml", "");
    bad("files that include each other", "sub/b.yaml", "include: ../image.yaml\n");
    bad("a file outside", "../../etc/passwd", "");
    bad("a file outside of an included one", "sub/b.yaml", "include: ../../x.yaml\n");
    bad("a file of the machine", "/etc/passwd", "");
    bad("a file that is not there", "none.yaml", "");
    bad("a map of includes", "{a: b}", "");
    bad("an include that depends", "\"${{ a }}\"", "");
    // Each file includes the next one. One file includes all of them.
    let name = |number: usize| format!("f{number}.yaml");
    let names: Vec<String> = (0..1_000).map(name).collect();
    let chain = |count: usize| -> Vec<(String, Vec<u8>)> {
        let file = |number: usize| (name(number), format!("include: {}\n", name(number + 1)).into_bytes());
        (0..count).map(file).collect()
    };
    let mut files = chain(1_000);
    files.insert(0, ("image.yaml".to_owned(), format!("include: f0.yaml\n{STAGES}").into()));
    let shown: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    corpus.bad("a chain of a thousand files whose last is not there", &shown, "include");
    linked(corpus);
    let web = format!("include: [{}]\n", names[..100].join(", "));
    let mut files: Vec<(&str, Vec<u8>)> = vec![("image.yaml", format!("{web}{STAGES}").into())];
    files.extend(names[..100].iter().map(|name| (name.as_str(), web.clone().into_bytes())));
    corpus.bad("a hundred files that include each other", &files, "include");
}

/// Files and folders that lead to themselves through links.
fn linked(corpus: &mut Corpus) {
    let mut bad = |what: &str, files: &[(&str, &str)], links: &[(&str, &str)]| {
        let files: Vec<(&str, Vec<u8>)> =
            files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())).collect();
        corpus.bad_with_links(what, &files, links, "include");
    };
    let text = |include: &str| format!("include: {include}\n{STAGES}");
    bad("a link to the build file", &[("image.yaml", &text("link.yaml"))], &[("link.yaml", "image.yaml")]);
    bad("a link to itself", &[("image.yaml", &text("link.yaml"))], &[("link.yaml", "link.yaml")]);
    bad("a link out of the folder", &[("image.yaml", &text("link.yaml"))], &[("link.yaml", "/etc/passwd")]);
    // Each level has another path, and is the same file.
    bad(
        "a folder in itself",
        &[("image.yaml", &text("sub/x.yaml")), ("x.yaml", "include: sub/x.yaml\n")],
        &[("sub", ".")],
    );
    let names: Vec<String> = (0..99).map(|number| format!("l{number}.yaml")).collect();
    let links: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x.yaml")).collect();
    let all = format!("include: [{}]\n", names.join(", "));
    bad("a hundred names of one file", &[("image.yaml", &text("l0.yaml")), ("x.yaml", &all)], &links);
}

fn matrices(corpus: &mut Corpus) {
    let axes = |count: usize, values: usize| {
        let values = (0..values).map(|value| format!("v{value}")).collect::<Vec<_>>().join(", ");
        (0..count).fold("axes:\n".to_owned(), |text, axis| text + &format!("  a{axis}: [{values}]\n"))
    };
    let names =
        |count: usize| (0..count).map(|axis| format!("${{{{ a{axis} }}}}")).collect::<Vec<_>>().join("-");
    for (count, values) in [(3, 50), (10, 20), (30, 50), (2, 1_000)] {
        let wrong = format!(
            "{}stages:\n  app:\n    from: x:{}\n    steps:\n      - {{run: a, if: a0 == \"nothing\"}}\n",
            axes(count, values),
            names(count)
        );
        corpus.bad(
            &format!("{count} axes of {values} values"),
            &[("image.yaml", wrong.into())],
            "unknown-axis-value",
        );
        let tags = format!(
            "{}stages: {{app: {{from: \"x:{}\"}}}}\ntargets: {{app: {{stage: app, tags: \"x:${{{{ a0 }}}}\"}}}}\n",
            axes(count, values),
            names(count)
        );
        corpus.bad(
            &format!("{count} axes of {values} values, one tag for many"),
            &[("image.yaml", tags.into())],
            "duplicate-tag",
        );
    }
    let rules = (0..1_000).fold("support:\n".to_owned(), |text, rule| {
        text + &format!(
            "  - {{exclude: 'a0 == \"v{}\" and a1 == \"v{}\"', because: no}}\n",
            rule % 20,
            rule % 19
        )
    });
    let ruled = format!("{}{rules}stages: {{app: {{from: \"x:{}\"}}}}\n", axes(6, 20), names(6));
    corpus.any("thousands of rules over millions of combinations", &[("image.yaml", ruled.into())]);
    let none = format!(
        "{}support: [{{exclude: 'true', because: no}}]\nstages: {{app: {{from: \"x:{}\"}}}}\n",
        axes(8, 20),
        names(8)
    );
    corpus.bad("no combination is left of billions", &[("image.yaml", none.into())], "error");
}
