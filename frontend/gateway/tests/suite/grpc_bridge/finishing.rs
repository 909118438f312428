//! The end of a build.

use buildkit_gateway::{
    Attestation, AttestationKind, Bridge, Capabilities, Detail, Outcome, Range, Ref, Refs, Solve, SourceFile,
    SourceRange, Status, Subject,
};
use buildkit_proto::google::{protobuf::Any, rpc};
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::pb::Definition;

use super::daemon::{Answer, Daemon, map, some_ref};
use super::failures::with_details;

#[tokio::test]
async fn a_result_with_one_ref() {
    let outcome = Outcome {
        refs: Refs::Single(Some(Ref { id: "r".to_owned(), definition: Some(Definition::default()) })),
        metadata: map([("containerimage.config", b"{}".to_vec())]),
        ..Outcome::default()
    };
    let expected = pb::Result {
        result: Some(pb::result::Result::Ref(pb::Ref { id: "r".to_owned(), def: None })),
        metadata: map([("containerimage.config", b"{}".to_vec())]),
        ..Default::default()
    };
    check(Ok(outcome), pb::ReturnRequest { result: Some(expected), error: None }).await;
}

#[tokio::test]
async fn a_result_of_a_subrequest_has_an_empty_ref() {
    let outcome = Outcome::of_metadata(map([("result.txt", b"hi".to_vec())]));
    let expected = pb::Result {
        result: Some(pb::result::Result::Ref(pb::Ref::default())),
        metadata: map([("result.txt", b"hi".to_vec())]),
        ..Default::default()
    };
    check(Ok(outcome), pb::ReturnRequest { result: Some(expected), error: None }).await;
}

#[tokio::test]
async fn a_result_with_platforms_and_attestations() {
    let attestation = Attestation {
        kind: AttestationKind::Bundle,
        metadata: map([("reason", b"sbom".to_vec())]),
        content: Some(some_ref()),
        path: "p".to_owned(),
        predicate_type: "https://spdx.dev/Document".to_owned(),
        subjects: vec![
            Subject::Image { name: String::new() },
            Subject::Digests { name: "n".to_owned(), digests: vec!["sha256:1".to_owned()] },
        ],
    };
    let outcome = Outcome {
        refs: Refs::Platforms(map([("linux/amd64", Some(some_ref())), ("linux/arm64", None)])),
        attestations: map([("linux/amd64", vec![attestation, Attestation::default()])]),
        ..Outcome::default()
    };
    let reference = || pb::Ref { id: "r".to_owned(), def: None };
    let attestation = pb::Attestation {
        kind: 1,
        metadata: map([("reason", b"sbom".to_vec())]),
        r#ref: Some(reference()),
        path: "p".to_owned(),
        in_toto_predicate_type: "https://spdx.dev/Document".to_owned(),
        in_toto_subjects: vec![
            pb::InTotoSubject { kind: 0, digest: Vec::new(), name: String::new() },
            pb::InTotoSubject { kind: 1, digest: vec!["sha256:1".to_owned()], name: "n".to_owned() },
        ],
    };
    let empty = pb::Attestation { r#ref: Some(pb::Ref::default()), ..Default::default() };
    let expected = pb::Result {
        result: Some(pb::result::Result::Refs(pb::RefMap {
            refs: map([("linux/amd64", reference()), ("linux/arm64", pb::Ref::default())]),
        })),
        attestations: map([("linux/amd64", pb::Attestations { attestation: vec![attestation, empty] })]),
        ..Default::default()
    };
    check(Ok(outcome), pb::ReturnRequest { result: Some(expected), error: None }).await;
}

#[tokio::test]
async fn an_error_of_the_frontend_has_its_excerpts() {
    let file = SourceFile {
        name: "image.yaml".to_owned(),
        data: b"a\nb\n".to_vec(),
        language: "YAML".to_owned(),
        definition: None,
    };
    let source = |line| SourceRange { file: file.clone(), ranges: vec![Range::lines(line, 3)] };
    let detail = |line: u8| {
        Any {
        type_url: Detail::SOURCE.to_owned(),
        value: format!(
            r#"{{"info":{{"filename":"image.yaml","data":"YQpiCg==","language":"YAML"}},"ranges":[{{"start":{{"line":{line}}},"end":{{"line":3}}}}]}}"#
        )
        .into_bytes(),
    }
    };
    let status = Status::user("found two").at(&source(1)).at(&source(2));
    let error = rpc::Status { code: 2, message: "found two".to_owned(), details: vec![detail(2), detail(1)] };
    check(Err(status), pb::ReturnRequest { result: None, error: Some(error) }).await;
}

#[tokio::test]
async fn an_error_of_the_daemon_is_returned_unchanged() {
    let details =
        || vec![("github.com/moby/buildkit/errdefs.Solve+json", b"{\"op\": 1}".to_vec()), ("x", vec![7])];
    let daemon = Daemon {
        solve: Answer::with(move |_| Err(with_details(8, "no space left", details()))),
        ..Daemon::newest()
    };
    let bridge = daemon.connect().await;
    let status = bridge.solve(Solve::definition(&Definition::default())).await.unwrap_err();
    bridge.finish(Err(status)).await.unwrap();
    let details = details().into_iter().map(|(url, value)| Any { type_url: url.to_owned(), value }).collect();
    let error = rpc::Status { code: 8, message: "no space left".to_owned(), details };
    assert_eq!(daemon.last::<pb::ReturnRequest>("return").error, Some(error));
}

#[tokio::test]
async fn an_error_is_sent_without_a_ping() {
    let daemon = Daemon::default();
    daemon.connect().await.finish(Err(Status::user("broken"))).await.unwrap();
    assert_eq!(daemon.methods(), ["return"]);
}

#[tokio::test]
async fn a_second_end_is_an_error() {
    let daemon = Daemon::newest();
    let bridge = daemon.connect().await;
    assert_eq!(bridge.finish(Ok(Outcome::default())).await, Ok(()));
    let again = bridge.finish(Err(Status::user("late"))).await;
    assert_eq!(again, Err(Status::user("gateway result is already set")));
}

#[tokio::test]
async fn a_result_that_the_daemon_would_ignore_is_refused() {
    let attested = Outcome { attestations: map([("linux/amd64", vec![])]), ..Outcome::default() };
    let several = Outcome { refs: Refs::Platforms(map([("linux/amd64", None)])), ..Outcome::default() };
    check(
        10,
        attested.clone(),
        Some("this builder lacks \"reference.attestations\", which requires BuildKit 0.11 or later"),
    )
    .await;
    check(11, attested, None).await;
    check(2, several.clone(), Some("this builder lacks \"returnmap\", which requires BuildKit 0.3 or later"))
        .await;
    check(3, several, None).await;

    async fn check(minor: u32, outcome: Outcome, expect: Option<&str>) {
        let daemon = Daemon::with_capabilities(Capabilities::of_buildkit(minor));
        let bridge = daemon.connect().await;
        let refused = bridge.finish(Ok(outcome)).await.err();
        assert_eq!(refused.as_ref().map(|status| status.message.as_str()), expect);
        if let Some(refused) = refused {
            // Nothing was sent, so the error can still be returned.
            assert_eq!(bridge.finish(Err(refused)).await, Ok(()));
        }
    }
}

async fn check(outcome: Result<Outcome, Status>, expect: pb::ReturnRequest) {
    let daemon = Daemon::newest();
    daemon.connect().await.finish(outcome).await.unwrap();
    assert_eq!(daemon.last::<pb::ReturnRequest>("return"), expect);
}
