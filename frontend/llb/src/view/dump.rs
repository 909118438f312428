//! The view of a definition as text.

use super::summarize::summarize;
use super::text::word;
use crate::Definition;

/// Renders a definition as text.
///
/// Every operation is a block with its number, its kind, the first digits of its digest, and a line for every field that does not
/// have its default value. Inputs are shown by number: `3` is the first output of operation 3, and `3:1` is its second.
///
/// The text is for reading and for comparing: equal definitions have equal texts. Operations that do not decode and inputs that
/// are missing are marked. `xxxxx` replaces the passwords of URLs.
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
