//! `facts` in expressions: values that the built image tells. They are known only after the build.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Expr, ExprNode, Known, ValueType};

/// The facts that a build found: by the name of the stage with its arguments, and by the name of the fact. Under the empty name are those
/// of the image. `None` before the build.
pub type FoundFacts = Option<BTreeMap<String, BTreeMap<String, String>>>;

/// The name `facts` in expressions.
pub(crate) const NAME: &str = "facts";
/// What is known about `facts` where it can be used.
pub(crate) const FACTS: Known = Known::Plain(ValueType::Record);
/// What is known about `facts` at all other places.
pub(crate) const ELSEWHERE: Known = Known::Elsewhere(
    "in texts of `labels`, `annotations`, `index-annotations` and `tags`, and of `version` in `provenance`",
);
/// The string of the value of `facts` before the build.
const LATER: &str = "later";

/// The value of `facts` in a stage.
pub(crate) fn value(found: &FoundFacts, stage: &str) -> Value {
    match found {
        None => Value::record::<String>(Some(LATER), []),
        Some(found) => {
            let found = found.get(stage).into_iter().flatten();
            Value::record(None, found.map(|(name, value)| (name, Value::text(value))))
        }
    }
}

/// Whether a value is that of `facts` before the build.
pub(crate) fn are_unknown(value: &Value) -> bool {
    matches!(value, Value::Record(facts) if facts.text.as_deref() == Some(LATER))
}

/// The error for a fact that is read before the build.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let message = format!("`{NAME}.{property}` is known only after the build");
    let error = Diagnostic::error(Code::UnknownFact, at, message);
    error
        .help("use it in a text; what decides about the build, such as a condition, cannot depend on it")
        .into()
}

/// A fact that an expression reads.
pub(crate) struct ReadFact<'e> {
    pub(crate) name: &'e str,
    pub(crate) span: Span,
    /// Whether there is a default for it.
    pub(crate) is_optional: bool,
}

/// The facts that an expression reads.
pub(crate) fn read(expr: &Expr) -> Vec<ReadFact<'_>> {
    let fact = |part: &'_ Expr| match &part.node {
        ExprNode::Property(of, _) => of.node == ExprNode::Name(NAME.to_owned()),
        _ => false,
    };
    let mut optional = BTreeSet::new();
    expr.walk(&mut |part| {
        if let ExprNode::Call(function, arguments) = &part.node
            && function.name == "default"
        {
            arguments[0].walk(&mut |part| optional.extend(fact(part).then_some(part.span)));
        }
    });
    let mut read = Vec::new();
    expr.walk(&mut |part| {
        if let (ExprNode::Property(_, name), true) = (&part.node, fact(part)) {
            read.push(ReadFact { name, span: part.span, is_optional: optional.contains(&part.span) });
        }
    });
    read
}

/// The text that stands for a fact before the build: `{facts.python}`. No tag can contain it.
pub(crate) fn placeholder(name: &str) -> String {
    format!("{{{NAME}.{name}}}")
}

/// Whether a text contains a fact that is not known.
pub(crate) fn is_open(text: &str) -> bool {
    text.contains("{facts.")
}
