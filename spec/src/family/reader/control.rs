//! Choice and repetition: `if`/`then`/`else`, `match`/`cases` and `for`/`do`. They work the same at every place.

use std::sync::Arc;

use super::expected::has_key;
use super::{Reader, bad_identifier, empty, is_identifier};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::expr::{self, Known, ValueType};
use crate::family::template::Template;
use crate::schema::keys::{CHOICE, MATCH, REPETITION};
use crate::schema::shapes::Shape;
use crate::yaml::{Entry, Node, Yaml};

impl Reader<'_> {
    /// Reads `{if, then, else}`, `{match, cases}` or, as an item of a list, `{for, do}`. Returns `None` for any other node.
    pub(super) fn control(&mut self, node: &Node<'_>, shape: Shape, in_list: bool) -> Option<Template> {
        let Yaml::Map(entries) = &node.yaml else { return None };
        let branch = |reader: &mut Self, node: &Node<'_>| match (&node.yaml, in_list) {
            (Yaml::List(items), true) => {
                Template::List(node.span, items.iter().map(|node| reader.item(node, shape)).collect())
            }
            (_, true) => reader.item(node, shape),
            (_, false) => reader.read(node, shape),
        };
        let has = |key: &str| node.get(key);
        if let (Some(condition), Some(then)) = (has("if"), has("then")) {
            self.control_keys(entries, CHOICE, "a choice");
            let condition = self.condition(condition);
            let then = Box::new(branch(self, then));
            let otherwise = has("else").map(|node| Box::new(branch(self, node)));
            return Some(condition.map_or(empty(node.span), |condition| Template::If {
                span: node.span,
                condition,
                then,
                otherwise,
            }));
        }
        if let (Some(on), Some(cases)) = (has("match"), has("cases")) {
            self.control_keys(entries, MATCH, "a match");
            let on = self.expression(on);
            if let Some(on) = &on {
                expr::check(on, &self.names, &mut self.found);
            }
            let Yaml::Map(case_entries) = &cases.yaml else {
                self.wrong_type(cases, "a map of patterns");
                return Some(empty(node.span));
            };
            if case_entries.is_empty() {
                let error = Diagnostic::error(Code::MissingKey, cases.span, "the match has no cases");
                self.found
                    .push(error.help("add at least one case, as in `cases: {PATTERN: VALUE, else: VALUE}`"));
            }
            let (mut read, mut otherwise) = (Vec::new(), None);
            for entry in case_entries {
                let case = branch(self, &entry.value);
                if entry.key == "else" {
                    otherwise = Some(Box::new(case));
                    continue;
                }
                if let Some(on) = &on {
                    expr::check_pattern(on, &entry.key, entry.key_span, &self.names, &mut self.found);
                }
                read.push((Arc::from(entry.key.as_ref()), case));
            }
            return Some(on.map_or(empty(node.span), |on| Template::Match {
                span: node.span,
                on,
                cases: read,
                otherwise,
            }));
        }
        match (has("for"), has("do")) {
            (Some(variables), Some(body)) if in_list => {
                self.control_keys(entries, REPETITION, "a repetition");
                Some(self.repetition(node.span, variables, body, branch))
            }
            (Some(_), Some(_)) => {
                let error = Diagnostic::error(
                    Code::KeyConflict,
                    node.span,
                    "the repetition is not an item of a list",
                );
                self.found.push(error.help("a repetition gives list items: put it into a list"));
                Some(empty(node.span))
            }
            _ => self.half_written(node, entries, shape),
        }
    }

    /// Reports a map that has some keys of a choice, a match or a repetition, but lacks a required one. Returns `None` if the map
    /// is something else.
    fn half_written(&mut self, node: &Node<'_>, entries: &[Entry<'_>], shape: Shape) -> Option<Template> {
        if entries.iter().any(|entry| entry.key != "if" && has_key(shape, &entry.key)) {
            return None;
        }
        let has = |key: &str| node.get(key).is_some();
        let signs = ["then", "else", "match", "cases", "for", "do"];
        let sign = entries.iter().find(|entry| signs.contains(&entry.key.as_ref()))?;
        let (noun, missing) = match sign.key.as_ref() {
            "else" if has("if") => ("a choice", "then"),
            "then" | "else" => ("a choice", "if"),
            "match" => ("a match", "cases"),
            "cases" => ("a match", "match"),
            "for" => ("a repetition", "do"),
            _ => ("a repetition", "for"),
        };
        let meant = entries.iter().find(|entry| nearest(&entry.key, [missing]).is_some());
        match meant {
            Some(entry) => self.unknown_key(entry, noun, Some(format!("did you mean `{missing}`?"))),
            None => {
                let message = format!("{noun} needs `{missing}`");
                let error = Diagnostic::error(Code::MissingKey, sign.key_span, message);
                let form = match noun {
                    "a choice" => "{if: CONDITION, then: ..., else: ...}",
                    "a match" => "{match: EXPRESSION, cases: {PATTERN: ..., else: ...}}",
                    _ => "{for: {NAME: [...]}, do: [...]}",
                };
                self.found.push(error.help(format!("the complete form is `{form}`")));
            }
        }
        Some(Template::List(node.span, Vec::new()))
    }

    /// Reads a repetition. Several variables make nested loops, in which the last variable is the innermost.
    fn repetition(
        &mut self,
        span: Span,
        variables: &Node<'_>,
        body: &Node<'_>,
        branch: impl Fn(&mut Self, &Node<'_>) -> Template,
    ) -> Template {
        let Yaml::Map(entries) = &variables.yaml else {
            self.wrong_type(variables, "a map from variables to their values");
            return empty(span);
        };
        if entries.is_empty() {
            let error = Diagnostic::error(Code::MissingKey, variables.span, "the repetition has no variable");
            self.found.push(error.help("write `for: {NAME: [...]}`"));
        }
        let mut loops = Vec::new();
        for entry in entries {
            if !is_identifier(&entry.key) {
                self.found.push(bad_identifier(&entry.key, entry.key_span));
            }
            let values = self.values(&entry.value);
            let hidden = self.names.add(&entry.key, Known::Plain(ValueType::Any));
            loops.push((entry.key.to_string(), values, hidden));
        }
        let mut template = branch(self, body);
        for (variable, values, hidden) in loops.into_iter().rev() {
            self.names.restore(&variable, hidden);
            template = Template::For { span, variable, values: Box::new(values), body: Box::new(template) };
        }
        template
    }
    /// Reads the values that a variable takes.
    fn values(&mut self, node: &Node<'_>) -> Template {
        let choice = node.get("if").is_some() || node.get("match").is_some();
        if matches!(node.yaml, Yaml::Map(_)) && !choice {
            self.wrong_type(node, "a list of values");
            return empty(node.span);
        }
        self.read(node, Shape::List(&Shape::Anything))
    }
}
