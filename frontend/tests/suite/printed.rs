//! A member of a family as a Dockerfile: values that mean something else there are written as what they are, or are errors.

use buildkit_gateway::{FakeBridge, Outcome, Status};

use crate::played;

const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";

fn print(text: &str) -> Result<Outcome, Status> {
    let config = r#"{"config":{"Env":["PATH=/bin","SET=1"]}}"#;
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:12",
        Some(DIGEST),
        config,
    );
    played::build(&fake, &played::session(&[("requestid", "frontend.dockerfile")]))
}

#[test]
fn hostile_values_stand_for_themselves() {
    let text = r##"stages:
  App:
    from: "debian:12"
    steps:
      - workdir: " /a b\\"
      - env: {SET: {append: $x}, NEW: {prepend: "#"}, PLAIN: --x}
      - {dir: "/d $x"}
      - {file: /f, content: "EOF\nUSER root\n"}
      - {file: "/g h", content: "$i\n"}
      - run: "#!/x\nEOF"
      - run: "[ -e /a ]"
      - exec: ["a\nb", $c]
    image:
      labels: {--l: "#"}
      cmd: --a
"##;
    let outcome = print(text).unwrap();
    let printed = String::from_utf8(outcome.metadata["result.txt"].clone()).unwrap();
    for part in [
        "\nWORKDIR \" /a b\\\\\"\n",
        "\nENV SET=\"$SET:\\$x\" \\\n    NEW=\"#${NEW:+:$NEW}\" \\\n    PLAIN=--x\n",
        "\nCOPY --from=varve-folder [\"/folder/\", \"/d \\\\$x/\"]\n",
        "\nCOPY <<'EOF2' /f\nEOF\nUSER root\nEOF2\n",
        "\nFROM scratch AS varve-file\nCOPY <<'EOF' /file\n$i\nEOF\n",
        "\nCOPY --from=varve-file [\"/file\", \"/g h\"]\n",
        "\nRUN <<'EOF2'\n#!/x\nEOF\nEOF2\n",
        "\nRUN <<'EOF'\nset -e\n[ -e /a ]\nEOF\n",
        "\nRUN [\"a\\nb\", \"$c\"]\n",
        "\nLABEL \"--l\"=\"#\"\n",
        "\nCMD [\"/bin/sh\", \"-c\", \"--a\"]\n",
    ] {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
}

#[test]
fn each_value_that_a_dockerfile_cannot_express_is_reported_at_its_place() {
    let text = r##"stages:
  app:
    from: "debian:12"
    steps:
      - env: {B: "a\nb", SET: {unset: true}}
      - {file: /f, content: "g\0\n"}
    image:
      labels: {lines: "a\nb"}
      healthcheck: {test: none, interval: 1s}
"##;
    let message = print(text).unwrap_err().message;
    for part in [
        "image.yaml:5:9: a Dockerfile cannot express the variable `B` with a line break",
        "image.yaml:5:9: a Dockerfile cannot express the removal of the variable `SET` from the environment",
        "image.yaml:6:9: a Dockerfile cannot express a text with a NUL character",
        "image.yaml:2:3: a Dockerfile cannot express the label `lines` with a line break",
        "image.yaml:2:3: a Dockerfile cannot express the times of a health check that is switched off",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}
