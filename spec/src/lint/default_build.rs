//! The build without options: `support` has to allow the default values, and its stage has to exist with them.

use buildkit_names::Platform;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::matrix::Matrix;
use crate::variant::select::Selection;

/// The errors of a build without options for which the default values are the reason. The matrix has only the variants that exist, so
/// it does not show them. The other errors of the build are those of its variant. The defaults need to be allowed for one platform of
/// the default target.
pub(super) fn check(matrix: &Matrix<'_>) -> Vec<Diagnostic> {
    let (family, query) = (matrix.request.family, matrix.request.query);
    let root = family
        .target(None)
        .ok()
        .and_then(|target| matrix.roots.iter().find(|root| std::ptr::eq(root.named, target)));
    let build = [query.build_platform.clone()];
    let platforms = match root {
        // The rule `no-variant` reports a target without variants.
        Some(root) if root.has_no_variant() && !root.platforms.is_empty() => return Vec::new(),
        Some(root) if !root.platforms.is_empty() => root.platforms.as_slice(),
        _ => &build,
    };
    let mut all = platforms.iter().map(|platform| errors(matrix, platform));
    let first = all.next().unwrap_or_default();
    if all.any(|errors| errors.is_empty()) { Vec::new() } else { first }
}

fn errors(matrix: &Matrix<'_>, platform: &Platform) -> Vec<Diagnostic> {
    let query = matrix.request.query;
    let selection = Selection {
        files: query.files.clone(),
        vcs: query.vcs.clone(),
        build_platform: query.build_platform.clone(),
        ..Selection::new(platform.clone())
    };
    let planned = matrix.request.family.select(&selection).and_then(|variant| variant.plan());
    let found = planned.err().unwrap_or_default().into_iter();
    let found = found.filter(|found| matches!(found.code, Code::ExcludedStage | Code::Unsupported));
    found.map(|error| if error.code == Code::Unsupported { of_defaults(error) } else { error }).collect()
}

/// The error for a combination of defaults, which says that it is one.
fn of_defaults(error: Diagnostic) -> Diagnostic {
    let nearest = error.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
    error.help(format!("a build without options has these values: change the defaults{nearest}"))
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

    #[test]
    fn defaults_that_no_platform_of_the_default_target_supports_are_an_error() {
        let text = |rule: &str, platforms: &str| {
            format!(
                "axes: {{device: [cuda, cpu], os: [old, new]}}\nsupport:\n  - {{{rule}, because: it needs GCC 15}}\nstages: {{app: {{from: \"x/y:${{{{ os }}}}\", steps: [{{run: \"echo ${{{{ device }}}}\"}}]}}}}\ntargets: {{app: {{{platforms}}}, other: {{stage: app}}}}\ndefault: app\n"
            )
        };
        let check = |rule: &str, platforms: &str, expect: &[&str]| {
            testing::check(Code::Unsupported, &text(rule, platforms), expect);
        };
        let expect = ["3: it needs GCC 15"];
        check("if: device == \"cuda\", require: os == \"new\"", "", &expect);
        check("if: device == \"cpu\", require: os == \"new\"", "", &[]);
        // Another target is not what a build without options builds.
        check("exclude: target == \"other\" and os == \"old\"", "", &[]);
        let on_arm = "exclude: platform.arch == \"arm64\" and os == \"old\"";
        check(on_arm, "", &[]);
        check(on_arm, "platforms: [linux/amd64, linux/arm64]", &[]);
        check(on_arm, "platforms: [linux/arm64]", &expect);
        // There are no variants at all, which another rule reports.
        check("exclude: target == \"app\"", "", &[]);
    }
}
