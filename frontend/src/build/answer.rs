//! Answers subrequests from the build file. The daemon is asked only for the files that vars are read from, and for the commit of a
//! git context if the family reads it.

use buildkit_gateway::{Bridge, Status};
use varve_spec::{Family, MatrixQuery, Reading};

use super::build_facts::BuildFacts as _;
use super::daemon_facts::DaemonFacts;
use crate::inputs::vcs;
use crate::request::settings::{directive, family_args, passed_args};
use crate::subrequests::{Answer, FileAnswer, FileRequest};
use crate::util::report;

/// Answers a subrequest from the build file.
pub(crate) async fn from_file<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    answer: FileAnswer,
) -> Result<Answer, Status> {
    let (reading, query) = read_family(daemon).await?;
    let options = daemon.client.options;
    let request = FileRequest {
        sources: daemon.sources,
        reading: &reading,
        query: &query,
        directive: &directive(options),
        context: options.context.as_deref(),
    };
    answer(&request)
}

/// Reads the family, and computes the part of its matrix that the client asks for.
pub(crate) async fn read_family<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
) -> Result<(Reading, MatrixQuery), Status> {
    let options = daemon.client.options;
    let reading = Family::read(daemon.sources);
    let args = family_args(options, reading.family.as_ref());
    let mut query = MatrixQuery {
        target: options.target.clone(),
        args: args.map_err(|found| report::error(&found, daemon.sources))?,
        passed: passed_args(options, reading.family.as_ref()),
        platforms: options.platforms.clone(),
        lock: daemon.lock.lock(),
        ..MatrixQuery::new(daemon.build_platform())
    };
    if let Some(family) = &reading.family {
        query.vcs = vcs::find(daemon.client, &daemon.context, family).await?;
        query.files = daemon.read_value_files(family).await?;
    }
    Ok((reading, query))
}
