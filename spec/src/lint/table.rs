//! The table of all rules.

use super::facts::MatrixFacts;
use super::findings::Findings;
use super::rules::*;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::plan::Plan;

/// A rule: a code, and how what it stands for is found.
pub struct Rule {
    /// The code of its findings, with name and documentation.
    pub code: Code,
    pub(super) kind: RuleKind,
}

/// When what a rule stands for is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By every build, when the file is read.
    Reading,
    /// By every build of a variant for which it holds; by the check for all.
    Planning,
    /// By the check alone.
    Check,
}

pub(super) enum RuleKind {
    Reading,
    Planning,
    /// From the family and its matrix, or the part of it that is asked about.
    Family(fn(&MatrixFacts<'_>, &mut Findings)),
    /// The same, but only when the whole family is asked about.
    Whole(fn(&MatrixFacts<'_>, &mut Findings)),
    /// From the plans of single variants.
    Plan(fn(&Plan, &mut Vec<Diagnostic>)),
    /// By the check itself.
    Itself,
}

impl Rule {
    /// All rules.
    pub const ALL: &[Self] = RULES;

    /// Whether it has a file of its own in `lint/rules`. The others are reported by earlier phases, or by the lint as a whole.
    pub fn has_file(&self) -> bool {
        matches!(self.kind, RuleKind::Family(_) | RuleKind::Whole(_) | RuleKind::Plan(_))
    }

    /// When what it stands for is found.
    pub fn found_by(&self) -> FoundBy {
        match self.kind {
            RuleKind::Reading => FoundBy::Reading,
            RuleKind::Planning => FoundBy::Planning,
            RuleKind::Family(_) | RuleKind::Whole(_) | RuleKind::Plan(_) | RuleKind::Itself => FoundBy::Check,
        }
    }
}

const fn rule(code: Code, kind: RuleKind) -> Rule {
    Rule { code, kind }
}

pub(super) static RULES: &[Rule] = &[
    rule(Code::UnknownName, RuleKind::Reading),
    rule(Code::UnknownProperty, RuleKind::Reading),
    rule(Code::UnknownAxisValue, RuleKind::Reading),
    rule(Code::TextInShell, RuleKind::Reading),
    rule(Code::VarCycle, RuleKind::Reading),
    rule(Code::NoCase, RuleKind::Planning),
    rule(Code::MissingProperty, RuleKind::Planning),
    rule(Code::FragmentCycle, RuleKind::Planning),
    rule(Code::StageCycle, RuleKind::Planning),
    rule(Code::ExcludedStage, RuleKind::Planning),
    rule(Code::PackageSiblings, RuleKind::Planning),
    rule(Code::NoVariant, RuleKind::Whole(no_variant::check)),
    rule(Code::DuplicateTag, RuleKind::Family(duplicate_tag::check)),
    rule(Code::UnusedTag, RuleKind::Whole(unused_tag::check)),
    rule(Code::UnusedAxis, RuleKind::Whole(unused_axis::check)),
    rule(Code::UnusedValue, RuleKind::Whole(unused_value::check)),
    rule(Code::UnusedArg, RuleKind::Whole(unused_arg::check)),
    rule(Code::UnusedVar, RuleKind::Whole(unused_var::check)),
    rule(Code::UnusedRule, RuleKind::Whole(unused_rule::check)),
    rule(Code::UnusedStage, RuleKind::Whole(unused_stage::check)),
    rule(Code::UnusedFragment, RuleKind::Whole(unused_fragment::check)),
    rule(Code::UnusedMixin, RuleKind::Whole(unused_mixin::check)),
    rule(Code::UnreachableStep, RuleKind::Whole(unreachable_step::check)),
    rule(Code::UnreachableCase, RuleKind::Whole(unreachable_case::check)),
    rule(Code::AptWithoutUpdate, RuleKind::Plan(apt_without_update::check)),
    rule(Code::SecretInConfig, RuleKind::Family(secret_in_config::check)),
    rule(Code::UnpinnedDownload, RuleKind::Plan(unpinned_download::check)),
    rule(Code::CopyHidesLink, RuleKind::Plan(copy_hides_link::check)),
    rule(Code::Sampled, RuleKind::Itself),
    rule(Code::UnknownRule, RuleKind::Itself),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_there_once() {
        for code in Code::ALL {
            assert!(RULES.iter().filter(|rule| rule.code == *code).count() <= 1, "{}", code.name());
        }
    }
}
