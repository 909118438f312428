//! The instances of stages: a stage with its arguments. Equal ones are one.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use buildkit_names::redacted;

use super::order::State;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::builtins::base::Bases;
use crate::family::{NamedTemplate, Parameter};
use crate::variant::budget::too_much;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};
use crate::variant::expand::arguments::{self, Arguments, Callee, Given, arguments};
use crate::variant::locals::Locals;
use crate::variant::scope::{Bindings as _, InStage, Scope};

/// A stage with its arguments.
pub(super) struct Instance<'f> {
    /// The index of the stage in the family.
    pub(super) index: usize,
    pub(super) stage: &'f NamedTemplate,
    /// The name with the arguments. It is unique in the plan.
    pub(super) name: Arc<str>,
    locals: Locals<'f>,
}

impl<'f> Instance<'f> {
    /// The names inside the stage.
    pub(super) fn names<'a>(&'a self, bases: &'a Bases, scope: &'a Scope<'_>) -> InStage<'a> {
        let locals = Some(&self.locals);
        InStage { stage: &self.stage.name, instance: &self.name, locals, bases, scope }
    }

    fn has(&self, arguments: &Arguments<'f>) -> bool {
        let own = self.locals.arguments().values().map(|(value, _)| value);
        own.eq(arguments.values().map(|(value, _)| value))
    }
}

/// What refers to a stage, with its place.
pub(super) enum Reference<'d> {
    /// A target, with the map of `with`, or `--target`.
    Target(Span, Option<&'d ConcreteValue>),
    /// A key `from`, with the map of `with`.
    From(Span, Option<&'d ConcreteValue>),
}

/// The instances of a plan.
pub(super) struct Instances<'f> {
    all: Vec<Rc<Instance<'f>>>,
    /// The planning state of each.
    pub(super) states: Vec<State>,
    /// The instances of each stage, by its index and by their name with the arguments, which several can share.
    named: BTreeMap<(usize, String), Vec<usize>>,
    /// The names that are taken, with the index of the stage.
    taken: BTreeSet<(usize, String)>,
}

impl<'f> Instances<'f> {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), states: Vec::new(), named: BTreeMap::new(), taken: BTreeSet::new() }
    }

    pub(super) fn get(&self, index: usize) -> Rc<Instance<'f>> {
        self.all[index].clone()
    }

    /// The index of the instance that a reference means. It is added if there is none. `None` if the arguments have mistakes, which
    /// are added to `found`.
    pub(super) fn find(
        &mut self,
        (index, stage): (usize, &'f NamedTemplate),
        reference: &Reference<'_>,
        (bases, scope): (&Bases, &Scope<'_>),
        found: &mut Vec<Diagnostic>,
    ) -> Option<usize> {
        // Each parameter is computed again for each reference.
        if !scope.charge_budget(stage.parameters.len()) {
            found.push(too_much(stage.span));
            return None;
        }
        let before = found.len();
        let arguments = of_reference(stage, reference, &InStage::plain(&stage.name, bases, scope), found);
        if found.len() > before {
            return None;
        }
        let shown = name(stage, &arguments);
        let known = self.named.entry((index, shown.clone())).or_default();
        // The search takes time if thousands of instances look the same.
        if !scope.charge_budget(known.len() / 256) {
            found.push(too_much(stage.span));
            return None;
        }
        if let Some(known) = known.iter().find(|known| self.all[**known].has(&arguments)) {
            return Some(*known);
        }
        let at = self.all.len();
        known.push(at);
        let (mut name, mut number) = (shown.clone(), known.len());
        while !self.taken.insert((index, name.clone())) {
            name = format!("{shown}#{number}");
            number += 1;
        }
        self.all.push(Rc::new(Instance {
            index,
            stage,
            name: name.into(),
            locals: Locals::new(arguments, &stage.vars),
        }));
        self.states.push(State::New);
        Some(at)
    }
}

/// The arguments of a reference, after defaults.
fn of_reference<'f>(
    stage: &'f NamedTemplate,
    reference: &Reference<'_>,
    defaults: &InStage<'_>,
    found: &mut Vec<Diagnostic>,
) -> Arguments<'f> {
    let callee = Callee { name: &stage.name, parameters: &stage.parameters };
    let fields = match reference {
        Reference::From(_, Some(with)) | Reference::Target(_, Some(with)) => with.fields(),
        _ => &[],
    };
    let value = |index: usize, _: &mut Vec<Diagnostic>| match &fields[index].value.kind {
        ConcreteKind::Value(value, reads) => Some((value.clone(), reads.clone())),
        _ => None,
    };
    let given = Given {
        names: fields.iter().map(|field| (field.key.as_ref(), field.key_span, field.value.span)).collect(),
        value: &value,
    };
    let missing = |parameters: &[&'f Parameter]| match reference {
        Reference::Target(span, None) => by_name(&stage.name, parameters, *span),
        Reference::Target(span, Some(_)) | Reference::From(span, _) => {
            let key = if matches!(reference, Reference::From(..)) { "from" } else { "stage" };
            let form = |with: &str| format!("write `{key}: {{stage: {}, with: {{{with}}}}}`", stage.name);
            arguments::missing(&callee, parameters, *span, &form)
        }
    };
    arguments(&callee, &given, defaults, &missing, found)
}

/// The error for a stage that is built by its name although parameters have no default.
fn by_name(stage: &str, parameters: &[&Parameter], span: Span) -> Diagnostic {
    let names: Vec<String> = parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    let names = names.join(", ");
    let message = format!("the stage `{stage}` cannot be built by its name");
    let error = Diagnostic::error(Code::MissingKey, span, message);
    let error = error.label(format!("no default: {names}"));
    error.help(format!(
        "give {names} a default, or add a target with `stage: {{stage: {stage}, with: {{...}}}}`"
    ))
}

/// The longest value in the name of an instance.
const LONGEST: usize = 40;

/// The name of an instance: `licences(of=runtime)`. Line breaks and long values are cut, so two instances can have the same.
fn name(stage: &NamedTemplate, arguments: &Arguments<'_>) -> String {
    if stage.parameters.is_empty() {
        return stage.name.to_string();
    }
    let parts = stage.parameters.iter().filter_map(|parameter| {
        let (value, _) = arguments.get(parameter.name.as_str())?;
        Some(format!("{}={}", parameter.name, shown(value)))
    });
    format!("{}({})", stage.name, parts.collect::<Vec<_>>().join(", "))
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let text = redacted(&text);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if clean.len() < text.len() { format!("{clean}...") } else { clean }
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use crate::base::source::Sources;
    use crate::family::Family;
    use crate::variant::select::Selection;

    /// Checks the names of the stages of a plan for the target `app`, in their order.
    fn check(stages: &str, expect: &[&str]) {
        let sources = Sources::single(
            "image.yaml",
            format!("axes: {{os: {{a: {{v: 1}}, b: {{v: 2}}}}}}\nstages:\n{stages}"),
        );
        let reading = Family::read(&sources);
        let family = reading.family.unwrap_or_else(|| panic!("{:?}", reading.found));
        let selection =
            Selection { target: Some("app".to_owned()), ..Selection::new(Platform::new("linux", "amd64")) };
        let plan = family.select(&selection).and_then(|variant| variant.plan());
        let plan = plan.unwrap_or_else(|found| panic!("{found:?}"));
        let names: Vec<&str> = plan.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, expect);
    }

    /// A stage `app` that copies from a stage `s` with each of these arguments.
    fn copies(params: &str, with: &[&str]) -> String {
        let copies = with
            .iter()
            .map(|with| format!("      - {{copy: a, to: /, from: {{stage: s, with: {{{with}}}}}}}\n"));
        format!(
            "  s: {{params: {{{params}}}, from: \"debian:12\"}}\n  app:\n    from: scratch\n    steps:\n{}",
            copies.collect::<String>()
        )
    }

    #[test]
    fn equal_arguments_are_one_instance() {
        check(
            &copies("n: 1, t: x", &["n: 2", "n: 02", "n: 2, t: x", "t: x, n: \"2\""]),
            &["s(n=2, t=x)", "app"],
        );
        check(&copies("n: 1", &["", "n: 1", "n: 2"]), &["s(n=1)", "s(n=2)", "app"]);
        check(&copies("l: []", &["l: a", "l: [a]", "l: [a, b]"]), &["s(l=[a])", "s(l=[a, b])", "app"]);
        check(&copies("b: true", &["b: true", "b: \"${{ os.v == 1 }}\""]), &["s(b=true)", "app"]);
    }

    #[test]
    fn values_that_look_the_same_are_told_apart() {
        check(
            &copies("l: {type: list, required: true}", &["l: \"a, b\"", "l: [a, b]"]),
            &["s(l=[a, b])", "s(l=[a, b])#2", "app"],
        );
        let long = "0123456789012345678901234567890123456789";
        check(
            &copies("t: \"\"", &[&format!("t: {long}a"), &format!("t: {long}b")]),
            &[&format!("s(t={long}...)"), &format!("s(t={long}...)#2"), "app"],
        );
    }

    #[test]
    fn instances_that_double_are_too_many_and_nothing_else() {
        let stage = |n: usize| {
            let of = |letter: &str| format!("{{stage: s{}, with: {{n: \"${{{{ n }}}}{letter}\"}}}}", n + 1);
            format!(
                "  s{n}: {{params: {{n: x}}, from: {}, steps: [{{copy: /a, to: /b, from: {}}}]}}\n",
                of("a"),
                of("b")
            )
        };
        let stages: String = (0..20).map(stage).collect();
        let text = format!("default: s0\nstages:\n{stages}  s20: {{params: {{n: x}}, from: scratch}}\n");
        let sources = Sources::single("image.yaml", text);
        let family = Family::read(&sources).family.unwrap();
        let selection = Selection::new(Platform::new("linux", "amd64"));
        let variant = family.select(&selection).unwrap();
        let found: Vec<String> = variant.plan().unwrap_err().into_iter().map(|found| found.message).collect();
        assert_eq!(found, [crate::variant::budget::TOO_MUCH]);
    }

    #[test]
    fn a_target_has_arguments() {
        let target = "  s: {params: {n: 1}, from: \"debian:${{ n }}\"}\ntargets:\n  app: {stage: {stage: s, with: {n: 13}}}\n";
        check(target, &["s(n=13)"]);
        check(&target.replace(", with: {n: 13}", ""), &["s(n=1)"]);
    }

    #[test]
    fn an_argument_names_a_stage() {
        let stages = "  runtime: {from: \"debian:12\"}
  dev: {from: runtime}
  licences: {params: {of: runtime}, vars: {path: \"/${{ of }}\"}, from: \"${{ of }}\", env: {P: \"${{ path }}\"}}
  both: {params: {of: dev}, from: {stage: licences, with: {of: \"${{ of }}\"}}}
  app: {from: licences, steps: [{run: a, mounts: [{bind: /m, from: both}]}]}
";
        check(stages, &["runtime", "licences(of=runtime)", "dev", "licences(of=dev)", "both(of=dev)", "app"]);
    }
}
