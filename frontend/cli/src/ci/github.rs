//! Renders the jobs as a workflow of GitHub Actions. Its steps are scripts of bash in the files of the folder `github`, and they read
//! variables: so no text of a family becomes a part of a script.

mod lines;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use lines::{Job, Step, escaped, quoted};

use super::needs::CiNeeds;
use super::pins::Pins;
use super::pipeline::{Pipeline, Test};
use super::runners::Runner;

const PLAN: &str = include_str!("github/plan.sh");
const BUILD: &str = include_str!("github/build.sh");
const TEST: &str = include_str!("github/test.sh");
const TAG: &str = include_str!("github/tag.sh");

/// The variable that has a secret in the step that builds.
fn secret_variable(number: usize) -> String {
    format!("VARVE_SECRET_{number}")
}

/// Starts an SSH agent for the steps that follow.
const SSH: &str = "\
eval \"$(ssh-agent -s)\"
ssh-add - <<< \"$KEY\"
echo \"SSH_AUTH_SOCK=$SSH_AUTH_SOCK\" >> \"$GITHUB_ENV\"
";

/// Runs unless somebody stops the workflow: also after jobs that failed.
const ALSO_AFTER_FAILURES: &str = "${{ !cancelled() && needs.plan.result == 'success' }}";

/// Where the family is, and how the workflow names things.
pub(crate) struct Source {
    /// The name of the workflow.
    pub(crate) name: String,
    /// The command line that writes the workflow.
    pub(crate) command: String,
    /// Options of a build, quoted for a shell.
    pub(crate) build: Vec<String>,
    /// The path of the build file, relative to the context.
    pub(crate) file: String,
    /// The path of the build file, relative to the folder.
    pub(crate) path: String,
    /// The path of the context, relative to the folder.
    pub(crate) context: String,
    /// The folder of the repository in which the command ran. Empty for the repository itself.
    pub(crate) folder: String,
    /// The branches that are built.
    pub(crate) branches: Vec<String>,
    /// The image with the command.
    pub(crate) varve: Option<String>,
    /// The actions.
    pub(crate) pins: Pins,
}

/// Renders the workflow.
pub(crate) fn workflow(pipeline: &Pipeline, source: &Source) -> String {
    let Source { pins, .. } = source;
    let needs = &pipeline.needs;
    let light = Job {
        runner: Runner::light().to_owned(),
        folder: String::new(),
        packages: "write",
        ..Job::default()
    };
    let here = Job { folder: source.folder.clone(), ..light.clone() };
    let is_tested = !pipeline.tests.is_empty();
    let mut text = head(source);

    text += &Job { packages: "read", ..here.clone() }.head("plan", needs);
    text += &checkout(pins);
    text += &buildx(pins, needs);
    text += &logins(pins, needs);
    text += &Step::run("Find the variants", &plan(source))
        .env("VARVE_CONTEXT", &source.context)
        .env("VARVE_FILE", &source.file)
        .env("VARVE_MEMBERS", &pipeline.members)
        .text();
    text += &upload(pins, "plan", "${{ runner.temp }}/plan/bake.json");

    let matrix = pipeline.builds.iter().map(|job| {
        let mut entry =
            json!({"id": job.id, "name": job.name, "runner": job.runner, "platform": job.platform});
        if job.is_emulated {
            entry["emulated"] = json!(true);
        }
        if !job.files.is_empty() {
            let at = |file: &String| match source.folder.as_str() {
                "" => file.clone(),
                folder => format!("{folder}/{file}"),
            };
            entry["files"] = json!(job.files.iter().map(at).collect::<Vec<_>>().join("\n"));
        }
        entry["targets"] = json!(job.targets.join(" "));
        entry
    });
    let build = Job {
        needs: vec!["plan"],
        matrix: matrix.collect(),
        name: Some("build ${{ matrix.name }}"),
        ..here.clone()
    };
    text += &build.head("build", needs);
    text += &checkout(pins);
    if pipeline.builds.iter().any(|job| job.is_emulated) {
        text += &Step::uses(pins, "docker/setup-qemu-action").only_if("${{ matrix.emulated }}").text();
    }
    text += &buildx(pins, needs);
    text += &logins(pins, needs);
    if needs.has_hosted_cache {
        text += &Step::uses(pins, "crazy-max/ghaction-github-runtime").text();
    }
    if let Some(secret) = needs.ssh_key() {
        text += &Step::run("Start an SSH agent", SSH).expression("KEY", &format!("secrets.{secret}")).text();
    }
    text += &download(pins, "name", "plan", "plan");
    // An id can be any word, such as `PATH` or a variable of the script.
    let variables = needs.secrets.keys().enumerate();
    let variables: BTreeMap<&String, String> =
        variables.map(|(number, id)| (id, secret_variable(number))).collect();
    let step = Step::run("Build and push", BUILD)
        .env("VARVE_ALLOW", &needs.allowed().join(" "))
        .expression("VARVE_JOB", "matrix.id")
        .expression("VARVE_PLATFORM", "matrix.platform")
        .env("VARVE_REPOSITORIES", &Value::Object(pipeline.repositories.clone()).to_string())
        .env("VARVE_SECRETS", &json!({"all": variables, "extra": needs.extra}).to_string())
        .expression("VARVE_TARGETS", "matrix.targets");
    let with_secret = |step: Step, (number, name): (usize, &String)| {
        step.expression(&secret_variable(number), &format!("secrets.{name}"))
    };
    text += &needs.secrets.values().enumerate().fold(step, with_secret).text();
    text += &upload_if(pins, "built-${{ matrix.id }}", "${{ runner.temp }}/built", "${{ !cancelled() }}");
    if pipeline.builds.iter().any(|job| !job.files.is_empty()) {
        text += &upload_if(pins, "files-${{ matrix.id }}", "${{ matrix.files }}", "${{ matrix.files }}");
    }

    let mut before = vec!["plan", "build"];
    if is_tested {
        let matrix = pipeline.tests.iter().map(|job| {
            let tests: Vec<Value> = job.tests.iter().map(Test::json).collect();
            json!({"id": job.id, "runner": job.runner, "tests": json!(tests).to_string()})
        });
        let test = Job {
            needs: before.clone(),
            matrix: matrix.collect(),
            name: Some("test on ${{ join(matrix.runner, ' ') }} ${{ matrix.id }}"),
            condition: Some(ALSO_AFTER_FAILURES),
            packages: "read",
            ..here
        };
        text += &test.head("test", needs);
        text += &checkout(pins);
        text += &logins(pins, needs);
        text += &download(pins, "pattern", "built-*", "built");
        text += &Step::run("Test", TEST)
            .expression("VARVE_JOB", "matrix.id")
            .expression("VARVE_TESTS", "matrix.tests")
            .text();
        text +=
            &upload_if(pins, "tested-${{ matrix.id }}", "${{ runner.temp }}/tested", "${{ !cancelled() }}");
        before.push("test");
    }

    if !pipeline.has_tags() {
        return text;
    }
    let tests = pipeline.tests.iter().flat_map(|job| &job.tests);
    let tests: Vec<String> = tests.map(|test| format!("{} {}", test.target, test.number)).collect();
    let tag = |kind: &str| {
        let mut steps = buildx(pins, needs) + &logins(pins, needs) + &download(pins, "name", "plan", "plan");
        steps += &download(pins, "pattern", "built-*", "built");
        if is_tested {
            steps += &download(pins, "pattern", "tested-*", "tested");
        }
        let step = Step::run("Tag", TAG)
            .env("VARVE_KIND", kind)
            .env("VARVE_MOVING", &pipeline.moving.join("\n"))
            .env("VARVE_REPOSITORIES", &Value::Object(pipeline.repositories.clone()).to_string())
            .env("VARVE_TESTS", &tests.join("\n"));
        steps + &step.text()
    };
    let job = Job { needs: before.clone(), condition: Some(ALSO_AFTER_FAILURES), ..light.clone() };
    text += &(job.head("tag", needs) + &tag("fixed"));
    if !pipeline.moving.is_empty() {
        before.push("tag");
        text += "\n  # Only when everything above succeeded.";
        text += &(Job { needs: before, ..light }.head("release", needs) + &tag("moving"));
    }
    text
}

fn head(source: &Source) -> String {
    let branches = json!(source.branches);
    format!(
        "\
# Written by varve. To change it, change the family or the options, and write it again:
#   {}
# The commits of actions can change here: varve keeps them.
name: {}
on:
  push: {{branches: {}}}
  workflow_dispatch: {{}}
permissions: {{contents: read}}
concurrency: {{group: \"${{{{ github.workflow }}}}-${{{{ github.ref }}}}\", cancel-in-progress: false}}
jobs:",
        source.command.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""),
        quoted(&source.name),
        escaped(&branches.to_string()),
    )
}

/// The commands that write the file for bake, and the script that makes it one for these jobs.
fn plan(source: &Source) -> String {
    let words = |more: &[&str]| {
        let words = source.build.iter().map(String::as_str).chain(more.iter().copied());
        words.map(escaped).collect::<Vec<_>>().join(" ")
    };
    let (path, context) = (varve_spec::shell_quoted(&source.path), varve_spec::shell_quoted(&source.context));
    let docker = words(&["--file", &path, &context]);
    let bake = match &source.varve {
        None => format!("docker buildx build --call=bake {docker} > \"$RUNNER_TEMP/bake.json\"\n"),
        Some(image) => {
            let image = escaped(&varve_spec::shell_quoted(image));
            let varve = words(&["--context", &context, &path]);
            format!(
                "container=$(docker create {image})\ndocker cp \"$container:/varve\" \"$RUNNER_TEMP/varve\"\n\
                docker rm \"$container\" > \"$RUNNER_TEMP/removed\"\n\
                \"$RUNNER_TEMP/varve\" bake --keys=complete {varve} > \"$RUNNER_TEMP/bake.json\"\n"
            )
        }
    };
    format!("mkdir -p \"$RUNNER_TEMP/plan\"\ndocker buildx build --call=check {docker}\n{bake}{PLAN}")
}

fn checkout(pins: &Pins) -> String {
    Step::uses(pins, "actions/checkout").with(&[("persist-credentials", "false")]).text()
}

fn buildx(pins: &Pins, needs: &CiNeeds) -> String {
    let step = Step::uses(pins, "docker/setup-buildx-action");
    let flags = needs.entitlements.iter().map(|one| format!("--allow-insecure-entitlement {one}"));
    let flags = flags.collect::<Vec<_>>().join(" ");
    if flags.is_empty() { step.text() } else { step.with(&[("buildkitd-flags", &flags)]).text() }
}

fn logins(pins: &Pins, needs: &CiNeeds) -> String {
    let logins = needs.accounts().into_iter().map(|account| {
        let (username, password) = (format!("\"{}\"", account.username), format!("\"{}\"", account.password));
        let inputs = [("registry", quoted(&account.host)), ("username", username), ("password", password)];
        let inputs: Vec<(&str, &str)> = inputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Step::uses(pins, "docker/login-action").with(&inputs).text()
    });
    logins.collect()
}

fn upload(pins: &Pins, name: &str, path: &str) -> String {
    Step::uses(pins, "actions/upload-artifact").with(&uploaded(name, &format!("\"{path}\""))).text()
}

fn upload_if(pins: &Pins, name: &str, path: &str, condition: &str) -> String {
    let path = format!("\"{path}\"");
    Step::uses(pins, "actions/upload-artifact")
        .only_if(condition)
        .with(&uploaded(&format!("\"{name}\""), &path))
        .text()
}

/// A second attempt of a job replaces what the first one left.
fn uploaded<'u>(name: &'u str, path: &'u str) -> [(&'u str, &'u str); 4] {
    [("name", name), ("path", path), ("overwrite", "true"), ("if-no-files-found", "ignore")]
}

fn download(pins: &Pins, key: &str, name: &str, folder: &str) -> String {
    let (name, path) = (format!("\"{name}\""), format!("\"${{{{ runner.temp }}}}/{folder}\""));
    let mut inputs = vec![(key, name.as_str()), ("path", path.as_str())];
    if key == "pattern" {
        inputs.push(("merge-multiple", "true"));
    }
    Step::uses(pins, "actions/download-artifact").with(&inputs).text()
}
