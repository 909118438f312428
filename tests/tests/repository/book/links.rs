//! Links between documents: their files and headings exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{files, workspace};

/// All Markdown files of the repository.
fn documents() -> Vec<PathBuf> {
    let root = workspace();
    let top = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<PathBuf> =
        top.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    for folder in ["docs", "examples", "tests", "spec", "frontend"] {
        documents.extend(files(&root.join(folder), ".md"));
    }
    documents
}

/// A document without its fenced blocks.
fn prose(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let mut fenced = false;
    let kept = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The anchors that code hosts give to the headings of a document.
fn headings(path: &Path) -> BTreeSet<String> {
    let name = |heading: &str| {
        let kept = heading.to_lowercase();
        let kept = kept.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    prose(path)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| name(line.trim_start_matches('#')))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    let mut broken = Vec::new();
    for path in documents() {
        let text = prose(&path);
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            if !file.exists() || !(heading.is_empty() || headings(&file).contains(heading)) {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(count > 50, "only {count} links");
    assert!(broken.is_empty(), "these lead nowhere:\n{}", broken.join("\n"));
}
