//! Targets: which stages are published, for which platforms and under which tags.

use super::checks::CHECKS;
use super::stages::ORIGIN;
use super::{CONDITION, FILLED, LINE, PATH, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{KeyNames, Keys, Shape, Table, key, table};
use crate::schema::written::Written;

const TAG: Shape = Shape::Scalar(Scalar::Tag);
const TAGS: Shape = Shape::List(&TAG);
const OUTPUT_TYPE: Shape = Shape::Scalar(Scalar::Word(&["image", "local", "tar", "oci"]));
const OUTPUT_SHAPE: Shape = Shape::Either(&OUTPUT_TYPE, &Shape::Table(&OUTPUT));
const IMPORTS: Shape = Shape::List(&Shape::Either(&TAG, &Shape::Table(&CACHE_IMPORT)));
const EXPORTS: Shape = Shape::List(&Shape::Either(&TAG, &Shape::Table(&CACHE_EXPORT)));
const OPTIONS: Shape = Shape::Map(Keys::Written(Written::FieldName), &LINE);

/// A target.
pub(crate) static TARGET: Table = table(
    "a target",
    &[
        key("stage", ORIGIN, "The stage to publish; by default the stage with the name of the target."),
        key("description", TEXT, "What the target is for."),
        key("platforms", TEXTS, "The platforms to publish."),
        key("tags", TAGS, "The tags to publish.").knows(KeyNames::Facts),
        key(
            "expect-tags",
            TAGS,
            "Tags that one published variant of the family must have; `varve check` looks for it.",
        ),
        key(
            "output",
            OUTPUT_SHAPE,
            "Where bake and CI put the result: `image`, the default, or files with `type` and `dest`.",
        ),
        key("cache", Shape::Table(&CACHE), "The caches that bake and CI read and write."),
        key("publish", CONDITION, "Whether to publish the target; true by default."),
        key("checks", CHECKS, "Image tests for its stage."),
        key(
            "test-on",
            Shape::List(&Shape::Table(&TEST_ON)),
            "Tests of the pushed image on runners of CI, before it gets its tags.",
        ),
    ],
)
.guarded();

/// A test of a pushed image.
pub(crate) static TEST_ON: Table = table(
    "a test on a runner",
    &[
        key("runner", Shape::List(&LINE), "The labels of the runner, such as `[self-hosted, gpu]`.").required(),
        key(
            "run",
            Shape::List(&Shape::Scalar(Scalar::Script)),
            "A shell script that must succeed on the runner. The variable `IMAGE` has the name of the pushed image.",
        )
        .required(),
        key("name", FILLED, "What CI shows for the test."),
    ],
)
.guarded();

/// The long form of an output.
pub(crate) static OUTPUT: Table = table(
    "an output",
    &[
        key(
            "type",
            OUTPUT_TYPE,
            "`local` for the files of the image in a folder, `tar` for an archive of them, `oci` for the image itself as an archive.",
        )
        .required(),
        key(
            "dest",
            PATH,
            "The folder or archive, on the machine where bake runs. A relative path starts at the folder where it runs.",
        ),
    ],
);

/// The caches of a target.
pub(crate) static CACHE: Table = table(
    "a cache",
    &[
        key("from", IMPORTS, "The caches to read: names of images, or maps with `type`."),
        key("to", EXPORTS, "The caches to write: names of images, or maps with `type`."),
    ],
);

/// A cache that a build reads.
pub(crate) static CACHE_IMPORT: Table = table(
    "a cache import",
    &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["registry", "local", "gha", "s3", "azblob"])),
            "Where the cache is; `registry` by default.",
        ),
        key("ref", TAG, "The name of the image that holds the cache, for the type `registry`."),
        key("src", PATH, "The folder of the cache, for the type `local`."),
        key("scope", LINE, "The name of the cache, for the type `gha`."),
        key(
            "options",
            OPTIONS,
            "Further attributes of BuildKit's cache, such as `bucket` for the type `s3`.",
        ),
    ],
)
.guarded();

/// A cache that a build writes.
pub(crate) static CACHE_EXPORT: Table = table(
    "a cache export",
    &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["registry", "local", "gha", "s3", "azblob", "inline"])),
            "Where the cache is; `registry` by default. `inline` puts it into the image.",
        ),
        key("ref", TAG, "The name of the image that holds the cache, for the type `registry`."),
        key("dest", PATH, "The folder of the cache, for the type `local`."),
        key("scope", LINE, "The name of the cache, for the type `gha`."),
        key(
            "mode",
            Shape::Scalar(Scalar::Word(&["min", "max"])),
            "`max` for the results of all steps, `min` for those of the last stage; BuildKit's default is `min`.",
        ),
        key("options", OPTIONS, "Further attributes of BuildKit's cache, such as `compression`."),
    ],
)
.guarded();
