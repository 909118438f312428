//! Files that are made to need much time or memory, grouped by the construct that they use.

use std::fmt::Write as _;

use varve_spec::Code;

#[path = "files/defaults.rs"]
mod defaults;
#[path = "files/includes.rs"]
mod includes;
#[path = "files/nested.rs"]
mod nested;
#[path = "files/products.rs"]
mod products;

/// A check for each kind of result that a file can have.
pub(crate) trait Check {
    /// The sizes of the largest files.
    const SIZES: Sizes;

    /// The file may be valid or not.
    fn may_fail(&mut self, what: &str, text: String);
    /// The file has at least one diagnostic with this code.
    fn fails(&mut self, what: &str, text: String, code: Code);
    /// The file has no errors.
    fn passes(&mut self, what: &str, text: String);
    /// The files of a family, of which the first one is the build file, with a code of one of their diagnostics. `None` if they may be
    /// valid or not.
    fn family(&mut self, what: &str, files: Files, code: Option<Code>);
}

/// Files with their paths.
pub(crate) type Files = Vec<(String, String)>;

/// Sizes in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// The size of a file.
    pub(crate) large: usize,
    /// The length of a line.
    pub(crate) line: usize,
}

impl Sizes {
    /// Sizes just below the limits of the language.
    pub(crate) const MOST: Sizes = Sizes { large: 3_900_000, line: 1_000_000 };
}

/// Checks every file.
pub(crate) fn all<T: Check>(log: &mut T) {
    sizes(log);
    nesting(log);
    brackets(log);
    names(log);
    stages(log);
    expressions(log);
    growth(log);
    products::all(log);
    includes::all(log);
    nested::all(log);
    defaults::all(log);
}

const STAGES: &str = "stages: {app: {from: scratch}}\n";

/// A text of about this many bytes. It consists of `head` and of lines that `line` makes from their numbers.
fn lines(head: &str, bytes: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    let mut number = 0;
    while text.len() < bytes {
        text.push_str(&line(number));
        number += 1;
    }
    text
}

fn sizes<T: Check>(log: &mut T) {
    log.fails("10 MB", "a".repeat(10 << 20), Code::Yaml);
    log.fails("a text of 4 MB", format!("{STAGES}x-a: {}\n", "a b ".repeat(1 << 20)), Code::Yaml);
    log.passes("a long text", format!("{STAGES}x-a: {}\n", "a b ".repeat(T::SIZES.line / 4)));
    log.passes(
        "a quoted text of many lines",
        format!("{STAGES}x-a: \"{}\"\n", "a b\n  ".repeat(T::SIZES.large / 6)),
    );
    log.passes(
        "a long block",
        lines(&format!("{STAGES}x-a: |\n"), T::SIZES.large, |n| format!("  line {n}\n")),
    );
    log.passes(
        "a folded block",
        lines(&format!("{STAGES}x-a: >\n"), T::SIZES.large, |n| format!("  line {n}\n")),
    );
    log.fails("only comments", "# nothing\n".repeat(T::SIZES.large / 10), Code::Yaml);
    log.fails("only empty lines", "\n".repeat(T::SIZES.large), Code::Yaml);
    log.fails("a line of 4 MB", "a ".repeat(2 << 20), Code::Yaml);
    log.fails("only blanks", " ".repeat(T::SIZES.line), Code::Yaml);
    log.fails("NUL bytes", "\0".repeat(1000), Code::Yaml);
    log.fails("a NUL in a key", format!("{STAGES}a\0b: c\n"), Code::Yaml);
    log.passes("a byte order mark", format!("\u{feff}{STAGES}"));
    log.fails("odd line breaks", "stages:\r  app:\r    form: x\r".to_owned(), Code::UnknownKey);
    log.fails("unicode line breaks", "stages:\u{2028}  app: x\n".to_owned(), Code::UnknownKey);
}

fn nesting<T: Check>(log: &mut T) {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("a:\n", "")] {
        for count in [1_000, 100_000] {
            log.fails(
                &format!("{count} of {open:?}"),
                format!("a: {}{}", open.repeat(count), close.repeat(count)),
                Code::Yaml,
            );
            let code = if open == "a:\n" { Code::DuplicateKey } else { Code::Yaml };
            log.fails(&format!("{count} of {open:?} alone"), open.repeat(count), code);
        }
    }
    let indented = (0..2_000).fold(String::new(), |mut text, level| {
        let _ = writeln!(text, "{}a:", " ".repeat(level));
        text
    });
    log.fails("deep indentation", indented, Code::Yaml);
    let inside = (0..50).map(|n| format!("&a{n} [")).collect::<String>();
    let anchors =
        format!("x-a: {inside}{}{}\n{STAGES}", "xxxxxx,\n ".repeat(T::SIZES.large / 12), "]".repeat(50));
    log.fails("anchors around much", anchors, Code::AliasBudget);
    let text = "ä".repeat(500_000);
    log.fails(
        "a long text aliased",
        format!("x-a: &a \"{text}\"\nx-b: [{}]\n{STAGES}", "*a, ".repeat(100_000)),
        Code::AliasBudget,
    );
    let deep = lines("x-a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n", 1_000_000, |n| {
        format!("x-a{0}: &a{0} [[[[[[[[[[*a{n}]]]]]]]]]]\n", n + 1)
    });
    log.fails("aliases of aliases", deep, Code::Yaml);
    let mut bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..20 {
        let _ = writeln!(bomb, "x-{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 10].join(", "));
    }
    log.fails("an alias bomb", bomb, Code::AliasBudget);
}

fn brackets<T: Check>(log: &mut T) {
    log.fails("a long flow list", format!("{STAGES}x-a: [{}]\n", "a,\n  ".repeat(800_000)), Code::Yaml);
    log.passes("a flow list", format!("{STAGES}x-a: [{}]\n", "a, ".repeat(T::SIZES.line / 3)));
    log.passes(
        "a long flow map",
        lines(&format!("{STAGES}x-a: {{"), T::SIZES.large / 2, |n| format!("k{n}: v,\n ")) + "}\n",
    );
    log.passes(
        "a flow map on one line",
        lines(&format!("{STAGES}x-a: {{"), T::SIZES.line, |n| format!("k{n}: v, ")) + "}\n",
    );
    log.fails(
        "a flow map of one key",
        format!("{STAGES}x-a: {{{}}}\n", "a: b, ".repeat(T::SIZES.line / 6)),
        Code::DuplicateKey,
    );
    log.fails("an unclosed list", format!("{STAGES}x-a: [{}", "a, ".repeat(T::SIZES.line / 3)), Code::Yaml);
    log.fails("an unclosed quote", format!("{STAGES}x-a: \"{}", "a ".repeat(T::SIZES.line / 2)), Code::Yaml);
    let line = "${{ a }} ".repeat(20_000);
    log.fails(
        "expressions in a broken line",
        format!("a: {line}\nb: {{c: {line}}}\n{{"),
        Code::FlowExpression,
    );
    log.fails(
        "a condition of many quotes on one line",
        format!("{STAGES}x-a: {{if: ({}", "\"a\" 'b' ".repeat(T::SIZES.line / 8)),
        Code::Yaml,
    );
    let steps = "{run: a}, ".repeat(90_000);
    log.fails(
        "too many steps on one line",
        format!("stages: {{app: {{from: debian, steps: [{steps}]}}}}\n"),
        Code::BadValue,
    );
    let steps = "{run: a}, ".repeat(18_000);
    log.passes("steps on one line", format!("stages: {{app: {{from: debian, steps: [{steps}]}}}}\n"));
    let steps = "{rnu: a}, ".repeat(20_000);
    log.fails(
        "wrong steps on one line",
        format!("stages: {{app: {{from: ä, steps: [{steps}]}}}}\n"),
        Code::UnknownKey,
    );
}

fn names<T: Check>(log: &mut T) {
    log.fails(
        "unknown keys",
        lines(STAGES, T::SIZES.large / 2, |n| format!("key{n}: a\n")),
        Code::UnknownKey,
    );
    let var = |n: usize| format!("  v{n}: x\n");
    log.passes("vars", lines(&format!("{STAGES}vars:\n"), T::SIZES.large / 3, var));
    log.passes("args", lines(&format!("{STAGES}args:\n"), T::SIZES.large / 3, var));
    log.fails(
        "axis values",
        lines(&format!("{STAGES}axes:\n  a:\n"), T::SIZES.large / 3, |n| format!("    v{n}: {{p: q{n}}}\n")),
        Code::BadValue,
    );
    log.passes("axes", lines(&format!("{STAGES}axes:\n"), T::SIZES.large / 3, |n| format!("  a{n}: [x]\n")));
    let unknown = lines("axes:\n  a:\n", 10_000, |n| format!("    v{n}: {{}}\n"));
    let uses = lines("stages:\n  app:\n    from: debian\n    steps:\n", 500_000, |n| {
        format!("      - {{run: a, if: a == \"w{n}\"}}\n")
    });
    log.fails(
        "comparisons with values that are not there",
        format!("{unknown}{uses}"),
        Code::UnknownAxisValue,
    );
    let known = "axes: {a: [x]}\n".to_owned() + &lines("vars:\n", 500_000, |n| format!("  variable{n}: x\n"));
    let uses = lines("stages:\n  app:\n    from: debian\n    steps:\n", 500_000, |n| {
        format!("      - {{run: \"${{{{ variabel{n}x }}}}\"}}\n")
    });
    log.fails("names that are not there", format!("{known}{uses}"), Code::UnknownName);
    let targets =
        lines(&format!("{STAGES}targets:\n"), 1_000_000, |n| format!("  t{n}: {{stage: stag{n}}}\n"));
    log.fails("targets without stages", targets, Code::UnknownStage);
    let axes = "axes:\n".to_owned()
        + &(0..50).fold(String::new(), |text, n| {
            text + &format!("  a{n}: [{}]\n", (0..50).map(|v| format!("v{v}")).collect::<Vec<_>>().join(", "))
        });
    let rule = "support: [{require: 'a1 == \"v1\" and a2 == \"v2\" and a3 == \"v3\"', because: no}]\n";
    log.fails("a nearest combination that is far", format!("{axes}{rule}{STAGES}"), Code::Unsupported);
}

fn stages<T: Check>(log: &mut T) {
    let chain = |count: usize| {
        (1..count).fold("stages:\n  s0: {from: debian}\n".to_owned(), |mut text, n| {
            let _ = writeln!(text, "  s{n}: {{from: s{}}}", n - 1);
            text
        })
    };
    log.passes("a chain of stages", chain(5_000));
    log.passes("a long chain of stages", chain(20_000));
    let copies = (1..10_000).fold("stages:\n  s0: {from: debian}\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  s{n}: {{from: scratch, steps: [{{copy: a b, from: s{}}}]}}", n - 1);
        text
    });
    log.passes("a chain of copies", copies);
    let circle = chain(10_000).replace("{from: debian}", "{from: s9999}");
    log.fails("a circle of stages", circle, Code::StageCycle);
    let unused = lines(STAGES, T::SIZES.large / 2, |n| format!("  s{n}: {{from: scratch}}\n"))
        .replace("stages: {app: {from: scratch}}", "stages:\n  app: {from: scratch}");
    log.passes("unused stages", unused);
}

fn expressions<T: Check>(log: &mut T) {
    let app = |run: String| {
        format!(
            "args: {{x: y, b: true}}\nstages:\n  app:\n    from: debian\n    steps:\n      - run: {run}\n"
        )
    };
    log.fails(
        "brackets in an expression",
        app(format!("${{{{ {}x{} }}}}", "(".repeat(1_000), ")".repeat(1_000))),
        Code::ExpressionSyntax,
    );
    log.fails(
        "nots in an expression",
        app(format!("${{{{ \"a\" if {} b else \"c\" }}}}", "not ".repeat(1_000))),
        Code::ExpressionSyntax,
    );
    log.may_fail(
        "a version of many parts",
        format!(
            "args: {{x: 1{}}}\nstages: {{app: {{from: \"a:${{{{ 'b' if x > '1' else 'c' }}}}\"}}}}\n",
            "-1".repeat(T::SIZES.line / 2)
        ),
    );
    log.may_fail("a long chain of joins", app(format!("${{{{ x{} }}}}", " ~ x".repeat(1_000))));
    log.may_fail("a long chain of filters", app(format!("${{{{ x{} }}}}", "|trim".repeat(800))));
    log.may_fail("a long chain of properties", app(format!("${{{{ x{} }}}}", ".a".repeat(2_000))));
    log.may_fail(
        "a long chain of conditions",
        app(format!("${{{{ {} \"y\" }}}}", "\"x\" if b else ".repeat(250))),
    );
    log.may_fail(
        "a long chain of ands",
        app(format!("${{{{ \"a\" if b{} else \"c\" }}}}", " and b".repeat(600))),
    );
    log.passes("many expressions", app("${{ b }} ".repeat(100_000)));
    log.may_fail(
        "many expressions behind escapes",
        app(format!("\"\\t{}\"", "\\x24{{ b }} ".repeat(100_000))),
    );
    log.fails("many open expressions", app("${{ \" ".repeat(100_000)), Code::ExpressionSyntax);
    log.fails(
        "a huge pattern",
        format!("args: {{a: {{default: x, pattern: '(((x{{1000}}){{1000}}){{1000}})'}}}}\n{STAGES}"),
        Code::BadValue,
    );
}

fn growth<T: Check>(log: &mut T) {
    let vars = |line: &dyn Fn(usize) -> String, count: usize| {
        let vars =
            (1..count).fold("vars:\n  v0: abcdefgh\n".to_owned(), |text, n| text + "  " + &line(n) + "\n");
        format!("{vars}stages: {{app: {{from: debian, steps: [{{run: \"${{{{ v{} }}}}\"}}]}}}}\n", count - 1)
    };
    log.fails(
        "texts that double",
        vars(&|n| format!("v{n}: ${{{{ v{0} }}}}${{{{ v{0} }}}}", n - 1), 60),
        Code::BadValue,
    );
    log.fails(
        "joins that double",
        vars(&|n| format!("v{n}: ${{{{ v{0} ~ v{0} }}}}", n - 1), 60),
        Code::BadValue,
    );
    let replaced =
        vars(&|n| format!("v{n}: '${{{{ v{} | replace(\"a\", \"{}\") }}}}'", n - 1, "a".repeat(100)), 20);
    log.fails("replacements that grow", replaced, Code::ExpressionType);
    let lists = vars(&|n| format!("v{n}: '${{{{ [v{0}, v{0}] }}}}'", n - 1), 60);
    log.fails("lists that double", lists, Code::BadValue);
    let spliced = vars(&|n| format!("v{n}: [\"${{{{ v{0} }}}}\", \"${{{{ v{0} }}}}\"]", n - 1), 60);
    log.fails("splices that double", spliced, Code::BadValue);
    log.may_fail("a chain of vars", vars(&|n| format!("v{n}: ${{{{ v{} }}}}", n - 1), 20_000));
    let circle = vars(&|n| format!("v{n}: ${{{{ v{} }}}}", n - 1), 20_000)
        .replace("v0: abcdefgh", "v0: ${{ v19999 }}");
    log.fails("a circle of vars", circle, Code::VarCycle);
    let list = format!("[{}]", "x, ".repeat(1_000));
    let nested = format!(
        "stages:\n  app:\n    from: debian\n    steps:\n      - for: {{a: {list}, b: {list}, c: {list}}}\n        do: [{{run: x}}]\n"
    );
    log.fails("repetitions that multiply", nested.clone(), Code::BadValue);
    log.fails("repetitions of nothing", nested.replace("run: x", "run: x, if: false"), Code::BadValue);
    let big = format!(
        "stages:\n  app:\n    from: debian\n    steps:\n      - for: {{a: {list}}}\n        do: [{{run: \"{}\"}}]\n",
        "x".repeat(1_000_000)
    );
    log.fails("a repetition of much", big, Code::BadValue);
}
