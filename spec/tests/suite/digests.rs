//! `digest("REFERENCE")` in expressions.

use std::collections::BTreeMap;

use varve_spec::{Digests, Family, Lock, Platform, Selection, Sources};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn lock() -> Lock {
    let other = DIGEST.replace('0', "f");
    let text = format!(
        "version: 1\nimages:\n  \"debian:12\": {DIGEST}\n  \"acme/tools:1\":\n    linux/amd64: {DIGEST}\n    linux/arm64: {other}\n"
    );
    Lock::read("image.lock", &text).unwrap()
}

/// The label of an image, or all errors.
fn label(value: &str, arch: &str, digests: Digests) -> Result<String, Vec<String>> {
    let text = format!("stages:\n  app:\n    from: \"debian:12\"\n    image: {{labels: {{a: '{value}'}}}}\n");
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let shown = |found: &[varve_spec::Diagnostic]| -> Vec<String> {
        found.iter().map(|found| found.one_line(&sources)).collect()
    };
    let family = reading.family.ok_or_else(|| shown(&reading.found))?;
    assert!(family.reads_digests());
    let selection = Selection { digests, ..Selection::new(Platform::new("linux", arch)) };
    let plan = family.select(&selection).and_then(|variant| variant.plan()).map_err(|found| shown(&found))?;
    Ok(plan.stages[0].image.labels[0].1.clone())
}

#[test]
fn the_digest_of_the_platform() {
    let of =
        |value: &str, arch: &str| label(value, arch, Some(lock().digests(&Platform::new("linux", arch))));
    assert_eq!(of("${{ digest(\"debian:12\") }}", "amd64").as_deref(), Ok(DIGEST));
    // Names of one image are equal.
    assert_eq!(of("${{ \"docker.io/library/debian:12\" | digest }}", "arm64").as_deref(), Ok(DIGEST));
    let other = DIGEST.replace('0', "f");
    assert_eq!(of("${{ digest(\"acme/tools:1\") }}", "arm64"), Ok(other));
    assert_eq!(of("${{ digest(\"acme/tools:1\") | default(\"none\") }}", "s390x").as_deref(), Ok("none"));
}

#[test]
fn an_image_that_the_lock_does_not_have() {
    let missing = "image.yaml:4:30: the lock has no digest of the image `debian:13` for this platform: run `varve lock` if a stage uses the image, or write `digest(...) | default(...)` [missing-property]";
    for digests in [BTreeMap::new(), lock().digests(&Platform::new("linux", "amd64"))] {
        let found = label("${{ digest(\"debian:13\") }}", "amd64", Some(digests));
        assert_eq!(found, Err(vec![missing.to_owned()]));
    }
    // Without a lock at hand, as in the matrix, it is a placeholder.
    assert_eq!(label("${{ digest(\"debian:13\") }}", "amd64", None).as_deref(), Ok("DIGEST"));
}

#[test]
fn the_places_where_it_is_available() {
    let found = |stage: &str| {
        let text = format!("vars: {{v: a}}\nstages: {{app: {{from: \"debian:12\", {stage}}}}}\n");
        let found = Family::read(&Sources::single("image.yaml", text)).found;
        found
            .into_iter()
            .map(|found| format!("{}: {}", found.message, found.label.unwrap_or_default()))
            .collect::<Vec<String>>()
    };
    let value = "'${{ digest(\"debian:12\") }}'";
    let check = |stage: String, expect: &[&str]| assert_eq!(found(&stage), expect.to_vec(), "{stage}");
    check(format!("env: {{A: {value}}}"), &[]);
    check(format!("steps: [{{run: a, env: {{A: {value}}}}}, {{env: {{B: {value}}}}}]"), &[]);
    check(format!("steps: [{{file: /a, content: {value}}}]"), &[]);
    check(
        format!(
            "image: {{env: {{A: {value}}}, annotations: {{a: {value}}}, index-annotations: {{a: {value}}}}}"
        ),
        &[],
    );
    let elsewhere = "`digest()` is not available here: it is available in `env`, `labels` and `annotations`, and in the `content` of a file";
    check(format!("steps: [{{run: {value}}}]"), &[elsewhere]);
    check("steps: [{run: a, if: digest(\"debian:12\") == \"a\"}]".to_owned(), &[elsewhere]);
    check(format!("image: {{user: {value}}}"), &[elsewhere]);
}
