//! `varve ci`: the plan of jobs, and the workflow as a text. `tests/tests/e2e/ci.rs` runs workflows.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::folder::Folder;

const FAMILY: &str = "\
name: family
axes: {device: [cpu, cuda], python: [\"3.12\", \"3.13\"]}
stages:
  base: {from: \"debian:12\", steps: [{run: base}, {run: \"device ${{ device }}\"}]}
  app: {from: base, steps: [{run: \"python ${{ python }}\"}]}
targets:
  app:
    platforms: [linux/amd64, {if: device == \"cpu\", then: linux/arm64}]
    tags: [\"ghcr.io/acme/app:${{ device }}-${{ python }}\", {if: device == \"cpu\" and python == \"3.13\", then: \"ghcr.io/acme/app:latest\"}]
    test-on: {if: device == \"cuda\", runner: [self-hosted, gpu], run: test}
  base: {tags: \"ghcr.io/acme/base:${{ device }}\"}
  dev: {stage: app, publish: false}
";

fn folder(name: &str, family: &str) -> Folder {
    Folder::new(name, &[("image.yaml", family)])
}

fn plan(folder: &Folder, words: &[&str]) -> Value {
    let (code, out, err) = folder.varve(&[&["ci", "--format", "json"], words].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&out).unwrap()
}

fn targets(plan: &Value) -> Vec<String> {
    let jobs = plan["builds"].as_array().unwrap().iter();
    let text = |job: &Value| {
        let targets = job["targets"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        format!("{}: {}", job["id"].as_str().unwrap(), targets.collect::<Vec<_>>().join(" "))
    };
    jobs.map(text).collect()
}

#[test]
fn variants_that_share_operations_are_in_one_job() {
    let folder = folder("ci-jobs", FAMILY);
    // What a base image runs, an image from it runs too.
    assert_eq!(
        targets(&plan(&folder, &[])),
        [
            "amd64-1: app-cpu-3_12 base-cpu",
            "amd64-2: app-cpu-3_13",
            "amd64-3: app-cuda-3_12 base-cuda",
            "amd64-4: app-cuda-3_13",
            "arm64-1: app-cpu-3_12",
            "arm64-2: app-cpu-3_13"
        ]
    );
    assert_eq!(
        targets(&plan(&folder, &["--jobs", "3"])),
        [
            "amd64-1: app-cpu-3_12 app-cpu-3_13 base-cpu",
            "amd64-2: app-cuda-3_12 app-cuda-3_13 base-cuda",
            "arm64-1: app-cpu-3_12 app-cpu-3_13"
        ]
    );
    let (code, _, err) = folder.varve(&["ci", "--jobs", "1"]);
    assert_eq!(
        (code, err.as_str()),
        (2, "error: the family has 2 platforms, and each needs a job of its own: give --jobs 2 or more\n")
    );
}

#[test]
fn the_plan_has_tests_runners_and_needs() {
    let folder = folder("ci-plan", FAMILY);
    let plan = plan(&folder, &["--runner", "linux/arm64=self-hosted,big"]);
    assert_eq!(plan["builds"][4]["runner"], json!(["self-hosted", "big"]));
    assert_eq!(plan["builds"][0]["runner"], json!(["ubuntu-24.04"]));
    assert_eq!(plan["moving"], json!(["ghcr.io/acme/app:latest"]));
    assert_eq!(
        plan["tests"],
        json!([
            {"id": "1", "runner": ["self-hosted", "gpu"], "tests": [
                {"target": "app-cuda-3_12", "platform": "linux/amd64", "number": 1, "name": null, "run": "test"}]},
            {"id": "2", "runner": ["self-hosted", "gpu"], "tests": [
                {"target": "app-cuda-3_13", "platform": "linux/amd64", "number": 1, "name": null, "run": "test"}]}
        ])
    );
    assert_eq!(
        plan["needs"],
        json!({"secrets": [], "ssh": [], "entitlements": [], "registries": ["ghcr.io"]})
    );
}

#[test]
fn tags_that_two_commits_share_move() {
    let tags = |tags: &str| format!("stages: {{a: {{from: scratch}}}}\ntargets: {{a: {{tags: [{tags}]}}}}\n");
    let check = |name: &str, family: &str, words: &[&str], expect: Value| {
        assert_eq!(plan(&folder(name, family), words)["moving"], expect);
    };
    let with_commit = tags("\"x/a:${{ git.revision }}\", \"x/a:1\", \"x/a:latest\"");
    check("ci-moving-commit", &with_commit, &[], json!(["x/a:1", "x/a:latest"]));
    let without = tags("\"x/a:1\", \"x/a:latest\", \"x/a:1-latest\", \"latest/a:2\"");
    check("ci-moving-plain", &without, &[], json!(["x/a:1-latest", "x/a:latest"]));
    check("ci-moving-stated", &without, &["--moving", "x/a:*"], json!(["x/a:*"]));
}

#[test]
fn secrets_are_those_of_the_repository() {
    let family = "\
stages:
  a:
    from: \"debian:12\"
    steps:
      - {run: x, mounts: [{secret: npm.token}, {secret: proxy, required: false}, {ssh: default}], security: insecure}
targets: {a: {tags: \"registry.example.com:5000/a:1\", cache: {to: {type: gha, scope: a}}}}
";
    let folder = folder("ci-secrets", family);
    let workflow = |words: &[&str]| folder.varve(&[&["ci"], words].concat());
    let (code, out, err) = workflow(&[]);
    assert_eq!((code, err.as_str()), (0, ""));
    for line in [
        "VARVE_SECRET_0: \"${{ secrets.NPM_TOKEN }}\"",
        "KEY: \"${{ secrets.SSH_PRIVATE_KEY }}\"",
        "VARVE_ALLOW: \"security.insecure ssh\"",
        "with: {buildkitd-flags: --allow-insecure-entitlement security.insecure}",
        "uses: crazy-max/ghaction-github-runtime@",
        "with: {registry: \"registry.example.com:5000\", username: \"${{ secrets.REGISTRY_EXAMPLE_COM_5000_USERNAME }}\", \
         password: \"${{ secrets.REGISTRY_EXAMPLE_COM_5000_TOKEN }}\"}",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert!(!out.contains("PROXY"), "{out}");
    let (code, out, _) =
        workflow(&["--secret", "proxy=PROXY", "--secret", "GIT_AUTH_TOKEN=PAT", "--login", "nvcr.io"]);
    assert_eq!(code, 0);
    assert!(
        out.contains(r#""extra\":[\"GIT_AUTH_TOKEN\",\"proxy\"]"#) && out.contains("secrets.NVCR_IO_TOKEN"),
        "{out}"
    );
    let check = |words: &[&str], expect: &str| {
        let (code, out, err) = workflow(words);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(expect), "{err}");
    };
    check(
        &["--secret", "other=X"],
        "no step uses the secret `other`; there are `GIT_AUTH_TOKEN`, `npm.token`, `proxy`",
    );
    check(&["--secret", "proxy=GITHUB_X"], "`GITHUB_X` cannot be the name of a secret");
    check(&["--secret", "proxy"], "expected ID=NAME");
    check(&["--runner", "x86"], "expected PLATFORM=LABEL");
    check(&["--jobs", "257"], "257 is not in 1..=256");
    check(&["--check"], "--output <PATH>");
}

#[test]
fn two_ids_do_not_get_the_same_secret_by_accident() {
    let family = "\
stages:
  a: {from: \"debian:12\", steps: [{run: x, mounts: [{secret: a.b}, {secret: a_b}]}]}
targets: {a: {tags: \"x/a:1\"}}
";
    let folder = folder("ci-collision", family);
    let (code, _, err) = folder.varve(&["ci"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "error: the secrets `a.b` and `a_b` are both A_B in CI: name one with --secret a_b=NAME\n"
    );
    assert_eq!(folder.varve(&["ci", "--secret", "a_b=A_B"]).0, 0);
}

#[test]
fn a_file_is_written_checked_and_keeps_the_commits_of_actions() {
    let folder = folder("ci-file", FAMILY);
    let ci = |words: &[&str]| folder.varve(&[&["ci", "-o", "ci.yml"], words].concat());
    assert_eq!(ci(&["--check"]), (1, String::new(), "there is no file ci.yml\n".to_owned()));
    assert_eq!(ci(&[]), (0, String::new(), "ci.yml: written\n".to_owned()));
    assert_eq!(ci(&["--check"]), (0, String::new(), "ci.yml: up to date\n".to_owned()));
    let path = folder.0.join("ci.yml");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(folder.varve(&["ci"]).1, text);
    // Another tool updates an action.
    let commit = "0123456789".repeat(4);
    let line = text.lines().find(|line| line.contains("docker/login-action@")).unwrap();
    let updated = text.replace(line, &format!("      - uses: docker/login-action@{commit} # v9.9.9"));
    fs::write(&path, &updated).unwrap();
    assert_eq!(ci(&["--check"]).0, 0);
    ci(&[]);
    assert_eq!(fs::read_to_string(&path).unwrap(), updated);
    // The family gets a variant.
    fs::write(folder.0.join("image.yaml"), FAMILY.replace("[cpu, cuda]", "[cpu, cuda, rocm]")).unwrap();
    let (code, out, err) = ci(&["--check"]);
    assert_eq!(code, 1);
    assert!(err == "ci.yml: out of date\n", "{err}");
    assert!(out.contains("\n+          - {id: \"amd64-6\", name: \"app-rocm-3_13 linux/amd64\""), "{out}");
    assert!(folder.varve(&["ci", "--actions", "tag"]).1.contains("uses: docker/login-action@v4\n"));
    let (code, _, err) = folder.varve(&["ci", "-o", "none/ci.yml"]);
    assert!(code == 2 && err.starts_with("error: varve cannot write none/ci.yml"), "{err}");
}

#[test]
fn no_text_of_a_family_is_an_expression_or_a_command() {
    let family = "\
name: 'a \"b\" # c: {'
args: {v: {default: \"\"}}
stages: {a: {from: \"debian:12\"}}
targets: {a: {tags: \"x/a:1\", test-on: {runner: \"r ${{ v }}\", run: 'echo \"${{ v }}\"', name: \"${{ v }}\"}}}
";
    let folder = folder("ci-hostile", family);
    let hostile = "v=${{ secrets.Y }} '\"; $(touch /tmp/x) }}";
    let (code, out, err) = folder.varve(&["ci", "--build-arg", hostile]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let foreign = out.lines().filter(|line| !line.starts_with('#') && line.contains("${{"));
    for line in foreign {
        let rest = line.replace("${{ '${{' }}", "");
        for part in rest.split("${{").skip(1) {
            let expression = part.trim_start();
            let known = [
                "matrix.",
                "github.",
                "runner.temp",
                "!cancelled()",
                "join(matrix.runner",
                "secrets.DOCKERHUB_",
            ];
            assert!(known.iter().any(|known| expression.starts_with(known)), "{line}");
        }
    }
    // The argument is one word of the shell.
    let call = out.lines().find(|line| line.contains("--call=check")).unwrap();
    let call = call.trim().replace("${{ '${{' }}", "${{").replace("docker ", "printf '%s\\n' ");
    let words = Command::new("bash").args(["-c", &call]).output().unwrap();
    assert!(String::from_utf8(words.stdout).unwrap().lines().any(|word| word == hostile), "{call}");
}

#[test]
fn a_family_without_anything_to_publish_has_no_workflow() {
    let folder = folder("ci-none", "stages: {a: {from: scratch}}\ntargets: {a: {publish: false}}\n");
    let (code, out, err) = folder.varve(&["ci"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (2, "", "error: no variant is published, so CI has nothing to build\n")
    );
    let mistakes = self::folder("ci-mistakes", "stages: {a: {form: x}}\n");
    let (code, out, _) = mistakes.varve(&["ci", "--format", "json"]);
    assert!(code == 1 && out.contains("\"found\""), "{out}");
}
