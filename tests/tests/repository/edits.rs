//! The members of the benchmark `edits`.

use std::fs;

use varve_tests::machine::Machine;
use varve_tests::member::{Member, Side};

#[test]
fn both_sides_of_each_member_have_the_works_of_its_table() {
    let folder = Machine::read().unwrap().workspace.join("tests/benches/edits");
    let mut read = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let document = fs::read_to_string(entry.unwrap().path()).unwrap();
        read.push(Member::read(&document).unwrap());
        // With a name that only the Dockerfile has, the document is refused.
        let other = document.replacen("RUN work(", "RUN work(other) && work(", 1);
        let refused = format!("{:#}", Member::read(&other).unwrap_err());
        assert!(refused.contains("Dockerfile has other works than the table"), "{refused}");
    }
    assert_eq!(read.len(), 5);
    // What the image.yaml alone does is few, and never the other way round.
    for member in read {
        let (ours, theirs) = (member.count(Side::Yaml), member.count(Side::Dockerfile));
        assert!(theirs <= ours && ours <= theirs + 2, "{}: {ours}, {theirs}", member.title);
    }
}
