//! `base` in expressions: the base image of a stage, as the build resolved it.

use std::collections::BTreeMap;

use buildkit_names::Reference;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Expr, ExprNode, Known, ValueType};

/// The image that a stage goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageBase {
    /// The image.
    pub image: Pinned,
    /// The environment of the image.
    pub env: BTreeMap<String, String>,
}

/// An image with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The full reference without the digest: `docker.io/library/debian:12`.
    pub name: String,
    /// The digest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Pinned {
    /// The canonical name and the digest of a reference. `None` if it has no digest.
    pub fn of(reference: &Reference) -> Option<Self> {
        Some(Self { name: reference.canonical_name(), digest: reference.digest()?.to_owned() })
    }
}

/// The base images by the name of the stage. A stage without one, such as a stage from `scratch`, has no entry. `None` if the
/// images are not resolved yet.
pub type Bases = Option<BTreeMap<String, StageBase>>;

/// The name `base` in expressions.
pub(crate) const NAME: &str = "base";
/// The property with the environment of the image, by name.
pub(crate) const ENV: &str = "env";
/// The value of `base.env`, and of each variable in it, if the images are not resolved yet.
pub(crate) const UNKNOWN_ENV: &str = "BASE_ENV";
/// What is known about `base` at a place where it can be used.
pub(crate) const BASE: Known =
    Known::Fields(false, &[("name", ValueType::Text), ("digest", ValueType::Text), (ENV, ValueType::Record)]);
/// What is known about `base` at all other places.
pub(crate) const ELSEWHERE: Known = Known::Elsewhere("under `image` of a stage");

/// The value of `base` in a stage. It has placeholders if the images are not resolved yet, and no properties if the stage has no
/// base image.
pub(crate) fn value(bases: &Bases, stage: &str) -> Value {
    let of = |name: &str, digest: &str, env: Value| {
        Value::record(None, [("name", Value::text(name)), ("digest", Value::text(digest)), (ENV, env)])
    };
    match bases {
        None => of("BASE_NAME", "BASE_DIGEST", Value::text(UNKNOWN_ENV)),
        Some(bases) => match bases.get(stage) {
            Some(StageBase { image, env }) => {
                let env = Value::record(None, env.iter().map(|(name, value)| (name, Value::text(value))));
                of(&image.name, &image.digest, env)
            }
            None => Value::record::<String>(None, []),
        },
    }
}

/// Whether an expression is `base.env`.
pub(crate) fn is_env(expr: &Expr) -> bool {
    matches!(&expr.node, ExprNode::Property(of, name) if name == ENV && of.node == ExprNode::Name(NAME.to_owned()))
}

/// The error for a property of `base` in a stage without a base image.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let message =
        format!("`{NAME}.{property}` has no value: this stage is not built on an image from a registry");
    let error = Diagnostic::error(Code::MissingProperty, at, message);
    error.help(format!("write `{NAME}.{property} | default(\"none\")`")).into()
}
