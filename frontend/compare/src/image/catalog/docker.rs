//! Lists the images of a docker archive. Its `manifest.json` lists a configuration and the layers of each image.

use serde_json::Value;

use super::{Blob, Catalog, Listed, MOST, layers, list, platform_of};
use crate::base::error::{Error, Inside};
use crate::base::limits::Budget;
use crate::base::names;
use crate::image::store::Store;
use crate::stream::digest::Digest;

pub(super) fn read(store: &Store, budget: &Budget) -> Result<Catalog, Error> {
    let entries = store.document("manifest.json", budget)?.ok_or_else(|| missing("manifest.json"))?.json()?;
    let mut images: Vec<Listed> = Vec::new();
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    if entries.len() > MOST {
        return Err(Error::damaged(format!("manifest.json lists more than {MOST} images")));
    }
    for entry in entries {
        let image = image(store, entry, budget)?;
        match images.iter_mut().find(|known| known.digest == image.digest) {
            Some(known) => known.names.extend(image.names),
            None => images.push(image),
        }
    }
    Ok(Catalog { images, omitted: Vec::new() })
}

fn image(store: &Store, entry: &Value, budget: &Budget) -> Result<Listed, Error> {
    let name = file(&entry["Config"])?;
    let document = store.document(&name, budget)?.ok_or_else(|| missing(&name))?;
    let digest = Digest::of(&document.bytes);
    let stem = names::split(&name).1.trim_end_matches(".json");
    // All engines name the file of a configuration after its digest.
    if let Ok(named) = Digest::parse(&format!("sha256:{stem}")) {
        named.expect(&digest).inside(&name)?;
    }
    let config = document.json()?;
    let mut blobs = Vec::new();
    for layer in layers(entry, "Layers").inside(&name)? {
        let name = file(layer)?;
        let size = store.open(&name)?.ok_or_else(|| missing(&name))?.size;
        blobs.push(Blob { digest: None, size, media_type: None, name });
    }
    Ok(Listed {
        digest: digest.as_str().to_owned(),
        platform: Some(
            platform_of(&config)
                .ok_or_else(|| Error::damaged("the configuration has no platform").inside(&name))?,
        ),
        names: list(entry, "RepoTags").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        manifest: Value::Null,
        config,
        blobs,
        statements: Vec::new(),
    })
}

/// Returns the name of a file, and an error if the name leads out of the archive.
fn file(value: &Value) -> Result<String, Error> {
    let name = value.as_str().ok_or_else(|| Error::damaged("a name in manifest.json is not a string"))?;
    let path = names::path_of(name.as_bytes()).inside("manifest.json")?;
    Ok(path.trim_start_matches('/').to_owned())
}

fn missing(name: &str) -> Error {
    Error::damaged("the archive does not contain it").inside(name)
}
