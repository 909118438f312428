//! Attestations: bills of materials (SBOM) and provenance.

use anyhow::Result;
use serde_json::Value;
use varve_tests::{Build, Engine, Image};

const FAMILY: &str = "# syntax=varve/frontend:dev
args: {word: none}
stages:
  tools:
    from: varve.test/debian:12
    steps:
      - run: echo tools > /tools; exit 0
  app:
    from: scratch
    steps:
      - {copy: /tools, from: tools, to: /}
      - copy: a.txt /
      - {file: /word, content: \"${{ word }}\"}
";

/// A scanner that writes a statement for each file system, with the names of some files in it.
const SCANNER: &str = r#"FROM varve.test/debian:12
ENV GREETING=hello
ENTRYPOINT ["/bin/sh", "-euc", "\
  for source in $BUILDKIT_SCAN_SOURCE ${BUILDKIT_SCAN_SOURCE_EXTRAS:+$BUILDKIT_SCAN_SOURCE_EXTRAS*}; do \
    name=$(basename $source); \
    printf '{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\"https://spdx.dev/Document\",\"predicate\":{\"SPDXID\":\"SPDXRef-DOCUMENT\",\"spdxVersion\":\"SPDX-2.3\",\"name\":\"%s\",\"comment\":\"%s\"}}' \
      $name \"$GREETING ${BUILDKIT_SCAN_DEPTH:-} $(ls $source | grep -x -e tools -e a.txt -e word | tr '\\n' ' ')\" > $BUILDKIT_SCAN_DESTINATION/$name.spdx.json; \
  done"]
"#;

fn build() -> Build {
    Build::yaml(FAMILY).with("a.txt", "a").with("b.txt", "b")
}

/// The name and the comment of each bill of materials, sorted by name.
fn bills(image: &Image) -> Vec<(&str, &str)> {
    let of_kind = image.attestations.iter().filter(|one| one["predicateType"] == "https://spdx.dev/Document");
    let mut bills: Vec<(&str, &str)> = of_kind
        .map(|bill| {
            let text = |key: &str| bill["predicate"][key].as_str().unwrap_or_default();
            (text("name"), text("comment"))
        })
        .collect();
    bills.sort_unstable();
    bills
}

#[test]
fn a_bill_of_materials_by_a_scanner() -> Result<()> {
    let engine = Engine::get()?;
    let scanner = Build::dockerfile(SCANNER).load(engine)?;
    let sbom = format!("--attest=type=sbom,generator={},DEPTH=3", scanner.tag);
    let build = build().flag(&sbom).flag("--provenance=false");
    // Docker Engine 27 and later pass the parameters to the daemon's own scan.
    let depth = if engine.is_before("27.0")? { "" } else { "3" };
    let of_all = format!("hello {depth} a.txt tools word ");
    assert_eq!(bills(&build.image(engine)?), [("sbom", of_all.as_str())]);
    // Also scans a stage, and the part of the context that the build reads.
    let more = build.arg("BUILDKIT_SBOM_SCAN_STAGE", "tools").arg("BUILDKIT_SBOM_SCAN_CONTEXT", "true");
    let expect = [
        ("sbom", "hello 3 a.txt tools word "),
        ("sbom-context", "hello 3 a.txt "),
        ("sbom-tools", "hello 3 tools "),
    ];
    assert_eq!(bills(&more.image(engine)?), expect);
    Ok(())
}

#[test]
fn provenance_tells_how_of_what_and_from_which_lines() -> Result<()> {
    let engine = Engine::get()?;
    let max = build().arg("word", "said").flag("--provenance=mode=max,version=v0.2");
    let image = max.image(engine)?;
    let kind = |statement: &&Value| {
        statement["predicateType"].as_str().is_some_and(|kind| kind.contains("slsa.dev/provenance"))
    };
    let statement = image.attestations.iter().find(kind).unwrap();
    let predicate = &statement["predicate"];
    // The parameters of the build.
    let invocation = &predicate["invocation"];
    assert_eq!(invocation["configSource"]["entryPoint"], "image.yaml");
    let parameters = &invocation["parameters"];
    assert_eq!(parameters["frontend"], "gateway.v0");
    assert_eq!(parameters["args"]["build-arg:word"], "said");
    assert_eq!(parameters["args"]["source"], "varve/frontend:dev");
    // The materials.
    let materials: Vec<&str> =
        predicate["materials"].as_array().unwrap().iter().filter_map(|one| one["uri"].as_str()).collect();
    assert!(
        materials.iter().any(|uri| uri.contains("varve.test/debian@12") || uri.contains("debian@12")),
        "{materials:?}"
    );
    // Every operation, and its lines in the build file.
    let steps = predicate["buildConfig"]["llbDefinition"].as_array().unwrap();
    assert!(steps.len() > 5, "{steps:?}");
    let metadata = &predicate["metadata"]["https://mobyproject.org/buildkit@v1#metadata"];
    let source = &metadata["source"];
    assert_eq!(source["infos"][0]["filename"], "image.yaml");
    assert_eq!(source["infos"][0]["language"], "YAML");
    let locations = source["locations"].as_object().unwrap();
    let lines: Vec<i64> = locations
        .values()
        .filter_map(|place| place["locations"][0]["ranges"][0]["start"]["line"].as_i64())
        .collect();
    for line in [5, 7, 11, 12, 13] {
        assert!(lines.contains(&line), "{line}: {lines:?}");
    }
    assert!(
        locations.keys().all(|step| steps.iter().any(|known| known["id"] == step.as_str())),
        "{locations:?}"
    );
    // `mode=min` contains no arguments.
    let min = build().arg("word", "said").flag("--provenance=mode=min,version=v0.2").image(engine)?;
    let statement = min.attestations.iter().find(kind).unwrap().to_string();
    assert!(!statement.contains("said") && !statement.contains("llbDefinition"), "{statement}");
    Ok(())
}
