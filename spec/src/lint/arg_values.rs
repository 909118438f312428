//! The values of args that conditions tell apart. The lint plans variants with these values too, since the default of an arg is only
//! one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::sorted::{map_of, set_of};
use crate::base::value::Value;
use crate::expr::{Expr, ExprNode, Operator};
use crate::family::template::Template;
use crate::family::{Arg, ArgType, Family};
use crate::matrix::{Item, MatrixRequest, UseGraph};

/// The largest number of values of one arg that are tried.
const MAX_VALUES: usize = 8;
/// The largest number of combinations of values for the args of one part of the file. With more, only one arg changes at a time.
const MAX_PER_ITEM: usize = 64;

/// The value of an arg: a text, or `None` for any other value than those that the file names.
pub(super) type ArgValue = Option<String>;
/// Values of some args, by the index of the arg. All other args have their default.
pub(super) type Assignment = BTreeMap<usize, ArgValue>;

/// The values of each arg besides its default, by the index of the arg. Args that the query sets have no other values.
pub(super) fn other_values(
    request: MatrixRequest<'_>,
    uses: &UseGraph<'_>,
) -> BTreeMap<usize, Vec<ArgValue>> {
    let family = request.family;
    let mut read = Read::default();
    read.family(family);
    let decided = uses.names.closure(read.conditions);
    let args = family.args.iter().enumerate().filter(|(_, arg)| !request.query.args.contains_key(&arg.name));
    let values = args.map(|(index, arg)| {
        let is_decided = decided.contains(arg.name.as_str());
        let literals = read.literals.get(arg.name.as_str());
        (index, values_of(arg, is_decided, literals))
    });
    map_of(values.filter(|(_, values)| !values.is_empty()))
}

fn values_of(arg: &Arg, is_decided: bool, literals: Option<&BTreeSet<String>>) -> Vec<ArgValue> {
    let default = arg.literal_default();
    let is_computed = arg.computed_default().is_some();
    let is_new = |text: &str| default != Some(text) && arg.value(text).is_ok();
    if arg.kind == ArgType::Bool {
        // A required arg is planned with `false`. A computed default can be either.
        let base = default.unwrap_or(if is_computed { "" } else { "false" });
        let other = ["true", "false"].into_iter().filter(|text| is_decided && *text != base && is_new(text));
        return other.map(|text| Some(text.to_owned())).collect();
    }
    let literals: Vec<&str> = literals.into_iter().flatten().map(String::as_str).collect();
    let mut values: Vec<ArgValue> =
        literals.iter().filter(|text| is_new(text)).map(|text| Some((*text).to_owned())).collect();
    values.truncate(MAX_VALUES);
    // The default is a value that the file names, so no other value would be tried.
    let is_named =
        is_computed && !literals.is_empty() || default.is_some_and(|default| literals.contains(&default));
    if arg.kind == ArgType::String && is_named {
        values.push(None);
    }
    values
}

/// The names in conditions, and the texts that args are compared with.
#[derive(Default)]
struct Read<'f> {
    conditions: BTreeSet<&'f str>,
    literals: BTreeMap<&'f str, BTreeSet<String>>,
}

impl<'f> Read<'f> {
    fn family(&mut self, family: &'f Family) {
        let named = family.stages.iter().chain(&family.targets).chain(&family.mixins);
        named.for_each(|named| self.template(&named.template));
        family.fragments.iter().for_each(|fragment| self.template(&fragment.steps));
        family.provenance.iter().for_each(|labels| self.template(labels));
        family.all_vars().for_each(|var| self.template(&var.template));
        family.parameter_defaults().for_each(|default| self.template(default));
        family.args.iter().filter_map(Arg::computed_default).for_each(|default| self.template(default));
        for rule in &family.support {
            rule.expressions().for_each(|expr| self.condition(expr));
        }
    }

    fn template(&mut self, template: &'f Template) {
        match template {
            Template::Text(text) => text.expressions().for_each(|expr| self.expr(expr)),
            Template::List(_, items) => items.iter().for_each(|item| self.template(item)),
            Template::Map(_, _, fields) => fields.iter().for_each(|field| self.template(&field.value)),
            Template::If { condition, then, otherwise, .. } => {
                self.condition(condition);
                self.template(then);
                otherwise.iter().for_each(|otherwise| self.template(otherwise));
            }
            Template::Match { on, cases, otherwise, .. } => {
                self.condition(on);
                for (pattern, case) in cases {
                    if let (ExprNode::Name(name), false) = (&on.node, pattern.contains(['*', '?', '['])) {
                        self.literals.entry(name).or_default().insert(pattern.to_string());
                    }
                    self.template(case);
                }
                otherwise.iter().for_each(|otherwise| self.template(otherwise));
            }
            Template::For { values, body, .. } => {
                self.template(values);
                self.template(body);
            }
        }
    }

    fn condition(&mut self, expr: &'f Expr) {
        self.conditions.extend(expr.names());
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'f Expr) {
        expr.walk(&mut |part| match &part.node {
            ExprNode::Choice { condition, .. } => self.conditions.extend(condition.names()),
            ExprNode::And(a, b) | ExprNode::Or(a, b) => {
                self.conditions.extend(a.names().into_iter().chain(b.names()));
            }
            ExprNode::Binary(operator, a, b) => {
                self.compared(*operator, a, b);
                self.compared(*operator, b, a);
            }
            _ => {}
        });
    }

    /// Records the texts on one side of a comparison, if a name is on the other side.
    fn compared(&mut self, operator: Operator, name: &'f Expr, with: &'f Expr) {
        let ExprNode::Name(name) = &name.node else { return };
        let texts: Vec<&str> = match &with.node {
            ExprNode::Literal(Value::Text(text)) => vec![text],
            ExprNode::List(items) => items
                .iter()
                .filter_map(|item| match &item.node {
                    ExprNode::Literal(Value::Text(text)) => Some(text.as_ref()),
                    _ => None,
                })
                .collect(),
            _ => return,
        };
        let known = self.literals.entry(name).or_default();
        for text in texts {
            known.insert(text.to_owned());
            // The values before and after a version or a number.
            if let Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual =
                operator
            {
                let near = match text.parse::<i64>() {
                    Ok(number) => {
                        [number.saturating_sub(1).to_string(), number.saturating_add(1).to_string()]
                    }
                    Err(_) => ["0".to_owned(), format!("{text}.1")],
                };
                known.extend(near);
            }
        }
    }
}

/// The assignments with which each part of the file is planned for all combinations of the values of its args, and whether there are
/// more. Those that change one arg come first.
pub(super) fn assignments(
    uses: &UseGraph<'_>,
    request: MatrixRequest<'_>,
    values: &BTreeMap<usize, Vec<ArgValue>>,
    limit: usize,
) -> (Vec<Assignment>, bool) {
    let all = || uses.stages.iter().flatten().chain(uses.targets.iter().flatten()).chain(&uses.provenance);
    let args = |item: &Item<'_>| args_of(uses, request, item, values);
    // What decides which stages are used decides about all their parts.
    let way: BTreeSet<usize> = set_of(all().filter(|item| !item.uses.stages.is_empty()).flat_map(args));
    let sets = all().map(|item| set_of(args(item).into_iter().chain(way.iter().copied())));
    let sets: BTreeSet<BTreeSet<usize>> = set_of(sets.filter(|set| !set.is_empty()));
    let (mut found, mut seen): (Vec<Assignment>, BTreeSet<Assignment>) = Default::default();
    let mut is_cut = false;
    let singles = values.iter().flat_map(|(arg, values)| values.iter().map(|value| (*arg, value.clone())));
    found.extend(singles.map(|single| Assignment::from([single])));
    for set in sets {
        let count = set.iter().map(|arg| values[arg].len() + 1).try_fold(1usize, usize::checked_mul);
        let Some(count) = count.filter(|count| *count <= MAX_PER_ITEM) else {
            is_cut = true;
            continue;
        };
        if found.len() > limit {
            break;
        }
        for mut number in 0..count {
            let mut assignment = Assignment::new();
            for arg in &set {
                let values = &values[arg];
                let which = number % (values.len() + 1);
                number /= values.len() + 1;
                assignment.extend(which.checked_sub(1).map(|value| (*arg, values[value].clone())));
            }
            if assignment.len() > 1 && seen.insert(assignment.clone()) {
                found.push(assignment);
            }
        }
    }
    is_cut |= found.len() > limit;
    found.truncate(limit);
    (found, is_cut)
}

/// The args with other values that an item reads, directly or through vars, by index.
pub(super) fn args_of(
    uses: &UseGraph<'_>,
    request: MatrixRequest<'_>,
    item: &Item<'_>,
    values: &BTreeMap<usize, Vec<ArgValue>>,
) -> BTreeSet<usize> {
    let names = uses.names.closure(item.uses.names.iter().copied());
    set_of(values.keys().copied().filter(|arg| names.contains(request.family.args[*arg].name.as_str())))
}
