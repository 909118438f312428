//! Collects what a part of the build file names.

use std::collections::BTreeSet;

use super::{Guard, Item, Role, Uses};
use crate::base::source::Span;
use crate::expr::{Expr, ExprNode};
use crate::family::template::{Part, Template, Text};
use crate::family::{Parameter, Var};
use crate::matrix::candidates::{Evaluate, Known, candidates};
use crate::matrix::query::MatrixRequest;
use crate::schema::keys::is_call;
use crate::variant::expand;
use crate::variant::expand::arguments::Arguments;
use crate::variant::locals::Locals;
use crate::variant::names::{Names, mentioned};
use crate::variant::scope::{Bindings, InStage};

/// A part that is being walked, and the names that its stage or fragment declares.
pub(super) struct Walk<'a, 'f> {
    pub(super) request: MatrixRequest<'f>,
    pub(super) names: &'a Names<'f>,
    pub(super) known: &'a Known<'f>,
    /// The parameters of the stage or fragment.
    pub(super) parameters: &'f [Parameter],
    /// The vars of the stage or fragment.
    pub(super) vars: &'f [Var],
    pub(super) in_stage: bool,
    pub(super) locals: Vec<&'f str>,
    pub(super) uses: Uses<'f>,
    pub(super) binds: bool,
}

impl<'f> Walk<'_, 'f> {
    pub(super) fn item(
        mut self,
        span: Span,
        key: &'f str,
        (template, role): (&'f Template, Role),
        guards: &[Guard<'f>],
    ) -> Item<'f> {
        guards.iter().for_each(|guard| self.guard_names(guard));
        self.template(template, role);
        let template = Some((template, role));
        Item { span, key, template, guards: guards.to_vec(), binds: self.binds, uses: self.uses }
    }

    /// The default of a parameter. What it names counts where the stage is used without the argument.
    pub(super) fn default(mut self, default: &'f Template) -> Item<'f> {
        self.template(default, Role::Stage);
        let span = default.span();
        Item { span, key: "params", template: None, guards: Vec::new(), binds: true, uses: self.uses }
    }

    pub(super) fn guard(mut self, guards: &[Guard<'f>]) -> Option<Item<'f>> {
        let span = guards.last()?.on().span;
        guards.iter().for_each(|guard| self.guard_names(guard));
        Some(Item { span, key: "", template: None, guards: guards.to_vec(), binds: false, uses: self.uses })
    }

    fn guard_names(&mut self, guard: &Guard<'f>) {
        let (Guard::If(on, _) | Guard::Match(on, ..)) = *guard;
        self.uses.names.extend(on.names());
    }

    pub(super) fn template(&mut self, template: &'f Template, role: Role) {
        match template {
            Template::Text(text) => self.text(template, text, role),
            Template::List(_, items) => items.iter().for_each(|item| self.template(item, role)),
            Template::Map(_, kind, fields) if is_call(*kind) => {
                self.binds = true;
                for field in fields {
                    match &field.value {
                        // An argument can be the name of a stage.
                        Template::Map(_, _, with) if field.key == "with" => {
                            with.iter().for_each(|argument| self.template(&argument.value, Role::Stage));
                        }
                        value => self.template(value, Role::Stage),
                    }
                }
            }
            Template::Map(_, kind, fields) => {
                for field in fields {
                    self.template(&field.value, Role::of(*kind, &field.key));
                }
            }
            Template::If { condition, then, otherwise, .. } => {
                self.mention(condition.names());
                self.template(then, role);
                otherwise.iter().for_each(|otherwise| self.template(otherwise, role));
            }
            Template::Match { on, cases, otherwise, .. } => {
                self.mention(on.names());
                cases.iter().for_each(|(_, case)| self.template(case, role));
                otherwise.iter().for_each(|otherwise| self.template(otherwise, role));
            }
            Template::For { variable, values, body, .. } => {
                self.binds = true;
                self.template(values, Role::Plain);
                self.locals.push(variable);
                self.template(body, role);
                self.locals.pop();
            }
        }
    }

    fn is_parameter(&self, name: &str) -> bool {
        !self.locals.contains(&name) && self.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// The names that these stand for: a var of the stage or fragment stands for those that it uses.
    fn meant(&self, names: BTreeSet<&'f str>) -> BTreeSet<&'f str> {
        let mut open: Vec<&'f str> = names.into_iter().filter(|name| !self.locals.contains(name)).collect();
        let mut meant = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !meant.insert(name) {
                continue;
            }
            if let Some(var) = self.vars.iter().find(|var| var.name == name) {
                mentioned(&var.template, &mut Vec::new(), &mut |name| open.push(name));
            }
        }
        meant
    }

    fn mention(&mut self, names: BTreeSet<&'f str>) {
        let names = self.meant(names);
        let declares = |name: &&str| {
            let is_var = self.vars.iter().any(|var| var.name == **name);
            is_var || self.parameters.iter().any(|parameter| parameter.name == **name)
        };
        self.binds |= names.iter().any(declares);
        let in_stage = self.in_stage;
        // A parameter of a fragment can have the name of an axis.
        self.uses.names.extend(names.iter().filter(|name| in_stage || !declares(name)));
    }

    fn text(&mut self, template: &'f Template, text: &'f Text, role: Role) {
        for part in text.expressions() {
            self.mention(part.names());
        }
        // What names the stage has the argument, so the stage that the argument names counts there.
        let is_argument = matches!(text.parts.as_slice(), [Part::Expr(Expr { node: ExprNode::Name(name), .. })]
            if self.in_stage && role == Role::Stage && self.is_parameter(name));
        if role == Role::Plain || is_argument {
            return;
        }
        let mut names = BTreeSet::new();
        text.expressions().for_each(|part| names.extend(part.names()));
        let is_variable = names.iter().any(|name| self.locals.contains(name));
        let names = self.meant(names);
        // The names of a repetition, parameters, the stage and the target have several values.
        let reads = self.names.reads(names.iter().copied());
        let differs = |name: &str| name == "stage" || self.parameters.iter().any(|known| known.name == name);
        let several = reads.target || is_variable || names.iter().any(|name| differs(name));
        let of = |scope: &dyn Bindings| {
            let locals = Locals::new(Arguments::new(), self.vars);
            let names = InStage { locals: Some(&locals), ..InStage::plain("", &None, scope) };
            expand::value(template, &names).ok()
        };
        let evaluate: Option<Evaluate<'_>> = if several { None } else { Some(&of) };
        let found = candidates(self.request, text, &reads, self.known.of(role), "", evaluate);
        match role {
            Role::Plain => {}
            Role::Stage => {
                let stages = &self.request.family.stages;
                self.binds |= found.iter().any(|index| !stages[*index].parameters.is_empty());
                self.uses.stages.extend(found);
            }
            Role::Fragment => {
                self.binds = true;
                self.uses.fragments.extend(found);
            }
            Role::Mixin => self.uses.mixins.extend(found),
        }
    }
}
