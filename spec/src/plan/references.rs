//! What a key `from` refers to: the context, an image, or a stage with its arguments.

use super::build::Planner;
use super::instance::Reference;
use super::steps::copy::{Image, Origin};
use super::{Base, Dockerfile, Flatten, Stage, StagePlatform, image_name};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::sorted::map_of;
use crate::base::source::Span;
use crate::base::suggest::did_you_mean;
use crate::family::NamedTemplate;
use crate::schema::keys;
use crate::schema::kinds::BaseKind;
use crate::schema::shapes::Shape;
use crate::variant::concrete::ConcreteValue;
use crate::variant::expand::expand;
use crate::variant::scope::InStage;
use crate::variant::select::Variant;

impl<'f> Planner<'_, 'f> {
    /// The index of the stage with this name. `None` if there is none, or if the client replaces it.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.family.stage_index(name).filter(|_| self.replaced(name).is_none())
    }

    /// A stage that the client replaces, and its platform. The platform is expanded from the stage; all other keys of it are
    /// ignored.
    pub(super) fn replaced(&self, name: &str) -> Option<(&NamedTemplate, StagePlatform)> {
        let Variant { replaced, bases, scope, .. } = self.variant;
        if !replaced.iter().any(|(replaced, _)| replaced.eq_ignore_ascii_case(name)) {
            return None;
        }
        let stage = self.family.stages.get(self.family.stage_index(name)?)?;
        let names = InStage::plain(&stage.name, bases, scope);
        let template = stage.template.project(&["platform"]);
        let data = expand(&template, Shape::Table(&keys::STAGE), &names, &mut Vec::new());
        let said = data.and_then(|data| data.text("platform"));
        let platform = said.map_or(StagePlatform::Target, |said| StagePlatform::named(&said));
        replaced.contains(&(stage.name.to_string(), platform)).then_some((stage, platform))
    }

    pub(super) fn base(&mut self, from: &ConcreteValue) -> Option<Base> {
        if let Some((BaseKind::Dockerfile, path)) = from.base() {
            let (path, args) = (path.as_text()?.to_owned(), map_of(from.pairs("args")));
            return Some(Base::Dockerfile(Dockerfile { path, target: from.text("target"), args }));
        }
        match from.reference()? {
            ("scratch", None) => Some(Base::Scratch),
            (name, with) => match self.position(name) {
                Some(stage) => {
                    let instance = self.instance(stage, Reference::From(from.span, with))?;
                    self.planned(instance, from.span).map(Base::Stage)
                }
                None => self.image_from(name, from).map(Base::Image),
            },
        }
    }

    /// The image that a key `from` names, which is no stage.
    fn image_from(&mut self, name: &str, from: &ConcreteValue) -> Option<ImageName> {
        if from.as_text().is_none() && self.family.stage_index(name).is_none() {
            let error =
                Diagnostic::error(Code::UnknownStage, from.span, format!("there is no stage `{name}`"));
            let help = match name.contains(['/', ':', '@']) {
                true => Some(format!("the name of an image stands alone: `from: {name}`")),
                false => did_you_mean(name, self.family.stages()),
            };
            self.found.push(error.help_if(help));
            return None;
        }
        Some(self.image(name, from.span))
    }

    /// The name of an image. Reports a name that cannot be one.
    fn image(&mut self, name: &str, span: Span) -> ImageName {
        let image = ImageName::new(name);
        self.found.extend(image_name::mistake(&image, span, self.family.stages()));
        image
    }

    /// The origin of a copy or a mount, from its key `from`.
    pub(super) fn origin(&mut self, from: Option<&ConcreteValue>) -> Origin {
        let Some((from, (name, with))) = from.and_then(|from| Some((from, from.reference()?))) else {
            return Origin::Context;
        };
        match self.position(name) {
            Some(stage) => {
                let instance = self.instance(stage, Reference::From(from.span, with));
                let planned = instance.and_then(|at| Some((self.planned(at, from.span)?, at)));
                planned.map_or(Origin::Context, |(planned, at)| {
                    Origin::Stage(planned, self.instances.get(at).name.to_string())
                })
            }
            None if name == "context" && with.is_none() => Origin::Context,
            None => {
                let platform = self.replaced(name).map_or(StagePlatform::Target, |(_, platform)| platform);
                let Some(reference) = self.image_from(name, from) else { return Origin::Context };
                Origin::Image(Image { reference, platform, span: from.span })
            }
        }
    }

    /// The instance of a stage that something refers to. `None` if its arguments have mistakes, which are reported.
    pub(super) fn instance(&mut self, stage: usize, reference: Reference<'_>) -> Option<usize> {
        let family = self.family;
        let Variant { bases, scope, .. } = self.variant;
        self.instances.find((stage, &family.stages[stage]), &reference, (bases, scope), &mut self.found)
    }
}

/// A stage that consists only of the image which replaces it.
pub(super) fn replaced(name: &str, span: Span, platform: StagePlatform) -> Stage {
    Stage {
        name: name.to_owned(),
        declared: name.to_owned(),
        span,
        base: Base::Image(ImageName::new(name)),
        base_span: span,
        platform,
        package_manager: None,
        steps: Vec::new(),
        image: Default::default(),
        flatten: Flatten::No,
        checks: Vec::new(),
        facts: Default::default(),
        reads_facts: false,
    }
}
