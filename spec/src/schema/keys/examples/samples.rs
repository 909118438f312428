//! Build files with one value that a test chooses: one for each text in the examples of the tables.

use super::{Examples, placed};
use crate::base::source::Sources;
use crate::schema::json::{Replaced, one_line_with};
use crate::schema::keys::places;
use crate::schema::scalars::Scalar;
use crate::schema::shapes::Shape;
use crate::schema::written::Written;
use crate::yaml::{Node, Yaml};

/// The text that stands for the value.
const MARK: &str = "@@VALUE@@";

/// A build file in which one value or one name is chosen by a test. All others are those of the examples.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The name of the place: `step run`.
    pub place: String,
    /// The key of the language in which the value is.
    pub key: &'static str,
    /// The text of the example.
    pub written: String,
    /// Whether the value may have several lines.
    pub lines: Lines,
    /// Whether the value can be computed from an argument. If not, it is a name or is known when the file is read.
    pub computed: bool,
    /// The other files of the family: their paths and texts.
    pub others: &'static [(&'static str, &'static str)],
    before: String,
    after: String,
}

/// Whether a value may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// It is written into a line or is part of one.
    One,
    /// It is a text of its own, such as a script or the content of a file.
    Any,
}

impl Sample {
    /// The build file with a literal value, and the place of the value with its quotes.
    pub fn literal(&self, value: &str) -> (String, std::ops::Range<usize>) {
        self.file(&escaped(value))
    }

    /// The build file with a value that the argument `chosen` has, and the place of the value with its quotes.
    pub fn computed(&self) -> (String, std::ops::Range<usize>) {
        self.file("${{ chosen }}")
    }

    /// The sources of the family with this build file.
    pub fn sources(&self, text: String) -> Sources {
        let mut sources = Sources::single("image.yaml", text);
        for (path, text) in self.others {
            sources.add(*path, *text);
        }
        sources
    }

    fn file(&self, inside: &str) -> (String, std::ops::Range<usize>) {
        let place = self.before.len() - 1..self.before.len() + inside.len() + 1;
        ([&self.before, inside, &self.after].concat(), place)
    }
}

/// A sample for each text in the examples. `base` is the base of the stage in which most examples are.
pub fn samples(base: &str) -> Vec<Sample> {
    let examples = Examples::read();
    let mut samples = Vec::new();
    for place in places::all() {
        for example in examples.place(&place.name) {
            let Yaml::Map(entries) = &example.yaml else { continue };
            for (number, entry) in entries.iter().enumerate() {
                let Some(key) = place.keys.iter().find(|key| key.name == entry.key) else { continue };
                let mut found = Vec::new();
                texts(&entry.value, key.shape, &mut vec![number], &mut found);
                for text in found {
                    let example = one_line_with(example, &text.path, text.at, MARK);
                    let file = placed::file_with(&place.name, &example, base);
                    let Some((before, after)) = file.split_once(MARK) else { continue };
                    samples.push(Sample {
                        place: place.name.clone(),
                        key: key.name,
                        written: text.written,
                        lines: text.lines,
                        computed: text.at == Replaced::Value && is_computed(&place.name),
                        others: placed::other_files(&place.name),
                        before: before.to_owned(),
                        after: after.to_owned(),
                    });
                }
            }
        }
    }
    samples
}

/// Whether strings at a place can have expressions.
fn is_computed(place: &str) -> bool {
    let known = [
        "top level",
        "axis",
        "values of a file",
        "argument",
        "value of a file",
        "support rule",
        "fragment",
        "parameter",
    ];
    !known.contains(&place)
}

/// A text in an example.
struct Text {
    path: Vec<usize>,
    at: Replaced,
    written: String,
    lines: Lines,
}

/// Finds the texts in a value. The texts of tables are skipped, since tables have examples of their own.
fn texts(node: &Node<'_>, shape: Shape, path: &mut Vec<usize>, into: &mut Vec<Text>) {
    match (shape, &node.yaml) {
        (Shape::Scalar(Scalar::Expression), _) => {}
        (Shape::Scalar(kind), Yaml::Scalar(text, _)) => into.push(value(path, text, lines(kind))),
        (Shape::Anything | Shape::Data, Yaml::Scalar(text, _)) => into.push(value(path, text, Lines::Any)),
        (Shape::Computed(inner), _) => texts(node, *inner, path, into),
        (Shape::Either(_, second), Yaml::Map(_)) => texts(node, *second, path, into),
        (Shape::Either(first, _), _) => texts(node, *first, path, into),
        (Shape::List(item), Yaml::List(items)) => inside(items, *item, path, into),
        (Shape::Items(list), Yaml::List(items)) => inside(items, list.item, path, into),
        (Shape::Anything | Shape::Data, Yaml::List(items)) => inside(items, shape, path, into),
        (Shape::List(item), _) => texts(node, *item, path, into),
        (Shape::Forms(forms), yaml) if !matches!(yaml, Yaml::Map(_)) => {
            texts(node, forms.short, path, into);
        }
        (Shape::Map(..) | Shape::Names(_) | Shape::Anything | Shape::Data, Yaml::Map(entries)) => {
            let of_values = match shape {
                Shape::Map(_, value) => *value,
                Shape::Names(names) => names.value,
                shape => shape,
            };
            for (number, entry) in entries.iter().enumerate() {
                path.push(number);
                let key = value(path, &entry.key, Lines::One);
                into.push(Text { at: Replaced::Key, ..key });
                texts(&entry.value, of_values, path, into);
                path.pop();
            }
        }
        _ => {}
    }
}

fn inside(items: &[Node<'_>], shape: Shape, path: &mut Vec<usize>, into: &mut Vec<Text>) {
    for (number, item) in items.iter().enumerate() {
        path.push(number);
        texts(item, shape, path, into);
        path.pop();
    }
}

fn value(path: &[usize], text: &str, lines: Lines) -> Text {
    Text { path: path.to_vec(), at: Replaced::Value, written: without_expressions(text), lines }
}

/// The text with a value in place of each expression.
fn without_expressions(text: &str) -> String {
    let mut parts = text.split("${{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "x" + part.split_once("}}").map_or("", |(_, rest)| rest))
}

fn lines(kind: Scalar) -> Lines {
    match kind {
        Scalar::Content | Scalar::Text | Scalar::Script | Scalar::Filled => Lines::Any,
        Scalar::Written(Written::Text | Written::Argument | Written::Setting | Written::EnvValue) => {
            Lines::Any
        }
        _ => Lines::One,
    }
}

/// The inside of a double-quoted string of YAML.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diagnostic, Family};

    /// Whether values of a shape are or contain texts, without those of tables.
    fn has_texts(shape: Shape) -> bool {
        match shape {
            Shape::Scalar(kind) => kind != Scalar::Expression,
            Shape::Anything | Shape::Data | Shape::Map(..) | Shape::Names(_) => true,
            Shape::List(inner) | Shape::Computed(inner) => has_texts(*inner),
            Shape::Items(items) => has_texts(items.item),
            Shape::Either(first, _) => has_texts(*first),
            Shape::Forms(_) | Shape::Table(_) | Shape::Union(_) => false,
        }
    }

    #[test]
    fn every_text_key_has_a_sample() {
        let samples = samples("scratch");
        let mut missing = Vec::new();
        for place in places::all() {
            let has =
                |key: &str| samples.iter().any(|sample| sample.place == place.name && sample.key == key);
            let without = place.keys.iter().filter(|key| has_texts(key.shape) && !has(key.name));
            missing.extend(without.map(|key| format!("{}: {}", place.name, key.name)));
        }
        assert_eq!(missing, [""; 0], "write examples with a text for these into examples.yaml");
    }

    #[test]
    fn a_sample_with_its_own_text_is_the_example() {
        for sample in samples("scratch") {
            let sources = sample.sources(sample.literal(&sample.written).0);
            let found: Vec<String> = Family::read(&sources)
                .found
                .iter()
                .filter(|found| Diagnostic::is_error(found))
                .map(|found| found.one_line(&sources))
                .collect();
            assert_eq!(found, [""; 0], "{}: {}", sample.place, sample.key);
        }
    }
}
