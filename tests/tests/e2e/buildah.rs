//! What varve prints as a Dockerfile, built where there is no BuildKit: by buildah, whose builder podman has too.

use anyhow::{Context, Result};
use varve_tests::machine::Machine;
use varve_tests::{Build, Buildah, Engine, compare};

/// Pairs of `tests/conformance`: files and scripts as here-documents, settings of one step, caches, and all that a configuration has.
const CASES: [&str; 4] =
    ["heredoc-files", "settings-of-one-step", "mount-cache-for-user", "image-everything"];
const BASE: &str = "varve.test/debian:12";
/// A script that is a program of its own, and a folder that a step may change for itself.
const PROGRAMS: &str = "# syntax=varve/frontend:dev
stages:
  app:
    from: \"varve.test/debian:12\"
    steps:
      - account: app
        uid: 1234
      - run: echo \"${BASH_VERSION:+bash}\" > /shell
        shell: [/bin/bash, -c]
      - run: echo changed > /seen/image.yaml && cp /seen/image.yaml /copied
        mounts: [{bind: /seen, writable: true}]
";

/// What buildah has of itself: the container that it worked in, and empty files on which it mounted those of the machine.
const OF_BUILDAH: [&str; 5] = [
    "config.Hostname: only in the second",
    "config.container",
    "/etc/hostname: only in the second: file of 0 bytes",
    "/etc/hosts: only in the second: file of 0 bytes",
    "/etc/resolv.conf: only in the second: file of 0 bytes",
];

#[test]
fn buildah_makes_the_same_image_of_what_is_printed() -> Result<()> {
    let engine = Engine::get()?;
    let Some(buildah) = Buildah::new()? else { return Ok(()) };
    buildah.take(engine, BASE)?;
    let made = tempfile::tempdir()?;
    std::fs::write(made.path().join("image.yaml"), PROGRAMS)?;
    let conformance = Machine::read()?.workspace.join("tests/conformance");
    let cases = CASES.map(|case| conformance.join(case)).into_iter().chain([made.path().to_owned()]);
    for folder in cases {
        let build = Build::in_folder(&folder).file("image.yaml");
        let ours = build.image(engine)?;
        let text = build.call(engine, "dockerfile")?.success()?.stdout;
        let theirs = buildah.image(&folder, &text).with_context(|| text.clone())?;
        let mut lines = compare(&ours, &theirs);
        lines.retain(|line| !OF_BUILDAH.iter().any(|own| line.starts_with(own)));
        assert_eq!(lines, [""; 0], "{}: {text}", folder.display());
    }
    Ok(())
}

#[test]
fn buildah_says_which_words_it_does_not_know() -> Result<()> {
    let Some(buildah) = Buildah::new()? else { return Ok(()) };
    let context = tempfile::tempdir()?;
    std::fs::write(context.path().join("a"), "a")?;
    for (line, expect) in [
        ("COPY --link a /", "COPY --link is not supported"),
        ("COPY --parents a /", "COPY --parents is not supported"),
        ("COPY --chmod=u+x a /", "chmod u+x"),
    ] {
        let error = buildah.image(context.path(), &format!("FROM scratch\n{line}\n")).err();
        let error = format!("{:#}", error.with_context(|| format!("buildah takes `{line}`"))?);
        assert!(error.contains(expect), "{line}: {error}");
    }
    Ok(())
}
