//! Which part of the context is sent: the paths that the steps of the variant read, and nothing else.

use varve_tests::command::output_of;
use varve_tests::{Build, Engine, stamp};

/// The size of a large file in bytes. It is larger than all small files together, even after buildx has rounded it.
const LARGE: usize = 3_000_000;

/// Returns the bytes of the context that a build sends, read from its progress, and the whole progress.
fn sent(steps: &str, more: impl Fn(Build) -> Build) -> (u64, String) {
    let engine = Engine::get().unwrap();
    let text = format!(
        "# syntax=varve/frontend:dev\naxes: {{kind: [small, large]}}\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n{steps}  other:\n    from: scratch\n    steps: [{{copy: large, to: /}}]\ndefault: app\n"
    );
    // Files that were sent before are not sent again, so the files are new each time.
    let large = |name: &str| {
        let line = format!("{name} {}\n", stamp());
        line.repeat(LARGE / line.len() + 1)
    };
    let build =
        Build::yaml(&text).with("small", stamp()).with("large", large("x")).with("folder/large", large("y"));
    let (mut command, _context) = more(build).command(engine, &["--progress=plain".to_owned()]).unwrap();
    let output = output_of(&mut command).unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    (words.lines().filter_map(bytes_sent).max().unwrap_or(0), words)
}

/// Returns the bytes of the context that a line of buildx's plain progress tells, such as `transferring context: 3.15MB 0.4s done`. The
/// line has no size while nothing was sent yet: `transferring context: 0.4s`.
fn bytes_sent(line: &str) -> Option<u64> {
    let (_, told) = line.split_once("transferring context: ")?;
    let size = told.split(' ').next()?.strip_suffix('B')?;
    let digits = size.trim_end_matches(['k', 'M']);
    let unit = match &size[digits.len()..] {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        other => panic!("a size in {other:?}B: {line}"),
    };
    Some((digits.parse::<f64>().unwrap() * unit) as u64)
}

#[test]
fn a_line_of_the_progress_tells_the_bytes_that_were_sent_so_far() {
    assert_eq!(bytes_sent("#5 transferring context: 0.4s"), None);
    assert_eq!(bytes_sent("#5 transferring context: 2B done"), Some(2));
    assert_eq!(bytes_sent("#5 transferring context: 1.05kB 0.1s"), Some(1_050));
    assert_eq!(bytes_sent("#5 transferring context: 3.15MB 0.4s done"), Some(3_150_000));
}

fn plain(build: Build) -> Build {
    build
}

#[test]
fn only_what_a_step_copies_is_sent() {
    let (small, words) = sent("      - copy: small /\n", plain);
    assert!(small < 10_000, "{words}");
    let (large, words) = sent("      - copy: [small, large]\n        to: /\n", plain);
    assert!(large >= LARGE as u64 && large < 2 * LARGE as u64, "{words}");
    let (all, words) = sent("      - copy: . /all\n", plain);
    assert!(all >= 2 * LARGE as u64, "{words}");
}

#[test]
fn only_what_a_step_mounts_is_sent() {
    let step = "      - run: cat /given\n        mounts: [{bind: /given, source: small}]\n";
    let (small, words) = sent(step, plain);
    assert!(small > 0 && small < 10_000, "{words}");
}

#[test]
fn only_what_the_variant_reads_is_sent() {
    let steps = "      - copy: small /\n      - copy: large /\n        if: kind == \"large\"\n";
    let (small, words) = sent(steps, plain);
    assert!(small < 10_000, "{words}");
    let (large, words) = sent(steps, |build| build.arg("kind", "large"));
    assert!(large >= LARGE as u64, "{words}");
}

#[test]
fn what_is_ignored_is_not_sent() {
    let ignored = |build: Build| build.with(".dockerignore", "**/large\n");
    let (small, words) = sent("      - copy: . /all\n", ignored);
    assert!(small < 10_000, "{words}");
}

#[test]
fn a_build_without_the_context_does_not_touch_it() {
    let (none, words) = sent("      - run: echo\n", plain);
    assert_eq!(none, 0, "{words}");
    assert!(!words.contains("load build context") && !words.contains(".dockerignore"), "{words}");
}

#[test]
fn a_glob_and_a_link_send_what_they_stand_for() {
    let linked = |build: Build| build.with_link("link", "small");
    let (small, words) = sent("      - copy: [\"sm*\", link]\n        to: /\n", linked);
    assert!(small > 0 && small < 10_000, "{words}");
}

/// The rule of "Names with special characters" in `docs/language.md` and `docs/recipes/details.md`. Each source has one match, so it fails
/// if BuildKit or the client reads it otherwise.
#[test]
fn a_special_character_in_a_source_is_written_in_brackets_after_a_backslash() {
    let engine = Engine::get().unwrap();
    let build = |sources: &[&str], from: &str| {
        let step = |(number, source): (usize, &&str)| {
            format!("      - copy: ['{source}']\n        to: /got/{number}/\n{from}")
        };
        let steps: String = sources.iter().enumerate().map(step).collect();
        let text = format!(
            "# syntax=varve/frontend:dev\nstages:\n  given:\n    from: scratch\n    steps: [{{copy: ., to: /}}]\n  app:\n    from: scratch\n    steps:\n{steps}default: app\n"
        );
        let names = ["a*b", "axb", "a?b", "[x]", "x", r"c\d", "q[1].txt", "q1.txt", "two words"];
        names.into_iter().fold(Build::yaml(&text), |build, name| build.with(name, name))
    };
    let stage = "        from: given\n";
    let copies = |sources: &[(&str, &str)], from: &str| {
        let written: Vec<&str> = sources.iter().map(|(source, _)| *source).collect();
        let image = build(&written, from).image(engine).unwrap();
        for (number, (source, name)) in sources.iter().enumerate() {
            let folder = format!("/got/{number}/");
            let got: Vec<&str> =
                image.tree.iter().filter_map(|(path, _)| path.strip_prefix(&folder)).collect();
            assert_eq!(got, [*name], "{source} {from}");
        }
    };
    let sources = [
        (r"a\*b", "a*b"),
        (r"a\?b", "a?b"),
        (r"\[x]", "[x]"),
        (r"c\\d", r"c\\d"),
        (r"a[\*]b", "a*b"),
        (r"a[\?]b", "a?b"),
        (r"[\[]x]", "[x]"),
        // The comparison shows a `\` in a name as `\\`.
        (r"c[\\]d", r"c\\d"),
        (r"q[\[]1].txt", "q[1].txt"),
        ("two words", "two words"),
    ];
    copies(&sources, "");
    copies(&[&sources[..], &[("a[*]b", "a*b")]].concat(), stage);
    for source in ["a[*]b", r"c\d"] {
        let outcome = build(&[source], "").run(engine).unwrap();
        assert!(outcome.code != 0 && outcome.stderr.contains("not found"), "{source}: {}", outcome.stderr);
    }
}
