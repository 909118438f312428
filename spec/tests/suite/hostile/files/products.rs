//! Files in which one thing is multiplied by another: uses by uses, variants by steps, variables by processes, stages by settings.

use std::fmt::Write as _;

use super::Check;
use varve_spec::Code;

pub(super) fn all<T: Check>(log: &mut T) {
    fragments(log);
    repetitions(log);
    mixins(log);
    variants(log);
    environments(log);
    stages(log);
}

/// A stage with these steps, one a line.
fn steps(count: usize, step: impl Fn(usize) -> String) -> String {
    (0..count).fold("stages:\n  app:\n    from: debian\n    steps:\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "      - {}", step(n));
        text
    })
}

fn fragments<T: Check>(log: &mut T) {
    let doubling = |depth: usize, leaf: &str| {
        let uses = (0..depth).fold("fragments:\n".to_owned(), |mut text, n| {
            let _ = writeln!(text, "  f{n}: {{steps: [{{use: f{0}}}, {{use: f{0}}}]}}", n + 1);
            text
        });
        format!(
            "{uses}  f{depth}: {{steps: [{leaf}]}}\nstages: {{app: {{from: debian, steps: [{{use: f0}}]}}}}\n"
        )
    };
    log.fails("fragments that double", doubling(30, "{run: x}"), Code::BadValue);
    log.fails("fragments that double, less deep", doubling(18, "{run: x}"), Code::BadValue);
    log.may_fail("fragments that double, much less deep", doubling(14, "{run: x}"));
    log.fails("empty fragments that double", doubling(30, ""), Code::BadValue);
    log.fails("fragments that double nothing", doubling(30, "{run: x, if: false}"), Code::BadValue);
    let chain = (0..3_000).fold("fragments:\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  f{n}: {{steps: [{{use: f{}}}]}}", n + 1);
        text
    });
    let chain = format!(
        "{chain}  f3000: {{steps: []}}\nstages: {{app: {{from: debian, steps: [{{use: f2990}}]}}}}\n"
    );
    log.may_fail("a chain of fragments", chain);
    let many = (0..20_000).fold("fragments:\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  f{n}: {{steps: [{{run: x}}]}}");
        text
    });
    log.may_fail("many fragments", many + &steps(20_000, |n| format!("use: f{n}")));
}

fn repetitions<T: Check>(log: &mut T) {
    let list = |count: usize| (0..count).map(|n| format!("x{n}")).collect::<Vec<_>>().join(", ");
    let three = steps(1, |_| {
        "{for: {a: \"${{ l }}\"}, do: [{for: {b: \"${{ l }}\"}, do: [{for: {c: \"${{ l }}\"}, do: []}]}]}"
            .to_owned()
    });
    log.fails(
        "computed repetitions of nothing",
        format!("vars: {{l: [{}]}}\n{three}", list(1_000)),
        Code::BadValue,
    );
    let search = steps(1, |_| "{for: {a: \"${{ l }}\"}, do: [{run: x, if: \"not (a in l)\"}]}".to_owned());
    log.fails("searches in a long list", format!("vars: {{l: [{}]}}\n{search}", list(9_999)), Code::BadValue);
    let args = (0..3_000).fold("args:\n".to_owned(), |text, n| text + &format!("  a{n}: x\n"));
    let vars = (0..33).fold("vars:\n".to_owned(), |text, n| {
        let names: String = (n * 90..n * 90 + 90).map(|n| format!("${{{{ a{n} }}}}")).collect();
        text + &format!("  v{n}: \"{names}\"\n")
    });
    let all: String = (0..33).map(|n| format!("${{{{ v{n} }}}}")).collect();
    let reads = steps(5_000, |n| format!("run: \"{n} ${{{{ w }}}}\""));
    log.may_fail("steps that depend on thousands of args", format!("{args}{vars}  w: \"{all}\"\n{reads}"));
}

fn mixins<T: Check>(log: &mut T) {
    let mixins = (0..20).fold("mixins:\n".to_owned(), |text, mixin| {
        let env: Vec<String> = (0..1_000).map(|n| format!("M{mixin}_{n}: x")).collect();
        text + &format!("  m{mixin}: {{env: {{{}}}}}\n", env.join(", "))
    });
    let names: Vec<String> = (0..20).map(|n| format!("m{n}")).collect();
    let steps = steps(1_000, |n| format!("{{run: x{n}, mixins: [{}]}}", names.join(", ")));
    log.fails("mixins of much in many steps", mixins + &steps, Code::BadValue);
}

fn axes(count: usize, values: usize) -> String {
    let values: Vec<String> = (0..values).map(|n| format!("v{n}")).collect();
    (0..count).fold("axes:\n".to_owned(), |text, n| text + &format!("  a{n}: [{}]\n", values.join(", ")))
}

fn variants<T: Check>(log: &mut T) {
    let list = "x, ".repeat(1_000);
    let run = "\"x ${{ a0 }}${{ a1 }}${{ a2 }}\"";
    let repeated = steps(1, |_| format!("{{for: {{a: \"${{{{ l }}}}\"}}, do: [{{run: {run}}}]}}"));
    // Each stage has two instances of the next one.
    let of = |n: usize, letter: &str| format!("{{stage: s{n}, with: {{n: \"${{{{ n }}}}{letter}\"}}}}");
    let doubled: String = (0..20)
        .map(|n| {
            let (one, other) = (of(n + 1, "a"), of(n + 1, "b"));
            format!(
                "  s{n}: {{params: {{n: x}}, from: {one}, steps: [{{copy: /a, to: /b, from: {other}}}]}}\n"
            )
        })
        .collect();
    let text = format!("default: s0\nstages:\n{doubled}  s20: {{params: {{n: x}}, from: scratch}}\n");
    log.fails("instances of stages that double", text, Code::BadValue);
    log.may_fail("many variants of many steps", format!("{}vars: {{l: [{list}]}}\n{repeated}", axes(3, 29)));
    let tags =
        "targets:\n  app: {stage: app, tags: [{for: {a: \"${{ l }}\"}, do: \"x:${{ a0 }}-${{ a }}\"}]}\n";
    let one = steps(1, |_| format!("run: {run}"));
    log.may_fail("many variants of many tags", format!("{}vars: {{l: [{list}]}}\n{one}{tags}", axes(3, 29)));
    let pairs = (0..20).flat_map(|one| (0..one).map(move |other| (one, other))).collect::<Vec<_>>();
    let pairs =
        steps(pairs.len(), |n| format!("run: \"x ${{{{ a{} }}}}${{{{ a{} }}}}\"", pairs[n].0, pairs[n].1));
    log.may_fail("steps that read each pair of axes", axes(20, 10) + &pairs);
    let wrong = steps(3_000, |n| format!("{{download: \"x{n}${{{{ a0 }}}}${{{{ a1 }}}}${{{{ a2 }}}}\"}}"));
    log.may_fail("many mistakes in many variants", axes(3, 20) + &wrong);
    let warned = steps(3_000, |n| format!("run: apt-get install x{n}"))
        .replace("from: debian", "from: \"debian:${{ a0 }}${{ a1 }}${{ a2 }}\"");
    log.may_fail("many warnings in many variants", axes(3, 29) + &warned);
}

fn environments<T: Check>(log: &mut T) {
    let pairs = |count: usize| {
        steps(2 * count, |n| match n % 2 {
            0 => format!("env: {{A{n}: b}}"),
            _ => "run: x".to_owned(),
        })
    };
    log.may_fail("variables and processes", pairs(1_500));
    log.may_fail("many variables and processes", pairs(8_000));
    let prepended = |n: usize| format!("env: {{PATH: {{prepend: /opt/bin{n}}}}}");
    log.may_fail("a path that grows", steps(5_000, prepended));
    log.may_fail("a path that grows too long", steps(12_000, prepended));
    let used = steps(10_000, |n| if n.is_multiple_of(2) { prepended(n) } else { "run: x".to_owned() });
    log.may_fail("a path that grows between processes", used);
    let env = (0..50_000).map(|n| format!("A{n}: b")).collect::<Vec<_>>().join(",\n      ");
    log.may_fail(
        "many variables",
        format!("stages:\n  app:\n    from: debian\n    env: {{{env}}}\n    steps: [{{run: x}}]\n"),
    );
    let layers = steps(4_000, |n| format!("layers: {{a: [{{run: x{n}}}], b: [{{run: y{n}}}]}}"));
    log.may_fail("many layers", layers);
}

fn stages<T: Check>(log: &mut T) {
    let chain = |count: usize, more: &dyn Fn(usize) -> String| {
        (1..count).fold("stages:\n  s0: {from: debian}\n".to_owned(), |mut text, n| {
            let _ = writeln!(text, "  s{n}: {{from: s{}, {}}}", n - 1, more(n));
            text
        })
    };
    log.passes("a chain of stages with steps", chain(10_000, &|_| "steps: [{run: x}]".to_owned()));
    log.may_fail("a chain of stages that each run", chain(10_000, &|_| "steps: [{run: x}]".to_owned()));
    let settings = |n: usize| format!("env: {{A{n}: b}}, image: {{labels: {{l{n}: x}}}}, flatten: true");
    log.may_fail("a chain of stages with settings", chain(5_000, &settings));
    log.may_fail(
        "a chain of stages with packages",
        chain(4_000, &|n| format!("steps: [{{packages: [a{n}]}}]")),
    );
    let labels = (0..10_000).map(|n| format!("l{n}: x")).collect::<Vec<_>>().join(", ");
    for settings in [format!("image: {{labels: {{{labels}}}}}"), format!("env: {{{labels}}}")] {
        let mut star = format!("stages:\n  big: {{from: debian, {settings}}}\n");
        let mut copies = String::new();
        for n in 0..3_000 {
            let _ = writeln!(
                star,
                "  s{n}: {{from: big, env: {{l5: y}}}}\n  t{n}: {{from: s{n}, env: {{l5: z}}}}"
            );
            let _ = writeln!(copies, "      - {{copy: a, to: /, from: s{n}}}");
        }
        copies += &copies.replace("from: s", "from: t");
        log.may_fail(
            "stages from one with much",
            format!("{star}  app:\n    from: debian\n    steps:\n{copies}"),
        );
    }
}
