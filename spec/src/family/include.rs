//! `include`: other files of the context, whose maps are merged with that of the build file.

use super::inside::{NotInside, inside};
use super::reader::Reader;
use super::requires;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::{SourceId, Sources, Span};
use crate::yaml::{self, Entry, Node, Yaml};

/// The largest number of files of a family.
const MAX_FILES: usize = 100;
/// Keys whose maps and lists are merged. Any other key may be in one file only.
const JOINED: &[&str] =
    &["axes", "args", "vars", "support", "mixins", "fragments", "stages", "targets", "provenance"];

/// A file that another file includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The normalized path, relative to the folder of the build file.
    pub path: String,
    /// The place of the path in the including file.
    pub span: Span,
}

/// Lists the included files that are not in `sources` yet. The caller reads them, adds them to the sources under their paths, and
/// calls this again until the list is empty. If it cannot read a file, it reports that together with [`wrong_includes`].
///
/// # Errors
/// A file that is not YAML or needs a newer varve, or too many files. If no file is missing: all mistakes in paths.
pub fn missing_includes(sources: &Sources) -> Result<Vec<Include>, Vec<Diagnostic>> {
    let (mut roots, mut found) = (Vec::new(), Vec::new());
    for id in sources.ids() {
        let text = sources.get(id).text();
        // Most files have no includes and need not be parsed here.
        if !text.contains("include") && !text.contains("requires") {
            continue;
        }
        match yaml::parse(id, text) {
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
        for include in includes(sources, *id, root, &mut found) {
            let known = sources.iter().any(|source| source.name() == include.path);
            if !known && !missing.iter().any(|missing| missing.path == include.path) {
                missing.push(include);
            }
        }
    }
    if let Some(last) = missing.last().filter(|_| sources.iter().count() + missing.len() > MAX_FILES) {
        found.push(Diagnostic::error(
            Code::Include,
            last.span,
            format!("the build file includes more than {MAX_FILES} files"),
        ));
    }
    let too_many = missing.len() + sources.iter().count() > MAX_FILES;
    if found.is_empty() || !(too_many || missing.is_empty()) { Ok(missing) } else { Err(found) }
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

/// Merges all files into one map. The entries of an included file come before those of the file that includes it.
pub(super) fn joined<'s>(reader: &mut Reader<'s>) -> Option<Node<'s>> {
    let sources = reader.sources;
    let mut roots = Vec::new();
    for id in sources.ids() {
        match yaml::parse(id, sources.get(id).text()) {
            Ok(root) => roots.push(root),
            Err(errors) => reader.found.extend(errors),
        }
    }
    if let Some(error) = requires::newer(&roots) {
        reader.found = vec![error];
        return None;
    }
    if !reader.found.is_empty() {
        return None;
    }
    roots.iter().for_each(|root| requires::check(reader, root));
    let is_alone = roots.len() == 1 && roots[0].get("include").is_none();
    if roots.is_empty() || is_alone {
        return roots.pop();
    }
    let found = &mut reader.found;
    let mut order = Vec::new();
    visit(sources, &roots, 0, &mut Vec::new(), &mut order, found);
    let mut all: Vec<Entry<'s>> = Vec::new();
    let span = roots[0].span;
    let mut roots: Vec<Option<Node<'s>>> = roots.into_iter().map(Some).collect();
    for index in order {
        match roots[index].take().map(|root| root.yaml) {
            Some(Yaml::Map(entries)) => entries.into_iter().for_each(|entry| join(&mut all, entry, found)),
            _ => {
                let span = Span { source: SourceId(index as u16), ..Span::default() };
                found.push(Diagnostic::error(
                    Code::WrongType,
                    span,
                    "the file is not a map with keys such as `stages`",
                ));
            }
        }
    }
    Some(Node { span, yaml: Yaml::Map(all) })
}

/// Adds a file to `order`, after the files that it includes.
fn visit(
    sources: &Sources,
    roots: &[Node<'_>],
    at: usize,
    path: &mut Vec<usize>,
    order: &mut Vec<usize>,
    found: &mut Vec<Diagnostic>,
) {
    path.push(at);
    for include in includes(sources, SourceId(at as u16), &roots[at], &mut Vec::new()) {
        let Some(id) = sources.ids().find(|id| sources.get(*id).name() == include.path) else {
            found.push(include_not_found(&include));
            continue;
        };
        let index = usize::from(id.0);
        if path.contains(&index) {
            let message = format!("`{}` includes itself, directly or through other files", include.path);
            found.push(Diagnostic::error(Code::Include, include.span, message));
        } else if !order.contains(&index) {
            visit(sources, roots, index, path, order, found);
        }
    }
    path.pop();
    order.push(at);
}

fn join<'a>(all: &mut Vec<Entry<'a>>, entry: Entry<'a>, found: &mut Vec<Diagnostic>) {
    if matches!(entry.key.as_ref(), "include" | "requires") || entry.key.starts_with("x-") {
        return;
    }
    let Some(have) = all.iter_mut().find(|have| have.key == entry.key) else {
        all.push(entry);
        return;
    };
    let twice = |key: &str, span: Span, first: Span| {
        let error = Diagnostic::error(Code::DuplicateKey, span, format!("`{key}` is defined in two files"));
        error.related(first, "first defined here").help("remove one of them, or rename it")
    };
    match (&mut have.value.yaml, entry.value.yaml) {
        (Yaml::Map(have), Yaml::Map(more)) if JOINED.contains(&entry.key.as_ref()) => {
            for entry in more {
                match have.iter().find(|have| have.key == entry.key) {
                    Some(first) => found.push(twice(&entry.key, entry.key_span, first.key_span)),
                    None => have.push(entry),
                }
            }
        }
        (Yaml::List(have), Yaml::List(more)) if JOINED.contains(&entry.key.as_ref()) => have.extend(more),
        _ => found.push(twice(&entry.key, entry.key_span, have.key_span)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;

    fn sources(files: &[(&str, &str)]) -> Sources {
        let mut sources = Sources::default();
        for (name, text) in files {
            sources.add(*name, *text);
        }
        sources
    }

    #[test]
    fn files_are_joined_in_order() {
        let files = sources(&[
            ("image.yaml", "include: [parts/a.yaml, b.yaml]\nstages: {last: {from: first}}\n"),
            ("parts/a.yaml", "include: ../b.yaml\nstages: {first: {from: scratch}}\n"),
            ("b.yaml", "axes: {device: [cpu, cuda]}\n"),
        ]);
        assert_eq!(missing_includes(&files), Ok(vec![]));
        let family = Family::read(&files).family.unwrap();
        assert_eq!(family.stages().collect::<Vec<_>>(), ["first", "last"]);
        assert_eq!(family.axes[0].name, "device");
    }

    #[test]
    fn labels_of_several_files_are_joined() {
        let files = sources(&[
            (
                "image.yaml",
                "include: a.yaml\nprovenance: {labels: oci, title: app}\nstages: {app: {from: scratch}}\n",
            ),
            ("a.yaml", "provenance: {vendor: Acme}\n"),
        ]);
        let family = Family::read(&files).family.unwrap();
        let plan = family
            .select(&crate::Selection::new(crate::Platform::new("linux", "amd64")))
            .unwrap()
            .plan()
            .unwrap();
        let provenance = plan.provenance.unwrap();
        let values: Vec<&str> = provenance.labels.values().map(String::as_str).collect();
        assert!(values.contains(&"Acme") && values.contains(&"app"), "{values:?}");
    }

    #[test]
    fn missing_files_are_asked_for_once_however_the_key_is_written() {
        for text in [
            "include: [a.yaml, ./a.yaml]\nstages: {}\n",
            "\"include\": [a.yaml]\nstages: {}\n",
            "{stages: {}, include: a.yaml}\n",
            "  include: a.yaml\n  stages: {}\n",
        ] {
            let missing = missing_includes(&sources(&[("image.yaml", text)])).unwrap();
            let paths: Vec<&str> = missing.iter().map(|include| include.path.as_str()).collect();
            assert_eq!(paths, ["a.yaml"], "{text}");
        }
    }

    #[test]
    fn wrong_paths_do_not_hide_missing_files() {
        let text =
            "include: [nope.yaml, ../x.yaml, /etc/passwd, ., \"https://example.com/lib.yaml\"]\nstages: {}\n";
        let mut sources = sources(&[("image.yaml", text)]);
        let missing = missing_includes(&sources).unwrap();
        assert_eq!(missing.iter().map(|include| include.path.as_str()).collect::<Vec<_>>(), ["nope.yaml"]);
        let messages =
            |found: Vec<Diagnostic>| found.into_iter().map(|found| found.message).collect::<Vec<_>>();
        let expect = [
            "`../x.yaml` is outside the folder of the build file",
            "`/etc/passwd` is outside the folder of the build file",
            "`.` is a folder, expected a file",
            "`https://example.com/lib.yaml` is a URL, expected the path of a file",
        ];
        assert_eq!(messages(wrong_includes(&sources)), expect);
        sources.add("nope.yaml", "stages: {a: {from: scratch}}\n");
        assert_eq!(messages(missing_includes(&sources).unwrap_err()), expect);
    }

    #[test]
    fn mistakes_have_places() {
        let check = |files: &[(&str, &str)], code: Code, place: &str| {
            let sources = sources(files);
            let found = match missing_includes(&sources) {
                Err(found) => found,
                Ok(_) => Family::read(&sources).found,
            };
            assert_eq!(
                found.first().map(|found| (found.code, sources.text(found.span))),
                Some((code, place)),
                "{found:?}"
            );
        };
        check(&[("i", "include: ../a.yaml\nstages: {a: {from: scratch}}")], Code::Include, "../a.yaml");
        check(&[("i", "include: [[a]]\nstages: {a: {from: scratch}}")], Code::WrongType, "[a]");
        check(&[("i", "include: \"${{ x }}\"\nstages: {a: {from: scratch}}")], Code::Include, "\"${{ x }}\"");
        check(
            &[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "include: i\nname: x")],
            Code::Include,
            "i",
        );
        check(
            &[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "stages: {a: {from: x}}")],
            Code::DuplicateKey,
            "a",
        );
        let stage = "stages: {a: {from: scratch}}";
        check(
            &[
                ("i", &format!("include: b\nprovenance: {{title: x}}\n{stage}")),
                ("b", "provenance: {title: y}"),
            ],
            Code::DuplicateKey,
            "title",
        );
        check(
            &[("i", "include: b\nname: x\nstages: {a: {from: scratch}}"), ("b", "name: y")],
            Code::DuplicateKey,
            "name",
        );
        check(&[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "a: b: c")], Code::Yaml, "");
    }
}
