//! The values of names: those of a variant, and those added for a stage or a repetition.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::expand;
use crate::expr::Lookup;
use crate::family::Family;
use crate::source::Span;
use crate::value::Value;

/// The names of a variant. Vars are evaluated when they are first used: what is not used cannot fail.
pub(crate) struct Scope<'f> {
    family: &'f Family,
    given: BTreeMap<String, Value>,
    vars: RefCell<BTreeMap<&'f str, Value>>,
}

impl<'f> Scope<'f> {
    /// A scope of axes, args and what the build gives.
    pub(crate) fn new(family: &'f Family, given: BTreeMap<String, Value>) -> Self {
        Self { family, given, vars: RefCell::default() }
    }

    /// The same with one name set to another value.
    pub(crate) fn with(&self, name: &str, value: Value) -> Self {
        let mut given = self.given.clone();
        given.insert(name.to_owned(), value);
        Self::new(self.family, given)
    }
}

impl Lookup for Scope<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        if let Some(value) = self.given.get(name).or(self.vars.borrow().get(name)) {
            return Ok(value.clone());
        }
        let var = self.family.vars.iter().find(|var| var.name == name);
        let var = var
            .ok_or_else(|| Diagnostic::error(Code::UnknownName, at, format!("there is no `{name}` here")))?;
        let value = expand::value(&var.template, self)?;
        self.vars.borrow_mut().insert(&var.name, value.clone());
        Ok(value)
    }
}

/// One more name on top of others: the stage, or the variable of a repetition.
pub(crate) struct Local<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Value,
    pub(crate) outer: &'a dyn Lookup,
}

impl Lookup for Local<'_> {
    fn lookup(&self, name: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
        if name == self.name { Ok(self.value.clone()) } else { self.outer.lookup(name, at) }
    }
}
