//! The program `varve-frontend`: BuildKit starts it from the frontend image, once for each build.

use std::io::Write as _;
use std::process::exit;

use buildkit_gateway::Session;

fn main() {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let variables = std::env::vars_os();
    // The daemon's own are UTF-8.
    let variables =
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut session = Session::from_variables(variables);
    if session.id.is_empty() && session.opts.is_empty() {
        fail(2, "BuildKit starts this program; use the command `varve` instead");
    }
    session.image = std::fs::read(Session::IMAGE).unwrap_or_default();
    session.program =
        std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| fail(1, &error.to_string()));
    exit(runtime.block_on(varve_frontend::serve(session)).unwrap_or_else(|status| fail(1, &status.message)))
}

/// Ends with a reason. Standard output is the wire.
fn fail(code: i32, reason: &str) -> ! {
    let written = writeln!(std::io::stderr(), "varve-frontend: {reason}");
    exit(if written.is_err() { 2 } else { code })
}
