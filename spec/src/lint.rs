//! The static check of a family over its whole matrix, without a daemon.
//!
//! Every rule is a file of its own, named as its code: what it finds, why that is wrong, and its tests. What is found while
//! reading or planning, which every build finds too, stands in the same table.

mod directive;
mod facts;
mod findings;
mod rules;
mod plans;
mod table;
#[cfg(test)]
mod testing;
mod unreachable;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Sources;
use crate::family::Reading;
use crate::matrix::{Matrix, MatrixQuery, MatrixRequest, Roots};

pub use directive::{Directive, silence};
use facts::MatrixFacts;
use findings::Findings;
pub use table::{FoundBy, Rule};
use table::{RULES, RuleKind};

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Everything found, in the order of the places.
    pub found: Vec<Diagnostic>,
    /// The number of variants, when the file could be read.
    pub variants: Option<usize>,
}

/// Checks everything that a question asks about, and goes on from what reading found.
///
/// ```
/// use varve_spec::{Directive, Family, Platform, MatrixQuery, Sources, check};
///
/// let sources = Sources::single("image.yaml", r#"
/// axes:
///   device: {cpu: {}, cuda: {version: 12.9}}
/// stages:
///   app:
///     from: "debian:12"
///     steps:
///       - run: install ${{ device.version }}
/// "#);
/// let reading = Family::read(&sources);
/// let question = MatrixQuery::new(Platform::new("linux", "amd64"));
/// let checked = check(&reading, &sources, &question, &Directive::default());
/// assert_eq!(checked.variants, Some(2));
/// assert!(checked.found[0].message.ends_with("for device=cpu (1 of 2 variants)"));
/// ```
pub fn check(reading: &Reading, sources: &Sources, question: &MatrixQuery, directive: &Directive) -> Checked {
    let mut found = reading.found.clone();
    let mut variants = None;
    if let Some(family) = &reading.family {
        match Matrix::new(MatrixRequest { family, question }, Roots::All) {
            Ok(matrix) => {
                variants = Some(matrix.len());
                found.extend(over(&matrix));
            }
            Err(wrong) => found.extend(wrong),
        }
    }
    Checked { found: silence(found, sources, directive), variants }
}

/// Everything that is found over a matrix.
fn over(matrix: &Matrix<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    matrix.found.iter().cloned().for_each(|found| findings.add(found));
    for root in &matrix.roots {
        if let Some(total) = root.sample_of {
            let message = format!("`{}` has {total} combinations", root.name);
            let found = Diagnostic::warning(Code::Sampled, root.span, message);
            findings.add(found.label(format!("varve checked {} of them", root.looked_at)));
        }
    }
    let facts = MatrixFacts::new(matrix, &mut findings);
    plans::check(matrix, RULES, &mut findings);
    for rule in RULES {
        match rule.kind {
            RuleKind::Family(run) => run(&facts, &mut findings),
            // What is missing from a part of the family says nothing about all of it.
            RuleKind::Whole(run) if facts.is_whole() => run(&facts, &mut findings),
            _ => {}
        }
    }
    findings.finish(matrix)
}

/// Whether a code belongs to a rule of the check, rather than to what fails every build.
fn is_rule(code: Code) -> bool {
    RULES.iter().any(|rule| rule.code == code && rule.found_by() == FoundBy::Check)
}
