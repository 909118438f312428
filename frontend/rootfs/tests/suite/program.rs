//! Runs the program `varve-rootfs` and compares its output and exit code.

use std::fs;
use std::process::Command;

#[test]
fn a_check_of_a_file_takes_less_memory_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::File::create(folder.path().join("large")).unwrap().set_len(96 << 20).unwrap();
    let sha256 = "425382d5857f04fc49585cabbdef6fc647472ee26f52c54caaaeaad17320b3f8";
    let check = format!("ulimit -v 65536; exec \"$0\" test \"$1\" file /large contains=x sha256={sha256}");
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", &check, env!("CARGO_BIN_EXE_varve-rootfs")]).arg(folder.path());
    let output = shell.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "/large does not contain \"x\"\n");
    assert_eq!(output.status.code(), Some(1));
}
