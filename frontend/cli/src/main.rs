//! The program `varve`.

use std::io::{IsTerminal as _, Write as _};
use std::process::exit;

use varve_cli::Colours;

fn main() {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    // https://no-color.org
    let wanted = variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|term| term != "dumb");
    let colours = Colours {
        out: wanted && std::io::stdout().is_terminal(),
        err: wanted && std::io::stderr().is_terminal(),
    };
    let answer = varve_cli::run(std::env::args_os().skip(1), colours);
    let written = std::io::stdout().write_all(&answer.out);
    let reported = std::io::stderr().write_all(answer.err.as_bytes());
    exit(if written.and(reported).is_err() { 2 } else { i32::from(answer.code) });
}
