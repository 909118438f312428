//! What varve prints as a Dockerfile, built where there is no BuildKit: by buildah, whose builder podman has too.

use anyhow::{Context, Result};
use varve_tests::machine::Machine;
use varve_tests::{Build, Buildah, Engine, compare};

/// Pairs of `tests/conformance` on this base: scripts as here-documents, files as here-documents, folders that are made in stages beside
/// those of the plan, and everything that a configuration has.
const CASES: [&str; 3] = ["heredoc-files", "settings-of-one-step", "image-everything"];
const BASE: &str = "varve.test/debian:12";

#[test]
fn buildah_makes_the_same_image_of_what_is_printed() -> Result<()> {
    let engine = Engine::get()?;
    let Some(buildah) = Buildah::new()? else { return Ok(()) };
    buildah.take(engine, BASE)?;
    for case in CASES {
        let folder = Machine::read()?.workspace.join("tests/conformance").join(case);
        let build = Build::in_folder(&folder).file("image.yaml");
        let ours = build.image(engine)?;
        let text = build.call(engine, "dockerfile")?.success()?.stdout;
        let theirs = buildah.image(&folder, &text).with_context(|| text.clone())?;
        assert_eq!(compare(&ours, &theirs), [""; 0], "{case}: {text}");
    }
    Ok(())
}
