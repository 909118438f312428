//! Converts a solved build to the form that exporters read: file systems, image configurations and annotations
//! (`frontend/dockerui/build.go`).

use std::collections::BTreeMap;
use varve_spec::map_of;

use buildkit_gateway::{Options, Outcome, Platform, Ref, Refs, platforms_json};

use super::lowered_build::LoweredPlatform;
use crate::request::epoch::Epoch;

const CONFIG: &str = "containerimage.config";
/// The key of the configuration of the base image. With it, exporters that set other times to the epoch keep those of its layers
/// and history.
const BASE_CONFIG: &str = "containerimage.base.config";
const EPOCH: &str = "source.date.epoch";

/// Converts a solved build to the outcome for the daemon. Each platform comes with its file system.
pub(crate) fn outcome(
    options: &Options,
    epoch: Option<Epoch>,
    index_annotations: BTreeMap<String, String>,
    solved: Vec<(&LoweredPlatform, Option<Ref>)>,
) -> Outcome {
    let platforms: Vec<Platform> = solved.iter().map(|(one, _)| one.platform.clone()).collect();
    let multi = options.multi_platform || solved.len() > 1;
    let mut metadata = BTreeMap::from([("refs.platforms".to_owned(), platforms_json(&platforms))]);
    // `AnnotationIndexKey` in `exporter/containerimage/exptypes/annotations.go`.
    let of_index = index_annotations.into_iter();
    metadata.extend(of_index.map(|(name, value)| (format!("annotation-index.{name}"), value.into_bytes())));
    let annotations: Vec<_> = solved.iter().map(|(one, _)| &one.lowered.annotations).collect();
    let is_shared = |name: &String| annotations.windows(2).all(|two| two[0].get(name) == two[1].get(name));
    let mut refs = Vec::new();
    for (LoweredPlatform { platform, lowered, .. }, root) in solved {
        let mut add = |key: &str, value: Vec<u8>| {
            let key = if multi { format!("{key}/{platform}") } else { key.to_owned() };
            metadata.insert(key, value);
        };
        add(CONFIG, lowered.config.to_json());
        if let Some(base) = &lowered.base_config {
            add(BASE_CONFIG, base.to_vec());
        }
        if let Some(epoch) = epoch {
            add(EPOCH, epoch.0.to_string().into_bytes());
        }
        for (name, value) in &lowered.annotations {
            // An annotation without a platform applies to all platforms. The user can still override it for one of them.
            let of = if is_shared(name) { String::new() } else { format!("[{platform}]") };
            metadata.insert(format!("annotation-manifest{of}.{name}"), value.clone().into_bytes());
        }
        refs.push((platform.to_string(), root));
    }
    let refs = if multi {
        Refs::Platforms(map_of(refs))
    } else {
        Refs::Single(refs.into_iter().next().and_then(|(_, root)| root))
    };
    Outcome { refs, metadata, ..Outcome::default() }
}
