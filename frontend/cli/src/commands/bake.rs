//! `varve bake`: prints the matrix as a file for `docker buildx bake`.

use std::path::{Component, Path};

use varve_frontend::render::bake::{Place, bake};
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, JsonFormat};
use crate::files::or_current;
use crate::load;
use crate::paint::Colours;

/// Print a file for docker buildx bake, with a target for each variant of the family
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    format: JsonFormat,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let JsonFormat::Json = args.format;
    let mut loaded = load::load(&args.family)?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Error);
    let file = Path::new(&args.family.file);
    let context = or_current(args.family.context());
    let place = Place { file: &seen_from(context, file), context: &context.to_string_lossy() };
    let text = loaded.of_matrix(|family, matrix| {
        Ok(format!("{:#}\n", bake(family, &loaded.query, &matrix.builds()?, &place)))
    })?;
    Ok(Answer { err: loaded.warnings(colours), ..Answer::text(text) })
}

/// Returns the path of a file relative to a folder. `bake` resolves the path of a build file against the context.
fn seen_from(folder: &Path, file: &Path) -> String {
    if file.is_absolute() {
        return file.to_string_lossy().into_owned();
    }
    let parts = |path: &Path| -> Vec<String> {
        let named = path.components().filter(|part| *part != Component::CurDir);
        named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (folder, file) = (parts(folder), parts(file));
    let same = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = folder[same..].iter().map(|_| "..");
    up.chain(file[same..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_seen_from_the_context() {
        let check = |folder: &str, file: &str, expect: &str| {
            assert_eq!(seen_from(Path::new(folder), Path::new(file)), expect, "{file} from {folder}");
        };
        check(".", "image.yaml", "image.yaml");
        check("a/b", "a/b/image.yaml", "image.yaml");
        check(".", "a/./image.yaml", "a/image.yaml");
        check("a/c", "a/b/image.yaml", "../b/image.yaml");
        check("a", "/b/image.yaml", "/b/image.yaml");
    }
}
