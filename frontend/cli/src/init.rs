//! `varve init`: a first build file for the project of a folder.

mod draft;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use draft::{LOOKED_AT, draft};

/// What is written.
const NAME: &str = "image.yaml";

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let folder = match arguments.operands() {
        [] => Path::new("."),
        [folder] => Path::new(folder),
        [_, second, ..] => {
            return Err(Failure::Usage(format!("one folder at a time, not also `{second}`")));
        }
    };
    let failed = |what: &str, error| Failure::File(format!("{} cannot be {what}: {error}", folder.display()));
    let whole = fs::canonicalize(folder).map_err(|error| failed("read", error))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    let mut found = BTreeMap::new();
    for file in LOOKED_AT {
        found.extend(files::read(&folder.join(file))?.map(|text| (file, text)));
    }
    let draft = draft(&name, &found);
    let path = folder.join(NAME);
    // One that is there is never opened for writing.
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(draft.text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::File(format!("{} is there already", path.display())),
        _ => Failure::File(format!("{} cannot be written: {error}", path.display())),
    })?;
    let at = arguments.operands().first().map_or(".", String::as_str);
    let file = if at == "." { NAME.to_owned() } else { path.display().to_string() };
    let out = format!("docker buildx build -f {} {}\n", quoted(&file), quoted(at));
    let err = format!("{file}: written for {}; to build it:\n", draft.of);
    Ok(Answer { out: out.into_bytes(), err, code: 0 })
}

/// A word as the shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
