//! Messages for common mistakes in YAML that the parser explains badly or accepts.

use super::Entry;
use crate::base::diagnostic::MAX_ERRORS;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// The error for a merge key; `None` for any other key.
pub(super) fn merge_key(key: &str, span: Span) -> Option<Diagnostic> {
    let error = || Diagnostic::error(Code::MergeKey, span, "varve does not support merge keys (`<<`)");
    let help = "use `fragments` to share steps, and `mixins` to share env, mounts and shell settings";
    (key == "<<").then(|| error().help(help))
}

/// Reports keys that a map has twice.
pub(super) fn duplicate_keys(entries: &[Entry<'_>], found: &mut Vec<Diagnostic>) {
    let mut report = |first: &Entry<'_>, second: &Entry<'_>| {
        if first.key.is_empty() || first.key == "<<" || found.len() >= MAX_ERRORS {
            return;
        }
        let message = format!("the key `{}` is defined twice", first.key);
        found.push(
            Diagnostic::error(Code::DuplicateKey, second.key_span, message)
                .related(first.key_span, "first defined here")
                .help("remove one of them"),
        );
    };
    // For a small map, comparing all pairs is faster than sorting.
    if entries.len() <= 16 {
        for (index, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..index].iter().find(|first| first.key == entry.key) {
                report(first, entry);
            }
        }
        return;
    }
    let mut sorted: Vec<&Entry<'_>> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    for same in sorted.chunk_by(|a, b| a.key == b.key) {
        same[1..].iter().for_each(|entry| report(same[0], entry));
    }
}

/// The error for `key:value`.
pub(crate) fn missing_space(span: Span) -> Diagnostic {
    Diagnostic::error(Code::MissingSpace, span, "there is no space after the colon")
        .label("YAML reads this as one string, not as a key and a value")
        .help("add a space after the `:`")
}

/// Whether a text looks like a key and a value without a space between them, such as `from:debian`.
pub(crate) fn is_glued(text: &str) -> bool {
    let Some((key, value)) = text.split_once(':') else { return false };
    !key.is_empty()
        && !value.is_empty()
        && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && !value.starts_with([' ', '/'])
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::base::source::SourceId;

    fn check(text: &str, code: Code, place: &str) {
        let found = crate::yaml::parse(SourceId(0), text).unwrap_err();
        assert_eq!(found[0].code, code, "{text:?}: {found:?}");
        assert_eq!(
            &text[found[0].span.start as usize..found[0].span.end as usize],
            place,
            "{text:?}: {found:?}"
        );
    }

    #[test]
    fn traps_have_messages_of_their_own() {
        check("a: {b: ${{ x }}}\n", Code::FlowExpression, "${{ x }}");
        check("a:\n  - [x, ${{ y.z }}]\n", Code::FlowExpression, "${{ y.z }}");
        check("a: ${{ ok }}\nb: {c: \"${{ ok }}\", d: ${{ x }}}\n", Code::FlowExpression, "${{ x }}");
        check("a:\n\tb: c\n", Code::Tab, "\t");
        check("a: b: c\n", Code::Yaml, "");
        check("a:\n  b:c\n  d: e\n", Code::MissingSpace, "b:c");
        check("a: 1\na: 2\n", Code::DuplicateKey, "a");
        check("a: &x {b: c}\nd: {<<: *x}\n", Code::MergeKey, "<<");
        check("a: [1, 2\n", Code::Yaml, "[");
        check("a: 1\n---\nb: 2\n", Code::Yaml, "---");
        check("a: !!str 1\n", Code::Yaml, "!!str 1");
        check("[a]: 1\n", Code::WrongType, "[a]");
        check("", Code::Yaml, "");
        check("# only a comment\n", Code::Yaml, "");
    }
}
