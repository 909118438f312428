//! The program `varve`: the command for people, for use without a daemon.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::exit;

fn main() {
    let arguments: Result<Vec<String>, OsString> =
        std::env::args_os().skip(1).map(OsString::into_string).collect();
    let answer = match arguments {
        Ok(arguments) => varve_cli::run(&arguments),
        Err(odd) => {
            let err = format!("varve: the argument {odd:?} is not UTF-8\n");
            varve_cli::Answer { err, code: 2, ..Default::default() }
        }
    };
    let written = std::io::stdout().write_all(&answer.out);
    let told = std::io::stderr().write_all(answer.err.as_bytes());
    exit(if written.and(told).is_err() { 2 } else { i32::from(answer.code) });
}
