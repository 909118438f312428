//! Solves a lowered build: the image of each platform, the rootfs tests, and the attestations.

use buildkit_gateway::{Bridge, Evaluate, Outcome, Ref, Solve, Status};
use buildkit_llb::{Graph, Output, SourceInfo};
use futures_util::future::try_join_all;

use super::daemon_facts::DaemonFacts;
use super::lowered_build::LoweredBuild;
use super::outcome::outcome;
use super::rootfs_tests::{self, RootfsTests};
use super::sbom;
use crate::inputs::client::Client;

/// Solves a build.
///
/// # Errors
/// Returns the daemon's own error, or all failed rootfs tests as one error.
pub(crate) async fn solve<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    build: LoweredBuild,
) -> Result<Outcome, Status> {
    let (client, sources) = (daemon.client, daemon.sources);
    let LoweredBuild { platforms, build, epoch, mut graph, infos, context, index_annotations, .. } = build;
    let attestations = sbom::scan(client, (&platforms, &build), context, (&mut graph, &infos)).await?;
    let when = rootfs_tests::when(&platforms);
    let solves = platforms.iter().map(|one| solve_output(client, &graph, &infos, one.lowered.output, when));
    let images = try_join_all(solves);
    let tests = RootfsTests { client, sources, graph: &graph, infos: &infos, platforms: &platforms };
    let refs = tests.run_beside(images).await?;
    let outcome = outcome(client.options, epoch, index_annotations, platforms.iter().zip(refs).collect());
    Ok(Outcome { attestations, ..outcome })
}

/// Solves one output. Scratch needs no request.
pub(super) async fn solve_output<B: Bridge>(
    client: &Client<'_, B>,
    graph: &Graph,
    infos: &[SourceInfo],
    output: Option<Output>,
    evaluate: Evaluate,
) -> Result<Option<Ref>, Status> {
    if output.is_none() {
        return Ok(None);
    }
    let solve = Solve { evaluate, ..Solve::encoded(graph.encode(output, infos)) };
    client.bridge.solve(solve.with_cache_imports(&client.options.cache_imports)).await?.single()
}
