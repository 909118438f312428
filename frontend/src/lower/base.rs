//! What stages start from, and what their copies and mounts read: images, other stages, Dockerfiles and downloads.

use std::sync::Arc;

use buildkit_llb::{Metadata, Output};
use varve_spec::plan::{self, Base, Origin, Stage};
use varve_spec::{Code, Diagnostic, Span};

use super::{Lowerer, StageInfo, State};
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseSource, ImageKey};
use crate::image_config::config::Config;
use crate::image_config::history::Made;

impl Lowerer<'_, '_> {
    /// Returns the state that a stage starts with.
    pub(super) fn base(&mut self, info: &StageInfo<'_>) -> State {
        let stage = info.stage;
        let platform = self.platform_of(stage);
        match &stage.base {
            Base::Scratch => {
                let mut config = Config::scratch(platform);
                self.provenance(&mut config, None);
                State::new(None, config)
            }
            Base::Stage(index) => self.state_of(*index, stage),
            Base::Dockerfile(dockerfile) => {
                let key = DockerfileKey::of(dockerfile, platform, info.no_cache);
                let base = self.inputs.dockerfiles.get(&key);
                let root = base.and_then(|base| match base.source {
                    BaseSource::Output(output) => Some(output),
                    _ => None,
                });
                let json = base.and_then(|base| base.config.as_deref());
                let base_config = base.and_then(|base| base.parent_config.as_deref()).map(Arc::from);
                let mut config = self.base_config(stage, &dockerfile.path, json);
                self.provenance(&mut config, None);
                State { base_config, ..State::new(root, config) }
            }
            Base::Image(reference) => {
                let label = format!("from {reference}");
                let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
                let root = self.image(&key, stage.base_span, self.named(info, 1, &label));
                let image = self.inputs.images.get(&key);
                let json = image.and_then(|image| image.config.as_deref());
                let mut config = self.base_config(stage, reference.as_str(), json);
                self.provenance(&mut config, image.and_then(|image| image.pinned.as_ref()));
                if json.is_none() && root.is_some() {
                    // A named context of plain files has no history that mentions this layer.
                    config.record(label, Made::Layer);
                }
                let distribution = self.inputs.distributions.get(&key).cloned();
                State { distribution, base_config: json.map(Arc::from), ..State::new(root, config) }
            }
        }
    }

    /// Returns the initial configuration of a stage: that of its base, or an empty one. Warns about `ONBUILD` triggers.
    fn base_config(&mut self, stage: &Stage, base: &str, json: Option<&[u8]>) -> Config {
        let platform = self.platform_of(stage);
        let config = json.map_or(Ok(Config::scratch(platform)), |json| Config::of_base(json, platform));
        let mut config = config.unwrap_or_else(|problem| {
            let message = format!("the configuration of `{base}` is invalid: {problem}");
            self.diagnostics.push(Diagnostic::error(Code::BadValue, stage.base_span, message));
            Config::scratch(platform)
        });
        let triggers = config.take_on_build();
        if !triggers.is_empty() {
            let triggers = triggers.join("; ");
            let message = format!("`{base}` has ONBUILD triggers, which varve does not run: {triggers}");
            let warning = Diagnostic::warning(Code::OnBuild, stage.base_span, message);
            self.diagnostics.push(warning.help(match &stage.base {
                Base::Image(_) => format!(
                    "write them as steps, or start from a Dockerfile that contains only `FROM {base}`, which runs them"
                ),
                _ => "write them as steps".to_owned(),
            }));
        }
        config
    }

    /// Adds the operation of an image and returns its file system.
    fn image(&mut self, key: &ImageKey, span: Span, name: String) -> Option<Output> {
        let image = self.inputs.images.get(key)?;
        let vertex = match &image.source {
            BaseSource::Scratch => return None,
            BaseSource::Output(output) => return Some(*output),
            BaseSource::Operation(operation) => self.graph.add_ref(operation),
        };
        self.graph.describe(vertex, Metadata::named(image.label.clone().unwrap_or(name)));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }

    /// Returns the file system that a copy or a mount reads from.
    pub(super) fn origin(&mut self, origin: &Origin, info: &StageInfo<'_>, span: Span) -> Option<Output> {
        match origin {
            Origin::Context => self.inputs.context,
            Origin::Stage(index, _) => self.lowered_stages[*index].root,
            Origin::Image(image) => {
                let plan::Image { reference, platform, span } = image;
                let name = format!("[{}] from {reference}", self.prefix(info.stage));
                let platform = platform.of(self.inputs.target, self.inputs.build).clone();
                let key = ImageKey { reference: reference.clone(), platform };
                self.image(&key, *span, name)
            }
            Origin::Download(download) => self.download(download, info, span),
            Origin::Git(git) => self.git(git, info, span),
        }
    }
}
