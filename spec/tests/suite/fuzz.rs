//! Damages the bytes and lines of build files at random. Reading and planning the result must never panic.

use std::path::{Path, PathBuf};

use varve_spec::{Platform, Selection, Sources};

use crate::case::{self, Case};

/// The number of damaged files. `VARVE_FUZZ_ROUNDS` sets another number, as in `.ci/long`.
const ROUNDS: usize = if cfg!(debug_assertions) { 3_000 } else { 30_000 };

/// Texts that have a meaning in YAML or in the language. They are inserted at random places.
const PIECES: &[&str] = &[
    "${{",
    "}}",
    "${{ x }}",
    "${{ os }}",
    "\"",
    "'",
    "|",
    ">-",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!t ",
    "<<: ",
    "? ",
    "---\n",
    "# ",
    "%",
    "@",
    "\\",
    "\0",
    "\u{feff}",
    "ä",
    "🦀",
    "if: ",
    "then: ",
    "else: ",
    "match: ",
    "cases: ",
    "for: ",
    "do: ",
    "steps: ",
    "run: ",
    "copy: ",
    "from: ",
    "env: ",
    "use: ",
    "with: ",
    "mixins: ",
    "layers: ",
    "stages: ",
    "axes: ",
    "args: ",
    "vars: ",
    "support: ",
    "x-",
    "1",
    "-1",
    "0755",
    "true",
    "99999999999999999999",
    "a == \"b\"",
    " | ",
    " ~ ",
];

#[test]
fn damaged_files_do_not_panic() {
    let rounds = std::env::var_os("VARVE_FUZZ_ROUNDS");
    let rounds =
        rounds.map_or(ROUNDS, |rounds| rounds.to_string_lossy().parse().expect("a number of rounds"));
    let files = files();
    let mut random = Random(0x5EED);
    for round in 0..rounds {
        let mut bytes = files[random.below(files.len())].clone().into_bytes();
        for _ in 0..=random.below(4) {
            damage(&mut bytes, &files, &mut random);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // Prints the text if the thread panics.
        let guard = Shown(round, &text);
        let sources = Sources::single("image.yaml", text.as_str());
        for found in case::run(&sources, &Selection::new(Platform::new("linux", "amd64"))) {
            drop(found.excerpt(&sources));
            drop(found.one_line(&sources));
        }
        drop(guard);
    }
}

/// Prints a text if it is dropped while the thread panics.
struct Shown<'t>(usize, &'t str);

impl Drop for Shown<'_> {
    #[expect(clippy::print_stdout, reason = "a failing test prints the file that made it fail")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("round {}:\n{}\n", self.0, self.1);
        }
    }
}

/// The build files of the cases, and the examples of the repository.
fn files() -> Vec<String> {
    let mut files: Vec<String> = case::paths()
        .iter()
        .map(|path| Case::read(&std::fs::read_to_string(path).expect("a case")).text())
        .collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                files.extend(std::fs::read_to_string(path));
            }
        }
    }
    files
}

fn damage(bytes: &mut Vec<u8>, files: &[String], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let to = (at + random.below(20)).min(bytes.len());
    let line_at = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1);
    let line_end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
    match random.below(9) {
        0 => drop(bytes.drain(at..to)),
        1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        2 => drop(bytes.drain(line_at..line_end)),
        3 => {
            let line = bytes[line_at..line_end].to_vec();
            let at = random.below(bytes.len() + 1);
            drop(bytes.splice(at..at, line));
        }
        4 => bytes.truncate(at),
        5 => {
            // Inserts lines of another file.
            let other = &files[random.below(files.len())];
            let lines: Vec<&str> = other.split_inclusive('\n').collect();
            let from = random.below(lines.len() + 1);
            let some = lines[from..].iter().take(random.below(6)).copied().collect::<String>();
            drop(bytes.splice(line_at..line_at, some.into_bytes()));
        }
        6 => {
            let blank = vec![b' '; random.below(5)];
            drop(bytes.splice(line_at..line_at, blank));
        }
        _ => {
            let piece = PIECES[random.below(PIECES.len())];
            let end = if random.below(2) == 0 { at } else { to };
            drop(bytes.splice(at..end, piece.bytes()));
        }
    }
}

/// SplitMix64, which gives the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
