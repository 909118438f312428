//! Errors of the daemon.

use buildkit_gateway::{Bridge, Detail, GrpcCode, Solve, Status};
use buildkit_proto::google::protobuf::Any;
use buildkit_proto::google::rpc;
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::pb::Definition;
use prost::Message as _;

use super::daemon::{Answer, Daemon, some_ref};

/// An error as the daemon sends it: the details contain code and message again.
pub(crate) fn with_details(code: i32, message: &str, details: Vec<(&str, Vec<u8>)>) -> tonic::Status {
    let details = details.into_iter().map(|(url, value)| Any { type_url: url.to_owned(), value }).collect();
    let status = rpc::Status { code, message: message.to_owned(), details };
    tonic::Status::with_details(code.into(), message, status.encode_to_vec().into())
}

#[tokio::test]
async fn code_message_and_details_are_converted() {
    check(
        with_details(
            2,
            "step failed: ü\nexit code 1",
            vec![("a/b.C+json", b"{}".to_vec()), ("d", vec![0, 255])],
        ),
        Status {
            code: GrpcCode::UNKNOWN,
            message: "step failed: ü\nexit code 1".to_owned(),
            details: vec![
                Detail { type_url: "a/b.C+json".to_owned(), value: b"{}".to_vec() },
                Detail { type_url: "d".to_owned(), value: vec![0, 255] },
            ],
        },
    )
    .await;
    check(tonic::Status::invalid_argument("no"), Status::new(GrpcCode::INVALID_ARGUMENT, "no")).await;
    // Details that do not decode, and details of another status.
    check(
        tonic::Status::with_details(tonic::Code::Internal, "odd", vec![0xff].into()),
        Status::new(GrpcCode::INTERNAL, "odd"),
    )
    .await;
    let inner = rpc::Status { code: 5, message: "inner".to_owned(), details: vec![Any::default()] };
    check(
        tonic::Status::with_details(tonic::Code::Unknown, "outer", inner.encode_to_vec().into()),
        Status { details: vec![Any::default().into()], ..Status::user("outer") },
    )
    .await;

    async fn check(sent: tonic::Status, expect: Status) {
        let daemon = Daemon { solve: Answer::with(move |_| Err(sent.clone())), ..Daemon::newest() };
        let answer = daemon.connect().await.solve(Solve::definition(&Definition::default())).await;
        assert_eq!(answer, Err(expect));
    }
}

#[tokio::test]
async fn a_missing_file_is_distinguished_from_other_errors() {
    let solve = "github.com/moby/buildkit/errdefs.Solve+json";
    let missing = "open a/f: no such file or directory";
    check(with_details(2, missing, vec![(solve, b"{}".to_vec())]), Ok(None)).await;
    check(tonic::Status::unknown("open /var/lib/buildkit/1/a/f: no such file or directory"), Ok(None)).await;
    check(tonic::Status::unknown("open a/f: not a directory"), Ok(None)).await;
    check(tonic::Status::unknown("a/f is not a regular file"), Err("a/f is not a regular file")).await;
    check(tonic::Status::unknown("x: no such file or directory"), Err("x: no such file or directory")).await;
    check(tonic::Status::not_found("image: not found"), Err("image: not found")).await;
    check(with_details(2, missing, vec![(Detail::VERTEX, b"{}".to_vec())]), Err(missing)).await;

    async fn check(sent: tonic::Status, expect: Result<Option<Vec<u8>>, &str>) {
        let daemon = Daemon { read_file: Answer::with(move |_| Err(sent.clone())), ..Daemon::newest() };
        let answer = daemon.connect().await.read_file_if_exists(&some_ref(), "a/f").await;
        assert_eq!(answer.map_err(|status| status.message), expect.map_err(str::to_owned));
    }
}

#[tokio::test]
async fn an_empty_file_is_not_missing() {
    let daemon =
        Daemon { read_file: Answer::with(|_| Ok(pb::ReadFileResponse::default())), ..Daemon::newest() };
    assert_eq!(daemon.connect().await.read_file_if_exists(&some_ref(), "f").await, Ok(Some(Vec::new())));
}
