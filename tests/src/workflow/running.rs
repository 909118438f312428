//! Runs the jobs of a workflow, one after another, each with an empty folder for temporary files. Actions are done by hand: artifacts are
//! folders, and what prepares a hosted machine does nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::{expressions, fields, items};

/// What the machine of a job is.
pub struct Host<'h> {
    /// Makes the command `bash` of a job, with `docker` on its path.
    pub bash: &'h dyn Fn() -> Command,
    /// The folder that a checkout gives.
    pub checkout: &'h Path,
    /// The secrets of the repository.
    pub secrets: BTreeMap<&'h str, &'h str>,
}

/// A run of a workflow.
pub struct Run {
    /// The jobs that ran, with the number of those of their matrix that failed. A job that was skipped is not among them.
    pub failed: BTreeMap<String, usize>,
    /// Everything that the scripts printed.
    pub log: String,
    artifacts: TempDir,
}

impl Run {
    /// Runs all jobs of a workflow.
    ///
    /// # Errors
    /// The workflow has something that the tests do not know, or this machine cannot run it. A job that fails is no error.
    pub fn of(workflow: &Value, host: &Host<'_>) -> Result<Run> {
        let mut run = Run { failed: BTreeMap::new(), log: String::new(), artifacts: tempfile::tempdir()? };
        for (id, job) in fields(&workflow["jobs"]) {
            let needs: Vec<&str> = items(&job["needs"]).filter_map(Value::as_str).collect();
            let runs = match job["if"].as_str() {
                None => needs.iter().all(|need| run.failed.get(*need) == Some(&0)),
                Some("${{ !cancelled() && needs.plan.result == 'success' }}") => {
                    run.failed.get("plan") == Some(&0)
                }
                Some(other) => bail!("the condition {other} of a job"),
            };
            if !runs {
                run.log += &format!("== {id} is skipped\n");
                continue;
            }
            let mut failed = 0;
            let matrix: Vec<&Value> = items(&job["strategy"]["matrix"]["include"]).collect();
            for entry in if matrix.is_empty() { vec![&Value::Null] } else { matrix } {
                run.log += &format!("== {id} {}\n", entry["id"]);
                failed += usize::from(!run.job(job, entry, host)?);
            }
            run.failed.insert(id.clone(), failed);
        }
        Ok(run)
    }

    /// Returns whether all steps succeeded.
    fn job(&mut self, job: &Value, entry: &Value, host: &Host<'_>) -> Result<bool> {
        let temporary = tempfile::tempdir()?;
        let empty = tempfile::tempdir()?;
        let mut folder = empty.path().to_owned();
        let mut succeeds = true;
        for step in items(&job["steps"]) {
            let known = Known { entry, host, temporary: temporary.path() };
            let runs = match step["if"].as_str() {
                None => succeeds,
                Some("${{ !cancelled() }}") => true,
                Some(condition) => succeeds && !matches!(known.text(condition)?.as_str(), "" | "false"),
            };
            if !runs {
                continue;
            }
            if let Some(action) = step["uses"].as_str() {
                let mut with = BTreeMap::new();
                for (name, value) in fields(&step["with"]) {
                    with.insert(
                        name.as_str(),
                        value.as_str().map(|text| known.text(text)).transpose()?.unwrap_or_default(),
                    );
                }
                let text = |name: &str| with.get(name).cloned().unwrap_or_default();
                match action.split('@').next().unwrap_or_default() {
                    "actions/checkout" => folder = host.checkout.to_owned(),
                    "actions/upload-artifact" => self.upload(&text("name"), &text("path"), &folder)?,
                    "actions/download-artifact" => {
                        self.download(&text("name"), &text("pattern"), Path::new(&text("path")))?;
                    }
                    "docker/setup-buildx-action" | "docker/setup-qemu-action" | "docker/login-action" => {}
                    other => bail!("the action {other}"),
                }
                continue;
            }
            let at = match job["defaults"]["run"]["working-directory"].as_str() {
                Some(path) => folder.join(path),
                None => folder.clone(),
            };
            let script = temporary.path().join("script.sh");
            fs::write(&script, step["run"].as_str().context("a step without a script")?)?;
            let mut bash = (host.bash)();
            bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script).current_dir(&at);
            bash.env("RUNNER_TEMP", temporary.path()).env("GITHUB_ENV", temporary.path().join("env"));
            for (name, value) in fields(&step["env"]) {
                bash.env(name, known.text(value.as_str().unwrap_or_default())?);
            }
            let output = bash.output()?;
            for stream in [&output.stdout, &output.stderr] {
                self.log += &String::from_utf8_lossy(stream);
            }
            self.log += &format!("-- {}: {}\n", step["name"], output.status);
            succeeds &= output.status.success();
        }
        Ok(succeeds)
    }

    /// Copies files to an artifact. What does not exist is left out.
    fn upload(&self, name: &str, paths: &str, folder: &Path) -> Result<()> {
        let artifact = self.artifacts.path().join(name);
        for path in paths.lines() {
            let path = folder.join(path);
            if path.is_dir() {
                copy(&path, &artifact)?;
            } else if path.is_file() {
                fs::create_dir_all(&artifact)?;
                fs::copy(&path, artifact.join(path.file_name().context("a path without a name")?))?;
            }
        }
        Ok(())
    }

    /// Copies one artifact, which has to exist, or all whose names begin as the pattern.
    fn download(&self, name: &str, pattern: &str, to: &Path) -> Result<()> {
        if name.is_empty() {
            let start = pattern.strip_suffix('*').context("a pattern")?;
            for artifact in self.artifacts() {
                if artifact.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)) {
                    copy(&artifact, to)?;
                }
            }
            return Ok(());
        }
        let artifact = self.artifacts.path().join(name);
        ensure!(artifact.is_dir(), "there is no artifact {name}");
        copy(&artifact, to)
    }

    /// The folders of all artifacts.
    pub fn artifacts(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.artifacts.path()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What expressions of a step can name.
struct Known<'k> {
    entry: &'k Value,
    host: &'k Host<'k>,
    temporary: &'k Path,
}

impl Known<'_> {
    /// Replaces the expressions of a text.
    fn text(&self, text: &str) -> Result<String> {
        let mut replaced = String::new();
        let mut rest = text;
        for expression in expressions(text) {
            let (before, after) = rest.split_once("${{").context("no expression")?;
            let (_, after) = after.split_once("}}").context("an expression without an end")?;
            replaced += before;
            replaced += &self.value(expression)?;
            rest = after;
        }
        Ok(replaced + rest)
    }

    fn value(&self, expression: &str) -> Result<String> {
        Ok(match expression.split_once('.') {
            Some(("matrix", key)) => match &self.entry[key] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            },
            Some(("secrets", name)) => (*self.host.secrets.get(name).unwrap_or(&"")).to_owned(),
            Some(("runner", "temp")) => self.temporary.display().to_string(),
            Some(("github", "actor")) => "somebody".to_owned(),
            _ if expression == "'${{'" => "${{".to_owned(),
            _ => bail!("the expression {expression}"),
        })
    }
}
