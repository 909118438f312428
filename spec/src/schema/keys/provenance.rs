//! `provenance`: labels that say where the image comes from.

use super::{FILLED, TEXT};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Shape, Table, key, table};

/// Values for labels that the build does not know by itself. The keys are those of the OCI image specification (annotations.md),
/// without the prefix `org.opencontainers.image.`.
pub(crate) static PROVENANCE: Table = table(
    "`provenance`",
    &[
        key(
            "labels",
            Shape::Scalar(Scalar::Word(&["oci", "none"])),
            "Which labels the image gets: `oci`, those of the OCI image specification, when left out; `none`.",
        ),
        key("title", TEXT, "What the image is called."),
        key("description", TEXT, "What it is for."),
        key("version", TEXT, "The version of what is packaged."),
        key("licenses", TEXT, "Its licences, as an SPDX expression."),
        key("vendor", TEXT, "Who publishes it."),
        key("authors", TEXT, "Whom to ask."),
        key("url", TEXT, "Where to read more."),
        key("documentation", TEXT, "Where its documentation is."),
        key("source", FILLED, "Where its source is; the repository of the context when left out."),
        key("revision", FILLED, "The commit; that of the context when left out."),
    ],
);
