//! `provenance`: labels that say where the image comes from.

use super::{FILLED, TEXT};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{KeyNames, Shape, Table, key, table};

/// Values for labels that the build does not know by itself. The keys are those of the OCI image specification (annotations.md),
/// without the prefix `org.opencontainers.image.`.
pub(crate) static PROVENANCE: Table = table(
    "`provenance`",
    &[
        key(
            "labels",
            Shape::Scalar(Scalar::Word(&["oci", "none"])),
            "Which labels the image gets: `oci` (the default) for those of the OCI image specification, or `none`.",
        ),
        key("title", TEXT, "The title of the image."),
        key("description", TEXT, "What the image is for."),
        key("version", TEXT, "The version of the packaged software.").knows(KeyNames::Facts),
        key("licenses", TEXT, "The licences, as an SPDX expression."),
        key("vendor", TEXT, "The publisher."),
        key("authors", TEXT, "Whom to contact."),
        key("url", TEXT, "A URL with more information."),
        key("documentation", TEXT, "The URL of the documentation."),
        key("source", FILLED, "The URL of the sources; the repository of the context by default."),
        key("revision", FILLED, "The commit of the sources; that of the context by default."),
    ],
);
