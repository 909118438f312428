//! `cargo demo`, as a user runs it.

use std::process::Command;

use varve_tests::command::output_of;

#[test]
fn the_demo_does_what_it_says() {
    let output = output_of(&mut Command::new(env!("CARGO_BIN_EXE_demo"))).unwrap();
    let screen = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{screen}{}", String::from_utf8_lossy(&output.stderr));
    for claim in [
        "docker buildx build --file=image.yaml",
        "bookworm-cpu: 0.07",
        "trixie-cpu: 0.07",
        "reference: reference value",
        "only in trixie-cpu",
        "5 steps, 5 of them cached",
        "did you mean `cuda`?",
        "All as it should be",
    ] {
        assert!(screen.contains(claim), "no `{claim}` in\n{screen}");
    }
}

#[test]
fn it_takes_no_arguments() {
    let output = output_of(Command::new(env!("CARGO_BIN_EXE_demo")).arg("--fast")).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("usage: cargo demo"));
}
