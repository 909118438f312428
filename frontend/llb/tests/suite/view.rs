//! The views of definitions.

use buildkit_llb::*;
use expect_test::expect_file;

use crate::operations::operations;

fn sample() -> Definition {
    let mut graph = Graph::new();
    let platform = Platform::new("linux", "amd64");
    let alpine = format!("alpine:3.20@sha256:{}", "0".repeat(64));
    let image = graph.add(ImageSource::new(alpine.parse().unwrap(), platform.clone()));
    let context = graph.add(LocalSource { exclude: vec!["a b".into()], ..LocalSource::new("context", "s") });
    let mut exec =
        Exec::new(platform, graph.root(image), Argv::new("sh", ["-c", "make \"all\"\nmake install"]));
    exec.env.set("A", "1");
    exec.cwd = "/src".into();
    let bind = Bind { source: graph.root(context), selector: "/lib".into(), ..Bind::default() };
    let cache = Cache { id: "deps".into(), sharing: Sharing::Locked, ..Cache::default() };
    let output = Bind { access: Access::Output, ..Bind::default() };
    exec.mounts = vec![Mount::bind("/b", bind), Mount::cache("/c", cache), Mount::bind("/out", output)];
    exec.mounts.push(Mount::tmpfs("/t", 4096));
    exec.secrets = vec![Secret { optional: true, uid: 5, ..Secret::new("token", "/run/token") }];
    exec.network = Network::Host;
    let exec = graph.add(exec);
    graph.describe(exec, Metadata { ignore_cache: true, ..Metadata::named("build \"all\"") });
    let at = |line| Position { line, character: 0 };
    graph.locate(exec, Location { source: 0, ranges: vec![Range { start: at(3), end: at(5) }] });
    let copy = Copy {
        owner: Some(Owner::parse("app:0")),
        ..Copy::dockerfile(Some(exec.output(1)), "/bin", "/usr/")
    };
    let files = graph.add(File::new(graph.root(exec), copy).then(MkFile::new("/v", "1")).then(Rm::new("/x")));
    let merged = graph.merge(&[graph.root(image), graph.root(files)]);
    let file = SourceInfo { filename: "image.yaml".into(), ..SourceInfo::default() };
    graph.definition(merged, &[file])
}

/// A graph that uses all kinds of metadata.
fn described() -> (Graph, Option<Output>, SourceInfo) {
    let mut graph = Graph::new();
    let lower = graph.add(File::new(None, MkDir::new("/a<b>&c")));
    let group = ProgressGroup { id: "g".into(), name: "the group".into(), weak: true };
    let description = [("who".into(), "me".into())].into();
    let known = Metadata {
        ignore_cache: true,
        export_cache: Some(true),
        progress_group: Some(group),
        description,
        limits: Some(Limits {
            memory: 1 << 40,
            memory_swap: -1,
            cpu_shares: 512,
            cpu_period: 100_000,
            cpu_quota: 50_000,
            cpuset_cpus: "0-3".into(),
            cpuset_mems: "0".into(),
        }),
        ..Metadata::named("name")
    };
    graph.describe(lower, known);
    let upper = graph.add(File::new(graph.root(lower), MkFile::new("/f", vec![0, 255])));
    graph.describe(upper, Metadata { export_cache: Some(false), ..Metadata::default() });
    let at = |line, character| Position { line, character };
    let range = Range { start: at(1, 0), end: at(300, 7) };
    graph.locate(upper, Location { source: 0, ranges: vec![range] });
    let file = SourceInfo {
        filename: "image.yaml".into(),
        data: b"stages: {}\n".as_slice().into(),
        language: "YAML".into(),
        definition: Some(graph.definition(graph.root(lower), &[])),
    };
    let root = graph.root(upper);
    (graph, root, file)
}

/// Definitions by name, as bytes.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let all = operations().into_iter();
    let mut all: Vec<_> = all.map(|(name, graph, output)| (name, graph.encode(Some(output), &[]))).collect();
    let (graph, output, file) = described();
    all.push(("all that is known", graph.encode(output, &[file])));
    all.push(("a sample", prost::Message::encode_to_vec(&sample())));
    all
}

/// `view/buildkit.json` is what BuildKit's own Go code (`convertllb.Result`, of BuildKit 0.32) prints for the same bytes.
#[test]
fn json_as_buildkit_writes_it() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("view/buildkit.json")).unwrap();
    let golden = golden.as_object().unwrap();
    let all = all();
    assert_eq!(golden.len(), all.len());
    for (name, definition) in all {
        let (found, expect) = (json(&definition), &golden[name]);
        assert_eq!(&found, expect, "{name}: {found:#}");
    }
}

#[test]
fn text() {
    expect_file!["view/sample.txt"].assert_eq(&dump(&sample()));
}

#[test]
fn graphviz() {
    expect_file!["view/sample.dot"].assert_eq(&dot(&sample()));
}

#[test]
fn undecodable_operations_and_missing_inputs_are_marked() {
    let mut definition = sample();
    definition.def.remove(0);
    definition.def[0] = vec![0xff; 5];
    definition.def.push(Vec::new());
    let text = dump(&definition);
    for expect in [
        "1 undecodable 5 bytes (",
        "mount / from missing c8655baaa13f",
        "mount /b from missing 79ba73bca67c path=/lib",
        "4 merge missing c8655baaa13f 3",
        "5 unknown operation of a kind this release does not know",
        "6 result nothing",
    ] {
        assert!(text.contains(expect), "{expect} in\n{text}");
    }
    let graph = dot(&definition);
    assert!(
        graph.contains("m2_0 [label=\"missing c8655baaa13f\", style=dashed];\n    m2_0 -> 2;"),
        "{graph}"
    );
}

#[test]
fn a_damaged_byte_never_causes_a_panic() {
    let all = operations().into_iter();
    for definition in all.map(|(_, graph, output)| graph.definition(Some(output), &[])).chain([sample()]) {
        for number in 0..definition.def.len() {
            for at in 0..definition.def[number].len() {
                for damage in [0x01, 0xff] {
                    let mut damaged = definition.clone();
                    damaged.def[number][at] = damage;
                    assert!(dump(&damaged).starts_with("1 "));
                    assert!(dot(&damaged).starts_with("digraph"));
                    let json = json(&prost::Message::encode_to_vec(&damaged));
                    assert!(!json["def"].as_object().unwrap().is_empty());
                }
            }
        }
    }
}

#[test]
fn json_of_invalid_definitions() {
    let empty = serde_json::json!({"def": {}, "metadata": {}, "source": {}});
    for bytes in [&[][..], &[0xff; 12], &[0x12, 0x03, 0x0a, 0x7f, 0x00]] {
        assert_eq!(json(bytes), empty);
    }
    let undecodable = json(&[0x0a, 0x02, 0xff, 0xff]);
    assert!(
        undecodable["def"].as_object().unwrap().values().all(serde_json::Value::is_null),
        "{undecodable}"
    );
}

#[test]
fn the_lines_of_a_script_are_shown() {
    let mut graph = Graph::new();
    let script = graph.add(File::new(None, MkFile::new("/script", b"set -e\n\tmake\n".to_vec())));
    let text = dump(&graph.definition(graph.root(script), &[]));
    assert!(
        text.contains("    mkfile /script mode=0644 13 bytes\n    | set -e\n    | \tmake\n2 result"),
        "{text}"
    );
    let binary = graph.add(File::new(None, MkFile::new("/binary", b"\x1b[1m\n".to_vec())));
    let text = dump(&graph.definition(graph.root(binary), &[]));
    assert!(text.contains("5 bytes\n2 result"), "{text}");
}

#[test]
fn every_field_that_is_set_is_shown() {
    let text: String = operations()
        .into_iter()
        .map(|(_, graph, output)| dump(&graph.definition(Some(output), &[])))
        .collect();
    for expect in [
        "rm /ba* optional wildcard",
        "symlink /usr/bin/x to \"../target dir/x\" owner=0:7 time=1000000000ns",
        "mkfile /f mode=0640 3 bytes owner=app:42",
        "mode=u+x,go-w wildcard replace include=*.txt include=\"\" exclude=**/x required=a.txt",
        "copy scratch / /nothing",
        "diff 1 -> 2",
        "diff 1 -> scratch",
        "merge 1 2 1",
        "mount / from 1 read-only",
        "content-cache=off",
        "content-cache=on",
        "platform linux/arm/v7",
        "cgroup-parent group",
        "exit-codes -1 0 7 300",
        "cache /work/here/relative id=/work/here/relative",
        "ssh /run/buildkit/ssh_agent.0 id=a mode=0000 optional",
        "device vendor.com/gpu=all optional",
        "platform windows/amd64 version=10.0.1 feature=win32k",
        "image.checksum sha256:0000",
        "needs file.symlink.create (BuildKit 0.19)",
    ] {
        assert!(text.contains(expect), "{expect} in\n{text}");
    }
}
