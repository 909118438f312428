//! Properties of every graph, tested with random graphs.

use std::sync::Arc;

use buildkit_llb::*;
use buildkit_proto::pb;
use prost::Message as _;

/// A generator of pseudo-random numbers. Equal seeds give equal numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick(&mut self, from: &[Output]) -> Option<Output> {
        from.get(self.below(from.len() + 1)).copied()
    }
}

/// Creates an operation whose content depends on a number, and whose inputs are among the outputs.
fn operation(number: usize, numbers: &mut Numbers, outputs: &[Output]) -> Operation {
    let platform = || Arc::new(Platform::new("linux", "amd64"));
    let text = "x".repeat(numbers.below(300));
    match numbers.below(7) {
        0 => ImageSource::new(format!("image{number}").parse().unwrap(), platform()).into(),
        1 => HttpSource::new(format!("https://host/{number}/{text}")).into(),
        2 if outputs.len() > 1 => {
            let (first, second) =
                (outputs[numbers.below(outputs.len())], outputs[numbers.below(outputs.len())]);
            Merge { first, second, rest: numbers.pick(outputs).into_iter().collect() }.into()
        }
        3 if !outputs.is_empty() => {
            Diff { lower: outputs[numbers.below(outputs.len())], upper: numbers.pick(outputs) }.into()
        }
        4 => {
            let copy = Copy::dockerfile(numbers.pick(outputs), text, format!("/{number}/"));
            File::new(numbers.pick(outputs), copy).then(Copy::new(numbers.pick(outputs), "/a", "/b")).into()
        }
        _ => {
            let mut exec =
                Exec::new(platform(), numbers.pick(outputs), Argv::new(number.to_string(), [text]));
            for index in 0..numbers.below(4) {
                let bind = Bind { source: numbers.pick(outputs), access: Access::Output, ..Bind::default() };
                exec.mounts.push(Mount::bind(format!("/{}/{index}", numbers.below(9)), bind));
            }
            exec.into()
        }
    }
}

fn random(seed: u64, size: usize) -> (Graph, Vec<Output>) {
    let mut numbers = Numbers(seed);
    let (mut graph, mut outputs) = (Graph::new(), Vec::new());
    for number in 0..size {
        let operation = operation(number, &mut numbers, &outputs);
        let vertex = graph.add_ref(&operation);
        if numbers.below(2) == 0 {
            graph.describe(
                vertex,
                Metadata { ignore_cache: number % 7 == 0, ..Metadata::named(number.to_string()) },
            );
            let position = Position { line: number as u32, character: 0 };
            let ranges = vec![Range { start: position, end: position }; number % 3];
            graph.locate(vertex, Location { source: number % 4, ranges });
        }
        outputs.push(vertex.output(0));
    }
    (graph, outputs)
}

fn files() -> Vec<SourceInfo> {
    let names = ["a", "b", "c"].into_iter();
    names
        .map(|name| SourceInfo { filename: name.into(), data: [7; 300].into(), ..SourceInfo::default() })
        .collect()
}

#[test]
fn bytes_and_message_agree_and_are_reproducible() {
    for seed in 0..50 {
        let (graph, outputs) = random(seed, 60);
        let output = outputs.last().copied();
        let bytes = graph.encode(output, &files());
        for _ in 0..25 {
            assert_eq!(graph.encode(output, &files()), bytes);
            assert_eq!(graph.definition(output, &files()).encode_to_vec(), bytes);
        }
        assert_eq!(Definition::decode(&*bytes), Ok(graph.definition(output, &files())));
    }
}

#[test]
fn operations_decode_and_encode_to_the_same_bytes() {
    for seed in 0..50 {
        let (graph, outputs) = random(seed, 60);
        for bytes in graph.definition(outputs.last().copied(), &[]).def {
            let mut op = pb::Op::decode(&*bytes).unwrap();
            let last = pb::Op { op: op.op.take(), ..pb::Op::default() };
            // The member of the oneof comes last, as Go writes it.
            assert_eq!([op.encode_to_vec(), last.encode_to_vec()].concat(), bytes);
        }
    }
}

#[test]
fn inputs_come_before_their_users() {
    for seed in 0..50 {
        let (graph, outputs) = random(seed, 60);
        let order = graph.reachable(outputs.last().copied());
        for (index, vertex) in order.iter().enumerate() {
            for input in graph.inputs(*vertex) {
                assert!(order[..index].contains(&input.vertex));
            }
        }
    }
}

#[test]
fn the_order_of_adding_does_not_matter() {
    for seed in 0..50 {
        let (graph, outputs) = random(seed, 60);
        let expect = graph.encode(outputs.last().copied(), &[]);
        // Adds the same operations to a graph that contains other operations before and between them.
        let mut numbers = Numbers(seed);
        let (mut other, mut again) = (Graph::new(), Vec::new());
        let noise: Vec<_> =
            (0..40).map(|n| other.add(File::new(None, MkDir::new(format!("/noise/{n}"))))).collect();
        for number in 0..60 {
            let operation = operation(number, &mut numbers, &again);
            let vertex = other.add_ref(&operation);
            if numbers.below(2) == 0 {
                let name = Metadata { ignore_cache: number % 7 == 0, ..Metadata::named(number.to_string()) };
                other.describe(vertex, name);
            }
            other.add(File::new(Some(noise[number % 40].output(0)), MkFile::new("/x", number.to_string())));
            again.push(vertex.output(0));
        }
        assert_eq!(other.encode(again.last().copied(), &[]), expect);
    }
}

#[test]
fn branches_in_any_order_make_the_same_definition() {
    let branch = |graph: &mut Graph, name: &str| {
        let image =
            graph.add(ImageSource::new(name.parse().unwrap(), Platform::new("linux", "amd64"))).output(0);
        graph.add(File::new(Some(image), MkDir::new(name))).output(0)
    };
    let names = ["a", "b", "c", "d"];
    let mut seen = std::collections::BTreeSet::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let mut graph = Graph::new();
        for index in order {
            branch(&mut graph, names[index]);
        }
        let branches = names.map(|name| Some(branch(&mut graph, name)));
        let merged = graph.merge(&branches);
        seen.insert(graph.encode(merged, &[]));
    }
    assert_eq!(seen.len(), 1);
}
