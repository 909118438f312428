//! Tells steps of the build file from BuildKit's own vertices and base images.

use crate::Vertex;

/// Whether a vertex is a step: its name is like `[stage 2/5] ...`, and it is neither a base image nor a transfer.
pub fn is_step(name: &str) -> bool {
    let numbered = name.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    numbered.is_some_and(|(prefix, what)| {
        let is_numbered = prefix.rsplit(' ').next().is_some_and(|number| number.contains('/'));
        is_numbered && !what.starts_with("from ")
    })
}

/// The names of the steps that were not cached.
pub fn not_cached(vertices: &[Vertex]) -> Vec<&str> {
    let ran = vertices.iter().filter(|vertex| is_step(&vertex.name) && !vertex.cached);
    ran.map(|vertex| vertex.name.as_str()).collect()
}

/// A name without the stage's counter: `service: run make`.
pub(super) fn short(name: &str) -> String {
    match name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((prefix, what)) if is_step(name) => {
            format!("{}: {what}", prefix.rsplit_once(' ').map_or(prefix, |(stage, _)| stage))
        }
        _ => name.to_owned(),
    }
}

/// The order of a vertex: its stage, and its number in the stage. Base images come first.
pub(super) fn place(name: &str) -> (&str, usize) {
    let prefix = name.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let numbered = prefix.filter(|_| is_step(name)).and_then(|(prefix, _)| prefix.rsplit_once(' '));
    numbered.map_or(("", 0), |(stage, number)| {
        (stage, number.split('/').next().and_then(|number| number.parse().ok()).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_distinguished_from_the_rest() {
        let check = |name: &str, expect: bool| assert_eq!(is_step(name), expect, "{name}");
        check("[service 2/5] run make", true);
        check("[linux/arm64 service 2/5] copy a to /", true);
        check("[service 1/5] from debian:12", false);
        check("[internal] load build context", false);
        check("[context debian:12] load metadata for x", false);
        check("exporting to image", false);
        assert_eq!(short("[service 2/5] run make"), "service: run make");
        assert_eq!(place("[linux/arm64 service 12/25] run make"), ("linux/arm64 service", 12));
        assert_eq!(place("[service 1/5] from debian:12"), ("", 0));
        assert_eq!(short("[internal] load build context"), "[internal] load build context");
    }
}
