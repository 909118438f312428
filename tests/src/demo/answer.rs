//! The answer of the example's service, and whether it is right.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The answer of one container.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The variant, read from the environment of the image.
    pub variant: String,
    /// The operating system of the container.
    pub system: String,
    /// The version of Python in the container.
    pub python: String,
    /// The library and device that computed the temperature.
    pub backend: String,
    /// The id of the user that runs the service.
    pub uid: u64,
    /// The computed temperature.
    pub middle: f64,
    /// The temperature that another method computed while the image was built.
    pub expected: f64,
}

impl Answer {
    /// Parses the output of `report`.
    pub fn read(json: &str) -> Result<Answer> {
        let value: Value = serde_json::from_str(json).with_context(|| format!("not JSON: {json}"))?;
        let missing = |key: &str| format!("no `{key}` in {json}");
        let text =
            |key: &str| Ok::<_, anyhow::Error>(value[key].as_str().with_context(|| missing(key))?.to_owned());
        let number = |key: &str| value[key].as_f64().with_context(|| missing(key));
        Ok(Answer {
            variant: text("variant")?,
            system: text("system")?,
            python: text("python")?,
            backend: text("backend")?,
            uid: value["uid"].as_u64().with_context(|| missing("uid"))?,
            middle: number("middle")?,
            expected: number("expected")?,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { variant, system, python, backend, uid, middle, expected } = self;
        writeln!(f, "{variant}: {middle:.6}, expected {expected:.6}")?;
        write!(f, "     by {backend}; Python {python} on {system}, as user {uid}")
    }
}

/// Checks that each answer belongs to its variant and is right, and that the systems differ.
pub(super) fn check(answers: &[Answer], variants: &[String]) -> Result<()> {
    ensure!(answers.len() == variants.len(), "{} answers of {} containers", answers.len(), variants.len());
    for (answer, variant) in answers.iter().zip(variants) {
        ensure!(answer.variant == *variant, "{variant} says that it is {}", answer.variant);
        let codename = variant.split('-').next().unwrap_or_default();
        ensure!(answer.system.contains(codename), "{variant} runs on {}", answer.system);
        ensure!(answer.uid != 0, "{variant} runs as root");
        let off = (answer.middle - answer.expected).abs();
        ensure!(off < 1e-4, "{variant} computed {}, expected {}", answer.middle, answer.expected);
    }
    let systems = |index: usize| answers.get(index).map(|answer| &answer.system);
    ensure!(systems(0) != systems(1), "both containers run on {:?}", systems(0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(variant: &str, system: &str, middle: f64) -> Answer {
        let json = format!(
            r#"{{"variant": "{variant}", "system": "{system}", "python": "3", "backend": "numpy", "uid": 1, "middle": {middle}, "expected": 0.5}}"#
        );
        Answer::read(&json).unwrap()
    }

    #[test]
    fn wrong_answers_are_found() {
        let variants = ["bookworm-cpu".to_owned(), "trixie-cpu".to_owned()];
        let (good, other) =
            (answer("bookworm-cpu", "Debian (bookworm)", 0.5), answer("trixie-cpu", "Debian (trixie)", 0.5));
        let check = |answers: &[Answer]| check(answers, &variants).map_err(|error| error.to_string());
        assert_eq!(check(&[good.clone(), other.clone()]), Ok(()));
        assert!(check(&[good.clone(), good.clone()]).is_err());
        assert!(check(std::slice::from_ref(&good)).is_err());
        assert!(check(&[good.clone(), answer("trixie-cpu", "Debian (bookworm)", 0.5)]).is_err());
        assert!(check(&[answer("bookworm-cpu", "Debian (bookworm)", 0.6), other]).is_err());
        assert!(Answer::read("{}").is_err());
    }
}
