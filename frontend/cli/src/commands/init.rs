//! `varve init`: writes a first build file for the project in a folder.

mod draft;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::answer::{Answer, Failure};
use crate::arguments::Format;
use crate::{docker, files};
use draft::{LOOKED_AT, draft};

/// The name of the file that the command writes.
const NAME: &str = "image.yaml";

/// Write a first image.yaml for the project in a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder
    #[arg(value_name = "DIR", default_value = ".")]
    folder: String,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let folder = Path::new(&args.folder);
    files::folder(folder)?;
    let whole = fs::canonicalize(folder)
        .map_err(|error| Failure::File(format!("varve cannot read {}: {error}", folder.display())))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    let mut found = BTreeMap::new();
    for file in LOOKED_AT {
        found.extend(files::read(&folder.join(file))?.map(|text| (file, text)));
    }
    let draft = draft(&name, &found);
    let path = folder.join(NAME);
    files::create(&path, draft.text.as_bytes())?;
    let file = if args.folder == "." { NAME.to_owned() } else { path.display().to_string() };
    let command = docker::build("", &file, folder);
    if args.format == Format::Json {
        let json = json!({"file": file, "written-for": draft.of, "build": command});
        return Ok(Answer::text(format!("{json:#}\n")));
    }
    let err = format!("{file}: written for {}; build it with:\n", draft.of);
    Ok(Answer { err, ..Answer::text(format!("{command}\n")) })
}
