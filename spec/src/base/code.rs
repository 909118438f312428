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
    /// The build file is not UTF-8, or a file of the family is not YAML 1.2, is empty, or is too large or too deep.
    Yaml = "yaml",
    /// The indentation contains a tab, or a tab is between a colon and its value. YAML requires spaces.
    Tab = "tab",
    /// An unquoted `${{ }}` is inside `{ }` or `[ ]`, where YAML reads its braces as a map.
    FlowExpression = "flow-expression",
    /// There is no space after a colon, so YAML reads one string instead of a key and a value.
    MissingSpace = "missing-space",
    /// One map contains the same key twice.
    DuplicateKey = "duplicate-key",
    /// The file contains a YAML merge key (`<<`). Use fragments and mixins instead.
    MergeKey = "merge-key",
    /// Anchors and aliases expand to more than the allowed number of nodes.
    AliasBudget = "alias-budget",
    /// An included file, or one with values of an axis, does not exist, is not UTF-8, or is in a wrong place; or a file includes itself.
    Include = "include",
    /// The file requires a newer version of varve. varve reports no other mistakes of the file.
    RequiresNewer = "requires-newer",
    /// A file from which a var reads its value does not exist, is not UTF-8, or does not contain the value.
    FileValue = "file-value",
    /// A key has no meaning at this place.
    UnknownKey = "unknown-key",
    /// A required key is missing.
    MissingKey = "missing-key",
    /// Keys exclude each other, or several keys name the kind of one step.
    KeyConflict = "key-conflict",
    /// The value has another type than the key requires, such as a string instead of a list.
    WrongType = "wrong-type",
    /// A value is not one of the allowed values, or is outside its limits.
    BadValue = "bad-value",
    /// The name of an image is not an image reference, or a tag is not one that can be pushed.
    BadReference = "bad-reference",
    /// The version of a package has a sign of comparison, or a character that no package manager allows in a version.
    BadVersion = "bad-version",
    /// An argument of a program, or the value of an environment variable, is longer than Linux passes to a process.
    TooLong = "too-long",
    /// An expression is empty, and without its value the path would mean the folder above.
    EmptyPathPart = "empty-path-part",
    /// A pattern of paths in `copy`, `exclude`, `remove` or an ignore file is not valid.
    BadPattern = "bad-pattern",
    /// A name is not an identifier, is reserved, or is already used.
    BadName = "bad-name",
    /// The name of a label or annotation contains `=` or a line break.
    BadLabel = "bad-label",
    /// An expression does not follow the grammar.
    ExpressionSyntax = "expression-syntax",
    /// An expression uses a name that is not defined, or `use` or `mixins` names a fragment or mixin that is not defined.
    UnknownName = "unknown-name",
    /// No value of the axis has the property.
    UnknownProperty = "unknown-property",
    /// A function does not exist, or the call has too many or too few arguments.
    BadCall = "bad-call",
    /// An axis is compared with, or set to, a value that it does not have.
    UnknownAxisValue = "unknown-axis-value",
    /// An operand has the wrong type: for example, `<` compares strings that are not versions, or a condition is not a boolean.
    ExpressionType = "expression-type",
    /// The selected value of the axis does not have the property.
    MissingProperty = "missing-property",
    /// No case of a `match` matches the value.
    NoCase = "no-case",
    /// Vars depend on each other in a cycle.
    VarCycle = "var-cycle",
    /// Fragments use each other in a cycle.
    FragmentCycle = "fragment-cycle",
    /// A stage or target does not exist, but something refers to it.
    UnknownStage = "unknown-stage",
    /// Stages depend on each other in a cycle.
    StageCycle = "stage-cycle",
    /// A stage that another stage or a target needs does not exist in this variant.
    ExcludedStage = "excluded-stage",
    /// varve cannot determine the package manager, and the stage does not name one.
    UnknownSystem = "unknown-system",
    /// A build argument has no effect.
    UnknownArg = "unknown-arg",
    /// A required argument is not set.
    MissingArg = "missing-arg",
    /// The value of an argument does not match its type, pattern or limits, or a name and its alias have different values.
    BadArg = "bad-arg",
    /// The support rules exclude this combination of axis values.
    Unsupported = "unsupported",
    /// The defaults of some axes are not allowed together with what the build sets, so the build takes the first values that are.
    DefaultMoved = "default-moved",
    /// A password or token would become part of the image or its history.
    SecretInStep = "secret-in-step",
    /// The base image has `ONBUILD` triggers. They are instructions for Dockerfiles, and varve does not run them.
    OnBuild = "on-build",
    /// An image test failed: the file system or the configuration of the image is not as required.
    CheckFailed = "check-failed",
    /// varve cannot run the image tests.
    CheckImpossible = "check-impossible",
    /// The value of an argument becomes part of a script, where the shell interprets it.
    TextInShell = "text-in-shell",
    /// A value contains a variable such as `$HOME`, which a Dockerfile would replace. varve keeps it as it is.
    DockerfileVariable = "dockerfile-variable",
    /// No stage and no target uses the axis, so its values do not change any image.
    UnusedAxis = "unused-axis",
    /// The argument is not used, so setting it has no effect.
    UnusedArg = "unused-arg",
    /// The var is not used.
    UnusedVar = "unused-var",
    /// The parameter of the stage or fragment is not used, so an argument for it has no effect.
    UnusedParam = "unused-param",
    /// `from` names an image whose name is similar to that of a stage, and the image has no tag. It is probably a typing error.
    StageNameTypo = "stage-name-typo",
    /// No target uses the stage. It is built only if the user names it.
    UnusedStage = "unused-stage",
    /// The fragment is not used.
    UnusedFragment = "unused-fragment",
    /// The mixin is not used.
    UnusedMixin = "unused-mixin",
    /// No supported combination contains this value of an axis.
    UnusedValue = "unused-value",
    /// A support rule excludes no combination.
    UnusedRule = "unused-rule",
    /// No published variant has the tag, such as a `latest` whose condition is always false.
    UnusedTag = "unused-tag",
    /// No supported combination can build the target, or has the values of the command line.
    NoVariant = "no-variant",
    /// The condition of a step, or of another guarded part of a stage, is false for every variant.
    UnreachableStep = "unreachable-step",
    /// No variant takes this case of a `match`, because earlier cases match first or nothing has that value.
    UnreachableCase = "unreachable-case",
    /// Two published variants have the same tag: the one that is pushed last overwrites the other.
    DuplicateTag = "duplicate-tag",
    /// A target says with `expect-tags` that a published variant has a tag, and none has it.
    MissingTag = "missing-tag",
    /// The tag `latest` is on a variant for which there is a newer release.
    StaleLatest = "stale-latest",
    /// Two published variants write to the same folder or archive: the one that is built last overwrites the files of the other.
    DuplicateOutput = "duplicate-output",
    /// A `run` step calls `apt-get install` without refreshing the package lists first: they are as old as the layer below.
    AptWithoutUpdate = "apt-without-update",
    /// A download has no digest, or a git reference no commit, so the same build file can give another image tomorrow.
    UnpinnedDownload = "unpinned-download",
    /// The key of a package repository is fetched, and neither the build file nor the lock has its digest.
    UnpinnedKey = "unpinned-key",
    /// The lock has no entry for a name, or an entry for a name that no variant uses.
    StaleLock = "stale-lock",
    /// A secret is in `env` or in a label, where everyone who has the image can read it.
    SecretInConfig = "secret-in-config",
    /// A script, a variable or another text contains a URL with a password, which becomes part of the build and often of the image.
    SecretInUrl = "secret-in-url",
    /// Several `layers` of one step install packages or add users, and varve cannot join what they record. It can for apt and dnf.
    PackageSiblings = "package-siblings",
    /// A copy with `link` goes below a folder that is a symbolic link in most images. A folder replaces the link.
    CopyHidesLink = "copy-hides-link",
    /// A Dockerfile, or a path that a step copies or mounts, is not in the context, or `.dockerignore` leaves it out.
    MissingPath = "missing-path",
    /// A condition, or something else that decides about the build, reads a fact, which is known only after the build.
    UnknownFact = "unknown-fact",
    /// The build cannot have something that the file asks for, and goes on without it.
    LeftOut = "left-out",
    /// The matrix is too large, so varve checked only a sample of its variants, or of the values of args.
    Sampled = "sampled",
    /// `x-check` or `BUILDKIT_DOCKERFILE_CHECK` names a lint rule that does not exist.
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
