//! Targets: which stages are published, for which platforms and under which tags.

use super::checks::CHECKS;
use super::{CONDITION, FILLED, TEXT, TEXTS};
use crate::schema::shapes::{Table, key, table};

/// A target.
pub(crate) static TARGET: Table = table(
    "a target",
    &[
        key("stage", FILLED, "The stage that is its result; the one of its own name when left out."),
        key("description", TEXT, "What it is for."),
        key("platforms", TEXTS, "The platforms it is published for."),
        key("tags", TEXTS, "The tags it is published under."),
        key("publish", CONDITION, "Whether it is published; true when left out."),
        key("checks", CHECKS, "What has to hold of the built file system of its stage."),
    ],
)
.guarded();
