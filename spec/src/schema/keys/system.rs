//! Steps that depend on the distribution: `packages`, `repository`, `account`.

use super::steps::{HOSTS, VERTEX};
use super::{BOOL, ENVIRONMENT, FILLED, MOUNTS, NUMBER, TEXT, TEXTS};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Keys, Shape, Table, UnionVariant, key, table};

const SCRIPT: Shape = Shape::List(&Shape::Scalar(Scalar::Script));
static PACKAGE_SHAPE: Shape = Shape::Either(&FILLED, &PACKAGE_TABLE);
static PACKAGE_TABLE: Shape = Shape::Table(&PACKAGE);
const PACKAGES_LIST: Shape = Shape::List(&PACKAGE_SHAPE);
static NAME_SHAPE: Shape = Shape::Either(&FILLED, &NAME_TABLE);
static NAME_TABLE: Shape = Shape::Table(&NAME);
const NAMES: Shape = Shape::List(&NAME_SHAPE);
static GROUP_SHAPE: Shape = Shape::Either(&FILLED, &GROUP_TABLE);
static GROUP_TABLE: Shape = Shape::Table(&GROUP);
static TIMESTAMP: Shape = Shape::Scalar(Scalar::Timestamp);
static SNAPSHOT_TABLE: Shape = Shape::Table(&SNAPSHOT);
static SIGNING_KEY_TABLE: Shape = Shape::Table(&SIGNING_KEY);

/// The step `packages`.
pub(super) const PACKAGES: UnionVariant = UnionVariant {
    kind: VariantKind::Step(StepKind::Packages),
    key: key(
        "packages",
        PACKAGES_LIST,
        "Packages to install, with whatever the package manager needs for it.",
    ),
    beside: &[
        &[
            key("build-only", PACKAGES_LIST, "Packages that `run` needs and that are purged after it."),
            key("run", SCRIPT, "A script that runs after the installation, in the same layer."),
            key("shell", TEXTS, "The shell of that script, with its arguments."),
            key("remove", PACKAGES_LIST, "Packages to remove at the end; none of them has to be there."),
            key("recommends", BOOL, "Whether weak dependencies are installed too; false when left out."),
            key("allow-erasing", BOOL, "Whether what conflicts may be removed, as apt and apk do anyway."),
            key(
                "snapshot",
                Shape::Either(&TIMESTAMP, &SNAPSHOT_TABLE),
                "The day whose packages are installed, for apt; today's when left out.",
            ),
            key("env", ENVIRONMENT, "Environment of this step alone."),
            key("mounts", MOUNTS, "What is mounted for this step."),
            key("network", Shape::Scalar(Scalar::Word(&["default", "none", "host"])), "Its network."),
            key("workdir", FILLED, "The directory of the script."),
            key("hosts", HOSTS, "More entries of /etc/hosts: name to address."),
        ],
        VERTEX,
    ],
};

/// The step `repository`.
pub(super) const REPOSITORY: UnionVariant = UnionVariant {
    kind: VariantKind::Step(StepKind::Repository),
    key: key("repository", FILLED, "A package repository by a name, with what each package manager needs."),
    beside: &[
        &[
            key("apt", Shape::Table(&APT), "The repository for apt."),
            key("dnf", Shape::Table(&RPM), "The repository for dnf, and for those below without their own."),
            key("microdnf", Shape::Table(&RPM), "The repository for microdnf."),
            key("tdnf", Shape::Table(&RPM), "The repository for tdnf."),
            key("yum", Shape::Table(&RPM), "The repository for yum."),
            key("zypper", Shape::Table(&RPM), "The repository for zypper."),
            key("apk", Shape::Table(&APK), "The repository for apk."),
            KEY_OF,
            TRUSTED,
        ],
        VERTEX,
    ],
};

/// The step `account`.
pub(super) const ACCOUNT: UnionVariant = UnionVariant {
    kind: VariantKind::Step(StepKind::Account),
    key: key("account", FILLED, "A user, by name; made, or adjusted when it is there."),
    beside: &[
        &[
            key("uid", NUMBER, "The number of the user; the first free one from 1000 when left out."),
            key(
                "gid",
                NUMBER,
                "The number of the main group, which is made when it is not there; the uid when left out.",
            ),
            key("groups", Shape::List(&GROUP_SHAPE), "More groups; made when they are not there."),
            key("home", Shape::Scalar(Scalar::AbsolutePath), "The home folder; /home/NAME when left out."),
            key(
                "shell",
                Shape::Scalar(Scalar::AbsolutePath),
                "The login shell; /bin/bash, else /bin/sh, when left out.",
            ),
            key("sudo", BOOL, "Whether it may run everything by sudo without a password."),
            key("replace", BOOL, "Whether a user of another name that has this uid is removed."),
        ],
        VERTEX,
    ],
};

const KEY_OF: Key = key(
    "key",
    Shape::Either(&TEXT, &SIGNING_KEY_TABLE),
    "The key that signs it: its text, a path in the image, or a URL with its digest.",
);
const TRUSTED: Key = key("trusted", BOOL, "Whether it is used without a key.");
const OPTIONS: Key =
    key("options", Shape::Map(Keys::Free, &TEXT), "More lines of the manager's own file, as they are.");

const NAME_KEY: Key = key("name", FILLED, "Its name, where it has the same everywhere.");
const VERSION: Key = key("version", FILLED, "The version of `name`, as the package manager writes it.");
const FIRST_OF: Key = key(
    "first-of",
    Shape::List(&FILLED),
    "Names, of which the first counts that the repositories know; in place of `name`.",
);

/// The long form of an item in a list of packages.
static PACKAGE: Table = table(
    "a package",
    &[
        NAME_KEY,
        VERSION,
        FIRST_OF,
        key("apt", NAMES, "Its names for apt; in place of `name`, as all that follow."),
        key("dnf", NAMES, "Its names for dnf, and for microdnf, tdnf and yum without their own."),
        key("microdnf", NAMES, "Its names for microdnf."),
        key("tdnf", NAMES, "Its names for tdnf."),
        key("yum", NAMES, "Its names for yum."),
        key("zypper", NAMES, "Its names for zypper."),
        key("apk", NAMES, "Its names for apk."),
        key("else", NAMES, "Its names for all others; without it, they get none."),
    ],
)
.guarded();

/// The long form of a name of a package.
static NAME: Table = table("a name of a package", &[NAME_KEY, VERSION, FIRST_OF]).guarded();

/// The long form of a snapshot of the package archives.
static SNAPSHOT: Table = table(
    "a snapshot",
    &[
        key("date", TIMESTAMP, "The day, or the date and time.").required(),
        key(
            "archives",
            Shape::Map(Keys::Free, &FILLED),
            "For sources whose archive by date is not known: their addresses, each with that of the day; with itself where it is used \
             as it is.",
        ),
    ],
).guarded();

/// The description of a repository for apt.
static APT: Table = table(
    "an apt repository",
    &[
        key("uri", Shape::List(&FILLED), "Its addresses.").required(),
        key(
            "suites",
            Shape::List(&FILLED),
            "Its suites, such as `bookworm`; a path ending in `/` for a flat one.",
        )
        .required(),
        key("components", Shape::List(&FILLED), "Its components, such as `main`."),
        key("architectures", Shape::List(&FILLED), "The architectures; that of the system when left out."),
        KEY_OF,
        TRUSTED,
        OPTIONS,
    ],
)
.guarded();

/// The description of a repository of RPM packages.
static RPM: Table = table(
    "an RPM repository",
    &[
        key("baseurl", Shape::List(&FILLED), "Its addresses.").required(),
        key(
            "verify",
            Shape::Scalar(Scalar::Word(&["packages", "metadata", "both"])),
            "What the key has signed; packages when left out.",
        ),
        key("priority", NUMBER, "Its priority; the lowest number counts."),
        KEY_OF,
        TRUSTED,
        OPTIONS,
    ],
)
.guarded();

/// The description of a repository for apk.
static APK: Table =
    table("an apk repository", &[key("uri", FILLED, "Its address.").required(), KEY_OF]).guarded();

/// The key that a repository is signed with.
static SIGNING_KEY: Table = table(
    "a signing key",
    &[
        key("url", FILLED, "Where it is fetched from."),
        key("sha256", Shape::Scalar(Scalar::Sha256), "The digest of what is fetched."),
        key("text", FILLED, "The key itself."),
        key(
            "file",
            FILLED,
            "The name of its file, by which apk finds it; the last part of the URL when left out.",
        ),
        key("armored", BOOL, "Whether it is text; when left out, unless the URL ends in `.gpg`."),
    ],
);

/// The long form of a group of an account.
static GROUP: Table = table(
    "a group",
    &[
        key("name", FILLED, "Its name.").required(),
        key("gid", NUMBER, "Its number when it has to be made; a group that has it already is taken."),
    ],
)
.guarded();
