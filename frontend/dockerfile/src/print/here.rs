//! Here-documents.

use super::Printer;
use crate::error::{What, Why};

impl Printer {
    /// A text below an instruction: the delimiter as the instruction names it, and the lines with the one that ends them. Nothing is put
    /// into the text, for the delimiter has quotes.
    pub(super) fn here_document(&mut self, name: Option<&str>, text: &str) -> (String, String) {
        self.without_nul(&What::Text, text);
        let ends = |mark: &str| text.lines().any(|line| line.trim_end_matches('\r') == mark);
        let mark = match name {
            Some(name) => {
                let odd = |c: char| c.is_whitespace() || c.is_control() || "<'\"\\`$".contains(c);
                if name.is_empty() || name.contains(odd) {
                    self.cannot(What::Text, Why::NotOneWord);
                } else if ends(name) {
                    self.cannot(What::Text, Why::Delimiter);
                }
                name.to_owned()
            }
            None => {
                let numbered = (2..).map(|number| format!("EOF{number}"));
                let mut marks = std::iter::once("EOF".to_owned()).chain(numbered);
                marks.find(|mark| !ends(mark)).unwrap_or_default()
            }
        };
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        (format!("<<'{mark}'"), format!("{text}{end}{mark}"))
    }
}
