//! The reference of all keys, `docs/keys.md`, generated from the tables that the reader uses.

use std::fmt::Write as _;

use super::keys::examples;
use super::keys::places::{self, Place};
use super::scalars::Scalar;
use super::shapes::{self, Items, KeyChoice, Keys, Names, Shape};

/// The introduction of the document.
const HEAD: &str = "# All keys

This reference is generated from the tables that the reader uses. It has an example of every key. [language.md](language.md) explains
what the keys are for and how to combine them.

These rules hold in addition to the keys of each place:

- `if` is a condition. If it is false, varve omits the whole entry. The places that accept `if` list it.
- varve ignores keys that start with `x-`. Use them for your own data and for anchors.
- A value can be `{if: ..., then: ..., else: ...}` or `{match: ..., cases: {...}}`, and an item of a list can be
  `{for: {...}, do: ...}`: see [choice and repetition](language.md#choice-and-repetition).
- A string can contain `${{ }}`: see [expressions](language.md#expressions). Axes, args, the top level and values of files cannot
  contain expressions, because varve reads them before it selects a variant.
";

/// The reference of all keys as Markdown: the type, meaning and an example of each key.
///
/// ```
/// assert!(varve_spec::key_reference().contains("## stage\n"));
/// ```
pub fn key_reference() -> String {
    let places = places::all();
    let mut text = HEAD.to_owned();
    text.push_str("\nPlaces:\n\n");
    for place in &places {
        let _ = writeln!(text, "- {}", link(&place.name));
    }
    for place in &places {
        section(&mut text, place);
    }
    text
}

fn section(text: &mut String, place: &Place) {
    let _ = writeln!(text, "\n## {}\n\n| key | takes | meaning |\n|---|---|---|", place.name);
    for key in &place.keys {
        let replaceable = matches!(place.choice, KeyChoice::Any(keys) if keys.contains(&key.name));
        let required = if key.required && !replaceable { "; required" } else { "" };
        let takes = takes(key.shape);
        let _ = writeln!(text, "| `{}` | {takes}{required} | {} |", key.name, key.doc);
    }
    if place.guarded {
        let noun =
            ["step", "mount", "image test", "base"].into_iter().find(|noun| place.name.starts_with(noun));
        let _ = writeln!(
            text,
            "| `if` | an expression | The condition; if it is false, the {} is omitted. |",
            noun.unwrap_or(&place.name)
        );
    }
    let names = |keys: &[&str]| {
        let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        names.join(" and ")
    };
    let _ = match place.choice {
        KeyChoice::Free => Ok(()),
        KeyChoice::Any(keys) => writeln!(text, "\nAt least one of {} is required.", names(keys)),
        KeyChoice::One { keys, .. } => writeln!(text, "\nExactly one of {} is required.", names(&keys)),
    };
    let _ = write!(text, "\n```yaml example\n{}```\n", examples::written(&place.name));
}

/// Describes the values that a key takes.
fn takes(shape: Shape) -> String {
    match shape {
        Shape::Scalar(Scalar::Word(words)) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(" or ")
        }
        Shape::Scalar(kind) => {
            kind.expected().replace("a file mode such as \"0755\" or", "a file mode such as \"0755\", or")
        }
        Shape::List(item) => format!("{}, or a list of them", takes(*item)),
        Shape::Map(Keys::Environment, value) => format!("variables, each with {}", takes(*value)),
        Shape::Map(_, Shape::Anything) => "names, each with a value".to_owned(),
        Shape::Map(_, value) => format!("names, each with {}", takes(*value)),
        Shape::Items(Items { item: item @ Shape::Table(_), .. }) => format!("a list, each {}", takes(*item)),
        Shape::Items(items) => format!("a list of {}", items.noun),
        Shape::Names(Names { value: Shape::Names(_) | Shape::Data, noun, .. }) => format!("a map of {noun}"),
        Shape::Names(names) => format!("names, each with {}", takes(names.value)),
        Shape::Forms(forms) => format!("{}, or {}", link(&shapes::place(forms.long.noun)), forms.short_doc),
        Shape::Table(table) => link(&shapes::place(table.noun)),
        Shape::Union(union) => {
            let links: Vec<String> = union
                .variants
                .iter()
                .map(|variant| format!("[`{}`](#{})", variant.key.name, anchor(&variant.place())))
                .collect();
            format!("{}: {}", union.noun, links.join(", "))
        }
        Shape::Either(first, second) => format!("{}, or {}", takes(*first), takes(*second)),
        Shape::Anything | Shape::Data => "a value".to_owned(),
        Shape::Computed(inner) => takes(*inner),
    }
}

fn link(place: &str) -> String {
    format!("[{place}](#{})", anchor(place))
}

fn anchor(place: &str) -> String {
    place.replace(' ', "-")
}
