//! Examples of each place of the language with all its keys. Editors and the reference show them.
//!
//! They are in `examples.yaml`, by the name of the place. A test reads each of them as part of a build file.

use crate::base::source::SourceId;
use crate::yaml::{self, Node, Yaml};

/// The text of `examples.yaml`.
pub(crate) const TEXT: &str = include_str!("examples.yaml");

/// The examples, by place and key.
pub(crate) struct Examples {
    root: Node<'static>,
}

impl Examples {
    /// Parses `examples.yaml`.
    pub(crate) fn read() -> Self {
        let nothing = Node { span: Default::default(), yaml: Yaml::Empty };
        Self { root: yaml::parse(SourceId::default(), TEXT).unwrap_or(nothing) }
    }

    /// The examples of a place, such as `step run`. A place has one example or a list of them.
    pub(crate) fn place(&self, place: &str) -> Vec<&Node<'static>> {
        match self.root.get(place) {
            Some(Node { yaml: Yaml::List(items), .. }) => items.iter().collect(),
            other => other.into_iter().collect(),
        }
    }

    /// The values of a key in the examples of a place. An example without the key is skipped.
    pub(crate) fn of(&self, place: &str, key: &str) -> Vec<&Node<'static>> {
        self.place(place).into_iter().filter_map(|example| example.get(key)).collect()
    }
}

/// The examples of a place as they are written, without the name of the place.
pub(crate) fn written(place: &str) -> String {
    let mut lines =
        TEXT.lines().skip_while(|line| line.split_once(':').is_none_or(|(name, _)| name != place));
    let first = lines.next().and_then(|line| line.split_once(": ")).map(|(_, example)| example);
    let below = lines.take_while(|line| line.starts_with(' ')).map(|line| &line[2..]);
    first.into_iter().chain(below).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(any(test, feature = "testing"))]
pub(crate) mod placed;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::json::one_line;
    use crate::schema::keys::places;
    use crate::{Diagnostic, Family};

    #[test]
    fn examples_are_read() {
        let examples = Examples::read();
        let Yaml::Map(places) = &examples.root.yaml else {
            panic!("{:#?}", yaml::parse(SourceId::default(), TEXT))
        };
        for place in places {
            for example in examples.place(&place.key) {
                let sources = placed::sources_with(&place.key, &one_line(example));
                let found = Family::read(&sources).found.into_iter();
                let errors: Vec<String> =
                    found.filter(Diagnostic::is_error).map(|found| found.one_line(&sources)).collect();
                assert_eq!(errors, [""; 0], "the example of `{}`", place.key);
            }
        }
    }

    #[test]
    fn every_key_has_an_example_and_no_other_place_has_one() {
        let examples = Examples::read();
        let mut missing = Vec::new();
        let places = places::all();
        for place in &places {
            let without = place.keys.iter().filter(|key| examples.of(&place.name, key.name).is_empty());
            missing.extend(without.map(|key| format!("{}: {}", place.name, key.name)));
        }
        assert_eq!(missing, [""; 0], "write examples of these into spec/src/schema/keys/examples.yaml");
        let Yaml::Map(written) = &examples.root.yaml else { panic!("the examples are a map") };
        for entry in written {
            assert!(places.iter().any(|place| place.name == entry.key), "there is no place `{}`", entry.key);
        }
    }
}
