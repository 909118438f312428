//! Steps. Each has one discriminator, and other keys beside it.

use super::mounts::{DOWNLOAD, GIT, UNPACKED};
use super::stages::ORIGIN;
use super::{
    ABSOLUTE, ARGUMENTS, BOOL, CONTENT, DEVICES, ENVIRONMENT, FILLED, LINE, MODE, MOUNTS, NUMBER, OCTAL,
    OWNER, PATH, PATHS, STEP_LIST, TEXTS, URL, system,
};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, KeyNames, Keys, Shape, Table, TaggedUnion, UnionVariant, key, table};
use crate::schema::written::Written;

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
pub(super) const HOSTS: Shape = Shape::Map(Keys::Written(Written::HostName), &Shape::Scalar(Scalar::Address));
pub(super) const RETRY: Shape = Shape::Either(&NUMBER, &Shape::Table(&RETRIES));
const REQUIREMENTS: Shape = Shape::List(&Shape::Scalar(Scalar::Written(Written::Requirement)));
const SCRIPT: Shape = Shape::List(&Shape::Scalar(Scalar::Script));

/// The keys beside every step that makes a vertex.
pub(super) static VERTEX: &[Key] = &[
    key("name", LINE, "The name in the progress output; by default the text of the step."),
    key("no-cache", BOOL, "Whether to run the step in every build, without the cache."),
];

/// The keys beside `run` and `exec`.
static PROCESS: &[Key] = &[
    key("env", ENVIRONMENT, "Environment variables for this step only.").knows(KeyNames::Digests),
    key("mounts", MOUNTS, "Mounts for this step only."),
    key("network", Shape::Scalar(Scalar::Word(&["default", "none", "host"])), "The network of the step."),
    key(
        "security",
        Shape::Scalar(Scalar::Word(&["sandbox", "insecure"])),
        "Whether the step runs with all privileges.",
    ),
    key("devices", DEVICES, "CDI devices, such as `nvidia.com/gpu=all`."),
    key("user", OWNER, "The user for this step only."),
    key("workdir", PATH, "The working directory for this step only."),
    key("mixins", TEXTS, "Mixins for this step."),
    key("ulimits", ULIMITS, "Limits, such as `nofile: 1024:2048`."),
    key("hosts", HOSTS, "Additional entries of /etc/hosts: name to address."),
    key("retry", RETRY, "How often the step runs again if it fails."),
];

/// The long form of `retry`.
pub(super) static RETRIES: Table = table(
    "`retry`",
    &[
        key("times", NUMBER, "How often the step runs again, at most.").required(),
        key("delay", Shape::Scalar(Scalar::Seconds), "The pause before each further run; 5s by default."),
    ],
);

/// The keys beside steps that write files.
static OWNED: &[Key] = &[
    key("owner", OWNER, "The owner; root by default."),
    key("mode", OCTAL, "The mode of the file or folder."),
];

/// The keys for the destination of fetched files.
static FETCHED: &[Key] = &[
    key("to", PATH, "The destination. A `/` at the end makes it a folder.").required(),
    key("owner", OWNER, "The owner; root by default."),
];

/// The keys beside `pip`.
static PIP: &[Key] = &[
    key("requirements", PATHS, "Requirement files of the context. varve mounts them and does not copy them."),
    key("constraints", PATHS, "Constraint files of the context. varve mounts them and does not copy them."),
    key("index", URL, "The URL of the package index."),
    key("extra-index", Shape::List(&URL), "URLs of additional indexes."),
    key(
        "venv",
        ABSOLUTE,
        "The virtual environment, which varve creates if needed; by default the system's Python.",
    ),
    key(
        "python",
        Shape::Scalar(Scalar::Written(Written::Interpreter)),
        "The Python that gets the packages, or that a new virtual environment gets; python3 by default.",
    ),
    key("installer", Shape::Scalar(Scalar::Word(&["pip", "uv"])), "The installer; pip by default."),
    key(
        "editable",
        Shape::List(&Shape::Scalar(Scalar::Written(Written::Operand))),
        "Paths of projects to install from their folder.",
    ),
    key("options", ARGUMENTS, "Additional options for the installer."),
    key("run", SCRIPT, "A script that runs after the installation, in the same layer."),
    key("shell", ARGUMENTS, "The shell of the whole step, with its arguments: a POSIX shell."),
];

/// A step.
pub(crate) static STEP: TaggedUnion = TaggedUnion {
    noun: "a step",
    variants: &[
        UnionVariant {
            kind: VariantKind::Step(StepKind::Run),
            key: key(
                "run",
                SCRIPT,
                "A shell script, or a list of lines. The step fails at the first line that fails.",
            ),
            beside: &[
                PROCESS,
                VERTEX,
                &[key("shell", ARGUMENTS, "The shell for this step only, with its arguments.")],
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Exec),
            key: key("exec", ARGUMENTS, "A program with its arguments, without a shell."),
            beside: &[PROCESS, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Copy),
            key: key(
                "copy",
                PATHS,
                "Paths of the context, a stage or an image. The short form is `src dest`.",
            ),
            beside: &[
                &[
                    key(
                        "to",
                        PATH,
                        "The destination. A `/` at the end makes it a folder; several paths require the `/`.",
                    ),
                    key("from", ORIGIN, "A stage or an image; the context by default."),
                    key("owner", OWNER, "The owner; root by default."),
                    key(
                        "mode",
                        MODE,
                        "The mode of everything that is copied; by default that of the source.",
                    ),
                    key("exclude", PATHS, "Patterns of paths to leave out."),
                    key("parents", BOOL, "Whether to keep the parent folders of each path."),
                    key(
                        "link",
                        BOOL,
                        "Whether the copy is a layer of its own, independent of the layers below.",
                    ),
                    key(
                        "follow-links",
                        BOOL,
                        "Whether to copy the target of a link instead of the link; true by default.",
                    ),
                    key("optional", BOOL, "Whether a pattern may match no files."),
                    UNPACKED,
                ],
                VERTEX,
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::File),
            key: key("file", ABSOLUTE, "The path of a file to create."),
            beside: &[
                &[key("content", CONTENT, "The content of the file; empty by default.")
                    .knows(KeyNames::Digests)],
                OWNED,
                VERTEX,
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Dir),
            key: key("dir", ABSOLUTE, "The path of a folder to create, with its parents."),
            beside: &[OWNED, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Symlink),
            key: key("symlink", ABSOLUTE, "The path of a symbolic link to create."),
            beside: &[
                &[
                    key("to", PATH, "The target of the link.").required(),
                    key("owner", OWNER, "The owner of the link."),
                ],
                VERTEX,
            ],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Remove),
            key: key("remove", Shape::List(&ABSOLUTE), "Paths to remove. `*` and `?` are wildcards."),
            beside: &[&[key("optional", BOOL, "Whether the paths may be missing.")], VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Env),
            key: key("env", ENVIRONMENT, "Environment variables for the later steps and the image.")
                .knows(KeyNames::Digests),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Workdir),
            key: key("workdir", PATH, "The working directory of the later steps and the image."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::User),
            key: key("user", OWNER, "The user of the later steps and the image."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Shell),
            key: key("shell", ARGUMENTS, "The shell of the later steps, with its arguments."),
            beside: &[],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Download),
            key: key("download", URL, "A file to download, by its URL, verified against its digest."),
            beside: &[DOWNLOAD, FETCHED, VERTEX],
        },
        UnionVariant {
            kind: VariantKind::Step(StepKind::Git),
            key: key("git", URL, "A git repository to copy from, by its URL."),
            beside: &[GIT, FETCHED, VERTEX],
        },
        system::PACKAGES,
        system::REPOSITORY,
        UnionVariant {
            kind: VariantKind::Step(StepKind::Pip),
            key: key("pip", REQUIREMENTS, "Python packages to install, as requirements."),
            beside: &[PIP, PROCESS, VERTEX],
        },
        system::ACCOUNT,
        UnionVariant {
            kind: VariantKind::Step(StepKind::Use),
            key: key("use", FILLED, "The name of a fragment whose steps run here."),
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
                "Step lists that varve builds in parallel and merges.",
            ),
            beside: &[&[key(
                "prefer",
                Shape::Map(Keys::Written(Written::Path), &FILLED),
                "Paths that several layers may change, each with the layer whose version stays.",
            )]],
        },
    ],
};
