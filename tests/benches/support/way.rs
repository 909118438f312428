//! Runs the whole pipeline of the frontend without a daemon: from text to encoded definition.

use std::collections::BTreeMap;

use buildkit_gateway::ResolveMode;
use buildkit_llb::{Definition, Graph, LocalSource, Output, SourceInfo};
use varve_frontend::{Attempts, BaseImage, LowerInputs, Lowered, OnUnknown, Settings, image_keys, lower};
use varve_spec::{Family, Plan, Platform, Selection, Sources};

/// The configuration of a base image.
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["bash"]},"rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000000"]},"history":[{"created":"2026-01-01T00:00:00Z","created_by":"debian"}]}"#;
const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// Parses and reads a build file.
pub(crate) fn read(sources: &Sources) -> Family {
    let reading = Family::read(sources);
    let found = || reading.found.iter().map(|found| found.one_line(sources)).collect::<Vec<_>>().join("\n");
    reading.family.unwrap_or_else(|| panic!("{}", found()))
}

/// Selects a variant and plans it.
pub(crate) fn plan(family: &Family, selection: &Selection) -> Plan {
    let variant = family.select(selection).expect("a supported variant");
    variant.plan().expect("a variant that can be built")
}

/// Lowers a plan with invented facts.
pub(crate) fn lowered(plan: &Plan, sources: &Sources) -> (Graph, Lowered) {
    let platform = buildkit_gateway::Platform::new("linux", "amd64");
    let mut graph = Graph::new();
    let images: BTreeMap<_, _> = image_keys(plan, &platform, &platform)
        .into_keys()
        .map(|key| {
            let reference = key.reference.reference().expect("a reference");
            let pinned = reference.with_digest(DIGEST).expect("a digest");
            let image = BaseImage::image(&pinned, CONFIG.as_bytes(), &platform, ResolveMode::Default);
            (key, image)
        })
        .collect();
    let context: Output = graph.add(LocalSource::new("context", "session")).output(0);
    let inputs = LowerInputs {
        sources,
        images: &images,
        distributions: &BTreeMap::new(),
        context: Some(context),
        target: &platform,
        build: &platform,
        settings: &Settings::default(),
        merge: true,
        required_paths: true,
        name_platform: false,
        dockerfiles: &BTreeMap::new(),
        rootfs_program: None,
        attempts: &Attempts::default(),
        on_unknown: OnUnknown::Error,
    };
    let lowered = lower(plan, &inputs, &mut graph).expect("a plan that can be carried out");
    (graph, lowered)
}

/// The bytes for the daemon: the definition and the configuration of the image.
pub(crate) fn encoded(graph: &Graph, lowered: &Lowered, sources: &Sources) -> (Vec<u8>, Vec<u8>) {
    let infos: Vec<SourceInfo> = sources
        .iter()
        .map(|file| SourceInfo {
            filename: file.name().to_owned(),
            data: file.text().as_bytes().into(),
            language: "YAML".to_owned(),
            definition: Some(Definition::default()),
        })
        .collect();
    let config = lowered.config.to_json();
    (graph.encode(lowered.output, &infos), config)
}

/// Runs the pipeline. Returns the number of bytes.
pub(crate) fn all(text: &str) -> usize {
    let sources = Sources::single("image.yaml", text);
    let family = read(&sources);
    let plan = plan(&family, &Selection::new(Platform::new("linux", "amd64")));
    let (graph, lowered) = lowered(&plan, &sources);
    let (definition, config) = encoded(&graph, &lowered, &sources);
    definition.len() + config.len()
}
