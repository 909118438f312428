//! Runs the rootfs tests (`checks` in the build file) at the same time as the build, and reports all failures together.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Detail, Evaluate, Platform, Solve, Status};
use buildkit_llb::{Graph, Output, SourceInfo};
use futures_util::future::{join, join_all};
use varve_spec::{Code, Diagnostic, Sources};

use super::lowered_build::LoweredPlatform;
use crate::inputs::client::Client;
use crate::lower::{Lowered, LoweredRootfsTest};
use crate::util::report;

/// The text in the daemon's error for a process that failed (`executor/runcexecutor`).
const FAILED: &str = "did not complete successfully: exit code: ";

/// Returns when the images of a build are solved: eagerly if there are rootfs tests, so that both run at the same time, or fetches that
/// are tried again if they fail.
pub(crate) fn when(platforms: &[LoweredPlatform]) -> Evaluate {
    let is_eager = |lowered: &Lowered| !lowered.rootfs_tests.is_empty() || !lowered.retried.is_empty();
    if platforms.iter().any(|one| is_eager(&one.lowered)) { Evaluate::Eager } else { Evaluate::Lazy }
}

/// The rootfs tests of a build.
pub(crate) struct RootfsTests<'a, B> {
    pub(crate) client: &'a Client<'a, B>,
    pub(crate) sources: &'a Sources,
    pub(crate) graph: &'a Graph,
    pub(crate) infos: &'a [SourceInfo],
    pub(crate) platforms: &'a [LoweredPlatform],
}

impl<B: Bridge> RootfsTests<'_, B> {
    /// Runs the tests and a build at the same time. Returns the result of the build.
    ///
    /// # Errors
    /// Returns the failure of the build. If the build succeeds, returns the failure of an operation that a test depends on.
    /// Otherwise returns all failed tests as one error.
    pub(crate) async fn run_beside<T>(
        &self,
        build: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        // Several platforms can have the same file system, which is tested once.
        let mut tests: BTreeMap<Output, (Option<&Platform>, &LoweredRootfsTest)> = BTreeMap::new();
        for LoweredPlatform { platform, lowered, .. } in self.platforms {
            for test in &lowered.rootfs_tests {
                let only = (self.platforms.len() > 1).then_some(platform);
                tests.entry(test.output).and_modify(|known| known.0 = None).or_insert((only, test));
            }
        }
        let solves = tests.values().map(|(_, test)| self.solve(test.output));
        let (built, verdicts) = join(build, join_all(solves)).await;
        let built = built?;
        let mut failures = Vec::new();
        for ((platform, test), verdict) in tests.values().zip(verdicts) {
            if let Err(status) = verdict {
                failures.push(self.failure(*platform, test, status)?);
            }
        }
        if failures.is_empty() {
            return Ok(built);
        }
        Diagnostic::sort(&mut failures);
        let heading = format!("{} image tests failed", failures.len());
        Err(report::errors_under(&heading, &failures, self.sources))
    }

    async fn solve(&self, output: Output) -> Result<(), Status> {
        let solve = Solve::encoded(self.graph.encode(Some(output), self.infos)).eager();
        let solve = solve.with_cache_imports(&self.client.options.cache_imports);
        self.client.bridge.solve(solve).await.map(drop)
    }

    /// Returns the diagnostic for a failed test.
    ///
    /// # Errors
    /// Returns the status unchanged if not the test itself failed but an operation that it depends on.
    fn failure(
        &self,
        platform: Option<&Platform>,
        test: &LoweredRootfsTest,
        status: Status,
    ) -> Result<Diagnostic, Status> {
        let digest = self.graph.digest(test.vertex()).to_string();
        let vertices: Vec<&Detail> =
            status.details.iter().filter(|detail| detail.type_url == Detail::VERTEX).collect();
        let is_test = |detail: &&Detail| String::from_utf8_lossy(&detail.value).contains(&digest);
        if !vertices.is_empty() && !vertices.iter().any(is_test) {
            return Err(status);
        }
        let exit = status.message.rsplit_once(FAILED).map(|(_, code)| code.trim());
        // If the build was cancelled or the connection was lost, the result of the test is unknown.
        if exit.is_none() && status.code != buildkit_gateway::GrpcCode::UNKNOWN {
            return Err(status);
        }
        let (code, message) = match exit {
            Some("2") if !test.label.starts_with("run ") => {
                (Code::CheckImpossible, format!("varve cannot run the image test: {}", test.label))
            }
            Some(_) => (Code::CheckFailed, format!("image test failed: {}", test.label)),
            None => (Code::CheckFailed, format!("image test failed: {}: {}", test.label, status.message)),
        };
        let mut failure = Diagnostic::error(code, test.span, message).help_if(test.because.clone());
        if let Some(platform) = platform {
            failure = failure.label(format!("for {platform}"));
        }
        Ok(failure)
    }
}
