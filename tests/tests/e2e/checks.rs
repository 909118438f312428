//! Image tests (`checks`) on a real engine: each kind passes and fails, and none changes the image.

use varve_tests::engine::bases;
use varve_tests::{Build, Engine, compare, stamp};

/// A stage with image tests on a Debian base image. It shares no step with another build: a step that two builds run at the same time is
/// not reported as cached.
fn on_debian(checks: &str) -> Build {
    let checks = checks.trim_start_matches('\n');
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\n\
         stages:\n  app:\n    from: \"{}\"\n    user: nobody\n    env: {{GREETING: hello}}\n    steps:\n\
         {:6}- {{file: /etc/greeting, content: \"hello {}\", mode: \"0640\", owner: nobody}}\n    checks:\n{checks}",
        bases::debian(12),
        "",
        stamp()
    ))
}

/// A stage with image tests and without a base image.
fn on_nothing(checks: &str) -> Build {
    let checks = checks.trim_start_matches('\n');
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\n\
         stages:\n  app:\n    from: scratch\n    user: \"65532\"\n    steps:\n\
         {0:6}- {{file: /etc/greeting, content: hello}}\n{0:6}- {{dir: /opt/rocm-6}}\n    checks:\n{checks}",
        ""
    ))
}

const GOOD: &str = r#"
      - {run: "test $GREETING = hello && test $(id -un) = nobody && touch /tmp/trace", because: it greets}
      - {run: ["cd /etc", "test -f greeting"], user: root, workdir: /, env: {LANG: C}}
      - {file: /etc/greeting, mode: "0640", owner: nobody, contains: [hell, lo]}
      - {dir: /usr/lib}
      - {absent: [/opt/rocm*, /usr/**/*.none], because: it is not ours}
      - {packages-absent: "*-dev"}
      - {max-size: 2g}
      - {env: GREETING, is: hello}
      - {user: "65534"}
"#;

#[test]
fn good_checks_pass_once_and_leave_no_trace() {
    let engine = Engine::get().unwrap();
    let build = on_debian(GOOD);
    let checked = build.image(engine).unwrap();
    let again = build.run(engine).unwrap().success().unwrap();
    // While several builds use a base image, its vertex has the name from any of them.
    let worked: Vec<&str> = again.worked().into_iter().filter(|name| !name.contains("] from ")).collect();
    assert_eq!(worked, [""; 0], "what did not change is not checked again");
    assert_eq!(again.named("app check").len(), 8);

    let plain = build.clone().arg("VARVE_CHECKS", "off");
    let outcome = plain.run(engine).unwrap().success().unwrap();
    assert!(outcome.named("app check").is_empty(), "{:?}", outcome.vertices);
    let plain = plain.image(engine).unwrap();
    assert_eq!(compare(&checked, &plain), [""; 0]);
    assert_eq!(checked.digest, plain.digest);
    assert!(checked.tree.get("/tmp/trace").is_none());
}

#[test]
fn bad_checks_fail_together_with_their_reasons() {
    let engine = Engine::get().unwrap();
    let bad = r#"
      - {run: "echo told >&2; exit 7", because: seven}
      - {file: /etc/greeting, mode: "0644", owner: root, contains: [bye], because: it says hello}
      - {dir: /etc/greeting}
      - {absent: /etc/greet*}
      - {packages-absent: "bas?"}
      - {max-size: 1k}
      - {user: root}
"#;
    let outcome = on_debian(bad).run(engine).unwrap();
    for line in [
        "told\n",
        "/etc/greeting has the mode 0640, expected 0644\n",
        "/etc/greeting has the user nobody (65534), expected root\n",
        "/etc/greeting does not contain \"bye\"\n",
        "/etc/greeting is a file, expected a folder\n",
        "/etc/greeting exists\n",
        "the package bash is installed (dpkg)\n",
        "expected at most 1k\n",
        "the image runs as the user nobody (65534), expected root\n",
    ] {
        assert!(outcome.logs.contains(line), "{line} is not in {}", outcome.logs);
    }
    let words = outcome.failure().unwrap();
    for line in [
        "7 image tests failed:",
        "image.yaml:10:9: image test failed: run echo told >&2; exit 7: seven [check-failed]",
        "image.yaml:11:9: image test failed: file /etc/greeting: it says hello [check-failed]",
        "image.yaml:12:9: image test failed: dir /etc/greeting [check-failed]",
        "image.yaml:13:9: image test failed: absent /etc/greet* [check-failed]",
        "image.yaml:14:9: image test failed: packages-absent bas? [check-failed]",
        "image.yaml:15:9: image test failed: max-size 1k [check-failed]",
        "image.yaml:16:9: image test failed: user root [check-failed]",
        ">>>       - {run: \"echo told >&2; exit 7\", because: seven}",
    ] {
        assert!(words.contains(line), "{line} is not in {words}");
    }
}

#[test]
fn the_environment_fails_before_anything_is_built() {
    let engine = Engine::get().unwrap();
    let outcome = on_debian("      - {env: GREETING, is: bye, because: we leave}\n").run(engine).unwrap();
    assert!(outcome.named("/etc/greeting").is_empty(), "{:?}", outcome.vertices);
    let words = outcome.failure().unwrap();
    assert!(
        words.contains("image test failed: GREETING is `hello`, expected `bye`: we leave [check-failed]"),
        "{words}"
    );
}

#[test]
fn an_image_without_a_shell_is_checked_for_every_platform() {
    let engine = Engine::get().unwrap();
    let good = r#"
      - {file: /etc/greeting, mode: "0644", owner: "0:0", contains: hello}
      - {absent: [/bin, /usr/**]}
      - {packages-absent: "*"}
      - {max-size: 5}
      - {user: "65532"}
"#;
    let both = "linux/amd64,linux/arm64";
    on_nothing(good).run(engine).unwrap().success().unwrap();
    on_nothing(good).platform(both).run(engine).unwrap().success().unwrap();
    // A test for all platforms, and a test for one of them.
    let bad = r#"
      - {absent: "/opt/*", because: it is not ours}
      - {user: root, if: platform.arch == "arm64"}
"#;
    on_nothing("      - {user: root, if: platform.arch == \"arm64\"}\n")
        .run(engine)
        .unwrap()
        .success()
        .unwrap();
    let words = on_nothing(bad).platform(both).run(engine).unwrap().failure().unwrap();
    for line in [
        "2 image tests failed:",
        "image.yaml:10:9: image test failed: absent /opt/*: it is not ours [check-failed]",
        "image.yaml:11:9: image test failed: user root, for linux/arm64 [check-failed]",
    ] {
        assert!(words.contains(line), "{line} is not in {words}");
    }
}

#[test]
fn each_fails_on_an_image_without_a_shell() {
    let engine = Engine::get().unwrap();
    let text = r#"# syntax=varve/frontend:dev
stages:
  app:
    from: scratch
    steps:
      - {file: /etc/greeting, content: hello}
      - file: /var/lib/dpkg/status
        content: |
          Package: tool-dev
          Status: install ok installed
          Version: 1
    checks:
      - {file: /etc/greeting, mode: "0600", owner: "7:8", contains: bye}
      - {file: /etc/none}
      - {dir: /srv}
      - {absent: /etc/*}
      - {packages-absent: "*-dev"}
      - {max-size: 4}
      - {user: "7"}
"#;
    let outcome = Build::yaml(text).run(engine).unwrap();
    for part in [
        "/etc/greeting has the mode 0644, expected 0600\n",
        "/etc/greeting does not contain \"bye\"\n",
        "the package tool-dev is installed (dpkg)\n",
        "expected at most 4 bytes\n",
    ] {
        assert!(outcome.logs.contains(part), "{part} is not in {}", outcome.logs);
    }
    let words = outcome.failure().unwrap();
    assert!(words.contains("7 image tests failed:"), "{words}");
}

#[test]
fn a_target_checks_its_stage_and_off_is_off() {
    let engine = Engine::get().unwrap();
    let targets = "targets:\n  release: {stage: app, checks: [{absent: /etc/greeting}]}\n";
    let build = on_nothing(&format!("      - {{dir: /opt/rocm-6}}\n{targets}"));
    build.clone().target("app").run(engine).unwrap().success().unwrap();
    let words = build.clone().target("release").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("image test failed: absent /etc/greeting [check-failed]"), "{words}");
    build.clone().target("release").arg("VARVE_CHECKS", "off").run(engine).unwrap().success().unwrap();
    let words = build.arg("VARVE_CHECKS", "false").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("VARVE_CHECKS is `false`, expected `on` or `off`"), "{words}");
}

#[test]
fn a_failure_of_the_build_is_reported_alone() {
    let engine = Engine::get().unwrap();
    let build = Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: \"{}\"\n    steps: [{{run: exit 9}}]\n    \
         checks: [{{absent: /x}}, {{file: /y}}]\n",
        bases::debian(12)
    ));
    let words = build.run(engine).unwrap().failure().unwrap();
    assert!(words.contains("exit code: 9") && !words.contains("image test failed"), "{words}");
}

#[test]
fn packages_of_rpm_are_read_as_rpm_writes_them() {
    let engine = Engine::get().unwrap();
    let text = r#"# syntax=varve/frontend:dev
stages:
  made:
    from: "BASE"
    steps:
      - run: |
          apt-get update
          apt-get install -y --no-install-recommends rpm
      - file: /tool.spec
        content: |
          Name: libtool-devel
          Version: 1
          Release: 1
          Summary: a package without files
          License: none
          BuildArch: noarch
          %description
          %files
      - run: |
          rpmbuild -bb /tool.spec
          rpm --dbpath /db -i --nodeps "$(find / -name 'libtool-devel*.rpm')"
  app:
    from: scratch
    steps:
      - {copy: /db/, from: made, to: /usr/lib/sysimage/rpm/}
    checks:
      - packages-absent: "*-PATTERN"
"#;
    let text = text.replace("BASE", &bases::debian(12));
    let build = |pattern: &str| Build::yaml(&text.replace("PATTERN", pattern)).run(engine).unwrap();
    build("dev").success().unwrap();
    let bad = build("devel");
    assert!(bad.logs.contains("the package libtool-devel is installed (rpm)"), "{}", bad.logs);
    bad.failure().unwrap();
}
