//! Renders tables in the style of Docker's clients.

/// Renders rows in aligned columns, with a number of blanks between the columns. All cells of a row but the last are padded, even
/// if only empty cells follow (Go's `text/tabwriter`).
pub(super) fn table<const N: usize>(
    blanks: usize,
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let all: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0) + blanks;
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in &all {
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let width = if index + 1 == N { 0 } else { *width };
            // A line break or a tab would break the table.
            text += &format!("{:<width$}", cell.replace(['\n', '\t'], " "));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a".to_owned(), String::new()], ["größer".to_owned(), "x\ny".to_owned()]];
        assert_eq!(table(3, ["NAME", "ABOUT"], rows), "NAME     ABOUT\na        \ngrößer   x y\n");
    }
}
