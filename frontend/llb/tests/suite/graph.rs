//! Graphs: the identity of operations, metadata, and definitions.

use std::collections::BTreeSet;
use std::sync::Arc;

use buildkit_llb::*;
use prost::Message as _;

use crate::operations::operations;

fn platform() -> Arc<Platform> {
    Arc::new(Platform::new("linux", "amd64"))
}

fn dir(graph: &mut Graph, base: Option<Output>, path: &str) -> Output {
    graph.add(File::new(base, MkDir::new(path))).output(0)
}

fn run(root: Option<Output>, script: &str) -> Exec {
    Exec::new(platform(), root, Argv::new("sh", ["-c".to_owned(), script.to_owned()]))
}

#[test]
fn equal_operations_are_one_vertex() {
    let mut graph = Graph::new();
    let first = graph.add(run(None, "a"));
    assert_eq!(graph.add(run(None, "a")), first);
    assert_ne!(graph.add(run(None, "b")), first);
    assert_eq!(graph.find(&graph.digest(first)), Some(first));
}

#[test]
fn spellings_of_one_thing_are_one_vertex() {
    fn check<O: Into<Operation>>(a: O, b: O) {
        let mut graph = Graph::new();
        assert_eq!(graph.add(a), graph.add(b));
    }
    let image = |name: &str| ImageSource::new(name.parse().unwrap(), platform());
    check(image("alpine"), image("docker.io/library/alpine:latest"));
    check(File::new(None, MkDir::new("a//b/")), File::new(None, MkDir::new("/a/./b")));
    check(Exec { cwd: String::new(), ..run(None, "") }, run(None, ""));
    let mounts = |dests: [&str; 2]| {
        let mounts = dests.map(|dest| Mount::tmpfs(dest, 0)).to_vec();
        Exec { mounts, cwd: "/work".into(), ..run(None, "") }
    };
    check(mounts(["/b", "/work/a"]), mounts(["a/", "/b/"]));
    let codes = |codes: [i32; 3]| Exec { valid_exit_codes: codes.into(), ..run(None, "") };
    check(codes([0, 1, 2]), codes([2, 1, 0]));
}

#[test]
fn different_operations_are_different_vertices() {
    fn check<O: Into<Operation>>(a: O, b: O) {
        let mut graph = Graph::new();
        assert_ne!(graph.add(a), graph.add(b));
    }
    let copy = |dest: &str| File::new(None, Copy::new(None, "/a", dest));
    check(copy("/b"), copy("/b/"));
    let env =
        |names: [&str; 2]| Exec { env: names.map(|name| (name, "")).into_iter().collect(), ..run(None, "") };
    check(env(["A", "B"]), env(["B", "A"]));
    let mode = |mode| File::new(None, Copy { mode, ..Copy::new(None, "/a", "/b") });
    check(mode(None), mode(Some(Mode::Bits(0))));
    let at = |timestamp| File::new(None, MkDir { timestamp, ..MkDir::new("/a") });
    check(at(None), at(Some(Timestamp { seconds: 0 })));
}

#[test]
fn fields_by_number_are_as_protobuf_orders_them() {
    let [last, by_number] = [FieldOrder::OpLast, FieldOrder::ByNumber].map(|order| {
        let mut graph = Graph::in_order(order);
        let http = graph.add(HttpSource { filename: "context".into(), ..HttpSource::new("http://a.test/b") });
        let image = graph.add(ImageSource::new("alpine".parse().unwrap(), Platform::new("linux", "amd64")));
        let merge = graph.merge(&[graph.root(http), graph.root(image)]);
        let exec = graph.add(run(merge, "make"));
        let mut alike = graph.empty_with_same_order();
        let alone = alike.add(ImageSource::new("alpine".parse().unwrap(), Platform::new("linux", "amd64")));
        assert_eq!(alike.digest(alone), graph.digest(image));
        graph.definition(graph.root(exec), &[]).def
    });
    assert_eq!(last.len(), by_number.len());
    // The last one is the terminal operation, which has no member of the oneof.
    for (last, by_number) in last.iter().zip(&by_number).take(4) {
        let op = buildkit_proto::pb::Op::decode(by_number.as_slice()).unwrap();
        assert_eq!(*by_number, op.encode_to_vec());
        assert_ne!(last, by_number);
    }
}

#[test]
fn metadata_does_not_change_the_digest() {
    let mut graph = Graph::new();
    let vertex = graph.add(run(None, "a"));
    let digest = graph.digest(vertex);
    let group = ProgressGroup { id: "g".into(), name: "group".into(), weak: true };
    let metadata = Metadata { ignore_cache: true, progress_group: Some(group), ..Metadata::named("one") };
    graph.describe(vertex, metadata);
    graph.locate(vertex, Location { source: 0, ranges: Vec::new() });
    assert_eq!(graph.digest(vertex), digest);
    let again = graph.add(run(None, "a"));
    graph.describe(again, Metadata::named("two"));
    assert_eq!((again, graph.metadata(again).name.as_deref()), (vertex, Some("one")));
}

#[test]
fn a_definition_contains_what_its_output_reaches_and_ends_with_it() {
    let mut graph = Graph::new();
    let base = dir(&mut graph, None, "/base");
    let other = dir(&mut graph, Some(base), "/other");
    let end = graph.add(run(Some(base), "end"));
    let definition = graph.definition(graph.root(end), &[]);
    assert_eq!(definition.def.len(), 3);
    let digests: Vec<_> = definition.def.iter().map(|bytes| Digest::of(bytes)).collect();
    assert_eq!(digests[..2], [graph.digest(base.vertex), graph.digest(end)]);
    for digest in &digests {
        assert!(definition.metadata.contains_key(&digest.to_string()));
    }
    assert_eq!(definition.metadata.len(), 3);
    assert!(!definition.metadata.contains_key(&graph.digest(other.vertex).to_string()));
    let terminal = &definition.metadata[&digests[2].to_string()];
    assert_eq!(terminal.caps.keys().collect::<Vec<_>>(), ["constraints", "platform"]);
}

#[test]
fn the_terminal_operation_declares_the_capabilities_of_metadata() {
    let mut graph = Graph::new();
    let vertex = graph.add(run(None, "a"));
    graph
        .describe(vertex, Metadata { ignore_cache: true, export_cache: Some(false), ..Metadata::named("a") });
    let definition = graph.definition(graph.root(vertex), &[]);
    let terminal = &definition.metadata[&Digest::of(&definition.def[1]).to_string()];
    let needs = ["constraints", "meta.description", "meta.exportcache", "meta.ignorecache", "platform"];
    assert_eq!(terminal.caps.keys().collect::<Vec<_>>(), needs);
}

#[test]
fn scratch_has_the_empty_definition() {
    let graph = Graph::new();
    assert_eq!(graph.definition(None, &[]), Definition::default());
    assert_eq!(graph.encode(None, &[]), [0_u8; 0]);
    assert!(graph.capabilities(None).is_empty());
}

#[test]
fn merge_and_diff_with_scratch_add_no_operations() {
    let mut graph = Graph::new();
    let inputs = ["/a", "/b"].map(|path| dir(&mut graph, None, path));
    let [a, b] = inputs.map(Some);
    assert_eq!(graph.merge(&[]), None);
    assert_eq!(graph.merge(&[None, None]), None);
    assert_eq!(graph.merge(&[None, a, None]), a);
    assert_eq!(graph.diff(None, None), None);
    assert_eq!(graph.diff(None, a), a);
    let merged = graph.merge(&[a, None, b]);
    assert_ne!(merged, graph.merge(&[b, a]));
    assert_eq!(graph.inputs(merged.unwrap().vertex), inputs);
    let diff = graph.diff(a, None).unwrap();
    assert_eq!(graph.inputs(diff.vertex), &inputs[..1]);
}

#[test]
fn outputs_of_a_step() {
    let mut graph = Graph::new();
    let root = Some(dir(&mut graph, None, "/root"));
    let bind = |dest: &str, access| Mount::bind(dest, Bind { access, ..Bind::default() });
    let mounts = vec![
        bind("/z", Access::Output),
        bind("/read", Access::ReadOnly),
        bind("/dropped", Access::Discard),
        Mount::cache("/cache", Cache::default()),
        bind("a", Access::Output),
    ];
    let step = Exec { mounts, cwd: "/work".into(), ..run(root, "") };
    let outputs =
        ["/z", "/work/a", "a/", "/read", "/dropped", "/cache", "/none", "/"].map(|dest| step.output(dest));
    assert_eq!(outputs, [Some(2), Some(1), Some(1), None, None, None, None, None]);
    let fixed = Exec { read_only_root: true, ..step.clone() };
    assert_eq!((fixed.root_output(), fixed.output("/work/a"), fixed.output("/z")), (None, Some(0), Some(1)));
    let step = graph.add(step);
    assert_eq!(graph.root(step), Some(step.output(0)));
    let fixed = graph.add(fixed);
    assert_eq!(graph.root(fixed), root);
}

#[test]
fn only_files_with_locations_are_sent() {
    let mut graph = Graph::new();
    let unused = graph.add(run(None, "unused"));
    let first = graph.add(run(None, "first"));
    let second = graph.add(run(graph.root(first), "second"));
    let at = |source, line| {
        let position = Position { line, character: 0 };
        Location { source, ranges: vec![Range { start: position, end: position }] }
    };
    graph.locate(unused, at(0, 1));
    graph.locate(second, at(2, 5));
    graph.locate(second, at(1, 6));
    graph.locate(second, at(2, 5));
    graph.locate(second, at(9, 1));
    let files = ["a.yaml", "b.yaml", "c.yaml"]
        .map(|name| SourceInfo { filename: name.into(), ..SourceInfo::default() });
    let source = graph.definition(graph.root(second), &files).source.unwrap();
    assert_eq!(source.infos.iter().map(|info| &*info.filename).collect::<Vec<_>>(), ["c.yaml", "b.yaml"]);
    assert_eq!(source.locations.keys().collect::<Vec<_>>(), [&graph.digest(second).to_string()]);
    let locations = &source.locations[&graph.digest(second).to_string()].locations;
    let places = locations.iter().map(|at| (at.source_index, at.ranges[0].start.unwrap_or_default().line));
    assert_eq!(places.collect::<Vec<_>>(), [(0, 5), (1, 6)]);
}

#[test]
fn an_insecure_step_is_marked() {
    // Field 4 of ExecOp, with the varint 1. The digest is not recorded, because a daemon must be configured to allow this.
    let mut graph = Graph::new();
    let step = graph.add(Exec { security: Security::Insecure, ..run(None, "") });
    let definition = graph.definition(graph.root(step), &[]);
    assert!(definition.def[0].ends_with(&[0x20, 0x01]));
    assert!(dump(&definition).contains("\n    security insecure\n"));
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let mut graph = Graph::new();
    let mut state = None;
    for number in 0..100_000 {
        state = Some(dir(&mut graph, state, &number.to_string()));
    }
    assert_eq!(graph.reachable(state).len(), 100_000);
}

#[test]
fn every_input_of_an_operation_is_replaced() {
    for (name, mut graph, output) in operations() {
        let operation = graph.operation(output.vertex).expect("a retained operation").clone();
        let inputs: BTreeSet<Output> = graph.inputs(output.vertex).iter().copied().collect();
        let mut same = operation.clone();
        let mut passed = BTreeSet::new();
        same.replace_inputs(|input, _| {
            passed.insert(input);
            input
        });
        assert_eq!((&passed, &same), (&inputs, &operation), "{name}");
        let other = graph.add(File::new(None, MkDir::new("/in place of an input"))).output(0);
        let mut changed = operation;
        changed.replace_inputs(|_, _| other);
        let changed = graph.add(changed);
        assert!(graph.inputs(changed).iter().all(|input| *input == other), "{name}");
    }
}
