//! Renders a comparison as text: the compared images, and a line for each difference.

use std::fmt::Write;

use super::{Compared, Comparison};
use crate::differences::difference::printable;

impl Comparison {
    /// Returns the comparison as text. The same images give the same text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "first:  {}", described(&self.first))?;
        writeln!(text, "second: {}", described(&self.second))?;
        for note in &self.notes {
            writeln!(text, "note: {}", printable(note))?;
        }
        for group in self.groups.iter().filter(|group| !group.differences.is_empty()) {
            writeln!(text, "\n{}", printable(&group.platform))?;
            for difference in &group.differences {
                writeln!(text, "  {difference}")?;
            }
        }
        match self.count() {
            0 => writeln!(text, "\nno differences"),
            1 => writeln!(text, "\n1 difference"),
            count => writeln!(text, "\n{count} differences"),
        }
    }
}

fn described(compared: &Compared) -> String {
    let images: Vec<String> =
        compared.images.iter().map(|(platform, digest)| format!(", {platform} {digest}")).collect();
    printable(&format!("{} ({}{})", compared.path.display(), compared.form, images.concat()))
}
