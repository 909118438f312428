//! Which axes a name depends on, and whether it depends on the platform or the target.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::sorted::map_of;
use crate::expr::builtins::digest;
use crate::family::Family;
use crate::family::template::Template;

/// The axes that something reads, by their index, and whether it reads the platform or the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AxisUse {
    pub(crate) axes: BTreeSet<usize>,
    pub(crate) platform: bool,
    pub(crate) target: bool,
}

impl AxisUse {
    pub(crate) fn add(&mut self, other: &Self) {
        self.axes.extend(&other.axes);
        self.platform |= other.platform;
        self.target |= other.target;
    }

    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.axes.is_superset(&other.axes)
            && (self.platform || !other.platform)
            && (self.target || !other.target)
    }
}

/// The names that each var uses, and those that the computed default of each arg uses which has no other value.
pub(crate) struct Mentions<'f> {
    vars: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

impl<'f> Mentions<'f> {
    /// `has_value` says which args have another value than their default.
    pub(crate) fn new(family: &'f Family, has_value: &dyn Fn(&str) -> bool) -> Self {
        let vars = templates(family, has_value).map(|(name, template)| {
            let mut names = BTreeSet::new();
            mentioned(template, &mut Vec::new(), &mut |name| {
                names.insert(name);
            });
            (name, names)
        });
        Self { vars: map_of(vars) }
    }

    /// The names, and all names that vars among them use, directly or through other vars.
    pub(crate) fn closure(&self, names: impl IntoIterator<Item = &'f str>) -> BTreeSet<&'f str> {
        let mut open: Vec<&str> = names.into_iter().collect();
        let mut all = BTreeSet::new();
        while let Some(name) = open.pop() {
            if all.insert(name) {
                open.extend(self.vars.get(name).into_iter().flatten());
            }
        }
        all
    }
}

/// The templates of the vars, and the computed defaults of the args that have no other value.
fn templates<'f>(
    family: &'f Family,
    has_value: &dyn Fn(&str) -> bool,
) -> impl Iterator<Item = (&'f str, &'f Template)> {
    let vars = family.vars.iter().map(|var| (var.name.as_str(), &var.template));
    let args = family.args.iter().filter(|arg| !has_value(&arg.name));
    vars.chain(args.filter_map(|arg| Some((arg.name.as_str(), arg.computed_default()?))))
}

/// The dependencies of each name in a family. Those of vars are included.
pub(crate) struct Names<'f> {
    reads: BTreeMap<&'f str, AxisUse>,
    mentions: Mentions<'f>,
    /// The templates of the vars.
    templates: BTreeMap<&'f str, &'f Template>,
    /// The vars, each after the vars that it uses.
    inner_first: Vec<&'f str>,
}

impl<'f> Names<'f> {
    /// `has_value` says which args have another value than their default.
    pub(crate) fn new(family: &'f Family, has_value: &dyn Fn(&str) -> bool) -> Self {
        let mut reads: BTreeMap<&str, AxisUse> = BTreeMap::new();
        for (index, axis) in family.axes.iter().enumerate() {
            reads.insert(&axis.name, AxisUse { axes: [index].into(), ..AxisUse::default() });
        }
        reads.insert("platform", AxisUse { platform: true, ..AxisUse::default() });
        reads.insert(digest::TABLE, AxisUse { platform: true, ..AxisUse::default() });
        reads.insert("target", AxisUse { target: true, ..AxisUse::default() });
        let mentions = Mentions::new(family, has_value);
        let vars = &mentions.vars;
        let inner_first = inner_first(vars);
        for var in &inner_first {
            let var = *var;
            let mut all = AxisUse::default();
            vars[var].iter().filter_map(|name| reads.get(name)).for_each(|of| all.add(of));
            reads.insert(var, all);
        }
        Self { reads, mentions, templates: map_of(templates(family, has_value)), inner_first }
    }

    /// What a set of names depends on.
    pub(crate) fn reads<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> AxisUse {
        let mut reads = AxisUse::default();
        names.into_iter().filter_map(|name| self.reads.get(name)).for_each(|of| reads.add(of));
        reads
    }

    /// The vars with the names that they use, each after the vars that it uses.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (&'f str, &BTreeSet<&'f str>)> {
        self.inner_first.iter().map(|var| (*var, &self.mentions.vars[var]))
    }

    /// The template of a var. `None` for another name.
    pub(crate) fn template(&self, var: &str) -> Option<&'f Template> {
        self.templates.get(var).copied()
    }

    /// The names, and all names that vars among them use, directly or through other vars.
    pub(crate) fn closure(&self, names: impl IntoIterator<Item = &'f str>) -> BTreeSet<&'f str> {
        self.mentions.closure(names)
    }
}

/// The vars, each after the vars that it uses. Vars in a cycle, which no build accepts, are in some order.
fn inner_first<'f>(vars: &BTreeMap<&'f str, BTreeSet<&'f str>>) -> Vec<&'f str> {
    let mut order = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for var in vars.keys() {
        // A stack of tasks: to visit a var, or to add it after the vars that it uses.
        let mut open = vec![(*var, false)];
        while let Some((var, is_done)) = open.pop() {
            if is_done {
                order.push(var);
            } else if let Some(names) = vars.get(var).filter(|_| seen.insert(var)) {
                open.push((var, true));
                open.extend(names.iter().map(|name| (*name, false)));
            }
        }
    }
    order
}

/// Calls `visit` for each name that a template uses, except for the variables of its own repetitions.
pub(crate) fn mentioned<'t>(
    template: &'t Template,
    locals: &mut Vec<&'t str>,
    visit: &mut dyn FnMut(&'t str),
) {
    let expr = |expr: &'t crate::expr::Expr, locals: &[&str], visit: &mut dyn FnMut(&'t str)| {
        expr.names().into_iter().filter(|name| !locals.contains(name)).for_each(visit);
    };
    match template {
        Template::Text(text) => text.expressions().for_each(|part| expr(part, locals, visit)),
        Template::List(_, items) => items.iter().for_each(|item| mentioned(item, locals, visit)),
        Template::Map(_, _, fields) => {
            fields.iter().for_each(|field| mentioned(&field.value, locals, visit));
        }
        Template::If { condition, then, otherwise, .. } => {
            expr(condition, locals, visit);
            mentioned(then, locals, visit);
            otherwise.iter().for_each(|otherwise| mentioned(otherwise, locals, visit));
        }
        Template::Match { on, cases, otherwise, .. } => {
            expr(on, locals, visit);
            cases.iter().for_each(|(_, case)| mentioned(case, locals, visit));
            otherwise.iter().for_each(|otherwise| mentioned(otherwise, locals, visit));
        }
        Template::For { variable, values, body, .. } => {
            mentioned(values, locals, visit);
            locals.push(variable);
            mentioned(body, locals, visit);
            locals.pop();
        }
    }
}
