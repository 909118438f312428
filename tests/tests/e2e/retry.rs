//! `retry`: a step that fails runs again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use varve_tests::http::{Answer, serve};
use varve_tests::{Build, Engine, stamp};

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

/// A server that refuses the first requests. It counts all of them.
fn server(refused: usize) -> Result<(String, Arc<AtomicUsize>)> {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let address = serve(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        number if number < refused => Answer::new("503 Service Unavailable", "later\n"),
        _ => Answer::new("200 OK", "content\n"),
    })?;
    Ok((address, requests))
}

#[test]
fn a_download_is_tried_again() -> Result<()> {
    let family = |address: &str, retry: &str| {
        let keys = format!("{{download: \"{address}/{}\", to: /got, retry: {retry}}}", stamp());
        format!(
            "# syntax=varve/frontend:dev\nstages: {{app: {{from: varve.test/debian:12, steps: [{keys}]}}}}\n"
        )
    };
    let (address, requests) = server(2)?;
    let image = Build::yaml(&family(&address, "{times: 4, delay: 1s}")).image(Engine::get()?)?;
    assert!(image.tree.get("/got").is_some());
    assert!(requests.load(Ordering::SeqCst) >= 3, "{requests:?}");

    let (address, requests) = server(1000)?;
    let outcome = Build::yaml(&family(&address, "{times: 1, delay: 1s}")).run(Engine::get()?)?;
    assert!(outcome.failure()?.contains("503"));
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    Ok(())
}
