//! Checks the README and the pages that show the command `varve`: the program prints exactly what they show. No engine is needed.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use varve_tests::machine::Machine;

/// The file of the context that vars of the pages are read from.
const VERSION: (&str, &str) = ("VERSION", "1.4.0\n");
/// Files that steps of the pages read. Their content does not matter.
const READ_BY_STEPS: [&str; 7] = [
    "requirements.txt",
    "scribe/__init__.py",
    "docker/cpu.Dockerfile",
    "docker/cuda.Dockerfile",
    "docker/rocm.Dockerfile",
    "src/main.py",
    "other/e.txt",
];

/// A fenced block: its info string and its lines.
struct Block {
    kind: String,
    lines: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let document = fs::read_to_string(Machine::read().unwrap().workspace.join(page)).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push(Block { kind: kind.trim().to_owned(), lines: Vec::new() });
                open = true;
            }
            Some(_) => open = false,
            None if open => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            None => {}
        }
    }
    blocks
}

/// Creates a folder with only the files of the context.
fn context() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in READ_BY_STEPS.map(|path| (path, "")).into_iter().chain([VERSION]) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Writes a block into the folder if it is a build file, right or wrong, or a file that build files include. Returns whether it is
/// a valid build file.
fn put(folder: &Path, block: &Block) -> bool {
    let path = match (block.kind.as_str(), block.kind.strip_prefix("yaml file ")) {
        (_, Some(path)) => path,
        ("yaml image" | "yaml wrong", None) => "image.yaml",
        _ => return false,
    };
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, block.lines.join("\n") + "\n").unwrap();
    block.kind == "yaml image"
}

/// Runs a command on the build file of the folder. Returns the lines that it prints, with paths as in that folder.
fn run(folder: &Path, command: &str) -> Vec<String> {
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    assert_eq!(words.remove(0), "varve", "{command}");
    // The arguments of this command are variants. The build file is an option.
    if words[0] == "diff" {
        words.push("--file".to_owned());
    }
    words.push(folder.join("image.yaml").display().to_string());
    let answer = varve_cli::run(&words, varve_cli::Colours::default());
    let text = String::from_utf8(answer.out).unwrap() + &answer.err;
    text.replace(&format!("{}/", folder.display()), "").lines().map(str::to_owned).collect()
}

/// Compares the output of each command of a page with the lines that follow it. Returns the number of commands.
fn compare(page: &str) -> usize {
    let folder = context();
    let mut ran = 0;
    for block in blocks(page) {
        put(folder.path(), &block);
        if block.kind != "console" {
            continue;
        }
        let starts: Vec<usize> =
            (0..block.lines.len()).filter(|index| block.lines[*index].starts_with("$ ")).collect();
        assert_eq!(starts.first(), Some(&0), "{page}: a block starts with a command");
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(block.lines.len());
            let command = &block.lines[*start][2..];
            let printed = run(folder.path(), command);
            assert_eq!(printed, block.lines[start + 1..end], "{page}: {command}\n{}", printed.join("\n"));
            ran += 1;
        }
    }
    ran
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    assert!(compare("README.md") >= 3, "the matrix, a comparison and a message");
}

/// The README shows the progress of a build. The numbers and the names of its steps are compared with those of the plan, without a
/// builder.
#[test]
fn the_progress_in_the_readme_has_the_steps_of_the_plan() {
    let folder = context();
    let (mut plan, mut compared) = (Vec::new(), 0);
    for block in blocks("README.md") {
        put(folder.path(), &block);
        for line in block.lines.iter().filter(|_| block.kind == "text") {
            if let Some(command) = line.strip_prefix("$ docker buildx build ") {
                let words: Vec<&str> = command.split_whitespace().collect();
                let set = words.windows(2).filter(|pair| pair[0] == "--build-arg");
                let set: Vec<String> = set.map(|pair| pair.join(" ")).collect();
                plan = run(folder.path(), &format!("varve plan {}", set.join(" ")));
            } else if let Some((_, step)) = line.split_once(" [app ") {
                let planned = format!("  {} (", step.replace("] ", " "));
                assert!(plan.iter().any(|shown| shown.starts_with(&planned)), "{line}: {plan:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 4, "only {compared} steps");
}

#[test]
fn the_recipes_show_what_the_program_prints() {
    for page in ["docs/recipes/family.md", "docs/recipes/details.md"] {
        assert!(compare(page) > 0, "{page}: no command");
    }
}

#[test]
fn each_file_of_the_family_recipe_publishes_the_tags_of_the_bake_file() {
    let page = "docs/recipes/family.md";
    let folder = context();
    let (mut tags, mut steps) = (Vec::new(), 0);
    for block in blocks(page) {
        // The first list of the page shows the tags of the bake file.
        if block.kind == "text" && tags.is_empty() {
            tags.clone_from(&block.lines);
        }
        if put(folder.path(), &block) {
            assert_eq!(run(folder.path(), "varve check --strict").len(), 1, "{page}: no warning");
            let mut published: Vec<String> = run(folder.path(), "varve matrix")
                .iter()
                .flat_map(|line| line.split_whitespace())
                .filter(|word| word.starts_with("acme/scribe:"))
                .map(str::to_owned)
                .collect();
            published.sort();
            assert_eq!(published, tags, "{page}");
            steps += 1;
        }
    }
    assert_eq!(steps, 4, "{page}: one build file for each step");
}
