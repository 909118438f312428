//! Lists the images of an OCI layout from its indexes, which can be nested, with the attestations of each image.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Blob, Catalog, Listed, MOST, layers, list, platform_of};
use crate::base::error::{Error, Inside};
use crate::base::limits::Budget;
use crate::image::store::{Document, Store};
use crate::stream::digest::Digest;

/// The limit for the nesting of indexes. Real layouts have two levels.
const DEEPEST: usize = 8;

const CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

pub(super) fn read(store: &Store, budget: &Budget) -> Result<Catalog, Error> {
    let index =
        store.document("index.json", budget)?.ok_or_else(|| Error::damaged("there is no index.json"))?;
    let mut reader = Reader {
        store,
        budget,
        catalog: Catalog::default(),
        seen: BTreeSet::new(),
        count: 0,
        attached: BTreeMap::new(),
    };
    reader.index(&index.json()?, &[], 0)?;
    let Reader { mut catalog, attached, .. } = reader;
    for image in &mut catalog.images {
        image.statements = attached.get(&image.digest).cloned().unwrap_or_default();
    }
    Ok(catalog)
}

struct Reader<'s> {
    store: &'s Store,
    budget: &'s Budget,
    catalog: Catalog,
    seen: BTreeSet<Digest>,
    /// The number of descriptors in all indexes. Equal descriptors are counted each time.
    count: usize,
    /// The attestations by the digest of the manifest that they are about.
    attached: BTreeMap<String, Vec<Digest>>,
}

impl Reader<'_> {
    fn index(&mut self, index: &Value, names: &[String], depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(Error::damaged(format!("indexes are nested deeper than {DEEPEST} levels")));
        }
        for descriptor in list(index, "manifests") {
            let digest = digest_of(descriptor)?;
            self.descriptor(descriptor, &digest, names, depth).inside(digest.as_str())?;
        }
        Ok(())
    }

    fn descriptor(
        &mut self,
        descriptor: &Value,
        digest: &Digest,
        above: &[String],
        depth: usize,
    ) -> Result<(), Error> {
        let mut names = above.to_vec();
        for name in NAMES.iter().filter_map(|key| descriptor["annotations"][key].as_str()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        self.count += 1;
        if self.count > MOST {
            return Err(Error::damaged(format!("the layout lists more than {MOST} manifests")));
        }
        // An attestation can be listed for two platforms. It is then read for each of them.
        let subject = descriptor["annotations"]["vnd.docker.reference.digest"].as_str();
        if subject.is_none() && !self.seen.insert(digest.clone()) {
            // The image is listed again with another name.
            for image in self.catalog.images.iter_mut().filter(|image| image.digest == digest.as_str()) {
                let new = names.iter().filter(|name| !image.names.contains(name));
                image.names.extend(new.cloned().collect::<Vec<_>>());
            }
            return Ok(());
        }
        let Some(document) = self.store.document(&digest.blob(), self.budget)? else {
            // Engines store the platforms that were pulled, and an index that names all.
            let platform = platform_of(&descriptor["platform"]);
            let platform = platform.map_or_else(|| "an image".to_owned(), |platform| platform.to_string());
            if subject.is_none() {
                self.leave_out(format!("{platform} {}: it is listed, but not stored", digest.as_str()));
            }
            return Ok(());
        };
        digest.verify(&document.bytes)?;
        let body = document.json()?;
        if body["manifests"].is_array() {
            self.index(&body, &names, depth + 1)
        } else if let Some(subject) = subject {
            let statements: Result<Vec<Digest>, _> = layers(&body, "layers")?.iter().map(digest_of).collect();
            let attached = self.attached.entry(subject.to_owned()).or_default();
            for statement in statements? {
                if !attached.contains(&statement) {
                    attached.push(statement);
                }
            }
            Ok(())
        } else {
            self.manifest(descriptor, digest, body, names)
        }
    }

    fn manifest(
        &mut self,
        descriptor: &Value,
        digest: &Digest,
        manifest: Value,
        names: Vec<String>,
    ) -> Result<(), Error> {
        let kind = manifest["config"]["mediaType"].as_str().unwrap_or_default();
        let attests = descriptor["platform"]["os"] == "unknown";
        if !CONFIGS.contains(&kind) || attests {
            let kind = manifest["artifactType"].as_str().unwrap_or(kind);
            let kind = if kind.is_empty() { "no type" } else { kind };
            self.leave_out(format!("{}: it is an artifact of {kind}, not an image", digest.as_str()));
            return Ok(());
        }
        let config = self.verified(&digest_of(&manifest["config"])?)?.json()?;
        let blob = |layer: &Value| {
            let digest = digest_of(layer)?;
            let media_type = layer["mediaType"].as_str().map(str::to_owned);
            let size = layer["size"].as_u64().unwrap_or_default();
            Ok(Blob { name: digest.blob(), digest: Some(digest.as_str().to_owned()), size, media_type })
        };
        let blobs: Result<Vec<Blob>, Error> = layers(&manifest, "layers")?.iter().map(blob).collect();
        let platform = platform_of(&config).or_else(|| platform_of(&descriptor["platform"]));
        self.catalog.images.push(Listed {
            digest: digest.as_str().to_owned(),
            platform: Some(platform.ok_or_else(|| Error::damaged("its configuration has no platform"))?),
            names,
            blobs: blobs?,
            manifest,
            config,
            statements: Vec::new(),
        });
        Ok(())
    }

    fn verified(&self, digest: &Digest) -> Result<Document, Error> {
        let name = digest.blob();
        let missing = || Error::damaged("the layout does not contain it").inside(&name);
        let document = self.store.document(&name, self.budget)?.ok_or_else(missing)?;
        digest.verify(&document.bytes).inside(&name)?;
        Ok(document)
    }

    fn leave_out(&mut self, text: String) {
        self.catalog.omitted.push(text);
    }
}

fn digest_of(descriptor: &Value) -> Result<Digest, Error> {
    let digest = descriptor["digest"].as_str();
    Digest::parse(digest.ok_or_else(|| Error::damaged("a descriptor has no digest"))?)
}
