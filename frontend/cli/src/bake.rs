//! `varve bake`: the matrix as a file of `docker buildx bake`.

use std::path::{Component, Path};

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::render::bake::{Place, bake};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let loaded = files::load(arguments)?;
    let file = Path::new(&arguments.file);
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let context = arguments.option("--context").map(Path::new).or(folder).unwrap_or(Path::new("."));
    let place = Place { file: &seen_from(context, file), context: &context.to_string_lossy() };
    Ok(loaded.of_matrix(|family, matrix| {
        Ok(format!("{:#}\n", bake(family, &loaded.question, &matrix.builds()?, &place)))
    }))
}

/// A file as seen from a folder: bake looks for it there.
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
