//! Options of `docker buildx build` that affect steps, compared with an equivalent Dockerfile where there is one.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};
use varve_tests::command::output_of;
use varve_tests::{Build, Engine, Outcome, compare, stamp};

/// Builds with an environment variable of the client.
fn with_variable(build: &Build, variable: (&str, &str)) -> Result<Outcome> {
    let (mut command, _context) = build.command(Engine::get()?, &["--progress=rawjson".into()])?;
    command.env(variable.0, variable.1);
    let output = output_of(&mut command)?;
    Ok(Outcome::of("docker buildx build", &output))
}

#[test]
fn arguments_with_a_meaning_of_their_own() -> Result<()> {
    let engine = Engine::get()?;
    let stamp = stamp();
    let ours = format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: |
          hostname > /name
          echo \"$HTTP_PROXY $no_proxy $ftp_proxy\" > /proxies
          cat /cache/of-the-other > /cached || echo nothing > /cached
          echo ours > /cache/of-ours
        mounts: [{{cache: /cache, id: {stamp}}}]
"
    );
    let theirs = format!(
        "FROM varve.test/debian:12
RUN --mount=type=cache,target=/cache,id={stamp} \\
    hostname > /name; echo \"$HTTP_PROXY $no_proxy $ftp_proxy\" > /proxies; \\
    cat /cache/of-ours > /cached || echo nothing > /cached; \\
    echo theirs > /cache/of-the-other
"
    );
    let options = |build: Build| {
        build
            .arg("BUILDKIT_SANDBOX_HOSTNAME", "builder.test")
            .arg("HTTP_PROXY", "http://proxy.test")
            .arg("no_proxy", "a.test")
            .arg("ftp_proxy", "")
            .arg("BUILDKIT_MULTI_PLATFORM", "true")
            .arg("BUILDKIT_CACHE_MOUNT_NS", "namespace")
    };
    let ours = options(Build::yaml(&ours)).images(engine)?;
    let theirs = options(Build::dockerfile(&theirs));
    let found = theirs.images(engine)?;
    // Only the content of the cache differs: the first build wrote to it, and the second found that in the same cache.
    let differences = compare(&ours[0], &found[0]);
    assert_eq!(differences.len(), 1, "{differences:#?}");
    assert!(differences[0].starts_with("/cached: "), "{differences:?}");
    let node = |image: &varve_tests::Image, path: &str| image.tree.get(path).map(|node| node.kind.clone());
    let same = "FROM scratch\nCOPY cached nothing name /\n";
    let expect = Build::dockerfile(same)
        .with("cached", "ours\n")
        .with("nothing", "nothing\n")
        .with("name", "builder.test\n");
    let expect = expect.image(engine)?;
    assert_eq!(node(&ours[0], "/cached"), node(&expect, "/nothing"));
    assert_eq!(node(&found[0], "/cached"), node(&expect, "/cached"));
    assert_eq!(node(&ours[0], "/name"), node(&expect, "/name"));
    // The result has the form for several platforms, with one of them.
    assert_eq!((ours.len(), &ours[0].platform), (1, &found[0].platform));
    Ok(())
}

#[test]
fn what_has_to_be_allowed() -> Result<()> {
    let engine = Engine::get()?;
    let stamp = stamp();
    let ours = |beside: &str| {
        Build::yaml(&format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - {{run: \"true {stamp}; readlink /proc/self/ns/net > /net\", {beside}}}\n"
        ))
    };
    // A step gets the host's network only if that is allowed.
    let refused = ours("network: host").run(engine)?.failure()?;
    let theirs = Build::dockerfile(&format!(
        "FROM varve.test/debian:12\nRUN --network=host readlink /proc/self/ns/net > /net; true {stamp}\n"
    ));
    let their_refusal = theirs.run(engine)?.failure()?;
    for text in [&refused, &their_refusal] {
        assert!(text.contains("network.host is not allowed"), "{text}");
    }
    let allow = |build: Build, what: &str| build.flag(&format!("--allow={what}"));
    let host = allow(ours("network: host"), "network.host").image(engine)?;
    let also = allow(theirs, "network.host").image(engine)?;
    assert_eq!(compare(&host, &also), [""; 0]);
    let sandbox = ours("network: default").image(engine)?;
    assert_ne!(sandbox.tree.get("/net").map(|node| &node.kind), host.tree.get("/net").map(|node| &node.kind));
    // The network of all steps that do not set their own.
    let forced = allow(ours("network: default").flag("--network=host"), "network.host").image(engine)?;
    assert_eq!(forced.tree.get("/net").map(|node| &node.kind), host.tree.get("/net").map(|node| &node.kind));

    let refused = ours("security: insecure").run(engine)?.failure()?;
    assert!(refused.contains("security.insecure is not allowed"), "{refused}");
    // A device that does not exist.
    let missing = ours("devices: [vendor.test/class=none]").run(engine)?.failure()?;
    assert!(missing.contains("vendor.test/class=none"), "{missing}");
    Ok(())
}

#[test]
fn source_policies_deny_and_replace() -> Result<()> {
    let stamp = stamp();
    let text = format!(
        "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: cut -d. -f1 /etc/debian_version > /version; cat /version; true {stamp}
"
    );
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("policy.json");
    let with = |rules: Value| -> Result<Outcome> {
        fs::write(&path, json!({"rules": rules}).to_string())?;
        with_variable(&Build::yaml(&text), ("EXPERIMENTAL_BUILDKIT_SOURCE_POLICY", &path.to_string_lossy()))
    };
    let selector = json!({"identifier": "docker-image://varve.test/debian:12"});
    let denied = with(json!([{"action": "DENY", "selector": selector}]))?.failure()?;
    assert!(denied.contains("denied by policy"), "{denied}");
    assert!(denied.contains("image.yaml:4"), "the line that names the image: {denied}");
    let updates = json!({"identifier": "docker-image://varve.test/debian:13"});
    let replaced =
        with(json!([{"action": "CONVERT", "selector": selector, "updates": updates}]))?.success()?;
    assert_eq!(replaced.logs, "13\n");
    Ok(())
}

#[test]
fn the_epoch_of_the_environment_is_that_of_the_build() -> Result<()> {
    let stamp = stamp();
    let text = format!(
        "# syntax=varve/frontend:dev\nargs: {{SOURCE_DATE_EPOCH: none}}\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo at $TIME {stamp}\n        env: {{TIME: \"${{{{ SOURCE_DATE_EPOCH }}}}\"}}\n"
    );
    let build = Build::yaml(&text);
    let without = build.run(Engine::get()?)?.success()?;
    assert_eq!(without.logs, format!("at none {stamp}\n"));
    let with = with_variable(&build, ("SOURCE_DATE_EPOCH", "1234567890"))?.success()?;
    assert_eq!(with.logs, format!("at 1234567890 {stamp}\n"));
    Ok(())
}
