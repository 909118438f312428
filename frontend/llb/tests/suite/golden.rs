//! Compares operations with those of BuildKit.
//!
//! Each case builds a graph by hand that BuildKit's Dockerfile frontend built from the Dockerfile beside the recording. The
//! digests, which are hashes of the bytes, must agree. `examples/record.rs` makes the recordings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use buildkit_llb::*;
use serde_json::Value;

use crate::operations::operations;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The operations that BuildKit built from a Dockerfile.
struct Recording {
    session: String,
    operations: BTreeMap<String, Value>,
}

impl Recording {
    fn read(case: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(case).join("recorded.json");
        let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let operations = recorded["operations"].as_object().unwrap();
        Self {
            session: recorded["session"].as_str().unwrap().into(),
            operations: operations.iter().map(|(digest, step)| (digest.clone(), step.clone())).collect(),
        }
    }

    /// The base image with the digest that it had when the case was recorded.
    fn image(&self) -> ImageSource {
        let identifiers =
            self.operations.values().filter_map(|step| step["op"]["Op"]["source"]["identifier"].as_str());
        let reference = identifiers.filter_map(|id| id.strip_prefix("docker-image://")).next().unwrap();
        ImageSource {
            resolve_mode: ResolveMode::PreferLocal,
            ..ImageSource::new(reference.parse().unwrap(), platform())
        }
    }

    /// Checks that the graph has exactly the recorded operations.
    fn check(&self, graph: &Graph, output: Option<Output>) {
        let definition = graph.definition(output, &[]);
        let ours: BTreeSet<_> = definition.metadata.keys().collect();
        let theirs: BTreeSet<_> = self.operations.keys().collect();
        let missing: Vec<_> = theirs.difference(&ours).map(|digest| &self.operations[*digest]).collect();
        assert!(ours == theirs, "BuildKit has\n{missing:#?}\nand we have\n{}", dump(&definition));
    }
}

fn platform() -> Arc<Platform> {
    Arc::new(Platform::new("linux", "amd64"))
}

fn run(root: Option<Output>, script: &str) -> Exec {
    let mut exec = Exec::new(platform(), root, Argv::new("/bin/sh", ["-c".to_owned(), script.to_owned()]));
    exec.env.set("PATH", PATH);
    exec
}

/// A file as the Dockerfile frontend creates it for a heredoc.
fn heredoc(graph: &mut Graph, path: &str, data: &str) -> Option<Output> {
    Some(graph.add(File::new(None, MkFile::new(path, data))).output(0))
}

/// A copy as the Dockerfile frontend creates it for a heredoc or a download.
fn plain_copy(source: Option<Output>, src: &str, dest: &str) -> Copy {
    Copy { create_dest_path: true, ..Copy::new(source, src, dest) }
}

#[test]
fn exec() {
    let recording = Recording::read("exec");
    let mut graph = Graph::new();
    let image = graph.add(recording.image()).output(0);
    let mut root = Some(graph.add(File::new(Some(image), MkDir::new("/src"))).output(0));
    let mut step = |graph: &mut Graph, edit: &dyn Fn(&mut Exec)| {
        let mut exec = run(root, "true");
        exec.env.set("GREETING", "hello");
        exec.env.set("EMPTY", "");
        exec.user = "root".into();
        edit(&mut exec);
        let vertex = graph.add(exec);
        root = graph.root(vertex);
        root
    };
    let script = |text: &str| Argv::new("/bin/sh", ["-c".to_owned(), text.to_owned()]);
    for (argv, user, cwd) in [
        (script("echo plain"), "", "/src"),
        (Argv::new("echo", ["a list"]), "", "/src"),
        (script("id"), "nobody", "/src"),
        (script("id"), "1000:1000", "/"),
    ] {
        step(&mut graph, &|exec| {
            exec.argv = argv.clone();
            exec.user = user.into();
            exec.cwd = cwd.into();
        });
    }
    for (text, network) in [("echo offline", Network::None), ("echo host", Network::Host)] {
        step(&mut graph, &|exec| {
            exec.argv = script(text);
            exec.network = network;
        });
    }
    let mut seed = MkDir { parents: false, mode: 0o700, ..MkDir::new("/cache") };
    seed.owner = Some(Owner::ids(1000, 1001));
    let seed = graph.add(File::new(None, seed)).output(0);
    step(&mut graph, &|exec| {
        let cache = |id: &str, sharing| Cache { id: id.into(), sharing, ..Cache::default() };
        let locked =
            Cache { seed: Some(seed), selector: "cache".into(), ..cache("/locked", Sharing::Locked) };
        let seeded =
            Cache { seed: Some(image), selector: "/etc/".into(), ..cache("/seeded", Sharing::Shared) };
        exec.mounts = vec![
            Mount::cache("/z/shared/", cache("//z/shared", Sharing::Shared)),
            Mount::cache("/a/private", cache("/private", Sharing::Private)),
            Mount::cache("/m/locked", locked),
            Mount::cache("/m/seeded", Cache { read_only: true, ..seeded }),
        ];
    });
    step(&mut graph, &|exec| {
        exec.mounts = vec![Mount::tmpfs("/t/free", 0), Mount::tmpfs("t/small", 1_048_576)];
    });
    step(&mut graph, &|exec| {
        let secret = |id: &str, dest: &str| Secret { optional: true, ..Secret::new(id, dest) };
        let env = |id: &str, name: &str| SecretEnv { id: id.into(), name: name.into(), optional: true };
        exec.secrets = vec![
            secret("one", "/run/secrets/one"),
            Secret { uid: 1, gid: 2, mode: 0o440, ..secret("two", "/run/two") },
            secret("four", "/run/four"),
        ];
        exec.secret_env = vec![env("three", "THREE"), env("four", "FOUR")];
    });
    let base = step(&mut graph, &|exec| {
        let other = Ssh { dest: "/run/other.sock".into(), uid: 1, gid: 2, mode: 0o666, ..Ssh::new("other") };
        exec.ssh = vec![Ssh { optional: true, ..Ssh::new("") }, Ssh { optional: true, ..other }];
    });
    let mut tools = run(base, "echo tool > /tool");
    tools.env = [("PATH", PATH), ("GREETING", "hello"), ("EMPTY", "")].into_iter().collect();
    tools.user = "root".into();
    let tools = Some(graph.add(tools).output(0));
    let bind = |source, selector: &str, access| Bind {
        source,
        selector: selector.into(),
        access,
        ..Bind::default()
    };
    let end = step(&mut graph, &|exec| {
        exec.mounts = vec![
            Mount::bind("/tools", bind(tools, "", Access::ReadOnly)),
            Mount::bind("/b/etc", bind(tools, "/etc", Access::Discard)),
            Mount::bind("/a/base", bind(base, "/", Access::ReadOnly)),
            Mount::bind("/a/tool", bind(tools, "tool", Access::ReadOnly)),
        ];
    });
    recording.check(&graph, end);
}

#[test]
fn process() {
    let recording = Recording::read("process");
    let mut graph = Graph::new();
    let image = graph.add(recording.image()).output(0);
    let mut exec = run(Some(image), "");
    exec.argv = Argv::new("/bin/bash", ["-euo", "pipefail", "-c", "echo several\necho lines\n"]);
    let host = |host: &str, ip: &str| ExtraHost { host: host.into(), ip: ip.parse().unwrap() };
    exec.extra_hosts = vec![
        host("four.example", "192.0.2.1"),
        host("six.example", "2001:db8::1"),
        host("mapped.example", "::ffff:192.0.2.7"),
    ];
    let ulimit = |name: &str, soft, hard| Ulimit { name: name.into(), soft, hard };
    exec.ulimits = vec![ulimit("core", -1, -1), ulimit("nofile", 1024, 2048)];
    exec.mounts = vec![Mount::tmpfs("/dev/shm", 64 << 20)];
    exec.proxy =
        Some(Proxy { http: "http://proxy.example:3128".into(), no: ".example".into(), ..Proxy::default() });
    exec.hostname = "builder".into();
    let end = graph.add(exec).output(0);
    recording.check(&graph, Some(end));
}

#[test]
fn files() {
    let recording = Recording::read("files");
    let mut graph = Graph::new();
    let image = graph.add(recording.image()).output(0);
    let script = "mkdir -p /from/sub && echo a > /from/a.txt && echo b > /from/sub/b.md && tar -C /from -cf /from/all.tar a.txt";
    let from = Some(graph.add(run(Some(image), script)).output(0));
    let mut state = graph.add(File::new(from, MkDir::new("/work//dir/")));
    let copy = |src: &str, dest: &str| Copy::dockerfile(from, src, dest);
    let owned = |dest: &str, owner: &str| {
        let owner = Some(Owner::parse(owner));
        vec![Action::from(Copy { owner, ..copy("/from/a.txt", dest) })]
    };
    let mode = Some(Mode::Bits(0o755));
    let one = heredoc(&mut graph, "/END", "hello\n");
    let two = [heredoc(&mut graph, "/one", "1\n"), heredoc(&mut graph, "/two", "2\n")];
    let two = two.into_iter().zip(["/one", "/two"]).map(|(source, src)| {
        let (mode, owner) = (Some(Mode::Bits(0o600)), Some(Owner::ids(1000, 1000)));
        Copy { mode, owner, ..plain_copy(source, src, "/heredoc/") }.into()
    });
    for actions in [
        vec![copy("/from/a.txt", "/to/").into()],
        vec![copy("/from/a.txt", "/work/dir/relative").into()],
        vec![copy("/from/", "/work/dir/").into()],
        vec![copy("/from/*.txt", "/many/").into(), copy("/none*.txt", "/many/").into()],
        owned("/owned/ids", "1000:1000"),
        owned("/owned/names", "nobody:nogroup"),
        owned("/owned/user", "1000"),
        owned("/owned/root", "root:games"),
        vec![Copy { mode, ..copy("/from/a.txt", "/modes/octal") }.into()],
        vec![plain_copy(one, "END", "/heredoc/one").into()],
        two.collect(),
        vec![copy("/from/sub/.", "/dotted/.").into()],
    ] {
        state = graph.add(File::chain(graph.root(state), actions).unwrap());
    }
    recording.check(&graph, graph.root(state));
}

#[test]
fn link() {
    let recording = Recording::read("link");
    let mut graph = Graph::new();
    let image = graph.add(recording.image()).output(0);
    let base = Some(graph.add(run(Some(image), "echo a > /a.txt")).output(0));
    let end = heredoc(&mut graph, "/END", "3\n");
    let owner = Some(Owner::ids(1000, 1000));
    let mut state = base;
    for copy in [
        Copy::dockerfile(base, "/a.txt", "/one/"),
        Copy { owner, ..Copy::dockerfile(base, "/a.txt", "/two/") },
        plain_copy(end, "/END", "/three"),
    ] {
        let copy = graph.add(File::new(None, copy)).output(0);
        state = graph.merge(&[state, None, Some(copy)]);
    }
    recording.check(&graph, state);
}

#[test]
fn context() {
    let recording = Recording::read("context");
    let mut graph = Graph::new();
    let list = |items: &[&str]| items.iter().map(|item| String::from(*item)).collect();
    let context = graph.add(LocalSource {
        exclude: list(&["*.md", "!keep.md", "\"odd\"/**", "<a&b>"]),
        follow: list(&["src", "src/x"]),
        shared_key: Some("context".into()),
        ..LocalSource::new("context", &recording.session)
    });
    let context = graph.root(context);
    let mut state = None;
    for copy in [
        Copy::dockerfile(context, "src", "/app/"),
        Copy { unpack: true, ..Copy::dockerfile(context, "src/x", "/unpacked/") },
    ] {
        state = Some(graph.add(File::new(state, copy)).output(0));
    }
    recording.check(&graph, state);
}

#[test]
fn epoch() {
    let recording = Recording::read("epoch");
    let mut graph = Graph::new();
    let image = graph.add(recording.image()).output(0);
    let timestamp = Some(Timestamp { seconds: 1_700_000_000 });
    let dir = graph.add(File::new(Some(image), MkDir { timestamp, ..MkDir::new("/dated") })).output(0);
    let file = heredoc(&mut graph, "/END", "x\n");
    let copy = graph.add(File::new(Some(dir), plain_copy(file, "/END", "/file"))).output(0);
    let end = graph.add(Exec { cwd: "dated".into(), ..run(Some(copy), "true") });
    recording.check(&graph, graph.root(end));
}

#[test]
fn remote() {
    let recording = Recording::read("remote");
    let mut graph = Graph::new();
    let http =
        HttpSource { filename: "served.txt".into(), ..HttpSource::new("http://127.0.0.1:18951/served.txt") };
    let checksum = Some("sha256:73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac".into());
    let checked = graph.add(HttpSource { checksum, ..http.clone() }).output(0);
    let http = graph.add(http).output(0);
    let git = |fragment: &str| {
        let url = format!("git://127.0.0.1:18952/repo{fragment}").parse().unwrap();
        GitSource::new(url)
    };
    let checksum = Some("b583ae4f0e377a3cfabf6a9d0c8403765ad490b9".into());
    let mut copies = vec![
        plain_copy(Some(http), "/served.txt", "/plain"),
        plain_copy(Some(checked), "/served.txt", "/checked"),
        Copy {
            mode: Some(Mode::Bits(0o755)),
            owner: Some(Owner::ids(1, 2)),
            ..plain_copy(Some(http), "/served.txt", "/bin/")
        },
    ];
    for (source, dest) in [
        (git(""), "/git/plain"),
        (git("#v1"), "/git/tag"),
        (git("#v1:sub"), "/git/sub"),
        (GitSource { keep_git_dir: true, ..git("#main") }, "/git/kept"),
        (GitSource { checksum, ..git("#main") }, "/git/checked"),
    ] {
        copies.push(plain_copy(Some(graph.add(source).output(0)), "/", dest));
    }
    let state =
        copies.into_iter().fold(None, |state, copy| Some(graph.add(File::new(state, copy)).output(0)));
    recording.check(&graph, state);
}

/// Operations that no Dockerfile produces. BuildKit decoded their bytes and encoded them again, and its digests must agree with
/// ours. `examples/reencode.rs` makes the recording.
#[test]
fn reencoded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reencoded.json");
    let recorded: BTreeMap<String, BTreeSet<String>> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (name, graph, output) in operations() {
        let definition = dump(&graph.definition(Some(output), &[]));
        let vertices = graph.reachable(Some(output));
        let ours: BTreeSet<_> = vertices.into_iter().map(|vertex| graph.digest(vertex).to_string()).collect();
        let theirs = &recorded[name];
        assert!(theirs.is_subset(&ours), "{name}: {theirs:?}\n{definition}");
        assert!(
            theirs.contains(&graph.digest(output.vertex).to_string()),
            "{name}: {theirs:?}\n{definition}"
        );
    }
}
