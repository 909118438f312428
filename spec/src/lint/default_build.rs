//! The build without options: its stage has to exist with the default values.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::matrix::MatrixRequest;
use crate::variant::select::Selection;

/// The errors of a build without options that name a stage which does not exist there. The matrix has only the variants in which a
/// stage exists, so it does not show them. The other errors of the build are those of its variant.
pub(super) fn check(request: MatrixRequest<'_>) -> Vec<Diagnostic> {
    let query = request.query;
    let selection = Selection {
        files: query.files.clone(),
        vcs: query.vcs.clone(),
        ..Selection::new(query.build_platform.clone())
    };
    let Ok(variant) = request.family.select(&selection) else { return Vec::new() };
    let found = variant.plan().err().unwrap_or_default();
    found.into_iter().filter(|found| found.code == Code::ExcludedStage).collect()
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_default_stage_that_the_default_values_rule_out_is_an_error() {
        let text = |default: &str| {
            format!(
                "axes: {{device: [cpu, cuda]}}\nstages:\n  app: {{from: scratch}}\n  gpu: {{if: device == \"cuda\", from: scratch}}\n{default}"
            )
        };
        let expect = ["4: the stage `gpu` does not exist in this variant"];
        testing::check(Code::ExcludedStage, &text("default: gpu\n"), &expect);
        // Without `default`, it is the last stage.
        testing::check(Code::ExcludedStage, &text(""), &expect);
        testing::check(Code::ExcludedStage, &text("default: app\n"), &[]);
        testing::check(Code::ExcludedStage, &text("targets: {app: {}}\n"), &[]);
    }
}
