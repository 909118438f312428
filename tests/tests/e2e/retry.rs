//! `retry`: a step that fails runs again.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use varve_tests::{Build, Engine, Site, stamp};

/// A stage whose step fails until it has run `until` times. A cache counts the runs.
fn family(until: u32, retry: &str) -> String {
    format!(
        r#"# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: |
          echo again >> /count/runs
          runs=$(wc -l < /count/runs)
          echo "run $runs"
          [ "$runs" -ge {until} ] || exit 7
          echo "$runs" > /runs
        mounts: [{{cache: /count, id: "retry-{}"}}]
        retry: {retry}
"#,
        stamp()
    )
}

#[test]
fn a_step_runs_until_it_succeeds() -> Result<()> {
    let build = Build::yaml(&family(3, "{times: 5, delay: 1s}"));
    let outcome = build.run(Engine::get()?)?.success()?;
    let logs = &outcome.logs;
    assert!(logs.contains("retry: exit code 7; 5 left, the next one in 1 s"), "{logs}");
    assert!(logs.contains("retry: exit code 7; 4 left, the next one in 1 s"), "{logs}");
    assert!(logs.contains("run 3") && !logs.contains("run 4"), "{logs}");
    Ok(())
}

#[test]
fn a_step_that_never_succeeds_fails_with_its_own_exit_code() -> Result<()> {
    let outcome = Build::yaml(&family(9, "{times: 1, delay: 1s}")).run(Engine::get()?)?;
    let words = outcome.clone().failure()?;
    assert!(words.contains("exit code: 7"), "{words}");
    assert!(outcome.logs.contains("run 2") && !outcome.logs.contains("run 3"), "{}", outcome.logs);
    Ok(())
}

/// A server with a file and a repository that refuses the first requests, and the number of all its requests.
fn server(refused: usize) -> Result<(String, Arc<AtomicUsize>, Site)> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("file"), format!("{}\n", stamp()))?;
    let (site, requests) = Site::refusing(refused)?;
    let address = site.add("project", folder.path())?;
    Ok((address, requests, site))
}

/// A build with one step.
fn step(keys: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages: {{app: {{from: varve.test/debian:12, steps: [{{{keys}}}]}}}}\n"
    ))
}

/// Checks that a step fetches again until the server answers, and that it fails in the end if the server never does. `keys` gets the
/// address and the value of `retry`.
fn check(keys: impl Fn(&str, &str) -> String) -> Result<()> {
    let engine = Engine::get()?;
    let (address, requests, _site) = server(2)?;
    let image = step(&keys(&address, "{times: 4, delay: 1s}")).image(engine)?;
    assert!(image.tree.get("/got").is_some(), "{}", keys("", ""));
    assert!(requests.load(Ordering::SeqCst) >= 3, "{requests:?}");

    // The number of requests of one fetch is that of a build without `retry`.
    let of = |retry: &str| -> Result<usize> {
        let (address, requests, _site) = server(1000)?;
        step(&keys(&address, retry)).run(engine)?.failure()?;
        Ok(requests.load(Ordering::SeqCst))
    };
    let (once, again) = (of("0")?, of("{times: 2, delay: 1s}")?);
    assert!(once >= 1 && again > once + 1, "{once} {again}");
    Ok(())
}

#[test]
fn a_download_is_tried_again() -> Result<()> {
    check(|address, retry| format!("download: \"{address}/files/file\", to: /got, retry: {retry}"))
}

#[test]
fn a_download_that_never_succeeds_fails_with_the_answer_of_the_server() -> Result<()> {
    let (address, requests, _site) = server(1000)?;
    let keys = format!("download: \"{address}/files/file\", to: /got, retry: {{times: 1, delay: 1s}}");
    assert!(step(&keys).run(Engine::get()?)?.failure()?.contains("503"));
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    Ok(())
}

#[test]
fn a_repository_is_fetched_again() -> Result<()> {
    check(|address, retry| format!("git: \"{address}/all.git\", ref: v1, to: /got, retry: {retry}"))
}

#[test]
fn a_mount_of_a_download_is_tried_again() -> Result<()> {
    check(|address, retry| {
        let mount = format!("{{download: \"{address}/files/file\", to: /file, retry: {retry}}}");
        format!("run: cp /file /got, mounts: [{mount}]")
    })
}

#[test]
fn a_mount_of_a_repository_is_fetched_again() -> Result<()> {
    check(|address, retry| {
        let mount = format!("{{git: \"{address}/all.git\", ref: v1, to: /src, retry: {retry}}}");
        format!("run: cp /src/file /got, mounts: [{mount}]")
    })
}

#[test]
fn a_repository_with_patches_is_fetched_again() -> Result<()> {
    let engine = Engine::get()?;
    let patch = "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+new\n";
    let (address, requests, _site) = server(2)?;
    let keys = format!(
        "git: \"{address}/all.git\", ref: v1, to: /got, apply: [a.patch], retry: {{times: 4, delay: 1s}}"
    );
    let image = step(&keys).with("a.patch", patch).image(engine)?;
    assert!(image.tree.get("/got/new").is_some() && image.tree.get("/got/file").is_some());
    assert!(requests.load(Ordering::SeqCst) >= 3, "{requests:?}");
    Ok(())
}
