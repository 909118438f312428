//! The values of names: those of a variant, and those that a stage, a repetition or a fragment adds.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::budget::{Budget, too_much, weight};
use super::expand;
use super::locals::Locals;
use super::trace::{Dependencies, Dependency, Kept, Omitted, Trace};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::Lookup;
use crate::expr::builtins::axes;
use crate::expr::builtins::base::{self, Bases};
use crate::expr::builtins::facts::{self, FoundFacts, ReadFact};
use crate::family::file_value::{self, FileValue};
use crate::family::template::Template;
use crate::family::{Arg, Family, Fragment};

/// The largest depth of vars that use each other, such as `a: ${{ b }}` and `b: ${{ c }}`.
pub(crate) const MAX_NESTED: usize = 32;
/// How many bytes of a file that a value is read from cost one unit of the budget.
const FILE: usize = 1024;

/// The names that an expression can use at its place, with what expansion needs besides them. The places of a variant are inside of each
/// other, and the outermost one, the [`Scope`], has the fragments, the budgets and the files for all of them.
pub(crate) trait Bindings: Lookup {
    /// The names that a fragment can use in addition to its parameters: those of the variant and of the stage.
    fn globals(&self) -> &dyn Bindings;

    /// The variant that the place is in.
    fn variant(&self) -> &dyn OfVariant;

    /// The number of nested uses of fragments around this place.
    fn depth(&self) -> usize;

    /// The record of dependencies and decisions. `None` if nobody asked for one.
    fn trace(&self) -> Option<&Trace>;

    /// The fragments of the family.
    fn fragments(&self) -> &[Fragment] {
        self.variant().all_fragments()
    }

    /// Takes units from the budgets. Returns `false` if one of them is exhausted.
    fn charge_budget(&self, units: usize) -> bool {
        self.variant().charge(units)
    }

    /// The value of a file.
    fn file(&self, file: &FileValue) -> Result<Value, Box<Diagnostic>> {
        self.variant().value_of(file)
    }
}

/// What is the same at all places of a variant.
pub(crate) trait OfVariant {
    /// The fragments of the family.
    fn all_fragments(&self) -> &[Fragment];

    /// Takes units from the budgets. Returns `false` if one of them is exhausted.
    fn charge(&self, units: usize) -> bool;

    /// The value of a file.
    fn value_of(&self, file: &FileValue) -> Result<Value, Box<Diagnostic>>;

    /// The value of `facts` in a stage, which has this name with its arguments. The empty name stands for the image.
    fn facts_of(&self, stage: &str) -> Value;

    /// Notes that a text has a placeholder for a fact.
    fn note_fact(&self, fact: &ReadFact<'_>);
}

/// The names of a variant. A var is evaluated when it is used for the first time, so a var that is not used cannot fail.
pub(crate) struct Scope<'f> {
    family: &'f Family,
    given: BTreeMap<String, Value>,
    files: &'f BTreeMap<String, String>,
    facts: &'f FoundFacts,
    /// The facts that texts need, each with its place.
    needed_facts: RefCell<BTreeSet<(Span, String)>>,
    vars: RefCell<BTreeMap<&'f str, Value>>,
    /// How many vars are being evaluated at the moment, each because the one before it uses it.
    nested: Cell<usize>,
    /// The budget of the plan.
    budget: Budget,
    /// The budget of the query for which the plan is made. `None` for a build.
    query_budget: Option<&'f Budget>,
    /// Whether args without a value have their computed default.
    computes_defaults: bool,
    trace: Option<Trace>,
}

impl<'f> Scope<'f> {
    /// Makes the scope of a variant. `given` has the values of axes, args and built-in names. `files` has the texts of the files
    /// that vars read, by path.
    pub(crate) fn new(
        family: &'f Family,
        given: BTreeMap<String, Value>,
        files: &'f BTreeMap<String, String>,
    ) -> Self {
        Self {
            family,
            given,
            files,
            facts: &None,
            needed_facts: RefCell::default(),
            vars: RefCell::default(),
            nested: Cell::new(0),
            budget: Budget::of_plan(),
            query_budget: None,
            computes_defaults: true,
            trace: None,
        }
    }

    /// A copy of the scope that records dependencies and decisions. No var is evaluated in it yet.
    pub(crate) fn traced(&self) -> Self {
        let scope = Self::new(self.family, self.given.clone(), self.files).after(self.facts);
        Self { trace: Some(Trace::new(scope.budget.clone())), ..scope }
    }

    /// Returns the records: the parts that are in the plan, the omitted parts, and all dependencies. `None` if the scope does not
    /// record.
    pub(crate) fn into_trace(self) -> Option<(Vec<Kept>, Vec<Omitted>, Dependencies)> {
        self.trace.map(Trace::into_parts)
    }

    /// The scope as a part of a query. What it expands is charged to the budget of the query too.
    pub(crate) fn within(self, budget: &'f Budget) -> Self {
        Self { query_budget: Some(budget), ..self }
    }

    /// The facts without a default that texts below a place need.
    pub(crate) fn needed_facts(&self, place: Span) -> Vec<(Span, String)> {
        self.needed_facts.borrow().iter().filter(|(span, _)| place.contains(*span)).cloned().collect()
    }

    /// The scope of a variant whose build found facts.
    pub(crate) fn after(self, facts: &'f FoundFacts) -> Self {
        Self { facts, ..self }
    }

    /// The scope without the computed defaults of args. An arg that has no value is unknown.
    pub(crate) fn without_defaults(self) -> Self {
        Self { computes_defaults: false, ..self }
    }

    /// The budget of the plan that is made with this scope.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The texts of the files that vars read, by path.
    pub(crate) fn files(&self) -> &'f BTreeMap<String, String> {
        self.files
    }

    /// Whether a name has a value that is not computed.
    pub(crate) fn has_value(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// An arg with its computed default. `None` if it has none.
    fn computed_default(&self, name: &str) -> Option<(&'f String, &'f Template, Option<&'f Arg>)> {
        let arg = self.family.args.iter().find(|arg| arg.name == name).filter(|_| self.computes_defaults)?;
        Some((&arg.name, arg.computed_default()?, Some(arg)))
    }

    /// A copy of the scope in which some names have other values.
    pub(crate) fn with(&self, values: impl Iterator<Item = (String, Value)>) -> Self {
        let mut given = self.given.clone();
        given.extend(values);
        Self::new(self.family, given, self.files).after(self.facts)
    }
}

impl Lookup for Scope<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        if let Some(value) = self.given.get(name) {
            self.trace.iter().for_each(|trace| trace.read(Dependency::Name(name.to_owned())));
            return read(self, value, at);
        }
        if let Some(value) = self.vars.borrow().get(name) {
            self.trace.iter().for_each(|trace| trace.read_var(name));
            return read(self, value, at);
        }
        if name == facts::NAME {
            return Ok(self.facts_of(""));
        }
        if name == axes::NAME {
            return read(self, &self.family.all_axes, at);
        }
        let var = self.family.vars.iter().find(|var| var.name == name);
        let var = var.map(|var| (&var.name, &var.template, None));
        let (known, template, arg) = var
            .or_else(|| self.computed_default(name))
            .ok_or_else(|| Diagnostic::error(Code::UnknownName, at, format!("unknown name `{name}`")))?;
        let mark = self.trace.as_ref().map(Trace::begin);
        if let (Some(trace), Some(_)) = (&self.trace, arg) {
            trace.read(Dependency::Name(name.to_owned()));
        }
        if self.nested.get() >= MAX_NESTED {
            let message = format!("more than {MAX_NESTED} vars and defaults depend on each other in a chain");
            return Err(Diagnostic::error(Code::BadValue, at, message).into());
        }
        self.nested.set(self.nested.get() + 1);
        let value = expand::value(template, self);
        self.nested.set(self.nested.get() - 1);
        let value = match arg {
            Some(arg) => arg.computed(&value?, template.span())?,
            None => value?,
        };
        if let (Some(trace), Some(mark)) = (&self.trace, mark) {
            trace.end_var(mark, name);
        }
        self.vars.borrow_mut().insert(known, value.clone());
        Ok(value)
    }
}

impl Bindings for Scope<'_> {
    fn globals(&self) -> &dyn Bindings {
        self
    }

    fn variant(&self) -> &dyn OfVariant {
        self
    }

    fn depth(&self) -> usize {
        0
    }

    fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }
}

impl OfVariant for Scope<'_> {
    fn all_fragments(&self) -> &[Fragment] {
        &self.family.fragments
    }

    fn charge(&self, units: usize) -> bool {
        self.budget.charge(units) && self.query_budget.is_none_or(|budget| budget.charge(units))
    }

    fn value_of(&self, file: &FileValue) -> Result<Value, Box<Diagnostic>> {
        let error = |message: String| Diagnostic::error(Code::FileValue, file.span, message);
        let text = self.files.get(&file.path);
        let text = text.ok_or_else(|| error(format!("the context has no file `{}`", file.path)))?;
        self.trace.iter().for_each(|trace| trace.read(Dependency::File(file.path.clone())));
        // The search takes time for each value that is read from the file.
        if !self.charge(text.len() / FILE) {
            return Err(too_much(file.span).into());
        }
        Ok(file_value::extract(file, text).map_err(error)?)
    }

    fn facts_of(&self, stage: &str) -> Value {
        facts::value(self.facts, stage)
    }

    fn note_fact(&self, fact: &ReadFact<'_>) {
        if !fact.is_optional {
            self.needed_facts.borrow_mut().insert((fact.span, fact.name.to_owned()));
        }
    }
}

/// The value of a name for an expression that reads it. A large value is charged to the budget each time, since the expression looks
/// at all of it.
pub(super) fn read(names: &dyn Bindings, value: &Value, at: Span) -> Result<Value, Box<Diagnostic>> {
    if names.charge_budget(weight(value)) { Ok(value.clone()) } else { Err(too_much(at).into()) }
}

/// The names of a variant inside a stage: `stage`, `base`, and what the stage declares.
pub(crate) struct InStage<'a> {
    pub(crate) stage: &'a str,
    /// The name of the stage with its arguments, by which `bases` has it.
    pub(crate) instance: &'a str,
    /// `None` where the names that the stage declares are not known.
    pub(crate) locals: Option<&'a Locals<'a>>,
    pub(crate) bases: &'a Bases,
    pub(crate) scope: &'a dyn Bindings,
}

impl<'a> InStage<'a> {
    /// The names inside a stage, without those that it declares.
    pub(crate) fn plain(stage: &'a str, bases: &'a Bases, scope: &'a dyn Bindings) -> Self {
        Self { stage, instance: stage, locals: None, bases, scope }
    }
}

impl Lookup for InStage<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        match name {
            "stage" => Ok(Value::text(self.stage)),
            base::NAME => {
                self.trace().into_iter().for_each(|trace| trace.read(Dependency::Name(name.to_owned())));
                Ok(base::value(self.bases, self.instance))
            }
            facts::NAME => Ok(self.variant().facts_of(self.instance)),
            _ => match self.locals.and_then(|locals| locals.lookup(name, at, self)) {
                Some(local) => local,
                None => self.scope.lookup(name, at),
            },
        }
    }
}

impl Bindings for InStage<'_> {
    fn globals(&self) -> &dyn Bindings {
        self
    }

    fn variant(&self) -> &dyn OfVariant {
        self.scope.variant()
    }

    fn depth(&self) -> usize {
        0
    }

    fn trace(&self) -> Option<&Trace> {
        self.scope.trace()
    }
}

/// The names inside a repetition: its variable, and the names outside.
pub(crate) struct Local<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Value,
    /// The dependencies of the values of the repetition.
    pub(crate) reads: &'a Dependencies,
    pub(crate) outer: &'a dyn Bindings,
}

impl Lookup for Local<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        if name != self.name {
            return self.outer.lookup(name, at);
        }
        self.trace().into_iter().for_each(|trace| trace.read_all(self.reads));
        read(self, &self.value, at)
    }
}

impl Bindings for Local<'_> {
    fn globals(&self) -> &dyn Bindings {
        self.outer.globals()
    }

    fn variant(&self) -> &dyn OfVariant {
        self.outer.variant()
    }

    fn depth(&self) -> usize {
        self.outer.depth()
    }

    fn trace(&self) -> Option<&Trace> {
        self.outer.trace()
    }
}

/// The names inside a fragment: those that it declares, and those of the variant and the stage. Variables of a repetition around the use of
/// the fragment are not visible.
pub(crate) struct Parameters<'a> {
    pub(crate) locals: Locals<'a>,
    pub(crate) used_in: &'a dyn Bindings,
}

impl Lookup for Parameters<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        self.locals.lookup(name, at, self).unwrap_or_else(|| self.globals().lookup(name, at))
    }
}

impl Bindings for Parameters<'_> {
    fn globals(&self) -> &dyn Bindings {
        self.used_in.globals()
    }

    fn variant(&self) -> &dyn OfVariant {
        self.used_in.variant()
    }

    fn depth(&self) -> usize {
        self.used_in.depth() + 1
    }

    fn trace(&self) -> Option<&Trace> {
        self.used_in.trace()
    }
}
