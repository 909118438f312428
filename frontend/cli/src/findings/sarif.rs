//! Renders diagnostics in the format SARIF 2.1.0, which code hosts and editors read.
//!
//! The sections named below are those of the standard, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", by OASIS.

use std::collections::BTreeMap;

use buildkit_llb::Digest;
use serde_json::{Value, json};
use varve_spec::{Code, Diagnostic, Position, Severity, Sources, Span};

/// The JSON schema of the format.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What the address of the page of a code has in the place of its name.
pub(crate) const PLACE: &str = "{code}";
/// How many digits of a digest a fingerprint has.
const DIGITS: usize = 16;

/// Renders the diagnostics of one build file as a log with one run. `page` is the address of the page of a code, with `{code}`.
pub(crate) fn log(found: &[Diagnostic], sources: &Sources, file: &str, page: Option<&str>) -> Value {
    let mut codes: BTreeMap<Code, Severity> = BTreeMap::new();
    for found in found {
        let severity = codes.entry(found.code).or_insert(found.severity);
        *severity = found.severity.max(*severity);
    }
    let rules: Vec<Value> = codes.iter().map(|(code, severity)| rule(*code, *severity, page)).collect();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = found
        .iter()
        .map(|found| {
            let mut result = result(found, sources);
            let rule = codes.keys().position(|code| *code == found.code);
            result["ruleIndex"] = json!(rule);
            result["partialFingerprints"] =
                json!({"primaryLocationLineHash": fingerprint(found, sources, &mut seen)});
            result
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "varve",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            // Each build file has results of its own (3.17.3: the part before the last slash is the category).
            "automationDetails": {"id": format!("varve/{file}/")},
            // A column is the number of a character, and not of a UTF-16 unit (3.14.27).
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A rule (3.49).
fn rule(code: Code, severity: Severity, page: Option<&str>) -> Value {
    let doc = code.doc().replace('\n', " ");
    let help = match severity {
        Severity::Error => doc.clone(),
        Severity::Warning => {
            format!("{doc}\n\nIf it is meant as it is, write `x-check: skip={}` beside it.", code.name())
        }
    };
    let mut rule = json!({
        "id": code.name(),
        "shortDescription": {"text": doc},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level(severity)},
    });
    if let Some(page) = page {
        rule["helpUri"] = json!(page.replace(PLACE, code.name()));
    }
    rule
}

/// A result (3.27).
fn result(found: &Diagnostic, sources: &Sources) -> Value {
    let mut result = json!({
        "ruleId": found.code.name(),
        "level": level(found.severity),
        "message": {"text": super::message(found)},
        "locations": [location(found.span, sources)],
    });
    let related = found.related.iter().enumerate().map(|(number, (span, part))| {
        let mut location = location(*span, sources);
        location["id"] = json!(number);
        location["message"] = json!({"text": part});
        location
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

/// A location (3.28). A path is relative to the root of the sources, which the reader of the log knows.
fn location(span: Span, sources: &Sources) -> Value {
    let (Position { line, column }, end) = sources.range(span);
    let name = sources.get(span.source).name();
    let artifact = match name.starts_with('/') {
        true => json!({"uri": format!("file://{}", escaped(name))}),
        false => json!({"uri": escaped(name.trim_start_matches("./")), "uriBaseId": "%SRCROOT%"}),
    };
    let region =
        json!({"startLine": line, "startColumn": column, "endLine": end.line, "endColumn": end.column});
    json!({"physicalLocation": {"artifactLocation": artifact, "region": region}})
}

/// A digest by which a code host knows a result again when lines above it come and go: of the code, the file, and the text of the line.
/// Equal ones have a number.
fn fingerprint(found: &Diagnostic, sources: &Sources, seen: &mut BTreeMap<String, usize>) -> String {
    let source = sources.get(found.span.source);
    let line = source.line(sources.range(found.span).0.line);
    let digest =
        Digest::of([found.code.name(), source.name(), line.trim()].join("\0").as_bytes()).to_string();
    let digits: String = digest.chars().skip("sha256:".len()).take(DIGITS).collect();
    let number = seen.entry(digits.clone()).or_default();
    *number += 1;
    format!("{digits}:{number}")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as a part of a URI (RFC 3986, section 3.3).
fn escaped(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(byte.into())
            }
            _ => text += &format!("%{byte:02X}"),
        }
    }
    text
}
