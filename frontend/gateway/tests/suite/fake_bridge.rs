//! The bridge in memory behaves as a real one, as far as a frontend can observe.

use std::collections::BTreeMap;
use std::sync::Arc;

use buildkit_gateway::{
    Attestation, Bridge, ByteRange, Call, Capabilities, FakeBridge, FileKind, GitMeta, GrpcCode,
    ImageRequest, Outcome, Platform, Ref, Refs, ResolvedImage, Rpc, Solve, Source, SourceMeta, SourceRequest,
    Status, Warning, Worker,
};
use buildkit_proto::pb::{Definition, OpMetadata};
use prost::Message as _;

const CONTEXT: &str = "local://context";

fn context() -> Solve {
    Solve::definition(&FakeBridge::definition_of(CONTEXT))
}

fn with_files() -> FakeBridge {
    FakeBridge::new()
        .with_file(CONTEXT, "a", "alpha")
        .with_file(CONTEXT, "/src/./lib/x", "x")
        .with_file(CONTEXT, "src/b", "beta")
        .with_file("local://other", "a", "other")
}

async fn solved(fake: &FakeBridge, request: Solve) -> Ref {
    fake.solve(request).await.unwrap().single().unwrap().unwrap()
}

#[tokio::test]
async fn files_of_all_sources_of_a_definition_are_there() {
    let fake = with_files();
    let files = solved(&fake, context()).await;
    check(&fake, &files, "a", None, Ok("alpha")).await;
    check(&fake, &files, "./src//b", None, Ok("beta")).await;
    check(&fake, &files, "/src/lib/x", None, Ok("x")).await;
    check(&fake, &files, "a", Some((1, 3)), Ok("lph")).await;
    check(&fake, &files, "a", Some((3, u64::MAX)), Ok("ha")).await;
    check(&fake, &files, "a", Some((9, 1)), Ok("")).await;
    check(&fake, &files, "b", None, Err("open b: no such file or directory")).await;
    check(&fake, &files, "sr", None, Err("open sr: no such file or directory")).await;
    check(&fake, &files, "src", None, Err("src is not a regular file")).await;
    let mut both = FakeBridge::definition_of(CONTEXT);
    both.def.extend(FakeBridge::definition_of("local://other").def);
    let both = solved(&fake, Solve::definition(&both)).await;
    check(&fake, &both, "a", None, Ok("other")).await;
    check(&fake, &both, "src/b", None, Ok("beta")).await;

    async fn check(
        fake: &FakeBridge,
        files: &Ref,
        path: &str,
        range: Option<(u64, u64)>,
        expect: Result<&str, &str>,
    ) {
        let range = range.map(|(offset, length)| ByteRange { offset, length });
        let found = fake.read_file(files, path, range).await.map_err(|status| status.message);
        assert_eq!(found, expect.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned), "{path}");
    }
}

#[tokio::test]
async fn folders_are_listed_one_level_deep() {
    let fake = with_files();
    let files = solved(&fake, context()).await;
    check(&fake, &files, "/", None, Ok(&["a", "src/"])).await;
    check(&fake, &files, "src", None, Ok(&["b", "lib/"])).await;
    check(&fake, &files, "src", Some("b"), Ok(&["b"])).await;
    check(&fake, &files, "src/lib", None, Ok(&["x"])).await;
    check(&fake, &files, "a", None, Err("lstat a: no such file or directory")).await;

    async fn check(
        fake: &FakeBridge,
        files: &Ref,
        path: &str,
        include: Option<&str>,
        expect: Result<&[&str], &str>,
    ) {
        let found = fake.read_dir(files, path, include).await.map_err(|status| status.message);
        let names = found.map(|stats| {
            let mark = |kind| if kind == FileKind::Directory { "/" } else { "" };
            stats.iter().map(|stat| stat.path.clone() + mark(stat.kind())).collect::<Vec<_>>()
        });
        let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(names, expect.map_err(str::to_owned), "{path}");
    }
}

#[tokio::test]
async fn stats_distinguish_files_folders_and_missing_paths() {
    let fake = with_files();
    let files = solved(&fake, context()).await;
    let file = fake.stat_file(&files, "src/b").await.unwrap();
    assert_eq!((file.path.as_str(), file.kind(), file.size), ("b", FileKind::Regular, 4));
    let folder = fake.stat_file(&files, ".").await.unwrap();
    assert_eq!((folder.kind(), folder.permissions()), (FileKind::Directory, 0o755));
    assert!(fake.stat_file(&files, "src/c").await.unwrap_err().is_missing_file());
    assert_eq!(fake.read_file_if_exists(&files, "src/c").await, Ok(None));
}

#[tokio::test]
async fn refs_have_new_names_each_time_and_unknown_ones_are_refused() {
    let fake = with_files();
    let (first, second) = (solved(&fake, context()).await, solved(&fake, context()).await);
    assert_ne!(first.id, second.id);
    assert_eq!(first.definition, Some(FakeBridge::definition_of(CONTEXT)));
    assert_eq!(fake.solve(Solve::definition(&Definition::default())).await.unwrap().single(), Ok(None));
    let unknown = Ref { id: "other".to_owned(), definition: None };
    let refused = Err(Status::user("return reference other not found"));
    assert_eq!(fake.evaluate(&unknown).await, refused);
    let content = Attestation { content: Some(unknown.clone()), ..Attestation::default() };
    let attestations = BTreeMap::from([("linux/amd64".to_owned(), vec![content])]);
    assert_eq!(fake.finish(Ok(Outcome { attestations, ..Outcome::default() })).await, refused);
    let refs = Refs::Single(Some(unknown));
    assert_eq!(fake.finish(Ok(Outcome { refs, ..Outcome::default() })).await, refused);
    assert_eq!(fake.outcome(), None);
}

#[tokio::test]
async fn a_failing_source_fails_when_it_is_read() {
    let broken = Status::new(GrpcCode::INTERNAL, "no route to host");
    let fake = with_files().with_broken_source("git://x", broken.clone()).with_file("git://x", "f", "f");
    let mut definition = FakeBridge::definition_of("git://x");
    definition.def.extend(FakeBridge::definition_of(CONTEXT).def);
    let lazy = solved(&fake, Solve::definition(&definition)).await;
    assert_eq!(fake.read_file(&lazy, "a", None).await, Err(broken.clone()));
    assert_eq!(fake.evaluate(&lazy).await, Err(broken.clone()));
    assert_eq!(fake.solve(Solve::definition(&definition).eager()).await, Err(broken));
    // A returned ref is evaluated by the daemon.
    let refs = Refs::Single(Some(lazy));
    assert_eq!(fake.finish(Ok(Outcome { refs, ..Outcome::default() })).await, Ok(()));
}

#[tokio::test]
async fn images_by_reference_and_platform() {
    let arm64 = Platform::new("linux", "arm64");
    let fake = FakeBridge::new()
        .with_image("r.io/a:1", &arm64, Some("sha256:1"), "arm")
        .with_image_for_all("r.io/b:1", None, "any")
        .with_replaced_image("r.io/c:1", Source::new("https://x"));
    check(&fake, "r.io/a:1", Some(&arm64), Ok("arm")).await;
    // The platform of the worker is linux/amd64.
    check(&fake, "r.io/a:1", None, Err("r.io/a:1: no match for platform in manifest: not found")).await;
    check(&fake, "r.io/b:1", None, Ok("any")).await;
    check(&fake, "r.io/b:1", Some(&arm64), Ok("any")).await;
    check(&fake, "r.io/d:1", None, Err("r.io/d:1: not found")).await;
    let worker = Worker { platforms: vec![arm64.clone()], ..Worker::default() };
    check(&fake.with_workers(vec![worker]), "r.io/a:1", None, Ok("arm")).await;

    async fn check(
        fake: &FakeBridge,
        reference: &str,
        platform: Option<&Platform>,
        expect: Result<&str, &str>,
    ) {
        let image =
            fake.resolve_image(ImageRequest::new(reference.parse().unwrap(), platform.cloned())).await;
        let config = image.map(|found| found.image().unwrap().config).map_err(|status| status.message);
        let expect = expect.map(|config| config.as_bytes().to_vec()).map_err(str::to_owned);
        assert_eq!(config, expect);
        // The same image as a source has the same answer.
        let mut request = SourceRequest::new(Source::new(format!("docker-image://{reference}")));
        request.platform = platform.cloned();
        let source = fake.resolve_source(request).await;
        assert_eq!(source.map(|meta| meta.image.unwrap().config).map_err(|status| status.message), expect);
    }
}

#[tokio::test]
async fn policies_can_replace_an_image() {
    let fake = FakeBridge::new().with_replaced_image("r.io/c:1", Source::new("https://x"));
    let found = fake.resolve_image(ImageRequest::new("r.io/c:1".parse().unwrap(), None)).await;
    assert_eq!(found, Ok(ResolvedImage::Replaced(Source::new("https://x"))));
    let found =
        fake.resolve_source(SourceRequest::new(Source::new("docker-image://r.io/c:1"))).await.unwrap();
    assert_eq!((found.source, found.image), (Source::new("https://x"), None));
}

#[tokio::test]
async fn only_newer_daemons_resolve_other_sources() {
    let source = Source::new("git://x");
    let git = GitMeta { checksum: "1".to_owned(), ..GitMeta::default() };
    let known = SourceMeta { source: source.clone(), git: Some(git), ..SourceMeta::default() };
    let unknown = SourceMeta { source: source.clone(), ..SourceMeta::default() };
    check(FakeBridge::new().with_source("git://x", known.clone()), &known).await;
    check(FakeBridge::new(), &unknown).await;
    let older = FakeBridge::new().with_capabilities(Capabilities::docker_23());
    check(older.with_source("git://x", known.clone()), &unknown).await;

    async fn check(fake: FakeBridge, expect: &SourceMeta) {
        let request = SourceRequest::new(Source::new("git://x"));
        assert_eq!(fake.resolve_source(request).await.as_ref(), Ok(expect));
    }
}

#[tokio::test]
async fn other_frontends_answer_with_a_ref_and_metadata() {
    let metadata = BTreeMap::from([("containerimage.config".to_owned(), b"{}".to_vec())]);
    let fake =
        with_files().with_frontend("dockerfile.v0", FakeBridge::definition_of(CONTEXT), metadata.clone());
    let request = |name: &str| Solve::frontend(name, BTreeMap::new(), BTreeMap::new());
    let answer = fake.solve(request("dockerfile.v0")).await.unwrap();
    assert_eq!(answer.metadata, metadata);
    let files = answer.single().unwrap().unwrap();
    assert_eq!(files.definition, Some(FakeBridge::definition_of(CONTEXT)));
    assert_eq!(fake.read_file(&files, "a", None).await, Ok(b"alpha".to_vec()));
    assert_eq!(fake.solve(request("x.v0")).await, Err(Status::user("invalid frontend: x.v0")));
    // The request for another frontend has no definition.
    assert_eq!(fake.definitions(), []);
}

#[tokio::test]
async fn an_older_daemon_lacks_calls() {
    let warning = Warning { short: "w".to_owned(), ..Warning::default() };
    let definition = || FakeBridge::definition_of(CONTEXT);
    let newest = FakeBridge::new().with_input("context", definition().encode_to_vec());
    assert_eq!(newest.inputs().await, Ok([("context".to_owned(), definition().encode_to_vec())].into()));
    assert_eq!(newest.warn(warning.clone()).await, Ok(()));
    assert_eq!(newest.warnings(), std::slice::from_ref(&warning));

    let oldest = FakeBridge::new()
        .with_input("context", definition().encode_to_vec())
        .with_capabilities(Capabilities::of_buildkit(2));
    assert_eq!(oldest.inputs().await, Ok(BTreeMap::new()));
    assert_eq!(oldest.warn(warning.clone()).await, Ok(()));
    assert_eq!(oldest.warnings(), []);
    assert_eq!(oldest.calls(), [Call::Inputs, Call::Warn(warning)]);
    let files = solved(&oldest, context()).await;
    assert_eq!(files.definition, None);
    assert!(oldest.stat_file(&files, "a").await.unwrap_err().message.contains("\"statfile\""));
    assert!(oldest.read_dir(&files, "/", None).await.unwrap_err().message.contains("\"readdir\""));
    let refs = Refs::Platforms(BTreeMap::new());
    let refused = oldest.finish(Ok(Outcome { refs, ..Outcome::default() })).await.unwrap_err();
    assert!(refused.message.contains("\"returnmap\""));
    assert_eq!(oldest.ping().await.unwrap().capabilities, Capabilities::of_buildkit(2));
}

#[tokio::test]
async fn a_definition_with_a_missing_capability_is_refused() {
    let fake = FakeBridge::new().with_capabilities(Capabilities::docker_23());
    let mut definition = FakeBridge::definition_of(CONTEXT);
    let caps = BTreeMap::from([("mergeop".to_owned(), true)]);
    definition.metadata.insert("sha256:1".to_owned(), OpMetadata { caps, ..OpMetadata::default() });
    let refused = fake.solve(Solve::definition(&definition)).await.unwrap_err();
    assert!(refused.message.starts_with("\"mergeop\" is disabled on this builder"));
    // The request was recorded nevertheless.
    assert_eq!(fake.definitions(), [definition]);
}

#[tokio::test]
async fn errors_occur_where_the_script_has_them() {
    let fake = with_files()
        .failing(Rpc::ReadFile, 2, Status::user("second"))
        .always_failing(Rpc::Warn, Status::user("never"));
    let files = solved(&fake, context()).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(fake.read_file(&files, "a", None).await);
    }
    assert_eq!(answers, [Ok(b"alpha".to_vec()), Err(Status::user("second")), Ok(b"alpha".to_vec())]);
    for _ in 0..2 {
        assert_eq!(fake.warn(Warning::default()).await, Err(Status::user("never")));
    }
    assert_eq!(fake.warnings(), []);
}

#[tokio::test]
async fn every_kind_of_call_can_fail_and_is_recorded() {
    let rpcs = [
        Rpc::Ping,
        Rpc::Solve,
        Rpc::ReadFile,
        Rpc::ReadDir,
        Rpc::StatFile,
        Rpc::Evaluate,
        Rpc::ResolveImage,
        Rpc::ResolveSource,
        Rpc::Inputs,
        Rpc::Warn,
        Rpc::Finish,
    ];
    let fail = |fake: FakeBridge, rpc: &Rpc| fake.always_failing(*rpc, Status::user(format!("{rpc:?}")));
    let fake = rpcs.iter().fold(FakeBridge::new(), fail);
    let any = Ref { id: "r".to_owned(), definition: None };
    let messages = [
        fake.ping().await.map(drop),
        fake.solve(context()).await.map(drop),
        fake.read_file(&any, "p", None).await.map(drop),
        fake.read_dir(&any, "p", None).await.map(drop),
        fake.stat_file(&any, "p").await.map(drop),
        fake.evaluate(&any).await,
        fake.resolve_image(ImageRequest::new("r".parse().unwrap(), None)).await.map(drop),
        fake.resolve_source(SourceRequest::new(Source::new("s"))).await.map(drop),
        fake.inputs().await.map(drop),
        fake.warn(Warning::default()).await,
        fake.finish(Ok(Outcome::default())).await,
    ]
    .map(|answer| answer.unwrap_err().message);
    assert_eq!(messages, rpcs.map(|rpc| format!("{rpc:?}")));
    assert_eq!(fake.calls().iter().map(Call::rpc).collect::<Vec<_>>(), rpcs);
    assert_eq!(fake.outcome(), None);
}

#[tokio::test]
async fn a_build_ends_once() {
    let fake = FakeBridge::new();
    let failure = Err(Status::user("broken"));
    assert_eq!(fake.finish(failure.clone()).await, Ok(()));
    assert_eq!(fake.finish(Ok(Outcome::default())).await, Err(Status::user("gateway result is already set")));
    assert_eq!(fake.outcome(), Some(failure));
}

/// A frontend can share a bridge between tasks.
#[tokio::test]
async fn any_bridge_can_be_shared_between_tasks() {
    async fn sum<B: Bridge + 'static>(bridge: Arc<B>, files: Ref, paths: &'static [&'static str]) -> usize {
        let tasks: Vec<_> = paths
            .iter()
            .map(|path| {
                let (bridge, files) = (Arc::clone(&bridge), files.clone());
                tokio::spawn(async move { bridge.read_file_if_exists(&files, path).await })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap().unwrap().map_or(0, |content| content.len());
        }
        sum
    }
    let fake = with_files();
    let files = solved(&fake, context()).await;
    assert_eq!(sum(Arc::new(fake), files, &["a", "src/b", "missing"]).await, 9);
}
