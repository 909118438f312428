//! Workers: the machines, or emulations, that run operations.

use std::collections::BTreeMap;

use buildkit_proto::moby::buildkit::v1::types::WorkerRecord;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Platform;

/// A worker of the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// The worker's name.
    pub id: String,
    /// Facts about it, such as `org.mobyproject.buildkit.worker.executor`.
    pub labels: BTreeMap<String, String>,
    /// What it can run; the first is its own, the others are emulated.
    pub platforms: Vec<Platform>,
}

impl Worker {
    /// The platform that steps run on by nature, not by emulation: the first one of the first worker. Docker calls
    /// it the build platform, and it is what is built for when the user names no platform.
    pub fn build_platform(workers: &[Self]) -> Option<&Platform> {
        workers.first()?.platforms.first()
    }

    /// Reads the variable `BUILDKIT_WORKERS`: a JSON list, whose keys BuildKit 0.8 writes with capitals.
    ///
    /// As in BuildKit's own client, what cannot be read counts as no workers: a ping tells them too.
    pub(crate) fn list_of_json(json: &str) -> Vec<Self> {
        let workers: Option<Vec<Map<String, Value>>> = serde_json::from_str(json).unwrap_or_default();
        workers.unwrap_or_default().into_iter().filter_map(Self::of_object).collect()
    }

    fn of_object(object: Map<String, Value>) -> Option<Self> {
        let mut fields: BTreeMap<String, Value> =
            object.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
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
            labels: record.labels.into_iter().collect(),
            platforms: record.platforms.iter().map(Platform::from).collect(),
        }
    }
}

/// The value of a key: the default if it is absent or `null`, `None` if it is of another type.
fn take<T: Default + for<'a> Deserialize<'a>>(fields: &mut BTreeMap<String, Value>, key: &str) -> Option<T> {
    match fields.remove(key) {
        None => Some(T::default()),
        Some(value) => serde_json::from_value::<Option<T>>(value).ok().map(Option::unwrap_or_default),
    }
}
