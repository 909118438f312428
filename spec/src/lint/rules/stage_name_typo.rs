//! Finds names of images that are probably misspelled names of stages.
//!
//! A name that is not a stage is the name of an image. So the build asks a registry for an image that nobody meant. The name of an
//! image is meant if it has a tag, a digest, a registry or a slash.
//!
//! ```yaml
//! stages: {builder: {from: "golang:1.24"}}
//! - {copy: /out/, to: /, from: bulider}                     # bad: it is the image docker.io/library/bulider
//! - {copy: /out/, to: /, from: builder}                     # good
//! - {copy: /out/, to: /, from: docker.io/library/bulider}   # good, if the image is meant
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::family::Family;
use crate::plan::Plan;

pub(in crate::lint) fn check(family: &Family, plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (image, _, span) in plan.images() {
        let name = image.as_str();
        if name.contains(['/', ':', '@']) {
            continue;
        }
        let near = nearest(name, family.stages());
        let Some(stage) = near.and_then(|near| family.stages.iter().find(|stage| *stage.name == *near))
        else {
            continue;
        };
        let message = format!("there is no stage `{name}`, so this is an image");
        let help = format!(
            "did you mean the stage `{}`? If the image is meant, write `docker.io/library/{name}`",
            stage.name
        );
        let warning = Diagnostic::warning(Code::StageNameTypo, span, message);
        found.push(warning.related(stage.span, "the stage with a similar name").help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_misspelled_stage_is_found_wherever_a_stage_can_be_named() {
        let check = |stage: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{kind: [builder, bulider]}}\nfragments: {{get: {{params: {{of: {{required: true}}}}, steps: [{{copy: a, to: /, from: \"${{{{ of }}}}\"}}]}}}}\nstages:\n  builder: {{from: \"debian:12\"}}\n  app: {{{stage}}}\ntargets: {{app: {{}}}}\n"
            );
            testing::check(Code::StageNameTypo, &text, expect);
        };
        let found = |line: usize| format!("{line}: there is no stage `bulider`, so this is an image");
        let (here, fragment) = (found(5), found(2));
        check("from: bulider", &[&here]);
        let steps = |step: &str| format!("from: x/y, steps: [{step}]");
        check(&steps("{copy: /out, to: /, from: bulider}"), &[&here]);
        check(&steps("{run: a, mounts: [{bind: /b, from: bulider}]}"), &[&here]);
        check(&steps("{exec: [a], mounts: [{bind: /b, from: bulider}]}"), &[&here]);
        check(&steps("{layers: {a: [{copy: /out, to: /, from: bulider}]}}"), &[&here]);
        check(&steps("{use: get, with: {of: bulider}}"), &[&fragment]);
        check(
            "from: {if: kind == \"builder\", then: bulider, else: builder}",
            &[&format!("{here} for kind=builder (1 of 2 variants)")],
        );
        check("from: \"${{ kind }}\"", &[&format!("{here} for kind=bulider (1 of 2 variants)")]);
        // Letter case counts in `from`. A name with upper-case letters can be no image, which is an error and needs no warning.
        check("from: Builder", &[]);
        testing::check(
            Code::BadReference,
            "stages:\n  builder: {from: \"debian:12\"}\n  app: {from: Bulider}\n",
            &[
                "3: `Bulider` is not an image reference: `Bulider` has upper-case letters, which only tags and hosts may have for \
                 target=app (1 of 2 variants)",
            ],
        );
        for meant in
            ["builder", "docker.io/library/bulider", "bulider:1", "acme/bulider", "debian", "scratch"]
        {
            check(&format!("from: \"{meant}\""), &[]);
        }
        check("from: bulider, x-check: skip=stage-name-typo", &[]);
    }

    #[test]
    fn the_stage_that_was_meant_is_not_also_unused() {
        let text = |from: &str| {
            format!(
                "stages:\n  builder: {{from: \"debian:12\"}}\n  old: {{from: \"debian:11\"}}\n  app: {{from: scratch, steps: [{{copy: /out/, to: /, from: {from}}}]}}\ntargets: {{app: {{}}}}\n"
            )
        };
        let old = "3: no target uses the stage `old`";
        testing::check(Code::UnusedStage, &text("bulider"), &[old]);
        testing::check(Code::UnusedStage, &text("debian"), &["2: no target uses the stage `builder`", old]);
    }
}
