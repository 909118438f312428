//! Connections that break, and concurrent calls.

use std::sync::Arc;
use std::time::Duration;

use buildkit_gateway::{Bridge, GrpcBridge, Status};
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Barrier, Notify};
use tokio::time::timeout;

use super::daemon::{Answer, Daemon, some_ref};

/// A timeout that is long for a stream in memory, and short for a test that hangs.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn calls_run_concurrently() {
    let daemon = Daemon {
        meeting: Some(Arc::new(Barrier::new(32))),
        read_file: Answer::with(|request: pb::ReadFileRequest| {
            Ok(pb::ReadFileResponse { data: request.file_path.into_bytes() })
        }),
        ..Daemon::newest()
    };
    let bridge = Arc::new(daemon.connect().await);
    let calls: Vec<_> = (0..32)
        .map(|n: u32| {
            let bridge = Arc::clone(&bridge);
            tokio::spawn(async move { (n, bridge.read_file(&some_ref(), &n.to_string(), None).await) })
        })
        .collect();
    for call in calls {
        let (n, answer) = timeout(SOON, call).await.unwrap().unwrap();
        assert_eq!(answer, Ok(n.to_string().into_bytes()));
    }
}

#[tokio::test]
async fn the_daemon_is_pinged_once() {
    let daemon = Daemon::newest();
    let bridge = daemon.connect().await;
    let (first, second) = tokio::join!(bridge.ping(), bridge.ping());
    assert_eq!(first, second);
    assert_eq!(bridge.ping().await, first);
    assert_eq!(daemon.methods(), ["ping"]);
}

#[tokio::test]
async fn a_daemon_that_vanishes_during_a_call_is_an_error() {
    let stuck = Arc::new(Notify::new());
    let daemon = Daemon { stuck: Some(Arc::clone(&stuck)), ..Daemon::newest() };
    // The server keeps its end of the stream open as long as a call runs, so the test cuts a pipe in between.
    let (ours, mut near) = tokio::io::duplex(64 << 10);
    let (mut far, theirs) = tokio::io::duplex(64 << 10);
    daemon.serve(theirs);
    let pipe = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
    let bridge = GrpcBridge::over(ours).await.unwrap();
    let cut = async {
        stuck.notified().await;
        pipe.abort();
    };
    let files = some_ref();
    let both = async { tokio::join!(bridge.read_file(&files, "f", None), cut) };
    let (answer, ()) = timeout(SOON, both).await.unwrap();
    check_lost(answer.unwrap_err());
    // All later calls fail too.
    check_lost(timeout(SOON, bridge.read_file(&some_ref(), "f", None)).await.unwrap().unwrap_err());
    check_lost(timeout(SOON, bridge.finish(Err(Status::user("too late")))).await.unwrap().unwrap_err());
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_an_error() {
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    drop(theirs);
    // The first write may fail on connecting or on the first call.
    match timeout(SOON, GrpcBridge::over(ours)).await.unwrap() {
        Err(status) => assert!(status.message.starts_with("cannot connect to the daemon: "), "{status}"),
        Ok(bridge) => check_lost(timeout(SOON, bridge.ping()).await.unwrap().unwrap_err()),
    }
}

#[tokio::test]
async fn something_that_does_not_speak_the_protocol_is_an_error() {
    let (ours, mut theirs) = tokio::io::duplex(64 << 10);
    let other = tokio::spawn(async move {
        let mut preface = [0; 24];
        theirs.read_exact(&mut preface).await.unwrap();
        theirs.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        // Reads until the frontend closes the stream, so that the answer fails and not a write.
        tokio::io::copy(&mut theirs, &mut tokio::io::sink()).await.unwrap();
        preface
    });
    let bridge = timeout(SOON, GrpcBridge::over(ours)).await.unwrap().unwrap();
    check_lost(timeout(SOON, bridge.ping()).await.unwrap().unwrap_err());
    drop(bridge);
    assert_eq!(&timeout(SOON, other).await.unwrap().unwrap(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

#[expect(clippy::needless_pass_by_value, reason = "it takes the result of unwrap_err")]
fn check_lost(status: Status) {
    assert!(status.message.starts_with("lost the connection to the daemon: "), "{status}");
    assert!(!status.message.contains('\n'), "{status}");
    assert_eq!(status.details, []);
}
