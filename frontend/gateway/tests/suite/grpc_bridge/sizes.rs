//! Messages and errors with the sizes of real builds.

use buildkit_gateway::{Bridge, Detail, GrpcCode, Outcome, Range, Solve, SourceFile, SourceRange, Status};
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::pb::Definition;

use super::daemon::{Answer, Daemon, map, one_ref, some_ref};
use super::failures::with_details;

const MIB: usize = 1 << 20;

/// Bytes that do not compress.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn an_error_keeps_its_source_file() {
    // With hyper's default limits, an error of 12 KB loses its details, and one of 40 KB breaks the connection.
    for length in [1_000, 12_000, 40_000, 225_000, 3_000_000] {
        let file = SourceFile { name: "image.yaml".to_owned(), data: bytes(length), ..SourceFile::default() };
        let source = SourceRange { file, ranges: vec![Range::lines(2, 3)] };
        let detail = Detail::source(&source);
        assert!(detail.value.len() > length * 4 / 3);
        let daemon = Daemon {
            read_file: Answer::with(move |_| {
                let detail = (detail.type_url.as_str(), detail.value.clone());
                Err(with_details(2, "step failed", vec![detail]))
            }),
            ..Daemon::newest()
        };
        let bridge = daemon.connect().await;
        let status = bridge.read_file(&some_ref(), "f", None).await.unwrap_err();
        assert_eq!((status.message.as_str(), status.sources()), ("step failed", vec![source]), "{length}");
        // The connection still works, so the error can be returned.
        assert_eq!(bridge.finish(Err(status)).await, Ok(()), "{length}");
    }
}

#[tokio::test]
async fn a_large_file_is_one_message() {
    let content = bytes(10 * MIB);
    let sent = content.clone();
    let daemon = Daemon {
        read_file: Answer::with(move |_| Ok(pb::ReadFileResponse { data: sent.clone() })),
        ..Daemon::newest()
    };
    assert!(daemon.connect().await.read_file(&some_ref(), "f", None).await == Ok(content));
}

#[tokio::test]
async fn a_large_definition_and_a_large_result_are_sent() {
    let daemon = Daemon { solve: Answer::with(|_| Ok(one_ref("r"))), ..Daemon::newest() };
    let bridge = daemon.connect().await;
    let definition = Definition { def: vec![bytes(10 * MIB)], ..Default::default() };
    bridge.solve(Solve::definition(&definition)).await.unwrap();
    assert!(daemon.last::<pb::SolveRequest>("solve").definition == Some(definition));
    let metadata = bytes(10 * MIB);
    bridge.finish(Ok(Outcome::of_metadata(map([("result.json", metadata.clone())])))).await.unwrap();
    let result = daemon.last::<pb::ReturnRequest>("return").result.unwrap();
    assert!(result.metadata["result.json"] == metadata);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_an_error_and_the_connection_still_works() {
    let daemon = Daemon {
        read_file: Answer::with(|_| Ok(pb::ReadFileResponse { data: vec![0; 17 * MIB] })),
        solve: Answer::with(|_| Ok(one_ref("r"))),
        ..Daemon::newest()
    };
    let bridge = daemon.connect().await;
    let inward = bridge.read_file(&some_ref(), "f", None).await.unwrap_err();
    assert!(inward.message.contains("17825797 bytes"), "{inward}");
    let definition = Definition { def: vec![vec![0; 17 * MIB]], ..Default::default() };
    let outward = bridge.solve(Solve::definition(&definition)).await.unwrap_err();
    assert_eq!(outward.message, "the graph has 17825804 bytes, but BuildKit accepts at most 16777216");
    assert_eq!(bridge.finish(Err(outward)).await, Ok(()));
}

#[tokio::test]
async fn an_error_with_details_that_are_too_large_is_sent_without_them() {
    // The second daemon has the limit of BuildKit before 0.14.
    check(Daemon::newest(), 17 * MIB).await;
    check(Daemon { refuses_above: Some(4 * MIB), ..Daemon::newest() }, 5 * MIB).await;

    async fn check(daemon: Daemon, size: usize) {
        let detail = Detail { type_url: "x".to_owned(), value: vec![0; size] };
        let status = Status::new(GrpcCode::INTERNAL, "broken").with(detail);
        assert_eq!(daemon.connect().await.finish(Err(status)).await, Ok(()));
        let error = daemon.last::<pb::ReturnRequest>("return").error.unwrap();
        assert_eq!(Status::from(error), Status::new(GrpcCode::INTERNAL, "broken"));
    }
}
