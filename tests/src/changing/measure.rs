//! Compares what `varve changed` says of edits with what builds give.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::edits::Edit;
use super::family::{Family, Member};
use super::files::Files;
use super::truth::{self, Truth};
use crate::command::stdout_of;
use crate::engine::Engine;

/// What was found for one member, on one platform, after one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The member: target, axes and platform.
    pub member: String,
    /// Whether the image is another one.
    pub is_other: bool,
    /// Why `varve changed` calls it changed. `None` if it does not.
    pub reason: Option<String>,
}

impl Verdict {
    /// Whether the image is another one, and `varve changed` does not say so.
    pub fn is_missed(&self) -> bool {
        self.is_other && self.reason.is_none()
    }

    /// Whether the image is the same, and `varve changed` calls it changed.
    pub fn is_needless(&self) -> bool {
        !self.is_other && self.reason.is_some()
    }
}

/// Runs the command `varve` with these words. Returns its output, or an error with what it says.
pub type Varve = fn(&[&str]) -> Result<Vec<u8>>;

/// A family in a repository, whose members are built at the first revision.
pub struct Measurement<'m> {
    engine: &'m Engine,
    varve: Varve,
    family: &'m Family,
    folder: TempDir,
    first: String,
    truth: Truth,
}

impl<'m> Measurement<'m> {
    /// Makes the repository and builds the members.
    pub fn start(engine: &'m Engine, varve: Varve, family: &'m Family) -> Result<Measurement<'m>> {
        let folder = tempfile::tempdir()?;
        family.files.write_over(&Files::default(), folder.path())?;
        git(folder.path(), &["init", "--quiet", "--initial-branch=main"])?;
        git(folder.path(), &["remote", "add", "origin", "https://example.com/measured.git"])?;
        commit(folder.path())?;
        let first = head(folder.path())?;
        let all: Vec<usize> = (0..family.members.len()).collect();
        let truth = truth::build(engine, family, &all, folder.path(), &first)?;
        Ok(Measurement { engine, varve, family, folder, first, truth })
    }

    /// Whether another build of the first revision gives the same images.
    pub fn is_stable(&self) -> Result<bool> {
        let all: Vec<usize> = (0..self.family.members.len()).collect();
        Ok(truth::build(self.engine, self.family, &all, self.folder.path(), &self.first)? == self.truth)
    }

    /// Makes an edit, and takes it back.
    ///
    /// # Errors
    /// `varve changed` fails or a build fails, which is a mistake of the edit.
    pub fn edit(&self, edit: &Edit) -> Result<Vec<Verdict>> {
        let folder = self.folder.path();
        edit.files.write_over(&self.family.files, folder)?;
        let found = self.edited(edit);
        // Of the modes, a build has the usual ones.
        self.family.files.write_over(&edit.files.with_usual_modes(), folder)?;
        git(folder, &["reset", "--quiet", "--mixed", &self.first])?;
        found.with_context(|| format!("{}: {} ({})", self.family.name, edit.kind, edit.what))
    }

    fn edited(&self, edit: &Edit) -> Result<Vec<Verdict>> {
        let folder = self.folder.path();
        if edit.is_committed {
            commit(folder)?;
        }
        let said = self.said(edit.is_committed)?;
        edit.files.with_usual_modes().write_over(&edit.files, folder)?;
        let word = |number: usize, platform: &str| {
            let member = &self.family.members[number];
            let is = |variant: &&Value| is_of(variant, member) && variant["platform"] == platform;
            said.iter()
                .find(is)
                .map(|variant| (variant["change"].as_str().unwrap_or_default(), because(variant)))
        };
        let is_there = |number: &usize| {
            let platforms = &self.family.members[*number].platforms;
            platforms
                .iter()
                .all(|platform| word(*number, platform).is_none_or(|(change, _)| change == "changed"))
        };
        let there: Vec<usize> = (0..self.family.members.len()).filter(is_there).collect();
        let truth = truth::build(self.engine, self.family, &there, folder, &head(folder)?)?;
        let verdict = |((number, platform), image): (&(usize, &'static str), &String)| Verdict {
            member: format!("{} {platform}", name(&self.family.members[*number])),
            is_other: self.truth.get(&(*number, *platform)) != Some(image),
            reason: word(*number, platform).map(|(_, reason)| reason),
        };
        Ok(truth.iter().map(verdict).collect())
    }

    /// The variants that `varve changed` names, asked for each member alone: a family can have a thousand others.
    fn said(&self, is_committed: bool) -> Result<Vec<Value>> {
        let file = self.folder.path().join("image.yaml").display().to_string();
        let mut said = Vec::new();
        for member in &self.family.members {
            let axes: Vec<String> =
                member.axes.iter().map(|(axis, value)| format!("--build-arg={axis}={value}")).collect();
            let mut words =
                vec!["changed", &file, "--format=json", "--since", &self.first, "--target", member.target];
            words.extend(axes.iter().map(String::as_str));
            if is_committed {
                words.extend(["--to", "HEAD"]);
            }
            let answer: Value = serde_json::from_slice(&(self.varve)(&words)?)?;
            said.extend(answer["variants"].as_array().cloned().unwrap_or_default());
        }
        Ok(said)
    }
}

/// Whether a variant of the output is this member. A member has a value for each axis that its target reads.
fn is_of(variant: &Value, member: &Member) -> bool {
    let axes: BTreeMap<String, String> = serde_json::from_value(variant["axes"].clone()).unwrap_or_default();
    variant["target"] == member.target
        && axes.iter().all(|(axis, value)| member.axes.get(axis).is_none_or(|own| own == value))
}

fn because(variant: &Value) -> String {
    let words = ["step", "because"].iter().filter_map(|key| variant[key].as_str());
    words.collect::<Vec<_>>().join(": ")
}

fn name(member: &Member) -> String {
    let axes = member.axes.iter().map(|(axis, value)| format!(" {axis}={value}"));
    format!("{}{}", member.target, axes.collect::<String>())
}

fn git(folder: &Path, words: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=tests", "-c", "user.email=tests@varve.test"]).args(words).current_dir(folder);
    stdout_of(git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null"))
}

fn commit(folder: &Path) -> Result<String> {
    git(folder, &["add", "--all"])?;
    git(folder, &["commit", "--quiet", "--allow-empty", "--message=a change"])
}

fn head(folder: &Path) -> Result<String> {
    Ok(git(folder, &["rev-parse", "HEAD"])?.trim().to_owned())
}
