//! A member of a family twice, with the same pieces of work: as a Dockerfile, instruction by instruction as its project has it, and as an
//! image.yaml with the steps of the example. `tests/benches/edits` has the members.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::build::Build;
use crate::work;

/// The base images of a member, and of one with another base.
const BASES: [&str; 2] = ["varve.test/debian:12", "varve.test/debian:13"];

/// The time of a work of cost 1.
const UNIT: Duration = Duration::from_millis(200);

/// A member of a family.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name of the family and of the image.
    pub title: String,
    /// What both builds do, and what only the image.yaml does.
    pub works: Vec<Work>,
    /// The edits to measure.
    pub edits: Vec<Edit>,
    dockerfile: String,
    yaml: String,
    context: Vec<(String, String)>,
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Its name.
    pub name: String,
    /// Its time.
    pub cost: Duration,
    /// Whether the Dockerfile has it.
    pub in_dockerfile: bool,
}

/// A text that is replaced in both build files and in the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is edited.
    pub name: String,
    of: String,
    to: String,
}

/// Who builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The Dockerfile of the project.
    Dockerfile,
    /// The image.yaml of the example.
    Yaml,
}

impl Member {
    /// Reads a document of `tests/benches/edits`.
    pub fn read(document: &str) -> Result<Member> {
        let title = document.lines().next().and_then(|line| line.strip_prefix("# "));
        let works = rows(document, "| work |").map(|row| {
            let cost: u32 = row[1].parse().with_context(|| format!("the cost of {}", row[0]))?;
            Ok(Work { name: row[0].to_owned(), cost: UNIT * cost, in_dockerfile: !row[2].is_empty() })
        });
        let edit = |row: Vec<&str>| Edit { name: row[0].into(), of: row[1].into(), to: row[2].into() };
        let context = block(document, "text")?;
        let context = context.lines().map(|line| {
            let (path, content) = line.split_once(' ').with_context(|| format!("no content: {line}"))?;
            Ok((path.to_owned(), content.to_owned()))
        });
        let member = Member {
            title: title.context("no title")?.to_owned(),
            works: works.collect::<Result<_>>()?,
            edits: rows(document, "| edit |").map(edit).collect(),
            dockerfile: block(document, "dockerfile")?,
            yaml: block(document, "yaml")?,
            context: context.collect::<Result<_>>()?,
        };
        member.check().with_context(|| member.title.clone())?;
        Ok(member)
    }

    /// The number of works on one side.
    pub fn count(&self, side: Side) -> usize {
        self.works.iter().filter(|work| side == Side::Yaml || work.in_dockerfile).count()
    }

    /// The text of a build file without edits, with commands in place of works.
    pub fn text(&self, side: Side, stamp: &str) -> Result<String> {
        self.edited(side, None, stamp)
    }

    /// The files of the context, with their paths.
    pub fn context(&self) -> impl Iterator<Item = (&str, &str)> {
        self.context.iter().map(|(path, content)| (path.as_str(), content.as_str()))
    }

    /// A build with an edit, or without one.
    pub fn build(&self, side: Side, edit: Option<&Edit>, stamp: &str) -> Result<Build> {
        let text = self.edited(side, edit, stamp)?;
        let build = match side {
            Side::Dockerfile => Build::dockerfile(&text),
            Side::Yaml => Build::yaml(&text),
        };
        let files = self.context().map(|(path, content)| (path, applied(edit, content)));
        Ok(files.fold(build, |build, (path, content)| build.with(path, content)))
    }

    fn edited(&self, side: Side, edit: Option<&Edit>, stamp: &str) -> Result<String> {
        let before = match side {
            Side::Dockerfile => &self.dockerfile,
            Side::Yaml => &self.yaml,
        };
        let known: BTreeSet<&str> = bases(before).collect();
        let edited = applied(edit, before);
        let mut text = edited.clone();
        let mut found: Vec<&str> = bases(&edited).collect();
        // A name can be the beginning of another one.
        found.sort_by_key(|base| std::cmp::Reverse(base.len()));
        for base in found {
            text = text.replace(base, BASES[usize::from(!known.contains(base))]);
        }
        let cost = |name: &str| {
            let work = self.works.iter().find(|work| work.name == name);
            Ok(work.with_context(|| format!("{name} is not in the table"))?.cost)
        };
        work::with_commands(&text, cost, stamp)
    }

    /// Checks that both sides have the works of the table, each once, and that each edit changes something on both sides.
    fn check(&self) -> Result<()> {
        for (side, text) in [(Side::Dockerfile, &self.dockerfile), (Side::Yaml, &self.yaml)] {
            let listed = self.works.iter().filter(|work| side == Side::Yaml || work.in_dockerfile);
            let mut listed: Vec<&str> = listed.map(|work| work.name.as_str()).collect();
            let mut written = work::names(text);
            if side == Side::Yaml {
                // The first steps of two stages can be the same.
                written.sort_unstable();
                written.dedup();
            }
            listed.sort_unstable();
            written.sort_unstable();
            ensure!(listed == written, "{side:?} has other works than the table: {listed:?}, {written:?}");
            for edit in &self.edits {
                let files = self.context.iter().map(|(_, content)| content);
                let found = files.chain([text]).any(|text| text.contains(&edit.of));
                ensure!(found, "{side:?} has no `{}`", edit.of);
            }
        }
        Ok(())
    }
}

fn applied(edit: Option<&Edit>, text: &str) -> String {
    edit.map_or_else(|| text.to_owned(), |edit| text.replace(&edit.of, &edit.to))
}

/// The names of base images in a text: `base/NAME`.
fn bases(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "/-".contains(c)));
    words.filter(|word| word.starts_with("base/"))
}

/// The rows of the table whose header has this beginning, as cells without backquotes.
fn rows<'d>(document: &'d str, header: &'d str) -> impl Iterator<Item = Vec<&'d str>> {
    let table = document.lines().skip_while(move |line| !line.starts_with(header)).skip(2);
    table.take_while(|line| line.starts_with('|')).map(|line| {
        let line = line.strip_prefix('|').unwrap_or(line);
        line.split('|').map(|cell| cell.trim_matches([' ', '`'])).collect()
    })
}

/// The text of the fenced block of a kind.
fn block(document: &str, kind: &str) -> Result<String> {
    let begin = format!("```{kind}\n");
    let (_, rest) = document.split_once(&begin).with_context(|| format!("no block of {kind}"))?;
    let (text, _) = rest.split_once("```").context("a block without an end")?;
    Ok(text.to_owned())
}
