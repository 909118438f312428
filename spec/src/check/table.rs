//! The table of all rules.

use super::facts::Facts;
use super::findings::Findings;
use super::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::Plan;

/// A rule: a code, and how what it stands for is found.
pub struct Rule {
    /// The code of its findings, with name and documentation.
    pub code: Code,
    pub(super) way: Way,
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

pub(super) enum Way {
    Reading,
    Planning,
    /// From the family and its matrix, or the part of it that is asked about.
    Family(fn(&Facts<'_>, &mut Findings)),
    /// The same, but only when the whole family is asked about.
    Whole(fn(&Facts<'_>, &mut Findings)),
    /// From the plans of single variants.
    Plan(fn(&Plan, &mut Vec<Diagnostic>)),
    /// By the check itself.
    Itself,
}

impl Rule {
    /// All rules.
    pub const ALL: &[Self] = RULES;

    /// When what it stands for is found.
    pub fn found_by(&self) -> FoundBy {
        match self.way {
            Way::Reading => FoundBy::Reading,
            Way::Planning => FoundBy::Planning,
            Way::Family(_) | Way::Whole(_) | Way::Plan(_) | Way::Itself => FoundBy::Check,
        }
    }
}

const fn rule(code: Code, way: Way) -> Rule {
    Rule { code, way }
}

pub(super) static RULES: &[Rule] = &[
    rule(Code::UnknownName, Way::Reading),
    rule(Code::UnknownProperty, Way::Reading),
    rule(Code::UnknownAxisValue, Way::Reading),
    rule(Code::TextInShell, Way::Reading),
    rule(Code::VarCycle, Way::Reading),
    rule(Code::NoCase, Way::Planning),
    rule(Code::MissingProperty, Way::Planning),
    rule(Code::FragmentCycle, Way::Planning),
    rule(Code::StageCycle, Way::Planning),
    rule(Code::ExcludedStage, Way::Planning),
    rule(Code::PackageSiblings, Way::Planning),
    rule(Code::NoVariant, Way::Whole(no_variant::check)),
    rule(Code::DuplicateTag, Way::Family(duplicate_tag::check)),
    rule(Code::UnusedTag, Way::Whole(unused_tag::check)),
    rule(Code::UnusedAxis, Way::Whole(unused_axis::check)),
    rule(Code::UnusedValue, Way::Whole(unused_value::check)),
    rule(Code::UnusedArg, Way::Whole(unused_arg::check)),
    rule(Code::UnusedVar, Way::Whole(unused_var::check)),
    rule(Code::UnusedRule, Way::Whole(unused_rule::check)),
    rule(Code::UnusedStage, Way::Whole(unused_stage::check)),
    rule(Code::UnusedFragment, Way::Whole(unused_fragment::check)),
    rule(Code::UnusedMixin, Way::Whole(unused_mixin::check)),
    rule(Code::UnreachableStep, Way::Whole(unreachable_step::check)),
    rule(Code::UnreachableCase, Way::Whole(unreachable_case::check)),
    rule(Code::AptWithoutUpdate, Way::Plan(apt_without_update::check)),
    rule(Code::SecretInConfig, Way::Family(secret_in_config::check)),
    rule(Code::UnpinnedDownload, Way::Plan(unpinned_download::check)),
    rule(Code::CopyHidesLink, Way::Plan(copy_hides_link::check)),
    rule(Code::Sampled, Way::Itself),
    rule(Code::UnknownRule, Way::Itself),
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
