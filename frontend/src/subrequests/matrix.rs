//! `frontend.matrix`: lists every variant, for people, for programs, and for the `matrix` of a CI job.

use buildkit_gateway::Status;
use buildkit_names::redacted;
use serde_json::{Map, Value, json};
use varve_spec::plan::{Need, Needs};
use varve_spec::{Diagnostic, Family, Matrix, Member};

use super::{Answer, FileRequest};
use crate::render::{carried, put};
use crate::util::report;

pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let error = |errors: Vec<Diagnostic>| report::error(&errors, request.sources);
    let family = request.family()?;
    let matrix = family.matrix(request.query).map_err(error)?;
    let builds = matrix.builds().map_err(error)?;
    let (json, text) = (json(family, &matrix, &builds), table(&matrix, &builds));
    Ok(Answer { json, text, ..Answer::default() })
}

/// Returns all properties of each variant as JSON. A variant whose tags, output or caches differ by platform is listed once for each of
/// them.
pub fn json(family: &Family, matrix: &Matrix<'_>, builds: &[Member]) -> Value {
    let variants = builds.iter().map(|member| {
        let mut variant = json!({
            "target": member.target,
            "axes": map(&member.axes),
            "args": map(&member.args),
            "platforms": member.platforms,
            "tags": member.tags,
            "publish": member.publish,
        });
        if let Some(map) = variant.as_object_mut() {
            put(map, "tags-with-facts", json!(member.tags_with_facts));
            put(map, "key", member.key.clone());
            carried::describe(&member.delivery, &member.needs, map);
        }
        variant
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

/// Returns the `matrix` of a GitHub Actions job, with an entry for each build of a published variant. All values are strings. The keys
/// have the names of the inputs of the action `docker/build-push-action`. Inputs that only some builds have are left out elsewhere.
pub fn include(builds: &[Member]) -> Value {
    let published = builds.iter().filter(|member| member.publish);
    let entries = published.map(|member| {
        let args = member.args.iter().map(|(name, value)| format!("{name}={value}"));
        let mut entry = json!({
            "target": member.target,
            "axes": map(&member.axes),
            "build-args": args.collect::<Vec<_>>().join("\n"),
            "platforms": member.platforms.join(","),
            "tags": member.tags.join("\n"),
        });
        if let Some(map) = entry.as_object_mut() {
            let inputs = [
                ("tags-with-facts", member.tags_with_facts.join("\n")),
                ("labels", carried::label_lines(member).join("\n")),
                ("outputs", carried::output(member).join("\n")),
                ("cache-from", carried::caches(&member.delivery.cache_from).join("\n")),
                ("cache-to", carried::caches(&member.delivery.cache_to).join("\n")),
                ("secret-envs", carried::secret_envs(member).join("\n")),
                ("ssh", carried::ssh(member).join("\n")),
                ("allow", carried::entitlements(member).join("\n")),
            ];
            inputs.into_iter().for_each(|(name, text)| put(map, name, text));
        }
        entry
    });
    json!({"include": entries.collect::<Vec<_>>()})
}

/// Renders a line for each build of a variant, and the number of variants. Columns of which only some families have values are left
/// out if they are empty.
pub fn table(matrix: &Matrix<'_>, builds: &[Member]) -> String {
    let rows = builds.iter().map(|member| {
        let axes: Vec<String> = member.axes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let publish = if member.publish { "yes" } else { "no" };
        vec![
            member.target.clone(),
            axes.join(" "),
            member.platforms.join(","),
            publish.to_owned(),
            [member.tags.as_slice(), &member.tags_with_facts].concat().join(" "),
            carried::output(member).join(" "),
            carried::caches(&member.delivery.cache_from).join(" "),
            carried::caches(&member.delivery.cache_to).join(" "),
            needs(member).join(" "),
            member.key.clone().unwrap_or_default(),
        ]
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let mut head = vec![
        "TARGET",
        "AXES",
        "PLATFORMS",
        "PUBLISH",
        "TAGS",
        "OUTPUT",
        "CACHE FROM",
        "CACHE TO",
        "NEEDS",
        "KEY",
    ];
    for column in (5..head.len()).rev() {
        if rows.iter().all(|row| row[column].is_empty()) {
            head.remove(column);
            rows.iter_mut().for_each(|row| drop(row.remove(column)));
        }
    }
    let mut text = aligned(&head, rows);
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

/// What the client has to give to a build and to allow it: `secret:token`, `ssh:default?` if it is optional, `network.host`.
fn needs(member: &Member) -> Vec<String> {
    let Needs { secrets, ssh, .. } = &member.needs;
    let one = |kind: &str, need: &Need| {
        let optional = if need.required { "" } else { "?" };
        format!("{kind}:{}{optional}", need.id)
    };
    let secrets = secrets.iter().map(|need| one("secret", need));
    let ssh = ssh.iter().map(|need| one("ssh", need));
    let entitlements = carried::entitlements(member).into_iter().map(str::to_owned);
    secrets.chain(ssh).chain(entitlements).collect()
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
