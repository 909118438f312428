//! Examples: one of each place of the language with all its keys, shown by editors and by the reference.
//!
//! They stand in `examples.yaml`, by the name of the place, and are read by the same reader as any file in a test.

use crate::base::source::SourceId;
use crate::schema::shapes::{TaggedUnion, UnionVariant};
use crate::yaml::{self, Node, Yaml};

/// The text of the examples.
pub(crate) const TEXT: &str = include_str!("examples.yaml");

/// The examples, by place and key.
pub(crate) struct Examples {
    root: Node<'static>,
}

impl Examples {
    /// All examples.
    pub(crate) fn read() -> Self {
        let nothing = Node { span: Default::default(), yaml: Yaml::Empty };
        Self { root: yaml::parse(SourceId::default(), TEXT).unwrap_or(nothing) }
    }

    /// The examples of a place.
    pub(crate) fn place(&self, place: &str) -> Vec<&Node<'static>> {
        match self.root.get(place) {
            Some(Node { yaml: Yaml::List(items), .. }) => items.iter().collect(),
            other => other.into_iter().collect(),
        }
    }

    /// What stands behind a key of a place, once for each example of the place that has it.
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

/// The name of a place, from its noun: `stage` for `a stage`.
pub(crate) fn place(noun: &str) -> String {
    let without = ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun);
    without.trim_matches('`').to_lowercase()
}

/// The name of a form of a step, a mount and the like: `step run`.
pub(crate) fn place_of(union: &TaggedUnion, form: &UnionVariant) -> String {
    format!("{} {}", place(union.noun), form.key.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::json::one_line;
    use crate::schema::keys::places;
    use crate::{Family, Sources};

    /// A file in which an example stands at its place, with what it mentions.
    fn file_with(place: &str, example: &str) -> String {
        if place == "top level" {
            return example.to_owned();
        }
        let mut parts = BTreeMap::from([
            (
                "axes",
                r#""device": ["cpu", "cuda", "cuda13.1", "xpu"], "framework": ["vllm", "trtllm"]"#.to_owned(),
            ),
            ("args", String::new()),
            ("vars", String::new()),
            ("mixins", r#""pypi": {}"#.to_owned()),
            ("fragments", r#""greet": {"params": {"who": "world"}, "steps": []}"#.to_owned()),
            ("stages", r#""build": {"from": "scratch"}"#.to_owned()),
            ("targets", String::new()),
        ]);
        let app = |inside: String| format!(r#""app": {{"from": "scratch", {inside}}}"#);
        let step = |step: String| app(format!(r#""steps": [{step}]"#));
        let repository =
            |manager: &str, example: &str| step(format!(r#"{{"repository": "r", "{manager}": {example}}}"#));
        let (part, entry) = match place {
            "axis" => ("axes", format!(r#""sample": {example}"#)),
            "argument" => ("args", format!(r#""sample": {example}"#)),
            "value of a file" => ("vars", format!(r#""sample": {example}"#)),
            "mixin" => ("mixins", format!(r#""sample": {example}"#)),
            "fragment" => ("fragments", format!(r#""sample": {example}"#)),
            "parameter" => {
                ("fragments", format!(r#""sample": {{"params": {{"p": {example}}}, "steps": []}}"#))
            }
            "stage" => ("stages", format!(r#""app": {example}"#)),
            "image" => ("stages", app(format!(r#""image": {example}"#))),
            "healthcheck" => ("stages", app(format!(r#""image": {{"healthcheck": {example}}}"#))),
            "env entry" => ("stages", app(format!(r#""env": {{"A": {example}}}"#))),
            "target" => {
                parts.insert("stages", app(r#""steps": []"#.to_owned()));
                ("targets", format!(r#""sample": {example}"#))
            }
            "provenance" => {
                parts.insert("provenance", example.to_owned());
                ("stages", app(r#""steps": []"#.to_owned()))
            }
            "support rule" => {
                parts.insert("support", example.to_owned());
                ("stages", app(r#""steps": []"#.to_owned()))
            }
            "extract" => (
                "stages",
                step(format!(r#"{{"download": "https://example.com", "to": "/", "extract": {example}}}"#)),
            ),
            "dockerfile base" => ("stages", format!(r#""app": {{"from": {example}}}"#)),
            place if place.starts_with("check ") => ("stages", app(format!(r#""checks": [{example}]"#))),
            place if place.starts_with("step ") => ("stages", step(example.to_owned())),
            place if place.starts_with("mount ") => {
                ("stages", step(format!(r#"{{"run": "a", "mounts": [{example}]}}"#)))
            }
            "device" => ("stages", step(format!(r#"{{"run": "a", "devices": [{example}]}}"#))),
            "package" => ("stages", step(format!(r#"{{"packages": [{example}]}}"#))),
            "name of a package" => ("stages", step(format!(r#"{{"packages": [{{"apt": [{example}]}}]}}"#))),
            "snapshot" => ("stages", step(format!(r#"{{"packages": ["a"], "snapshot": {example}}}"#))),
            "apt repository" => ("stages", repository("apt", example)),
            "rpm repository" => ("stages", repository("dnf", example)),
            "apk repository" => ("stages", repository("apk", example)),
            "signing key" => ("stages", step(format!(r#"{{"repository": "r", "key": {example}}}"#))),
            "group" => ("stages", step(format!(r#"{{"account": "a", "groups": [{example}]}}"#))),
            place => panic!("where does the example of `{place}` stand?"),
        };
        let before = parts.entry(part).or_default();
        *before = if before.is_empty() { entry } else { format!("{before}, {entry}") };
        let written = parts.into_iter().map(|(part, inside)| match part {
            "support" => format!("support: [{inside}]\n"),
            "provenance" => format!("provenance: {inside}\n"),
            part => format!("{part}: {{{inside}}}\n"),
        });
        written.collect()
    }

    #[test]
    fn examples_are_read() {
        let examples = Examples::read();
        let Yaml::Map(places) = &examples.root.yaml else {
            panic!("{:#?}", yaml::parse(SourceId::default(), TEXT))
        };
        for place in places {
            for example in examples.place(&place.key) {
                let sources = Sources::single("image.yaml", file_with(&place.key, &one_line(example)));
                let found = Family::read(&sources).found;
                let errors: Vec<String> = found
                    .iter()
                    .filter(|found| found.is_error())
                    .map(|found| found.one_line(&sources))
                    .collect();
                let include = |error: &String| error.contains("include");
                assert!(errors.iter().all(include), "{}: {errors:#?}", place.key);
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
        assert_eq!(missing, [""; 0], "write examples of these into spec/src/language/examples.yaml");
        let Yaml::Map(written) = &examples.root.yaml else { panic!("the examples are a map") };
        for entry in written {
            assert!(places.iter().any(|place| place.name == entry.key), "there is no place `{}`", entry.key);
        }
    }
}
