//! Computes the layers of a crate: the folders of its `src`, in the order of the `mod` lines of its `lib.rs`, and the imports of
//! each.
//!
//! The order is only stated in `lib.rs`. The test of the directions of imports and the picture of the architecture both use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::imports::Imports;

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The name of the module.
    pub name: String,
    /// The number of files.
    pub files: usize,
    /// The indexes of the layers that its files import.
    pub imports: BTreeSet<usize>,
    /// For each imported layer, one import as an example: `plan::build line 12: imports variant`.
    pub examples: BTreeMap<usize, String>,
}

/// Returns the layers of the crate whose sources are in a folder, in the order of its `lib.rs`.
///
/// # Errors
/// Returns an error if a file cannot be read.
pub fn layers(src: &Path) -> Result<Vec<Layer>> {
    let lib = fs::read_to_string(src.join("lib.rs")).with_context(|| src.display().to_string())?;
    let names: Vec<String> = lib.lines().filter_map(module).map(str::to_owned).collect();
    let imports = Imports::read(src)?;
    let position = |segments: &[String]| {
        let first = segments.first()?;
        names.iter().position(|name| name == first)
    };
    let mut layers: Vec<Layer> = names
        .iter()
        .map(|name| Layer {
            name: name.clone(),
            files: 0,
            imports: BTreeSet::new(),
            examples: BTreeMap::new(),
        })
        .collect();
    for file in imports.files() {
        if let Some(layer) = position(file.segments()) {
            layers[layer].files += 1;
        }
    }
    for (file, import) in imports.iter() {
        let Some(from) = position(file.segments()) else { continue };
        // A name that `lib.rs` re-exports counts for the layer that defines it.
        for to in
            [&import.named, &import.defined].into_iter().filter_map(|module| position(module.segments()))
        {
            if from != to {
                layers[from].imports.insert(to);
                layers[from].examples.entry(to).or_insert_with(|| format!("{file} {import}"));
            }
        }
    }
    Ok(layers)
}

/// Returns the name of the module that a line of `lib.rs` declares.
fn module(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
    line.strip_prefix("mod ")?.strip_suffix(';')
}

/// Returns the imports of layers that come after the importing layer in the order, each with an example.
pub fn backward(layers: &[Layer]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        for (to, example) in layer.examples.range(index + 1..) {
            found.push(format!(
                "{} imports {}, which comes after it: {example}",
                layer.name, layers[*to].name
            ));
        }
    }
    found
}

/// Draws the layers of several crates side by side, as a picture in SVG. The first layer is at the bottom. An arrow leads to each
/// layer that another one imports, except where other arrows imply the import.
pub fn picture(crates: &[(&str, Vec<Layer>)]) -> String {
    let rows = crates.iter().map(|(_, layers)| layers.len()).max().unwrap_or(0);
    let (width, height) = (crates.len() * COLUMN + 2 * MARGIN, rows * ROW + HEAD + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"The layers of the crates and what each imports\">\n\
         <style>rect{{fill:#eef3f8;stroke:#456}} text{{fill:#123}} path{{fill:none;stroke:#789}} .title{{font-weight:bold}} \
         .files{{fill:#567;font-size:11px}} @media (prefers-color-scheme: dark){{rect{{fill:#1d2833;stroke:#9bc}} \
         text{{fill:#def}} path{{stroke:#8ab}} .files{{fill:#9bc}}}}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" style=\"fill:#789;stroke:none\"/></marker></defs>\n"
    );
    for (column, (title, layers)) in crates.iter().enumerate() {
        draw(&mut svg, MARGIN + column * COLUMN, title, layers, rows);
    }
    svg.push_str("</svg>\n");
    svg
}

const MARGIN: usize = 16;
const HEAD: usize = 34;
const ROW: usize = 46;
const BOX: (usize, usize) = (170, 30);
const COLUMN: usize = 400;

fn draw(svg: &mut String, left: usize, title: &str, layers: &[Layer], rows: usize) {
    // The first layer is at the bottom.
    let top = |index: usize| MARGIN + HEAD + (rows - 1 - index) * ROW;
    let mut line = |text: String| {
        svg.push_str(&text);
        svg.push('\n');
    };
    let y = top(layers.len().saturating_sub(1)).saturating_sub(14);
    line(format!("<text class=\"title\" x=\"{left}\" y=\"{y}\">{title}</text>"));
    for (index, layer) in layers.iter().enumerate() {
        let y = top(index);
        line(format!("<rect x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"5\"/>", BOX.0, BOX.1));
        line(format!("<text x=\"{}\" y=\"{}\">{}</text>", left + 12, y + 20, layer.name));
        let noun = if layer.files == 1 { "file" } else { "files" };
        let x = left + BOX.0 - 10;
        line(format!(
            "<text class=\"files\" x=\"{x}\" y=\"{}\" text-anchor=\"end\">{} {noun}</text>",
            y + 20,
            layer.files
        ));
    }
    for (index, layer) in layers.iter().enumerate() {
        for to in direct(layers, index) {
            let (from_y, to_y, right) = (top(index) + BOX.1 / 2 + 4, top(to) + BOX.1 / 2 - 4, left + BOX.0);
            let reach = right + 14 + 13 * (index - to);
            let mut path = String::new();
            let _ = write!(path, "M{right} {from_y}C{reach} {from_y} {reach} {to_y} {} {to_y}", right + 2);
            line(format!(
                "<path d=\"{path}\" marker-end=\"url(#tip)\"><title>{} imports {}</title></path>",
                layer.name, layers[to].name
            ));
        }
    }
}

/// Returns the imports of a layer that other imports do not imply.
fn direct(layers: &[Layer], index: usize) -> Vec<usize> {
    let reaches = |from: usize| {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for next in &layers[at].imports {
                if *next < at && found.insert(*next) {
                    open.push(*next);
                }
            }
        }
        found
    };
    let imports: Vec<usize> = layers[index].imports.iter().copied().filter(|to| *to < index).collect();
    let implied = |to: &usize| imports.iter().any(|other| other != to && reaches(*other).contains(to));
    imports.iter().copied().filter(|to| !implied(to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Layer>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let layers = layers(folder.path()).unwrap();
        (folder, layers)
    }

    #[test]
    fn an_import_of_a_later_layer_is_found() {
        let lib = ("lib.rs", "mod base;\npub mod plan;\nmod lint;\n");
        let plan = ("plan.rs", "use crate::base::Span;\npub struct Plan(Span);\n");
        let good = [
            lib,
            ("base.rs", "pub struct Span;\n"),
            plan,
            ("lint.rs", "use crate::plan::Plan;\nuse crate::base::Span;\n"),
        ];
        let (_folder, layers) = crate_of(&good);
        assert_eq!(backward(&layers), [""; 0]);
        let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["base", "plan", "lint"]);
        assert_eq!(direct(&layers, 2), [1], "the arrow to base is implied");
        let bad = [
            lib,
            ("base.rs", "use crate::lint::Rule;\npub struct Span;\n"),
            plan,
            ("lint.rs", "pub struct Rule;\n"),
        ];
        let (_folder, layers) = crate_of(&bad);
        let found = backward(&layers);
        assert!(found[0].starts_with("base imports lint, which comes after it: base line 1"), "{found:?}");
    }
}
