//! `varve check`: mistakes over the whole matrix.

use serde_json::{Value, json};
use varve_spec::{Checked, Diagnostic, Directive, Position, Sources, Span, check};

use super::arguments::Arguments;
use super::{Answer, Failure, files};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let mut loaded = files::load(arguments)?;
    if let Some(wrong) = loaded.take_lock() {
        return Ok(wrong);
    }
    let mut directive = Directive::default();
    if let Some(skip) = arguments.option("--skip") {
        directive = Directive::parse(&format!("skip={skip}"));
    }
    directive.error = arguments.has("--strict");
    let checked = check(&loaded.reading, &loaded.sources, &loaded.question, &directive);
    let out = match arguments.option("--format") {
        Some("json") => format!("{:#}\n", json(&checked, &loaded.sources)),
        _ => {
            let excerpts: Vec<String> =
                checked.found.iter().map(|found| found.excerpt(&loaded.sources)).collect();
            excerpts.join("\n")
        }
    };
    let err = format!("{}: {}\n", arguments.file, summary(&checked));
    Ok(Answer { out: out.into(), err, code: u8::from(checked.found.iter().any(Diagnostic::is_error)) })
}

/// `24 variants, 1 error, 2 warnings`.
fn summary(checked: &Checked) -> String {
    let errors = checked.found.iter().filter(|found| found.is_error()).count();
    let warnings = checked.found.len() - errors;
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    let variants = checked.variants.map_or("cannot be read".to_owned(), |count| counted(count, "variant"));
    let mut parts = vec![variants];
    parts.extend((errors > 0).then(|| counted(errors, "error")));
    parts.extend((warnings > 0).then(|| counted(warnings, "warning")));
    if checked.found.is_empty() {
        parts.push("no mistakes".to_owned());
    }
    parts.join(", ")
}

fn json(checked: &Checked, sources: &Sources) -> Value {
    let found = checked.found.iter().map(|found| {
        let related = found.related.iter().map(|(span, part)| {
            let mut place = place(*span, sources);
            place["message"] = json!(part);
            place
        });
        let mut json = json!({
            "rule": found.code.name(),
            "severity": if found.is_error() { "error" } else { "warning" },
            "message": found.message,
            "label": found.label,
            "help": found.help,
            "place": place(found.span, sources),
        });
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            json["related"] = json!(related);
        }
        json
    });
    json!({"variants": checked.variants, "found": found.collect::<Vec<_>>()})
}

fn place(span: Span, sources: &Sources) -> Value {
    let (start, end) = sources.range(span);
    let position = |at: Position| json!({"line": at.line, "column": at.column});
    json!({"file": sources.get(span.source).name(), "start": position(start), "end": position(end)})
}
