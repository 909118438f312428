//! The capabilities that operations require.

use buildkit_llb::Capability::*;
use buildkit_llb::*;

fn check(operation: impl Into<Operation>, expect: &[Capability]) {
    let mut graph = Graph::new();
    let vertex = graph.add(operation);
    let needs = graph.capabilities(Some(vertex.output(0)));
    assert_eq!(needs.keys().collect::<Vec<_>>(), expect.iter().collect::<Vec<_>>());
    assert!(needs.values().all(|vertices| *vertices == [vertex]));
}

fn platform() -> Platform {
    Platform::new("linux", "amd64")
}

#[test]
fn sources() {
    let image = || ImageSource::new("alpine".parse().unwrap(), platform());
    check(image(), &[SourceImage]);
    check(ImageSource { resolve_mode: ResolveMode::PreferLocal, ..image() }, &[SourceImage]);
    check(
        ImageSource { resolve_mode: ResolveMode::ForcePull, ..image() },
        &[SourceImage, SourceImageResolveMode],
    );
    check(ImageSource { layer_limit: Some(1), ..image() }, &[SourceImage, SourceImageLayerLimit]);
    let local = || LocalSource::new("context", "session");
    check(local(), &[SourceLocal, SourceLocalSession]);
    check(LocalSource { differ: Differ::None, ..local() }, &[SourceLocal, SourceLocalSession]);
    check(
        LocalSource { differ: Differ::NoneRequired, follow: vec!["a".into()], ..local() },
        &[SourceLocal, SourceLocalDiffer, SourceLocalFollow, SourceLocalSession],
    );
    let git = |address: &str| GitSource::new(address.parse().unwrap());
    check(git("https://host/repo"), &[SourceGit, SourceGitFullUrl]);
    check(git("https://host/repo#:sub"), &[SourceGit, SourceGitFullUrl, SourceGitSubdir]);
    check(
        git("git@host:repo"),
        &[SourceGit, SourceGitFullUrl, SourceGitKnownSshHosts, SourceGitMountSshSock],
    );
    check(
        GitSource { auth_token_secret: Some("token".into()), ..git("https://host/repo") },
        &[SourceGit, SourceGitFullUrl, SourceGitHttpAuth],
    );
    check(HttpSource::new("https://host/file"), &[SourceHttp]);
    check(HttpSource { gid: 1, ..HttpSource::new("https://host/file") }, &[SourceHttpUidGid, SourceHttp]);
    check(OciLayoutSource::new("a@sha256:0", platform()), &[SourceOciLayout]);
    check(BlobSource::new("a".parse().unwrap()), &[SourceImageBlob]);
}

#[test]
fn steps() {
    let step = || Exec::new(platform(), None, Argv::new("true", [""; 0]));
    let base = [ExecMetaBase, ExecMetaSetsDefaultPath];
    let with = |more: &[Capability]| {
        let mut all = [&base, more].concat();
        all.sort();
        all
    };
    check(step(), &base);
    check(Exec { network: Network::None, ..step() }, &with(&[ExecMetaNetwork]));
    check(Exec { security: Security::Insecure, ..step() }, &with(&[ExecMetaSecurity]));
    check(Exec { cgroup_parent: "g".into(), ..step() }, &with(&[ExecMetaCgroupParent]));
    check(Exec { valid_exit_codes: [0, 1].into(), ..step() }, &with(&[ExecValidExitCode]));
    check(Exec { secrets: vec![Secret::new("a", "/a")], ..step() }, &with(&[ExecMountSecret]));
    let env = SecretEnv { id: "a".into(), name: "A".into(), optional: false };
    check(Exec { secret_env: vec![env], ..step() }, &with(&[ExecMountSecret, ExecSecretEnv]));
    check(Exec { ssh: vec![Ssh::new("a")], ..step() }, &with(&[ExecMountSsh]));
    let mount = |mount| Exec { mounts: vec![mount], ..step() };
    let bind = |access, selector: &str| {
        mount(Mount::bind("/a", Bind { access, selector: selector.into(), ..Bind::default() }))
    };
    check(bind(Access::ReadOnly, "/"), &with(&[ExecMountBind]));
    check(bind(Access::Discard, ""), &with(&[ExecMountBind, ExecMountBindDiscard]));
    check(bind(Access::Output, "/sub"), &with(&[ExecMountBind, ExecMountSelector]));
    check(mount(Mount::tmpfs("/a", 0)), &with(&[ExecMountTmpfs]));
    check(mount(Mount::tmpfs("/a", 1)), &with(&[ExecMountTmpfs, ExecMountTmpfsSize]));
    check(mount(Mount::cache("/a", Cache::default())), &with(&[ExecMountCache, ExecMountCacheSharing]));
}

#[test]
fn files() {
    let copy = || Copy::new(None, "/a", "/b");
    let file = |action: Action| File::new(None, action);
    check(file(copy().into()), &[FileBase]);
    check(file(Copy { mode: Some(Mode::Bits(0o755)), ..copy() }.into()), &[FileBase]);
    let symbolic = Copy { mode: Some(Mode::Symbolic("u+x".into())), ..copy() };
    check(file(symbolic.into()), &[ExecValidExitCode, FileBase]);
    check(file(Copy { exclude: vec!["x".into()], ..copy() }.into()), &[FileBase, FileCopyIncludeExclude]);
    check(file(Copy { required: vec!["x".into()], ..copy() }.into()), &[FileBase, FileCopyRequiredPaths]);
    check(file(Copy { replace_existing: true, ..copy() }.into()), &[FileBase, FileCopyReplace]);
    check(file(Rm::new("/a").into()), &[FileBase]);
    check(file(Rm { wildcard: true, ..Rm::new("/a") }.into()), &[FileBase, FileRmWildcard]);
    check(file(MkDir::new("/a").into()).then(Symlink::new("a", "/b")), &[FileBase, FileSymlink]);
}

#[test]
fn every_capability_is_listed_with_its_vertices_and_declared_there() {
    let mut graph = Graph::new();
    let dirs = ["/a", "/b"].map(|path| graph.add(File::new(None, MkDir::new(path))));
    let merged = graph.merge(&dirs.map(|dir| Some(dir.output(0)))).unwrap();
    let diff = graph.diff(graph.root(dirs[0]), Some(merged)).unwrap();
    let needs = graph.capabilities(Some(diff));
    assert_eq!(needs[&FileBase], dirs);
    assert_eq!(
        (&needs[&Capability::Merge], &needs[&Capability::Diff]),
        (&vec![merged.vertex], &vec![diff.vertex])
    );
    let definition = graph.definition(Some(diff), &[]);
    for (capability, vertices) in needs {
        for vertex in vertices {
            assert!(definition.metadata[&graph.digest(vertex).to_string()].caps[capability.id()]);
        }
    }
}
