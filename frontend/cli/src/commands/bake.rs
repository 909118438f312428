//! `varve bake`: prints the matrix as a file for `docker buildx bake`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use varve_frontend::render::bake::{Place, bake};
use varve_spec::{Family, Member, OnUnknownVcs};

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, JsonFormat};
use crate::files::or_current;
use crate::keys::{Labelled, add_keys};
use crate::paint::Colours;
use crate::{findings, load};

/// Print a file for docker buildx bake, with a target for each variant of the family
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    format: JsonFormat,
    /// Add the key of each variant as the label `varve.key`: of all, or only where the key covers everything
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    keys: Option<Labelled>,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let JsonFormat::Json = args.format;
    let mut loaded = load::load(&args.family)?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Error);
    let (mut builds, left_out) = loaded.of_matrix(|_, matrix| {
        let builds = matrix.all_builds()?;
        let left_out = matrix.tags_after_the_build(&builds);
        Ok((builds, left_out))
    })?;
    let mut uncovered = String::new();
    if let Some(labelled) = args.keys {
        loaded.take_lock()?;
        (builds, uncovered) = add_keys(&args.family, &loaded, builds, labelled)?;
    }
    let text = file(&args.family, loaded.family()?, &builds);
    let left_out = findings::text(&left_out, &loaded.sources, colours.err);
    let err = loaded.warnings(colours) + &left_out + &uncovered;
    Ok(Answer { err, ..Answer::text(text) })
}

/// Returns the text of the file for these builds.
pub(super) fn file(args: &FamilyArgs, family: &Family, builds: &[Member]) -> String {
    with_place(args, |place| format!("{:#}\n", bake(family, builds, place)))
}

/// Passes the paths of the builds to a function.
pub(super) fn with_place<T>(args: &FamilyArgs, make: impl FnOnce(&Place<'_>) -> T) -> T {
    let context = or_current(args.context());
    let file = seen_from(context, Path::new(&args.file));
    make(&Place { file: &file, context: &context.to_string_lossy() })
}

/// Returns the path of a file relative to the context. `bake` joins both paths as texts, and resolves the result against the
/// folder where it runs (`build/opt.go` of buildx). If that would not be the file, because of symbolic links, the path is absolute.
pub(super) fn seen_from(context: &Path, file: &Path) -> String {
    let folder = file.parent().unwrap_or(Path::new(""));
    let whole = |path: &Path| fs::canonicalize(or_current(path)).unwrap_or_else(|_| path.to_path_buf());
    let (from, folder) = (whole(context), whole(folder));
    let file = folder.join(file.file_name().unwrap_or_default());
    let relative = relative(&from, &file);
    match fs::canonicalize(joined(context, Path::new(&relative))) {
        Ok(found) if fs::canonicalize(&file).is_ok_and(|file| file == found) => relative,
        _ => file.to_string_lossy().into_owned(),
    }
}

/// Returns the path of a file relative to a folder. Both are absolute, without `.` and `..`.
fn relative(folder: &Path, file: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (folder, file) = (parts(folder), parts(file));
    let same = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = folder[same..].iter().map(|_| "..");
    up.chain(file[same..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

/// Joins two paths as Go's `filepath.Join` does: a `..` removes the part before it.
fn joined(folder: &Path, path: &Path) -> PathBuf {
    let mut all = PathBuf::new();
    for part in folder.components().chain(path.components()) {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(all.components().next_back(), Some(Component::Normal(_))) => {
                all.pop();
            }
            part => all.push(part),
        }
    }
    if all.as_os_str().is_empty() { PathBuf::from(".") } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_context() {
        let check = |folder: &str, file: &str, expect: &str| {
            assert_eq!(relative(Path::new(folder), Path::new(file)), expect, "{file} from {folder}");
        };
        check("/a/b", "/a/b/image.yaml", "image.yaml");
        check("/a", "/a/b/image.yaml", "b/image.yaml");
        check("/a/c", "/a/b/image.yaml", "../b/image.yaml");
        check("/", "/image.yaml", "image.yaml");
    }

    #[test]
    fn paths_are_joined_as_texts() {
        let check = |folder: &str, path: &str, expect: &str| {
            assert_eq!(joined(Path::new(folder), Path::new(path)), Path::new(expect), "{folder} and {path}");
        };
        check("..", "docker/image.yaml", "../docker/image.yaml");
        check("a/./b", "../image.yaml", "a/image.yaml");
        check(".", "../image.yaml", "../image.yaml");
        check("a", "..", ".");
    }
}
