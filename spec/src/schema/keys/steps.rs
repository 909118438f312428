//! Steps. Each has one discriminator, and other keys beside it.

use super::mounts::{DOWNLOAD, GIT};
use super::{
    ABSOLUTE, BOOL, DEVICES, ENVIRONMENT, FILLED, MODE, MOUNTS, OCTAL, OWNER, STEP_LIST, TEXT, TEXTS, system,
};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Keys, Shape, TaggedUnion, UnionVariant, key};

/// The resources that can be limited (`man 2 getrlimit`), with Docker's names for them.
const LIMITS: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];
pub(super) const ULIMITS: Shape = Shape::Map(Keys::Words(LIMITS), &Shape::Scalar(Scalar::Limit));
pub(super) const HOSTS: Shape = Shape::Map(Keys::Free, &Shape::Scalar(Scalar::Address));
const SCRIPT: Shape = Shape::List(&Shape::Scalar(Scalar::Script));

/// The keys beside every step that makes a vertex.
pub(super) static VERTEX: &[Key] = &[
    key("name", FILLED, "What the progress shows instead of the step's own text."),
    key("no-cache", BOOL, "Run it in every build."),
];

/// The keys beside `run` and `exec`.
static PROCESS: &[Key] = &[
    key("env", ENVIRONMENT, "Environment of this step alone."),
    key("mounts", MOUNTS, "What is mounted for this step."),
    key("network", Shape::Scalar(Scalar::Word(&["default", "none", "host"])), "Its network."),
    key(
        "security",
        Shape::Scalar(Scalar::Word(&["sandbox", "insecure"])),
        "Whether it runs with all privileges.",
    ),
    key("devices", DEVICES, "CDI devices, such as `nvidia.com/gpu=all`."),
    key("user", FILLED, "The user of this step alone."),
    key("workdir", FILLED, "The directory of this step alone."),
    key("mixins", TEXTS, "Mixins of this step."),
    key("ulimits", ULIMITS, "Limits, such as `nofile: 1024:2048`."),
    key("hosts", HOSTS, "More entries of /etc/hosts: name to address."),
];

/// The keys beside steps that write files.
static OWNED: &[Key] =
    &[key("owner", OWNER, "The owner; root when left out."), key("mode", OCTAL, "The mode.")];

/// The keys for the destination of fetched files.
static FETCHED: &[Key] = &[
    key("to", FILLED, "Where to; a folder when it ends in `/`.").required(),
    key("owner", OWNER, "The owner; root when left out."),
];

/// The keys beside `pip`.
static PIP: &[Key] = &[
    key(
        "requirements",
        Shape::List(&FILLED),
        "Requirement files of the context; they are mounted, not copied.",
    ),
    key(
        "constraints",
        Shape::List(&FILLED),
        "Constraint files of the context; they are mounted, not copied.",
    ),
    key("index", FILLED, "The address of the package index."),
    key("extra-index", Shape::List(&FILLED), "Addresses of further indexes."),
    key(
        "venv",
        ABSOLUTE,
        "The virtual environment, made when it is not there; the system's Python when left out.",
    ),
    key("installer", Shape::Scalar(Scalar::Word(&["pip", "uv"])), "Who installs; pip when left out."),
    key("editable", Shape::List(&FILLED), "Paths of projects that are installed as they stand."),
    key("options", TEXTS, "Further options of the installer."),
];

/// A step.
pub(crate) static STEP: TaggedUnion = TaggedUnion {
    noun: "a step",
    variants: &[
        UnionVariant {
            kind: VariantKind::Step(StepKind::Run),
            key: key("run", SCRIPT, "A shell script, or a list of lines; a failing line fails the step."),
            beside: &[
                PROCESS,
                VERTEX,
                &[key("shell", TEXTS, "The shell of this step alone, with its arguments.")],
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Exec),
            key: key("exec", TEXTS, "A program with its arguments, without a shell."),
            beside: &[PROCESS, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Copy),
            key: key(
                "copy",
                Shape::List(&FILLED),
                "Paths of the context, a stage or an image; a short form is `src dest`.",
            ),
            beside: &[
                &[
                    key("to", FILLED, "Where to; a folder when it ends in `/` or several paths are copied."),
                    key("from", FILLED, "A stage or an image; the context when left out."),
                    key("owner", OWNER, "The owner; root when left out."),
                    key("mode", MODE, "The mode of everything copied; as it is when left out."),
                    key("exclude", TEXTS, "Patterns of paths that are left out."),
                    key("parents", BOOL, "Keep the folders above each path."),
                    key("link", BOOL, "A layer of its own, independent of what is below it."),
                    key("follow-links", BOOL, "Copy what a link points at; true when left out."),
                    key("optional", BOOL, "Nothing to copy is no mistake."),
                ],
                VERTEX,
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::File),
            key: key("file", ABSOLUTE, "A file with this content."),
            beside: &[&[key("content", TEXT, "The content; empty when left out.")], OWNED, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Dir),
            key: key("dir", ABSOLUTE, "A folder, with those above it."),
            beside: &[OWNED, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Symlink),
            key: key("symlink", ABSOLUTE, "A symbolic link at this path."),
            beside: &[
                &[key("to", FILLED, "What it points at.").required(), key("owner", OWNER, "Its owner.")],
                VERTEX,
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Remove),
            key: key(
                "remove",
                Shape::List(&ABSOLUTE),
                "Paths to remove; `*` and `?` stand for what is there.",
            ),
            beside: &[&[key("optional", BOOL, "Nothing there is no mistake.")], VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Env),
            key: key("env", ENVIRONMENT, "Environment of what follows, and of the image."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Workdir),
            key: key("workdir", FILLED, "The directory of what follows, and of the image."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::User),
            key: key("user", FILLED, "The user of what follows, and of the image."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Shell),
            key: key("shell", TEXTS, "The shell of what follows, with its arguments."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Download),
            key: key("download", FILLED, "A file from a URL, verified."),
            beside: &[DOWNLOAD, FETCHED, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Git),
            key: key("git", FILLED, "A commit of a repository, by its address."),
            beside: &[GIT, FETCHED, VERTEX],
        },
        system::PACKAGES,
        system::REPOSITORY,
        UnionVariant {
            kind: VariantKind::Step(StepKind::Pip),
            key: key("pip", TEXTS, "Python packages, as requirements."),
            beside: &[PIP, PROCESS, VERTEX],
        },
        system::ACCOUNT,
        UnionVariant {
            kind: VariantKind::Step(StepKind::Use),
            key: key("use", FILLED, "The steps of a fragment."),
            beside: &[&[key(
                "with",
                Shape::Map(Keys::Free, &Shape::Anything),
                "The values of its parameters.",
            )]],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Layers),
            key: key(
                "layers",
                Shape::Map(Keys::Name, &STEP_LIST),
                "Step lists built side by side and merged.",
            ),
            beside: &[],
        },
    ],
};
