//! Finds copies with `link` whose destination is below a symbolic link. Most images have such links, and earlier steps can make
//! one.
//!
//! The layer of such a copy is made without the layers below it. It has a folder at the path of the link, and that folder
//! hides the link together with everything it leads to. In today's images, `/bin`, `/sbin` and `/lib` are links to folders in
//! `/usr`.
//!
//! ```yaml
//! - {copy: tool, to: /bin/, link: true}        # bad: `/bin` becomes a folder with nothing but `tool`
//! - {copy: tool, to: /usr/bin/, link: true}    # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::plan::{Action, Base, Plan, Stage};

/// Links of images with merged /usr and with /run, each with its destination.
const LINKS: &[(&str, &str)] = &[
    ("/bin", "/usr/bin"),
    ("/sbin", "/usr/sbin"),
    ("/lib", "/usr/lib"),
    ("/lib32", "/usr/lib32"),
    ("/lib64", "/usr/lib64"),
    ("/libx32", "/usr/libx32"),
    ("/var/run", "/run"),
    ("/var/lock", "/run/lock"),
];

pub(in crate::lint) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for stage in &plan.stages {
        let usual = if starts_from_nothing(plan, stage) { &[] } else { LINKS };
        let mut made: Vec<(&str, &str)> = Vec::new();
        for step in stage.all_steps() {
            match &step.action {
                Action::Symlink { path, to, .. } => made.push((path, to)),
                Action::Copy(copy) if copy.link => {
                    let mut links = made.iter().chain(usual);
                    if let Some((link, to)) = links.find(|(link, _)| is_below(&copy.to, link)) {
                        let message =
                            format!("a copy with `link` replaces the symbolic link `{link}` with a folder");
                        let warning = Diagnostic::warning(Code::CopyHidesLink, step.span, message);
                        let help = format!(
                            "copy to `{to}{}`, or remove `link`; if `{link}` is a folder, add `x-check: skip=copy-hides-link`",
                            &copy.to[link.len()..]
                        );
                        found.push(warning.help(help));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a copy to a path makes a folder at the path of the link.
fn is_below(to: &str, link: &str) -> bool {
    to.strip_prefix(link).is_some_and(|rest| rest.starts_with('/'))
}

fn starts_from_nothing<'p>(plan: &'p Plan, mut stage: &'p Stage) -> bool {
    while let Base::Stage(index) = stage.base {
        stage = &plan.stages[index];
    }
    stage.base == Base::Scratch
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(from: &str, steps: &str, expect: &[&str]) {
        let text = format!("stages:\n  s:\n    from: {from}\n    steps:\n{steps}");
        testing::check(Code::CopyHidesLink, &text, expect);
    }

    #[test]
    fn links_of_most_images() {
        let copy = |to: &str, link: bool| format!("      - {{copy: tool, to: {to}, link: {link}}}\n");
        let found = "5: a copy with `link` replaces the symbolic link `/bin` with a folder";
        check("debian", &copy("/bin/", true), &[found]);
        check("debian", &copy("/bin/tool", true), &[found]);
        check("debian", &copy("/bin/", false), &[]);
        check("debian", &copy("/usr/bin/", true), &[]);
        check("debian", &copy("/binaries/", true), &[]);
        check("scratch", &copy("/bin/", true), &[]);
    }

    #[test]
    fn links_of_steps_before() {
        let steps =
            "      - {symlink: /opt/now, to: /opt/v2}\n      - {copy: f, to: /opt/now/f, link: true}\n";
        check(
            "scratch",
            steps,
            &["6: a copy with `link` replaces the symbolic link `/opt/now` with a folder"],
        );
    }
}
