//! The paths of the context that a family names literally, such as the sources of `copy`.

use buildkit_names::absolute_path;

use super::Family;
use super::template::{Field, Template};
use crate::base::source::Span;
use crate::schema::kinds::{BaseKind, MountKind, StepKind, VariantKind};
use crate::schema::shapes::MapKind;

/// A path of the context that a build reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextPath {
    /// The path, relative to the context, without `.` and `..`.
    pub path: String,
    /// The place of the path in the build file, or of its step if an expression computes it.
    pub span: Span,
    /// What reads the path.
    pub reader: PathReader,
}

/// What reads a path of the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathReader {
    /// A stage starts from the Dockerfile. `.dockerignore` has no effect on it.
    Dockerfile,
    /// A step copies or mounts the path. `.dockerignore` can leave it out.
    Step,
}

/// The paths of the context that a file names literally.
#[derive(Debug, Default)]
pub(crate) struct LiteralPaths {
    /// The paths.
    pub(crate) paths: Vec<ContextPath>,
    /// Whether the file names others, which are computed.
    pub(crate) has_computed: bool,
}

impl Family {
    /// The paths without an expression that the context has to contain: Dockerfiles, sources of `copy` and `bind`, patches of `git`, and the
    /// files of `pip`. Paths with patterns and those of steps with `optional` are left out.
    pub(crate) fn literal_paths(&self) -> LiteralPaths {
        let named = self.mixins.iter().chain(&self.stages).map(|named| &named.template);
        let fragments = self.fragments.iter().map(|fragment| &fragment.steps);
        let mut literal = LiteralPaths::default();
        for template in named.chain(fragments) {
            template.maps(&mut |kind, fields| collect_of(kind, fields, &mut literal));
        }
        literal
    }
}

/// The paths that a map itself names, not those of maps inside it.
fn collect_of(kind: MapKind, fields: &[Field], literal: &mut LiteralPaths) {
    let LiteralPaths { paths, has_computed } = literal;
    let field = |key: &str| fields.iter().find(|field| field.key.as_ref() == key).map(|field| &field.value);
    let mut values = |key: &str| literals(field(key), has_computed);
    let mut add = |reader: PathReader, path: &str, span: Span| {
        paths.extend(in_context(path).map(|path| ContextPath { path, span, reader }));
    };
    let MapKind::Variant(variant) = kind else {
        return;
    };
    let from_context = field("from").is_none_or(is_context);
    match variant.kind {
        VariantKind::Base(BaseKind::Dockerfile) => {
            values("dockerfile").into_iter().for_each(|(path, span)| add(PathReader::Dockerfile, path, span));
        }
        VariantKind::Step(StepKind::Copy) if from_context => {
            let lenient = field("optional").is_some_and(can_be_true);
            for (text, span) in values("copy").into_iter().filter(|_| !lenient) {
                // The short form has the paths and the destination in one string.
                let words: Vec<&str> = text.split_whitespace().collect();
                match (field("to"), words.as_slice()) {
                    (Some(_), _) => add(PathReader::Step, text, span),
                    (None, [paths @ .., _]) => {
                        paths.iter().for_each(|path| add(PathReader::Step, path, span))
                    }
                    (None, []) => {}
                }
            }
        }
        VariantKind::Step(StepKind::Pip) => {
            for key in ["requirements", "constraints"] {
                values(key).into_iter().for_each(|(path, span)| add(PathReader::Step, path, span));
            }
        }
        VariantKind::Step(StepKind::Git) | VariantKind::Mount(MountKind::Git) => {
            values("apply").into_iter().for_each(|(path, span)| add(PathReader::Step, path, span));
        }
        VariantKind::Mount(MountKind::Cache) if field("from").is_some_and(is_context) => {
            values("source").into_iter().for_each(|(path, span)| add(PathReader::Step, path, span));
        }
        VariantKind::Mount(MountKind::Bind) if from_context => {
            values("source").into_iter().for_each(|(path, span)| add(PathReader::Step, path, span));
        }
        _ => {}
    }
}

/// Whether a boolean can be true in some variant.
fn can_be_true(value: &Template) -> bool {
    let Template::Text(text) = value else { return true };
    text.literal().is_none_or(|literal| literal.as_ref() != "false")
}

/// Whether a value of `from` is the context and no stage or image. No stage can have this name.
fn is_context(from: &Template) -> bool {
    let Template::Text(text) = from else { return false };
    text.literal().is_some_and(|name| name.as_ref() == "context")
}

/// The strings without expressions of a value that is a string or a list of strings. `has_others` becomes true if there are others.
fn literals<'t>(value: Option<&'t Template>, has_others: &mut bool) -> Vec<(&'t str, Span)> {
    match value {
        Some(Template::Text(text)) => {
            *has_others |= text.literal().is_none();
            text.literal().map(|literal| (literal.as_ref(), text.span)).into_iter().collect()
        }
        Some(Template::List(_, items)) => {
            items.iter().flat_map(|item| literals(Some(item), has_others)).collect()
        }
        Some(_) => {
            *has_others = true;
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Normalizes a path. `None` for the whole context and for a pattern. `..` does not lead out of the context.
pub(crate) fn in_context(path: &str) -> Option<String> {
    let whole = absolute_path(path);
    let path = whole.trim_start_matches('/');
    (!path.is_empty() && !path.contains(['*', '?', '[', '\\'])).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::Sources;

    #[test]
    fn literal_paths_are_listed() {
        let text = r#"
args: {name: {default: a}}
mixins: {m: {mounts: [{bind: /m, source: mixed}]}}
fragments: {f: {steps: [{copy: "./in/../fragment /x/"}]}}
stages:
  base: {from: {dockerfile: docker/cuda.Dockerfile}}
  app:
    from: base
    steps:
      - copy: one two /x/
      - copy: [three, "pattern/*", "${{ name }}", .]
        to: /x/
        if: name == "a"
      - {copy: from-a-stage /x, from: base}
      - {copy: four /x, from: context}
      - {copy: left-out /x/, optional: true}
      - {copy: five /x/, optional: false}
      - {copy: six/./kept, to: /x/, parents: true}
      - {run: a, mounts: [{bind: /b, source: /bound/}, {bind: /c, from: base, source: x}, {bind: /d}]}
      - {pip: [x], requirements: required.txt, constraints: [constraint.txt]}
      - {git: "https://a.test/b.git", to: /b, apply: [patches/1.patch, "patches/*.patch"]}
      - {run: a, mounts: [{git: "https://a.test/b.git", to: /b, apply: mounted.patch}]}
"#;
        let reading = Family::read(&Sources::single("image.yaml", text));
        let family = reading.family.unwrap_or_else(|| panic!("{:?}", reading.found));
        let LiteralPaths { paths, has_computed } = family.literal_paths();
        assert!(has_computed);
        let shown: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
        let expect = [
            "mixed",
            "docker/cuda.Dockerfile",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six/kept",
            "bound",
            "required.txt",
            "constraint.txt",
            "patches/1.patch",
            "mounted.patch",
            "fragment",
        ];
        assert_eq!(shown, expect);
        let dockerfiles = paths.iter().filter(|path| path.reader == PathReader::Dockerfile).count();
        assert_eq!(dockerfiles, 1);
    }
}
