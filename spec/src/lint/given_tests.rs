//! Tests of lints with values of args: those that the query sets, and those that the lint tries.

use buildkit_names::Platform;

use super::{Directive, check};
use crate::base::source::Sources;
use crate::family::Family;
use crate::matrix::MatrixQuery;

/// The diagnostics of a file, each as `rule: message`.
fn found(text: &str, args: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let query = MatrixQuery { args, ..MatrixQuery::new(Platform::new("linux", "amd64")) };
    let checked = check(&reading, &sources, &query, &Directive::default());
    checked.found.iter().map(|found| format!("{}: {}", found.code.name(), found.message)).collect()
}

#[test]
fn both_values_of_a_bool_arg_are_checked() {
    let text = "args: {extra: false}
vars: {v: {match: extra, cases: {\"false\": a}}}
stages: {app: {from: \"debian:12\", steps: [{if: extra, then: [{run: \"echo ${{ v }}\"}]}]}}
";
    assert_eq!(found(text, &[]), ["no-case: no case matches `true` with extra=true"]);
    assert_eq!(found(text, &[("extra", "true")]), ["no-case: no case matches `true`"]);
    assert_eq!(found(text, &[("extra", "false")]), [""; 0]);
    let required = text.replace("{extra: false}", "{extra: {type: bool, required: true}}");
    assert_eq!(found(&required, &[]), ["no-case: no case matches `true` with extra=true"]);
    let on = text.replace("{extra: false}", "{extra: true}");
    assert_eq!(found(&on, &[]), ["no-case: no case matches `true`"]);
}

#[test]
fn a_mistake_says_for_which_variants_and_values_it_is() {
    let text = "axes: {device: {cpu: {}, cuda: {arch: x}}}
args: {full: false}
stages: {app: {from: i, steps: [{run: \"${{ device }}\"}, {if: full, then: [{run: \"${{ device.arch }}\"}]}]}}
";
    let expect =
        ["missing-property: `cpu` has no property `arch` for device=cpu (1 of 2 variants) with full=true"];
    assert_eq!(found(text, &[]), expect);
}

#[test]
fn combinations_of_args_are_checked_where_one_part_reads_several() {
    let text = |a: &str, b: &str| {
        format!(
            "args: {{a: false, b: false}}
axes: {{x: {{p: {{}}, q: {{y: z}}}}}}
stages: {{s: {{from: i, steps: [{{run: \"${{{{ x }}}}\"}}, {{if: {a}, then: [{{if: {b}, then: [{{run: \"${{{{ x.y }}}}\"}}]}}]}}]}}}}\n"
        )
    };
    let expect = ["missing-property: `p` has no property `y` for x=p (1 of 2 variants) with a=true, b=true"];
    assert_eq!(found(&text("a", "b"), &[]), expect);
    // The stage is used only with `a`, and the step in it only with `b`.
    let stages = "args: {a: false, b: false}
axes: {x: {p: {}, q: {y: z}}}
stages:
  s: {from: \"${{ x }}\", steps: [{if: b, then: [{run: \"${{ x.y }}\"}]}]}
  t: {from: {if: a, then: s, else: i}}
targets: {t: {}}
";
    let expect = ["missing-property: `p` has no property `y` for x=p (1 of 2 variants) with b=true"];
    assert_eq!(found(&stages.replace("if: a, then: s", "if: not a, then: s"), &[]), expect);
    let found = found(stages, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`p` has no property `y`"), "{found:?}");
}

#[test]
fn texts_that_an_arg_is_compared_with_are_checked() {
    let step = |condition: &str| {
        format!(
            "args: {{kind: plain, jobs: 4, release: \"1.2\"}}
axes: {{x: {{p: {{}}, q: {{y: z}}}}}}
stages: {{s: {{from: \"${{{{ x }}}}${{{{ kind }}}}${{{{ jobs }}}}${{{{ release }}}}\", steps: [{{if: '{condition}', then: [{{run: \"${{{{ x.y }}}}\"}}]}}]}}}}\n"
        )
    };
    let message = |with: &str| {
        vec![format!("missing-property: `p` has no property `y` for x=p (1 of 2 variants){with}")]
    };
    assert_eq!(found(&step("kind == \"full\""), &[]), message(" with kind=full"));
    assert_eq!(found(&step("kind in [\"odd\", \"full\"]"), &[]), message(" with kind=full"));
    assert_eq!(found(&step("kind != \"plain\""), &[]), message(" with another value of `kind`"));
    assert_eq!(found(&step("kind == \"plain\""), &[]), message(""));
    assert_eq!(found(&step("jobs > 8"), &[]), message(" with jobs=9"));
    assert_eq!(found(&step("jobs < 2"), &[]), message(" with jobs=1"));
    assert_eq!(found(&step("release >= 2.0"), &[]), message(" with release=2.0"));
    assert_eq!(found(&step("release > 2.0"), &[]), message(" with release=2.0.1"));
    let matched = step("kind == kind")
        .replace("{if: 'kind == kind', then: [{run:", "{match: kind, cases: {full: {run:")
        .replace("}]}]}}", "}, else: {run: z}}}]}}");
    assert_eq!(found(&matched, &[]), message(" with kind=full"));
}

#[test]
fn a_tag_with_another_value_of_an_arg_is_checked() {
    let text = "args: {full: false}
vars: {name: R}
stages: {s: {from: i}}
targets: {s: {tags: [\"r:1\", {if: full, then: \"${{ name }}:1\"}]}}
";
    let found = found(text, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("with full=true"), "{found:?}");
}

#[test]
fn too_many_combinations_of_args_are_told() {
    let names: Vec<String> = (0..7).map(|n| format!("a{n}")).collect();
    let args: Vec<String> = names.iter().map(|name| format!("{name}: false")).collect();
    let all = names.join(" and ");
    let together = format!(
        "args: {{{}}}\nstages: {{s: {{from: i, steps: [{{if: {all}, then: [{{run: z}}]}}]}}}}\n",
        args.join(", ")
    );
    let all = found(&together, &[]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].starts_with("sampled: conditions read 7 args with several values: `a0`, `a1`"), "{all:?}");
    // Args that no part reads together are not combined.
    let steps: Vec<String> = names.iter().map(|name| format!("{{if: {name}, then: [{{run: x}}]}}")).collect();
    let apart =
        format!("args: {{{}}}\nstages: {{s: {{from: i, steps: [{}]}}}}\n", args.join(", "), steps.join(", "));
    assert_eq!(found(&apart, &[]), [""; 0]);
}

#[test]
fn an_arg_that_the_query_sets_turns_off_the_rules_about_the_whole_family() {
    let text = "axes: {device: [cuda, cpu]}
args: {efa: false}
support: [{exclude: efa and device == \"cpu\", because: no}]
stages: {app: {from: \"debian:12\", steps: [{run: echo cpu, if: device == \"cpu\"}, {run: echo cuda, if: device == \"cuda\"}, {run: echo efa, if: efa}]}}
";
    assert_eq!(found(text, &[]), [""; 0]);
    assert_eq!(found(text, &[("efa", "true")]), [""; 0]);
    assert_eq!(found(text, &[("efa", "false")]), [""; 0]);
}

#[test]
fn a_stage_that_no_target_reaches_is_checked_where_it_exists() {
    let text = "axes: {device: {cuda: {arches: \"9.0\"}, cpu: {}}}
stages:
  kernels: {if: device == \"cuda\", from: \"debian:12\", steps: [{run: \"make ${{ device.arches }}\"}]}
  tools: {from: kernels, steps: [{run: \"tools ${{ device.arches }}\"}]}
  app: {from: \"debian:12\", steps: [{run: \"echo ${{ device }}\"}]}
targets: {app: {}}
";
    let unused = [
        "unused-stage: no target uses the stage `kernels`",
        "unused-stage: no target uses the stage `tools`",
    ];
    assert_eq!(found(text, &[]), unused);
    // A mistake in it is found there.
    let wrong = text.replace("tools ${{ device.arches }}", "${{ device.arches | major }} ${{ 'x' | major }}");
    assert_eq!(found(&wrong, &[]).len(), 3);
}
