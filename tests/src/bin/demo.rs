//! `cargo demo`: one image.yaml, two of its variants, built by a real `docker buildx build` and run.

use std::process::ExitCode;

use varve_tests::demo;

const USAGE: &str = "usage: cargo demo

Brings an engine up, builds two variants of examples/quickstart, runs both, shows what differed in the graph, and builds
again. The exit code is 1 when something is not as it should be.";

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
