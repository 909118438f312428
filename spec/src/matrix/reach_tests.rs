//! Tests of what a target reads: branches that are never taken for its fixed values do not count.

use buildkit_names::Platform;

use super::tests::{check, members, with};
use crate::base::source::Sources;
use crate::family::Family;
use crate::variant::select::Selection;

/// Two targets, of which `pytorch` alone reads the axis `torch`. `rest` is the rest of the file.
fn reads(rest: &str) -> Vec<String> {
    let text = format!("axes: {{torch: [cpu, cuda], other: [p, q]}}\n{rest}");
    let of = |target: &str| {
        let mut axes: Vec<String> = members(&text)
            .into_iter()
            .filter(|member| member.target == target)
            .flat_map(|member| member.axes.into_iter().map(|(name, _)| name))
            .collect();
        axes.sort();
        axes.dedup();
        format!("{target}: {}", axes.join(" ")).trim_end().to_owned()
    };
    vec![of("base"), of("pytorch")]
}

const ONE: [&str; 2] = ["base:", "pytorch: torch"];
const BOTH: [&str; 2] = ["base: torch", "pytorch: torch"];
const STAGES: &str = "stages: {base: {from: i}, pytorch: {from: base}}\n";

#[test]
fn an_axis_behind_a_branch_on_the_target_is_not_read() {
    let text = "axes: {torch: [cpu, cuda]}
vars: {prefix: {match: target, cases: {pytorch: \"${{ torch }}-\", else: \"\"}}}
stages: {base: {from: \"debian:12\", steps: [{run: echo base}]}, pytorch: {from: base, steps: [{run: \"echo ${{ torch }}\"}]}}
targets: {base: {tags: [\"x/base:${{ prefix }}latest\"]}, pytorch: {tags: [\"x/pytorch:${{ prefix }}latest\"]}}
";
    check(text, &["base", "pytorch torch=cpu", "pytorch torch=cuda"]);
    let tags = members(text).into_iter().flat_map(|member| member.tags).collect::<Vec<_>>();
    assert_eq!(tags, ["x/base:latest", "x/pytorch:cpu-latest", "x/pytorch:cuda-latest"]);
}

#[test]
fn conditions_on_the_target_are_folded_everywhere() {
    let tag = |tag: &str| format!("{STAGES}targets: {{base: {{tags: {tag}}}, pytorch: {{tags: {tag}}}}}\n");
    let tags = [
        "[{if: target == \"pytorch\", then: \"r:${{ torch }}\"}]",
        "[{if: 'target in [\"pytorch\", \"x\"]', then: \"r:${{ torch }}\", else: r}]",
        "{match: target, cases: {py*: \"r:${{ torch }}\", else: r}}",
        "\"r:${{ torch if target == 'pytorch' else 'b' }}\"",
        "[{if: target == \"pytorch\" and torch == \"cuda\", then: r}]",
        "[{if: torch == \"cuda\" and target == \"pytorch\", then: r}]",
        "[{if: target != \"pytorch\" or torch == \"cuda\", then: r}]",
        "[{if: 'torch in [\"cuda\"] or target == \"base\"', then: r}]",
        "[{if: not (target == \"base\"), then: {if: torch == \"cuda\", then: r}}]",
        "[{for: {t: [base, pytorch]}, do: [{if: t == target and t == \"pytorch\", then: \"r:${{ torch }}\"}]}]",
    ];
    for one in tags {
        assert_eq!(reads(&tag(one)), ONE, "{one}");
    }
    // The base of a stage is known only when it is built.
    let label = "stages: {base: {from: i, image: {labels: {a: {if: (base.name | default(\"\")) == \"\", then: b, else: \"${{ torch }}\"}}}}, pytorch: {from: base}}
targets: {base: {}, pytorch: {}}\n";
    assert_eq!(reads(label), BOTH);
    // The value of the operand before it is needed: it can fail.
    let open = [
        "[{if: torch ~ target == \"cudapytorch\", then: r}]",
        "[{if: 'torch | replace(\"a\", \"b\") == \"x\" and target == \"pytorch\"', then: r}]",
        "[{if: git.revision == target, then: \"r:${{ torch }}\"}]",
    ];
    for one in open {
        assert_eq!(reads(&tag(one)), BOTH, "{one}");
    }
}

#[test]
fn vars_mixins_fragments_stages_and_labels_fold_the_target() {
    let targets = "targets: {base: {}, pytorch: {}}\n";
    let rest = [
        "vars: {is: \"${{ target == 'pytorch' }}\", v: {if: is, then: \"${{ torch }}\"}, w: \"${{ v }}\"}
stages: {s: {from: i, steps: [{run: \"${{ w }}\"}]}, base: {from: s}, pytorch: {from: s}}\n",
        "mixins: {m: {env: {A: {if: target == \"pytorch\", then: \"${{ torch }}\"}}}}
stages: {base: {from: i, mixins: [m], steps: [{run: z}]}, pytorch: {from: base}}\n",
        "mixins: {m: {if: target == \"pytorch\", env: {A: \"${{ torch }}\"}}}
stages: {base: {from: i, mixins: [m], steps: [{run: z}]}, pytorch: {from: base}}\n",
        "mixins: {m: {env: {A: \"${{ torch }}\"}}}
stages: {base: {from: i, mixins: [{if: target == \"pytorch\", then: m}], steps: [{run: z}]}, pytorch: {from: base}}\n",
        "fragments: {f: {params: {on: no}, steps: [{if: on == \"yes\", then: [{run: \"${{ torch }}\"}]}]}}
stages: {base: {from: i, steps: [{use: f, with: {on: {match: target, cases: {pytorch: \"yes\", else: \"no\"}}}}]}, pytorch: {from: base}}\n",
        "fragments: {g: {params: {on: no}, steps: [{use: f, with: {on: \"${{ on }}\"}}]}, f: {params: {on: no}, steps: [{if: on == \"yes\", then: [{run: \"${{ torch }}\"}]}]}}
stages: {base: {from: i, steps: [{use: g}]}, pytorch: {from: base, steps: [{use: g, with: {on: \"yes\"}}]}}\n",
        "stages: {a: {from: \"${{ torch }}\"}, b: {from: i}, base: {from: {match: target, cases: {pytorch: a, else: b}}}, pytorch: {from: base}}\n",
        "stages: {for-pytorch: {from: \"${{ torch }}\"}, for-base: {from: i}, base: {from: \"for-${{ target }}\"}, pytorch: {from: base}}\n",
        "provenance: {version: \"${{ torch if target == 'pytorch' else '1' }}\"}\nstages: {base: {from: i}, pytorch: {from: base}}\n",
        "mixins: {m: {env: {A: {if: stage == \"pytorch\", then: \"${{ torch }}\"}}}}
stages: {base: {from: i, mixins: [m], steps: [{run: z}]}, pytorch: {from: base, mixins: [m], steps: [{run: z}]}}\n",
    ];
    for one in rest {
        assert_eq!(reads(&format!("{one}{targets}")), ONE, "{one}");
    }
}

#[test]
fn a_fragment_that_uses_itself_many_times_is_walked_once() {
    let fragments: Vec<String> =
        (0..30).map(|n| format!("f{n}: {{steps: [{{use: f{}}}, {{use: f{}}}]}}", n + 1, n + 1)).collect();
    let text = format!(
        "fragments: {{{}, f30: {{steps: [{{run: \"${{{{ torch }}}}\"}}]}}}}
stages: {{base: {{from: i}}, pytorch: {{from: base, steps: [{{if: target == \"pytorch\", then: [{{use: f0}}]}}]}}}}
targets: {{base: {{}}, pytorch: {{}}}}\n",
        fragments.join(", ")
    );
    assert_eq!(reads(&text), ONE);
}

#[test]
fn given_args_and_the_platforms_of_a_target_are_folded() {
    let text = "axes: {torch: [cpu, cuda]}
args: {full: false, kind: a}
stages: {s: {from: i, steps: [{if: full, then: [{run: \"${{ torch }}\"}]}]}, t: {from: i, steps: [{if: kind == \"b\", then: [{run: \"${{ torch }}\"}]}]}}
targets: {s: {}, t: {}}
";
    let count = |args: &[(&str, &str)]| {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        with(text, |query| query.args = args, |matrix| matrix.len())
    };
    // The default of an arg is not fixed: the list is for all values of an arg that is not given.
    assert_eq!(count(&[]), 4);
    assert_eq!(count(&[("full", "false")]), 3);
    assert_eq!(count(&[("full", "true")]), 4);
    assert_eq!(count(&[("full", "false"), ("kind", "a")]), 2);
    let text = |platforms: &str| {
        format!(
            "axes: {{torch: [cpu, cuda]}}\nstages: {{s: {{from: i, steps: [{{if: platform.arch == \"arm64\", then: [{{run: \"${{{{ torch }}}}\"}}]}}]}}}}
targets: {{s: {{{platforms}}}}}\n"
        )
    };
    assert_eq!(members(&text("platforms: [linux/amd64]")).len(), 1);
    assert_eq!(members(&text("platforms: [linux/amd64, linux/arm64]")).len(), 2);
    // The platform of a target that names none is that of the machine that builds.
    assert_eq!(members(&text("")).len(), 2);
    let amd64 = |query: &mut super::MatrixQuery| query.platforms = vec![Platform::new("linux", "amd64")];
    assert_eq!(with(&text("platforms: [linux/amd64, linux/arm64]"), amd64, |matrix| matrix.len()), 1);
}

#[test]
fn rules_of_support_that_read_an_axis_do_not_multiply_a_target() {
    let text = "axes: {torch: [cpu, cuda]}
support: [{if: target == \"pytorch\", require: torch == \"cuda\", because: no}, {if: target == \"base\", require: torch == \"cuda\", because: no}]
stages: {base: {from: i}, pytorch: {from: base, steps: [{run: \"${{ torch }}\"}]}}
targets: {base: {}, pytorch: {}}
";
    check(text, &["base", "pytorch torch=cuda"]);
    let args = members(text).remove(0).args;
    assert_eq!(args, [("torch".to_owned(), "cuda".to_owned())]);
}

#[test]
fn a_stage_with_a_guard_exists_in_some_variants() {
    let text = "axes: {device: [cuda, cpu]}
stages: {kernels: {if: device == \"cuda\", from: i}, app: {from: i}}
";
    check(text, &["kernels device=cuda", "app"]);
    let text = "stages: {a: {if: platform.arch == \"arm64\", from: i}, b: {if: platform.arch == \"amd64\", from: i}}\n";
    check(text, &["b"]);
    let both = |query: &mut super::MatrixQuery| {
        query.platforms = vec![Platform::new("linux", "amd64"), Platform::new("linux", "arm64")];
    };
    let listed = with(text, both, |matrix| matrix.builds().unwrap());
    let listed: Vec<String> =
        listed.iter().map(|of| format!("{} {}", of.target, of.platforms.join(" "))).collect();
    assert_eq!(listed, ["a linux/arm64", "b linux/amd64"]);
}

#[test]
fn explain_reads_what_the_matrix_reads() {
    let text = "axes: {torch: [cpu, cuda], other: [p, q]}
stages: {base: {from: i, steps: [{run: \"x ${{ other if target == 'pytorch' else 'y' }}\"}, {if: torch == \"cuda\" and target == \"pytorch\", then: [{run: z}]}]}, pytorch: {from: base}}
targets: {base: {tags: r}, pytorch: {tags: \"r:${{ torch }}-${{ other }}\"}}
";
    let sources = Sources::single("image.yaml", text);
    let family = Family::read(&sources).family.unwrap();
    for (target, expect) in [("base", ""), ("pytorch", "torch other")] {
        let mut selection = Selection::new(Platform::new("linux", "amd64"));
        selection.target = Some(target.to_owned());
        let (_, explained) = family.select(&selection).unwrap().explain().unwrap();
        let axes: Vec<&str> = explained.axes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(axes.join(" "), expect);
        assert_eq!(
            reads(text.split_once('\n').unwrap().1)
                .iter()
                .find(|of| of.starts_with(target))
                .unwrap()
                .split_whitespace()
                .count(),
            1 + axes.len()
        );
    }
}

const LICENCES: &str = "  runtime: {from: \"debian:12\"}
  dev: {from: runtime, steps: [{run: \"x ${{ torch }}\"}]}
  licences: {params: {of: runtime, mode: text}, from: scratch, steps: [{copy: a, to: /, from: \"${{ of }}\"}]}
";

#[test]
fn the_stages_that_arguments_name_are_reached() {
    let of = |base: &str, pytorch: &str| {
        reads(&format!(
            "stages:\n{LICENCES}  base: {{from: {base}}}\n  pytorch: {{from: {pytorch}}}\ntargets: {{base: {{}}, pytorch: {{}}}}\n"
        ))
    };
    assert_eq!(of("licences", "{stage: licences, with: {of: dev}}"), ONE);
    assert_eq!(
        of(
            "runtime",
            "{stage: licences, with: {of: \"${{ 'dev' if target == 'pytorch' else 'runtime' }}\"}}"
        ),
        ONE
    );
    let by_axis =
        of("licences", "{stage: licences, with: {of: \"${{ 'dev' if other == 'p' else 'runtime' }}\"}}");
    assert_eq!(by_axis, ["base:", "pytorch: other torch"]);
    // The axis decides about another argument.
    let mode = of("licences", "{stage: licences, with: {mode: \"${{ other }}\"}}");
    assert_eq!(mode, ["base:", "pytorch: other"]);
    // A choice between maps of arguments is not followed, so any stage can be meant.
    let choice = of("runtime", "{stage: licences, with: {if: other == \"p\", then: {of: runtime}}}");
    assert_eq!(choice, ["base:", "pytorch: other torch"]);
}

#[test]
fn vars_of_stages_and_fragments_count_where_they_are_read() {
    let stage = |from: &str| {
        format!(
            "stages:\n  base: {{from: i}}\n  pytorch: {{params: {{p: a}}, vars: {{v: \"${{{{ torch }}}}${{{{ p }}}}\", w: \"${{{{ v }}}}\"}}, from: \"{from}\"}}\n"
        )
    };
    let targets = "targets: {base: {}, pytorch: {}}\n";
    assert_eq!(reads(&format!("{}{targets}", stage("i:${{ w }}"))), ONE);
    assert_eq!(reads(&format!("{}{targets}", stage("i:${{ p }}"))), ["base:", "pytorch:"]);
    let fragment = "fragments: {f: {params: {torch: a}, vars: {v: \"${{ torch }}\", w: \"${{ other }}\"}, steps: [{run: \"${{ v }}\"}]}}\n";
    let stages = "stages: {base: {from: i}, pytorch: {from: i, steps: [{use: f}]}}\n";
    // The parameter hides the axis.
    assert_eq!(reads(&format!("{fragment}{stages}{targets}")), ["base:", "pytorch:"]);
    let chosen = stage("${{ 'base' if w == 'cpua' else 'i' }}");
    assert_eq!(reads(&format!("{chosen}{targets}")), ONE);
}

#[test]
fn without_targets_a_stage_that_an_argument_names_is_no_root() {
    let text = format!(
        "axes: {{torch: [cpu, cuda]}}\nstages:\n{LICENCES}  app: {{from: {{stage: licences, with: {{of: dev}}}}}}\n"
    );
    check(&text, &["app torch=cpu", "app torch=cuda"]);
}
