//! Importing definitions of other programs.

use buildkit_llb::*;

fn sample() -> (Graph, Option<Output>, Vec<SourceInfo>) {
    let mut graph = Graph::new();
    let base = graph.add(ImageSource::new("alpine".parse().unwrap(), Platform::new("linux", "amd64")));
    let mut exec = Exec::new(Platform::new("linux", "amd64"), graph.root(base), Argv::new("true", [""; 0]));
    exec.mounts.push(Mount::bind("/out", Bind { access: Access::Output, ..Bind::default() }));
    let exec = graph.add(exec);
    let group = ProgressGroup { id: "g".into(), name: "group".into(), weak: true };
    let mut metadata =
        Metadata { progress_group: Some(group), export_cache: Some(true), ..Metadata::named("step") };
    metadata.description.insert("a key".into(), "a text".into());
    graph.describe(exec, metadata);
    let (start, end) = (Position { line: 3, character: 0 }, Position { line: 4, character: 9 });
    graph.locate(exec, Location { source: 0, ranges: vec![Range { start, end }] });
    let file = SourceInfo { filename: "image.yaml".into(), data: [1, 2].into(), ..SourceInfo::default() };
    (graph, Some(exec.output(1)), vec![file])
}

#[test]
fn an_imported_definition_is_encoded_again_unchanged() {
    let (graph, output, files) = sample();
    let mut definition = graph.definition(output, &files);
    for metadata in definition.metadata.values_mut() {
        metadata.caps.insert("exec.of.tomorrow".into(), true);
    }
    let mut sources = vec![SourceInfo::default()];
    let mut other = Graph::new();
    let imported = other.import(&definition.clone().into(), &mut sources).unwrap();
    let again = other.definition(imported, &sources);
    assert_eq!(again.def, definition.def);
    assert_eq!(again.source, definition.source);
    for (digest, metadata) in &again.metadata {
        let mut expect = definition.metadata[digest].clone();
        if *digest == Digest::of(&definition.def[2]).to_string() {
            expect.caps.remove("exec.of.tomorrow");
        }
        assert_eq!(*metadata, expect);
    }
    assert_eq!(other.encode(imported, &sources), prost::Message::encode_to_vec(&again));
    assert_eq!(other.capabilities(imported).len(), graph.capabilities(output).len());
}

#[test]
fn resource_limits_are_imported() {
    let (mut graph, output, files) = sample();
    let limits = Limits {
        memory: 64 << 20,
        memory_swap: -1,
        cpu_shares: 512,
        cpu_period: 100_000,
        cpu_quota: 50_000,
        cpuset_cpus: "0-1".into(),
        cpuset_mems: "0".into(),
    };
    let step = output.unwrap().vertex;
    graph.describe(step, Metadata { limits: Some(limits.clone()), ..Metadata::default() });
    let bytes = graph.encode(output, &files);
    let imported = ImportedDefinition::decode(&bytes).unwrap();
    assert_eq!(imported.limits.values().collect::<Vec<_>>(), [&limits]);
    let mut sources = Vec::new();
    let mut other = Graph::new();
    let imported = other.import(&imported, &mut sources).unwrap();
    assert_eq!(other.encode(imported, &sources), bytes);
    assert!(ImportedDefinition::decode(b"no definition").is_err());
}

#[test]
fn imported_operations_are_the_same_vertices() {
    let (mut graph, output, _) = sample();
    let definition = graph.definition(output, &[]);
    assert_eq!(graph.import(&definition.into(), &mut Vec::new()), Ok(output));
    assert_eq!(Graph::new().import(&ImportedDefinition::default(), &mut Vec::new()), Ok(None));
}

#[test]
fn a_step_with_a_read_only_root_leaves_it_unchanged() {
    let mut graph = Graph::new();
    let base = graph.add(File::new(None, MkDir::new("/a")));
    let exec = Exec::new(Platform::new("linux", "amd64"), graph.root(base), Argv::new("true", [""; 0]));
    let exec = graph.add(Exec { read_only_root: true, ..exec });
    let mut other = Graph::new();
    let imported =
        other.import(&graph.definition(Some(exec.output(0)), &[]).into(), &mut Vec::new()).unwrap();
    let root = other.root(imported.unwrap().vertex).unwrap();
    assert_eq!(other.digest(root.vertex), graph.digest(base));
}

#[test]
fn invalid_definitions_are_refused() {
    fn check(edit: impl FnOnce(&mut Definition), expect: &str) {
        let (graph, output, files) = sample();
        let mut definition = graph.definition(output, &files);
        edit(&mut definition);
        let error = Graph::new().import(&definition.into(), &mut Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with(expect), "{error}");
    }
    check(|definition| definition.def[0].truncate(3), "operation 1 does not decode: ");
    check(|definition| drop(definition.def.remove(0)), "operation 1 builds on sha256:");
    check(|definition| definition.def.swap(0, 1), "operation 1 builds on sha256:");
    check(|definition| drop(definition.def.pop()), "the last operation does not name one result");
    check(|definition| definition.def[2] = Vec::new(), "the last operation does not name one result");
    let negative = |definition: &mut Definition| {
        // The index of the terminal's input is the last byte of its input; -1 takes ten.
        let terminal = &mut definition.def[2];
        terminal.truncate(terminal.len() - 1);
        terminal.extend([0xff; 9]);
        terminal.push(1);
        terminal[1] += 9;
    };
    check(negative, "operation 3 builds on output -1");
}
