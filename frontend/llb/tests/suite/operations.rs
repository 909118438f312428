//! Operations with fields that the recorded Dockerfiles do not set. Each is the last operation of its own graph.

use std::sync::Arc;

use buildkit_llb::*;

/// Returns a name, a graph and the output of the operation, for each operation.
pub(crate) fn operations() -> Vec<(&'static str, Graph, Output)> {
    let mut all = Vec::new();
    let mut add = |name, make: &dyn Fn(&mut Graph, Output) -> Operation| {
        let mut graph = Graph::new().retain_operations();
        let base = graph.add(File::new(None, MkFile::new("/base", "base\n"))).output(0);
        let operation = make(&mut graph, base);
        let output = graph.add(operation).output(0);
        all.push((name, graph, output));
    };
    let text = |text: &str| Some(String::from(text));
    let list = |items: &[&str]| items.iter().map(|item| String::from(*item)).collect::<Vec<_>>();
    let platform = |os: &str, architecture: &str| Platform::new(os, architecture);

    add("rm", &|_, base| File::new(Some(base), Rm::new("/base")).into());
    add("rm with options", &|_, base| {
        let rm = Rm { allow_not_found: true, wildcard: true, ..Rm::new("ba*") };
        File::new(Some(base), rm).then(Rm { allow_not_found: true, ..Rm::new("/none") }).into()
    });
    add("symlink", &|_, _| {
        let timestamp = Some(Timestamp { seconds: 1 });
        let owner = Some(Owner::ids(0, 7));
        let link = Symlink { owner, timestamp, ..Symlink::new("../target dir/x", "/usr/bin/x") };
        File::new(None, MkDir::new("/usr/bin")).then(link).then(Symlink::new("x", "/usr/y")).into()
    });
    add("files with owners", &|_, base| {
        let owner = |text| Some(Owner::parse(text));
        let file = MkFile { mode: 0o7640, owner: owner("app:42"), ..MkFile::new("/f", vec![0, 255, 10]) };
        let dir = MkDir { mode: 0, parents: false, owner: owner(":staff"), ..MkDir::new("/d") };
        let none = MkFile { mode: 0, owner: owner(""), ..MkFile::new("/empty", "") };
        File::new(Some(base), file).then(dir).then(none).into()
    });
    add("copy with options", &|graph, base| {
        let source = graph.add(File::new(None, MkDir::new("/source"))).output(0);
        let copy = Copy {
            mode: Some(Mode::Symbolic("u+x,go-w".into())),
            timestamp: Some(Timestamp { seconds: u32::MAX }),
            include: list(&["*.txt", ""]),
            exclude: list(&["**/x"]),
            required: list(&["a.txt"]),
            replace_existing: true,
            wildcard: Wildcard::Required,
            ..Copy::new(Some(source), "/source", "/dest")
        };
        let back = Copy { mode: Some(Mode::Bits(0)), ..Copy::new(Some(base), "/base", "/other/") };
        File::new(Some(base), copy).then(back).then(Copy::new(None, "/", "/nothing")).into()
    });
    add("merge of one thing twice", &|graph, base| {
        let other = graph.add(File::new(None, MkDir::new("/other"))).output(0);
        Merge { first: base, second: other, rest: vec![base] }.into()
    });
    add("diff", &|graph, base| {
        let upper = graph.add(File::new(Some(base), MkDir::new("/upper"))).output(0);
        Diff { lower: base, upper: Some(upper) }.into()
    });
    add("diff of one thing with itself", &|_, base| Diff { lower: base, upper: Some(base) }.into());
    add("diff of scratch", &|_, base| Diff { lower: base, upper: None }.into());

    let exec = |base| Exec::new(platform("linux", "amd64"), Some(base), Argv::new("/none", [""]));
    add("exec with read-only root", &|_, base| {
        let mut exec = Exec { read_only_root: true, ..exec(base) };
        let bind = |access| Bind { source: Some(base), access, ..Bind::default() };
        exec.mounts = vec![
            Mount::bind("/two", bind(Access::Output)),
            Mount::bind("/one", Bind { source: None, ..bind(Access::Output) }),
            Mount::bind("/cached", Bind { content_cache: ContentCache::On, ..bind(Access::ReadOnly) }),
            Mount::bind("/fresh", Bind { content_cache: ContentCache::Off, ..bind(Access::Discard) }),
        ];
        exec.into()
    });
    add("exec with all there is", &|_, base| {
        let variant = Platform::of_parts("linux", "arm", "v7");
        let mut exec = Exec { platform: Arc::new(variant), cgroup_parent: "group".into(), ..exec(base) };
        exec.valid_exit_codes = [300, 0, -1, 7].into();
        exec.cwd = "work/./here".into();
        exec.env.set("EMPTY", "");
        exec.proxy = Some(Proxy::default());
        exec.ssh = vec![Ssh { optional: true, mode: 0, ..Ssh::new("a") }];
        exec.mounts = vec![Mount::cache("relative", Cache::default())];
        exec.into()
    });
    add("exec on scratch", &|_, base| Exec { root: None, ..exec(base) }.into());
    add("exec with devices", &|_, base| {
        let device = |name: &str, optional| Device { name: name.into(), optional };
        Exec { devices: vec![device("vendor.com/gpu=all", true), device("v.org/d=0", true)], ..exec(base) }
            .into()
    });

    add("image", &|_, _| {
        let windows = platform("windows", "amd64").with_os_version("10.0.1", ["win32k"]);
        ImageSource {
            resolve_mode: ResolveMode::ForcePull,
            record_type: Some(RecordType::Internal),
            layer_limit: Some(3),
            checksum: text("sha256:0000000000000000000000000000000000000000000000000000000000000001"),
            ..ImageSource::new("localhost:1/image".parse().expect("a reference"), windows)
        }
        .into()
    });
    add("local", &|_, _| {
        LocalSource {
            identity: LocalIdentity::Unique("unique".into()),
            include: list(&["a b", "ä\u{7f}\u{0}"]),
            differ: Differ::None,
            metadata_only: Some(list(&["x"])),
            ..LocalSource::new("folder", "")
        }
        .into()
    });
    add("git", &|_, _| {
        let url = "git@localhost:a/../b.git#:docs".parse().expect("an address");
        GitSource {
            checksum: text("0123456789012345678901234567890123456789"),
            fetch_by_commit: true,
            skip_submodules: true,
            mtime: GitMtime::Commit,
            auth_token_secret: text("token"),
            known_ssh_hosts: text("localhost ssh-ed25519 AAAA\n"),
            ssh_agent: text("agent"),
            signature: Some(GitSignature {
                public_key: "key".into(),
                reject_expired: true,
                ..GitSignature::default()
            }),
            ..GitSource::new(url)
        }
        .into()
    });
    add("http", &|_, _| {
        HttpSource {
            mode: Some(0o4755),
            uid: 1,
            gid: 2,
            auth_header_secret: text("header"),
            accept: text("text/plain"),
            user_agent: text("agent"),
            signature: Some(HttpSignature { public_key: "key".into(), signature: "signature".into() }),
            ..HttpSource::new("http://localhost:1/file")
        }
        .into()
    });
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000001";
    add("oci layout", &|_, _| {
        OciLayoutSource {
            session: text("session"),
            store: text("store"),
            layer_limit: Some(0),
            ..OciLayoutSource::new(format!("store@{digest}"), platform("linux", "amd64"))
        }
        .into()
    });
    add("blob", &|_, _| {
        let store = BlobStore::OciLayout { session: text("session"), store: text("store") };
        let blob = BlobSource::new(format!("localhost:1/image@{digest}").parse().expect("a reference"));
        BlobSource { store, filename: "f".into(), mode: Some(0o600), gid: 3, ..blob }.into()
    });
    all
}
