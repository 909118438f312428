//! `docs/tools.md`: each command of its console blocks prints exactly what the block shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The fenced blocks of a document: the info string and the lines of each.
fn blocks(document: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push((kind.to_owned(), Vec::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => blocks.last_mut().unwrap().1.push(line.to_owned()),
            None => {}
        }
    }
    blocks
}

fn run(folder: &Path, command: &str) -> Vec<String> {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("varve"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_varve")).args(words).current_dir(folder).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_command_of_the_chapter_prints_what_is_shown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tools.md");
    let document = fs::read_to_string(path).unwrap();
    let blocks = blocks(&document);
    let folder: PathBuf =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tools-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut ran = 0;
    for (kind, lines) in blocks {
        match kind.as_str() {
            "yaml image" => fs::write(folder.join("image.yaml"), lines.join("\n") + "\n").unwrap(),
            "console" => {
                let starts: Vec<usize> =
                    (0..lines.len()).filter(|index| lines[*index].starts_with("$ ")).collect();
                assert_eq!(starts.first(), Some(&0), "a block starts with a command");
                for (index, start) in starts.iter().enumerate() {
                    let end = starts.get(index + 1).copied().unwrap_or(lines.len());
                    let printed = run(&folder, &lines[*start][2..]);
                    assert_eq!(printed, lines[start + 1..end], "{}\n{}", lines[*start], printed.join("\n"));
                    ran += 1;
                }
            }
            _ => {}
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(ran > 0, "no command");
}
