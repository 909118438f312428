//! Here-documents.

use std::collections::BTreeSet;

use super::Printer;
use crate::error::{Element, Problem};

impl Printer {
    /// Prints a here-document. Returns the operator for the line of the instruction, such as `<<'EOF'`, and the lines below it with the
    /// delimiter at the end. The delimiter has quotes, so the build expands no variables in the text.
    pub(super) fn here_document(&mut self, name: Option<&str>, text: &str) -> (String, String) {
        self.check_nul(&Element::HereDocument, text);
        let lines: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
        let has_line = |delimiter: &str| lines.contains(delimiter);
        let delimiter = match name {
            Some(name) => {
                let odd = |c: char| c.is_whitespace() || c.is_control() || "<'\"\\`$".contains(c);
                if name.is_empty() || name.contains(odd) {
                    self.error(Element::HereDocument, Problem::NotOneWord);
                } else if has_line(name) {
                    self.error(Element::HereDocument, Problem::Delimiter);
                }
                name.to_owned()
            }
            None => {
                let numbered = (2..).map(|number| format!("EOF{number}"));
                let mut delimiters = std::iter::once("EOF".to_owned()).chain(numbered);
                delimiters.find(|delimiter| !has_line(delimiter)).unwrap_or_default()
            }
        };
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        (format!("<<'{delimiter}'"), format!("{text}{end}{delimiter}"))
    }
}
