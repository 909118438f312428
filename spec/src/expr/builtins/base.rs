//! `base` in expressions: the base image of a stage, as the build resolved it.

use std::collections::BTreeMap;

use buildkit_names::Reference;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::{Record, Value};
use crate::expr::{Expr, ExprNode, Known, ValueType};

/// The image that a stage goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageBase {
    /// The image. `None` if its digest is not known, because no builder was asked.
    pub image: Option<Pinned>,
    /// The environment of the image. `None` if it is not known, because no builder was asked.
    pub env: Option<BTreeMap<String, String>>,
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

/// The string of a value of `base` that lacks what only a builder knows.
const UNREAD: &str = "unread";

/// The value of `base` in a stage. It has placeholders if the images are not resolved yet, and no properties if the stage has no
/// base image. A property that is not known is not one of its properties.
pub(crate) fn value(bases: &Bases, stage: &str) -> Value {
    let Some(bases) = bases else {
        let placeholders = [("name", "BASE_NAME"), ("digest", "BASE_DIGEST"), (ENV, UNKNOWN_ENV)];
        return Value::record(None, placeholders.map(|(name, text)| (name, Value::text(text))));
    };
    let Some(StageBase { image, env }) = bases.get(stage) else { return Value::record::<String>(None, []) };
    let image = image.iter().flat_map(|image| [("name", &image.name), ("digest", &image.digest)]);
    let texts = image.map(|(name, text)| (name, Value::text(text)));
    let env = env.as_ref().map(|env| {
        let env = env.iter().map(|(name, value)| (name, Value::text(value)));
        (ENV, Value::record(None, env))
    });
    Value::record(env.is_none().then_some(UNREAD), texts.chain(env))
}

/// Whether an expression is `base.env`.
pub(crate) fn is_env(expr: &Expr) -> bool {
    matches!(&expr.node, ExprNode::Property(of, name) if name == ENV && of.node == ExprNode::Name(NAME.to_owned()))
}

/// The error for a property that `base` does not have: the stage has no base image, or only a builder knows the property.
pub(crate) fn unknown(base: &Record, property: &str, at: Span) -> Box<Diagnostic> {
    // What a builder knows is no missing property, for which `default` has a value.
    let is_unread = base.text.as_deref() == Some(UNREAD);
    let error = |why: &str| {
        let code = if is_unread { Code::BadValue } else { Code::MissingProperty };
        Diagnostic::error(code, at, format!("`{NAME}.{property}` has no value: {why}"))
    };
    let error = match is_unread {
        true if property == ENV => error("only a builder reads the configuration of the base image"),
        true => error("no lock has the digest of the base image, and no builder was asked")
            .help("write the lock with `--call=lock`, or build the image with `docker buildx build`"),
        false => error("this stage is not built on an image from a registry")
            .help(format!("write `{NAME}.{property} | default(\"none\")`")),
    };
    error.into()
}
