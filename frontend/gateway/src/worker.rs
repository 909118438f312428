//! Workers: the parts of the daemon that run operations.

use std::collections::BTreeMap;

use buildkit_names::map_of;
use buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Platform, platform};

/// A worker of the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// The id of the worker.
    pub id: String,
    /// The labels of the worker, such as `org.mobyproject.buildkit.worker.executor`.
    pub labels: BTreeMap<String, String>,
    /// The platforms that the worker can run. The first one is native, the others are emulated.
    pub platforms: Vec<Platform>,
}

impl Worker {
    /// Returns the native platform of the first worker. Docker calls it the build platform. It is also the platform to build for if
    /// the user names none.
    pub fn build_platform(workers: &[Self]) -> Option<&Platform> {
        workers.first()?.platforms.first()
    }

    /// Parses the variable `BUILDKIT_WORKERS`: a JSON list, whose keys are capitalised by BuildKit 0.8.
    ///
    /// Like BuildKit's own client, the function ignores what it cannot parse, because the answer to a ping lists the workers too.
    pub(crate) fn list_of_json(json: &str) -> Vec<Self> {
        let workers: Option<Vec<Map<String, Value>>> = serde_json::from_str(json).unwrap_or_default();
        workers.unwrap_or_default().into_iter().filter_map(Self::of_object).collect()
    }

    fn of_object(object: Map<String, Value>) -> Option<Self> {
        let mut fields = map_of(object.into_iter().map(|(key, value)| (key.to_lowercase(), value)));
        Some(Self {
            id: take(&mut fields, "id")?,
            labels: take(&mut fields, "labels")?,
            platforms: take(&mut fields, "platforms")?,
        })
    }
}

impl From<WorkerRecord> for Worker {
    fn from(record: WorkerRecord) -> Self {
        Self {
            id: record.id,
            labels: map_of(record.labels),
            platforms: record.platforms.iter().map(platform::of_message).collect(),
        }
    }
}

/// Removes the value of a key. The default if the key is absent or `null`; `None` if the value has another type.
fn take<T: Default + for<'a> Deserialize<'a>>(fields: &mut BTreeMap<String, Value>, key: &str) -> Option<T> {
    match fields.remove(key) {
        None => Some(T::default()),
        Some(value) => serde_json::from_value::<Option<T>>(value).ok().map(Option::unwrap_or_default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(id: &str, labels: &[(&str, &str)], platforms: &[&str]) -> Worker {
        Worker {
            id: id.to_owned(),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            platforms: platforms.iter().map(|platform| platform.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn workers_are_parsed_from_json() {
        check(
            r#"[{"id":"w","labels":{"k":"v"},"platforms":[{"architecture":"arm64","os":"linux","variant":"v8"},
                {"architecture":"arm","os":"linux"}],"gcPolicy":[{"all":true}],"buildkitVersion":{"version":"v0.32"},
                "cdiDevices":null}]"#,
            &[worker("w", &[("k", "v")], &["linux/arm64", "linux/arm/v7"])],
        );
        // BuildKit 0.8.
        check(
            r#"[{"ID":"a","Labels":null,"Platforms":[{"architecture":"amd64","os":"linux","variant":null}]},{"ID":"b"}]"#,
            &[worker("a", &[], &["linux/amd64"]), worker("b", &[], &[])],
        );
        check("[]", &[]);
        check("null", &[]);
        check("", &[]);
        check("[{", &[]);
        check(r#"{"id":"w"}"#, &[]);
        // An invalid worker does not hide the others.
        check(r#"[{"id":1},{"id":"b","platforms":{}},{"id":"c"}]"#, &[worker("c", &[], &[])]);

        fn check(json: &str, expect: &[Worker]) {
            assert_eq!(Worker::list_of_json(json), expect, "{json}");
        }
    }

    #[test]
    fn the_build_platform_is_the_first_workers_first() {
        let workers = [worker("a", &[], &["linux/arm64", "linux/amd64"]), worker("b", &[], &["linux/386"])];
        assert_eq!(Worker::build_platform(&workers), Some(&Platform::new("linux", "arm64")));
        assert_eq!(Worker::build_platform(&[worker("a", &[], &[])]), None);
        assert_eq!(Worker::build_platform(&[]), None);
    }
}
