//! `include`: other files of the context, whose maps are merged with that of the build file.

mod join;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::inside::{NotInside, inside};
use super::requires;
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::source::{SourceId, Sources, Span};
use crate::yaml::{self, MAX_BYTES, Node, Yaml};

pub(super) use join::joined;

/// The largest number of files of a family.
const MAX_FILES: usize = 100;

/// A file that another file includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The normalized path, relative to the folder of the build file.
    pub path: String,
    /// The place of the path in the including file.
    pub span: Span,
}

/// Finds the files that a family includes. Each file is parsed once here, also if the files include each other in a long chain.
#[derive(Debug, Default)]
pub struct IncludeSearch {
    /// The number of files that were searched.
    searched: usize,
    /// The paths of all files, each with the place of its first include.
    known: BTreeMap<String, Span>,
    /// The mistakes so far.
    found: Vec<Diagnostic>,
}

impl IncludeSearch {
    /// How many bytes the included files may have together.
    pub const MOST: usize = MAX_BYTES;

    /// Lists the included files that are not in `sources` yet. The caller reads them, adds them to the sources under their paths, and
    /// calls this again with the same search until the list is empty. If it cannot read a file, it reports that together with
    /// [`wrong_includes`].
    ///
    /// # Errors
    /// A file that is not YAML or needs a newer varve, too many files, or files that are too large together. If no file is missing:
    /// all mistakes in paths.
    pub fn missing(&mut self, sources: &Sources) -> Result<Vec<Include>, Vec<Diagnostic>> {
        if let Some(error) = self.too_large(sources) {
            return Err(vec![error]);
        }
        let (mut roots, mut found) = (Vec::new(), Vec::new());
        for id in sources.ids().skip(self.searched) {
            self.searched += 1;
            let source = sources.get(id);
            self.known.entry(source.name().to_owned()).or_default();
            // Most files have no includes and need not be parsed here.
            if !source.text().contains("include") && !source.text().contains("requires") {
                continue;
            }
            match yaml::parse(id, source.text()) {
                Ok(root) => roots.push((id, root)),
                Err(errors) => found.extend(errors),
            }
        }
        if let Some(error) = requires::newer(roots.iter().map(|(_, root)| root)) {
            return Err(vec![error]);
        }
        if !found.is_empty() {
            return Err(found);
        }
        let mut missing: Vec<Include> = Vec::new();
        for (id, root) in &roots {
            for include in includes(sources, *id, root, &mut self.found) {
                let is_many = missing.len() > MAX_FILES;
                if !is_many && !self.known.contains_key(&include.path) {
                    self.known.insert(include.path.clone(), include.span);
                    missing.push(include);
                }
            }
        }
        let is_many = sources.iter().count() + missing.len() > MAX_FILES;
        if let Some(last) = missing.last().filter(|_| is_many) {
            let message = format!("the build file includes more than {MAX_FILES} files");
            self.found.push(Diagnostic::error(Code::Include, last.span, message));
        }
        let is_done = is_many || missing.is_empty();
        if is_done && !self.found.is_empty() { Err(std::mem::take(&mut self.found)) } else { Ok(missing) }
    }

    /// Whether the files are too large together, so that no more of them need to be read: [`missing`](Self::missing) returns an error.
    pub fn is_full(&self, sources: &Sources) -> bool {
        self.too_large(sources).is_some()
    }

    /// The error for files that are too large together, at the include of the first file that is too much. The limit is that of a
    /// single file.
    fn too_large(&self, sources: &Sources) -> Option<Diagnostic> {
        let mut total = 0;
        let too_much = sources.iter().skip(1).find(|source| {
            total += source.text().len();
            total > MAX_BYTES
        })?;
        let span = self.known.get(too_much.name()).copied().unwrap_or_default();
        let message = format!("the included files have more than {MAX_BYTES} bytes together");
        Some(Diagnostic::error(Code::Include, span, message))
    }
}

/// Lists the included files that are not in `sources` yet, for a caller that has all files at hand.
///
/// # Errors
/// Those of [`IncludeSearch::missing`].
pub fn missing_includes(sources: &Sources) -> Result<Vec<Include>, Vec<Diagnostic>> {
    IncludeSearch::default().missing(sources)
}

/// The mistakes in the paths of includes, in all files of `sources` that are YAML. A path can be outside the folder of the build file,
/// for example.
pub fn wrong_includes(sources: &Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for id in sources.ids() {
        if let Ok(root) = yaml::parse(id, sources.get(id).text()) {
            includes(sources, id, &root, &mut found);
        }
    }
    found
}

/// The includes of one file. Their paths become relative to the folder of the build file.
fn includes(sources: &Sources, id: SourceId, root: &Node<'_>, found: &mut Vec<Diagnostic>) -> Vec<Include> {
    let Some(node) = root.get("include") else { return Vec::new() };
    let items = match &node.yaml {
        Yaml::List(items) => items.as_slice(),
        Yaml::Empty => &[],
        _ => std::slice::from_ref(node),
    };
    let folder = sources.get(id).name().rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut includes = Vec::new();
    for item in items {
        if found.len() >= MAX_ERRORS {
            break;
        }
        let Some(text) = item.text() else {
            let message = format!("found {}, expected the path of a file", item.yaml.noun());
            found.push(Diagnostic::error(Code::WrongType, item.span, message));
            continue;
        };
        let error =
            |message: String, help: &str| Diagnostic::error(Code::Include, item.span, message).help(help);
        if text.contains("${{") {
            found.push(error(
                format!("`{text}` contains an expression"),
                "write the path without an expression: varve reads included files before it selects a variant",
            ));
            continue;
        }
        if text.contains("://") {
            let message = format!("`{text}` is a URL, expected the path of a file");
            found.push(error(
                message,
                "includes are files in the folder of the build file: copy the file there",
            ));
            continue;
        }
        match inside(folder, text) {
            Ok(path) => includes.push(Include { path, span: item.span }),
            Err(NotInside::Folder) => {
                found.push(include_is_folder(&Include { path: text.to_owned(), span: item.span }));
            }
            Err(NotInside::Empty) => {
                found.push(error(
                    "the path is empty".to_owned(),
                    "write the path of a file, or remove the item",
                ));
            }
            Err(NotInside::Outside) => found.push(error(
                format!("`{text}` is outside the folder of the build file"),
                "move the file into that folder",
            )),
        }
    }
    includes
}

/// The error for an included path that is a folder.
pub fn include_is_folder(include: &Include) -> Diagnostic {
    let message = format!("`{}` is a folder, expected a file", include.path);
    Diagnostic::error(Code::Include, include.span, message).help("list the files of the folder one by one")
}

/// The error for an included file that does not exist.
pub fn include_not_found(include: &Include) -> Diagnostic {
    let error =
        Diagnostic::error(Code::Include, include.span, format!("there is no file `{}`", include.path));
    error.help("a path is relative to the file that includes it")
}
