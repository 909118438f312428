//! Evaluates templates of any shape to values, for vars and parameters.

use super::{choose, text};
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::expr;
use crate::family::template::Template;
use crate::variant::budget::too_much;
use crate::variant::scope::{Bindings, Local};
use crate::variant::trace;

/// Evaluates a template. If a choice selects no branch, the value is an empty string.
pub(crate) fn value(template: &Template, names: &dyn Bindings) -> Result<Value, Box<Diagnostic>> {
    match template {
        Template::Text(written) => text::value(written, names),
        Template::List(_, items) => {
            let mut values = Vec::new();
            for item in items {
                add_values(item, names, &mut values)?;
            }
            expr::limited(Value::list(values), template.span())
        }
        Template::Map(_, _, fields) => {
            let fields = fields.iter().map(|field| Ok((field.key.to_string(), value(&field.value, names)?)));
            Ok(Value::record(None, fields.collect::<Result<Vec<_>, Box<Diagnostic>>>()?))
        }
        Template::If { .. } | Template::Match { .. } => match choose(template, names)? {
            Some(chosen) => value(chosen, names),
            None => Ok(Value::text("")),
        },
        Template::For { .. } => {
            let mut values = Vec::new();
            add_values(template, names, &mut values)?;
            expr::limited(Value::list(values), template.span())
        }
    }
}

/// The values that the variable of a repetition takes in turn. A single value counts as a list of one.
pub(crate) fn turns(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        single => vec![single.clone()],
    }
}

/// Adds the values of an item of a list: none, one or several.
fn add_values(item: &Template, names: &dyn Bindings, values: &mut Vec<Value>) -> Result<(), Box<Diagnostic>> {
    if !names.charge_budget(1) {
        return Err(too_much(item.span()).into());
    }
    match item {
        Template::If { .. } | Template::Match { .. } => match choose(item, names)? {
            Some(Template::List(_, items)) => {
                items.iter().try_for_each(|item| add_values(item, names, values))
            }
            Some(chosen) => add_values(chosen, names, values),
            None => Ok(()),
        },
        Template::For { variable, values: over, body, .. } => {
            let (over, reads) = trace::reading(names, || value(over, names))?;
            for turn in turns(&over) {
                let names = Local { name: variable, value: turn, reads: &reads, outer: names };
                match body.as_ref() {
                    Template::List(_, items) => {
                        items.iter().try_for_each(|item| add_values(item, &names, values))?
                    }
                    body => add_values(body, &names, values)?,
                }
            }
            Ok(())
        }
        item => match value(item, names)? {
            Value::List(list) if matches!(item, Template::Text(_)) => {
                values.extend(list.iter().cloned());
                Ok(())
            }
            single => {
                values.push(single);
                Ok(())
            }
        },
    }
}
