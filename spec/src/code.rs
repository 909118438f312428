//! The codes of all findings: one table, read by messages, documentation and tests.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kind of a finding.
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

            /// What it means, in a sentence or two.
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
    /// A part of the language that this version does not carry out.
    NotYet = "not-yet",
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
    /// A build argument that sets nothing.
    UnknownArg = "unknown-arg",
    /// A required argument that was not set.
    MissingArg = "missing-arg",
    /// An argument whose value does not fit its type, pattern or limits.
    BadArg = "bad-arg",
    /// A combination of axis values that `support` rules out.
    Unsupported = "unsupported",
    /// The base image has `ONBUILD` triggers, which are instructions for Dockerfiles and are not run.
    OnBuild = "on-build",
    /// Text of an argument inside shell text, where the shell interprets it.
    TextInShell = "text-in-shell",
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
