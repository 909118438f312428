//! An image that was read from an OCI layout: configuration, layers, file system.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::tree::{Layer, Tree};

/// An image for one platform.
#[derive(Debug, Clone)]
pub struct Image {
    /// The digest of its manifest.
    pub digest: String,
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// Its manifest, annotations included.
    pub manifest: Value,
    /// Its whole configuration.
    pub config: Value,
    /// Its layers, lowest first.
    pub layers: Vec<Arc<Layer>>,
    /// The file system: all layers applied.
    pub tree: Tree,
    /// The in-toto statements that are attached to it.
    pub attestations: Vec<Value>,
}

impl Image {
    /// Reads all images of a folder written with `--output type=oci,tar=false,compression=uncompressed`.
    pub fn read_all(layout: &Path) -> Result<Vec<Image>> {
        let blobs = Blobs(layout);
        let mut images = Vec::new();
        let mut attached: Vec<(String, Vec<Value>)> = Vec::new();
        let mut open = descriptors(&blobs.json_at("index.json")?, "manifests");
        while !open.is_empty() {
            let descriptor = open.remove(0);
            let body = blobs.json(&descriptor)?;
            if body["manifests"].is_array() {
                open.extend(descriptors(&body, "manifests"));
            } else if let Some(of) = descriptor["annotations"]["vnd.docker.reference.digest"].as_str() {
                let statements: Result<_> =
                    descriptors(&body, "layers").iter().map(|layer| blobs.json(layer)).collect();
                attached.push((of.to_owned(), statements?));
            } else {
                images.push(blobs.image(&descriptor, body)?);
            }
        }
        for image in &mut images {
            let own = attached.iter().filter(|(of, _)| *of == image.digest);
            image.attestations = own.flat_map(|(_, statements)| statements.clone()).collect();
        }
        Ok(images)
    }

    /// The environment in the configuration, in order.
    pub fn env(&self) -> Vec<&str> {
        strings(&self.config["config"]["Env"])
    }

    /// The labels in the configuration.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.config["config"]["Labels"].as_object().into_iter().flatten();
        labels.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn descriptors(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

/// The folder of an OCI layout.
struct Blobs<'f>(&'f Path);

impl Blobs<'_> {
    fn json_at(&self, name: &str) -> Result<Value> {
        let path = self.0.join(name);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{name} is not JSON"))
    }

    fn json(&self, descriptor: &Value) -> Result<Value> {
        self.json_at(&name_of(descriptor)?)
    }

    fn image(&self, descriptor: &Value, manifest: Value) -> Result<Image> {
        let config = self.json(&manifest["config"])?;
        let mut layers = Vec::new();
        let mut tree = Tree::default();
        for layer in descriptors(&manifest, "layers") {
            let layer = self.layer(&layer)?;
            tree.apply(&layer);
            layers.push(layer);
        }
        let part = |key: &str| config[key].as_str().unwrap_or_default().to_owned();
        let mut platform = format!("{}/{}", part("os"), part("architecture"));
        if !part("variant").is_empty() {
            platform = format!("{platform}/{}", part("variant"));
        }
        let digest = descriptor["digest"].as_str().unwrap_or_default().to_owned();
        Ok(Image { digest, platform, manifest, config, layers, tree, attestations: Vec::new() })
    }

    /// Reads a layer. Layers are kept in memory, since many images share a base image.
    fn layer(&self, descriptor: &Value) -> Result<Arc<Layer>> {
        static READ: Mutex<BTreeMap<String, Arc<Layer>>> = Mutex::new(BTreeMap::new());
        let kind = descriptor["mediaType"].as_str().unwrap_or_default();
        if !kind.ends_with(".tar") {
            bail!("a layer of type {kind}: export with compression=uncompressed,force-compression=true");
        }
        let name = name_of(descriptor)?;
        let known = |read: &BTreeMap<String, Arc<Layer>>| read.get(&name).cloned();
        if let Some(layer) = READ.lock().ok().as_deref().and_then(known) {
            return Ok(layer);
        }
        let file = File::open(self.0.join(&name)).with_context(|| format!("cannot read {name}"))?;
        let layer = Arc::new(Layer::read(BufReader::with_capacity(1 << 16, file))?);
        if let Ok(mut read) = READ.lock() {
            read.insert(name, layer.clone());
        }
        Ok(layer)
    }
}

fn name_of(descriptor: &Value) -> Result<String> {
    let digest = descriptor["digest"].as_str().context("a descriptor without a digest")?;
    Ok(format!("blobs/{}", digest.replace(':', "/")))
}
