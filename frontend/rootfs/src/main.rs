//! The program `varve-rootfs`, which BuildKit runs during a build.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::exit;

fn main() {
    let arguments: Result<Vec<String>, OsString> =
        std::env::args_os().skip(1).map(OsString::into_string).collect();
    let answer = match arguments {
        Ok(arguments) => varve_rootfs::answer(&arguments),
        Err(odd) => varve_rootfs::Answer { text: format!("the argument {odd:?} is not UTF-8\n"), code: 2 },
    };
    let written = std::io::stderr().write_all(answer.text.as_bytes());
    exit(if written.is_err() { 2 } else { answer.code });
}
