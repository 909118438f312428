//! `cargo demo`: builds two variants of one image.yaml with a real `docker buildx build` and runs them.

use std::process::ExitCode;

use varve_tests::demo;

const USAGE: &str = "usage: cargo demo

Starts an engine, builds two variants of examples/quickstart, runs both, shows the differences of their graphs, and builds
both again. The exit code is 1 if a result is not as expected.";

fn main() -> ExitCode {
    let mut screen = std::io::stdout();
    if std::env::args().len() > 1 {
        demo::say(&mut screen, USAGE);
        return ExitCode::from(2);
    }
    match demo::run(&mut screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            demo::say(&mut screen, &format!("\nThe demo failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
