//! Targets: which stages are published, for which platforms and under which tags.

use super::checks::CHECKS;
use super::{CONDITION, FILLED, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Shape, Table, key, table};

const TAGS: Shape = Shape::List(&Shape::Scalar(Scalar::Tag));

/// A target.
pub(crate) static TARGET: Table = table(
    "a target",
    &[
        key("stage", FILLED, "The stage to publish; by default the stage with the name of the target."),
        key("description", TEXT, "What the target is for."),
        key("platforms", TEXTS, "The platforms to publish."),
        key("tags", TAGS, "The tags to publish."),
        key("publish", CONDITION, "Whether to publish the target; true by default."),
        key("checks", CHECKS, "Image tests for its stage."),
    ],
)
.guarded();
