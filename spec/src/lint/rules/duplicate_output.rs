//! Finds two published variants that write to the same folder or archive.
//!
//! The variant that is built last overwrites the archive of the others, and the files of a folder are mixed. Usually `dest` lacks an
//! axis.
//!
//! ```yaml
//! axes: {device: [cpu, cuda]}
//! stages: {app: {from: "x:${{ device }}"}}
//! targets: {app: {output: {type: local, dest: out}}}                      # bad: both write to `out`
//! targets: {app: {output: {type: local, dest: "out/${{ device }}"}}}      # good
//! ```

use crate::base::diagnostic::Code;
use crate::lint::duplicates::{Duplicate, report};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    const DEST: Duplicate =
        Duplicate { code: Code::DuplicateOutput, have: "write to", same: "the same place", place: "`dest`" };
    report(facts, &DEST, &|published| &published.output, findings);
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(targets: &str, expect: &[&str]) {
        let text = format!(
            "axes: {{a: [x, y], b: [p, q]}}\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\ntargets:\n{targets}"
        );
        testing::check(Code::DuplicateOutput, &text, expect);
    }

    #[test]
    fn an_axis_is_missing_from_the_path() {
        check(
            "  s: {output: {type: tar, dest: \"out/${{ a }}.tar\"}}\n",
            &["4: several variants write to `out/x.tar`, `out/y.tar`"],
        );
        check("  s: {output: {type: tar, dest: \"out/${{ a }}-${{ b }}.tar\"}}\n", &[]);
        check("  s: {output: {type: tar, dest: \"out/${{ a }}\"}, publish: b == \"p\"}\n", &[]);
    }

    #[test]
    fn paths_that_are_written_in_two_ways() {
        let target = |name: &str, dest: &str| {
            format!(
                "  {name}: {{stage: s, publish: a == \"x\" and b == \"p\", output: {{type: local, dest: {dest}}}}}\n"
            )
        };
        let two = |second: &str| target("s", "out") + &target("t", second);
        check(&two("elsewhere"), &[]);
        let found = [
            "4: several variants write to `out` for target=s a=x b=p (1 of 8 variants)",
            "5: several variants write to `out` for target=t a=x b=p (1 of 8 variants)",
        ];
        check(&two("./out/"), &found);
    }

    #[test]
    fn platforms_of_one_variant() {
        let text = |dest: &str| {
            format!(
                "stages: {{s: {{from: i}}}}\ntargets: {{s: {{platforms: [linux/amd64, linux/arm64], cache: {{to: \"c:${{{{ platform.arch }}}}\"}}, output: {{type: oci, dest: \"{dest}\"}}}}}}\n"
            )
        };
        let found = ["2: several variants write to `out.tar`"];
        testing::check(Code::DuplicateOutput, &text("out.tar"), &found);
        testing::check(Code::DuplicateOutput, &text("${{ platform.arch }}.tar"), &[]);
    }
}
