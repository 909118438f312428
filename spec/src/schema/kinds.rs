//! The kinds of steps, mounts and checks, one for each variant of their tagged unions.
//!
//! The tables name a kind for each variant, a value of one variant carries it, and the plan matches on it without a
//! catch-all arm. So the compiler refuses a kind that the plan has forgotten.

/// What a variant of a tagged union is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariantKind {
    /// A step.
    Step(StepKind),
    /// A mount.
    Mount(MountKind),
    /// A check of the built file system.
    Check(CheckKind),
}

/// What a step does, by its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepKind {
    Run,
    Exec,
    Copy,
    File,
    Dir,
    Symlink,
    Remove,
    Env,
    Workdir,
    User,
    Shell,
    Download,
    Git,
    Packages,
    Repository,
    Pip,
    Account,
    /// The steps of a fragment. Expansion replaces it by these steps.
    Use,
    Layers,
}

/// What a mount provides, by its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MountKind {
    Cache,
    Bind,
    Secret,
    Ssh,
    Tmpfs,
    Git,
    Download,
}

/// What a check looks at, by its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckKind {
    Run,
    File,
    Dir,
    Absent,
    PackagesAbsent,
    MaxSize,
    Env,
    User,
}

impl VariantKind {
    /// The noun of the union that the variant belongs to, without an article.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Mount(_) => "mount",
            Self::Check(_) => "image test",
        }
    }
}
