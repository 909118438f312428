//! The table of all rules of the lint.

use super::facts::MatrixFacts;
use super::findings::Findings;
use super::rules::*;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::family::Family;
use crate::plan::Plan;

/// A rule: a code, and how it is found.
pub struct Rule {
    /// The code. It has the name and the documentation of the rule.
    pub code: Code,
    pub(super) kind: RuleKind,
}

/// Which phase finds the problems that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// Reading the file. Every build reports them.
    Reading,
    /// Planning a variant. A build reports them for its variant, the lint for all variants.
    Planning,
    /// The lint.
    Check,
}

pub(super) enum RuleKind {
    Reading,
    Planning,
    /// A rule that examines the family and its matrix. The query may select a part of the matrix.
    Family(fn(&MatrixFacts<'_>, &mut Findings)),
    /// A rule that examines the family and its matrix. It runs only if the query selects the whole family.
    Whole(fn(&MatrixFacts<'_>, &mut Findings)),
    /// A rule that examines the plan of one variant.
    Plan(fn(&Plan, &mut Vec<Diagnostic>)),
    /// A rule that examines the plan of one variant, and the declarations of the family.
    PlanOfFamily(fn(&Family, &Plan, &mut Vec<Diagnostic>)),
    /// A code that the lint itself reports.
    Lint,
}

impl Rule {
    /// All rules.
    pub const ALL: &[Self] = RULES;

    /// Whether the rule has a file in `lint/rules`. The others are reported by earlier phases, or by the lint itself.
    pub fn has_file(&self) -> bool {
        matches!(
            self.kind,
            RuleKind::Family(_) | RuleKind::Whole(_) | RuleKind::Plan(_) | RuleKind::PlanOfFamily(_)
        )
    }

    /// Which phase finds the problems that the rule is about.
    pub fn found_by(&self) -> FoundBy {
        match self.kind {
            RuleKind::Reading => FoundBy::Reading,
            RuleKind::Planning => FoundBy::Planning,
            RuleKind::Family(_)
            | RuleKind::Whole(_)
            | RuleKind::Plan(_)
            | RuleKind::PlanOfFamily(_)
            | RuleKind::Lint => FoundBy::Check,
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
    rule(Code::DockerfileVariable, RuleKind::Reading),
    rule(Code::VarCycle, RuleKind::Reading),
    rule(Code::NoCase, RuleKind::Planning),
    rule(Code::MissingProperty, RuleKind::Planning),
    rule(Code::FragmentCycle, RuleKind::Planning),
    rule(Code::StageCycle, RuleKind::Planning),
    rule(Code::ExcludedStage, RuleKind::Planning),
    rule(Code::PackageSiblings, RuleKind::Planning),
    rule(Code::NoVariant, RuleKind::Whole(no_variant::check)),
    rule(Code::DuplicateTag, RuleKind::Family(duplicate_tag::check)),
    rule(Code::MissingTag, RuleKind::Whole(missing_tag::check)),
    rule(Code::StaleLatest, RuleKind::Whole(stale_latest::check)),
    rule(Code::DuplicateOutput, RuleKind::Family(duplicate_output::check)),
    rule(Code::UnusedTag, RuleKind::Whole(unused_tag::check)),
    rule(Code::UnusedAxis, RuleKind::Whole(unused_axis::check)),
    rule(Code::UnusedValue, RuleKind::Whole(unused_value::check)),
    rule(Code::UnusedArg, RuleKind::Whole(unused_arg::check)),
    rule(Code::UnusedVar, RuleKind::Whole(unused_var::check)),
    rule(Code::UnusedParam, RuleKind::Whole(unused_param::check)),
    rule(Code::UnusedRule, RuleKind::Whole(unused_rule::check)),
    rule(Code::StageNameTypo, RuleKind::PlanOfFamily(stage_name_typo::check)),
    rule(Code::UnusedStage, RuleKind::Whole(unused_stage::check)),
    rule(Code::UnusedFragment, RuleKind::Whole(unused_fragment::check)),
    rule(Code::UnusedMixin, RuleKind::Whole(unused_mixin::check)),
    rule(Code::UnreachableStep, RuleKind::Whole(unreachable_step::check)),
    rule(Code::UnreachableCase, RuleKind::Whole(unreachable_case::check)),
    rule(Code::AptWithoutUpdate, RuleKind::Plan(apt_without_update::check)),
    rule(Code::SecretInConfig, RuleKind::Family(secret_in_config::check)),
    rule(Code::SecretInUrl, RuleKind::Plan(secret_in_url::check)),
    rule(Code::UnpinnedDownload, RuleKind::Plan(unpinned_download::check)),
    rule(Code::UnpinnedKey, RuleKind::Plan(unpinned_key::check)),
    rule(Code::CopyHidesLink, RuleKind::Plan(copy_hides_link::check)),
    rule(Code::MissingPath, RuleKind::Family(missing_path::check)),
    rule(Code::Sampled, RuleKind::Lint),
    rule(Code::UnknownRule, RuleKind::Lint),
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
