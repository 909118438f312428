//! The reference of all keys, `docs/keys.md`, generated from the tables that the reader uses.

use std::fmt::Write as _;

use super::keys::examples;
use super::keys::places::{self, Place};
use super::scalars::Scalar;
use super::shapes::{self, Items, KeyChoice, Keys, Names, Shape};

/// The introduction of the document.
const HEAD: &str = "# All keys

Made from the tables that the reader goes by, with an example of every key that the reader takes. What the keys are for, and how
they go together, is in [language.md](language.md).

Beside the keys of each place:

- `if` may stand in the places that say so: what its condition does not hold for is not there.
- Keys that start with `x-` are free, for your own use and for anchors.
- A value may be `{if: ..., then: ..., else: ...}` or `{match: ..., cases: {...}}`, and an item of a list
  `{for: {...}, do: ...}`: [choice and repetition](language.md#choice-and-repetition).
- A text may hold `${{ }}`: [expressions](language.md#expressions). Not so in axes, args and at the top level, which are
  read before any variant is chosen.
";

/// The reference of all keys as Markdown: the type, meaning and an example of each key.
///
/// ```
/// assert!(varve_spec::key_reference().contains("## stage\n"));
/// ```
pub fn key_reference() -> String {
    let places = places::all();
    let mut text = HEAD.to_owned();
    text.push_str("\nPlaces: ");
    let links: Vec<String> = places.iter().map(|place| link(&place.name)).collect();
    let _ = writeln!(text, "{}.", links.join(", "));
    for place in &places {
        section(&mut text, place);
    }
    text
}

fn section(text: &mut String, place: &Place) {
    let _ = writeln!(text, "\n## {}\n\n| key | takes | meaning |\n|---|---|---|", place.name);
    for key in &place.keys {
        let replaceable = matches!(place.choice, KeyChoice::Any(keys) if keys.contains(&key.name));
        let needed = if key.required && !replaceable { "; needed" } else { "" };
        let takes = takes(key.shape);
        let _ = writeln!(text, "| `{}` | {takes}{needed} | {} |", key.name, key.doc);
    }
    if place.guarded {
        let noun = place.name.split(' ').next().filter(|first| ["step", "mount", "check"].contains(first));
        let _ = writeln!(
            text,
            "| `if` | an expression | Whether the {} is there. |",
            noun.unwrap_or(&place.name)
        );
    }
    let names = |keys: &[&str]| {
        let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        names.join(" and ")
    };
    let _ = match place.choice {
        KeyChoice::Free => Ok(()),
        KeyChoice::Any(keys) => writeln!(text, "\nAt least one of {} is needed.", names(keys)),
        KeyChoice::One { keys, .. } => writeln!(text, "\nExactly one of {} is needed.", names(&keys)),
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
    }
}

fn link(place: &str) -> String {
    format!("[{place}](#{})", anchor(place))
}

fn anchor(place: &str) -> String {
    place.replace(' ', "-")
}
