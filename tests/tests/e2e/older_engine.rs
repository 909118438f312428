//! An older release: Docker Engine 26.1 of Debian trixie, with BuildKit 0.13.

use std::fs::{self, File};
use std::process::Command;

use anyhow::Result;
use varve_tests::command::stdout_of;
use varve_tests::engine::own::{self, EndedLater};
use varve_tests::machine::Machine;
use varve_tests::progress::say;
use varve_tests::{Build, Engine, Outcome, compare, stamp};

/// Starts the engine. Prints the reason and returns `None` if no engine can be made.
fn older() -> Result<Option<(Engine, EndedLater)>> {
    let machine = Machine { suite: Some("trixie".into()), ..Machine::read()? };
    if let Err(reason) = machine.can_make_engine() {
        say(&format!("not tested: {reason}"));
        return Ok(None);
    }
    let ended = EndedLater::unless_running(&machine);
    Ok(Some((own::up_plain(&machine)?, ended)))
}

const OURS: &str = r#"# syntax=varve/frontend:dev
args: {word: {default: none, description: what is written}}
stages:
  tools:
    from: varve.test/debian:12
    steps:
      - run: echo STAMP > /tool
        mounts: [{secret: token, env: TOKEN}, {cache: /ccache}, {tmpfs: /scratch, size: 1m}]
  app:
    from: varve.test/debian:12
    env: {A: b}
    workdir: /srv
    user: "1000"
    steps:
      - copy: src/ ./
        exclude: ["*.md"]
        owner: 1000:1000
      - {copy: /tool, from: tools, to: /usr/local/bin/, link: true}
      - layers:
          one: [{run: id -u > /tmp/one}]
          two: [{run: echo two > /tmp/two}]
      - {file: /srv/word, content: "${{ word }}", mode: "0600"}
    image: {cmd: [x], labels: {l: "1"}, annotations: {a.b/c: d}}
"#;
const THEIRS: &str = r#"FROM varve.test/debian:12 AS tools
RUN echo STAMP > /tool
FROM varve.test/debian:12
ENV A=b
WORKDIR /srv
COPY --exclude=*.md --chown=1000:1000 src/ ./
COPY --from=tools /tool /usr/local/bin/
USER 1000
RUN id -u > /tmp/one
RUN echo two > /tmp/two
COPY --chmod=0600 word /srv/word
CMD ["x"]
LABEL l=1
"#;

#[test]
fn builds_questions_and_what_it_lacks() -> Result<()> {
    let Some((engine, _ended)) = older()? else { return Ok(()) };
    let stamp = stamp();
    let files = |build: Build| {
        build.with("src/a.txt", "a").with("src/b.md", "b").with("word", "said").secret("token", "t")
    };
    let ours = files(Build::yaml(&OURS.replace("STAMP", &stamp))).arg("word", "said");
    // Its own Dockerfile frontend does not support --exclude.
    let theirs =
        THEIRS.replace("STAMP", &stamp).replace("--exclude=*.md ", "").replace("src/ ./", "src/a.txt ./");
    let theirs = files(Build::dockerfile(&theirs));
    let image = ours.image(&engine)?;
    // The Dockerfile frontend sets this key. The OCI image specification asks new builders not to.
    let mut differences = compare(&image, &theirs.image(&engine)?);
    differences.retain(|line| !line.starts_with("config.ArgsEscaped: only in the second"));
    assert_eq!(differences, [""; 0]);
    assert_eq!(image.manifest["annotations"]["a.b/c"], "d");

    // Every build gives the same bytes.
    let dated = |build: &Build| {
        build.clone().arg("SOURCE_DATE_EPOCH", "1234567890").exported("rewrite-timestamp=true")
    };
    let first = dated(&ours).image(&engine)?;
    assert_eq!(first.config["created"], "2009-02-13T23:31:30Z");
    assert_eq!(dated(&ours).flag("--no-cache").image(&engine)?.digest, first.digest);

    // Clients began to support subrequests later, so the client of the newer engine runs them on this daemon.
    let asked = engine.with_client_of(Engine::get()?);
    let outline = ours.call(&asked, "outline")?.success()?.stdout;
    assert!(outline.contains("word        said    what is written"), "{outline}");
    let matrix = ours.call(&asked, "matrix")?.success()?.stdout;
    assert!(matrix.contains("\n1 variant\n"), "{matrix}");

    // An archive on standard input is sent once. The engine's own frontend has read it when varve starts.
    let folder = tempfile::tempdir()?;
    let archive = folder.path().join("all.tar");
    let text =
        "# syntax=varve/frontend:dev\nstages: {app: {from: scratch, steps: [{copy: image.yaml, to: /}]}}\n";
    fs::write(folder.path().join("image.yaml"), text)?;
    stdout_of(Command::new("tar").current_dir(&folder).arg("-cf").arg(&archive).arg("image.yaml"))?;
    let piped = Build::default().file("image.yaml").at("-");
    let (mut command, _made) = piped.command(&engine, &["--output=type=cacheonly".into()])?;
    let output = command.stdin(File::open(&archive)?).output()?;
    Outcome::of("docker buildx build -", &output).success()?;

    // Missing capabilities are reported before anything is built, with the lines that need them.
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo {stamp}\n      - {{symlink: /a, to: b}}\n"
    );
    let failed = Build::yaml(&text).run(&engine)?;
    assert_eq!(failed.logs, "");
    let failed = failed.failure()?;
    assert!(failed.contains("this step requires BuildKit 0.19 or later (file.symlink.create)"), "{failed}");
    assert!(failed.contains("image.yaml:7"), "{failed}");
    Ok(())
}
