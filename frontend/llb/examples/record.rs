//! Records the operations that a real BuildKit builds from the Dockerfiles in `tests/golden`. The golden tests compare with them.
//!
//! Run it with `cargo run -p buildkit-llb --example record -- /run/docker.sock [case...]`. It needs buildx with provenance of mode
//! `max`.
//!
//! Each folder is a case. It contains a Dockerfile and its context, more arguments of buildx in `arguments` (one on each line), and
//! shell commands that run during the build in `servers` (one on each line). The result is `recorded.json`: every operation in the
//! JSON of the provenance, by the digest of the bytes that the Dockerfile frontend wrote.
//!
//! Some of these bytes contain the id of the session. A proxy in front of the socket reads it from the request that opens the session.

use std::error::Error;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let socket = PathBuf::from(arguments.next().ok_or("which socket?")?);
    let wanted: Vec<_> = arguments.collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for entry in fs::read_dir(golden)? {
        let case = entry?.path();
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if case.join("Dockerfile").exists() && (wanted.is_empty() || wanted.contains(&name)) {
            record(&case, &socket)?;
        }
    }
    Ok(())
}

fn record(case: &Path, socket: &Path) -> Outcome<()> {
    let work = std::env::temp_dir().join(format!("record-{}", std::process::id()));
    fs::create_dir_all(&work)?;
    let proxy = work.join("docker.sock");
    let session = listen(&proxy, socket)?;
    let metadata = work.join("metadata.json");
    let mut build = Command::new("docker");
    build.args([
        "buildx",
        "build",
        "--quiet",
        "--no-cache",
        "--provenance=mode=max",
        "--output=type=cacheonly",
    ]);
    build.arg("--metadata-file").arg(&metadata).env("BUILDX_METADATA_PROVENANCE", "max");
    if let Ok(more) = fs::read_to_string(case.join("arguments")) {
        build.args(more.lines());
    }
    build.arg(case).env("DOCKER_HOST", format!("unix://{}", proxy.display()));
    let mut servers = serve(case, &work)?;
    let status = build.status();
    for server in &mut servers {
        server.kill()?;
        server.wait()?;
    }
    if !status?.success() {
        return Err(format!("{} does not build", case.display()).into());
    }
    let metadata: Value = serde_json::from_slice(&fs::read(metadata)?)?;
    let config = &metadata["buildx.build.provenance"]["buildConfig"];
    let mut operations = serde_json::Map::new();
    let mapping = config["digestMapping"].as_object().ok_or("no digests in the provenance")?;
    for step in config["llbDefinition"].as_array().ok_or("no operations in the provenance")? {
        let (digest, _) = mapping.iter().find(|(_, id)| **id == step["id"]).ok_or("a step without digest")?;
        operations.insert(digest.clone(), step.clone());
    }
    let session = session.lock().map_err(|_| "the proxy failed")?.clone();
    let recorded = json!({ "engine": engine(socket)?, "session": session, "operations": operations });
    fs::write(case.join("recorded.json"), format!("{recorded:#}\n"))?;
    fs::remove_dir_all(work)?;
    Ok(())
}

fn serve(case: &Path, work: &Path) -> Outcome<Vec<Child>> {
    let Ok(lines) = fs::read_to_string(case.join("servers")) else { return Ok(Vec::new()) };
    let start = |line| Command::new("sh").args(["-c", line]).current_dir(case).env("WORK", work).spawn();
    let servers = lines.lines().map(start).collect::<Result<_, _>>()?;
    thread::sleep(Duration::from_secs(2));
    Ok(servers)
}

fn engine(socket: &Path) -> Outcome<String> {
    let mut version = Command::new("docker");
    version.args(["version", "--format", "Docker {{.Server.Version}}"]);
    let output = version.env("DOCKER_HOST", format!("unix://{}", socket.display())).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

/// Forwards connections to the socket, and stores the id of the session that one of them opens.
fn listen(proxy: &Path, socket: &Path) -> Outcome<Arc<Mutex<String>>> {
    let session = Arc::new(Mutex::new(String::new()));
    let (found, socket, listener) = (session.clone(), socket.to_owned(), UnixListener::bind(proxy)?);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = UnixStream::connect(&socket) else { return };
            if let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) {
                thread::spawn(move || pass(from, to, None));
            }
            let found = found.clone();
            thread::spawn(move || pass(client, server, Some(found)));
        }
    });
    Ok(session)
}

fn pass(mut from: UnixStream, mut to: UnixStream, found: Option<Arc<Mutex<String>>>) {
    const HEADER: &str = "X-Docker-Expose-Session-Uuid: ";
    let mut buffer = [0; 65536];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if let Some(found) = &found
            && let text = String::from_utf8_lossy(&buffer[..read])
            && let Some((_, rest)) = text.split_once(HEADER)
            && let Ok(mut session) = found.lock()
        {
            *session = rest.lines().next().unwrap_or_default().into();
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may still send data.
    let _ = to.shutdown(Shutdown::Write);
}
