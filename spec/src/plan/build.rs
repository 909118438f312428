//! Turns a variant into its plan: the stages that the target reaches, each after the stages that it needs.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::checks;
use super::instance::{Instance, Instances, Reference};
use super::mixin::{self, Mixin};
use super::platform::{self, ParentBase};
use super::provenance::Provenance;
use super::record::StageRecord;
use super::references::replaced;
use super::steps::env;
use super::steps::{self, Action, Step};
use super::{Base, Fact, Flatten, Plan, Stage};
use super::{facts, image, process, script_file};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::base::source::Span;
use crate::base::suggest::{defined_names, did_you_mean};
use crate::family::{Family, reads_facts};
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::variant::budget::{TOO_MUCH, too_much};
use crate::variant::concrete::ConcreteValue;
use crate::variant::expand::expand;
use crate::variant::scope::{Bindings as _, InStage};
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
            instances: Instances::new(),
            underway: vec![false; self.family.stages.len()],
            needed: Vec::new(),
            found: Vec::new(),
            inside: Inside::default(),
            recording: StageRecord::default(),
            records: Vec::new(),
        };
        let replaced_by = planner.replaced(&self.stage).map(|(_, platform)| platform);
        match (planner.position(&self.stage), replaced_by) {
            (Some(stage), _) => {
                let written = self.published.as_ref().and_then(|target| target.get("stage"));
                let with = written.and_then(|written| written.reference()?.1);
                let span = with.and(written).map_or(self.family.stages[stage].span, |written| written.span);
                if let Some(instance) = planner.instance(stage, Reference::Target(span, with)) {
                    planner.stages(instance);
                }
            }
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
        planner.check_facts_of_target();
        script_file::check(&planner.stages, &mut planner.found);
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
            // Everything that is still to be planned is too much too.
            let mut is_first = true;
            planner.found.retain(|found| found.message != TOO_MUCH || std::mem::take(&mut is_first));
            Err(planner.found)
        }
    }
}

/// Plans the stages one by one, and holds those that are planned already.
pub(super) struct Planner<'v, 'f> {
    pub(super) variant: &'v Variant<'f>,
    pub(super) family: &'f Family,
    pub(super) stages: Vec<Stage>,
    /// The stages with their arguments, as far as something names them.
    pub(super) instances: Instances<'f>,
    /// Whether an instance of the stage at this index waits for others.
    pub(super) underway: Vec<bool>,
    /// Instances that the current stage needs and that are not planned yet, with the places that refer to them.
    pub(super) needed: Vec<(usize, Span)>,
    /// All diagnostics so far.
    pub(super) found: Vec<Diagnostic>,
    inside: Inside<'f>,
    /// The record of the current stage. The records of the planned stages are in `records`.
    pub(super) recording: StageRecord,
    pub(super) records: Vec<StageRecord>,
}

/// The stage whose steps are being planned, and its mixins.
#[derive(Default)]
struct Inside<'f> {
    instance: Option<Rc<Instance<'f>>>,
    mixins: Arc<[Mixin]>,
}

impl<'f> Planner<'_, 'f> {
    /// Expands the declaration of a stage. `from` is the place that refers to it. Returns `None` if the stage has mistakes or is
    /// excluded from this variant. The stages to which a stage with mistakes refers are then in `needed`.
    pub(super) fn expanded(&mut self, instance: &Rc<Instance<'f>>, from: Span) -> Option<ConcreteValue> {
        let before = self.found.len();
        let named = instance.stage;
        let names = instance.names(self.variant.bases, &self.variant.scope);
        names.trace().into_iter().for_each(|trace| trace.enter(Some(&instance.name)));
        let data = expand(&named.template, Shape::Table(&keys::STAGE), &names, &mut self.found);
        if data.is_none() && self.found.len() == before && !self.variant.scope.budget().is_exhausted() {
            let message = format!("the stage `{}` does not exist in this variant", named.name);
            let error = Diagnostic::error(Code::ExcludedStage, from, message);
            self.found.push(error.related(named.span, "its `if:` is false"));
        }
        if self.found.len() > before {
            if let Some(data) = &data {
                self.follow(data);
                self.complete_steps(instance, data);
            }
            return None;
        }
        data
    }

    /// Plans the steps of a stage that expansion found no mistake in, so that their mistakes are reported too.
    fn complete_steps(&mut self, instance: &Rc<Instance<'f>>, data: &ConcreteValue) {
        let items = data.get("steps").map(ConcreteValue::items).unwrap_or_default();
        let mixins = self.mixins(data.get("mixins"), Some(instance));
        self.within(instance, mixins, |planner| planner.steps(items.iter().filter(|item| item.is_complete)));
    }

    pub(super) fn plan_stage(&mut self, instance: &Rc<Instance<'f>>, data: &ConcreteValue) -> Option<Stage> {
        let before = self.found.len();
        let named = instance.stage;
        if let Some(trace) = self.variant.scope.trace() {
            trace.enter(Some(&instance.name));
            let keys = data.fields().iter().filter(|field| !matches!(field.key.as_ref(), "steps" | "mixins"));
            let keys = keys.map(|field| (field.key.to_string(), field.key_span.to(field.value.span)));
            self.recording.keys = keys.collect();
        }
        let base = match data.get("from") {
            Some(from) => self.base(from),
            None => None,
        };
        let mut steps = settings(data, named.span, &mut self.found);
        let mixins = self.mixins(data.get("mixins"), Some(instance));
        let items = data.get("steps").map(ConcreteValue::items).unwrap_or_default();
        steps.extend(self.within(instance, mixins, |planner| planner.steps(items)));
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
        let mut facts = self.facts_below(base.as_ref());
        facts.extend(facts::facts(data.get("facts"), &mut self.found));
        // The facts of a base with mistakes are not known.
        if base.is_some() {
            let needed = self.variant.scope.needed_facts(named.template.span());
            facts::check(&needed, &facts, &named.name, &mut self.found);
        }
        let base_span = data.get("from").map_or(named.span, |from| from.span);
        (self.found.len() == before).then_some(())?;
        Some(Stage {
            name: instance.name.to_string(),
            declared: named.name.to_string(),
            span: named.span,
            base: base?,
            base_span,
            platform: platform.ok()?,
            package_manager: data.text("package-manager").and_then(|name| Manager::of_name(&name)),
            steps,
            image,
            flatten: Flatten::of(data.text("flatten").as_deref()),
            checks,
            facts,
            reads_facts: named.reads_facts,
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
            let Some((name, with)) = from.reference() else { continue };
            let Some(stage) = self.position(name) else { continue };
            if let Some(instance) = self.instance(stage, Reference::From(from.span, with)) {
                self.needed.push((instance, from.span));
            }
        }
    }

    /// Plans something inside of a stage with these mixins.
    fn within<T>(
        &mut self,
        instance: &Rc<Instance<'f>>,
        mixins: Vec<Mixin>,
        plan: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let inside = Inside { instance: Some(instance.clone()), mixins: mixins.into() };
        let outside = std::mem::replace(&mut self.inside, inside);
        let planned = plan(self);
        self.inside = outside;
        planned
    }

    /// Plans steps. Each gets the mixins of the stage and its own.
    pub(super) fn steps<'d>(&mut self, items: impl IntoIterator<Item = &'d ConcreteValue>) -> Vec<Step> {
        let mut steps = Vec::new();
        for item in items {
            let instance = self.inside.instance.clone();
            let own = self.mixins(item.get_if_known("mixins"), instance.as_ref());
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
    fn mixins(&mut self, list: Option<&ConcreteValue>, instance: Option<&Rc<Instance<'f>>>) -> Vec<Mixin> {
        let variant = self.variant;
        let Some(instance) = instance else { return Vec::new() };
        let names = instance.names(variant.bases, &variant.scope);
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

    /// The facts of what a stage starts from. A stage that the client replaces has its own facts all the same.
    fn facts_below(&self, base: Option<&Base>) -> BTreeMap<String, Fact> {
        match base {
            Some(Base::Stage(index)) => {
                self.stages.get(*index).map(|stage| stage.facts.clone()).unwrap_or_default()
            }
            Some(Base::Image(name)) => {
                let data = self.replaced(name.as_str()).and_then(|(stage, _)| {
                    let names = InStage::plain(&stage.name, self.variant.bases, &self.variant.scope);
                    let template = stage.template.project(&["facts"]);
                    expand(&template, Shape::Table(&keys::STAGE), &names, &mut Vec::new())
                });
                facts::facts(data.as_ref().and_then(|data| data.get("facts")), &mut Vec::new())
            }
            Some(Base::Scratch | Base::Dockerfile(_)) | None => BTreeMap::new(),
        }
    }

    /// Reports facts that the target or the provenance labels read and that the image does not have.
    fn check_facts_of_target(&mut self) {
        // After a mistake in it, the stage is not there. A stage that the client replaces has facts of its own.
        let is_whole = |stage: &&Stage| {
            stage.declared.eq_ignore_ascii_case(&self.variant.stage)
                && self.replaced(&stage.declared).is_none()
        };
        let target = self.family.targets.iter().find(|target| target.name == self.variant.target);
        let target = target.filter(|_| self.variant.published.is_some()).map(|target| &target.template);
        let templates = target.into_iter().chain(&self.family.provenance);
        let needed = templates.flat_map(|template| self.variant.scope.needed_facts(template.span()));
        let needed: Vec<(Span, String)> = needed.collect();
        if let Some(stage) = self.stages.last().filter(is_whole) {
            facts::check(&needed, &stage.facts, &stage.declared, &mut self.found);
        }
        // The labels of the image contain those of its provenance.
        if let Some(stage) = self.stages.last_mut() {
            stage.reads_facts |= self.family.provenance.as_ref().is_some_and(reads_facts);
        }
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
