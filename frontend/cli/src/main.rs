//! The program `varve`.

use std::io::IsTerminal as _;
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
    exit(i32::from(answer.write(std::io::stdout().lock(), std::io::stderr().lock(), colours)));
}
