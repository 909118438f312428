//! Finds `apt-get install` in a `run` that does not refresh the package lists first.
//!
//! The lists are then those of the layer below, which comes from the cache. Packages that have been replaced since are not found,
//! and old versions are installed. A refresh in a step of its own does not help, since that step comes from the cache too.
//!
//! ```yaml
//! - run: apt-get install -y git                            # bad
//! - run: apt-get update && apt-get install -y git          # good
//! - packages: [git]                                        # better
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::plan::{Action, MountKind, Plan, Script};

pub(in crate::lint) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for step in plan.steps() {
        let Action::Run(process) = &step.action else { continue };
        let lists = |kind: &MountKind| match kind {
            MountKind::Cache { path, .. } | MountKind::Bind { path, .. } => {
                "/var/lib/apt/lists".starts_with(path.trim_end_matches('/'))
            }
            _ => false,
        };
        let text = match &process.script {
            Script::Run { text, .. } => text.clone(),
            Script::Exec(argv) => argv.join(" "),
        };
        if installs_old(&text) && !process.mounts.iter().any(|mount| lists(&mount.kind)) {
            let message = "the step installs packages without refreshing the package lists";
            let warning = Diagnostic::warning(Code::AptWithoutUpdate, step.span, message);
            found.push(warning.help("run `apt-get update` before it in the same step, or use `packages`; if the lists are there, add `x-check: skip=apt-without-update`"));
        }
    }
}

/// Whether packages are installed by name before the lists are refreshed.
fn installs_old(text: &str) -> bool {
    if !text.contains("apt") {
        return false;
    }
    let joined = text.replace("\\\n", " ");
    for command in joined.split(['\n', ';', '&', '|']) {
        let mut words = command.split_whitespace().skip_while(|word| !is_apt(word));
        if words.next().is_none() {
            continue;
        }
        let mut words = words.filter(|word| !word.starts_with('-') && !word.contains('='));
        match words.next() {
            Some("update") => return false,
            Some("install" | "upgrade" | "dist-upgrade" | "full-upgrade") => {
                let mut files = words.peekable();
                let local = files.peek().is_some() && files.all(|word| word.contains('/'));
                if !local {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn is_apt(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("apt-get" | "apt" | "aptitude"))
}

#[cfg(test)]
mod tests {
    use super::installs_old;
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn scripts() {
        let check = |text: &str, expect: bool| assert_eq!(installs_old(text), expect, "{text}");
        check("apt-get install -y git", true);
        check("apt-get update && apt-get install -y git", false);
        check("apt-get -qq update\napt-get install git", false);
        check("apt-get install git\napt-get update", true);
        check("DEBIAN_FRONTEND=noninteractive apt-get -o A=b install \\\n  git", true);
        check("/usr/bin/apt install git", true);
        check("apt-get install -y ./local.deb", false);
        check("apt-get upgrade -y", true);
        check("echo apt-getinstall; apt-get clean", false);
    }

    #[test]
    fn for_the_variants_that_it_holds_for() {
        let check = |step: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: [x, y]}}\nstages:\n  s:\n    from: \"${{{{ a }}}}\"\n    steps:\n      - {step}\n"
            );
            testing::check(Code::AptWithoutUpdate, &text, expect);
        };
        let words = "6: the step installs packages without refreshing the package lists";
        check("run: apt-get install git", &[words]);
        let update = "{if: a == \"x\", then: apt-get update}";
        check(
            &format!("run: [{update}, apt-get install git]"),
            &[&format!("{words} for a=y (1 of 2 variants)")],
        );
        check("{run: apt-get install git, mounts: [{cache: /var/lib/apt}]}", &[]);
        check("exec: [apt-get, install, git]", &[words]);
    }
}
