//! Package steps that the package manager of their stage does not understand. A build finds them when it has the base image. Here they are
//! found for stages whose package manager the build file or the reference of the base names.

use buildkit_names::Platform;

use crate::base::diagnostic::Diagnostic;
use crate::packages::distribution::Distribution;
use crate::packages::{install, join, repository};
use crate::plan::{Action, Base, Plan, Sharing};

/// Reports the mistakes of the steps `packages` and `repository` of a plan.
pub(super) fn check(plan: &Plan, build: &Platform, found: &mut Vec<Diagnostic>) {
    let mut distributions: Vec<Option<Distribution>> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let platform = stage.platform.of(&plan.platform, build);
        let base = match &stage.base {
            Base::Image(image) => {
                image.reference().ok().and_then(|reference| Distribution::of_image(reference, platform))
            }
            Base::Stage(index) => distributions[*index].clone(),
            Base::Scratch | Base::Dockerfile(_) => None,
        };
        let distribution = Distribution::of_stage(base, stage.package_manager, &stage.name, platform);
        if let Some(distribution) = &distribution {
            let errors = stage.all_steps().into_iter().flat_map(|step| match &step.action {
                Action::Packages(packages) => {
                    install::process(packages, distribution, None, Sharing::Locked).err().unwrap_or_default()
                }
                Action::Repository(repository) => {
                    let error = repository::actions(repository, distribution).err();
                    error.into_iter().map(|error| *error).collect()
                }
                Action::Layers(layers) => join::mistakes(layers, distribution.manager),
                _ => Vec::new(),
            });
            found.extend(errors);
        }
        distributions.push(distribution);
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn layers_that_install_are_joined_for_apt_and_dnf_alone() {
        let check = |base: &str, layers: &str, expect: &[&str]| {
            let text = format!("stages:\n  app:\n    from: {base}\n    steps:\n      - layers:\n{layers}");
            testing::check(Code::PackageSiblings, &text, expect);
        };
        let two = "          tools: [{packages: [git]}]\n          more: [{packages: [gcc]}, {run: echo}]\n";
        let first = "7: the layers `tools` and `more` both install packages or add users";
        check("alpine:3.20", two, &[first]);
        check("opensuse/leap:15.6", two, &[first]);
        check("debian:13", two, &[]);
        check("fedora:42", two, &[]);
        check("registry.example.com/own:1", two, &[]);
        let nested = "          a: [{account: a}]
          b: [{layers: {c: [{packages: [git]}], d: [{file: /d}]}}]
          e: [{account: e}]
";
        let of = |line: u8, name: &str| {
            format!("{line}: the layers `a` and `{name}` both install packages or add users")
        };
        check("alpine:3.20", nested, &[&of(7, "b"), &of(8, "e")]);
    }

    #[test]
    fn names_are_checked_for_each_package_manager_that_is_known() {
        let check = |code: Code, base: &str, step: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{os: {{a: {{image: \"{base}\"}}, b: {{image: \"debian:12\"}}}}}}\nstages:\n  below: {{from: \"${{{{ os.image }}}}\"}}\n  app:\n    from: below\n    steps: [{step}]\n"
            );
            testing::check(code, &text, expect);
        };
        check(
            Code::BadValue,
            "rockylinux:9",
            "{packages: [\"a(b)\", b, \"c)\"]}",
            &[
                "6: `a(b)` is not a package for apt: it contains `(`",
                "6: `c)` is not a package for apt: it contains `)`",
            ],
        );
        check(Code::BadValue, "registry.example.com/own:1", "{packages: [\"a=1\"]}", &[]);
        check(
            Code::BadValue,
            "registry.example.com/own:1",
            "{packages: [{name: a, version: \"~1\"}]}",
            &["6: apt has no versions with `~`, such as `~1` of `a`"],
        );
    }
}
