//! `frontend.matrix`: lists every variant, for people, for programs, and for the `matrix` of a CI job.

use buildkit_gateway::Status;
use buildkit_names::redacted;
use serde_json::{Map, Value, json};
use varve_spec::{Diagnostic, Family, Matrix, Member};

use super::{Answer, FileRequest};
use crate::util::report;

pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let error = |errors: Vec<Diagnostic>| report::error(&errors, request.sources);
    let family = request.family()?;
    let matrix = family.matrix(request.query).map_err(error)?;
    let builds = matrix.builds().map_err(error)?;
    Ok(Answer { json: json(family, &matrix, &builds), text: table(&matrix, &builds), status: None })
}

/// Returns all properties of each variant as JSON. A variant whose tags differ by platform is listed once for each list of tags.
pub fn json(family: &Family, matrix: &Matrix<'_>, builds: &[Member]) -> Value {
    let variants = builds.iter().map(|member| {
        json!({
            "target": member.target,
            "axes": map(&member.axes),
            "args": map(&member.args),
            "platforms": member.platforms,
            "tags": member.tags,
            "publish": member.publish,
        })
    });
    let mut json = json!({"variants": variants.collect::<Vec<_>>()});
    if let (Some(name), Some(map)) = (&family.name, json.as_object_mut()) {
        map.insert("name".to_owned(), json!(name));
    }
    let samples: Map<String, Value> =
        matrix.samples().map(|(target, total)| (target.to_owned(), json!(total.to_string()))).collect();
    if let (false, Some(map)) = (samples.is_empty(), json.as_object_mut()) {
        map.insert("sample-of".to_owned(), Value::Object(samples));
    }
    json
}

/// Returns the `matrix` of a GitHub Actions job, with an entry for each build of a published variant. All values are strings.
pub fn include(builds: &[Member]) -> Value {
    let published = builds.iter().filter(|member| member.publish);
    let entries = published.map(|member| {
        let args = member.args.iter().map(|(name, value)| format!("{name}={value}"));
        json!({
            "target": member.target,
            "axes": map(&member.axes),
            "build-args": args.collect::<Vec<_>>().join("\n"),
            "platforms": member.platforms.join(","),
            "tags": member.tags.join("\n"),
        })
    });
    json!({"include": entries.collect::<Vec<_>>()})
}

/// Renders a line for each build of a variant, and the number of variants.
pub fn table(matrix: &Matrix<'_>, builds: &[Member]) -> String {
    let rows = builds.iter().map(|member| {
        let axes: Vec<String> = member.axes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let publish = if member.publish { "yes" } else { "no" };
        vec![
            member.target.clone(),
            axes.join(" "),
            member.platforms.join(","),
            publish.to_owned(),
            member.tags.join(" "),
        ]
    });
    let mut text = aligned(&["TARGET", "AXES", "PLATFORMS", "PUBLISH", "TAGS"], rows.collect());
    let count = matrix.len();
    let variants = if count == 1 { "variant" } else { "variants" };
    text += &format!("\n{count} {variants}");
    if builds.len() > count {
        text += &format!(", {} builds", builds.len());
    }
    text.push('\n');
    for (target, total) in matrix.samples() {
        text += &format!("{target}: a sample of {total} combinations\n");
    }
    redacted(&text).into_owned()
}

fn map(pairs: &[(String, String)]) -> Value {
    Value::Object(pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

/// Renders rows in aligned columns, without blanks at the ends of lines.
pub(super) fn aligned(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    let all: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..all[0].len()).map(width).collect();
    let mut text = String::new();
    for row in &all {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
