//! The program `varve-frontend` as a process.

use std::process::{Command, Stdio};

#[test]
fn a_frontend_without_a_daemon_tells_why_it_ends() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_varve-frontend"));
    let output = command.env("BUILDKIT_SESSION_ID", "s").stdin(Stdio::null()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), false), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("varve-frontend: ") && told.len() > "varve-frontend: \n".len(), "{told:?}");
}

#[test]
fn started_by_hand_it_names_the_command_for_people() {
    let output = Command::new(env!("CARGO_BIN_EXE_varve-frontend")).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let reason = String::from_utf8(output.stderr).unwrap();
    assert_eq!(reason, "varve-frontend: BuildKit starts this program; use the command `varve` instead\n");
}
