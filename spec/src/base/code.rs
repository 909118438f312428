//! The codes of all diagnostics, in one table. Messages, the documentation and tests read it.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name the user sees, such as `unknown-key`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What the code means, in one or two sentences of Markdown.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc, "\n",)+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The file is not YAML 1.2, is not UTF-8, is empty, or is too large or too deep.
    Yaml = "yaml",
    /// A tab where YAML wants spaces.
    Tab = "tab",
    /// `${{ }}` stands unquoted inside `{ }` or `[ ]`, where YAML reads its braces as a map.
    FlowExpression = "flow-expression",
    /// A colon without a space after it, so that YAML sees one text instead of a key and a value.
    MissingSpace = "missing-space",
    /// The same key stands twice in one map.
    DuplicateKey = "duplicate-key",
    /// A YAML merge key (`<<`); fragments and mixins do what it is used for.
    MergeKey = "merge-key",
    /// Anchors and aliases expand to more than the allowed number of nodes.
    AliasBudget = "alias-budget",
    /// An included file that is not there, leads out of the folder of the build file, or includes itself.
    Include = "include",
    /// The file needs a newer version of varve than this one. Nothing else of it is looked at.
    RequiresNewer = "requires-newer",
    /// A file of the repository that is not there, or does not hold the value that is read from it.
    FileValue = "file-value",
    /// A key that has no meaning at this place.
    UnknownKey = "unknown-key",
    /// A key that must be there is not.
    MissingKey = "missing-key",
    /// Keys that exclude each other, or a step with no or several naming keys.
    KeyConflict = "key-conflict",
    /// A text where a list is needed, a map where a text is needed, and the like.
    WrongType = "wrong-type",
    /// A value that is not one of those allowed, or is outside its limits.
    BadValue = "bad-value",
    /// A name that is not an identifier, or that is taken.
    BadName = "bad-name",
    /// An expression that does not follow the grammar.
    ExpressionSyntax = "expression-syntax",
    /// A name that nothing defines.
    UnknownName = "unknown-name",
    /// A property that no value of the axis has.
    UnknownProperty = "unknown-property",
    /// A function that does not exist, or is called with too many or too few arguments.
    BadCall = "bad-call",
    /// An axis is compared with a value that it does not have.
    UnknownAxisValue = "unknown-axis-value",
    /// An expression whose parts do not fit together: an order of texts that are no versions, a condition that is no truth value.
    ExpressionType = "expression-type",
    /// A property that the chosen value of the axis lacks.
    MissingProperty = "missing-property",
    /// No case of a `match` covers the value.
    NoCase = "no-case",
    /// Variables that are defined by each other.
    VarCycle = "var-cycle",
    /// Fragments that use each other.
    FragmentCycle = "fragment-cycle",
    /// A stage, target or other thing that is referred to and is not there.
    UnknownStage = "unknown-stage",
    /// Stages that are built from each other.
    StageCycle = "stage-cycle",
    /// A stage that this variant excludes but something still needs.
    ExcludedStage = "excluded-stage",
    /// A package manager that is neither named nor found out.
    UnknownSystem = "unknown-system",
    /// A build argument that sets nothing.
    UnknownArg = "unknown-arg",
    /// A required argument that was not set.
    MissingArg = "missing-arg",
    /// An argument whose value does not fit its type, pattern or limits.
    BadArg = "bad-arg",
    /// A combination of axis values that `support` rules out.
    Unsupported = "unsupported",
    /// A password or token that would become part of the image or its history.
    SecretInStep = "secret-in-step",
    /// The base image has `ONBUILD` triggers, which are instructions for Dockerfiles and are not run.
    OnBuild = "on-build",
    /// A check of the built file system, or of its configuration, that does not hold.
    CheckFailed = "check-failed",
    /// Checks that cannot be carried out here.
    CheckImpossible = "check-impossible",
    /// Text of an argument inside shell text, where the shell interprets it.
    TextInShell = "text-in-shell",
    /// An axis that no stage and no target reads: it multiplies nothing, and setting it changes nothing.
    UnusedAxis = "unused-axis",
    /// An argument that nothing reads: setting it changes nothing.
    UnusedArg = "unused-arg",
    /// A var that nothing reads.
    UnusedVar = "unused-var",
    /// A stage that no target reaches: it is built only by its own name.
    UnusedStage = "unused-stage",
    /// A fragment that no stage uses.
    UnusedFragment = "unused-fragment",
    /// A mixin that no stage and no step names.
    UnusedMixin = "unused-mixin",
    /// A value of an axis that no supported combination has.
    UnusedValue = "unused-value",
    /// A rule of `support` that rules nothing out.
    UnusedRule = "unused-rule",
    /// A tag that no published variant carries, such as a `latest` whose condition never holds.
    UnusedTag = "unused-tag",
    /// A target that no supported combination can build.
    NoVariant = "no-variant",
    /// A step, or another guarded part of a stage, whose condition holds for no variant.
    UnreachableStep = "unreachable-step",
    /// A case of a `match` that no variant takes, because earlier cases cover it or nothing has that value.
    UnreachableCase = "unreachable-case",
    /// Two published variants carry the same tag: the one pushed last wins.
    DuplicateTag = "duplicate-tag",
    /// `apt-get install` in a `run` that does not refresh the package lists first: they are as old as the layer below.
    AptWithoutUpdate = "apt-without-update",
    /// What is downloaded is not tied to its content, so that the same file can give another image tomorrow.
    UnpinnedDownload = "unpinned-download",
    /// The lock does not say what a name stands for, or says it of a name that is not there any more.
    StaleLock = "stale-lock",
    /// A secret in `env` or a label, where everybody who has the image can read it.
    SecretInConfig = "secret-in-config",
    /// Several `layers` of one step install packages or add users: merging them loses the records of all but one.
    PackageSiblings = "package-siblings",
    /// A copy under `link` to below a directory that is a symbolic link in most images: the link is hidden by a directory.
    CopyHidesLink = "copy-hides-link",
    /// The matrix is larger than what is looked at, so that only a sample of it was checked.
    Sampled = "sampled",
    /// `x-check` or `BUILDKIT_DOCKERFILE_CHECK` names a rule that there is not.
    UnknownRule = "unknown-rule",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
