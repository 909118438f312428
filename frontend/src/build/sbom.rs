//! The bill of materials of more than the image: of the context and of stages, where the build asks for it
//! (`BUILDKIT_SBOM_SCAN_CONTEXT`, `BUILDKIT_SBOM_SCAN_STAGE`; `frontend/attestations/sbom/sbom.go`). That of the image alone is
//! the daemon's work.

use std::borrow::Cow;
use std::collections::BTreeMap;

use buildkit_gateway::{
    Attestation, AttestationKind, Bridge, ImageRequest, Options, Platform, ResolvedImage, Sbom, Solve,
    Status, parse_bool,
};
use buildkit_llb::{
    Access, Argv, Bind, Exec, Graph, Metadata, Mount, Output, SourceInfo, normalize_reference,
};
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::facts::images::{BaseImage, BaseSource};
use crate::inputs::client::Client;
use crate::lower::Lowered;
use crate::util::platform::llb_platform;

const CONTEXT: &str = "BUILDKIT_SBOM_SCAN_CONTEXT";
const STAGES: &str = "BUILDKIT_SBOM_SCAN_STAGE";
/// Where the scanner finds what is scanned, and where it puts what it found.
const SOURCE: &str = "/run/src/";
const DESTINATION: &str = "/run/out/";
/// What the bill of the image is called.
const CORE: &str = "sbom";
const SPDX: &str = "https://spdx.dev/Document";

/// Has the context and stages scanned too, beside the image of each platform; nothing where nobody asked for that.
pub(crate) async fn scan<B: Bridge>(
    client: &Client<'_, B>,
    (built, build): (&[(&Platform, &Lowered)], &Platform),
    context: Option<Output>,
    (graph, infos): (&mut Graph, &[SourceInfo]),
) -> Result<BTreeMap<String, Vec<Attestation>>, Status> {
    let options = client.options;
    let Some(sbom) = &options.sbom else { return Ok(BTreeMap::new()) };
    let wanted = Wanted::read(options);
    let extras: Vec<_> = built.iter().map(|(_, lowered)| wanted.of(lowered, context)).collect();
    if extras.iter().all(BTreeMap::is_empty) {
        return Ok(BTreeMap::new());
    }
    let scanner = Scanner::find(client, sbom, build, graph).await?;
    let mut outputs = Vec::new();
    for ((platform, lowered), extras) in built.iter().zip(&extras) {
        let exec = scanner.exec(build, lowered.output, extras);
        let index = exec.output(DESTINATION).unwrap_or_default();
        let vertex = graph.add(exec);
        let name = format!("[{platform}] generating sbom using {}", scanner.reference);
        graph.describe(vertex, Metadata::named(name));
        outputs.push((platform.to_string(), vertex.output(index)));
    }
    let graph = &*graph;
    let solves = outputs.into_iter().map(|(platform, output)| async move {
        let solve = Solve::encoded(graph.encode(Some(output), infos));
        let content =
            client.bridge.solve(solve.with_cache_imports(&options.cache_imports)).await?.single()?;
        let metadata = [("reason", "sbom"), ("sbom-core", CORE)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec())).into();
        let attestation = Attestation {
            kind: AttestationKind::Bundle,
            metadata,
            content,
            predicate_type: SPDX.to_owned(),
            ..Attestation::default()
        };
        Ok::<_, Status>((platform, vec![attestation]))
    });
    Ok(try_join_all(solves).await?.into_iter().collect())
}

/// What is scanned beside the image.
struct Wanted<'o> {
    context: bool,
    stages: &'o str,
}

impl<'o> Wanted<'o> {
    fn read(options: &'o Options) -> Self {
        let arg = |name: &str| options.build_args.get(name).map_or("", String::as_str);
        Self { context: is_true(arg(CONTEXT)), stages: arg(STAGES) }
    }

    /// The file systems by name: the context, and stages that the image is built from.
    fn of<'l>(&self, lowered: &'l Lowered, context: Option<Output>) -> BTreeMap<&'l str, Output> {
        let named = |stage: &str| self.stages.split(',').any(|name| name.trim().eq_ignore_ascii_case(stage));
        let stages = lowered.stages.iter().filter(|(name, _)| is_true(self.stages) || named(name));
        let stages = stages.filter_map(|(name, root)| Some((name.as_str(), (*root)?)));
        let context = context.filter(|_| self.context).map(|context| ("context", context));
        stages.chain(context).collect()
    }
}

fn is_true(text: &str) -> bool {
    parse_bool(text).unwrap_or(false)
}

/// The image of the program that scans, for the machine that builds.
struct Scanner<'s> {
    sbom: &'s Sbom,
    reference: String,
    root: Option<Output>,
    config: Value,
}

impl<'s> Scanner<'s> {
    async fn find<B: Bridge>(
        client: &Client<'_, B>,
        sbom: &'s Sbom,
        build: &Platform,
        graph: &mut Graph,
    ) -> Result<Self, Status> {
        let reference = normalize_reference(&sbom.generator).into_owned();
        let mode = client.options.resolve_mode;
        let request =
            ImageRequest { resolve_mode: mode, ..ImageRequest::new(&reference, Some(build.clone())) };
        let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image)?;
        let BaseSource::Operation(operation) =
            BaseImage::image(&meta.pinned(), &meta.config, build, mode).source
        else {
            return Err(Status::user(format!("the scanner {reference} is no image")));
        };
        let vertex = graph.add_ref(&operation);
        let config: Value = serde_json::from_slice(&meta.config).unwrap_or_default();
        let scanner = Self { sbom, reference, root: graph.root(vertex), config };
        if scanner.argv().is_none() {
            return Err(Status::user(format!("the scanner {} says not what is run", scanner.reference)));
        }
        Ok(scanner)
    }

    fn argv(&self) -> Option<Argv> {
        let words = self.texts("Entrypoint").into_iter().chain(self.texts("Cmd"));
        Argv::from_vec(words.map(Cow::from).collect())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.config["config"][key].as_array().into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn exec(&self, build: &Platform, core: Option<Output>, extras: &BTreeMap<&str, Output>) -> Exec {
        let argv = self.argv().unwrap_or_else(|| Argv::new("true", [""; 0]));
        let mut exec = Exec::new(llb_platform(build), self.root, argv);
        exec.cwd = self.config["config"]["WorkingDir"].as_str().unwrap_or_default().to_owned();
        for entry in self.texts("Env") {
            if let Some((name, value)) = entry.split_once('=') {
                exec.env.set(name, value);
            }
        }
        exec.env.set("BUILDKIT_SCAN_DESTINATION", DESTINATION);
        exec.env.set("BUILDKIT_SCAN_SOURCE", format!("{SOURCE}core/{CORE}"));
        if !extras.is_empty() {
            exec.env.set("BUILDKIT_SCAN_SOURCE_EXTRAS", format!("{SOURCE}extras/"));
        }
        for (name, value) in &self.sbom.parameters {
            exec.env.set(format!("BUILDKIT_SCAN_{name}"), value.as_str());
        }
        let bind = |source| Bind { source, ..Bind::default() };
        exec.mounts.push(Mount::tmpfs("/tmp", 0));
        exec.mounts.push(Mount::bind(format!("{SOURCE}core/{CORE}"), bind(core)));
        for (name, root) in extras {
            exec.mounts.push(Mount::bind(format!("{SOURCE}extras/{CORE}-{name}"), bind(Some(*root))));
        }
        exec.mounts.push(Mount::bind(DESTINATION, Bind { access: Access::Output, ..Bind::default() }));
        exec
    }
}
