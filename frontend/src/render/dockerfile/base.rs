//! What a stage starts from: its first line, and what it has of its base.

use varve_spec::plan::{Base, Image, OCI_LABELS, Stage, StagePlatform};

use super::{Printer, State};
use crate::facts::images::ImageKey;
use crate::image_config::config::Config;
use crate::lower::provenance_labels;
use crate::render::InfoSource;

impl Printer<'_> {
    pub(super) fn base(&mut self, stage: &Stage, name: &str, is_of_image: bool) -> State {
        let flag = stage.platform.of("", "--platform=$BUILDPLATFORM ");
        let platform = stage.platform.of(self.built.target, self.built.build);
        self.comment(stage.span, "");
        let from = match &stage.base {
            Base::Scratch => format!("{flag}scratch"),
            Base::Image(reference) => format!("{flag}{reference}"),
            Base::Stage(index) => self.names[*index].clone(),
            Base::Dockerfile(of) => {
                self.cannot_but(
                    stage.base_span,
                    &format!("a stage that starts from the stage `{}`", of.path),
                    "build that stage on its own, and start from its image",
                );
                "scratch".to_owned()
            }
        };
        self.line(format!("FROM {from} AS {name}"));
        let state = match &stage.base {
            Base::Stage(index) => return self.done[*index].clone(),
            Base::Scratch | Base::Dockerfile(_) => State::scratch(Config::scratch(platform)),
            Base::Image(reference) => self.of_image(stage, reference, from),
        };
        if is_of_image { self.provenance(stage, state) } else { state }
    }

    fn of_image(&mut self, stage: &Stage, reference: &str, from: String) -> State {
        let platform = stage.platform.of(self.built.target, self.built.build);
        let key = ImageKey { reference: reference.to_owned(), platform: platform.clone() };
        let known = self.built.info_source != InfoSource::File;
        let json = self.built.images.get(&key).and_then(|image| image.config.as_deref()).filter(|_| known);
        let config = json.and_then(|json| Config::of_base(json, platform).ok());
        let mut config = config.unwrap_or_else(|| Config::of_nobody(platform));
        if !known {
            self.assumed.insert(reference.to_owned());
        }
        if !config.take_on_build().is_empty() {
            self.cannot(stage.base_span, &format!("that the ONBUILD triggers of `{reference}` are not run"));
        }
        State { config, known, bottom: Some(from) }
    }

    /// What an image is called that files come from: by itself it is that for the platform of the result.
    pub(super) fn image_name(&mut self, image: &Image) -> String {
        match image.platform {
            StagePlatform::Target => image.reference.clone(),
            StagePlatform::Build => {
                self.helper("image", &format!("--platform=$BUILDPLATFORM {}", image.reference), &[])
            }
        }
    }

    /// The labels that tell where the image comes from.
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
        let gone: Vec<(String, String)> = state.config.label_names(OCI_LABELS);
        let gone: Vec<(String, String)> =
            gone.into_iter().filter(|(name, _)| labels.iter().all(|(other, _)| other != name)).collect();
        if !gone.is_empty() {
            self.note(
                stage.base_span,
                "a Dockerfile can empty the labels of the base, but cannot remove them",
            );
        }
        self.labels(stage.base_span, labels.iter().chain(&gone));
        state.config.remove_labels(OCI_LABELS);
        state.config.labels(labels.into_iter().chain(gone));
        state
    }
}
