//! Files in which a build that sets the first axis searches for values of the other axes.

use std::fmt::Write as _;

use super::Check;
use varve_spec::Code;

pub(super) fn all<T: Check>(log: &mut T) {
    let digits = "v0, v1, v2, v3, v4, v5, v6, v7, v8, v9";
    let axes = |count: usize| {
        (0..count).fold("axes:\n  first: [a, b]\n".to_owned(), |mut text, n| {
            let _ = writeln!(text, "  a{n}: [{digits}]");
            text
        })
    };
    let family = |count: usize, rules: &dyn Fn(&mut String)| {
        let mut text = axes(count) + "support:\n";
        rules(&mut text);
        text + "stages: {app: {from: scratch}}\n"
    };
    let each = |count: usize, rule: &dyn Fn(usize) -> String| {
        family(count, &|text| {
            (0..count).for_each(|n| {
                let _ = writeln!(text, "  - {{if: first == \"b\", {}, because: r}}", rule(n));
            });
        })
    };
    let terms = |count: usize, between: &str, term: &dyn Fn(usize) -> String| {
        (0..count).map(term).collect::<Vec<_>>().join(between)
    };
    log.passes("rules that exclude all but the last", each(20, &|n| format!("require: a{n} == \"v9\"")));
    let one = terms(20, " and ", &|n| format!("a{n} == \"v9\""));
    let exclude = format!("  - {{if: first == \"b\", exclude: not ({one}), because: r}}\n");
    log.passes("a rule that excludes all but the last", family(20, &|text| text.push_str(&exclude)));
    let joined = format!(
        "  - {{if: first == \"b\", require: all == \"{}\", because: r}}\nvars: {{all: \"${{{{ {} }}}}\"}}\n",
        "v9".repeat(20),
        terms(20, " ~ ", &|n| format!("a{n}")),
    );
    log.passes("a var that excludes all but the last", family(20, &|text| text.push_str(&joined)));
    // Twenty axes with ten values cannot all be different.
    let different = family(20, &|text| {
        for (a, b) in (0..20).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let _ = writeln!(text, "  - {{if: first == \"b\", exclude: a{a} == a{b}, because: r}}");
        }
    });
    log.passes("rules that no combination keeps", different);
    log.may_fail(
        "many axes that follow each other",
        each(1_500, &|n| format!("require: a{n} != a{}", n.saturating_sub(1))),
    );
    let doubling = (1..40).fold("args:\n  b0: xxxxxxxxxxxxxxxx\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  b{n}: \"${{{{ b{0} }}}}${{{{ b{0} }}}}\"", n - 1);
        text
    });
    let reader = "stages: {app: {from: \"x/y:${{ b31 }}\"}}\n";
    log.fails("defaults of args that double", format!("{doubling}{reader}"), Code::BadValue);
    let chain = (1..20_000).fold("args:\n  b0: x\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  b{n}: \"${{{{ b{} }}}}\"", n - 1);
        text
    });
    let reader = "stages: {app: {from: \"x/y:${{ b19999 }}\"}}\n";
    log.fails("a chain of defaults of args", format!("{chain}{reader}"), Code::BadValue);
    let vars = (0..1_500).fold("vars:\n  x0: \"${{ first }}\"\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  x{}: \"${{{{ a{n} }}}}\"", n + 1);
        text
    });
    let names = |from: usize| terms(30, ", ", &|n| format!("x{}", from + n));
    let many = each(1_500, &|n| format!("require: 'first in [{}]'", names(n.min(1_400))));
    log.may_fail("many rules that read many vars", many + &vars);
}
