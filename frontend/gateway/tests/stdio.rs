//! The bridge over the standard input and output of a process that a daemon starts.
//!
//! The test starts itself as the frontend. It has no test harness, because the harness prints to standard output.

#![cfg(test)]

#[path = "suite/grpc_bridge/daemon.rs"]
#[expect(dead_code, reason = "the tests over a stream use more of this module")]
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
        // A test runner that lists tests finds none here.
        Some("--list") => {}
        _ => {
            runtime.block_on(over_pipes());
            runtime.block_on(over_a_socket());
            without_a_daemon(Stdio::null(), Stdio::null());
            without_a_daemon(Stdio::piped(), Stdio::piped());
        }
    }
}

/// The frontend. It sends a ping and returns an error. It exits with 3 if a call fails.
async fn frontend() {
    let build = async {
        let bridge = GrpcBridge::stdio().await?;
        bridge.ping().await?;
        bridge.finish(Err(Status::new(GrpcCode::DATA_LOSS, "x".repeat(1 << 20)))).await
    };
    std::process::exit(if build.await.is_ok() { 0 } else { 3 })
}

/// The daemon uses pipes.
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

/// A socket is neither a pipe nor a file, so threads of tokio read and write it.
async fn over_a_socket() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = start(OwnedFd::from(theirs.try_clone().unwrap()).into(), OwnedFd::from(theirs).into());
    ours.set_nonblocking(true).unwrap();
    serve(child, tokio::net::UnixStream::from_std(ours).unwrap()).await;
}

/// Without a daemon the frontend exits with an error.
fn without_a_daemon(input: Stdio, output: Stdio) {
    let mut child = start(input, output);
    drop((child.stdin.take(), child.stdout.take()));
    assert_eq!(wait(&mut child), Some(3));
}

async fn serve(mut child: Child, mut near: impl AsyncRead + AsyncWrite + Unpin) {
    let (mut far, served) = tokio::io::duplex(64 << 10);
    let daemon = Daemon::newest();
    let server = daemon.serve(served);
    // The copy ends when the frontend exits.
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

/// Waits for a process and returns its exit code. A process that does not end is killed.
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
