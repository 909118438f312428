//! What the variants of a family share: `docs/performance.md` has the numbers of operations that all builds of a family have in sum, and
//! of those that differ. A step that an axis reaches earlier than it has to is a number that grew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use buildkit_proto::pb;
use buildkit_proto::pb::op::Op;
use prost::Message;
use varve_spec::Member;
use varve_tests::digest::sha256;
use varve_tests::machine::Machine;

use crate::families::Example;

/// The examples in the order of the table.
const FAMILIES: [&str; 6] = ["therock", "rapids", "iree", "iree/2023", "itwinai", "dynamo"];

/// The operations of a definition by their identity: whether each is a process.
type Operations = BTreeMap<String, bool>;

/// The operations of the image of a variant for linux/amd64, as `varve llb` prints them.
fn operations(file: &str, member: &Member) -> Operations {
    let mut words =
        vec!["llb".to_owned(), format!("--target={}", member.target), "--platform=linux/amd64".to_owned()];
    words.extend(member.args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    words.push(file.to_owned());
    let answer = varve_cli::run(words, varve_cli::Colours::default());
    assert_eq!(answer.code, 0, "{} {:?}: {}", member.target, member.args, answer.err);
    let definition = pb::Definition::decode(answer.out.as_slice()).unwrap();
    let encoded = definition.def.iter().map(|bytes| (format!("sha256:{}", sha256(bytes)), bytes));
    let read: BTreeMap<String, pb::Op> =
        encoded.map(|(digest, bytes)| (digest, pb::Op::decode(bytes.as_slice()).unwrap())).collect();
    let mut identities = BTreeMap::new();
    for digest in read.keys() {
        identify(digest, &read, &mut identities);
    }
    // The last operation of a definition only names its result.
    let named = read.iter().filter_map(|(digest, op)| Some((digest, op.op.as_ref()?)));
    named.map(|(digest, op)| (identities[digest].clone(), matches!(op, Op::Exec(_)))).collect()
}

/// Finds the identity of an operation: its digest, except that a folder of the client counts without the paths that are read of it. A
/// builder finds the steps that use it by the content of their files.
fn identify(digest: &str, read: &BTreeMap<String, pb::Op>, known: &mut BTreeMap<String, String>) -> String {
    if let Some(identity) = known.get(digest) {
        return identity.clone();
    }
    let mut op = read[digest].clone();
    if let Some(Op::Source(source)) = &mut op.op
        && source.identifier.starts_with("local://")
    {
        source.attrs.clear();
    }
    for input in &mut op.inputs {
        input.digest = identify(&input.digest, read, known);
    }
    let identity = sha256(&op.encode_to_vec());
    known.insert(digest.to_owned(), identity.clone());
    identity
}

/// The row of a family in the table.
fn row(family: &str) -> String {
    let folder = Machine::read().unwrap().workspace.join("examples").join(family);
    let file = folder.join("image.yaml").display().to_string();
    let of_amd64 = |member: &Member| member.platforms.iter().any(|platform| platform == "linux/amd64");
    let members: Vec<Member> = Example::read(family).members().into_iter().filter(of_amd64).collect();
    let (mut sums, mut distinct) = ([0, 0], [BTreeSet::new(), BTreeSet::new()]);
    for member in &members {
        for (identity, is_process) in operations(&file, member) {
            for kind in 0..=usize::from(is_process) {
                sums[kind] += 1;
                distinct[kind].insert(identity.clone());
            }
        }
    }
    let [operations, processes] = distinct.map(|all| all.len());
    let numbers = [members.len(), sums[0], operations, sums[1], processes].map(grouped);
    format!("| {family} | {} |", numbers.join(" | "))
}

/// A number with its thousands apart: `12,249`.
fn grouped(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

#[test]
fn the_page_has_what_the_variants_of_each_example_share() {
    let rows: Vec<String> = std::thread::scope(|scope| {
        let rows = FAMILIES.map(|family| scope.spawn(move || row(family)));
        rows.map(|row| row.join().unwrap()).to_vec()
    });
    let page = Machine::read().unwrap().workspace.join("docs/performance.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = rows.join("\n");
    assert!(page.contains(&rows), "the table of docs/performance.md is not what the examples give:\n{rows}");
}
