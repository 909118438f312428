//! Finds parts of the family that no variant uses. The rules about unreachable steps and cases share this.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::glob_matches;

use super::facts::MatrixFacts;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::expr::{self, Expr};
use crate::family::template::Template;
use crate::family::{Parameter, Var};
use crate::matrix::{AxisUse, projection};
use crate::variant::scope::{InStage, Scope};

/// How often the search looks at a part for a variant and platform. After that, parts count as used.
const MAX_LOOKED_AT: usize = 2_000_000;

/// A part that no variant uses.
pub(super) struct Unreachable {
    pub(super) span: Span,
    pub(super) what: Part,
}

pub(super) enum Part {
    /// The part beside this condition, or in its `then`.
    Guarded,
    /// A case of a `match`.
    Case(String),
}

/// A condition or a `match`, and its dependencies.
struct Decision<'f> {
    kind: DecisionKind<'f>,
    reads: AxisUse,
    /// Whether it can be evaluated. It cannot if it depends on an arg, a parameter or the variable of a repetition.
    known: bool,
}

enum DecisionKind<'f> {
    If(&'f Expr),
    Match(&'f Expr, Vec<&'f str>),
}

/// A part, with the decisions that lead to it. They are listed from the outermost one, each as the index of a decision and of its
/// branch.
struct Point {
    span: Span,
    what: Part,
    way: Vec<(usize, usize)>,
}

/// A template that is expanded in certain stages.
struct Body<'f> {
    decisions: Vec<Decision<'f>>,
    points: Vec<Point>,
    /// The stages that expand it, by index.
    stages: BTreeSet<usize>,
    stage: Option<&'f str>,
}

/// All parts of stages, mixins, fragments and vars that no variant uses.
pub(super) fn find(facts: &MatrixFacts<'_>) -> Vec<Unreachable> {
    let family = facts.family;
    let uses = &facts.matrix.uses;
    let mut with_fragment: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut with_mixin: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (stage, items) in uses.stages.iter().enumerate() {
        for item in items {
            for (used, stages) in
                [(&item.uses.fragments, &mut with_fragment), (&item.uses.mixins, &mut with_mixin)]
            {
                for used in used {
                    stages.entry(*used).or_default().insert(stage);
                }
            }
        }
    }
    let mut left = MAX_LOOKED_AT;
    let mut found = Vec::new();
    for (index, stage) in family.stages.iter().enumerate() {
        let locals = declared(&stage.parameters, &stage.vars);
        let body = Body::new(facts, &stage.template, &locals, [index].into(), Some(&stage.name));
        found.extend(body.unreachable(facts, &mut left));
    }
    for (index, fragment) in family.fragments.iter().enumerate() {
        let locals = declared(&fragment.parameters, &fragment.vars);
        let stages = with_fragment.remove(&index).unwrap_or_default();
        let body = Body::new(facts, &fragment.steps, &locals, stages, None);
        found.extend(body.unreachable(facts, &mut left));
    }
    for (index, mixin) in family.mixins.iter().enumerate() {
        let stages = with_mixin.remove(&index).unwrap_or_default();
        found.extend(Body::new(facts, &mixin.template, &[], stages, None).unreachable(facts, &mut left));
    }
    for var in &family.vars {
        let stages = set_of(0..family.stages.len());
        found.extend(Body::new(facts, &var.template, &[], stages, None).unreachable(facts, &mut left));
    }
    found
}

/// The names that a stage or fragment declares.
fn declared<'f>(parameters: &'f [Parameter], vars: &'f [Var]) -> Vec<&'f str> {
    let parameters = parameters.iter().map(|parameter| parameter.name.as_str());
    parameters.chain(vars.iter().map(|var| var.name.as_str())).collect()
}

impl<'f> Body<'f> {
    fn new(
        facts: &MatrixFacts<'f>,
        template: &'f Template,
        locals: &[&'f str],
        stages: BTreeSet<usize>,
        stage: Option<&'f str>,
    ) -> Self {
        let mut body = Self { decisions: Vec::new(), points: Vec::new(), stages, stage };
        body.walk(facts, template, &mut locals.to_vec(), &mut Vec::new());
        body
    }

    fn walk(
        &mut self,
        facts: &MatrixFacts<'f>,
        template: &'f Template,
        locals: &mut Vec<&'f str>,
        way: &mut Vec<(usize, usize)>,
    ) {
        match template {
            Template::Text(_) => {}
            Template::List(_, items) => items.iter().for_each(|item| self.walk(facts, item, locals, way)),
            Template::Map(_, _, fields) => {
                fields.iter().for_each(|field| self.walk(facts, &field.value, locals, way));
            }
            Template::If { condition, then, otherwise, .. } => {
                let decision = self.decide(facts, condition, DecisionKind::If(condition), locals);
                way.push((decision, 0));
                self.points.push(Point { span: condition.span, what: Part::Guarded, way: way.clone() });
                self.walk(facts, then, locals, way);
                way.pop();
                if let Some(otherwise) = otherwise {
                    way.push((decision, 1));
                    self.walk(facts, otherwise, locals, way);
                    way.pop();
                }
            }
            Template::Match { on, cases, otherwise, .. } => {
                let patterns = cases.iter().map(|(pattern, _)| pattern.as_ref()).collect();
                let decision = self.decide(facts, on, DecisionKind::Match(on, patterns), locals);
                for (index, (pattern, case)) in cases.iter().enumerate() {
                    way.push((decision, index));
                    let what = Part::Case(pattern.to_string());
                    self.points.push(Point { span: case.span(), what, way: way.clone() });
                    self.walk(facts, case, locals, way);
                    way.pop();
                }
                if let Some(otherwise) = otherwise {
                    way.push((decision, cases.len()));
                    self.walk(facts, otherwise, locals, way);
                    way.pop();
                }
            }
            Template::For { variable, body, .. } => {
                locals.push(variable);
                self.walk(facts, body, locals, way);
                locals.pop();
            }
        }
    }

    fn decide(
        &mut self,
        facts: &MatrixFacts<'f>,
        on: &'f Expr,
        kind: DecisionKind<'f>,
        locals: &[&str],
    ) -> usize {
        let names = &facts.matrix.uses.names;
        let mentioned = names.closure(on.names());
        let open = |name: &str| {
            let arg = facts.family.args.iter().any(|arg| arg.name == *name);
            arg || locals.contains(&name) || matches!(name, "git" | "base" | "build_platform")
        };
        let known = !mentioned.iter().any(|name| open(name) || (*name == "stage" && self.stage.is_none()));
        self.decisions.push(Decision { kind, reads: names.reads(on.names()), known });
        self.decisions.len() - 1
    }

    /// The points that no variant reaches. A point that depends on an unknown decision counts as reached. What the search looks at is
    /// counted down in `allowed`.
    fn unreachable(self, facts: &MatrixFacts<'_>, allowed: &mut usize) -> Vec<Unreachable> {
        let mut left = self.points;
        if left.is_empty() {
            return Vec::new();
        }
        for root in facts.matrix.roots.iter().filter(|root| !root.stages.is_disjoint(&self.stages)) {
            *allowed = allowed.saturating_sub(self.decisions.len());
            let mut known: Vec<BTreeMap<Vec<usize>, Option<usize>>> = Vec::new();
            known.resize_with(self.decisions.len(), BTreeMap::new);
            for (index, combination) in root.combinations.iter().enumerate() {
                for platform in &combination.platforms {
                    let mut scope = None;
                    let mut outcome = |decision: usize| {
                        let of = &self.decisions[decision];
                        if !of.known || (of.reads.platform && !root.platforms_stated) {
                            return None;
                        }
                        *known[decision].entry(projection(root, &of.reads, index, *platform)).or_insert_with(
                            || {
                                let scope = scope.get_or_insert_with(|| {
                                    facts.matrix.request.scope(
                                        &combination.values,
                                        &root.platforms[*platform],
                                        &root.name,
                                    )
                                });
                                of.outcome(scope, self.stage)
                            },
                        )
                    };
                    *allowed = allowed.saturating_sub(left.len());
                    if *allowed == 0 {
                        return Vec::new();
                    }
                    left.retain(|point| {
                        !point.way.iter().all(|(decision, wanted)| {
                            outcome(*decision).is_none_or(|outcome| outcome == *wanted)
                        })
                    });
                    if left.is_empty() {
                        return Vec::new();
                    }
                }
            }
            if root.sample_of.is_some() {
                return Vec::new();
            }
        }
        // If an unreachable part contains others, only the outer one is reported.
        let ways: BTreeSet<Vec<(usize, usize)>> = set_of(left.iter().map(|point| point.way.clone()));
        left.retain(|point| !(1..point.way.len()).any(|length| ways.contains(&point.way[..length])));
        left.into_iter().map(|point| Unreachable { span: point.span, what: point.what }).collect()
    }
}

impl Decision<'_> {
    /// The index of the selected branch. `None` if it is unknown.
    fn outcome(&self, scope: &Scope<'_>, stage: Option<&str>) -> Option<usize> {
        let names = InStage::plain(stage.unwrap_or_default(), &None, scope);
        match &self.kind {
            DecisionKind::If(condition) => {
                expr::condition(condition, &names).ok().map(|holds| usize::from(!holds))
            }
            DecisionKind::Match(on, patterns) => {
                let value = expr::evaluate(on, &names).ok()?;
                let text = value.as_text()?;
                let case = patterns.iter().position(|pattern| glob_matches(pattern, text));
                Some(case.unwrap_or(patterns.len()))
            }
        }
    }
}
