//! Limits of what lowering copies: builds and commands report what BuildKit or Linux could not accept, at its step.

use std::fmt::Write as _;

use buildkit_gateway::{FakeBridge, Status};

use crate::played;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]}}"#;

/// Plans a stage with these steps, one a line. The first step is on line 5.
fn plan(count: usize, step: impl Fn(usize) -> String) -> Result<(), Status> {
    let head = "stages:\n  app:\n    from: debian\n    steps:\n".to_owned();
    let text = (0..count).fold(head, |mut text, n| {
        let _ = writeln!(text, "      - {}", step(n));
        text
    });
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:latest",
        None,
        CONFIG,
    );
    let opts = [("requestid", "frontend.plan"), ("frontend.caps", "moby.buildkit.frontend.subrequests")];
    played::build(&fake, &played::session(&opts)).map(drop)
}

fn message(result: Result<(), Status>) -> String {
    result.err().map(|status| status.to_string()).unwrap_or_default()
}

#[test]
fn environments_that_no_message_can_hold_are_an_error() {
    let pairs =
        |n: usize| if n.is_multiple_of(2) { format!("env: {{A{n}: b}}") } else { "run: x".to_owned() };
    assert!(plan(200, pairs).is_ok());
    let message = message(plan(4_000, pairs));
    assert!(message.contains("the environments of the steps are too large together"), "{message}");
}

#[test]
fn a_variable_that_linux_does_not_accept_is_an_error() {
    let prepended = |n: usize| format!("env: {{PATH: {{prepend: /opt/a/folder/with/a/long/name/bin{n}}}}}");
    assert!(plan(1_000, prepended).is_ok());
    let message = message(plan(4_000, prepended));
    assert!(message.contains("the variable `PATH` has"), "{message}");
}
