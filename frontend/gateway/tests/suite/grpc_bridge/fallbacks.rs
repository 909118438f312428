//! The fallbacks for older daemons.

use buildkit_gateway::{
    Bridge, Capabilities, ImageMeta, ImageRequest, ImageStore, ResolveMode, Solve, Source, SourceMeta,
    SourceRequest, Warning,
};
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::pb::{Definition, OpMetadata, Platform};

use super::daemon::{Answer, Daemon, map, one_ref, some_ref};

fn older_than(minor: u32) -> Daemon {
    Daemon::with_capabilities(Capabilities::of_buildkit(minor - 1))
}

#[tokio::test]
async fn a_daemon_without_lists_has_the_frozen_ones() {
    let pong = Daemon::default().connect().await.ping().await.unwrap();
    assert_eq!(pong.capabilities, Capabilities::frozen_defaults());
    assert!(pong.capabilities.gateway.has("readfile"));
    assert!(pong.capabilities.llb.has("soruce.http.uidgid"));
    assert!(!pong.capabilities.llb.has("file.base"));
}

#[tokio::test]
async fn without_evaluate_the_root_is_statted() {
    let daemon = Daemon { stat_file: Answer::with(|_| Ok(Default::default())), ..older_than(11) };
    assert_eq!(daemon.connect().await.evaluate(&some_ref()).await, Ok(()));
    assert_eq!(daemon.methods(), ["ping", "stat_file"]);
    assert_eq!(daemon.last::<pb::StatFileRequest>("stat_file").path, ".");
}

#[tokio::test]
async fn without_eager_solves_the_root_of_the_result_is_statted() {
    let daemon = Daemon {
        solve: Answer::with(|_| Ok(one_ref("r7"))),
        stat_file: Answer::with(|_| Err(tonic::Status::unknown("step failed"))),
        ..older_than(8)
    };
    let bridge = daemon.connect().await;
    let eager = bridge.solve(Solve::definition(&Definition::default()).eager()).await;
    assert_eq!(eager.unwrap_err().message, "step failed");
    assert_eq!(daemon.methods(), ["ping", "solve", "stat_file"]);
    assert!(!daemon.last::<pb::SolveRequest>("solve").evaluate);
    assert_eq!(daemon.last::<pb::StatFileRequest>("stat_file").r#ref, "r7");
    // A lazy request does not stat the root.
    assert!(bridge.solve(Solve::definition(&Definition::default())).await.is_ok());
    assert_eq!(daemon.methods(), ["ping", "solve", "stat_file", "solve"]);
}

#[tokio::test]
async fn caches_are_left_out_where_they_cannot_be_imported() {
    let daemon = Daemon { solve: Answer::with(|_| Ok(one_ref("r"))), ..older_than(4) };
    let caches = [buildkit_gateway::CacheImport { kind: "gha".to_owned(), attrs: map([]) }];
    daemon
        .connect()
        .await
        .solve(Solve::definition(&Definition::default()).with_cache_imports(&caches))
        .await
        .unwrap();
    assert_eq!(daemon.last::<pb::SolveRequest>("solve").cache_imports, []);
}

#[tokio::test]
async fn an_operation_that_the_solver_lacks_is_refused_without_a_call() {
    check(Capabilities::newest(), None).await;
    check(Capabilities::docker_23(), {
        Some("\"mergeop\" is disabled on this builder: only enabled with containerd image store backend")
    })
    .await;
    check(Capabilities::docker_20_10(), {
        Some("this builder lacks \"mergeop\", which requires BuildKit 0.10 or later")
    })
    .await;

    async fn check(capabilities: Capabilities, expect: Option<&str>) {
        let daemon =
            Daemon { solve: Answer::with(|_| Ok(one_ref("r"))), ..Daemon::with_capabilities(capabilities) };
        let caps = map([("file.base", true), ("mergeop", true)]);
        let definition = Definition {
            def: vec![vec![1]],
            metadata: map([("sha256:1", OpMetadata { caps, ..Default::default() })]),
            ..Default::default()
        };
        let refused = daemon.connect().await.solve(Solve::definition(&definition)).await.err();
        assert_eq!(refused.map(|status| status.message).as_deref(), expect);
        assert_eq!(daemon.methods().contains(&"solve"), expect.is_none());
    }
}

#[tokio::test]
async fn without_a_meta_resolver_images_are_resolved_with_the_older_call() {
    let daemon = Daemon {
        resolve_image_config: Answer::with(|_| {
            Ok(pb::ResolveImageConfigResponse { config: b"{}".to_vec(), ..Default::default() })
        }),
        ..older_than(13)
    };
    let bridge = daemon.connect().await;
    let mut request = ImageRequest::new("docker.io/library/alpine:3", Some("linux/arm64".parse().unwrap()));
    request.resolve_mode = ResolveMode::Local;
    let found = bridge.resolve_image(request).await.unwrap().image().unwrap();
    // The answer has no digest, as with Docker's own store, and no reference, as before 0.12.
    let expected = ImageMeta {
        reference: "docker.io/library/alpine:3".to_owned(),
        digest: None,
        config: b"{}".to_vec(),
    };
    assert_eq!(found, expected);
    let sent = pb::ResolveImageConfigRequest {
        r#ref: "docker.io/library/alpine:3".to_owned(),
        platform: Some(Platform {
            os: "linux".to_owned(),
            architecture: "arm64".to_owned(),
            ..Default::default()
        }),
        resolve_mode: "local".to_owned(),
        log_name: "[internal] load metadata for docker.io/library/alpine:3".to_owned(),
        ..Default::default()
    };
    assert_eq!(daemon.last::<pb::ResolveImageConfigRequest>("resolve_image_config"), sent);

    let mut request = ImageRequest::new("docker.io/library/base@sha256:1", None);
    request.store = ImageStore::OciLayout { session_id: "s".to_owned(), store_id: "l".to_owned() };
    bridge.resolve_image(request).await.unwrap();
    let sent = daemon.last::<pb::ResolveImageConfigRequest>("resolve_image_config");
    assert_eq!((sent.resolver_type, sent.session_id.as_str(), sent.store_id.as_str()), (1, "s", "l"));
}

#[tokio::test]
async fn the_older_call_follows_policies_too() {
    let daemon = Daemon {
        resolve_image_config: Answer::with(|_| {
            Ok(pb::ResolveImageConfigResponse {
                digest: "sha256:2".to_owned(),
                config: b"{}".to_vec(),
                r#ref: "mirror/alpine:3".to_owned(),
            })
        }),
        ..older_than(13)
    };
    let request = SourceRequest::new(Source::new("docker-image://docker.io/library/alpine:3"));
    let found = daemon.connect().await.resolve_source(request).await.unwrap();
    assert_eq!(found.source, Source::new("docker-image://mirror/alpine:3"));
    assert_eq!(found.image.unwrap().pinned(), "mirror/alpine:3@sha256:2");
}

#[tokio::test]
async fn without_a_meta_resolver_other_sources_have_no_metadata() {
    let daemon = older_than(13);
    let source = Source::new("git://example.com/x");
    let found = daemon.connect().await.resolve_source(SourceRequest::new(source.clone())).await;
    assert_eq!(found, Ok(SourceMeta { source, ..SourceMeta::default() }));
    assert_eq!(daemon.methods(), ["ping"]);
}

#[tokio::test]
async fn without_inputs_there_are_none() {
    let daemon = older_than(7);
    assert_eq!(daemon.connect().await.inputs().await, Ok(map([])));
    assert_eq!(daemon.methods(), ["ping"]);
}

#[tokio::test]
async fn without_warnings_nothing_is_sent() {
    let daemon = older_than(10);
    assert_eq!(daemon.connect().await.warn(Warning::default()).await, Ok(()));
    assert_eq!(daemon.methods(), ["ping"]);
}

#[tokio::test]
async fn without_folders_and_stats_there_is_an_error() {
    let daemon = older_than(3);
    let bridge = daemon.connect().await;
    let message = |id: &str| format!("this builder lacks {id:?}, which requires BuildKit 0.3 or later");
    assert_eq!(bridge.read_dir(&some_ref(), "/", None).await.unwrap_err().message, message("readdir"));
    assert_eq!(bridge.evaluate(&some_ref()).await.unwrap_err().message, message("statfile"));
}
