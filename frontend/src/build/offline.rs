//! What would be built, as far as the files alone tell: images by their names, nothing pinned, nothing looked into. The same
//! lowering as in a build, with stand-ins for what only a builder knows.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Platform, ResolveMode, Status};
use buildkit_llb::{
    Digest, File, Graph, LocalIdentity, LocalSource, Metadata, MkDir, Output, SourceInfo, normalize_reference,
};
use varve_spec::{Diagnostic, Distribution, External, Family, Lock, Plan, Selection, Source, Sources, Vcs};

use super::LoweredBuild;
use crate::facts::dockerfiles::dockerfile_keys;
use crate::facts::images::{BaseImage, BaseSource, ImageKey, image_keys};
use crate::inputs::context::context_paths;
use crate::inputs::ignore;
use crate::inputs::main_context::CONTEXT;
use crate::lower::{LowerInputs, OnUnknown, lower};
use crate::render::InfoSource;
use crate::request::settings::{Settings, family_args};
use crate::util::platform::spec_platform;

/// What is asked for.
pub struct OfflineRequest<'a> {
    /// The files of the family.
    pub sources: &'a Sources,
    /// The family.
    pub family: &'a Family,
    /// The options of the build.
    pub options: &'a Options,
    /// The texts of the files that values are read from.
    pub files: &'a BTreeMap<String, String>,
    /// The lock, where there is one.
    pub lock: Option<&'a Lock>,
    /// The text of the ignore file of the context.
    pub ignore: Option<&'a str>,
    /// What tells the folder of the context apart from others.
    pub folder: &'a str,
    /// What becomes of that which only a builder knows.
    pub lacking: OnUnknown,
}

/// Why nothing is told.
pub enum Refusal {
    /// Something is wrong with the files, or cannot be told without a builder.
    Found(Vec<Diagnostic>),
    /// Something is wrong with the options.
    Options(Status),
}

/// Plans and lowers what is asked for.
///
/// # Errors
/// What a build would say, and what cannot be told without a builder.
pub fn offline(asked: &OfflineRequest<'_>) -> Result<LoweredBuild, Refusal> {
    let OfflineRequest { sources, family, options, .. } = asked;
    let settings = Settings::read(options).map_err(Refusal::Options)?;
    let build = Platform::new("linux", "amd64");
    let platforms =
        if options.platforms.is_empty() { vec![build.clone()] } else { options.platforms.clone() };
    let (mut plans, mut whys, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for platform in &platforms {
        let selection = Selection {
            args: family_args(options, Some(family)),
            target: options.target.clone(),
            platform: spec_platform(platform),
            files: asked.files.clone(),
            vcs: match asked.lacking {
                OnUnknown::Placeholder => Vcs::default().or_stand_ins(),
                OnUnknown::Error => Vcs::default(),
            },
            ..Selection::new(spec_platform(&build))
        };
        let variant = family.select(&selection).map_err(Refusal::Found)?;
        let (mut plan, why) = variant.explain().map_err(Refusal::Found)?;
        warnings.extend(asked.lock.map(|lock| lock.pin(&mut plan)).unwrap_or_default());
        plans.push(plan);
        whys.push((why, variant.tags()));
        warnings.extend(variant.warnings);
    }
    let mut graph = Graph::new().retain_operations();
    let keys = plans.iter().zip(&platforms).flat_map(|(plan, target)| image_keys(plan, target, &build));
    let config = match asked.lacking {
        OnUnknown::Placeholder => STAND_IN,
        OnUnknown::Error => "{}",
    };
    let mut images: BTreeMap<ImageKey, BaseImage> = BTreeMap::new();
    for (key, span) in keys {
        let digest = match asked.lock {
            Some(lock) => {
                let platform = spec_platform(&key.platform);
                let digest = lock.image(&key.reference, &platform);
                let missing = External::image(&key.reference, platform).filter(|_| digest.is_none());
                warnings.extend(missing.map(|external| lock.missing(&external, span)));
                digest
            }
            None => None,
        };
        let image = image(&key, digest, config);
        images.insert(key, image);
    }
    let systems = images.keys().filter_map(|key| {
        Some((key.clone(), Distribution::of_image(&key.reference, &spec_platform(&key.platform))?))
    });
    let systems = systems.collect();
    let dockerfiles = dockerfile_keys(plans.iter().zip(&platforms), &build, &settings);
    if let (OnUnknown::Error, Some((_, span))) = (asked.lacking, dockerfiles.first_key_value()) {
        let error = Diagnostic::error(varve_spec::Code::BadValue, *span, "a stage of a Dockerfile");
        let error = error.label("only a builder can tell what it does");
        return Err(Refusal::Found(vec![error.help("build it with `docker buildx build`")]));
    }
    let dockerfiles = dockerfiles.into_keys().map(|key| {
        let of = &key.dockerfile;
        let name = [of.path.as_str(), of.target.as_deref().unwrap_or_default()].join(" ");
        let vertex = graph.add(File::new(None, MkDir::new(format!("/{}", name.trim()))));
        graph.describe(vertex, Metadata::named(format!("{}, told by the builder", name.trim())));
        let source = graph.root(vertex).map_or(BaseSource::Scratch, BaseSource::Output);
        (key, BaseImage { source, config: Some(config.into()), ..BaseImage::default() })
    });
    let dockerfiles = dockerfiles.collect();
    let context = context(&plans, asked, &mut graph);
    let mut lowered = Vec::new();
    for (plan, target) in plans.iter().zip(&platforms) {
        let facts = LowerInputs {
            sources,
            images: &images,
            systems: &systems,
            context,
            target,
            build: &build,
            settings: &settings,
            merge: true,
            name_platform: platforms.len() > 1,
            dockerfiles: &dockerfiles,
            checker: None,
            lacking: asked.lacking,
        };
        lowered.push(lower(plan, &facts, &mut graph).map_err(Refusal::Found)?);
    }
    warnings.extend(lowered.iter().flat_map(|lowered| lowered.warnings.clone()));
    let info = |source: &Source| SourceInfo {
        filename: source.name().to_owned(),
        data: source.text().as_bytes().into(),
        language: "YAML".to_owned(),
        definition: None,
    };
    let infos = sources.iter().map(info).collect();
    let epoch = settings.epoch;
    let knows = InfoSource::File;
    Ok(LoweredBuild {
        platforms,
        plans,
        whys,
        build,
        knows,
        images,
        epoch,
        graph,
        infos,
        context,
        lowered,
        warnings,
    })
}

/// The configuration of an image that nobody has looked at: what is put before its PATH shows as such.
const STAND_IN: &str = r#"{"config": {"Env": ["PATH=$PATH"]}}"#;

/// An image by its name, with the digest that the lock has for it.
fn image(key: &ImageKey, digest: Option<&str>, config: &str) -> BaseImage {
    let mut reference = normalize_reference(&key.reference).into_owned();
    if let Some(digest) = digest {
        reference = format!("{reference}@{digest}");
    }
    BaseImage::image(&reference, config.as_bytes(), &key.platform, ResolveMode::Default)
}

/// The context, reduced to what the steps read.
fn context(plans: &[Plan], asked: &OfflineRequest<'_>, graph: &mut Graph) -> Option<Output> {
    let paths = context_paths(plans);
    if paths.is_empty() {
        return None;
    }
    let identity = LocalIdentity::Unique(Digest::of(asked.folder.as_bytes()).to_string());
    let vertex = graph.add(LocalSource {
        identity,
        exclude: asked.ignore.map(ignore::patterns).unwrap_or_default(),
        follow: if paths == ["."] { Vec::new() } else { paths },
        shared_key: Some(CONTEXT.to_owned()),
        ..LocalSource::new(CONTEXT, "")
    });
    graph.describe(vertex, Metadata::named("[internal] load build context"));
    graph.root(vertex)
}
