//! Puts the examples of places into whole build files, for tests of this crate and of others.

use std::collections::BTreeMap;

#[cfg(test)]
use crate::base::source::Sources;

#[cfg(test)]
/// The source files of a family with an example at its place, and with everything that the example refers to.
pub(crate) fn sources_with(place: &str, example: &str) -> Sources {
    let mut sources = Sources::single("image.yaml", file_with(place, example, "scratch"));
    for (path, text) in other_files(place) {
        sources.add(*path, *text);
    }
    sources
}

/// The other files of a family with an example at this place: their paths and texts.
pub(super) fn other_files(place: &str) -> &'static [(&'static str, &'static str)] {
    match place {
        "top level" => &[("stages/wheels.yaml", "stages: {wheels: {from: scratch}}\n")],
        "values of a file" => {
            &[("versions.json", r#"{"releases": {"python": {"3.14": {}}}, "matrix": [{"python": "3.14"}]}"#)]
        }
        _ => &[],
    }
}

/// The build file. `base` is the base of the stage with the example.
pub(super) fn file_with(place: &str, example: &str, base: &str) -> String {
    if place == "top level" {
        return example.to_owned();
    }
    let mut parts = BTreeMap::from([
        (
            "axes",
            r#""device": ["cpu", "cuda", "cuda13.1", "xpu"], "framework": ["vllm", "trtllm"]"#.to_owned(),
        ),
        ("args", r#""chosen": {"default": ""}"#.to_owned()),
        ("vars", String::new()),
        ("mixins", r#""pypi": {}"#.to_owned()),
        (
            "fragments",
            r#""greet": {"params": {"who": "world"}, "steps": [{"run": "echo ${{ who }}"}]}"#.to_owned(),
        ),
        (
            "stages",
            r#""build": {"from": "scratch"}, "collected": {"params": {"of": "build"}, "from": "${{ of }}"}"#
                .to_owned(),
        ),
        ("targets", String::new()),
    ]);
    let app = |inside: String| format!(r#""app": {{"from": "{base}", {inside}}}"#);
    let step = |step: String| app(format!(r#""steps": [{step}]"#));
    let repository =
        |manager: &str, example: &str| step(format!(r#"{{"repository": "r", "{manager}": {example}}}"#));
    let (part, entry) = match place {
        "axis" => ("axes", format!(r#""sample": {example}"#)),
        "values of a file" => ("axes", format!(r#""sample": {{"values": {example}}}"#)),
        "argument" => ("args", format!(r#""sample": {example}"#)),
        "value of a file" => ("vars", format!(r#""sample": {example}"#)),
        "mixin" => {
            parts.insert("stages", app(r#""mixins": ["sample"], "steps": [{"run": "a"}]"#.to_owned()));
            ("mixins", format!(r#""sample": {example}"#))
        }
        "fragment" => ("fragments", format!(r#""sample": {example}"#)),
        "parameter" => ("fragments", format!(r#""sample": {{"params": {{"p": {example}}}, "steps": []}}"#)),
        "stage" => ("stages", format!(r#""app": {example}"#)),
        "image" => ("stages", app(format!(r#""image": {example}"#))),
        "healthcheck" => ("stages", app(format!(r#""image": {{"healthcheck": {example}}}"#))),
        "env entry" => ("stages", app(format!(r#""env": {{"A": {example}}}"#))),
        "target" => {
            parts.insert("stages", app(r#""steps": []"#.to_owned()));
            ("targets", format!(r#""sample": {example}"#))
        }
        "output" | "cache" | "cache import" | "cache export" | "test on a runner" => {
            parts.insert("stages", app(r#""steps": []"#.to_owned()));
            let inside = match place {
                "cache import" => format!(r#""cache": {{"from": [{example}]}}"#),
                "cache export" => format!(r#""cache": {{"to": [{example}]}}"#),
                "test on a runner" => format!(r#""test-on": [{example}]"#),
                key => format!(r#""{key}": {example}"#),
            };
            ("targets", format!(r#""sample": {{"stage": "app", {inside}}}"#))
        }
        "provenance" => {
            parts.insert("provenance", example.to_owned());
            ("stages", app(r#""steps": []"#.to_owned()))
        }
        "support rule" => {
            parts.insert("support", example.to_owned());
            ("stages", app(r#""steps": []"#.to_owned()))
        }
        "retry" => ("stages", step(format!(r#"{{"run": "true", "retry": {example}}}"#))),
        "extract" => (
            "stages",
            step(format!(r#"{{"download": "https://example.com", "to": "/", "extract": {example}}}"#)),
        ),
        place if place.starts_with("base ") => ("stages", format!(r#""app": {{"from": {example}}}"#)),
        "stage with arguments" => {
            ("stages", step(format!(r#"{{"copy": "/a", "to": "/b", "from": {example}}}"#)))
        }
        place if place.starts_with("image test ") => ("stages", app(format!(r#""checks": [{example}]"#))),
        place if place.starts_with("fact ") => ("stages", app(format!(r#""facts": {{"f": {example}}}"#))),
        place if place.starts_with("step ") => ("stages", step(example.to_owned())),
        place if place.starts_with("mount ") => {
            ("stages", step(format!(r#"{{"run": "a", "mounts": [{example}]}}"#)))
        }
        "device" => ("stages", step(format!(r#"{{"run": "a", "devices": [{example}]}}"#))),
        "package" => ("stages", step(format!(r#"{{"packages": [{example}]}}"#))),
        "name of a package" => ("stages", step(format!(r#"{{"packages": [{{"apt": [{example}]}}]}}"#))),
        "snapshot" => ("stages", step(format!(r#"{{"packages": ["a"], "snapshot": {example}}}"#))),
        "manager options" => ("stages", step(format!(r#"{{"packages": ["a"], "options": {example}}}"#))),
        "apt repository" => ("stages", repository("apt", example)),
        "rpm repository" => ("stages", repository("dnf", example)),
        "apk repository" => ("stages", repository("apk", example)),
        "signing key" => {
            let dnf = r#"{"baseurl": "https://example.com/rpm"}"#;
            ("stages", step(format!(r#"{{"repository": "r", "dnf": {dnf}, "key": {example}}}"#)))
        }
        "group" => ("stages", step(format!(r#"{{"account": "a", "groups": [{example}]}}"#))),
        place => unreachable!("where does the example of `{place}` stand?"),
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
