//! The last brackets of flow maps and lists.

use yaml_parser::{SyntaxKind, SyntaxNode, parse};

/// Indents each last bracket that is alone on its line as the entries above it. The formatter puts it below the key, where YAML's grammar
/// does not allow it (YAML 1.2.2, 8.2.2: a value is further in than its key), and where some readers refuse it.
pub(super) fn indented(text: &str) -> String {
    let Ok(root) = parse(text) else { return text.to_owned() };
    let last = root.descendants().filter(is_value).filter_map(|node| node.last_token());
    let starts: Vec<usize> = last.map(|bracket| bracket.text_range().start().into()).collect();
    let mut indented = text.to_owned();
    for at in starts.into_iter().rev() {
        if text[..at].trim_end_matches(' ').ends_with('\n') {
            indented.insert_str(at, "  ");
        }
    }
    indented
}

/// Whether a node is a flow map or list that is the value of a key in block style.
fn is_value(node: &SyntaxNode) -> bool {
    use SyntaxKind::{BLOCK_MAP, BLOCK_SEQ, FLOW_MAP, FLOW_SEQ};

    let is_collection = |kind: &SyntaxKind| matches!(kind, BLOCK_MAP | BLOCK_SEQ | FLOW_MAP | FLOW_SEQ);
    let mut above = node.ancestors().skip(1).map(|node| node.kind()).filter(is_collection);
    matches!(node.kind(), FLOW_MAP | FLOW_SEQ) && above.next() == Some(BLOCK_MAP)
}
