//! What a build hands back: file systems, configurations, and what exporters read of them (`frontend/dockerui/build.go`).

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Outcome, Platform, Ref, Refs, platforms_json};

use crate::lower::Lowered;
use crate::request::epoch::Epoch;

const CONFIG: &str = "containerimage.config";
/// The configuration of the base: its layers and its history keep their times when others are set to the epoch.
const BASE_CONFIG: &str = "containerimage.base.config";
const EPOCH: &str = "source.date.epoch";

/// The result of a build for these platforms.
pub(crate) fn outcome(
    options: &Options,
    epoch: Option<Epoch>,
    built: Vec<(&Platform, &Lowered, Option<Ref>)>,
) -> Outcome {
    let platforms: Vec<Platform> = built.iter().map(|(platform, ..)| (*platform).clone()).collect();
    let multi = options.multi_platform || built.len() > 1;
    let mut metadata = BTreeMap::from([("refs.platforms".to_owned(), platforms_json(&platforms))]);
    let annotations: Vec<_> = built.iter().map(|(_, lowered, _)| &lowered.annotations).collect();
    let shared = |name: &String| annotations.windows(2).all(|two| two[0].get(name) == two[1].get(name));
    let mut refs = Vec::new();
    for (platform, lowered, of) in built {
        let mut add = |key: &str, value: Vec<u8>| {
            let key = if multi { format!("{key}/{platform}") } else { key.to_owned() };
            metadata.insert(key, value);
        };
        add(CONFIG, lowered.config.to_json());
        if let Some(base) = &lowered.base {
            add(BASE_CONFIG, base.to_vec());
        }
        if let Some(epoch) = epoch {
            add(EPOCH, epoch.0.to_string().into_bytes());
        }
        for (name, value) in &lowered.annotations {
            // Where all say the same, the user can still say something else for one of them.
            let of = if shared(name) { String::new() } else { format!("[{platform}]") };
            metadata.insert(format!("annotation-manifest{of}.{name}"), value.clone().into_bytes());
        }
        refs.push((platform.to_string(), of));
    }
    let refs = if multi {
        Refs::Platforms(refs.into_iter().collect())
    } else {
        Refs::Single(refs.into_iter().next().and_then(|(_, of)| of))
    };
    Outcome { refs, metadata, ..Outcome::default() }
}
