//! Two graphs side by side.

use std::collections::BTreeSet;

use super::steps::{is_step, place, short};
use crate::Vertex;

/// The steps of two builds: those in both, which have the same digest, and those in one of them only.
pub fn table(first: (&str, &[Vertex]), second: (&str, &[Vertex])) -> String {
    let digests = |vertices: &[Vertex]| -> BTreeSet<String> {
        vertices.iter().map(|vertex| vertex.digest.clone()).collect()
    };
    let (in_first, in_second) = (digests(first.1), digests(second.1));
    let mut text = String::new();
    let mut part = |title: &str, vertices: &[Vertex], keep: &dyn Fn(&Vertex) -> bool| {
        let mut kept: Vec<&Vertex> =
            vertices.iter().filter(|vertex| counts(&vertex.name) && keep(vertex)).collect();
        kept.sort_by_key(|vertex| place(&vertex.name));
        text.push_str(&format!("   {title}: {}\n", kept.len()));
        for vertex in kept {
            let digest = vertex.digest.trim_start_matches("sha256:");
            text.push_str(&format!("     {}  {}\n", &digest[..digest.len().min(12)], short(&vertex.name)));
        }
    };
    part("in both, and built once", first.1, &|vertex| in_second.contains(&vertex.digest));
    part(&format!("only in {}", first.0), first.1, &|vertex| !in_second.contains(&vertex.digest));
    part(&format!("only in {}", second.0), second.1, &|vertex| !in_first.contains(&vertex.digest));
    text
}

/// Steps and base images, without BuildKit's own vertices.
fn counts(name: &str) -> bool {
    let is_base = name.contains("] from ") || (name.starts_with("[context ") && !name.contains("] load "));
    is_step(name) || is_base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_sorted_into_three_parts() {
        let vertex = |digest: &str, name: &str| Vertex {
            digest: format!("sha256:{digest}"),
            name: name.into(),
            ..Vertex::default()
        };
        let first = [vertex("1", "[a 1/3] from x"), vertex("2", "[a 2/3] run a"), vertex("3", "exporting")];
        let second = [vertex("1", "[a 1/3] from x"), vertex("4", "[a 2/3] run b"), vertex("3", "exporting")];
        let expected = "   in both, and built once: 1\n     1  [a 1/3] from x\n   only in one: 1\n     2  a: run a\n   \
                        only in two: 1\n     4  a: run b\n";
        assert_eq!(table(("one", &first), ("two", &second)), expected);
    }
}
