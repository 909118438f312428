//! What lists of builds carry for other programs besides tags: the output, the caches, and what the client has to give and allow. The
//! texts are those of the flags of `docker buildx build`, which bake and the build actions of CI systems read too.

use serde_json::{Map, Value, json};
use varve_spec::plan::{Need, Needs};
use varve_spec::{Cache, Delivery, Member};

use super::put;

/// The label with the key of a build.
const KEY: &str = "varve.key";

/// Returns the labels that a build gets from its list, as a map.
pub(crate) fn labels(build: &Member) -> Value {
    build.key.iter().map(|key| (KEY.to_owned(), json!(key))).collect::<Map<_, _>>().into()
}

/// Returns the same labels as `NAME=VALUE`.
pub(crate) fn label_lines(build: &Member) -> Vec<String> {
    build.key.iter().map(|key| format!("{KEY}={key}")).collect()
}

/// Returns the flag `--output` of a build, if its result is not an image.
pub(crate) fn output(build: &Member) -> Vec<String> {
    let attributes = build.delivery.output.attributes();
    if attributes.is_empty() { Vec::new() } else { vec![record(&attributes)] }
}

/// Returns the flags `--cache-from` or `--cache-to`.
pub(crate) fn caches(caches: &[Cache]) -> Vec<String> {
    caches.iter().map(|cache| record(&cache.attributes())).collect()
}

/// Returns the flags `--secret` for the secrets without which a build fails. An optional secret is not among them: buildx reports a
/// secret that the client does not have as an error (`secretsprovider/store.go` in BuildKit).
pub(crate) fn secrets(build: &Member) -> Vec<String> {
    required(&build.needs.secrets).map(|id| record(&[("id", id)])).collect()
}

/// Returns the same secrets as `ID=VARIABLE`: bake takes a secret from the variable with its id.
pub(crate) fn secret_envs(build: &Member) -> Vec<String> {
    required(&build.needs.secrets).map(|id| record(&[(id, id)])).collect()
}

/// Returns the flags `--ssh` for the agents without which a build fails.
pub(crate) fn ssh(build: &Member) -> Vec<String> {
    required(&build.needs.ssh).map(str::to_owned).collect()
}

/// Returns the flags `--allow`. Devices are allowed together: BuildKit reports a device that it has to allow by name and does not have
/// as an error, even if the step could do without it (`solver/llbsolver/vertex.go`).
pub(crate) fn entitlements(build: &Member) -> Vec<&'static str> {
    build.needs.privileges.iter().map(|privilege| privilege.entitlement()).collect()
}

/// Adds what a build carries to an object for programs. Parts that are empty are left out.
pub(crate) fn describe(delivery: &Delivery, needs: &Needs, map: &mut Map<String, Value>) {
    let object = |attributes: Vec<(&str, &str)>| -> Map<String, Value> {
        attributes.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    };
    let caches = |caches: &[Cache]| -> Vec<Value> {
        caches.iter().map(|cache| Value::Object(object(cache.attributes()))).collect()
    };
    let all = |needs: &[Need]| -> Vec<Value> {
        needs.iter().map(|need| json!({"id": need.id, "required": need.required})).collect()
    };
    put(map, "output", object(delivery.output.attributes()));
    put(map, "cache-from", caches(&delivery.cache_from));
    put(map, "cache-to", caches(&delivery.cache_to));
    put(map, "secrets", all(&needs.secrets));
    put(map, "ssh", all(&needs.ssh));
    let privileges = needs.privileges.iter().map(|privilege| privilege.entitlement());
    put(map, "entitlements", privileges.collect::<Vec<_>>());
}

fn required(needs: &[Need]) -> impl Iterator<Item = &str> {
    needs.iter().filter(|need| need.required).map(|need| need.id.as_str())
}

/// Returns attributes as a record of comma-separated values (RFC 4180), as the flags of buildx have it.
fn record(attributes: &[(&str, &str)]) -> String {
    let fields = attributes.iter().map(|(name, value)| {
        let field = format!("{name}={value}");
        if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    });
    fields.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_breaks_out_of_a_record() {
        let check = |attributes: &[(&str, &str)], expect: &str| assert_eq!(record(attributes), expect);
        check(&[("type", "local"), ("dest", "out/a b")], "type=local,dest=out/a b");
        check(&[("type", "local"), ("dest", "out,type=image")], "type=local,\"dest=out,type=image\"");
        check(&[("dest", "a\"b,c")], "\"dest=a\"\"b,c\"");
    }
}
