//! The other files of a family: those of `include`, whose maps are merged with that of the build file, and those from which axes take
//! their values.

mod join;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::inside::{NotInside, inside};
use super::requires;
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::sorted::map_of;
use crate::base::source::{SourceId, Sources, Span};
use crate::yaml::{self, MAX_BYTES, Node, Yaml};

pub(super) use join::{count, joined};

/// The largest number of files of a family.
const MAX_FILES: usize = 100;

/// A file that another file includes, or from which one of its axes takes values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The normalized path, relative to the folder of the build file.
    pub path: String,
    /// The place of the path in the other file.
    pub span: Span,
}

/// Finds the other files of a family. Each file that is included is parsed once here, also if the files include each other in a long chain.
#[derive(Debug, Default)]
pub struct IncludeSearch {
    /// The number of files that were searched.
    searched: usize,
    /// The paths of all files, each with the place that first names it.
    known: BTreeMap<String, Span>,
    /// The paths of the files that only hold values of axes.
    data: BTreeSet<String>,
    /// The mistakes so far.
    found: Vec<Diagnostic>,
}

impl IncludeSearch {
    /// How many bytes the included files may have together.
    pub const MOST: usize = MAX_BYTES;

    /// Lists the files that are not in `sources` yet. The caller reads them, adds them to the sources under their paths, and
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
        let (mut required, mut named, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for id in sources.ids().skip(self.searched) {
            self.searched += 1;
            let source = sources.get(id);
            // Most files name no other files and need not be parsed here.
            let says = |word: &str| source.text().contains(word);
            let may_name_files = says("include") || says("requires") || (says("axes") && says("file"));
            if self.data.contains(source.name()) || !may_name_files {
                continue;
            }
            match yaml::parse(id, source.text()) {
                Ok(root) => {
                    named.extend(self.named(sources, id, &root));
                    required.extend(requires::required(&root));
                }
                Err(errors) => found.extend(errors),
            }
        }
        if let Some(error) = requires::newer(required) {
            return Err(vec![error]);
        }
        if !found.is_empty() {
            return Err(found);
        }
        let mut missing: Vec<Include> = Vec::new();
        for file in named {
            let is_many = missing.len() > MAX_FILES;
            let is_there = sources.iter().any(|source| source.name() == file.path);
            if !is_many && !self.known.contains_key(&file.path) {
                self.known.insert(file.path.clone(), file.span);
                missing.extend((!is_there).then_some(file));
            }
        }
        let is_many = sources.iter().count() + missing.len() > MAX_FILES;
        if let Some(last) = missing.last().filter(|_| is_many) {
            let message = format!("the family has more than {MAX_FILES} files");
            self.found.push(Diagnostic::error(Code::Include, last.span, message));
        }
        let is_done = is_many || missing.is_empty();
        if is_done && !self.found.is_empty() { Err(std::mem::take(&mut self.found)) } else { Ok(missing) }
    }

    /// The files that a file names: those that it includes, then those from which its axes take values.
    fn named(&mut self, sources: &Sources, id: SourceId, root: &Node<'_>) -> Vec<Include> {
        let (mut named, mut data) = (includes(sources, id, root, &mut self.found), Vec::new());
        for file in named.iter().filter(|file| self.data.contains(&file.path)) {
            let message = format!("an axis takes values from `{}`, so it is no build file", file.path);
            self.found.push(Diagnostic::error(Code::Include, file.span, message));
        }
        for file in data_files(sources, root, &mut self.found) {
            let is_included = named.iter().any(|known| known.path == file.path)
                || (self.known.contains_key(&file.path) && !self.data.contains(&file.path));
            if is_included {
                let message = format!("`{}` is included, so no axis can take values from it", file.path);
                self.found.push(Diagnostic::error(Code::Include, file.span, message));
            } else if self.data.insert(file.path.clone()) {
                data.push(file);
            }
        }
        named.extend(data);
        named
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
        let message = format!("the other files of the family have more than {MAX_BYTES} bytes together");
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

/// The mistakes in the paths of other files, in all build files among the sources that are YAML. A path can be outside the folder of
/// the build file, for example.
pub fn wrong_includes(sources: &Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    each_build_file(sources, |id, root| {
        if let Ok(root) = root {
            includes(sources, id, &root, &mut found);
            data_files(sources, &root, &mut found);
        }
        ControlFlow::Continue(())
    });
    found
}

/// Parses the build file and the files that it includes, as far as they are among the sources, until `visit` ends it. The files are not
/// kept, because all of them together can be too large.
fn each_build_file<'s>(
    sources: &'s Sources,
    mut visit: impl FnMut(SourceId, Result<Node<'s>, Vec<Diagnostic>>) -> ControlFlow<()>,
) {
    let by_name = map_of(sources.ids().map(|id| (sources.get(id).name(), id)));
    let mut files: Vec<SourceId> = sources.ids().take(1).collect();
    let mut at = 0;
    while let Some(id) = files.get(at).copied() {
        at += 1;
        let root = yaml::parse(id, sources.get(id).text());
        for file in root.iter().flat_map(|root| includes(sources, id, root, &mut Vec::new())) {
            let included = by_name.get(file.path.as_str()).copied();
            files.extend(included.filter(|included| !files.contains(included)));
        }
        if visit(id, root).is_break() {
            break;
        }
    }
}

/// The files from which the axes of a file take values.
fn data_files(sources: &Sources, root: &Node<'_>, found: &mut Vec<Diagnostic>) -> Vec<Include> {
    let axes = match root.get("axes").map(|axes| &axes.yaml) {
        Some(Yaml::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let named = axes.iter().filter_map(|axis| axis.value.get("values")?.get("file"));
    let mut files = Vec::new();
    for node in named {
        let Some(text) = node.text() else { continue };
        match data_path(sources, text, node.span) {
            Ok(file) => files.push(file),
            Err(error) if found.len() < MAX_ERRORS => found.push(*error),
            Err(_) => break,
        }
    }
    files
}

/// A file from which an axis takes values. The path is relative to the file that names it.
///
/// # Errors
/// The path is not that of a file in the folder of the build file.
pub(super) fn data_path(sources: &Sources, path: &str, span: Span) -> Result<Include, Box<Diagnostic>> {
    let error =
        |message: String, help: &str| Err(Diagnostic::error(Code::Include, span, message).help(help).into());
    if path.contains("${{") {
        let help = "write the path without an expression: varve reads the file before it selects a variant";
        return error(format!("`{path}` contains an expression"), help);
    }
    if path.contains("://") {
        let help = "put the file into the folder of the build file";
        return error(format!("`{path}` is a URL, expected the path of a file"), help);
    }
    match inside(folder(sources, span.source), path) {
        Ok(path) => Ok(Include { path, span }),
        Err(NotInside::Folder) => Err(include_is_folder(&Include { path: path.to_owned(), span }).into()),
        Err(NotInside::Empty) => error("the path is empty".to_owned(), "write the path of a file"),
        Err(NotInside::Outside) => error(
            format!("`{path}` is outside the folder of the build file"),
            "move the file into that folder",
        ),
    }
}

/// The folder of a file, relative to that of the build file.
fn folder(sources: &Sources, id: SourceId) -> &str {
    sources.get(id).name().rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The includes of one file. Their paths become relative to the folder of the build file.
fn includes(sources: &Sources, id: SourceId, root: &Node<'_>, found: &mut Vec<Diagnostic>) -> Vec<Include> {
    let Some(node) = root.get("include") else { return Vec::new() };
    let items = match &node.yaml {
        Yaml::List(items) => items.as_slice(),
        Yaml::Empty => &[],
        _ => std::slice::from_ref(node),
    };
    let folder = folder(sources, id);
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

/// The error for a path that is a folder.
pub fn include_is_folder(include: &Include) -> Diagnostic {
    let message = format!("`{}` is a folder, expected a file", include.path);
    Diagnostic::error(Code::Include, include.span, message).help("write the path of a file in it")
}

/// The error for a file that does not exist.
pub fn include_not_found(include: &Include) -> Diagnostic {
    let error =
        Diagnostic::error(Code::Include, include.span, format!("there is no file `{}`", include.path));
    error.help("a path is relative to the file that names it")
}
