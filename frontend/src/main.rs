//! The program `varve`: started by BuildKit it is a frontend, started by a person a command line.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::exit;

use buildkit_gateway::Session;
use varve::checker;

fn main() {
    let arguments: Result<Vec<String>, OsString> =
        std::env::args_os().skip(1).map(OsString::into_string).collect();
    let arguments = arguments.unwrap_or_else(|odd| fail(2, &format!("the argument {odd:?} is not UTF-8")));
    if arguments.first().is_some_and(|name| name == checker::COMMAND) {
        let answer = checker::answer(&arguments[1..]);
        let told = std::io::stderr().write_all(answer.told.as_bytes());
        exit(if told.is_err() { 2 } else { answer.code });
    }
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let variables = std::env::vars_os();
    // The daemon's own are UTF-8.
    let variables =
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut session = Session::from_variables(variables);
    if session.id.is_empty() && session.opts.is_empty() {
        let answer = varve::cli::run(&arguments);
        let written = std::io::stdout().write_all(&answer.out);
        let told = std::io::stderr().write_all(answer.err.as_bytes());
        exit(if written.and(told).is_err() { 2 } else { i32::from(answer.code) });
    }
    session.image = std::fs::read(Session::IMAGE).unwrap_or_default();
    session.program =
        std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| fail(1, &error.to_string()));
    exit(runtime.block_on(varve::serve(session)).unwrap_or_else(|status| fail(1, &status.message)))
}

/// Ends with a reason. Standard output is the wire.
fn fail(code: i32, reason: &str) -> ! {
    let told = writeln!(std::io::stderr(), "varve: {reason}");
    exit(if told.is_err() { 2 } else { code })
}
