//! The base of a stage: its `FROM`, and the configuration of the base.

use varve_dockerfile::{self as docker, Instruction, Origin, StageName, Word};
use varve_spec::ImageName;
use varve_spec::plan::{Base, Image, OCI_LABELS, Stage};

use super::{Renderer, State, platform};
use crate::facts::images::ImageKey;
use crate::image_config::config::Config;
use crate::lower::provenance_labels;
use crate::render::InfoSource;

impl Renderer<'_> {
    pub(super) fn base(&mut self, stage: &Stage, name: &StageName, is_of_image: bool) -> State {
        self.heading(stage.span, "");
        let origin = match &stage.base {
            Base::Scratch => Origin::Scratch,
            Base::Image(name) => Origin::Image(name.as_str().into()),
            Base::Stage(index) => Origin::Stage(self.names[*index].clone()),
            Base::Dockerfile(of) => {
                self.error_with_help(
                    stage.base_span,
                    &format!("a stage that starts from the stage `{}`", of.path),
                    "build that stage on its own, and start from its image",
                );
                Origin::Scratch
            }
        };
        let of_stage = matches!(origin, Origin::Stage(_));
        let platform = platform(&stage.platform).filter(|_| !of_stage);
        let base = docker::Base { platform, origin };
        self.push(Instruction::From { base: base.clone(), name: Some(name.clone()) });
        let platform = stage.platform.of(self.built.target, self.built.build);
        let state = match &stage.base {
            Base::Stage(index) => return self.states[*index].clone(),
            Base::Scratch | Base::Dockerfile(_) => State::scratch(Config::scratch(platform)),
            Base::Image(reference) => self.of_image(stage, reference, base),
        };
        if is_of_image { self.provenance(stage, state) } else { state }
    }

    fn of_image(&mut self, stage: &Stage, reference: &ImageName, base: docker::Base) -> State {
        let platform = stage.platform.of(self.built.target, self.built.build);
        let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
        let known = self.built.info_source != InfoSource::File;
        let json = self.built.images.get(&key).and_then(|image| image.config.as_deref()).filter(|_| known);
        let config = json.and_then(|json| Config::of_base(json, platform).ok());
        let mut config = config.unwrap_or_else(|| Config::of_unread(platform));
        if !known {
            self.assumed.insert(reference.to_string());
        }
        if !config.take_on_build().is_empty() {
            self.error(stage.base_span, &format!("that the ONBUILD triggers of `{reference}` are not run"));
        }
        State { config, config_known: known, system_base: Some(base) }
    }

    /// Returns the origin for files of an image. `--from` takes images of the target platform, so any other platform needs a helper.
    pub(super) fn image_origin(&mut self, image: &Image) -> Origin {
        let origin = Origin::Image(Word::from(image.reference.as_str()));
        match platform(&image.platform) {
            None => origin,
            platform => Origin::Stage(self.helper("image", docker::Base { platform, origin }, Vec::new())),
        }
    }

    /// Adds the provenance labels, and empties those of the base.
    fn provenance(&mut self, stage: &Stage, mut state: State) -> State {
        let Some(provenance) = &self.built.plan.provenance else { return state };
        let platform = stage.platform.of(self.built.target, self.built.build);
        let pinned = match &stage.base {
            Base::Image(reference) => {
                let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
                self.built.images.get(&key).and_then(|image| image.pinned.as_ref())
            }
            _ => None,
        };
        if pinned.is_none() && matches!(stage.base, Base::Image(_)) {
            self.note(stage.base_span, "only a builder knows the labels `base.name` and `base.digest`");
        }
        let labels = provenance_labels(provenance, self.built.epoch, pinned);
        let emptied: Vec<(String, String)> = state.config.label_names(OCI_LABELS);
        let emptied: Vec<(String, String)> =
            emptied.into_iter().filter(|(name, _)| labels.iter().all(|(other, _)| other != name)).collect();
        if !emptied.is_empty() {
            self.note(
                stage.base_span,
                "a Dockerfile can empty the labels of the base, but cannot remove them",
            );
        }
        self.labels(labels.iter().chain(&emptied));
        state.config.remove_labels(OCI_LABELS);
        state.config.labels(labels.into_iter().chain(emptied));
        state
    }
}
