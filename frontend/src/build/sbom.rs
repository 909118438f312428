//! Creates SBOMs that cover more than the image: also the context and stages, if the build requests that
//! (`BUILDKIT_SBOM_SCAN_CONTEXT`, `BUILDKIT_SBOM_SCAN_STAGE`; `frontend/attestations/sbom/sbom.go`). The daemon itself creates the
//! SBOM of the image alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use varve_spec::map_of;

use buildkit_gateway::{
    Attestation, AttestationKind, Bridge, ImageRequest, Options, Platform, Reference, ResolvedImage, Sbom,
    Solve, Status, parse_bool,
};
use buildkit_llb::{Access, Argv, Bind, Exec, Graph, Metadata, Mount, Output, SourceInfo};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::lowered_build::LoweredPlatform;
use crate::facts::images::{BaseImage, BaseSource};
use crate::inputs::client::Client;
use crate::lower::{Lowered, LoweredBelow};
use crate::request::stage_names::SBOM_STAGES;
use crate::util::report;

const CONTEXT: &str = "BUILDKIT_SBOM_SCAN_CONTEXT";
/// The folders in the container of the scanner: for the file systems to scan, and for the SBOMs that it writes.
const SOURCE: &str = "/run/src/";
const DESTINATION: &str = "/run/out/";
/// The name of the SBOM of the image.
const CORE: &str = "sbom";
const SPDX: &str = "https://spdx.dev/Document";

/// Scans the image of each platform together with the context and stages. The result is empty if the build does not request that.
pub(crate) async fn scan<B: Bridge>(
    client: &Client<'_, B>,
    (platforms, build): (&[LoweredPlatform], &Platform),
    context: Option<Output>,
    (graph, infos): (&mut Graph, &[SourceInfo]),
) -> Result<BTreeMap<String, Vec<Attestation>>, Status> {
    let options = client.options;
    let Some(sbom) = &options.sbom else { return Ok(BTreeMap::new()) };
    let extra = ExtraSources::read(options);
    let extras: Vec<_> = platforms.iter().map(|one| extra.of(&one.lowered, context)).collect();
    if extras.iter().all(BTreeMap::is_empty) {
        return Ok(BTreeMap::new());
    }
    let scanner = Scanner::resolve(client, sbom, build, graph).await?;
    let mut outputs = Vec::new();
    for (LoweredPlatform { platform, lowered, .. }, extras) in platforms.iter().zip(&extras) {
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
    Ok(map_of(try_join_all(solves).await?))
}

/// The file systems to scan beside the image.
struct ExtraSources<'o> {
    context: bool,
    /// The names of stages, separated by commas, or a boolean for all or no stages.
    stages: &'o str,
}

impl<'o> ExtraSources<'o> {
    fn read(options: &'o Options) -> Self {
        let arg = |name: &str| options.build_args.get(name).map_or("", String::as_str);
        Self { context: is_true(arg(CONTEXT)), stages: arg(SBOM_STAGES) }
    }

    /// Returns the additional file systems by name: the context, and stages that the image is built from.
    fn of<'l>(&self, lowered: &'l Lowered, context: Option<Output>) -> BTreeMap<&'l str, Output> {
        // A name means the stage with all its arguments.
        let named = |stage: &LoweredBelow| {
            self.stages.split(',').any(|name| name.trim().eq_ignore_ascii_case(&stage.declared))
        };
        let stages = lowered.stages.iter().filter(|stage| is_true(self.stages) || named(stage));
        let stages = stages.filter_map(|stage| Some((stage.name.as_str(), stage.root?)));
        let context = context.filter(|_| self.context).map(|context| ("context", context));
        map_of(stages.chain(context))
    }
}

fn is_true(text: &str) -> bool {
    parse_bool(text).unwrap_or(false)
}

/// The image of the scanner, for the platform of the machine that builds.
struct Scanner<'s> {
    sbom: &'s Sbom,
    reference: String,
    root: Option<Output>,
    config: Value,
}

impl<'s> Scanner<'s> {
    async fn resolve<B: Bridge>(
        client: &Client<'_, B>,
        sbom: &'s Sbom,
        build: &Platform,
        graph: &mut Graph,
    ) -> Result<Self, Status> {
        let generator: Reference = sbom.generator.parse()?;
        let reference = generator.canonical();
        let mode = client.options.resolve_mode;
        let request =
            ImageRequest { resolve_mode: mode, ..ImageRequest::new(generator, Some(build.clone())) };
        let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image);
        let meta = meta.map_err(|status| {
            report::unresolved(status, &format!("the SBOM scanner `{reference}`"), build)
        })?;
        let BaseSource::Operation(operation) =
            BaseImage::image(&meta.pinned()?, &meta.config, build, mode).source
        else {
            return Err(Status::user(format!("the SBOM scanner {reference} is not an image")));
        };
        let vertex = graph.add_ref(&operation);
        let config: Value = serde_json::from_slice(&meta.config).unwrap_or_default();
        let scanner = Self { sbom, reference, root: graph.root(vertex), config };
        if scanner.argv().is_none() {
            return Err(Status::user(format!(
                "the image of the SBOM scanner {} has no entrypoint and no command",
                scanner.reference
            )));
        }
        Ok(scanner)
    }

    /// Returns the command of the scanner. `None` if its image has none.
    fn argv(&self) -> Option<Argv> {
        let words = self.texts("Entrypoint").into_iter().chain(self.texts("Cmd"));
        Argv::from_vec(words.map(Cow::from).collect())
    }

    /// Returns a list of strings in the configuration of the image.
    fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.config["config"][key].as_array().into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Creates the step that scans the image `core` and the additional file systems.
    fn exec(&self, build: &Platform, core: Option<Output>, extras: &BTreeMap<&str, Output>) -> Exec {
        let argv = self.argv().unwrap_or_else(|| Argv::new("true", [""; 0]));
        let mut exec = Exec::new(build.clone(), self.root, argv);
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
