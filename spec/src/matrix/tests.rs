//! Tests of the matrices of several families. Some of them are the families of real projects.

use buildkit_names::Platform;

use super::{Matrix, MatrixQuery, Member};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Sources;
use crate::family::Family;
use crate::plan::{Need, Needs};
use crate::variant::delivery::{Cache, Delivery};

pub(super) fn with<T>(
    text: &str,
    change: impl FnOnce(&mut MatrixQuery),
    look: impl FnOnce(&Matrix<'_>) -> T,
) -> T {
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let family = reading.family.unwrap_or_else(|| panic!("{:#?}", reading.found));
    let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
    change(&mut query);
    let matrix = family.matrix(&query).unwrap_or_else(|found| panic!("{found:#?}"));
    look(&matrix)
}

pub(super) fn members(text: &str) -> Vec<Member> {
    with(text, |_| {}, |matrix| matrix.builds().unwrap_or_else(|found| panic!("{found:#?}")))
}

/// Compares the variants with the expected ones, each as `target axis=value ... (platforms)`.
pub(super) fn check(text: &str, expect: &[&str]) {
    let found = members(text).into_iter().map(|member| {
        let axes = member.axes.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
        let platforms = if member.platforms.is_empty() {
            String::new()
        } else {
            format!(" ({})", member.platforms.join(" "))
        };
        format!("{}{axes}{platforms}", member.target)
    });
    assert_eq!(found.collect::<Vec<_>>(), expect);
}

const AXES: &str = "axes: {a: [x, y], b: [p, q]}\n";

#[test]
fn an_axis_that_a_target_does_not_read_does_not_multiply_it() {
    let text = format!(
        "{AXES}stages: {{s: {{from: \"${{{{ a }}}}\"}}, t: {{from: s, steps: [{{run: z, if: b == \"p\"}}]}}}}\ntargets: {{s: {{}}, t: {{}}}}\n"
    );
    check(&text, &["s a=x", "s a=y", "t a=x b=p", "t a=x b=q", "t a=y b=p", "t a=y b=q"]);
}

#[test]
fn axes_are_read_by_vars_mixins_fragments_and_tags() {
    let read = |rest: &str| members(&format!("{AXES}{rest}")).len();
    assert_eq!(read("stages: {s: {from: i}}\n"), 1);
    assert_eq!(read("vars: {v: \"${{ a }}\", w: \"${{ v }}\"}\nstages: {s: {from: \"${{ w }}\"}}\n"), 2);
    assert_eq!(
        read(
            "mixins: {m: {env: {A: \"${{ a }}\"}}}\nstages: {s: {from: i, mixins: [m], steps: [{run: z}]}}\n"
        ),
        2
    );
    let fragment = "fragments: {f: {params: {b: {default: \"1\"}}, steps: [{run: \"${{ a }} ${{ b }}\"}]}}\n";
    // In the fragment, `b` is a parameter and not the axis.
    assert_eq!(read(&format!("{fragment}stages: {{s: {{from: i, steps: [{{use: f}}]}}}}\n")), 2);
    assert_eq!(read("stages: {s: {from: i}}\ntargets: {s: {tags: \"r:${{ a }}\"}}\n"), 2);
}

#[test]
fn rules_on_axes_that_are_not_read() {
    // With the default of `b`, `a=y` is not supported. To build it, a build has to set `b` to another value.
    let text = format!(
        "{AXES}support: [{{exclude: a == \"y\" and b == \"p\", because: no}}]\nstages: {{s: {{from: \"${{{{ a }}}}\"}}}}\n"
    );
    check(&text, &["s a=x", "s a=y"]);
    let args = members(&text).pop().map(|member| member.args);
    assert_eq!(args, Some(vec![("a".to_owned(), "y".to_owned()), ("b".to_owned(), "q".to_owned())]));
}

#[test]
fn platforms_are_those_that_are_stated_and_supported() {
    let text = "axes: {a: [x, y]}
support: [{exclude: a == \"y\" and platform.arch == \"arm64\", because: no}]
stages: {s: {from: \"${{ a }}\"}}
targets: {s: {platforms: [linux/amd64, linux/arm64]}, t: {stage: s, platforms: linux/aarch64}}
";
    check(text, &["s a=x (linux/amd64 linux/arm64)", "s a=y (linux/amd64)", "t a=x (linux/arm64)"]);
}

#[test]
fn a_text_that_is_not_a_platform_is_an_error_of_the_list() {
    let text = "stages: {a: {from: scratch}}\ntargets: {a: {platforms: [amd64, linux/arm64, foo]}}\n";
    let messages = |result: Result<Vec<Member>, Vec<Diagnostic>>| {
        result.unwrap_err().into_iter().map(|found| found.message).collect::<Vec<_>>()
    };
    let expect = ["`amd64` is not a platform", "`foo` is not a platform"];
    assert_eq!(with(text, |_| {}, |matrix| messages(matrix.builds())), expect);
}

#[test]
fn without_targets_stages_that_no_other_uses() {
    check("stages: {a: {from: x}, b: {from: a}, c: {from: y}}\n", &["b", "c"]);
    check("default: a\nstages: {a: {from: x}, b: {from: a}}\n", &["a", "b"]);
}

#[test]
fn a_part_of_the_matrix() {
    let text = format!("{AXES}stages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\n");
    let pin = |query: &mut MatrixQuery| drop(query.args.insert("a".to_owned(), "y".to_owned()));
    assert_eq!(with(&text, pin, |matrix| matrix.len()), 2);
    assert_eq!(with(&text, |query| query.target = Some("S".to_owned()), |matrix| matrix.len()), 4);
}

/// RAPIDS has 192 combinations, of which the rules of `support` allow 104.
#[test]
fn rapids() {
    let text = r#"
axes:
  image: [ci-conda, ci-wheel, citestwheel]
  cuda: [12.2.2, 12.9.2, 13.0.3, 13.3.0]
  python: [3.11, 3.12, 3.13, 3.14]
  os: [rockylinux8, ubuntu22.04, ubuntu24.04, ubuntu26.04]
support:
  - {exclude: os == "ubuntu24.04" and cuda == "12.2.2", because: no such base image}
  - {exclude: os == "ubuntu26.04" and cuda != "13.3.0", because: no such base image}
  - {exclude: 'image == "ci-wheel" and cuda in ["12.2.2", "13.0.3"]', because: wheels are built with the newest}
  - {exclude: image == "ci-wheel" and os != "rockylinux8", because: wheels are built on the oldest}
stages:
  image: {from: "nvidia/cuda:${{ cuda }}-${{ os }}", steps: [{run: "build ${{ image }} ${{ python }}"}]}
targets:
  image:
    platforms: [linux/amd64, linux/arm64]
    tags: rapidsai/${{ image }}:cuda${{ cuda }}-${{ os }}-py${{ python }}
"#;
    let members = members(text);
    let count = |image: &str| members.iter().filter(|member| member.axes[0].1 == image).count();
    assert_eq!((count("ci-conda"), count("ci-wheel"), count("citestwheel")), (48, 8, 48));
    assert_eq!(members.len(), 104);
    assert!(members.iter().all(|member| member.platforms == ["linux/amd64", "linux/arm64"]));
    assert_eq!(members[0].tags, ["rapidsai/ci-conda:cuda12.2.2-rockylinux8-py3.11"]);
}

/// Dynamo has 37 combinations of framework, device and target.
#[test]
fn dynamo() {
    let stage = "{from: \"base:${{ framework }}-${{ device }}-${{ cuda }}\"}";
    let names = ["runtime", "dev", "local-dev", "wheel_builder", "base", "frontend", "planner"];
    let stages: String = names.iter().map(|name| format!("  {name}: {stage}\n")).collect();
    let targets: String = names.iter().map(|name| format!("  {name}: {{}}\n")).collect();
    let text = format!(
        r#"
axes:
  framework: [vllm, sglang, trtllm, dynamo]
  device: [cuda, xpu, cpu]
  cuda: ["13.0", "13.1"]
support:
  - {{if: framework == "sglang", require: device != "cpu", because: no}}
  - {{if: 'framework in ["trtllm", "dynamo"]', require: device == "cuda", because: no}}
  - {{if: framework == "trtllm", require: cuda == "13.1", because: no}}
  - {{if: framework != "trtllm", require: cuda == "13.0", because: no}}
  - {{if: framework != "dynamo", require: 'target not in ["frontend", "planner"]', because: no}}
stages:
{stages}targets:
{targets}"#
    );
    let members = members(&text);
    let count = |framework: &str| members.iter().filter(|member| member.axes[0].1 == framework).count();
    assert_eq!((count("vllm"), count("sglang"), count("trtllm"), count("dynamo")), (15, 10, 5, 7));
    assert_eq!(members.len(), 37);
}

#[test]
fn a_query_that_leaves_no_variant_says_why() {
    let check = |text: &str, args: &[(&str, &str)], platform: Option<Platform>, expect: &str| {
        let family = Family::read(&Sources::single("image.yaml", text)).family.unwrap();
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let question = MatrixQuery {
            args: args.collect(),
            platforms: Vec::from_iter(platform),
            ..MatrixQuery::new(Platform::new("linux", "amd64"))
        };
        let found = family.matrix(&question).err().unwrap_or_default();
        let found: Vec<String> =
            found.iter().map(|found| format!("{}: {}", found.code.name(), found.message)).collect();
        assert_eq!(found.join("\n"), expect, "{text}");
    };
    let family = format!(
        "{AXES}args: {{n: {{type: int, required: true}}}}\nsupport: [{{exclude: a == \"y\" and b == \"q\", because: no}}]\n\
         stages: {{s: {{from: \"${{{{ a }}}}\"}}}}\ntargets: {{s: {{platforms: linux/amd64}}}}\n"
    );
    check(&family, &[("a", "y")], None, "");
    check(&family, &[("a", "y"), ("b", "q")], None, "unsupported: no");
    let arm = Some(Platform::new("linux", "arm64"));
    check(&family, &[("a", "y")], arm, "no-variant: no variant has a=y, platform=linux/arm64");
    check(&family, &[("n", "many")], None, "bad-arg: `n` is `many`");
    let guarded = format!("{AXES}stages: {{s: {{from: i}}}}\ntargets: {{s: {{if: a == \"x\"}}}}\n");
    check(&guarded, &[("a", "y")], None, "excluded-stage: the target `s` does not exist in this variant");
    let none = format!(
        "{AXES}stages: {{s: {{from: i}}}}\nsupport: [{{require: a == \"x\" and a == \"y\", because: never}}]\n"
    );
    check(&none, &[], None, "unsupported: never");
}

/// What each build needs, as `axis=value: need ...`. `?` marks what is optional.
fn needs(text: &str) -> Vec<String> {
    let line = |member: Member| {
        let values: Vec<String> = member.axes.into_iter().map(|(_, value)| value).collect();
        let of = |kind: &str, needs: Vec<Need>| -> Vec<String> {
            let one = |need: Need| format!(" {kind}:{}{}", need.id, if need.required { "" } else { "?" });
            needs.into_iter().map(one).collect()
        };
        let Needs { secrets, ssh, privileges } = member.needs;
        let privileges = privileges.into_iter().map(|one| format!(" {}", one.entitlement()));
        let all = of("secret", secrets).into_iter().chain(of("ssh", ssh)).chain(privileges);
        format!("{}:{}", values.join(" "), all.collect::<String>())
    };
    members(text).into_iter().map(line).collect()
}

#[test]
fn each_variant_needs_what_its_own_steps_use() {
    let text = "axes: {a: [x, y], b: [p, q]}
fragments:
  push: {params: {to: {required: true}}, steps: [{run: push, if: to == \"q\", mounts: [{ssh: default}]}]}
stages:
  tools: {from: i, steps: [{run: z, mounts: [{secret: token, required: false}], if: a == \"y\"}]}
  s:
    from: i
    steps:
      - {copy: /z, to: /z, from: tools, if: a == \"y\"}
      - {run: \"${{ b }}\", mounts: [{secret: token, env: T}], if: a == \"y\" and b == \"q\"}
      - {use: push, with: {to: \"${{ b }}\"}}
      - {run: z, network: none, security: sandbox}
    checks: [{run: z, devices: {name: v.com/d=1, required: false}, if: a == \"x\"}]
  other: {from: i, steps: [{run: z, security: insecure}]}
targets: {s: {}}
";
    let expect =
        ["x p: device", "x q: ssh:default device", "y p: secret:token?", "y q: secret:token ssh:default"];
    assert_eq!(needs(text), expect);
}

#[test]
fn a_mixin_gives_a_secret_to_the_steps_that_exist() {
    let text = "axes: {a: [x, y]}
mixins: {login: {mounts: [{secret: token}], network: host}}
stages: {s: {from: i, mixins: [login], steps: [{run: z, if: a == \"y\"}]}}
";
    assert_eq!(needs(text), ["x:", "y: secret:token network.host"]);
}

#[test]
fn the_needs_of_all_platforms_of_a_build_count() {
    let text =
        "stages: {s: {from: i, steps: [{run: z, mounts: [{secret: token}], if: platform.arch == \"arm64\"}]}}
targets: {s: {platforms: [linux/amd64, linux/arm64]}}
";
    assert_eq!(needs(text), [": secret:token"]);
}

#[test]
fn a_mistake_in_a_step_is_found_where_its_secrets_matter() {
    let text = |mounts: &str| format!("stages: {{s: {{from: i, steps: [{{run: \"\"{mounts}}}]}}}}\n");
    assert_eq!(members(&text("")).len(), 1);
    let found = with(&text(", mounts: [{secret: a}]"), |_| {}, |matrix| matrix.builds().unwrap_err());
    assert_eq!(found[0].message, "the script is empty");
}

#[test]
fn outputs_and_caches_are_those_of_each_variant() {
    let text = "axes: {a: [x, y], b: [p, q]}
stages: {s: {from: i}}
targets:
  s:
    platforms: [linux/amd64, linux/arm64]
    output: {if: a == \"x\", then: {type: local, dest: \"out/${{ a }}\"}, else: image}
    cache:
      from: [acme/cache, {if: a == \"x\", type: gha, scope: \"${{ platform.arch }}\"}]
      to: {ref: \"acme/cache:${{ a }}\", mode: max, options: {compression: zstd}}
";
    let line = |member: Member| {
        let pairs = |pairs: Vec<(&str, &str)>| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
        };
        let Delivery { output, cache_from, cache_to } = &member.delivery;
        let caches = |caches: &[Cache]| {
            caches.iter().map(|cache| pairs(cache.attributes())).collect::<Vec<_>>().join(" ")
        };
        format!(
            "{} | {} | {} | {}",
            member.platforms.join(" "),
            pairs(output.attributes()),
            caches(cache_from),
            caches(cache_to)
        )
    };
    let expect = [
        "linux/amd64 | type=local,dest=out/x | type=registry,ref=acme/cache type=gha,scope=amd64 | type=registry,ref=acme/cache:x,mode=max,compression=zstd",
        "linux/arm64 | type=local,dest=out/x | type=registry,ref=acme/cache type=gha,scope=arm64 | type=registry,ref=acme/cache:x,mode=max,compression=zstd",
        "linux/amd64 linux/arm64 |  | type=registry,ref=acme/cache | type=registry,ref=acme/cache:y,mode=max,compression=zstd",
    ];
    assert_eq!(members(text).into_iter().map(line).collect::<Vec<_>>(), expect);
}

/// A family with axes of 60 values, each rule of which says what the last value of an axis requires: `a b` for `b` being the last too.
/// Its target reads the axes in `read`.
fn chain(axes: usize, rules: &[&str], read: &str) -> String {
    let values: Vec<String> = (1..=60).map(|n| format!("v{n}")).collect();
    let values = values.join(", ");
    let names = ["a", "b", "c", "d", "e"];
    let axes: String = names[..axes].iter().map(|axis| format!("  {axis}: [{values}]\n")).collect();
    let rules = rules.iter().filter_map(|rule| rule.split_once(' '));
    let rules: String = rules
        .map(|(one, other)| {
            format!("  - {{if: {one} == \"v60\", require: {other} == \"v60\", because: r}}\n")
        })
        .collect();
    let read: String = read.chars().map(|axis| format!("${{{{ {axis} }}}}")).collect();
    format!("axes:\n{axes}support:\n{rules}stages: {{s: {{from: \"x/y:{read}\"}}}}\n")
}

#[test]
fn a_variant_that_a_sample_lacks_is_found() {
    let check = |text: &str, expect: usize, sample_of: Option<u128>| {
        let a = |query: &mut MatrixQuery| drop(query.args.insert("a".to_owned(), "v60".to_owned()));
        with(text, a, |matrix| {
            let members = matrix.builds().unwrap_or_else(|found| panic!("{found:#?}"));
            let last: Vec<_> = members.iter().map(|member| &member.args).collect();
            assert_eq!(members.len(), expect, "{last:?}");
            assert!(members[0].args.iter().all(|(_, value)| value == "v60"), "{last:?}");
            assert_eq!(matrix.samples().next().map(|(_, total)| total), sample_of);
        });
    };
    // Rules leave few of 60^3 combinations.
    check(&chain(4, &["a b", "b c", "c d"], "abcd"), 1, None);
    check(&chain(4, &["a d", "d c", "c b"], "abcd"), 1, None);
    // The target reads only the axis that is set.
    check(&chain(4, &["a b", "b c", "c d"], "a"), 1, None);
    // Only the search of a build finds the variant, since one rule decides about all axes together.
    let every = "(b == \"v60\" and c == \"v60\" and d == \"v60\" and e == \"v60\")";
    let together = |read: &str| chain(5, &["a b"], read).replace("b == \"v60\"", every);
    check(&together("abcde"), 1, Some(60u128.pow(4)));
    check(&together("a"), 1, Some(60u128.pow(4)));
}

#[test]
fn a_variant_that_does_not_exist_is_not_found() {
    let check = |text: &str| {
        let sources = Sources::single("image.yaml", text);
        let family = Family::read(&sources).family.unwrap_or_else(|| panic!("{text}"));
        let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
        query.args.insert("a".to_owned(), "v60".to_owned());
        let codes: Vec<Code> = match family.matrix(&query) {
            Ok(matrix) => panic!("{}", matrix.len()),
            Err(found) => found.iter().map(|found| found.code).collect(),
        };
        assert_eq!(codes, [Code::Unsupported]);
    };
    let never = "  - {exclude: c == \"v60\", because: never}\nstages:";
    check(&chain(4, &["a b", "b c", "c d"], "abcd").replace("stages:", never));
    check(&chain(5, &["a e", "e d", "d c", "c b"], "abcde").replace("stages:", never));
}

#[test]
fn tests_on_runners_are_those_of_each_platform() {
    let text = "axes: {a: [x, y]}
stages: {s: {from: scratch}}
targets:
  s:
    platforms: [linux/amd64, linux/arm64]
    test-on:
      - {runner: [self-hosted, \"${{ platform.arch }}\"], run: [one, \"${{ a }}\"], name: n}
      - {if: a == \"y\" and platform.arch == \"arm64\", runner: gpu, run: two}
";
    let shown = members(text).into_iter().map(|member| {
        let tests = member.tests.iter().map(|test| {
            let name = test.name.as_deref().unwrap_or("-");
            format!("{} {} {name} {:?}", test.platform, test.runner.join(","), test.run)
        });
        tests.collect::<Vec<_>>()
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            vec![
                "linux/amd64 self-hosted,amd64 n \"one\\nx\"",
                "linux/arm64 self-hosted,arm64 n \"one\\nx\""
            ],
            vec![
                "linux/amd64 self-hosted,amd64 n \"one\\ny\"",
                "linux/arm64 self-hosted,arm64 n \"one\\ny\"",
                "linux/arm64 gpu - \"two\""
            ],
        ]
    );
    assert!(members("stages: {s: {from: scratch}}\ntargets: {s: {}}\n")[0].tests.is_empty());
    let without = "axes: {a: [x, y]}
stages: {s: {from: scratch}}
targets: {s: {test-on: {runner: [{if: a == \"x\", then: gpu}], run: one}}}
";
    let found = with(without, |_| {}, |matrix| matrix.builds().unwrap_err());
    assert_eq!(
        found.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(),
        ["a test has no label of a runner"]
    );
}
