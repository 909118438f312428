//! Each call to the newest daemon: the request that is sent, and the conversion of the answer.

use std::collections::BTreeMap;

use buildkit_gateway::{
    Attestation, AttestationKind, Bridge, ByteRange, CacheImport, FileKind, GitMeta, HttpMeta, ImageMeta,
    ImageRequest, ImageStore, Platform, Range, Ref, Refs, ResolveMode, ResolvedImage, Solve, Solved, Source,
    SourceFile, SourceMeta, SourceRequest, Stat, Subject, Warning, Worker,
};
use buildkit_proto::fsutil::types;
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use buildkit_proto::pb as llb;

use super::daemon::{Answer, DIGEST, Daemon, map, one_ref, some_ref, with_result};

fn definition() -> llb::Definition {
    llb::Definition { def: vec![vec![1], vec![2]], ..Default::default() }
}

#[tokio::test]
async fn ping_returns_the_workers() {
    let mut daemon = Daemon::newest();
    daemon.pong.workers = vec![WorkerRecord {
        id: "w".to_owned(),
        labels: map([("executor", "oci".to_owned())]),
        platforms: vec![llb::Platform {
            os: "linux".to_owned(),
            architecture: "aarch64".to_owned(),
            variant: "v8".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }];
    let workers = daemon.connect().await.ping().await.unwrap().workers;
    let expected = Worker {
        id: "w".to_owned(),
        labels: map([("executor", "oci".to_owned())]),
        platforms: vec![Platform::new("linux", "arm64")],
    };
    assert_eq!(workers, [expected]);
}

#[tokio::test]
async fn solve_sends_the_definition_and_the_caches() {
    let daemon = Daemon { solve: Answer::with(|_| Ok(one_ref("r1"))), ..Daemon::newest() };
    let caches = [CacheImport { kind: "registry".to_owned(), attrs: map([("ref", "x/y".to_owned())]) }];
    let request = Solve::definition(&definition()).eager().with_cache_imports(&caches);
    let solved = daemon.connect().await.solve(request).await.unwrap();
    assert_eq!(solved.single().unwrap(), Some(Ref { id: "r1".to_owned(), definition: None }));
    let expected = pb::SolveRequest {
        definition: Some(definition()),
        allow_result_return: true,
        // The answer would repeat the definition.
        allow_result_array_ref: false,
        cache_imports: vec![pb::CacheOptionsEntry {
            r#type: "registry".to_owned(),
            attrs: map([("ref", "x/y".to_owned())]),
        }],
        evaluate: true,
        ..Default::default()
    };
    assert_eq!(daemon.last::<pb::SolveRequest>("solve"), expected);
}

#[tokio::test]
async fn solve_with_another_frontend_sends_caches_as_an_option() {
    let daemon = Daemon { solve: Answer::with(|_| Ok(one_ref("r1"))), ..Daemon::newest() };
    let caches = [CacheImport { kind: "registry".to_owned(), attrs: map([("ref", "x/y".to_owned())]) }];
    let opts = map([("target", "base".to_owned())]);
    let request = Solve::frontend("dockerfile.v0", opts, map([("context", definition())]));
    daemon.connect().await.solve(request.with_cache_imports(&caches)).await.unwrap();
    let expected = pb::SolveRequest {
        frontend: "dockerfile.v0".to_owned(),
        frontend_opt: map([
            ("target", "base".to_owned()),
            ("cache-imports", r#"[{"Type":"registry","Attrs":{"ref":"x/y"}}]"#.to_owned()),
        ]),
        frontend_inputs: map([("context", definition())]),
        allow_result_return: true,
        allow_result_array_ref: true,
        ..Default::default()
    };
    assert_eq!(daemon.last::<pb::SolveRequest>("solve"), expected);
}

#[tokio::test]
async fn solve_converts_every_form_of_a_result() {
    use pb::result::Result as Form;
    let named = |id: &str| Some(Ref { id: id.to_owned(), definition: None });
    let full = || pb::Ref { id: "r".to_owned(), def: Some(definition()) };
    let empty = || pb::Ref::default();
    check(one_ref(""), Refs::Single(None)).await;
    check(with_result(Form::Ref(full())), {
        Refs::Single(Some(Ref { id: "r".to_owned(), definition: Some(definition()) }))
    })
    .await;
    check(with_result(Form::RefDeprecated("r".to_owned())), Refs::Single(named("r"))).await;
    check(with_result(Form::RefDeprecated(String::new())), Refs::Single(None)).await;
    check(with_result(Form::Refs(pb::RefMap { refs: map([("linux/arm64", empty())]) })), {
        Refs::Platforms(map([("linux/arm64", None)]))
    })
    .await;
    let deprecated = pb::RefMapDeprecated { refs: map([("a", "r".to_owned()), ("b", String::new())]) };
    check(with_result(Form::RefsDeprecated(deprecated)), {
        Refs::Platforms(map([("a", named("r")), ("b", None)]))
    })
    .await;
    check(pb::SolveResponse { r#ref: "r".to_owned(), result: None }, Refs::Single(named("r"))).await;
    check(
        pb::SolveResponse { r#ref: String::new(), result: Some(pb::Result::default()) },
        Refs::Single(None),
    )
    .await;

    async fn check(answer: pb::SolveResponse, expect: Refs) {
        let daemon = Daemon { solve: Answer::with(move |_| Ok(answer.clone())), ..Daemon::newest() };
        let solved = daemon.connect().await.solve(Solve::definition(&definition())).await.unwrap();
        assert_eq!(solved.refs, expect);
    }
}

#[tokio::test]
async fn solve_keeps_metadata_and_attestations() {
    let daemon = Daemon {
        solve: Answer::with(|_| {
            let attestation = pb::Attestation {
                kind: pb::AttestationKind::Bundle.into(),
                metadata: map([("reason", b"sbom".to_vec())]),
                r#ref: Some(pb::Ref { id: "s".to_owned(), def: None }),
                path: "p".to_owned(),
                in_toto_predicate_type: "t".to_owned(),
                in_toto_subjects: vec![
                    pb::InTotoSubject { kind: 0, digest: vec![], name: "n".to_owned() },
                    pb::InTotoSubject { kind: 1, digest: vec!["sha256:1".to_owned()], name: String::new() },
                ],
            };
            let mut response = one_ref("r");
            let result = response.result.as_mut().unwrap();
            result.metadata = map([("containerimage.config", b"{}".to_vec())]);
            result.attestations = map([("linux/amd64", pb::Attestations { attestation: vec![attestation] })]);
            Ok(response)
        }),
        ..Daemon::newest()
    };
    let request = Solve::frontend("dockerfile.v0", BTreeMap::new(), BTreeMap::new());
    let attestation = Attestation {
        kind: AttestationKind::Bundle,
        metadata: map([("reason", b"sbom".to_vec())]),
        content: Some(Ref { id: "s".to_owned(), definition: None }),
        path: "p".to_owned(),
        predicate_type: "t".to_owned(),
        subjects: vec![
            Subject::Image { name: "n".to_owned() },
            Subject::Digests { name: String::new(), digests: vec!["sha256:1".to_owned()] },
        ],
    };
    let expected = Solved {
        refs: Refs::Single(Some(some_ref())),
        metadata: map([("containerimage.config", b"{}".to_vec())]),
        attestations: map([("linux/amd64", vec![attestation])]),
    };
    assert_eq!(daemon.connect().await.solve(request).await, Ok(expected));
}

#[tokio::test]
async fn files_are_read() {
    let daemon = Daemon {
        read_file: Answer::with(|_| Ok(pb::ReadFileResponse { data: b"abc".to_vec() })),
        ..Daemon::newest()
    };
    let bridge = daemon.connect().await;
    assert_eq!(bridge.read_file(&some_ref(), "a/f", None).await, Ok(b"abc".to_vec()));
    let whole =
        pb::ReadFileRequest { r#ref: "r".to_owned(), file_path: "a/f".to_owned(), ..Default::default() };
    assert_eq!(daemon.last::<pb::ReadFileRequest>("read_file"), whole);
    let range = ByteRange { offset: 2, length: u64::MAX };
    assert_eq!(bridge.read_file(&some_ref(), "a/f", Some(range)).await, Ok(b"abc".to_vec()));
    let part = pb::ReadFileRequest { range: Some(pb::FileRange { offset: 2, length: i64::MAX }), ..whole };
    assert_eq!(daemon.last::<pb::ReadFileRequest>("read_file"), part);
}

#[tokio::test]
async fn folders_and_files_are_described() {
    let file = || types::Stat { path: "f".to_owned(), mode: 0o644, size: 3, ..Default::default() };
    let folder = || types::Stat { path: "d".to_owned(), mode: (1 << 31) | 0o755, ..Default::default() };
    let daemon = Daemon {
        read_dir: Answer::with(move |_| Ok(pb::ReadDirResponse { entries: vec![folder(), file()] })),
        stat_file: Answer::with(move |_| Ok(pb::StatFileResponse { stat: Some(file()) })),
        ..Daemon::newest()
    };
    let bridge = daemon.connect().await;
    let entries = bridge.read_dir(&some_ref(), "src", Some("*.rs")).await.unwrap();
    let kinds: Vec<_> = entries.iter().map(|stat| (stat.path.as_str(), stat.kind())).collect();
    assert_eq!(kinds, [("d", FileKind::Directory), ("f", FileKind::Regular)]);
    let expected = pb::ReadDirRequest {
        r#ref: "r".to_owned(),
        dir_path: "src".to_owned(),
        include_pattern: "*.rs".to_owned(),
        mount_index: 0,
    };
    assert_eq!(daemon.last::<pb::ReadDirRequest>("read_dir"), expected);
    let stat = Stat { path: "f".to_owned(), mode: 0o644, size: 3, ..Stat::default() };
    assert_eq!(bridge.stat_file(&some_ref(), "src/f").await, Ok(stat));
    let expected = pb::StatFileRequest { r#ref: "r".to_owned(), path: "src/f".to_owned(), mount_index: 0 };
    assert_eq!(daemon.last::<pb::StatFileRequest>("stat_file"), expected);
}

#[tokio::test]
async fn evaluate_sends_the_ref() {
    let daemon = Daemon::newest();
    assert_eq!(daemon.connect().await.evaluate(&some_ref()).await, Ok(()));
    assert_eq!(daemon.last::<pb::EvaluateRequest>("evaluate"), pb::EvaluateRequest { r#ref: "r".to_owned() });
}

#[tokio::test]
async fn images_are_resolved_as_sources() {
    let daemon = Daemon {
        resolve_source_meta: Answer::with(|_| {
            Ok(pb::ResolveSourceMetaResponse {
                source: Some(llb::SourceOp {
                    identifier: "docker-image://mirror/alpine:3".to_owned(),
                    ..Default::default()
                }),
                image: Some(pb::ResolveSourceImageResponse {
                    digest: "sha256:1".to_owned(),
                    config: b"{}".to_vec(),
                    attestation_chain: None,
                }),
                ..Default::default()
            })
        }),
        ..Daemon::newest()
    };
    let mut request = ImageRequest::new("alpine:3".parse().unwrap(), Some("linux/armel".parse().unwrap()));
    request.resolve_mode = ResolveMode::Pull;
    let found = daemon.connect().await.resolve_image(request).await.unwrap().image().unwrap();
    let expected = ImageMeta {
        reference: "mirror/alpine:3".to_owned(),
        digest: Some("sha256:1".to_owned()),
        config: b"{}".to_vec(),
    };
    assert_eq!(found, expected);
    let sent = pb::ResolveSourceMetaRequest {
        source: Some(llb::SourceOp {
            identifier: "docker-image://docker.io/library/alpine:3".to_owned(),
            ..Default::default()
        }),
        platform: Some(llb::Platform {
            os: "linux".to_owned(),
            architecture: "arm".to_owned(),
            variant: "v6".to_owned(),
            ..Default::default()
        }),
        log_name: "[internal] load metadata for docker.io/library/alpine:3".to_owned(),
        resolve_mode: "pull".to_owned(),
        ..Default::default()
    };
    assert_eq!(daemon.last::<pb::ResolveSourceMetaRequest>("resolve_source_meta"), sent);
}

#[tokio::test]
async fn an_image_in_a_layout_of_the_client_is_resolved_there() {
    let daemon = Daemon { resolve_source_meta: Answer::with(|_| Ok(Default::default())), ..Daemon::newest() };
    let mut request = ImageRequest::new(format!("base@{DIGEST}").parse().unwrap(), None);
    request.store = ImageStore::OciLayout { session_id: "s".to_owned(), store_id: "l".to_owned() };
    let source = Source {
        identifier: format!("oci-layout://docker.io/library/base@{DIGEST}"),
        attrs: map([("oci.session", "s".to_owned()), ("oci.store", "l".to_owned())]),
    };
    // If the answer has neither a source nor an image, the requested source is returned.
    let found = daemon.connect().await.resolve_image(request).await;
    assert_eq!(found, Ok(ResolvedImage::Replaced(source.clone())));
    let sent = daemon.last::<pb::ResolveSourceMetaRequest>("resolve_source_meta").source.unwrap();
    assert_eq!(Source::from(sent), source);
}

#[tokio::test]
async fn sources_of_all_kinds_are_resolved() {
    let git = pb::ResolveSourceGitResponse {
        checksum: "1".to_owned(),
        r#ref: "refs/tags/v1".to_owned(),
        commit_checksum: "2".to_owned(),
        commit_object: b"tree 5\nauthor A <a@b> 1 +0000\ncommitter A> B <a@b> 1700000000 +0100\n\ncommitter C <c> 2 +0000\n".to_vec(),
        ..Default::default()
    };
    let http = pb::ResolveSourceHttpResponse {
        checksum: "sha256:3".to_owned(),
        filename: "f".to_owned(),
        last_modified: Some(buildkit_proto::google::protobuf::Timestamp { seconds: 7, nanos: 9 }),
        ..Default::default()
    };
    let daemon = Daemon {
        resolve_source_meta: Answer::with(move |_| {
            Ok(pb::ResolveSourceMetaResponse {
                git: Some(git.clone()),
                http: Some(http.clone()),
                ..Default::default()
            })
        }),
        ..Daemon::newest()
    };
    let source = Source::new("git://example.com/x#v1");
    let found = daemon.connect().await.resolve_source(SourceRequest::new(source.clone())).await;
    let expected = SourceMeta {
        source,
        image: None,
        git: Some(GitMeta {
            checksum: "1".to_owned(),
            reference: "refs/tags/v1".to_owned(),
            commit_checksum: "2".to_owned(),
            committed: Some(1_700_000_000),
        }),
        http: Some(HttpMeta {
            checksum: "sha256:3".to_owned(),
            filename: "f".to_owned(),
            last_modified: Some(7),
        }),
    };
    assert_eq!(found, Ok(expected));
}

#[tokio::test]
async fn inputs_are_returned() {
    let daemon = Daemon {
        inputs: Answer::with(|_| Ok(pb::InputsResponse { definitions: map([("context", definition())]) })),
        ..Daemon::newest()
    };
    assert_eq!(
        daemon.connect().await.inputs().await,
        Ok(map([("context", prost::Message::encode_to_vec(&definition()))]))
    );
}

#[tokio::test]
async fn a_warning_has_all_its_parts() {
    let daemon = Daemon::newest();
    let warning = Warning {
        vertex: "sha256:1".to_owned(),
        short: "Rule: text (line 2)".to_owned(),
        detail: vec!["why".to_owned()],
        url: "https://example.com/rule".to_owned(),
        file: Some(SourceFile { name: "f".to_owned(), data: b"a\nb".to_vec(), ..SourceFile::default() }),
        ranges: vec![Range::lines(2, 2)],
    };
    daemon.connect().await.warn(warning).await.unwrap();
    let position = Some(llb::Position { line: 2, character: 0 });
    let expected = pb::WarnRequest {
        digest: "sha256:1".to_owned(),
        level: 1,
        short: b"Rule: text (line 2)".to_vec(),
        detail: vec![b"why".to_vec()],
        url: "https://example.com/rule".to_owned(),
        info: Some(llb::SourceInfo {
            filename: "f".to_owned(),
            data: b"a\nb".to_vec(),
            ..Default::default()
        }),
        ranges: vec![llb::Range { start: position, end: position }],
    };
    assert_eq!(daemon.last::<pb::WarnRequest>("warn"), expected);
}
