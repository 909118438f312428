//! Definitions as text.

use super::summarize::summarize;
use super::text::word;
use crate::Definition;

/// A definition as text: a block per operation, in its order, with its number, the first digits of its digest, what it is,
/// and a line for every field that is not as by default. Inputs are given by number, `3:1` for another output than the
/// first.
///
/// The text is for people and for comparing: the same definition always gives the same. What does not decode, and inputs
/// that are missing, are shown as such.
///
/// ```
/// # use buildkit_llb::{dump, Graph, File, MkDir};
/// let mut graph = Graph::new();
/// let dir = graph.add(File::new(None, MkDir::new("/srv")));
/// let text = dump(&graph.definition(graph.root(dir), &[]));
/// assert_eq!(text, "\
/// 1 file on scratch (97552798cb69)
///     mkdir /srv mode=0755 parents
/// 2 result 1 (65bb7c24e8a1)
/// ");
/// ```
#[must_use]
pub fn dump(definition: &Definition) -> String {
    let mut text = String::new();
    for summary in summarize(definition) {
        text += &format!("{} {} {} ({})\n", summary.number, summary.kind, summary.subject, summary.digest);
        if let Some(name) = &summary.name {
            text += &format!("    name {}\n", word(name));
        }
        for field in &summary.fields {
            text += &format!("    {field}\n");
        }
    }
    text
}
