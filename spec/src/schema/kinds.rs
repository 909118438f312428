//! The kinds of steps, mounts and image tests, one for each variant of their tagged unions.
//!
//! Each variant in the tables has a kind, and so has each value that is read. The plan matches on the kind without a catch-all arm,
//! so code that forgets a kind does not compile.

/// The kind of a variant of a tagged union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariantKind {
    /// A step.
    Step(StepKind),
    /// A mount.
    Mount(MountKind),
    /// An image test: an entry of `checks`.
    Check(CheckKind),
    /// A fact: an entry of `facts`.
    Fact(FactKind),
    /// The base of a stage that is written as a map.
    Base(BaseKind),
}

/// The kind of a step, named after its discriminator.
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

/// The kind of a mount, named after its discriminator.
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

/// The kind of an image test, named after its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckKind {
    Run,
    File,
    Dir,
    Absent,
    PackagesAbsent,
    Linked,
    MaxSize,
    Env,
    User,
}

/// The kind of a fact, named after its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactKind {
    Run,
    File,
}

/// The kind of the base of a stage, named after its discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BaseKind {
    /// A stage of a Dockerfile.
    Dockerfile,
    /// A stage with arguments.
    Stage,
}

impl VariantKind {
    /// The noun of the tagged union to which the variant belongs, without an article.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Mount(_) => "mount",
            Self::Check(_) => "image test",
            Self::Fact(_) => "fact",
            Self::Base(_) => "base",
        }
    }
}
