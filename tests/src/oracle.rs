//! Comparison with the engine's own Dockerfile frontend on the same context. Its result is right by definition.

use anyhow::{Context, Result};

use crate::build::Build;
use crate::compare::compare;
use crate::engine::Engine;

/// Builds an image.yaml and a Dockerfile with the same context and options. Returns the differences of the first image from the
/// second.
pub fn differences(engine: &Engine, common: &Build, yaml: &str, dockerfile: &str) -> Result<Vec<String>> {
    // Both files are in both contexts, since a step may copy the whole context.
    let both = common.clone().with("image.yaml", yaml).with("Dockerfile", dockerfile);
    let ours = both.clone().file("image.yaml").image(engine).context("the image.yaml")?;
    let theirs = both.file("Dockerfile").image(engine).context("the Dockerfile")?;
    Ok(compare(&ours, &theirs))
}
