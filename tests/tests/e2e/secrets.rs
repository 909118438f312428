//! A secret is visible in the step that gets it, and nowhere else.

use varve_tests::exclusive::{Exclusive, Kind};
use varve_tests::{Build, Engine, leak, stamp};

/// A build with each way to pass a secret to a step. Each step pipes it into the command `look`.
fn build(word: &str, look: &str) -> Build {
    let text = format!(
        "# syntax=varve/frontend:dev
mixins:
  login: {{mounts: [{{secret: token, env: TOKEN}}]}}
stages:
  tools:
    from: varve.test/debian:12
    steps:
      - run: cat /run/secrets/token | {look}
        mounts: [{{secret: token}}]
      - run: cat /root/.netrc | {look}
        mounts: [{{secret: token, to: /root/.netrc, mode: \"0600\"}}]
      - exec: [/bin/sh, -c, 'printenv TOKEN | {look}']
        mounts: [{{secret: token, env: TOKEN}}]
      - packages: []
        build-only: []
        run: printenv TOKEN | {look}
        mounts: [{{secret: token, env: TOKEN}}]
      - layers:
          one:
            - run: printenv TOKEN | {look}
              mixins: [login]
  app:
    from: tools
    steps:
      - run: '! printenv TOKEN && ! ls /run/secrets /root/.netrc'
    image: {{labels: {{word: {word}}}, entrypoint: [tool]}}
    checks:
      - {{run: '! printenv TOKEN'}}
targets:
  app: {{stage: app}}
"
    );
    Build::yaml(&text).secret("token", word)
}

#[test]
fn it_is_in_no_layer_configuration_statement_or_log() {
    let engine = Engine::get().unwrap();
    // The builds have a step with packages and use `--no-cache`.
    let _downloads = Exclusive::take(Kind::AptDownloads);
    let secret = stamp();
    // A build without the label that contains the secret. Only the other test has this label.
    let quiet = build("x", "sha256sum > /digest").secret("token", &secret);
    assert_eq!(leak::places(engine, &quiet, &secret).unwrap(), [""; 0]);
    let digest = format!("{}  -\n", varve_tests::digest::sha256(secret.as_bytes()));
    let seen = quiet.load(engine).unwrap().run_with(&["--entrypoint=cat"], &["/digest"]).unwrap();
    let of_line = format!("{}  -\n", varve_tests::digest::sha256(format!("{secret}\n").as_bytes()));
    assert!([digest, of_line].contains(&seen.success().unwrap()), "the last step had it");
}

#[test]
fn it_would_be_found_where_it_is() {
    let engine = Engine::get().unwrap();
    // The builds have a step with packages and use `--no-cache`.
    let _downloads = Exclusive::take(Kind::AptDownloads);
    let secret = stamp();
    let told = build(&secret, "tee /told").secret("token", &secret);
    let places = leak::places(engine, &told, &secret).unwrap();
    for place in ["layer", "configuration", "provenance", "plain progress", "rawjson logs"] {
        assert!(places.iter().any(|found| found == place), "{place} is not in {places:?}");
    }
}
