//! Explains a plan: where each step comes from, what it depends on, which settings override others, and what is omitted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::base::diagnostic::Diagnostic;
use crate::base::sorted::{map_of, set_of};
use crate::base::source::Span;
use crate::expr::Lookup as _;
use crate::family::template::Template;
use crate::matrix::{MatrixQuery, MatrixRequest, axes_read};
use crate::plan::record::StageRecord;
use crate::plan::{Action, Base, EnvValue, Plan, Script, Setting, SettingOrigin, SettingSource, Step};
use crate::variant::budget::{Budget, too_much};
use crate::variant::defaults::MovedAxis;
use crate::variant::delivery::Delivery;
use crate::variant::scope::InStage;
use crate::variant::select::Variant;
use crate::variant::trace::{self, BranchDecision, Dependencies, Dependency, Frame, Kept, Omitted, Piece};

/// The explanation of a plan.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// All dependencies of the target and its stages.
    pub reads: Dependencies,
    /// The axes among the dependencies with their values, in the order of the file.
    pub axes: Vec<(String, String)>,
    /// The args among the dependencies with their values, in the order of the file.
    pub args: Vec<(String, String)>,
    /// The axes whose default is not allowed together with what the client sets, in the order of the file.
    pub moved: Vec<MovedAxis>,
    /// The explanations of the stages of the plan, in the same order.
    pub stages: Vec<StageExplanation>,
    /// The parts of the target and of these stages that are omitted from the plan.
    pub omitted: Vec<Omitted>,
    /// The stages of the family that are not in the plan.
    pub absent: Vec<AbsentStage>,
}

/// The explanation of a stage.
#[derive(Debug, Clone, Default)]
pub struct StageExplanation {
    /// The keys of the stage except for its steps: the name, the place, and the dependencies of the value.
    pub keys: Vec<(String, Span, Dependencies)>,
    /// The explanations of all steps in their order, with the steps in `layers`.
    pub steps: Vec<StepExplanation>,
}

/// The explanation of a step.
#[derive(Debug, Clone, Default)]
pub struct StepExplanation {
    /// The decisions that lead to the step, from the outermost to the innermost one.
    pub path: Vec<Frame>,
    /// The dependencies of the step. A change of one of them can change the step.
    pub reads: Dependencies,
    /// The decisions of the choices between values in the step.
    pub choices: Vec<BranchDecision>,
    /// The settings that do not come from the step alone.
    pub settings: Vec<Setting>,
}

/// A stage of the family that is not in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentStage {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The decision that excludes the stage. `None` if the stage exists in this variant, but the target does not reach it.
    pub decision: Option<BranchDecision>,
}

impl Variant<'_> {
    /// Plans the variant as [`plan`](Self::plan) does, and explains the plan.
    ///
    /// ```
    /// use varve_spec::{Family, Platform, Selection, Sources};
    ///
    /// let text = "\
    /// axes: {device: [cpu, cuda]}
    /// stages:
    ///   app:
    ///     from: \"debian:12\"
    ///     steps:
    ///       - {run: nvcc, if: device == \"cuda\"}
    /// ";
    /// let sources = Sources::single("image.yaml", text);
    /// let family = Family::read(&sources).family.expect("no mistakes");
    /// let selection = Selection::new(Platform::new("linux", "amd64"));
    /// let variant = family.select(&selection).expect("a supported variant");
    /// let (plan, why) = variant.explain().expect("a plan");
    /// assert_eq!(plan.stages[0].steps.len(), 0);
    /// let decision = &why.omitted[0].decision;
    /// assert_eq!(sources.text(decision.span), "device == \"cuda\"");
    /// assert_eq!(decision.values, [("device".to_owned(), "cpu".to_owned())]);
    /// ```
    ///
    /// # Errors
    /// The same as those of [`plan`](Self::plan).
    pub fn explain(&self) -> Result<(Plan, Explanation), Vec<Diagnostic>> {
        let family = self.family;
        let mut traced = Variant {
            family,
            scope: self.scope.traced(),
            target: self.target.clone(),
            stage: self.stage.clone(),
            published: None,
            vcs: self.vcs,
            bases: self.bases,
            platform: self.platform.clone(),
            axes: self.axes.clone(),
            moved: Vec::new(),
            replaced: self.replaced.clone(),
            warnings: Vec::new(),
        };
        if let Some(target) = family.targets.iter().find(|target| target.name == self.target) {
            traced.published = family.published(target, &traced.scope)?;
        }
        let (plan, records) = traced.planned()?;
        let planned: BTreeSet<&str> = set_of(plan.stages.iter().map(|stage| stage.declared.as_str()));
        let absent = family.stages.iter().filter(|stage| {
            !planned.contains(stage.name.as_ref())
                && !self.replaced.iter().any(|(replaced, _)| replaced == stage.name.as_ref())
        });
        let absent = absent.map(|stage| {
            let names = InStage::plain(&stage.name, self.bases, &traced.scope);
            let decision = match &stage.template {
                Template::If { otherwise: None, .. } => trace::decision(&stage.template, &names),
                _ => None,
            };
            let decision = decision.filter(|decision| decision.outcome == trace::Outcome::Fails);
            AbsentStage { name: stage.name.to_string(), span: stage.span, decision }
        });
        let absent = absent.collect();
        let budget = traced.scope.budget().clone();
        let Some((kept, omitted, mut reads)) = traced.scope.into_trace() else {
            return Ok((plan, Explanation::default()));
        };
        let unread = self.unread_axes();
        let is_read =
            |read: &Dependency| !matches!(read, Dependency::Name(name) if unread.contains(name.as_str()));
        reads.retain(is_read);
        let read = |name: &str| reads.contains(&Dependency::Name(name.to_owned()));
        let axes = self.axes.iter().filter(|(axis, _)| read(axis)).cloned().collect();
        let args = family.args.iter().filter(|arg| read(&arg.name)).filter_map(|arg| {
            let value = self.scope.lookup(&arg.name, arg.span).ok()?;
            Some((arg.name.clone(), value.as_text()?.to_owned()))
        });
        let args = args.collect();
        let mut stages = joined(&plan, records, kept);
        if !add_earlier(&plan, &mut stages, &budget) {
            return Err(vec![too_much(plan.stages.last().map_or(family.build_span, |stage| stage.span))]);
        }
        for stage in &mut stages {
            stage.keys.iter_mut().for_each(|(_, _, reads)| reads.retain(is_read));
            stage.steps.iter_mut().for_each(|step| step.reads.retain(is_read));
        }
        Ok((plan, Explanation { reads, axes, args, moved: self.moved.clone(), stages, omitted, absent }))
    }
}

impl Variant<'_> {
    /// The axes that change nothing, although a condition looks at them: in `torch == "cpu" and target == "app"`, the second operand
    /// decides for another target.
    fn unread_axes(&self) -> BTreeSet<&str> {
        // What a computed default reads is read.
        let args = self.family.args.iter().filter(|arg| self.scope.has_value(&arg.name));
        let args = args.filter_map(|arg| {
            let value = self.scope.lookup(&arg.name, arg.span).ok()?;
            Some((arg.name.clone(), value.as_text()?.to_owned()))
        });
        let query = MatrixQuery {
            args: map_of(args),
            platforms: vec![self.platform.clone()],
            files: self.scope.files().clone(),
            vcs: self.vcs.clone(),
            ..MatrixQuery::new(self.platform.clone())
        };
        let read = axes_read(MatrixRequest { family: self.family, query: &query }, &self.target);
        let axes = self.family.axes.iter().enumerate().filter(|(index, _)| !read.contains(index));
        set_of(axes.map(|(_, axis)| axis.name.as_str()))
    }

    /// The tags of the target for this variant.
    pub fn tags(&self) -> Vec<String> {
        self.published.as_ref().map(|target| target.texts("tags")).unwrap_or_default()
    }

    /// Whether the variant is published. A stage that is built by its name is not.
    pub fn publish(&self) -> bool {
        self.published.as_ref().is_some_and(|target| target.bool("publish").unwrap_or(true))
    }

    /// Where the target puts its result, and which caches it names, for this variant. The selection has reported their mistakes.
    pub fn delivery(&self) -> Delivery {
        self.published.as_ref().map(|target| Delivery::read(target, &mut Vec::new())).unwrap_or_default()
    }
}

/// Combines the records of the planner with those of the trace. If a fragment or a repetition makes several parts with the same
/// place, both have recorded them in the same order.
fn joined(plan: &Plan, records: Vec<StageRecord>, kept: Vec<Kept>) -> Vec<StageExplanation> {
    let mut by_place: BTreeMap<(Option<String>, Span, Piece), VecDeque<Kept>> = BTreeMap::new();
    for kept in kept {
        by_place.entry((kept.stage.clone(), kept.span, kept.piece)).or_default().push_back(kept);
    }
    let stages = plan.stages.iter().zip(records);
    let stages = stages.map(|(stage, record)| {
        let mut take = |span: Span, piece: Piece| {
            by_place.get_mut(&(Some(stage.name.clone()), span, piece)).and_then(VecDeque::pop_front)
        };
        let mut keys = Vec::new();
        let mut steps = Vec::new();
        for (name, span) in record.keys {
            let kept = take(span, Piece::Key);
            let reads = kept.as_ref().map(|kept| kept.reads.clone()).unwrap_or_default();
            // The settings of a stage are steps of the plan.
            if SETTINGS.contains(&name.as_str()) {
                let choices = kept.map(|kept| kept.choices).unwrap_or_default();
                steps.push((span, StepExplanation { reads, choices, ..StepExplanation::default() }));
            } else {
                keys.push((name, span, reads));
            }
        }
        // Sort them in the order in which the plan has them.
        let order = |span: &Span| stage.steps.iter().position(|step| step.span == *span);
        steps.sort_by_key(|(span, _)| order(span));
        let mut steps: Vec<StepExplanation> = steps.into_iter().map(|(_, step)| step).collect();
        steps.extend(record.steps.into_iter().map(|record| {
            let kept = take(record.span, Piece::Item);
            let (path, mut reads, choices) =
                kept.map(|kept| (kept.path, kept.reads, kept.choices)).unwrap_or_default();
            reads.extend(record.reads);
            StepExplanation { path, reads, choices, settings: record.settings }
        }));
        StageExplanation { keys, steps }
    });
    stages.collect()
}

/// The keys of a stage that become steps.
const SETTINGS: &[&str] = &["shell", "env", "workdir", "user"];

/// Adds the settings that override one which the stage, or a stage below it, made earlier. Returns `false` if the budget does not
/// cover the settings that are copied for stages which start from the same one.
fn add_earlier(plan: &Plan, stages: &mut [StageExplanation], budget: &Budget) -> bool {
    let mut starts = vec![0_usize; plan.stages.len()];
    for stage in &plan.stages {
        if let Base::Stage(index) = stage.base {
            starts[index] += 1;
        }
    }
    let mut after: Vec<BTreeMap<String, Span>> = Vec::new();
    for (number, (stage, why)) in plan.stages.iter().zip(stages).enumerate() {
        let mut known = match stage.base {
            Base::Stage(index) => {
                starts[index] -= 1;
                if starts[index] == 0 {
                    std::mem::take(&mut after[index])
                } else if budget.charge(after[index].len() / 4) {
                    after[index].clone()
                } else {
                    return false;
                }
            }
            _ => BTreeMap::new(),
        };
        for (step, why) in stage.all_steps().into_iter().zip(&mut why.steps) {
            for (key, span) in given(step) {
                let Some(earlier) = known.get(&key) else { continue };
                let earlier = SettingOrigin { who: SettingSource::Earlier, span: *earlier };
                match why.settings.iter_mut().find(|setting| setting.key == key) {
                    Some(setting) => setting.over.push(earlier),
                    None => {
                        let by = SettingOrigin { who: SettingSource::Step, span };
                        why.settings.push(Setting { key, by, over: vec![earlier] });
                    }
                }
            }
            if step.action.process().is_none() {
                known.extend(given(step));
            }
        }
        after.push(if starts[number] > 0 { known } else { BTreeMap::new() });
    }
    true
}

/// The settings that a step makes for itself or for the steps after it, if they replace earlier ones.
fn given(step: &Step) -> Vec<(String, Span)> {
    let mut keys = Vec::new();
    let changes = match &step.action {
        Action::Env(changes) => changes.as_slice(),
        action => action.process().map(|process| process.env.as_slice()).unwrap_or_default(),
    };
    let replaces = |value: &EnvValue| matches!(value, EnvValue::Set(_) | EnvValue::Unset);
    let changes = changes.iter().filter(|change| replaces(&change.change));
    keys.extend(changes.map(|change| format!("env.{}", change.name)));
    match &step.action {
        Action::User(_) => keys.push("user".to_owned()),
        Action::Shell(_) => keys.push("shell".to_owned()),
        Action::Run(process) => {
            keys.extend(process.user.as_ref().map(|_| "user".to_owned()));
            if matches!(&process.script, Script::Run { shell: Some(_), .. }) {
                keys.push("shell".to_owned());
            }
        }
        _ => {}
    }
    keys.into_iter().map(|key| (key, step.span)).collect()
}
