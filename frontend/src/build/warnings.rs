//! Reports warnings to the client.

use buildkit_gateway::{Bridge, Status, Warning};
use varve_spec::{Diagnostic, silence};

use super::daemon_facts::DaemonFacts;
use super::limits;
use crate::request::settings::directive;
use crate::util::report as findings;

/// Reports the warnings that are not silenced. Each is reported once, although most of them occur for every platform.
///
/// # Errors
/// Returns an error if there is a warning and the build file turns warnings into errors.
pub(crate) async fn report<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    warnings: Vec<Diagnostic>,
) -> Result<(), Status> {
    let DaemonFacts { client, sources, file, .. } = daemon;
    let mut warnings = silence(warnings, sources, &directive(client.options));
    Diagnostic::sort(&mut warnings);
    if warnings.iter().any(Diagnostic::is_error) {
        return Err(findings::error(&warnings, sources));
    }
    let limits = limits::warning(&client.options.resources, &daemon.pong.capabilities);
    let limits = limits.map(|short| Warning { short, ..Warning::under(&file.vertex) });
    let warnings = warnings.iter().map(|warning| findings::warning(warning, sources, &file.vertex));
    for warning in warnings.chain(limits) {
        client.bridge.warn(warning).await?;
    }
    Ok(())
}
