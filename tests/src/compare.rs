//! Lists the differences between two images, one line each. Equal images have none.

use varve_compare::{Difference, Ignore, Image, Times, Tree, differences};

/// Differences that do not concern the result of a build: times, and how the result is stored.
const OF_THE_MAKING: [&str; 5] =
    ["config.created", "history", "layers", "files.size", "config.moby.buildkit.cache*"];

/// Returns the differences between two images. Times, history, and how files are distributed to layers are ignored.
pub fn compare(first: &Image, second: &Image) -> Vec<String> {
    lines(&differences(first, second, &of_the_making(), Times::LeaveOut))
}

/// Returns the differences between two file systems.
pub fn compare_trees(first: &Tree, second: &Tree) -> Vec<String> {
    lines(&varve_compare::compare_trees(first, second, &of_the_making(), Times::LeaveOut))
}

fn of_the_making() -> Ignore {
    Ignore::parse(OF_THE_MAKING).unwrap_or_default()
}

fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn image(config: Value) -> Image {
        Image {
            digest: String::new(),
            platform: String::new(),
            names: Vec::new(),
            manifest: Value::Null,
            config,
            blobs: Vec::new(),
            layers: Vec::new(),
            tree: Tree::default(),
            attestations: Vec::new(),
        }
    }

    #[test]
    fn configs_differ_by_their_key() {
        let first = json!({"created": "1", "config": {"Env": ["A=1"], "User": "u"}});
        let second = json!({"created": "2", "config": {"Env": ["A=2"], "User": "u", "Cmd": null}});
        assert_eq!(compare(&image(first), &image(second)), [r#"config.Env.A: "1" -> "2""#]);
    }

    #[test]
    fn what_tells_of_the_making_is_left_out() {
        assert!(Ignore::parse(OF_THE_MAKING).is_ok());
        let first = json!({"moby.buildkit.cache.v0": "x", "history": [{"created_by": "a"}]});
        assert_eq!(compare(&image(first), &image(json!({"os": ""}))), [""; 0]);
    }
}
