//! `support`: which combinations exist, each rule with its reason.

use super::reader::Reader;
use super::{Demand, Rule};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::keys;
use crate::yaml::{Node, Yaml};

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Rule> {
    let Yaml::List(items) = &node.yaml else {
        reader.wrong_type(node, "a list of rules");
        return Vec::new();
    };
    items.iter().filter_map(|item| rule(reader, item)).collect()
}

fn rule(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Rule> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a rule such as `{exclude: ..., because: ...}`");
        return None;
    };
    reader.keys(node.span, entries, &keys::RULE);
    reader.plain_keys(entries, &keys::RULE);
    let condition = match node.get("if") {
        Some(node) => Some(reader.condition(node)?),
        None => None,
    };
    let demand = match (node.get("require"), node.get("exclude")) {
        (Some(node), None) => Demand::Require(reader.condition(node)?),
        (None, Some(node)) => Demand::Exclude(reader.condition(node)?),
        (found, _) => {
            let (message, help) = if found.is_some() {
                let help = "a rule demands one thing: write two rules, or join conditions with `and`";
                ("a support rule with both `require` and `exclude`", help)
            } else {
                let help = "add `require:` with what has to hold, or `exclude:` with what does not exist";
                ("a support rule with neither `require` nor `exclude`", help)
            };
            reader.report(Diagnostic::error(Code::KeyConflict, node.span, message).help(help));
            return None;
        }
    };
    let because = node.get("because").and_then(Node::text).unwrap_or_default().to_owned();
    Some(Rule { span: node.span, condition, demand, because })
}
