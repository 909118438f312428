//! `support`: the rules that say which combinations exist, each with its reason.

use super::declared::{Declared, DeclaredKind};
use super::{Demand, Rule};
use crate::expr::Expr;

pub(super) fn rules(list: Declared<'_>) -> Vec<Rule> {
    match list.kind {
        DeclaredKind::List(items) => items.into_iter().filter_map(rule).collect(),
        _ => Vec::new(),
    }
}

/// Reads a rule. Returns `None` if it has a mistake.
fn rule(mut item: Declared<'_>) -> Option<Rule> {
    let condition = match item.take("if") {
        Some(value) => Some(expr(value)?),
        None => None,
    };
    let demand = match (item.take("require"), item.take("exclude")) {
        (Some(value), None) => Demand::Require(expr(value)?),
        (None, Some(value)) => Demand::Exclude(expr(value)?),
        _ => return None,
    };
    let because = item.text("because").unwrap_or_default().to_owned();
    Some(Rule { span: item.span, condition, demand, because })
}

fn expr(value: Declared<'_>) -> Option<Expr> {
    match value.kind {
        DeclaredKind::Condition(expr) => Some(expr),
        _ => None,
    }
}
