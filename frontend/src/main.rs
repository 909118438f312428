//! The program `varve`: started by BuildKit it is a frontend, started by a person a command line.

use std::io::Write as _;
use std::process::exit;

use buildkit_gateway::Session;
use varve::checker;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(checker::COMMAND) {
        let answer = checker::answer(&arguments.collect::<Vec<_>>());
        let told = std::io::stderr().write_all(answer.told.as_bytes());
        exit(if told.is_err() { 2 } else { answer.code });
    }
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let mut session = Session::from_variables(std::env::vars());
    if session.id.is_empty() && session.opts.is_empty() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let answer = varve::cli::run(&arguments);
        let written = std::io::stdout().write_all(answer.out.as_bytes());
        let told = std::io::stderr().write_all(answer.err.as_bytes());
        exit(if written.and(told).is_err() { 2 } else { i32::from(answer.code) });
    }
    session.image = std::fs::read(Session::IMAGE).unwrap_or_default();
    session.program =
        std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    exit(runtime.map_or(1, |runtime| runtime.block_on(varve::serve(session))));
}
