//! Prints variants of the examples as Dockerfiles, which Docker's own frontend parses. `conformance.rs` shows that the images are
//! equal.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, compare};

const EXAMPLES: [&str; 6] = ["iree", "itwinai", "quickstart", "rapids", "self", "therock"];
/// The number of variants per target.
const OF_EACH_TARGET: usize = 2;
/// The image in place of every base image, since Docker's frontend resolves all of them.
const BASE: &str = "docker-image://varve.test/debian:12";

/// Steps without an equivalent instruction, which the pairs of `conformance.rs` leave out.
const REST: &str = r#"# syntax=varve/frontend:dev
provenance: {title: "a $title", licenses: MIT}
stages:
  Below.Stage:
    from: "varve.test/debian:12"
    package-manager: apt
    steps:
      - account: app
        uid: 1234
        groups: [{name: more, gid: 2345}]
        home: /home/app
      - repository: own
        apt: {uri: "https://packages.example.com/apt", suites: stable, components: [main]}
        key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n"
      - packages: []
        remove: [not-installed]
        run: echo "$HERE" > /packages-ran
        env: {HERE: 'it''s "here"'}
      - dir: /home/app
        owner: app
      - env: {GONE: there}
      - user: app
      - workdir: /home/app
      - symlink: /made-by-root
        to: /home/app
      - symlink: /of-app
        to: "a b"
        owner: app
      - {file: /home/app/a b, content: "one $HOME\ntwo \\ back", owner: "app:more", mode: "0640"}
      - {file: /deep/er/whole, content: "EOF\n$HOME\n", mode: "0600"}
      - dir: /srv/d
        owner: app
        mode: "2770"
      - {copy: [file, "none*"], to: /copied/, optional: true, mode: "0600", owner: app}
      - run: |
          echo "$PATH" > path
          echo "${GONE-unset} $MORE" > gone
          pwd > here
        env: {PATH: {prepend: /opt/first}, MORE: {append: /x}, GONE: {unset: true}, NOTHING: {unset: true}}
        workdir: /srv/new
        user: root
      - run: 'cat "/run/a,b" > token; id -u > who'
        mounts: [{secret: token, to: "/run/a,b", mode: "0444"}]
      - run: "printf '%s' \"$0\" > sh; echo $A >> sh"
        shell: [/bin/bash, --norc, -c]
        env: {A: "1"}
      - exec: [sh, -c, 'echo "$B $PWD" > /tmp/exec']
        env: {B: "two words"}
        workdir: /tmp
      - {remove: [/usr/share/doc/*, /etc/skel/*], optional: true}
      - shell: [/bin/bash, -euo, pipefail, -c]
      - run: false | true || echo failed > piped
      - run: |
          #!/bin/bash
          echo "${BASH_VERSION:+bash}" > shell
  app:
    from: Below.Stage
    flatten: true
    image:
      cmd: echo "a b" && true
      healthcheck: {test: [/x, "a b"], interval: 1500ms, retries: 3}
      volumes: [/data]
      labels: {odd: "a \\ $b \"c\""}
"#;

/// The output of a command.
fn varve(words: &[&str]) -> String {
    let answer = varve_cli::run(
        words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(),
        varve_cli::Colours::default(),
    );
    assert_eq!(answer.code, 0, "{words:?}: {}", answer.err);
    String::from_utf8(answer.out).unwrap()
}

/// The variants of a family, as options of the command line.
fn variants(file: &str) -> Result<Vec<Vec<String>>> {
    let matrix: Value = serde_json::from_str(&varve(&["matrix", "--format=json", file]))?;
    let variants = matrix["variants"].as_array().context("no variants")?;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    // Takes variants from both ends of the list, because neighbours are similar.
    let ends = variants.iter().zip(variants.iter().rev()).flat_map(|(first, last)| [first, last]);
    for variant in ends {
        let target = variant["target"].as_str().unwrap_or_default();
        let seen = count.entry(target).or_default();
        *seen += 1;
        if *seen > OF_EACH_TARGET {
            continue;
        }
        let platform = variant["platforms"][0].as_str().unwrap_or("linux/amd64");
        let args = variant["args"].as_object().into_iter().flatten();
        let args =
            args.map(|(name, value)| format!("--build-arg={name}={}", value.as_str().unwrap_or_default()));
        let options = [format!("--target={target}"), format!("--platform={platform}")];
        all.push(options.into_iter().chain(args).collect());
    }
    Ok(all)
}

/// The base images of a Dockerfile.
fn images(text: &str) -> BTreeSet<&str> {
    let words = |line: &'static str| text.lines().filter_map(move |text| text.strip_prefix(line));
    let froms = words("FROM ").filter_map(|rest| rest.split(' ').find(|word| !word.starts_with("--")));
    let names: BTreeSet<&str> = words("FROM ").filter_map(|rest| rest.split(" AS ").nth(1)).collect();
    froms.filter(|from| *from != "scratch" && !names.contains(from)).collect()
}

#[test]
fn dockers_own_frontend_reads_the_printed_examples() -> Result<()> {
    let engine = Engine::get()?;
    let mut read = 0;
    for example in EXAMPLES {
        let file = Machine::read()?.workspace.join("examples").join(example).join("image.yaml");
        let file = file.display().to_string();
        for options in variants(&file)? {
            let words: Vec<&str> = ["dockerfile"]
                .into_iter()
                .chain(options.iter().map(String::as_str))
                .chain([file.as_str()])
                .collect();
            // The user of this image is a variable of its base, which only a builder reads.
            if options[0] == "--target=jlab" {
                let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                let answer = varve_cli::run(words, varve_cli::Colours::default());
                let expect =
                    "`base.env` has no value: only a builder reads the configuration of the base image";
                assert!(answer.code == 1 && answer.err.contains(expect), "{}", answer.err);
                continue;
            }
            let answer = varve(&words);
            let (_, text) = answer.split_once('\n').unwrap_or_default();
            // The engine's own frontend may be older than this part of the stable syntax.
            let text = &text.replace(" --parents", "");
            let bases = images(text);
            let named = |image: &str| image.split('@').next().unwrap_or_default().to_owned();
            // The references have no digests, because a named context replaces an image by its name.
            let plain = bases.iter().fold(text.clone(), |text, image| text.replace(image, &named(image)));
            let build = Build::dockerfile(&plain).flag(&options[1]);
            let build = bases.iter().fold(build, |build, image| build.context(&named(image), BASE));
            let outline =
                build.call(engine, "outline")?.success().with_context(|| format!("{options:?}\n{text}"))?;
            assert!(outline.stdout.contains("TARGET"), "{}", outline.stdout);
            read += 1;
        }
    }
    assert!(read > EXAMPLES.len(), "{read}");
    Ok(())
}

#[test]
fn the_same_is_printed_with_a_builder_and_without() -> Result<()> {
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: \"varve.test/debian:12\"
    user: games
    steps:
      - packages: [curl]
      - run: echo \"$HOME\" > /tmp/home
        workdir: /tmp
    image: {labels: {line: 'a \"b\" $c'}}
";
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("image.yaml");
    std::fs::write(&file, text.replace("user: games", "package-manager: apt\n    user: games"))?;
    let offline = varve(&["dockerfile", &file.display().to_string()]);
    assert!(offline.contains("it assumes that varve.test/debian:12 sets no user"), "{}", offline);
    let asked = Build::yaml(text).call(Engine::get()?, "dockerfile")?.success()?.stdout;
    assert!(!asked.contains("it assumes that"), "{asked}");
    for part in [
        "FROM varve.test/debian:12 AS app\n",
        "USER games\n",
        "\nUSER 0:0\nRUN --mount=type=cache,id=apt-cache-",
        "\n#!/bin/sh -e\nexport DEBIAN_FRONTEND=noninteractive\n",
        "\nEOF\nUSER games\n",
        "set -e\ncd /tmp\necho \"$HOME\" > /tmp/home\nEOF\n",
        "LABEL line=\"a \\\"b\\\" \\$c\"\n",
    ] {
        assert!(asked.contains(part) && offline.contains(part), "{part}\n{asked}\n{}", offline);
    }
    Ok(())
}

#[test]
fn what_no_dockerfile_says_so_gives_the_same_image() -> Result<()> {
    let engine = Engine::get()?;
    let build = Build::yaml(REST).with("file", "x").secret("token", "a,b");
    let ours = build.image(engine)?;
    let text = build.call(engine, "dockerfile")?.success()?.stdout;
    let (_, text) = text.split_once('\n').unwrap_or_default();
    let theirs = Build::dockerfile(text).with("image.yaml", REST).with("file", "x").secret("token", "a,b");
    let theirs = theirs.image(engine).with_context(|| text.to_owned())?;
    let mut lines = compare(&ours, &theirs);
    // That frontend sets this with every CMD.
    lines.retain(|line| !line.starts_with("config.ArgsEscaped: only in the second"));
    assert_eq!(lines, [""; 0], "{text}");
    Ok(())
}

#[test]
fn what_a_dockerfile_cannot_express_is_reported_at_each_place() -> Result<()> {
    let text = "# syntax=varve/frontend:dev
stages:
  app:
    from: \"varve.test/debian:12\"
    steps:
      - {run: make, hosts: {a.test: 10.0.0.1}}
      - {run: make, ulimits: {nofile: 10}}
      - {env: {GONE: \"1\"}}
      - {env: {GONE: {unset: true}, LINES: \"a\\nb\"}}
    image: {labels: {lines: \"a\\nb\"}}
";
    let asked = Build::yaml(text).call(Engine::get()?, "dockerfile")?.failure()?;
    for part in [
        "image.yaml:6:9: a Dockerfile cannot express `hosts` of one step",
        "image.yaml:7:9: a Dockerfile cannot express `ulimits` of one step",
        "a Dockerfile cannot express the removal of the variable `GONE` from the environment",
        "a Dockerfile cannot express the variable `LINES` with a line break",
        "a Dockerfile cannot express the label `lines` with a line break",
    ] {
        assert!(asked.contains(part), "{part}\n{asked}");
    }
    Ok(())
}
