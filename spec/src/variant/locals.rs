//! The names that a stage or fragment declares: its parameters and vars.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::expand;
use super::expand::arguments::Arguments;
use super::scope::{Bindings, MAX_NESTED, read};
use super::trace::{self, Dependencies};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::family::Var;

/// The names that a stage or fragment declares, with the values of the parameters. A var is evaluated when it is used for the first
/// time.
pub(crate) struct Locals<'f> {
    arguments: Arguments<'f>,
    vars: &'f [Var],
    computed: RefCell<BTreeMap<String, (Value, Dependencies)>>,
    /// How many vars are being evaluated at the moment, each because the one before it uses it.
    nested: Cell<usize>,
}

impl<'f> Locals<'f> {
    pub(crate) fn new(arguments: Arguments<'f>, vars: &'f [Var]) -> Self {
        Self { arguments, vars, computed: RefCell::default(), nested: Cell::new(0) }
    }

    /// The values of the parameters.
    pub(crate) fn arguments(&self) -> &Arguments<'f> {
        &self.arguments
    }

    /// The value of a name. `None` if the stage or fragment does not declare it. `inside` are all names there.
    pub(crate) fn lookup(
        &self,
        name: &str,
        at: Span,
        inside: &dyn Bindings,
    ) -> Option<Result<Value, Box<Diagnostic>>> {
        let found = |(value, reads): &(Value, Dependencies)| {
            inside.trace().into_iter().for_each(|trace| trace.read_all(reads));
            read(inside, value, at)
        };
        if let Some(argument) = self.arguments.get(name) {
            return Some(found(argument));
        }
        let var = self.vars.iter().find(|var| var.name == name)?;
        if let Some(known) = self.computed.borrow().get(name) {
            return Some(found(known));
        }
        if self.nested.get() >= MAX_NESTED {
            let message = format!("more than {MAX_NESTED} vars depend on each other in a chain");
            return Some(Err(Diagnostic::error(Code::BadValue, at, message).into()));
        }
        self.nested.set(self.nested.get() + 1);
        let computed = trace::reading(inside, || expand::value(&var.template, inside));
        self.nested.set(self.nested.get() - 1);
        Some(computed.and_then(|computed| {
            let value = found(&computed);
            self.computed.borrow_mut().insert(name.to_owned(), computed);
            value
        }))
    }
}
