//! Passwords in URLs: no text for people and logs contains them, and everything that is executed does.

use buildkit_gateway::{Call, FakeBridge, Outcome};

use crate::played;

const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";

const PASSWORD: &str = "hunter2";

/// A family with a password in every place that takes one. After the padding, the end of a name of a vertex is inside of the password.
fn family() -> String {
    let pad = "p".repeat(135);
    format!(
        r#"args:
  url: {{default: "https://me:{PASSWORD}@h", description: "as https://me:{PASSWORD}@h"}}
axes: {{mirror: {{near: {{url: "https://me:{PASSWORD}@near"}}, far: {{url: "https://me:{PASSWORD}@far"}}}}}}
provenance: {{url: "https://me:{PASSWORD}@h"}}
stages:
  app:
    from: "debian:12"
    env: {{BASE: "https://me:{PASSWORD}@h"}}
    steps:
      - run: "curl https://me:{PASSWORD}@h && curl ${{{{ mirror.url }}}}"
      - run: "{pad} curl https://me:{PASSWORD}@h"
      - exec: [curl, "https://me:{PASSWORD}@h"]
      - {{run: make, name: "make https://me:{PASSWORD}@h", env: {{URL: "https://me:{PASSWORD}@h"}}}}
      - {{run: "curl https://me:{PASSWORD}@h/debug", if: url == "https://me:{PASSWORD}@other"}}
      - env: {{URL: "${{{{ url }}}}"}}
      - {{file: /a, content: "https://me:{PASSWORD}@h"}}
      - {{file: /b, content: "a\nhttps://me:{PASSWORD}@h\n"}}
      - {{layers: {{one: [{{run: "curl https://me:{PASSWORD}@h/1"}}], two: [{{dir: /two}}]}}}}
    image:
      labels: {{l: "https://me:{PASSWORD}@h"}}
      cmd: [curl, "https://me:{PASSWORD}@h"]
    checks:
      - {{run: "curl https://me:{PASSWORD}@h", because: "https://me:{PASSWORD}@h"}}
targets: {{app: {{description: "of https://me:{PASSWORD}@h"}}}}
"#
    )
}

fn ask(request: &str) -> (FakeBridge, Outcome) {
    let fake = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", family())
        .with_file("local://context", ".dockerignore", "")
        .with_image_for_all("docker.io/library/debian:12", Some(DIGEST), "{}");
    let mut opts = vec![("source", "varve/frontend:1"), ("build-arg:VARVE_CHECKS", "off")];
    if !request.is_empty() {
        opts.push(("requestid", request));
    }
    let outcome = played::build(&fake, &played::session(&opts)).unwrap();
    (fake, outcome)
}

/// The texts of an answer, with the files of the family that it contains decoded.
fn texts(outcome: &Outcome) -> Vec<String> {
    use base64::Engine as _;
    let texts = outcome.metadata.values().map(|text| String::from_utf8(text.clone()).unwrap());
    let mut texts: Vec<String> = texts.collect();
    let decoded: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split('"'))
        .filter_map(|part| base64::engine::general_purpose::STANDARD.decode(part).ok())
        .filter_map(|bytes| String::from_utf8(bytes).ok())
        .collect();
    texts.extend(decoded);
    texts
}

#[test]
fn no_view_shows_a_password() {
    for name in ["plan", "explain", "graph", "outline", "targets", "lint"] {
        let (_, outcome) = ask(&format!("frontend.{name}"));
        let texts = texts(&outcome);
        assert!(texts.iter().any(|text| text.contains("xxxxx")), "{name} shows nothing: {texts:?}");
        for text in texts {
            // A cut text must not show a part of it either.
            let lines = text.lines().filter(|line| line.contains("hunt"));
            assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
        }
    }
}

#[test]
fn what_is_executed_keeps_the_password() {
    for name in ["dockerfile", "convertllb"] {
        let (_, outcome) = ask(&format!("frontend.{name}"));
        assert!(texts(&outcome).iter().any(|text| text.contains(PASSWORD)), "{name}");
    }
}

#[test]
fn names_of_vertices_files_and_history_contain_no_password() {
    let (fake, outcome) = ask("");
    let mut shown = Vec::new();
    let mut executed = false;
    for call in fake.calls() {
        let Call::Solve(solve) = call else { continue };
        let Ok(Some(definition)) = solve.input.operations() else { continue };
        for metadata in definition.metadata.values() {
            shown.extend(metadata.description.values().cloned());
        }
        let infos = definition.source.iter().flat_map(|source| &source.infos);
        shown.extend(infos.map(|info| String::from_utf8_lossy(&info.data).into_owned()));
        executed |= definition.def.iter().any(|op| String::from_utf8_lossy(op).contains(PASSWORD));
    }
    let config = &outcome.metadata["containerimage.config"];
    let config: serde_json::Value = serde_json::from_slice(config).unwrap();
    shown.push(config["history"].to_string());
    assert!(executed && shown.iter().any(|text| text.contains("xxxxx")));
    assert!(config["config"].to_string().contains(PASSWORD));
    for text in shown {
        assert!(!text.contains("hunt"), "{text}");
    }
}
