//! Generated edits of a family: those of its maintainers, those of the steps that the measurement adds, and those that any family can have, in
//! places that the dice choose.

use anyhow::{Context, Result, ensure};

use super::dice::Dice;
use super::family::Family;
use super::files::{Entry, Files};
use super::measured;
use super::own;
use super::stand_in::StandIns;

/// How many edits of the added steps a family gets.
const OF_STEPS: usize = 14;

/// An edit of a family.
#[derive(Debug)]
pub struct Edit {
    /// What kind of edit it is.
    pub kind: &'static str,
    /// The file, or what else is edited.
    pub what: String,
    /// The files afterwards.
    pub files: Files,
    /// Whether it is committed. Else it is in the work tree.
    pub is_committed: bool,
}

/// All edits of a family for a seed.
pub fn edits(family: &Family, stand_ins: &StandIns<'_>, seed: u64) -> Result<Vec<Edit>> {
    let name = family.name.bytes().fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let mut dice = Dice::new(name);
    let mut replacements = own::edits(family.name);
    let mut of_steps = measured::edits(&stand_ins.sources()?);
    dice.shuffle(&mut of_steps);
    of_steps.truncate(OF_STEPS);
    replacements.extend(of_steps);
    let mut edits = Vec::new();
    for replacement in replacements {
        let mut files = family.files.clone();
        replacement.make(&mut files).with_context(|| format!("{}: {}", family.name, replacement.kind))?;
        edits.push((replacement.kind, replacement.file.to_owned(), files));
    }
    for (kind, make) in GENERAL {
        let mut files = family.files.clone();
        let what = make(&mut files, &mut dice).with_context(|| format!("{}: {kind}", family.name))?;
        edits.push((kind, what, files));
    }
    for (name, digests) in &stand_ins.digests {
        let mut files = family.files.clone();
        files.replace("image.lock", &digests[0], &digests[1])?;
        let is_used = name.split_once('/').is_some_and(|(_, image)| {
            let image = image.split(':').next().unwrap_or_default();
            family.files.paths().any(|path| {
                path.ends_with(".yaml")
                    && family.files.text(path).is_ok_and(|text| text.contains(&format!("/{image}:")))
            })
        });
        if is_used {
            edits.push(("a pin of the lock", name.clone(), files));
        }
    }
    for (kind, what, files) in &edits {
        ensure!(
            *kind == "the commit" || *files != family.files,
            "{}: {kind} ({what}) edits nothing",
            family.name
        );
    }
    let edit = |(kind, what, files): (&'static str, String, Files)| {
        // git has no other modes and no times, so a commit of them would be empty.
        let is_committed = kind == "the commit" || dice.roll(3) == 0 && files != family.files;
        Edit { kind, what, files, is_committed }
    };
    Ok(edits.into_iter().map(edit).collect())
}

type Make = fn(&mut Files, &mut Dice) -> Result<String>;

const GENERAL: [(&str, Make); 34] = [
    ("a comment", |files, dice| line_before_a_key(files, dice, "# It is as it is.\n")),
    ("a comment", |files, dice| line_before_a_key(files, dice, "# Nobody knows why.\n")),
    ("an empty line", |files, dice| line_before_a_key(files, dice, "\n")),
    ("a comment less", comment_less),
    ("the order of the top of a file", top_swapped),
    ("the order of included files", include_swapped),
    ("an included file renamed", included_renamed),
    ("a description", description),
    ("a description", description),
    ("a new included file", |files, _| {
        files.write("more.yaml", "vars: {more: 1}\n");
        files.replace("image.yaml", "include: [", "include: [more.yaml, ")?;
        Ok("more.yaml".to_owned())
    }),
    ("a new axis that nothing reads", |files, _| {
        files.write("more.yaml", "axes: {more: [a]}\n");
        files.replace("image.yaml", "include: [", "include: [more.yaml, ")?;
        Ok("more.yaml".to_owned())
    }),
    ("a file that no step reads", |files, _| written(files, "measured/unread.txt", "still unread\n")),
    ("a file that no step reads", |files, _| written(files, "notes/new.txt", "new\n")),
    ("the readme", |files, _| {
        let text = format!("{}\nMore.\n", files.text("README.md")?);
        written(files, "README.md", &text)
    }),
    ("a file that a pattern nearly ignores", |files, _| written(files, "measured/src/a.log", "log\n")),
    ("an ignored file", |files, _| written(files, "measured/src/ignored/deep/x.c", "x\n")),
    ("an ignored file", |files, _| written(files, "measured/docs/deep/x.tmp", "x\n")),
    ("a comment of the ignore file", |files, _| replaced(files, ".dockerignore", "# What", "# All that")),
    ("a rule of the ignore file", |files, _| {
        replaced(files, ".dockerignore", "*.log\n", "*.log\nmeasured/src/deep/deeper\n")
    }),
    ("a rule of the ignore file", |files, _| {
        replaced(files, ".dockerignore", "*.log\n", "*.log\nnothing/at/all\n")
    }),
    ("a rule of the ignore file", |files, _| {
        replaced(files, ".dockerignore", "*.log\n", "*.log\nmeasured/src\n!measured/src/a.c\n")
    }),
    ("a file that a step copies", |files, dice| {
        let path = picked(files, dice, "measured/src/")?;
        written(files, &path, "edited\n")
    }),
    ("a file that a step copies or not", |files, dice| {
        let path = picked(files, dice, "measured/")?;
        written(files, &path, "edited\n")
    }),
    ("a file that a step binds", |files, dice| {
        let path = picked(files, dice, "measured/bound/")?;
        written(files, &path, "edited\n")
    }),
    ("a new file in a folder", |files, dice| {
        let names = [
            "measured/src/new.c",
            "measured/docs/new.txt",
            "measured/pattern/new.txt",
            "measured/linked/new.txt",
            "measured/src/deep/new.log",
        ];
        let name = dice.pick(&names).copied().unwrap_or_default();
        written(files, name, "new\n")
    }),
    ("a file less", |files, dice| {
        let path = picked(files, dice, "measured/src/")?;
        files.remove(&path);
        Ok(path)
    }),
    ("a renamed file", |files, _| {
        let text = files.text("measured/src/a.c")?.to_owned();
        files.remove("measured/src/a.c");
        written(files, "measured/src/z.c", &text)
    }),
    ("the executable bit", |files, dice| {
        let path = picked(files, dice, "measured/src/")?;
        let mode = if path.ends_with(".sh") { 0o644 } else { 0o755 };
        files.set_mode(&path, mode)?;
        Ok(path)
    }),
    ("other mode bits", |files, dice| {
        let path = picked(files, dice, "measured/src/")?;
        let mode = if path.ends_with(".sh") { 0o775 } else { 0o600 };
        files.set_mode(&path, mode)?;
        Ok(path)
    }),
    ("a time", |files, dice| {
        let path = picked(files, dice, "measured/")?;
        files.touch(&path)?;
        Ok(path)
    }),
    ("the target of a link", |files, dice| {
        let links = [
            ("measured/pattern/current", "two.md"),
            ("measured/linked/src", "../docs"),
            ("measured/src/deep/up", "b.c"),
        ];
        let (path, target) = dice.pick(&links).copied().unwrap_or_default();
        files.link(path, target);
        Ok(path.to_owned())
    }),
    ("a link in place of a file", |files, _| {
        files.link("measured/src/a.c", "deep/b.c");
        Ok("measured/src/a.c".to_owned())
    }),
    ("a pin that nothing needs", |files, _| {
        let digest = "0".repeat(64);
        replaced(
            files,
            "image.lock",
            "images:\n",
            &format!("images:\n  \"example.com/old:1\": sha256:{digest}\n"),
        )
    }),
    ("the commit", |_, _| Ok("nothing else".to_owned())),
];

fn written(files: &mut Files, path: &str, text: &str) -> Result<String> {
    files.write(path, text);
    Ok(path.to_owned())
}

fn replaced(files: &mut Files, path: &str, from: &str, to: &str) -> Result<String> {
    files.replace(path, from, to)?;
    Ok(path.to_owned())
}

/// A file with this prefix.
fn picked(files: &Files, dice: &mut Dice, prefix: &str) -> Result<String> {
    let is_file = |path: &&String| path.starts_with(prefix) && files.text(path).is_ok();
    let paths: Vec<&String> = files.paths().filter(is_file).collect();
    Ok((*dice.pick(&paths).context("no file")?).clone())
}

/// One of the build files of the family.
fn build_file(files: &Files, dice: &mut Dice) -> Result<String> {
    let paths: Vec<&String> =
        files.paths().filter(|path| path.ends_with(".yaml") && !path.contains('/')).collect();
    Ok((*dice.pick(&paths).context("no build file")?).clone())
}

/// Adds a line before a key, which is no place inside of a text of several lines.
fn line_before_a_key(files: &mut Files, dice: &mut Dice, line: &str) -> Result<String> {
    let path = build_file(files, dice)?;
    let text = files.text(&path)?;
    let is_key = |(_, line): &(usize, &str)| {
        let indent = line.len() - line.trim_start().len();
        indent <= 2 && line.trim_start().starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(':')
    };
    let offset = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
    let places: Vec<usize> = text.lines().enumerate().filter(is_key).map(|(_, line)| offset(line)).collect();
    let at = *dice.pick(&places).context("no key")?;
    let new = format!("{}{line}{}", &text[..at], &text[at..]);
    written(files, &path, &new)
}

/// Removes a line that is a comment, but not the first lines.
fn comment_less(files: &mut Files, dice: &mut Dice) -> Result<String> {
    let path = build_file(files, dice)?;
    let lines: Vec<&str> = files.text(&path)?.lines().collect();
    let is_comment = |number: &usize| {
        *number > 1 && lines[*number].starts_with("  ") && lines[*number].trim_start().starts_with("# ")
    };
    let comments: Vec<usize> = (0..lines.len()).filter(is_comment).collect();
    let Some(least) = dice.pick(&comments).copied() else { return comment_less(files, dice) };
    let kept =
        lines.iter().enumerate().filter(|(number, _)| *number != least).map(|(_, line)| format!("{line}\n"));
    let new: String = kept.collect();
    written(files, &path, &new)
}

/// Changes a word of a description.
fn description(files: &mut Files, dice: &mut Dice) -> Result<String> {
    let path = build_file(files, dice)?;
    let text = files.text(&path)?;
    let places: Vec<usize> =
        text.match_indices("description: ").map(|(at, found)| at + found.len()).collect();
    let places: Vec<usize> =
        places.into_iter().filter(|at| text[*at..].starts_with(|c: char| c.is_ascii_alphabetic())).collect();
    let Some(at) = dice.pick(&places).copied() else { return description(files, dice) };
    let new = format!("{}Now {}", &text[..at], &text[at..]);
    written(files, &path, &new)
}

/// Exchanges two neighbours at the top of a build file.
fn top_swapped(files: &mut Files, dice: &mut Dice) -> Result<String> {
    let path = build_file(files, dice)?;
    let text = files.text(&path)?;
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_top = line.starts_with(|c: char| c.is_ascii_lowercase());
        match blocks.last_mut() {
            Some(block) if !is_top => *block += &format!("{line}\n"),
            _ => blocks.push(format!("{line}\n")),
        }
    }
    // The first block can begin with comments that have to stay there.
    if blocks.len() < 4 {
        return top_swapped(files, dice);
    }
    let at = 1 + dice.roll(blocks.len() - 2);
    blocks.swap(at, at + 1);
    let new = blocks.concat();
    written(files, &path, &new)
}

/// The names of included files, with where they are in the build file.
fn included(files: &Files) -> Result<(String, Vec<String>)> {
    let text = files.text("image.yaml")?;
    let list =
        text.split_once("include: [").and_then(|(_, rest)| rest.split_once(']')).context("no include")?.0;
    Ok((list.to_owned(), list.split(", ").map(str::to_owned).collect()))
}

fn include_swapped(files: &mut Files, dice: &mut Dice) -> Result<String> {
    let (list, mut names) = included(files)?;
    let at = dice.roll(names.len() - 1);
    names.swap(at, at + 1);
    replaced(files, "image.yaml", &list, &names.join(", "))
}

fn included_renamed(files: &mut Files, dice: &mut Dice) -> Result<String> {
    let (list, mut names) = included(files)?;
    let at = dice.roll(names.len());
    let old = std::mem::replace(&mut names[at], "renamed.yaml".to_owned());
    let Some(Entry::File { text, .. }) = files.remove(&old) else { anyhow::bail!("there is no file {old}") };
    files.write("renamed.yaml", &text);
    files.replace("image.yaml", &list, &names.join(", "))?;
    Ok(old)
}
