//! Whether two texts are the same but for their layout.

use varve_spec::yaml::{Node, Style, Yaml, parse};
use varve_spec::{Diagnostic, SourceId};
use yaml_parser::SyntaxKind;

/// Reads a text as varve reads a file.
///
/// # Errors
/// The mistakes of YAML in the text.
pub(super) fn tree(source: SourceId, text: &str) -> Result<Node<'_>, Vec<Diagnostic>> {
    parse(source, text)
}

/// Checks that the formatted text has the tree and the comments of the text.
///
/// # Errors
/// What is not the same.
pub(super) fn check(text: &str, formatted: &str) -> Result<(), &'static str> {
    let source = SourceId::default();
    match (tree(source, text), tree(source, formatted)) {
        (Ok(before), Ok(after)) if is_same(&before, &after) => {}
        _ => return Err("the formatter would change its content"),
    }
    if comments(text) != comments(formatted) {
        return Err("the formatter would move a comment");
    }
    Ok(())
}

fn is_same(before: &Node<'_>, after: &Node<'_>) -> bool {
    match (&before.yaml, &after.yaml) {
        (Yaml::Empty, Yaml::Empty) => true,
        // A plain scalar can be a boolean or a number, and a quoted one is a string.
        (Yaml::Scalar(a, of_a), Yaml::Scalar(b, of_b)) => {
            a == b && (*of_a == Style::Plain) == (*of_b == Style::Plain)
        }
        (Yaml::List(a), Yaml::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Yaml::Map(a), Yaml::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && is_same(&a.value, &b.value))
        }
        _ => false,
    }
}

/// The comments of a text, each with the number of scalars before it.
fn comments(text: &str) -> Option<Vec<(usize, String)>> {
    let root = yaml_parser::parse(text).ok()?;
    let (mut scalars, mut comments) = (0, Vec::new());
    for token in root.descendants_with_tokens().filter_map(|element| element.into_token()) {
        match token.kind() {
            SyntaxKind::COMMENT => comments.push((scalars, token.text().trim_end().to_owned())),
            SyntaxKind::PLAIN_SCALAR
            | SyntaxKind::DOUBLE_QUOTED_SCALAR
            | SyntaxKind::SINGLE_QUOTED_SCALAR
            | SyntaxKind::BLOCK_SCALAR_TEXT => scalars += 1,
            _ => {}
        }
    }
    Some(comments)
}
