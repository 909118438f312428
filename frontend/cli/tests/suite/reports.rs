//! The forms of the findings of `varve check` for code hosts: SARIF and workflow commands.

use serde_json::{Value, json};

use crate::folder::Folder;

const WRONG: &str =
    "stages:\n  app:\n    from: \"debian:12\"\n    steps: [{run: echo \"ä\", form: x}]\n  app: {from: a}\n";

#[test]
fn sarif_has_rules_with_help_and_results_with_places_and_fingerprints() {
    let files = [
        ("a b/image.yaml", WRONG),
        ("image.yaml", "stages: {app: {from: a}, b: {from: a}}\ntargets: {app: {}}\n"),
    ];
    let folder = Folder::new("sarif", &files);
    let url = "--code-url=https://h/codes/{code}.html";
    let (code, out, _) = folder.varve(&["check", "--format", "sarif", url, "a b/image.yaml"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    let run = &log["runs"][0];
    assert_eq!(
        (code, &log["version"], &run["columnKind"]),
        (1, &json!("2.1.0"), &json!("unicodeCodePoints"))
    );
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let id = rule["id"].as_str().unwrap();
        assert_eq!(rule["helpUri"], format!("https://h/codes/{id}.html"));
        assert!(rule["help"]["text"].as_str().is_some_and(|help| !help.is_empty()), "{rule}");
        assert!(rule["shortDescription"]["text"].is_string(), "{rule}");
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"], json!({"uri": "a%20b/image.yaml", "uriBaseId": "%SRCROOT%"}));
        let region = ["startLine", "startColumn", "endLine", "endColumn"]
            .map(|key| place["region"][key].as_u64().unwrap());
        assert!(region.iter().all(|number| *number > 0) && region[0] <= region[2], "{place}");
    }
    let duplicate = results.iter().find(|result| result["ruleId"] == "duplicate-key").unwrap();
    let related = &duplicate["relatedLocations"][0];
    assert_eq!((&related["id"], &related["physicalLocation"]["region"]["startLine"]), (&json!(0), &json!(2)));

    // A fingerprint stays when lines above it come and go, and no two are equal.
    let prints = |text: &str| {
        std::fs::write(folder.0.join("a b/image.yaml"), text).unwrap();
        let out = folder.varve(&["check", "--format", "sarif", "a b/image.yaml"]).1;
        let log: Value = serde_json::from_str(&out).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let of = |result: &Value| {
            result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned()
        };
        results.iter().map(of).collect::<Vec<_>>()
    };
    let before = prints(WRONG);
    assert_eq!(prints(&format!("# a comment\n\n{WRONG}")), before);
    assert_eq!(before.iter().collect::<std::collections::BTreeSet<_>>().len(), before.len());

    // A warning is one, and a family without mistakes has an empty log. Without an address there is no link.
    let (code, out, _) = folder.varve(&["check", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    let first = &log["runs"][0]["results"][0];
    assert_eq!((code, &first["ruleId"], &first["level"]), (0, &json!("unused-stage"), &json!("warning")));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0].get("helpUri"), None);
    let (_, out, _) = folder.varve(&["check", "--format", "sarif", "--skip", "unused-stage"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
    let (code, _, err) = folder.varve(&["check", "--code-url", "https://h/codes"]);
    assert!(code == 2 && err.contains("https://example.com/codes/{code}.html"), "{err}");
}

#[test]
fn a_lock_with_mistakes_has_the_form_of_findings_too() {
    let files = [("image.yaml", "stages: {app: {from: a}}\n"), ("image.lock", "version: 1\nimages: []\n")];
    let folder = Folder::new("reports-lock", &files);
    let (code, out, _) = folder.varve(&["check", "--format", "github"]);
    assert_eq!(code, 1);
    assert!(
        out.starts_with(
            "::error file=image.lock,line=2,endLine=2,col=9,endColumn=11,title=wrong-type::found a list"
        ),
        "{out}"
    );
    let (code, out, _) = folder.varve(&["check", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &log["runs"][0]["results"][0]["ruleId"]), (1, &json!("wrong-type")));
}
