//! The values that are the same in all variants of a target, and what expressions depend on besides them.
//!
//! These values are `target`, `stage`, the args that the query sets, and the platform. varve evaluates an expression with them
//! alone. If that succeeds, its value is the same in all variants, and the branches that it does not select are never taken.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use buildkit_names::Platform;

use super::candidates::Known;
use super::instances::Bound;
use super::query::MatrixRequest;
use super::walk::Walk;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::platform;
use crate::base::sorted::{map_of, set_of};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::builtins::base;
use crate::expr::{self, Expr, ExprNode, Lookup, Operator};
use crate::family::{Arg, Var};
use crate::variant::budget::too_much;
use crate::variant::expand;
use crate::variant::names::{AxisUse, Names, mentioned};
use crate::variant::scope::{Bindings, MAX_NESTED, OfVariant, Scope};
use crate::variant::trace::Trace;

/// Values of files are not fixed.
static NO_FILES: BTreeMap<String, String> = BTreeMap::new();

/// The names with fixed values, and what each var depends on.
pub(super) struct Fixed<'a, 'f> {
    pub(super) request: MatrixRequest<'f>,
    pub(super) names: &'a Names<'f>,
    pub(super) target: &'a str,
    pub(super) scope: Scope<'f>,
    /// The names with fixed values, and the vars that use them.
    touched: BTreeSet<&'f str>,
    /// What the vars among them depend on.
    vars: BTreeMap<&'f str, AxisUse>,
}

impl<'a, 'f> Fixed<'a, 'f> {
    /// The fixed values of a target, for one platform if its platforms are known. An empty `target` has no fixed name.
    pub(super) fn new(
        request: MatrixRequest<'f>,
        (names, known): (&'a Names<'f>, &'a Known<'f>),
        target: &'a str,
        platform: Option<&Platform>,
    ) -> Self {
        let family = request.family;
        let mut given: BTreeMap<&str, Value> = BTreeMap::new();
        for arg in &family.args {
            let value = request.query.args.get(&arg.name).and_then(|text| arg.value(text).ok());
            given.extend(value.map(|value| (arg.name.as_str(), value)));
        }
        given.extend((!target.is_empty()).then(|| ("target", Value::text(target))));
        given.extend(platform.map(|platform| ("platform", platform::value(platform))));
        let touched = set_of(given.keys().copied().chain(["stage"]));
        let given = map_of(given.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let scope = Scope::new(family, given, &NO_FILES).within(&request.query.budget).without_defaults();
        let mut fixed = Self { request, names, target, scope, touched, vars: BTreeMap::new() };
        for (var, uses) in names.vars() {
            if uses.is_disjoint(&fixed.touched) {
                continue;
            }
            fixed.touched.insert(var);
            if let Some(template) = names.template(var) {
                let whole = names.reads([var]);
                let mut walk = Walk::new(&fixed, known);
                walk.value(template, &Place::outer(&fixed.scope));
                let reads = walk.finish(&whole, &BTreeSet::new()).reads;
                fixed.vars.insert(var, reads);
            }
        }
        fixed
    }

    /// The fixed values, and values of these axes.
    pub(super) fn with_axes(&self, axes: &BTreeSet<usize>, values: &[usize]) -> Scope<'f> {
        let given = axes.iter().map(|axis| {
            let (axis, value) = (&self.request.family.axes[*axis], values[*axis]);
            (axis.name.clone(), axis.values[value].value.clone())
        });
        self.scope.with(given).within(&self.request.query.budget).without_defaults()
    }

    /// Whether one of these names has a fixed value, or is a var that uses such a name.
    pub(super) fn touches(&self, names: &BTreeSet<&'f str>) -> bool {
        !self.touched.is_disjoint(names)
    }

    /// What an expression depends on.
    pub(super) fn reads(&self, expr: &Expr, place: &Place<'_>) -> AxisUse {
        let whole = self.whole(expr, place);
        let mut names = expr.names().into_iter();
        if whole.axes.is_empty() || !names.any(|name| place.has(name) || self.touched.contains(name)) {
            return whole;
        }
        if expr::evaluate(expr, place).is_ok() {
            return AxisUse { axes: BTreeSet::new(), ..whole };
        }
        let all = |parts: &[&Expr]| {
            let mut reads = AxisUse::default();
            parts.iter().for_each(|part| reads.add(&self.reads(part, place)));
            reads
        };
        match &expr.node {
            ExprNode::Literal(_) | ExprNode::Name(_) => whole,
            ExprNode::Property(of, _) | ExprNode::Not(of) => self.reads(of, place),
            ExprNode::List(items) | ExprNode::Call(_, items) => all(&items.iter().collect::<Vec<_>>()),
            ExprNode::Binary(_, a, b) | ExprNode::Index(a, b) => all(&[a, b]),
            ExprNode::And(a, b) | ExprNode::Or(a, b) => {
                let decides = matches!(&expr.node, ExprNode::Or(..));
                if expr::condition(b, place).is_ok_and(|b| b == decides) && self.cannot_fail(a) {
                    return AxisUse { axes: BTreeSet::new(), ..whole };
                }
                all(&[a, b])
            }
            ExprNode::Choice { condition, then, otherwise } => match expr::condition(condition, place) {
                Ok(true) => all(&[condition, then]),
                Ok(false) => all(&[condition, otherwise]),
                Err(_) => all(&[condition, then, otherwise]),
            },
        }
    }

    /// What the names in an expression depend on, whatever their values are.
    fn whole(&self, expr: &Expr, place: &Place<'_>) -> AxisUse {
        let mut reads = AxisUse::default();
        for name in names_outside(expr, place) {
            match self.vars.get(name) {
                Some(var) => reads.add(var),
                None => reads.add(&self.names.reads([name])),
            }
        }
        reads
    }

    /// Whether the value of an arg cannot fail. Its computed default can.
    fn is_plain(&self, arg: &Arg) -> bool {
        arg.computed_default().is_none() || self.request.query.args.contains_key(&arg.name)
    }

    /// Whether a condition has a value in every variant: it compares axes and args with literals.
    fn cannot_fail(&self, condition: &Expr) -> bool {
        let family = self.request.family;
        let is_plain = |expr: &Expr| match &expr.node {
            ExprNode::Literal(_) => true,
            ExprNode::Name(name) => {
                family.axes.iter().any(|axis| axis.name == *name)
                    || family.args.iter().any(|arg| arg.name == *name && self.is_plain(arg))
            }
            ExprNode::Property(of, property) => family.axes.iter().any(|axis| {
                let has =
                    |value: &Value| matches!(value, Value::Record(of) if of.fields.contains_key(property));
                of.node == ExprNode::Name(axis.name.clone())
                    && axis.values.iter().all(|value| has(&value.value))
            }),
            _ => false,
        };
        match &condition.node {
            ExprNode::Not(of) => self.cannot_fail(of),
            ExprNode::And(a, b) | ExprNode::Or(a, b) => self.cannot_fail(a) && self.cannot_fail(b),
            ExprNode::Binary(Operator::Equal | Operator::NotEqual, a, b) => is_plain(a) && is_plain(b),
            ExprNode::Binary(Operator::In | Operator::NotIn, a, b) => {
                is_plain(a) && matches!(&b.node, ExprNode::List(items) if items.iter().all(is_plain))
            }
            _ => false,
        }
    }
}

/// The names in an expression that are declared outside of its stage or fragment, also through vars in there.
fn names_outside<'e>(expr: &'e Expr, place: &Place<'e>) -> BTreeSet<&'e str> {
    let mut outside = BTreeSet::new();
    let mut vars: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&'e Var> = Vec::new();
    for name in expr.names().into_iter().filter(|name| place.local(name).is_none()) {
        match place.var(name) {
            Some(var) => open.push(var),
            None => drop(outside.insert(name)),
        }
    }
    while let Some(var) = open.pop() {
        if !vars.insert(&var.name) {
            continue;
        }
        mentioned(&var.template, &mut Vec::new(), &mut |name| match place
            .vars
            .iter()
            .find(|var| var.name == name)
        {
            Some(var) => open.push(var),
            None if place.arguments.contains_key(name) => {}
            None => drop(outside.insert(name)),
        });
    }
    outside
}

/// The names at a place: the variables and parameters there, and the names outside.
#[derive(Clone)]
pub(super) struct Place<'a> {
    outer: &'a dyn Bindings,
    /// The stage. A place outside of stages has none.
    stage: Option<&'a str>,
    /// The parameters of the stage or fragment.
    arguments: Rc<Bound<'a>>,
    /// The vars of the stage or fragment.
    vars: &'a [Var],
    /// The variables of repetitions.
    locals: Bound<'a>,
    /// The number of vars that are being evaluated, each because the one before it uses it.
    nested: usize,
}

impl<'a> Place<'a> {
    /// A place without variables and parameters.
    pub(super) fn outer(outer: &'a dyn Bindings) -> Self {
        Self { outer, stage: None, arguments: Rc::default(), vars: &[], locals: Bound::new(), nested: 0 }
    }

    /// The place inside a stage, with its arguments and vars.
    pub(super) fn in_stage(self, stage: &'a str, arguments: Bound<'a>, vars: &'a [Var]) -> Self {
        Self { stage: Some(stage), ..self.fragment(arguments, vars) }
    }

    /// The place inside a fragment, with its arguments and vars.
    pub(super) fn fragment(&self, arguments: Bound<'a>, vars: &'a [Var]) -> Self {
        Self { arguments: Rc::new(arguments), vars, locals: Bound::new(), ..*self }
    }

    /// The place outside of all fragments and repetitions.
    pub(super) fn globals(&self) -> Self {
        self.fragment(Bound::new(), &[])
    }

    /// The place of a var of the stage or fragment. `None` if too many vars use each other.
    fn in_var(&self) -> Option<Self> {
        let arguments = self.arguments.clone();
        (self.nested < MAX_NESTED).then(|| Self {
            arguments,
            locals: Bound::new(),
            nested: self.nested + 1,
            ..*self
        })
    }

    /// The place inside a repetition.
    pub(super) fn with(&self, variable: &'a str, value: Option<Value>) -> Self {
        let mut inner = self.clone();
        inner.locals.insert(variable, value);
        inner
    }

    /// The same place with other names outside. `None` if the value of a variable or parameter is unknown.
    pub(super) fn within<'b>(&self, outer: &'b dyn Bindings) -> Option<Place<'b>>
    where
        'a: 'b,
    {
        let known = self.locals.values().chain(self.arguments.values()).all(Option::is_some);
        let (arguments, locals) = (self.arguments.clone(), self.locals.clone());
        let Self { stage, vars, nested, .. } = *self;
        known.then_some(Place { outer, stage, arguments, vars, locals, nested })
    }

    /// A variable or parameter. `Some(None)` if its value differs between variants.
    fn local(&self, name: &str) -> Option<&Option<Value>> {
        self.locals.get(name).or_else(|| self.arguments.get(name))
    }

    /// The var with this name, unless a variable hides it.
    fn var(&self, name: &str) -> Option<&'a Var> {
        self.vars.iter().find(|var| var.name == name).filter(|_| self.local(name).is_none())
    }

    /// Whether a variable, parameter or var can have a known value.
    fn has(&self, name: &str) -> bool {
        self.local(name).map_or(self.var(name).is_some(), Option::is_some)
    }
}

impl Lookup for Place<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        match (self.local(name), self.stage) {
            (Some(Some(value)), _) => Ok(value.clone()),
            (None, Some(stage)) if name == "stage" => Ok(Value::text(stage)),
            (None, _) if self.var(name).is_some() => {
                let var = self.var(name).filter(|_| self.charge_budget(1)).zip(self.in_var());
                let (var, place) = var.ok_or_else(|| too_much(at))?;
                expand::value(&var.template, &place)
            }
            (None, _) if name != base::NAME => self.outer.lookup(name, at),
            _ => Err(Diagnostic::error(Code::UnknownName, at, format!("`{name}` has several values")).into()),
        }
    }
}

impl Bindings for Place<'_> {
    fn globals(&self) -> &dyn Bindings {
        self.outer.globals()
    }

    fn variant(&self) -> &dyn OfVariant {
        self.outer.variant()
    }

    fn depth(&self) -> usize {
        0
    }

    fn trace(&self) -> Option<&Trace> {
        None
    }
}
