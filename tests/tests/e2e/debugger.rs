//! The debugger of buildx (`docker buildx dap`, the Debug Adapter Protocol over standard input and output) stepping through a
//! build: <https://microsoft.github.io/debug-adapter-protocol/specification>.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use varve_tests::command::stdout_of;
use varve_tests::progress::say;
use varve_tests::{Engine, stamp};

/// A debugger that runs a build.
struct Debugger {
    child: Child,
    requests: ChildStdin,
    messages: BufReader<ChildStdout>,
    sent: u64,
}

impl Debugger {
    fn start(engine: &Engine, folder: &std::path::Path, file: &str) -> Result<Debugger> {
        let mut command = engine.docker();
        command.env("BUILDX_EXPERIMENTAL", "1").current_dir(folder);
        command.args(["buildx", "dap", "build", "--output=type=cacheonly", "--file", file, "."]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let requests = child.stdin.take().context("its input")?;
        let messages = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Debugger { child, requests, messages, sent: 0 })
    }

    fn send(&mut self, command: &str, arguments: Value) -> Result<()> {
        self.sent += 1;
        let request =
            json!({"seq": self.sent, "type": "request", "command": command, "arguments": arguments});
        let request = request.to_string();
        write!(self.requests, "Content-Length: {}\r\n\r\n{request}", request.len())?;
        Ok(self.requests.flush()?)
    }

    fn receive(&mut self) -> Result<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            ensure!(self.messages.read_line(&mut line)? > 0, "the debugger ended");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse()?,
                Some(_) => {}
                None => break,
            }
        }
        let mut message = vec![0; length];
        self.messages.read_exact(&mut message)?;
        Ok(serde_json::from_slice(&message)?)
    }

    /// The next message whose key has one of these values.
    fn receive_of(&mut self, key: &str, values: &[&str]) -> Result<Value> {
        loop {
            let message = self.receive()?;
            if message[key].as_str().is_some_and(|value| values.contains(&value)) {
                return Ok(message);
            }
        }
    }

    /// Steps through a whole build. Returns the file and the line of every stop.
    fn steps(&mut self) -> Result<Vec<(String, u64)>> {
        self.send("initialize", json!({"adapterID": "test", "linesStartAt1": true}))?;
        self.receive_of("command", &["initialize"])?;
        self.send("launch", json!({"stopOnEntry": true}))?;
        self.receive_of("command", &["launch"])?;
        self.send("configurationDone", json!({}))?;
        let mut stops = Vec::new();
        loop {
            let event = self.receive_of("event", &["stopped", "terminated"])?;
            if event["event"] == "terminated" {
                return Ok(stops);
            }
            let thread = json!({"threadId": event["body"]["threadId"]});
            self.send("stackTrace", thread.clone())?;
            let trace = self.receive_of("command", &["stackTrace"])?;
            let frame = &trace["body"]["stackFrames"][0];
            let file = frame["source"]["name"].as_str().unwrap_or_default().to_owned();
            stops.push((file, frame["line"].as_u64().unwrap_or_default()));
            self.send("next", thread)?;
        }
    }
}

impl Drop for Debugger {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn it_stops_at_the_lines_of_each_step_as_in_a_dockerfile() -> Result<()> {
    let engine = Engine::get()?;
    if stdout_of(engine.docker().env("BUILDX_EXPERIMENTAL", "1").args(["buildx", "dap", "--help"])).is_err() {
        say("not tested: this buildx has no debugger; 0.28 and later have one");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let stamp = stamp();
    let ours = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo {stamp}\n      - run: echo two\n        workdir: /tmp\n      - dir: /three\n"
    );
    let theirs =
        format!("FROM varve.test/debian:12\nRUN echo {stamp}\nRUN cd /tmp; echo two\nRUN mkdir /three\n");
    std::fs::write(folder.path().join("image.yaml"), ours)?;
    std::fs::write(folder.path().join("Dockerfile"), theirs)?;
    let lines = |file: &str| -> Result<Vec<u64>> {
        let stops = Debugger::start(engine, folder.path(), file)?.steps()?;
        ensure!(stops.iter().all(|(name, _)| name == file), "{stops:?}");
        Ok(stops.into_iter().map(|(_, line)| line).collect())
    };
    // The debugger stops twice at the last step: before it runs, and at the end of the build.
    assert_eq!(lines("Dockerfile")?, [1, 2, 3, 4, 4]);
    assert_eq!(lines("image.yaml")?, [4, 6, 7, 9, 9]);
    Ok(())
}
