//! Steps that depend on the distribution: `packages`, `repository`, `account`.

use super::steps::{HOSTS, VERTEX};
use super::{ABSOLUTE, ARGUMENTS, BOOL, ENVIRONMENT, FILLED, MOUNTS, NUMBER, PATH, TEXT, URL, WORD};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, KeyNames, Keys, Shape, Table, UnionVariant, key, table};
use crate::schema::written::Written;

const SCRIPT: Shape = Shape::List(&Shape::Scalar(Scalar::Script));
const PACKAGE_NAME: Shape = Shape::Scalar(Scalar::Written(Written::PackageName));
const ADDRESS: Shape = Shape::Scalar(Scalar::Written(Written::Address));
const ADDRESSES: Shape = Shape::List(&ADDRESS);
const WORDS: Shape = Shape::List(&WORD);
const ACCOUNT_PATH: Shape = Shape::Scalar(Scalar::Written(Written::AccountPath));
static PACKAGE_SHAPE: Shape = Shape::Either(&PACKAGE_NAME, &PACKAGE_TABLE);
static PACKAGE_TABLE: Shape = Shape::Table(&PACKAGE);
const PACKAGES_LIST: Shape = Shape::List(&PACKAGE_SHAPE);
static NAME_SHAPE: Shape = Shape::Either(&PACKAGE_NAME, &NAME_TABLE);
static NAME_TABLE: Shape = Shape::Table(&NAME);
const NAMES: Shape = Shape::List(&NAME_SHAPE);
static GROUP_SHAPE: Shape = Shape::Either(&FILLED, &GROUP_TABLE);
static GROUP_TABLE: Shape = Shape::Table(&GROUP);
static TIMESTAMP: Shape = Shape::Scalar(Scalar::Timestamp);
static OPTIONS_OF_MANAGERS: Shape = Shape::Table(&MANAGER_OPTIONS);
static SNAPSHOT_TABLE: Shape = Shape::Table(&SNAPSHOT);
static SIGNING_KEY_TABLE: Shape = Shape::Table(&SIGNING_KEY);

/// The step `packages`.
pub(super) const PACKAGES: UnionVariant = UnionVariant {
    kind: VariantKind::Step(StepKind::Packages),
    key: key("packages", PACKAGES_LIST, "Packages to install with the package manager of the distribution."),
    beside: &[
        &[
            key(
                "upgrade",
                PACKAGES_LIST,
                "Installed packages to upgrade before the installation, or `true` for all of them.",
            ),
            key(
                "build-only",
                PACKAGES_LIST,
                "Packages for the script in `run`; varve removes them after it.",
            ),
            key("run", SCRIPT, "A script that runs after the installation, in the same layer."),
            key(
                "keep-linked",
                Shape::List(&ABSOLUTE),
                "Files and folders. The libraries that programs there need stay, if they came for `build-only`.",
            ),
            key("shell", ARGUMENTS, "The shell of the script, with its arguments."),
            key(
                "remove",
                PACKAGES_LIST,
                "Packages to remove at the end. varve skips those that are not installed.",
            ),
            key("recommends", BOOL, "Whether to install weak dependencies too; false by default."),
            key(
                "allow-erasing",
                BOOL,
                "Whether the package manager may remove conflicting packages. apt and apk always may.",
            ),
            key(
                "snapshot",
                Shape::Either(&TIMESTAMP, &SNAPSHOT_TABLE),
                "The day whose packages are installed, for apt only; today by default.",
            ),
            key(
                "options",
                OPTIONS_OF_MANAGERS,
                "Additional options for the commands that install and upgrade, by package manager.",
            ),
            key("env", ENVIRONMENT, "Environment variables for this step only.").knows(KeyNames::Digests),
            key("mounts", MOUNTS, "Mounts for this step only."),
            key(
                "network",
                Shape::Scalar(Scalar::Word(&["default", "none", "host"])),
                "The network of the step.",
            ),
            key("workdir", PATH, "The working directory of the script."),
            key("hosts", HOSTS, "Additional entries of /etc/hosts: name to address."),
        ],
        VERTEX,
    ],
};

/// The step `repository`.
pub(super) const REPOSITORY: UnionVariant = UnionVariant {
    kind: VariantKind::Step(StepKind::Repository),
    key: key(
        "repository",
        FILLED,
        "The name of a package repository to add, with an entry for each package manager.",
    ),
    beside: &[
        &[
            key("apt", Shape::Table(&APT), "The repository for apt."),
            key(
                "dnf",
                Shape::Table(&RPM),
                "The repository for dnf, and for microdnf, tdnf and yum if they have no entry.",
            ),
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
    key: key("account", FILLED, "The name of a user to create, or to change if it exists."),
    beside: &[
        &[
            key("uid", NUMBER, "The user id; by default the first free one from 1000."),
            key(
                "gid",
                NUMBER,
                "The id of the main group, which varve creates if needed; the uid by default.",
            ),
            key("groups", Shape::List(&GROUP_SHAPE), "Additional groups; varve creates missing ones."),
            key("home", ACCOUNT_PATH, "The home folder; /home/NAME by default."),
            key(
                "shell",
                ACCOUNT_PATH,
                "The login shell; by default /bin/bash, or /bin/sh if that does not exist.",
            ),
            key("sudo", BOOL, "Whether the user can run everything with sudo, without a password."),
            key("replace", BOOL, "Whether to remove a user of another name that has this uid."),
        ],
        VERTEX,
    ],
};

const KEY_OF: Key = key(
    "key",
    Shape::Either(&TEXT, &SIGNING_KEY_TABLE),
    "The key that signs the repository: its text, a path in the image, or a URL with its digest.",
);
const TRUSTED: Key = key("trusted", BOOL, "Whether to use the repository without a key.");
const VALUE: Shape = Shape::Scalar(Scalar::Written(Written::Value));
const OPTIONS: Key = key(
    "options",
    Shape::Map(Keys::Written(Written::FieldName), &VALUE),
    "Additional lines for the manager's own file, unchanged.",
);

const NAME_KEY: Key = key("name", PACKAGE_NAME, "The name of the package, if all managers use the same one.");
const VERSION: Key = key(
    "version",
    Shape::Scalar(Scalar::Written(Written::PackageVersion)),
    "The version of `name`, in the syntax of the package manager.",
);
const FIRST_OF: Key = key(
    "first-of",
    Shape::List(&PACKAGE_NAME),
    "Possible names, instead of `name`. varve installs the first one that the repositories have.",
);

/// The long form of an item in a list of packages.
static PACKAGE: Table = table(
    "a package",
    &[
        NAME_KEY,
        VERSION,
        FIRST_OF,
        key("apt", NAMES, "The names for apt, instead of `name`."),
        key("dnf", NAMES, "The names for dnf, and for microdnf, tdnf and yum if they have no entry."),
        key("microdnf", NAMES, "The names for microdnf."),
        key("tdnf", NAMES, "The names for tdnf."),
        key("yum", NAMES, "The names for yum."),
        key("zypper", NAMES, "The names for zypper."),
        key("apk", NAMES, "The names for apk."),
        key("else", NAMES, "The names for all other managers; without it, they install nothing."),
    ],
)
.guarded();

/// The long form of a name of a package.
static NAME: Table = table("a name of a package", &[NAME_KEY, VERSION, FIRST_OF]).guarded();

/// The options of a step `packages` for its package manager.
static MANAGER_OPTIONS: Table = table(
    "the manager options",
    &[
        key("apt", ARGUMENTS, "The options for apt-get."),
        key("dnf", ARGUMENTS, "The options for dnf, and for microdnf, tdnf and yum if they have no entry."),
        key("microdnf", ARGUMENTS, "The options for microdnf."),
        key("tdnf", ARGUMENTS, "The options for tdnf."),
        key("yum", ARGUMENTS, "The options for yum."),
        key("zypper", ARGUMENTS, "The options for zypper, behind its command."),
        key("apk", ARGUMENTS, "The options for apk."),
    ],
)
.guarded();

/// The long form of a snapshot of the package archives.
static SNAPSHOT: Table = table(
    "a snapshot",
    &[
        key("date", TIMESTAMP, "The day, or the date and time.").required(),
        key(
            "archives",
            Shape::Map(Keys::Written(Written::Address), &ADDRESS),
            "For sources without a known archive by date: maps their address to that of the archive, or to itself if it stays.",
        ),
    ],
).guarded();

/// The description of a repository for apt.
static APT: Table = table(
    "an apt repository",
    &[
        key("uri", ADDRESSES, "The URLs of the repository.").required(),
        key(
            "suites",
            WORDS,
            "The suites, such as `bookworm`. A flat repository has a path that ends with `/`.",
        )
        .required(),
        key("components", WORDS, "The components, such as `main`."),
        key("architectures", WORDS, "The architectures; that of the image by default."),
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
        key("baseurl", ADDRESSES, "The URLs of the repository.").required(),
        key(
            "verify",
            Shape::Scalar(Scalar::Word(&["packages", "metadata", "both"])),
            "What the key signs; packages by default.",
        ),
        key("priority", NUMBER, "The priority. The lowest number wins."),
        KEY_OF,
        TRUSTED,
        OPTIONS,
    ],
)
.guarded();

/// The description of a repository for apk.
static APK: Table =
    table("an apk repository", &[key("uri", ADDRESS, "The URL of the repository.").required(), KEY_OF])
        .guarded();

/// The key that a repository is signed with.
static SIGNING_KEY: Table = table(
    "a signing key",
    &[
        key("url", URL, "The URL of the key."),
        key("sha256", Shape::Scalar(Scalar::Sha256), "The expected digest of the key file."),
        key("text", FILLED, "The text of the key."),
        key(
            "file",
            Shape::Scalar(Scalar::Written(Written::FileName)),
            "The name of the key file, by which apk finds it; by default the last part of the URL.",
        ),
        key(
            "armored",
            BOOL,
            "Whether the key is ASCII-armored; true by default, unless the URL ends with `.gpg`.",
        ),
    ],
);

/// The long form of a group of an account.
static GROUP: Table = table(
    "a group",
    &[
        key("name", FILLED, "The name of the group.").required(),
        key(
            "gid",
            NUMBER,
            "The id for a new group. varve uses an existing group of this name, or else one with this id.",
        ),
    ],
)
.guarded();
