//! `SOURCE_DATE_EPOCH`: the dates of images and files, and the same digest from every build.

use anyhow::Result;
use serde_json::Value;
use varve_tests::{Build, Engine, Image, stamp};

/// 2009-02-13T23:31:30Z.
const EPOCH: i64 = 1_234_567_890;
const DATE: &str = "2009-02-13T23:31:30Z";

fn dated(build: Build) -> Build {
    build.arg("SOURCE_DATE_EPOCH", &EPOCH.to_string())
}

fn rewritten(build: Build) -> Build {
    dated(build).exported("rewrite-timestamp=true")
}

fn layers(image: &Image) -> Vec<&Value> {
    image.manifest["layers"].as_array().into_iter().flatten().map(|layer| &layer["digest"]).collect()
}

fn created(image: &Image) -> Vec<&str> {
    let history = image.config["history"].as_array().into_iter().flatten();
    history.map(|entry| entry["created"].as_str().unwrap_or_default()).collect()
}

#[test]
fn rewritten_layers_are_those_of_the_dockerfile_and_of_every_build() -> Result<()> {
    let engine = Engine::get()?;
    // A stamp that is not in the cache. All builds of this test have the same stamp.
    let stamp = stamp();
    let ours = format!(
        "# syntax=varve/frontend:dev
stages:
  tools:
    from: varve.test/debian:12
    steps: [{{run: 'mkdir /made; date > /made/a; echo {stamp} > /made/b; rm /made/a'}}]
  app:
    from: varve.test/debian:12
    workdir: /srv/app
    steps:
      - copy: a.txt b/ ./
      - run: mkdir -p /new/folder; echo {stamp} > /new/folder/file; touch /etc/hostname.new
      - {{copy: /made, from: tools, to: /made}}
      - remove: /etc/hostname.new
    image: {{cmd: [x]}}
"
    );
    let theirs = format!(
        "FROM varve.test/debian:12 AS tools
RUN mkdir /made; date > /made/a; echo {stamp} > /made/b; rm /made/a
FROM varve.test/debian:12
WORKDIR /srv/app
COPY a.txt b/ ./
RUN mkdir -p /new/folder; echo {stamp} > /new/folder/file; touch /etc/hostname.new
COPY --from=tools /made /made
RUN rm /etc/hostname.new
CMD [\"x\"]
"
    );
    let with_files = |build: Build| rewritten(build.with("a.txt", "a").with("b/c.txt", "c"));
    let ours =
        with_files(Build::yaml(&ours.replace("copy: a.txt b/ ./", "copy: [a.txt, b/]\n        to: ./")));
    let first = ours.image(engine)?;
    let theirs = with_files(Build::dockerfile(&theirs)).image(engine)?;
    assert_eq!(layers(&first), layers(&theirs));
    assert_eq!(created(&first).last(), Some(&DATE));
    assert_eq!(first.config["created"], DATE);
    assert_eq!(first.config["created"], theirs.config["created"]);

    // All steps run again, and the image has the same digest.
    let again = ours.clone().flag("--no-cache").image(engine)?;
    assert_eq!(again.digest, first.digest);
    let other = ours.arg("SOURCE_DATE_EPOCH", "1234567891").image(engine)?;
    assert_ne!(other.digest, first.digest);
    Ok(())
}

#[test]
fn the_base_keeps_its_dates_and_its_layers() -> Result<()> {
    let engine = Engine::get()?;
    let below = Build::dockerfile("FROM scratch\nCOPY a.txt /\nENV A=b\n").with("a.txt", "a").load(engine)?;
    let text =
        format!("# syntax=varve/frontend:dev\nstages: {{app: {{from: \"{}\", env: {{A: b}}}}}}\n", below.tag);
    let text = text.as_str();
    let base = Build::yaml(text).image(engine)?;
    let rewritten = rewritten(Build::yaml(text)).image(engine)?;
    assert_eq!(layers(&rewritten), layers(&base));
    let (before, after) = (created(&base), created(&rewritten));
    assert_eq!(after.split_last(), Some((&DATE, &before[..before.len() - 1])));
    let theirs =
        self::rewritten(Build::dockerfile(&format!("FROM {}\nENV A=b\n", below.tag))).image(engine)?;
    assert_eq!((layers(&rewritten), after), (layers(&theirs), created(&theirs)));
    Ok(())
}

#[test]
fn what_steps_make_has_the_time_without_rewriting() -> Result<()> {
    let engine = Engine::get()?;
    // BuildKit 0.19 introduced links.
    let links = !engine.is_before("28.0")?;
    let text = "# syntax=varve/frontend:dev
args: {SOURCE_DATE_EPOCH: none}
stages:
  app:
    from: scratch
    workdir: /srv/app
    steps:
      - {file: /etc/motd, content: \"${{ SOURCE_DATE_EPOCH }}\"}
      - {file: /etc/mode, content: x, mode: \"0600\"}
      - {dir: /var/lib/app, mode: \"0700\"}
      - {dir: /var/plain}
      - {if: LINKS, symlink: /etc/link, to: motd}
      - copy: a.txt /copied/
";
    let text = &text.replace("LINKS", &links.to_string());
    let build = Build::yaml(text).with("a.txt", "a");
    let image = dated(build).image(engine)?;
    // The parent folders are left out, because adding a file to a folder changes the time of the folder.
    let made = ["/srv/app", "/etc/motd", "/etc/mode", "/var/lib/app", "/var/plain"];
    let time = |path: &str| image.tree.get(path).map(|node| node.time);
    let wrong: Vec<_> =
        made.iter().map(|path| (path, time(path))).filter(|(_, time)| *time != Some(EPOCH)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(time("/etc/link"), links.then_some(EPOCH));
    // A file of the context keeps its time, as with a Dockerfile.
    let theirs =
        dated(Build::dockerfile("FROM scratch\nCOPY a.txt /copied/\n").with("a.txt", "a")).image(engine)?;
    assert_eq!(time("/copied/a.txt"), theirs.tree.get("/copied/a.txt").map(|node| node.time));
    assert_ne!(time("/copied/a.txt"), Some(EPOCH));
    // The declared argument has the value of the epoch.
    let content = |image: &Image| image.tree.get("/etc/motd").map(|node| node.kind.clone());
    let same = Build::yaml(&text.replace("${{ SOURCE_DATE_EPOCH }}", &EPOCH.to_string())).with("a.txt", "a");
    assert_eq!(content(&image), content(&dated(same).image(engine)?));
    Ok(())
}
