use super::*;
use crate::Family;

fn sources(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(*name, *text);
    }
    sources
}

#[test]
fn files_are_joined_in_order() {
    let files = sources(&[
        ("image.yaml", "include: [parts/a.yaml, b.yaml]\nstages: {last: {from: first}}\n"),
        ("parts/a.yaml", "include: ../b.yaml\nstages: {first: {from: scratch}}\n"),
        ("b.yaml", "axes: {device: [cpu, cuda]}\n"),
    ]);
    assert_eq!(missing_includes(&files), Ok(vec![]));
    let family = Family::read(&files).family.unwrap();
    assert_eq!(family.stages().collect::<Vec<_>>(), ["first", "last"]);
    assert_eq!(family.axes[0].name, "device");
}

#[test]
fn labels_of_several_files_are_joined() {
    let files = sources(&[
        (
            "image.yaml",
            "include: a.yaml\nprovenance: {labels: oci, title: app}\nstages: {app: {from: scratch}}\n",
        ),
        ("a.yaml", "provenance: {vendor: Acme}\n"),
    ]);
    let family = Family::read(&files).family.unwrap();
    let plan = family
        .select(&crate::Selection::new(crate::Platform::new("linux", "amd64")))
        .unwrap()
        .plan()
        .unwrap();
    let provenance = plan.provenance.unwrap();
    let values: Vec<&str> = provenance.labels.values().map(String::as_str).collect();
    assert!(values.contains(&"Acme") && values.contains(&"app"), "{values:?}");
}

#[test]
fn missing_files_are_asked_for_once_however_the_key_is_written() {
    for text in [
        "include: [a.yaml, ./a.yaml]\nstages: {}\n",
        "\"include\": [a.yaml]\nstages: {}\n",
        "{stages: {}, include: a.yaml}\n",
        "  include: a.yaml\n  stages: {}\n",
    ] {
        let missing = missing_includes(&sources(&[("image.yaml", text)])).unwrap();
        let paths: Vec<&str> = missing.iter().map(|include| include.path.as_str()).collect();
        assert_eq!(paths, ["a.yaml"], "{text}");
    }
}

#[test]
fn wrong_paths_do_not_hide_missing_files() {
    let text =
        "include: [nope.yaml, ../x.yaml, /etc/passwd, ., \"https://example.com/lib.yaml\"]\nstages: {}\n";
    let mut sources = sources(&[("image.yaml", text)]);
    let missing = missing_includes(&sources).unwrap();
    assert_eq!(missing.iter().map(|include| include.path.as_str()).collect::<Vec<_>>(), ["nope.yaml"]);
    let messages = |found: Vec<Diagnostic>| found.into_iter().map(|found| found.message).collect::<Vec<_>>();
    let expect = [
        "`../x.yaml` is outside the folder of the build file",
        "`/etc/passwd` is outside the folder of the build file",
        "`.` is a folder, expected a file",
        "`https://example.com/lib.yaml` is a URL, expected the path of a file",
    ];
    assert_eq!(messages(wrong_includes(&sources)), expect);
    sources.add("nope.yaml", "stages: {a: {from: scratch}}\n");
    assert_eq!(messages(missing_includes(&sources).unwrap_err()), expect);
}

#[test]
fn mistakes_have_places() {
    let check = |files: &[(&str, &str)], code: Code, place: &str| {
        let sources = sources(files);
        let found = match missing_includes(&sources) {
            Err(found) => found,
            Ok(_) => Family::read(&sources).found,
        };
        assert_eq!(
            found.first().map(|found| (found.code, sources.text(found.span))),
            Some((code, place)),
            "{found:?}"
        );
    };
    check(&[("i", "include: ../a.yaml\nstages: {a: {from: scratch}}")], Code::Include, "../a.yaml");
    check(&[("i", "include: [[a]]\nstages: {a: {from: scratch}}")], Code::WrongType, "[a]");
    check(&[("i", "include: \"${{ x }}\"\nstages: {a: {from: scratch}}")], Code::Include, "\"${{ x }}\"");
    check(
        &[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "include: i\nname: x")],
        Code::Include,
        "i",
    );
    check(
        &[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "stages: {a: {from: x}}")],
        Code::DuplicateKey,
        "a",
    );
    let stage = "stages: {a: {from: scratch}}";
    check(
        &[("i", &format!("include: b\nprovenance: {{title: x}}\n{stage}")), ("b", "provenance: {title: y}")],
        Code::DuplicateKey,
        "title",
    );
    check(
        &[("i", "include: b\nname: x\nstages: {a: {from: scratch}}"), ("b", "name: y")],
        Code::DuplicateKey,
        "name",
    );
    check(&[("i", "include: b\nstages: {a: {from: scratch}}"), ("b", "a: b: c")], Code::Yaml, "");
}
