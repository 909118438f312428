//! The graph of uses: which stages, fragments and mixins each part of a family names, for all variants. If a name is computed, it
//! is computed for every combination of the axes that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;
use buildkit_names::glob_matches;

use super::names::{AxisUse, Names, mentioned};
use super::query::MatrixRequest;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::family::Family;
use crate::family::template::{Field, Part, Template, Text};
use crate::variant::budget::Budget;
use crate::variant::expand;

/// The largest number of combinations for which a name is computed. With more, every existing name that fits the literal parts
/// counts as used.
const MAX_NAMES: usize = 4096;

/// What a part of the build file uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses<'f> {
    /// Names in expressions.
    pub(crate) names: BTreeSet<&'f str>,
    /// Stages, by index.
    pub(crate) stages: BTreeSet<usize>,
    /// Fragments, by index.
    pub(crate) fragments: BTreeSet<usize>,
    /// Mixins, by index.
    pub(crate) mixins: BTreeSet<usize>,
}

/// A part of a stage that is evaluated on its own: a step, or a setting of the stage.
pub(crate) struct Item<'f> {
    pub(crate) span: Span,
    pub(crate) uses: Uses<'f>,
}

/// What a target uses.
pub(crate) struct Root<'f> {
    /// Everything that it uses.
    pub(crate) uses: Uses<'f>,
    /// What its guard, `stage` and `platforms` read. It decides which variants exist and which stages they reach.
    pub(crate) head: AxisUse,
    /// What its image tests read.
    pub(crate) checks: AxisUse,
}

/// The uses of all stages and targets in a family. The uses of a stage include those of its fragments and mixins.
pub(crate) struct UseGraph<'f> {
    pub(crate) names: Names<'f>,
    pub(crate) stages: Vec<Vec<Item<'f>>>,
    pub(crate) targets: Vec<Root<'f>>,
    /// The uses of `provenance`, which belongs to every image.
    pub(crate) provenance: Option<Item<'f>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Plain,
    Stage,
    Fragment,
    Mixin,
}

impl<'f> Uses<'f> {
    fn add(&mut self, other: &Self) {
        self.names.extend(&other.names);
        self.stages.extend(&other.stages);
        self.fragments.extend(&other.fragments);
        self.mixins.extend(&other.mixins);
    }

    /// Charges a copy of the uses to a budget. Returns `false` if it is exhausted.
    fn charge(&self, budget: &Budget) -> bool {
        let entries = self.names.len() + self.stages.len() + self.fragments.len() + self.mixins.len();
        budget.charge(1 + entries / 4)
    }
}

impl<'f> UseGraph<'f> {
    pub(crate) fn new(request: MatrixRequest<'f>) -> Self {
        let family = request.family;
        let names = Names::new(family);
        let known = &Known::new(family);
        let walk = || Walk { request, names: &names, known, locals: Vec::new(), uses: Uses::default() };
        let fragments = family.fragments.iter().map(|fragment| {
            let mut walk = walk();
            for default in fragment.parameters.iter().filter_map(|parameter| parameter.default.as_ref()) {
                walk.template(default, Role::Plain);
            }
            walk.locals.extend(fragment.parameters.iter().map(|parameter| parameter.name.as_str()));
            walk.template(&fragment.steps, Role::Plain);
            walk.uses
        });
        let mut fragments: Vec<Uses<'f>> = fragments.collect();
        let mixins: Vec<Uses<'f>> =
            family.mixins.iter().map(|mixin| walk().all(&mixin.template, Role::Plain)).collect();
        close(&mut fragments, &mixins, &request.query.budget);
        let stages =
            family.stages.iter().map(|stage| {
                let mut items = Vec::new();
                walk().table(&stage.template, &mut |walk, field| match (field.key.as_ref(), &field.value) {
                    ("steps", Template::List(_, steps)) => {
                        items.extend(steps.iter().map(|step| Item {
                            span: step.span(),
                            uses: walk.clone().all(step, Role::Plain),
                        }));
                    }
                    (key, value) => {
                        let role = match key {
                            "from" => Role::Stage,
                            "mixins" => Role::Mixin,
                            _ => Role::Plain,
                        };
                        let uses = walk.clone().all(value, role);
                        items.push(Item { span: field.key_span.to(value.span()), uses });
                    }
                });
                for item in &mut items {
                    let own = item.uses.clone();
                    let more = own.fragments.iter().map(|index| &fragments[*index]);
                    more.take_while(|more| more.charge(&request.query.budget))
                        .for_each(|more| item.uses.add(more));
                    let own = item.uses.mixins.clone();
                    let more = own.iter().map(|index| &mixins[*index]);
                    more.take_while(|more| more.charge(&request.query.budget))
                        .for_each(|more| item.uses.add(more));
                }
                items
            });
        let stages: Vec<Vec<Item<'f>>> = stages.collect();
        let targets = family.targets.iter().map(|target| {
            let (mut uses, mut head, mut checks) = (Uses::default(), Uses::default(), Uses::default());
            let mut names_stage = false;
            walk().table(&target.template, &mut |walk, field| {
                let key = field.key.as_ref();
                let role = if key == "stage" { Role::Stage } else { Role::Plain };
                let of = walk.clone().all(&field.value, role);
                names_stage |= key == "stage";
                if matches!(key, "stage" | "platforms") {
                    head.add(&of);
                }
                if key == "checks" {
                    checks.add(&of);
                }
                head.add(&walk.uses);
                uses.add(&of);
            });
            if !names_stage {
                uses.stages.extend(known.stages.get(target.name.as_ref()));
            }
            // The names of the guard are also added here, since `table` visits no field of a target without keys.
            let mut guard = BTreeSet::new();
            if let Template::If { condition, .. } = &target.template {
                guard.extend(condition.names());
            }
            uses.names.extend(&guard);
            let head = names.reads(head.names.into_iter().chain(guard));
            let checks = names.reads(checks.names);
            Root { uses, head, checks }
        });
        let targets = targets.collect();
        let provenance = family.provenance.as_ref();
        let provenance =
            provenance.map(|labels| Item { span: labels.span(), uses: walk().all(labels, Role::Plain) });
        Self { names, stages, targets, provenance }
    }

    /// All parts that a build of these stages evaluates on their own.
    pub(crate) fn items<'u>(&'u self, stages: &'u BTreeSet<usize>) -> impl Iterator<Item = &'u Item<'f>> {
        stages.iter().flat_map(|stage| &self.stages[*stage]).chain(&self.provenance)
    }

    /// The stages that builds of these stages can reach, with these stages.
    pub(crate) fn reached(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = from.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(stage) = open.pop() {
            if reached.insert(stage) {
                open.extend(self.stages[stage].iter().flat_map(|item| &item.uses.stages));
            }
        }
        reached
    }
}

/// Adds to each fragment the uses of the fragments and mixins that it uses. Ends early if the budget is exhausted.
fn close<'f>(fragments: &mut [Uses<'f>], mixins: &[Uses<'f>], budget: &Budget) {
    for _ in 0..fragments.len() {
        let mut changed = false;
        for index in 0..fragments.len() {
            let before = fragments[index].clone();
            for used in &before.fragments {
                if !fragments[*used].charge(budget) {
                    return;
                }
                let used = fragments[*used].clone();
                fragments[index].add(&used);
            }
            for used in &before.mixins {
                if !mixins[*used].charge(budget) {
                    return;
                }
                fragments[index].add(&mixins[*used]);
            }
            let now = &fragments[index];
            changed |= now.names != before.names
                || now.stages != before.stages
                || now.fragments != before.fragments
                || now.mixins != before.mixins;
        }
        if !changed {
            return;
        }
    }
}

#[derive(Clone)]
struct Walk<'a, 'f> {
    request: MatrixRequest<'f>,
    names: &'a Names<'f>,
    known: &'a Known<'f>,
    locals: Vec<&'f str>,
    uses: Uses<'f>,
}

impl<'f> Walk<'_, 'f> {
    fn all(mut self, template: &'f Template, role: Role) -> Uses<'f> {
        self.template(template, role);
        self.uses
    }

    /// Visits the keys of a stage or target. The names in the guards around them are in `uses`.
    fn table(mut self, template: &'f Template, visit: &mut dyn FnMut(&Self, &'f Field)) {
        match template {
            Template::Map(_, _, fields) => fields.iter().for_each(|field| visit(&self, field)),
            Template::If { condition, then, otherwise, .. } => {
                self.uses.names.extend(condition.names());
                for branch in [Some(then), otherwise.as_ref()].into_iter().flatten() {
                    self.clone().table(branch, visit);
                }
            }
            Template::Match { on, cases, otherwise, .. } => {
                self.uses.names.extend(on.names());
                let otherwise = otherwise.as_ref().map(Box::as_ref);
                for branch in cases.iter().map(|(_, case)| case).chain(otherwise) {
                    self.clone().table(branch, visit);
                }
            }
            Template::Text(_) | Template::List(..) | Template::For { .. } => {}
        }
    }

    fn template(&mut self, template: &'f Template, role: Role) {
        match template {
            Template::Text(text) => self.text(template, text, role),
            Template::List(_, items) => items.iter().for_each(|item| self.template(item, role)),
            Template::Map(_, kind, fields) => {
                for field in fields {
                    let role = match (field.key.as_ref(), kind.variant()) {
                        ("from", Some(_)) => Role::Stage,
                        ("use", Some(_)) => Role::Fragment,
                        ("mixins", Some(_)) => Role::Mixin,
                        _ => Role::Plain,
                    };
                    self.template(&field.value, role);
                }
            }
            Template::If { condition, then, otherwise, .. } => {
                self.mention(condition.names());
                self.template(then, role);
                otherwise.iter().for_each(|otherwise| self.template(otherwise, role));
            }
            Template::Match { on, cases, otherwise, .. } => {
                self.mention(on.names());
                cases.iter().for_each(|(_, case)| self.template(case, role));
                otherwise.iter().for_each(|otherwise| self.template(otherwise, role));
            }
            Template::For { variable, values, body, .. } => {
                self.template(values, Role::Plain);
                self.locals.push(variable);
                self.template(body, role);
                self.locals.pop();
            }
        }
    }

    fn mention(&mut self, names: BTreeSet<&'f str>) {
        self.uses.names.extend(names.into_iter().filter(|name| !self.locals.contains(name)));
    }

    fn text(&mut self, template: &'f Template, text: &'f Text, role: Role) {
        for part in text.expressions() {
            self.mention(part.names());
        }
        let known = self.known;
        match role {
            Role::Plain => {}
            Role::Stage => self.uses.stages.extend(self.candidates(template, text, &known.stages)),
            Role::Fragment => self.uses.fragments.extend(self.candidates(template, text, &known.fragments)),
            Role::Mixin => self.uses.mixins.extend(self.candidates(template, text, &known.mixins)),
        }
    }

    /// The existing names that a string can evaluate to, by their index.
    fn candidates(&self, template: &Template, text: &Text, known: &BTreeMap<&str, usize>) -> Vec<usize> {
        if let Some(name) = text.literal() {
            return known.get(name.as_ref()).copied().into_iter().collect();
        }
        let mut names = BTreeSet::new();
        mentioned(template, &mut Vec::new(), &mut |name| {
            names.insert(name);
        });
        let local = names.iter().any(|name| self.locals.contains(name) || *name == "stage");
        let texts = if local { None } else { self.texts(template, &self.names.reads(names)) };
        match texts {
            Some(texts) => texts.iter().filter_map(|name| known.get(name.as_str()).copied()).collect(),
            None => {
                let pattern: String = text.parts.iter().map(pattern).collect();
                let fits = known.iter().filter(|(name, _)| glob_matches(&pattern, name));
                fits.map(|(_, index)| *index).collect()
            }
        }
    }

    /// All strings that a template evaluates to, for all combinations of the axes that it reads. `None` if there are too many
    /// combinations.
    fn texts(&self, template: &Template, reads: &AxisUse) -> Option<BTreeSet<String>> {
        let allowed = self.request.values();
        let platforms = platforms(self.request, reads.platform);
        let count = reads.axes.iter().map(|axis| allowed[*axis].len());
        let count = count.chain([platforms.len()]).try_fold(1usize, usize::checked_mul)?;
        if count > MAX_NAMES || reads.target {
            return None;
        }
        let mut values: Vec<usize> = self.request.family.axes.iter().map(|axis| axis.default).collect();
        let mut texts = BTreeSet::new();
        for mut number in 0..count {
            let platform = &platforms[number % platforms.len()];
            number /= platforms.len();
            for axis in &reads.axes {
                let allowed = &allowed[*axis];
                values[*axis] = allowed[number % allowed.len()];
                number /= allowed.len();
            }
            match expand::value(template, &self.request.scope(&values, platform, "")) {
                Ok(Value::List(items)) => {
                    texts.extend(items.iter().filter_map(Value::as_text).map(str::to_owned))
                }
                Ok(value) => texts.extend(value.as_text().map(str::to_owned)),
                Err(_) => {}
            }
        }
        Some(texts)
    }
}

/// The platforms for which a value is computed. If it reads the platform, these are all platforms that are likely.
pub(crate) fn platforms(request: MatrixRequest<'_>, read: bool) -> Vec<Platform> {
    let mut all = vec![request.query.build_platform.clone()];
    if read {
        all.extend(request.query.platforms.iter().cloned());
        all.extend([Platform::new("linux", "amd64"), Platform::new("linux", "arm64")]);
        all.sort();
        all.dedup();
    }
    all
}

/// The names of stages, fragments and mixins, each with its index.
struct Known<'f> {
    stages: BTreeMap<&'f str, usize>,
    fragments: BTreeMap<&'f str, usize>,
    mixins: BTreeMap<&'f str, usize>,
}

impl<'f> Known<'f> {
    fn new(family: &'f Family) -> Self {
        let indexed = |names: &mut dyn Iterator<Item = &'f str>| {
            names.enumerate().map(|(index, name)| (name, index)).collect()
        };
        Self {
            stages: indexed(&mut family.stages()),
            fragments: indexed(&mut family.fragments.iter().map(|fragment| fragment.name.as_str())),
            mixins: indexed(&mut family.mixins.iter().map(|mixin| mixin.name.as_ref())),
        }
    }
}

fn pattern(part: &Part) -> &str {
    match part {
        Part::Literal(text) => text,
        Part::Expr(_) => "*",
    }
}
