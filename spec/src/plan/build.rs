//! Variant to plan: the stages that the target reaches, each after those it needs.

use std::sync::Arc;

use super::checks;
use super::copy::Origin;
use super::step::{self, Action, Step};
use super::{Base, Dockerfile, Plan, Stage, StagePlatform};
use super::{env, image, mixin};
use crate::data::Data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expand::expand;
use crate::family::{Family, Named};
use crate::language;
use crate::scope::InStage;
use crate::select::Variant;
use crate::shape::Shape;
use crate::source::Span;
use crate::suggest::did_you_mean;
use crate::system::Manager;

impl Variant<'_> {
    /// What is built for this variant: only what the target reaches.
    ///
    /// # Errors
    /// Everything that is wrong with the stages reached: values that do not fit, cycles, stages that are not there or that this
    /// variant excludes.
    pub fn plan(&self) -> Result<Plan, Vec<Diagnostic>> {
        let mut planner = Planner {
            variant: self,
            family: self.family,
            stages: Vec::new(),
            states: Vec::new(),
            found: Vec::new(),
            inside: Inside::default(),
        };
        planner.states.resize(self.family.stages.len(), State::New);
        match planner.position(&self.stage) {
            _ if self.replaced.contains(&self.stage) => {
                planner.stages.push(replaced(&self.stage, self.family.build_span))
            }
            Some(index) => drop(planner.stage(index, self.family.stages[index].span)),
            None => {
                let message = format!("there is no stage `{}`", self.stage);
                let error = Diagnostic::error(Code::UnknownStage, self.family.build_span, message);
                planner.found.push(error.help_if(did_you_mean(&self.stage, self.family.stages())));
            }
        }
        checks::add_target_checks(&mut planner.stages, self.checks.as_ref(), &mut planner.found);
        if planner.found.is_empty() {
            let target = self.target.to_string();
            Ok(Plan { target, platform: self.platform.clone(), stages: planner.stages })
        } else {
            planner.found.sort_by_key(|found| found.span);
            Err(planner.found)
        }
    }
}

/// The stages as far as they are planned.
pub(super) struct Planner<'v, 'f> {
    variant: &'v Variant<'f>,
    family: &'f Family,
    stages: Vec<Stage>,
    states: Vec<State>,
    /// Everything found.
    pub(super) found: Vec<Diagnostic>,
    inside: Inside,
}

/// The stage whose steps are being planned.
#[derive(Default)]
struct Inside {
    stage: Arc<str>,
    mixins: Arc<[Data]>,
}

/// How far a stage of the family has come.
#[derive(Clone, Copy)]
enum State {
    New,
    Underway,
    /// Its index in the plan.
    Done(usize),
    Failed,
}

impl Planner<'_, '_> {
    /// Plans a stage of the family and those it needs. `from` is where it is referred to.
    fn stage(&mut self, index: usize, from: Span) -> Option<usize> {
        let named = &self.family.stages[index];
        match self.states[index] {
            State::Done(planned) => return Some(planned),
            State::Failed => return None,
            State::Underway => {
                let error = Diagnostic::error(
                    Code::StageCycle,
                    from,
                    format!("the stage `{}` needs itself", named.name),
                );
                self.found.push(error.related(named.span, "the stage"));
                return None;
            }
            State::New => self.states[index] = State::Underway,
        }
        let planned = self.plan_stage(named, from).map(|stage| {
            self.stages.push(stage);
            self.stages.len() - 1
        });
        self.states[index] = planned.map_or(State::Failed, State::Done);
        planned
    }

    fn plan_stage(&mut self, named: &Named, from: Span) -> Option<Stage> {
        let before = self.found.len();
        let variant = self.variant;
        let names = InStage { stage: &named.name, scope: &variant.scope };
        let data = expand(&named.template, Shape::Table(&language::STAGE), &names, &mut self.found);
        let data = match data {
            Some(data) if self.found.len() == before => data,
            Some(data) => {
                self.follow(&data);
                return None;
            }
            None => {
                if self.found.len() == before {
                    let message = format!("the stage `{}` does not exist for this variant", named.name);
                    let error = Diagnostic::error(Code::ExcludedStage, from, message);
                    self.found.push(error.related(named.span, "its `if:` does not hold"));
                }
                return None;
            }
        };
        let base = match data.get("from") {
            Some(from) => self.base(from),
            None => None,
        };
        let mut steps = settings(&data, named.span, &mut self.found);
        let mixins = self.mixins(data.get("mixins"), &named.name);
        let outside =
            std::mem::replace(&mut self.inside, Inside { stage: named.name.clone(), mixins: mixins.into() });
        steps.extend(self.steps(data.get("steps")));
        self.inside = outside;
        let platform = match data.text("platform").as_deref() {
            Some("build") => StagePlatform::Build,
            _ => StagePlatform::Target,
        };
        let image = data.get("image").map(|image| image::image(image, &mut self.found)).unwrap_or_default();
        let checks = checks::checks(data.get("checks"), &mut self.found);
        let base_span = data.get("from").map_or(named.span, |from| from.span);
        (self.found.len() == before).then_some(())?;
        Some(Stage {
            name: named.name.to_string(),
            span: named.span,
            base: base?,
            base_span,
            platform,
            package_manager: data.text("package-manager").and_then(|name| Manager::of_name(&name)),
            steps,
            image,
            flatten: data.bool("flatten").unwrap_or(false),
            checks,
        })
    }

    /// Plans the stages that a stage with mistakes names, for what is wrong with them.
    fn follow(&mut self, data: &Data) {
        let steps = data.get("steps").map(Data::items).unwrap_or_default();
        let mounts = steps.iter().flat_map(|step| step.get("mounts").map(Data::items).unwrap_or_default());
        for from in [data].into_iter().chain(steps).chain(mounts).filter_map(|part| part.get("from")) {
            if let Some(index) = from.as_text().and_then(|name| self.position(name)) {
                self.stage(index, from.span);
            }
        }
    }

    /// The steps of a list, with the mixins of the stage and their own.
    pub(super) fn steps(&mut self, list: Option<&Data>) -> Vec<Step> {
        let mut steps = Vec::new();
        for item in list.map(Data::items).unwrap_or_default() {
            let stage = self.inside.stage.clone();
            let own = self.mixins(item.get("mixins"), &stage);
            let outer = self.inside.mixins.clone();
            let item = mixin::with_mixins(item, outer.iter().chain(&own));
            steps.extend(step::step(&item, self));
        }
        steps
    }

    /// The mixins that a list in a stage names.
    fn mixins(&mut self, list: Option<&Data>, stage: &str) -> Vec<Data> {
        let variant = self.variant;
        let names = InStage { stage, scope: &variant.scope };
        let mut mixins = Vec::new();
        for (item, name) in
            list.map(Data::items).unwrap_or_default().iter().filter_map(|item| Some((item, item.as_text()?)))
        {
            let known = &self.family.mixins;
            match known.iter().find(|mixin| mixin.name.as_ref() == name) {
                Some(mixin) => mixins.extend(expand(
                    &mixin.template,
                    Shape::Table(&language::MIXIN),
                    &names,
                    &mut self.found,
                )),
                None => {
                    let error = Diagnostic::error(
                        Code::UnknownName,
                        item.span,
                        format!("there is no mixin `{name}`"),
                    );
                    self.found.push(
                        error.help_if(did_you_mean(name, known.iter().map(|mixin| mixin.name.as_ref()))),
                    );
                }
            }
        }
        mixins
    }

    /// The stage of that name, unless something else stands in its place.
    fn position(&self, name: &str) -> Option<usize> {
        let replaced = self.variant.replaced.contains(name);
        self.family.stages.iter().position(|stage| stage.name.as_ref() == name).filter(|_| !replaced)
    }

    fn base(&mut self, from: &Data) -> Option<Base> {
        if let Some(path) = from.text("dockerfile") {
            let args = from.pairs("args").into_iter().collect();
            return Some(Base::Dockerfile(Dockerfile { path, target: from.text("target"), args }));
        }
        match from.as_text()? {
            "scratch" => Some(Base::Scratch),
            name => match self.position(name) {
                Some(index) => self.stage(index, from.span).map(Base::Stage),
                None => Some(Base::Image(name.to_owned())),
            },
        }
    }

    /// What the key `from` of a copy or a mount names.
    pub(super) fn origin(&mut self, from: Option<&Data>) -> Origin {
        let Some((from, name)) = from.and_then(|from| Some((from, from.as_text()?))) else {
            return Origin::Context;
        };
        match self.position(name) {
            Some(index) => self.stage(index, from.span).map_or(Origin::Context, Origin::Stage),
            None if name == "context" => Origin::Context,
            None => Origin::Image(name.to_owned(), from.span),
        }
    }
}

/// A stage that is nothing but what stands in its place.
fn replaced(name: &str, span: Span) -> Stage {
    Stage {
        name: name.to_owned(),
        span,
        base: Base::Image(name.to_owned()),
        base_span: span,
        platform: StagePlatform::Target,
        package_manager: None,
        steps: Vec::new(),
        image: Default::default(),
        flatten: false,
        checks: Vec::new(),
    }
}

/// The settings of a stage as steps: its shell, user, environment and directory.
fn settings(data: &Data, span: Span, found: &mut Vec<Diagnostic>) -> Vec<Step> {
    let at = |key: &str| {
        data.fields()
            .iter()
            .find(|field| field.key.as_ref() == key)
            .map_or(span, |field| field.key_span.to(field.value.span))
    };
    let step = |key: &str, action: Action| Step { span: at(key), name: None, no_cache: false, action };
    let env = env::env(data, found);
    [
        data.get("shell").map(|shell| step("shell", Action::Shell(shell.as_texts()))),
        (!env.is_empty()).then(|| step("env", Action::Env(env))),
        data.text("workdir").map(|path| step("workdir", Action::Workdir(path))),
        data.text("user").map(|user| step("user", Action::User(user))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
