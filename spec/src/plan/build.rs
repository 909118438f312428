//! Turns a variant into its plan: the stages that the target reaches, each after the stages that it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks;
use super::mixin::{self, Mixin};
use super::order::State;
use super::platform::{self, ParentBase};
use super::provenance::Provenance;
use super::record::StageRecord;
use super::steps::copy::{Image, Origin};
use super::steps::env;
use super::steps::{self, Action, Step};
use super::{Base, Dockerfile, Plan, Stage, StagePlatform};
use super::{image, image_name, long_script, process};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::manager::Manager;
use crate::base::sorted::map_of;
use crate::base::source::Span;
use crate::base::suggest::{defined_names, did_you_mean};
use crate::family::{Family, NamedTemplate};
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::variant::budget::too_much;
use crate::variant::concrete::ConcreteValue;
use crate::variant::expand::expand;
use crate::variant::scope::Bindings as _;
use crate::variant::scope::InStage;
use crate::variant::select::Variant;
use crate::variant::trace::{self, Frame};

impl Variant<'_> {
    /// Plans the stages that the target reaches.
    ///
    /// # Errors
    /// All mistakes in these stages: values that do not fit, cycles, and stages that do not exist or that this variant excludes.
    pub fn plan(&self) -> Result<Plan, Vec<Diagnostic>> {
        Ok(self.planned()?.0)
    }

    /// The plan, and the records about its stages. The records are empty unless the scope of the variant records.
    pub(crate) fn planned(&self) -> Result<(Plan, Vec<StageRecord>), Vec<Diagnostic>> {
        let mut planner = Planner {
            variant: self,
            family: self.family,
            stages: Vec::new(),
            states: vec![State::New; self.family.stages.len()],
            positions: map_of(self.family.stages().zip(0..)),
            needed: Vec::new(),
            found: Vec::new(),
            inside: Inside::default(),
            recording: StageRecord::default(),
            records: Vec::new(),
        };
        let replaced_by = planner.replaced(&self.stage).map(|(_, platform)| platform);
        match (planner.position(&self.stage), replaced_by) {
            (Some(index), _) => planner.stages(index),
            (None, Some(platform)) => {
                planner.stages.push(replaced(&self.stage, self.family.build_span, platform));
                planner.records.push(StageRecord::default());
            }
            (None, None) => {
                let message = format!("there is no stage `{}`", self.stage);
                let error = Diagnostic::error(Code::UnknownStage, self.family.build_span, message);
                planner.found.push(error.help_if(did_you_mean(&self.stage, self.family.stages())));
            }
        }
        let checks = self.published.as_ref().and_then(|target| target.get("checks"));
        checks::add_target_checks(&mut planner.stages, checks, &mut planner.found);
        let provenance = planner.provenance();
        long_script::check(&planner.stages, &mut planner.found);
        // What reports record about a plan can be too much too.
        if planner.found.is_empty() && self.scope.budget().is_exhausted() {
            planner.found.push(too_much(planner.span()));
        }
        if planner.found.is_empty() {
            let target = self.target.to_string();
            let plan = Plan { target, platform: self.platform.clone(), stages: planner.stages, provenance };
            Ok((plan, planner.records))
        } else {
            // A mistake in a var or a mixin is found again wherever it is used.
            Diagnostic::sort(&mut planner.found);
            Err(planner.found)
        }
    }
}

/// Plans the stages one by one, and holds those that are planned already.
pub(super) struct Planner<'v, 'f> {
    variant: &'v Variant<'f>,
    pub(super) family: &'f Family,
    pub(super) stages: Vec<Stage>,
    pub(super) states: Vec<State>,
    positions: BTreeMap<&'f str, usize>,
    /// Stages that the current stage needs and that are not planned yet, with the places that refer to them.
    pub(super) needed: Vec<(usize, Span)>,
    /// All diagnostics so far.
    pub(super) found: Vec<Diagnostic>,
    inside: Inside,
    /// The record of the current stage. The records of the planned stages are in `records`.
    pub(super) recording: StageRecord,
    pub(super) records: Vec<StageRecord>,
}

/// The name and the mixins of the stage whose steps are being planned.
#[derive(Default)]
struct Inside {
    stage: Arc<str>,
    mixins: Arc<[Mixin]>,
}

impl Planner<'_, '_> {
    /// Expands the declaration of a stage. `from` is the place that refers to it. Returns `None` if the stage has mistakes or is
    /// excluded from this variant. The stages to which a stage with mistakes refers are then in `needed`.
    pub(super) fn expanded(&mut self, named: &NamedTemplate, from: Span) -> Option<ConcreteValue> {
        let before = self.found.len();
        let names = InStage { stage: &named.name, bases: self.variant.bases, scope: &self.variant.scope };
        names.trace().into_iter().for_each(|trace| trace.enter(Some(&named.name)));
        let data = expand(&named.template, Shape::Table(&keys::STAGE), &names, &mut self.found);
        if data.is_none() && self.found.len() == before {
            let message = format!("the stage `{}` does not exist in this variant", named.name);
            let error = Diagnostic::error(Code::ExcludedStage, from, message);
            self.found.push(error.related(named.span, "its `if:` is false"));
        }
        if self.found.len() > before {
            if let Some(data) = &data {
                self.follow(data);
                self.complete_steps(named, data);
            }
            return None;
        }
        data
    }

    /// Plans the steps of a stage that expansion found no mistake in, so that their mistakes are reported too.
    fn complete_steps(&mut self, named: &NamedTemplate, data: &ConcreteValue) {
        let items = data.get("steps").map(ConcreteValue::items).unwrap_or_default();
        let mixins = self.mixins(data.get("mixins"), &named.name);
        self.within(named, mixins, |planner| planner.steps(items.iter().filter(|item| item.is_complete)));
    }

    pub(super) fn plan_stage(&mut self, named: &NamedTemplate, data: &ConcreteValue) -> Option<Stage> {
        let before = self.found.len();
        if let Some(trace) = self.variant.scope.trace() {
            trace.enter(Some(&named.name));
            let keys = data.fields().iter().filter(|field| !matches!(field.key.as_ref(), "steps" | "mixins"));
            let keys = keys.map(|field| (field.key.to_string(), field.key_span.to(field.value.span)));
            self.recording.keys = keys.collect();
        }
        let base = match data.get("from") {
            Some(from) => self.base(from),
            None => None,
        };
        let mut steps = settings(data, named.span, &mut self.found);
        let mixins = self.mixins(data.get("mixins"), &named.name);
        let items = data.get("steps").map(ConcreteValue::items).unwrap_or_default();
        steps.extend(self.within(named, mixins, |planner| planner.steps(items)));
        let below = match &base {
            Some(Base::Scratch) => ParentBase::Nothing,
            Some(Base::Stage(index)) => self.stages.get(*index).map_or(ParentBase::Image, |stage| {
                ParentBase::Stage { name: &stage.name, span: stage.span, platform: stage.platform }
            }),
            Some(Base::Image(name)) => {
                self.replaced(name.as_str()).map_or(ParentBase::Image, |(stage, platform)| {
                    ParentBase::Stage { name: name.as_str(), span: stage.span, platform }
                })
            }
            Some(Base::Dockerfile(_)) | None => ParentBase::Image,
        };
        let platform =
            platform::of_stage(data.get("platform"), below).map_err(|error| self.found.push(error));
        let image = data.get("image").map(|image| image::image(image, &mut self.found)).unwrap_or_default();
        let checks = checks::checks(data.get("checks"), &mut self.found);
        let base_span = data.get("from").map_or(named.span, |from| from.span);
        (self.found.len() == before).then_some(())?;
        Some(Stage {
            name: named.name.to_string(),
            span: named.span,
            base: base?,
            base_span,
            platform: platform.ok()?,
            package_manager: data.text("package-manager").and_then(|name| Manager::of_name(&name)),
            steps,
            image,
            flatten: data.bool("flatten").unwrap_or(false),
            checks,
        })
    }

    /// Finds the stages to which a stage with mistakes refers, so that their mistakes are reported too.
    fn follow(&mut self, data: &ConcreteValue) {
        let steps = data.get("steps").map(ConcreteValue::items).unwrap_or_default();
        let mounts = steps
            .iter()
            .flat_map(|step| step.get_if_known("mounts").map(ConcreteValue::items).unwrap_or_default());
        for from in [data].into_iter().chain(steps).chain(mounts).filter_map(|part| part.get_if_known("from"))
        {
            if let Some(index) = from.as_text().and_then(|name| self.position(name)) {
                self.needed.push((index, from.span));
            }
        }
    }

    /// Plans something inside of a stage with these mixins.
    fn within<T>(
        &mut self,
        named: &NamedTemplate,
        mixins: Vec<Mixin>,
        plan: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let inside = Inside { stage: named.name.clone(), mixins: mixins.into() };
        let outside = std::mem::replace(&mut self.inside, inside);
        let planned = plan(self);
        self.inside = outside;
        planned
    }

    /// Plans steps. Each gets the mixins of the stage and its own.
    pub(super) fn steps<'d>(&mut self, items: impl IntoIterator<Item = &'d ConcreteValue>) -> Vec<Step> {
        let mut steps = Vec::new();
        for item in items {
            let stage = self.inside.stage.clone();
            let own = self.mixins(item.get_if_known("mixins"), &stage);
            let outer = self.inside.mixins.clone();
            let all: Vec<&Mixin> = outer.iter().chain(&own).collect();
            if !self.variant.scope.charge_budget(all.iter().map(|mixin| mixin.size).sum()) {
                self.found.push(too_much(item.span));
                break;
            }
            if self.variant.scope.trace().is_some() {
                self.recording.steps.push(mixin::record(item, &all));
            }
            let item = mixin::with_mixins(item, all.iter().map(|mixin| &mixin.data));
            steps.extend(steps::step(&item, self));
        }
        steps
    }

    /// The mixins that a list names.
    fn mixins(&mut self, list: Option<&ConcreteValue>, stage: &str) -> Vec<Mixin> {
        let variant = self.variant;
        let names = InStage { stage, bases: variant.bases, scope: &variant.scope };
        let mut mixins = Vec::new();
        for (item, name) in list
            .map(ConcreteValue::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((item, item.as_text()?)))
        {
            let known = &self.family.mixins;
            // The search takes time if there are thousands of mixins.
            if !variant.scope.charge_budget(known.len() / 256) {
                self.found.push(too_much(item.span));
                break;
            }
            match known.iter().find(|mixin| mixin.name.as_ref() == name) {
                Some(mixin) => {
                    let frame = || Frame::Mixin { name: name.to_owned(), span: item.span };
                    let found = &mut self.found;
                    let shape = Shape::Table(&keys::MIXIN);
                    let (data, reads) = trace::expansion(&names, || {
                        trace::within(&names, frame, || expand(&mixin.template, shape, &names, found))
                    });
                    mixins.extend(data.map(|data| Mixin::new(name, data, reads)));
                }
                None => {
                    let error = Diagnostic::error(
                        Code::UnknownName,
                        item.span,
                        format!("there is no mixin `{name}`"),
                    );
                    let known = known.iter().map(|mixin| mixin.name.as_ref());
                    self.found.push(error.help(defined_names(name, known, ("mixin", "mixins"))));
                }
            }
        }
        mixins
    }

    /// The place of the stage that is built.
    fn span(&self) -> Span {
        self.position(&self.variant.stage)
            .map_or(self.family.build_span, |index| self.family.stages[index].span)
    }

    /// The provenance labels.
    fn provenance(&mut self) -> Option<Provenance> {
        let Variant { scope, published, vcs, .. } = self.variant;
        let template = self.family.provenance.as_ref()?;
        let data = expand(template, Shape::Table(&keys::PROVENANCE), scope, &mut self.found)?;
        let tag = published.as_ref().and_then(|target| target.texts("tags").into_iter().next());
        Provenance::new(&data, vcs, tag.as_deref())
    }

    /// The index of the stage with this name. `None` if there is none, or if the client replaces it.
    fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied().filter(|_| self.replaced(name).is_none())
    }

    /// A stage that the client replaces, and its platform. The platform is expanded from the stage; all other keys of it are
    /// ignored.
    fn replaced(&self, name: &str) -> Option<(&NamedTemplate, StagePlatform)> {
        let Variant { replaced, bases, scope, .. } = self.variant;
        if !replaced.iter().any(|(replaced, _)| replaced == name) {
            return None;
        }
        let stage = self.family.stages.get(*self.positions.get(name)?)?;
        let names = InStage { stage: &stage.name, bases, scope };
        let template = stage.template.project(&["platform"]);
        let data = expand(&template, Shape::Table(&keys::STAGE), &names, &mut Vec::new());
        let said = data.and_then(|data| data.text("platform"));
        let platform = said.map_or(StagePlatform::Target, |said| StagePlatform::named(&said));
        replaced.contains(&(name.to_owned(), platform)).then_some((stage, platform))
    }

    fn base(&mut self, from: &ConcreteValue) -> Option<Base> {
        if let Some(path) = from.text("dockerfile") {
            let args = map_of(from.pairs("args"));
            return Some(Base::Dockerfile(Dockerfile { path, target: from.text("target"), args }));
        }
        match from.as_text()? {
            "scratch" => Some(Base::Scratch),
            name => match self.position(name) {
                Some(index) => self.planned(index, from.span).map(Base::Stage),
                None => Some(Base::Image(self.image(name, from.span))),
            },
        }
    }

    /// The name of an image. Reports a name that cannot be one.
    fn image(&mut self, name: &str, span: Span) -> ImageName {
        let image = ImageName::new(name);
        self.found.extend(image_name::mistake(&image, span, self.family.stages()));
        image
    }

    /// The origin of a copy or a mount, from its key `from`.
    pub(super) fn origin(&mut self, from: Option<&ConcreteValue>) -> Origin {
        let Some((from, name)) = from.and_then(|from| Some((from, from.as_text()?))) else {
            return Origin::Context;
        };
        match self.position(name) {
            Some(index) => self
                .planned(index, from.span)
                .map_or(Origin::Context, |planned| Origin::Stage(planned, name.to_owned())),
            None if name == "context" => Origin::Context,
            None => {
                let platform = self.replaced(name).map_or(StagePlatform::Target, |(_, platform)| platform);
                let reference = self.image(name, from.span);
                Origin::Image(Image { reference, platform, span: from.span })
            }
        }
    }
}

/// A stage that consists only of the image which replaces it.
fn replaced(name: &str, span: Span, platform: StagePlatform) -> Stage {
    Stage {
        name: name.to_owned(),
        span,
        base: Base::Image(ImageName::new(name)),
        base_span: span,
        platform,
        package_manager: None,
        steps: Vec::new(),
        image: Default::default(),
        flatten: false,
        checks: Vec::new(),
    }
}

/// The settings of a stage as steps: shell, environment, working directory and user.
fn settings(data: &ConcreteValue, span: Span, found: &mut Vec<Diagnostic>) -> Vec<Step> {
    let at = |key: &str| {
        data.fields()
            .iter()
            .find(|field| field.key.as_ref() == key)
            .map_or(span, |field| field.key_span.to(field.value.span))
    };
    let step = |key: &str, action: Action| Step { span: at(key), name: None, no_cache: false, action };
    let env = env::env(data, found);
    [
        process::shell(data, found).map(|shell| step("shell", Action::Shell(shell))),
        (!env.is_empty()).then(|| step("env", Action::Env(env))),
        data.text("workdir").map(|path| step("workdir", Action::Workdir(path))),
        data.text("user").map(|user| step("user", Action::User(user))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
