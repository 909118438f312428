//! The command `varve` as a process of the tests, which can give it the `docker` of an engine.

use std::process::exit;

use varve_cli::{Colours, run};

fn main() {
    let colours = Colours::default();
    let answer = run(std::env::args_os().skip(1), colours);
    exit(i32::from(answer.write(std::io::stdout().lock(), std::io::stderr().lock(), colours)));
}
