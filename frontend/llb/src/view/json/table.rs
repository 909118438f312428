//! The tables of the messages in BuildKit's solver/pb/ops.proto: number, name and type of each field, in the order of the file.

use super::message::Kind::{Bytes, Flag, Int, Long, Message, Name, Recursive, Text, Unsigned};
use super::message::{Count, Field, Kind};

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, count: Count::One }
}

const fn many(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, count: Count::Many }
}

const fn map(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, count: Count::Map }
}

/// A message that has only an index.
static INDEX: &[Field] = &[one(1, "input", Long)];

pub(super) static OP: &[Field] = &[
    many(1, "inputs", Message(&[one(1, "digest", Text), one(2, "index", Long)])),
    one(2, "exec", Message(EXEC)),
    one(3, "source", Message(&[one(1, "identifier", Text), map(2, "attrs", Text)])),
    one(4, "file", Message(&[many(2, "actions", Message(ACTION))])),
    one(5, "build", Message(BUILD)),
    one(6, "merge", Message(&[many(1, "inputs", Message(INDEX))])),
    one(7, "diff", Message(&[one(1, "lower", Message(INDEX)), one(2, "upper", Message(INDEX))])),
    one(8, "passthrough", Message(&[one(1, "id", Text), many(2, "outputs", Long)])),
    one(10, "platform", Message(PLATFORM)),
    one(11, "constraints", Message(&[many(1, "filter", Text)])),
];

static PLATFORM: &[Field] = &[
    one(1, "Architecture", Text),
    one(2, "OS", Text),
    one(3, "Variant", Text),
    one(4, "OSVersion", Text),
    many(5, "OSFeatures", Text),
];

static EXEC: &[Field] = &[
    one(1, "meta", Message(META)),
    many(2, "mounts", Message(MOUNT)),
    one(3, "network", Name(&["UNSET", "HOST", "NONE"])),
    one(4, "security", Name(&["SANDBOX", "INSECURE"])),
    many(5, "secretenv", Message(&[one(1, "ID", Text), one(2, "name", Text), one(3, "optional", Flag)])),
    many(6, "cdiDevices", Message(&[one(1, "name", Text), one(2, "optional", Flag)])),
];

static META: &[Field] = &[
    many(1, "args", Text),
    many(2, "env", Text),
    one(3, "cwd", Text),
    one(4, "user", Text),
    one(5, "proxy_env", Message(PROXY)),
    many(6, "extraHosts", Message(&[one(1, "Host", Text), one(2, "IP", Text)])),
    one(7, "hostname", Text),
    many(9, "ulimit", Message(&[one(1, "Name", Text), one(2, "Soft", Long), one(3, "Hard", Long)])),
    one(10, "cgroupParent", Text),
    one(11, "removeMountStubsRecursive", Flag),
    many(12, "validExitCodes", Int),
];

static PROXY: &[Field] = &[
    one(1, "http_proxy", Text),
    one(2, "https_proxy", Text),
    one(3, "ftp_proxy", Text),
    one(4, "no_proxy", Text),
    one(5, "all_proxy", Text),
];

static MOUNT: &[Field] = &[
    one(1, "input", Long),
    one(2, "selector", Text),
    one(3, "dest", Text),
    one(4, "output", Long),
    one(5, "readonly", Flag),
    one(6, "mountType", Name(&["BIND", "SECRET", "SSH", "CACHE", "TMPFS"])),
    one(19, "TmpfsOpt", Message(&[one(1, "size", Long)])),
    one(20, "cacheOpt", Message(CACHE)),
    one(21, "secretOpt", Message(SECRET_OR_AGENT)),
    one(22, "SSHOpt", Message(SECRET_OR_AGENT)),
    one(23, "resultID", Text),
    one(24, "contentCache", Name(&["DEFAULT", "ON", "OFF"])),
];

static CACHE: &[Field] = &[one(1, "ID", Text), one(2, "sharing", Name(&["SHARED", "PRIVATE", "LOCKED"]))];

/// The options of a secret or of an ssh agent, which have the same fields.
static SECRET_OR_AGENT: &[Field] = &[
    one(1, "ID", Text),
    one(2, "uid", Int),
    one(3, "gid", Int),
    one(4, "mode", Int),
    one(5, "optional", Flag),
];

static ACTION: &[Field] = &[
    one(1, "input", Long),
    one(2, "secondaryInput", Long),
    one(3, "output", Long),
    one(4, "copy", Message(COPY)),
    one(5, "mkfile", Message(MKFILE)),
    one(6, "mkdir", Message(MKDIR)),
    one(
        7,
        "rm",
        Message(&[one(1, "path", Text), one(2, "allowNotFound", Flag), one(3, "allowWildcard", Flag)]),
    ),
    one(8, "symlink", Message(SYMLINK)),
];

static COPY: &[Field] = &[
    one(1, "src", Text),
    one(2, "dest", Text),
    one(3, "owner", Message(OWNER)),
    one(4, "mode", Int),
    one(5, "followSymlink", Flag),
    one(6, "dirCopyContents", Flag),
    one(7, "attemptUnpackDockerCompatibility", Flag),
    one(8, "createDestPath", Flag),
    one(9, "allowWildcard", Flag),
    one(10, "allowEmptyWildcard", Flag),
    one(11, "timestamp", Long),
    many(12, "include_patterns", Text),
    many(13, "exclude_patterns", Text),
    one(14, "alwaysReplaceExistingDestPaths", Flag),
    one(15, "modeStr", Text),
    many(16, "required_paths", Text),
];

static MKFILE: &[Field] = &[
    one(1, "path", Text),
    one(2, "mode", Int),
    one(3, "data", Bytes),
    one(4, "owner", Message(OWNER)),
    one(5, "timestamp", Long),
];

static MKDIR: &[Field] = &[
    one(1, "path", Text),
    one(2, "mode", Int),
    one(3, "makeParents", Flag),
    one(4, "owner", Message(OWNER)),
    one(5, "timestamp", Long),
];

static SYMLINK: &[Field] = &[
    one(1, "oldpath", Text),
    one(2, "newpath", Text),
    one(3, "owner", Message(OWNER)),
    one(4, "timestamp", Long),
];

static OWNER: &[Field] = &[one(1, "user", Message(USER)), one(2, "group", Message(USER))];
static USER: &[Field] =
    &[one(1, "byName", Message(&[one(1, "name", Text), one(2, "input", Long)])), one(2, "byID", Int)];

static BUILD: &[Field] = &[
    one(1, "builder", Long),
    map(2, "inputs", Message(INDEX)),
    one(3, "def", Message(DEFINITION)),
    map(4, "attrs", Text),
];

static DEFINITION: &[Field] = &[
    many(1, "def", Bytes),
    map(2, "metadata", Message(OP_METADATA)),
    // The source map contains definitions in turn.
    one(3, "Source", Recursive(|| SOURCE)),
];

pub(super) static OP_METADATA: &[Field] = &[
    one(1, "ignore_cache", Flag),
    map(2, "description", Text),
    one(4, "export_cache", Message(&[one(1, "Value", Flag)])),
    map(5, "caps", Flag),
    one(6, "progress_group", Message(&[one(1, "id", Text), one(2, "name", Text), one(3, "weak", Flag)])),
    one(7, "linux_resources", Message(RESOURCES)),
];

static RESOURCES: &[Field] = &[
    one(1, "memory", Long),
    one(2, "memorySwap", Long),
    one(3, "cpuShares", Unsigned),
    one(4, "cpuPeriod", Unsigned),
    one(5, "cpuQuota", Long),
    one(6, "cpusetCpus", Text),
    one(7, "cpusetMems", Text),
];

pub(super) static SOURCE: &[Field] = &[
    map(1, "locations", Message(&[many(1, "locations", Message(LOCATION))])),
    many(2, "infos", Message(INFO)),
];

static LOCATION: &[Field] = &[one(1, "sourceIndex", Int), many(2, "ranges", Message(RANGE))];
static RANGE: &[Field] = &[one(1, "start", Message(POSITION)), one(2, "end", Message(POSITION))];
static POSITION: &[Field] = &[one(1, "line", Int), one(2, "character", Int)];

static INFO: &[Field] = &[
    one(1, "filename", Text),
    one(2, "data", Bytes),
    one(3, "definition", Message(DEFINITION)),
    one(4, "language", Text),
];
