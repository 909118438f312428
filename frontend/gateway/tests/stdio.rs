//! The bridge over a process's own standard input and output, as a daemon starts it.
//!
//! The test starts itself as the frontend. It has no harness, for that prints to standard output.

#![cfg(test)]

#[path = "suite/grpc_bridge/daemon.rs"]
#[expect(dead_code, reason = "shared with the tests over a stream, which need more of it")]
mod daemon;

use std::future::Future;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use buildkit_gateway::{Bridge as _, GrpcBridge, GrpcCode, Status};
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use daemon::Daemon;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("frontend") => runtime.block_on(frontend()),
        // A test runner that wants names finds none here.
        Some("--list") => {}
        _ => {
            runtime.block_on(over_pipes());
            runtime.block_on(over_a_socket());
            without_a_daemon(Stdio::null(), Stdio::null());
            without_a_daemon(Stdio::piped(), Stdio::piped());
        }
    }
}

/// The frontend: pings and returns an error. Exits with 3 if that does not work.
async fn frontend() {
    let build = async {
        let bridge = GrpcBridge::stdio().await?;
        bridge.ping().await?;
        bridge.finish(Err(Status::new(GrpcCode::DATA_LOSS, "x".repeat(1 << 20)))).await
    };
    std::process::exit(if build.await.is_ok() { 0 } else { 3 })
}

/// As the daemon does it.
async fn over_pipes() {
    let mut child = start(Stdio::piped(), Stdio::piped());
    let input = OwnedFd::from(child.stdin.take().unwrap());
    let output = OwnedFd::from(child.stdout.take().unwrap());
    let near = tokio::io::join(
        pipe::Receiver::from_owned_fd(output).unwrap(),
        pipe::Sender::from_owned_fd(input).unwrap(),
    );
    serve(child, near).await;
}

/// Neither pipe nor file, so that tokio's threads do the reading and writing.
async fn over_a_socket() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = start(OwnedFd::from(theirs.try_clone().unwrap()).into(), OwnedFd::from(theirs).into());
    ours.set_nonblocking(true).unwrap();
    serve(child, tokio::net::UnixStream::from_std(ours).unwrap()).await;
}

/// The frontend ends by itself, with an error, when nobody is there.
fn without_a_daemon(input: Stdio, output: Stdio) {
    let mut child = start(input, output);
    drop((child.stdin.take(), child.stdout.take()));
    assert_eq!(wait(&mut child), Some(3));
}

async fn serve(mut child: Child, mut near: impl AsyncRead + AsyncWrite + Unpin) {
    let (mut far, served) = tokio::io::duplex(64 << 10);
    let daemon = Daemon::newest();
    let server = daemon.serve(served);
    // Ends when the frontend is gone.
    let _ = within(tokio::io::copy_bidirectional(&mut near, &mut far)).await;
    server.abort();
    assert_eq!(wait(&mut child), Some(0));
    assert_eq!(daemon.methods(), ["ping", "return"]);
    let error = daemon.last::<pb::ReturnRequest>("return").error.unwrap();
    assert_eq!((error.code, error.message.len()), (15, 1 << 20));
}

fn start(input: Stdio, output: Stdio) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .arg("frontend")
        .stdin(input)
        .stdout(output)
        .spawn()
        .unwrap()
}

const SOON: Duration = Duration::from_secs(30);

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, work).await.unwrap()
}

/// The exit code of a process that ends soon; one that does not is stopped.
fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap().code()
}
