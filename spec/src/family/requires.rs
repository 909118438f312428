//! `requires`: the oldest version of varve that can read the file.

use super::reader::Reader;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::schema::scalars;
use crate::yaml::Node;

/// The version of this varve.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The `requires` of a file.
pub(super) struct Required {
    version: [u64; 3],
    text: String,
    span: Span,
}

/// The version that a file requires, if it is one.
pub(super) fn required(root: &Node<'_>) -> Option<Required> {
    let node = root.get("requires")?;
    let text = node.text()?;
    Some(Required { version: scalars::language_version(text)?, text: text.to_owned(), span: node.span })
}

/// The error for files that need a newer version than this one. It is reported alone: such files can have keys that this version
/// does not know, so its other errors could be wrong.
pub(super) fn newer(files: impl IntoIterator<Item = Required>) -> Option<Diagnostic> {
    // A version with a hyphen is not released yet. The part after the hyphen does not count.
    let own = scalars::language_version(VERSION.split(['-', '+']).next().unwrap_or(VERSION))?;
    // If several files need a newer version, report the newest one, at its first file.
    let newest =
        files.into_iter().reduce(|newest, other| if other.version > newest.version { other } else { newest });
    let Required { text, span, .. } = newest.filter(|newest| newest.version > own)?;
    let message = format!("this file requires varve {text}, but this is varve {VERSION}");
    let error = Diagnostic::error(Code::RequiresNewer, span, message);
    Some(error.help(format!(
        "change the tag in the first line of the build file to `# syntax=varve/frontend:{text}`; the command `varve` needs that \
        version too"
    )))
}

/// Reports a value of `requires` that is not a version.
pub(super) fn check(reader: &mut Reader<'_>, root: &Node<'_>) {
    super::part(reader, root, "requires");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, Sources, missing_includes};

    fn sources(files: &[(&str, &str)]) -> Sources {
        let mut sources = Sources::default();
        for (name, text) in files {
            sources.add(*name, *text);
        }
        sources
    }

    #[test]
    fn a_newer_version_is_the_only_finding() {
        let check = |files: &[(&str, &str)], place: &str| {
            let sources = sources(files);
            let found = Family::read(&sources).found;
            let found: Vec<_> = found.iter().map(|found| (found.code, sources.text(found.span))).collect();
            assert_eq!(found, [(Code::RequiresNewer, place)]);
            let found = missing_includes(&sources).unwrap_err();
            assert_eq!(found.len(), 1, "its includes must not be read: {found:?}");
        };
        check(&[("i", "requires: 99.1\nunknown: x\nstages: {a: {form: b}}\n")], "99.1");
        check(&[("i", "requires: \"99.1.2\"\ninclude: {new: form}\n")], "\"99.1.2\"");
        check(&[("i", "include: b\nrequires: 99.1\n"), ("b", "requires: 99.2\nstages: 1\n")], "99.2");
        check(&[("i", "include: b\n"), ("b", "requires: 99.2\n"), ("c", "a: b: c")], "99.2");
    }

    #[test]
    fn older_versions_are_met_in_every_file() {
        let family = "include: b\nrequires: 0.1\nstages: {a: {from: scratch}}\n";
        let reading = Family::read(&sources(&[("i", family), ("b", "requires: 0.0.1\n")]));
        assert_eq!(reading.found, []);
        let sources = sources(&[("i", family), ("b", "requires: new\nstages: {b: {}}\n")]);
        let found = Family::read(&sources).found;
        let found: Vec<_> = found.iter().map(|found| (found.code, sources.text(found.span))).collect();
        assert_eq!(found, [(Code::BadValue, "new"), (Code::MissingKey, "{}")], "with all other mistakes");
    }
}
