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

use std::collections::BTreeMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::map_of;
use crate::plan::{Action, Base, Plan};

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
    // Whether each stage starts from an empty file system, maybe with other stages between.
    let mut from_nothing: Vec<bool> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let is_from_nothing = match stage.base {
            // A stage is after the one that it starts from.
            Base::Stage(index) => from_nothing.get(index).copied().unwrap_or(false),
            _ => stage.base == Base::Scratch,
        };
        from_nothing.push(is_from_nothing);
        let usual = if is_from_nothing { &[] } else { LINKS };
        let mut links: BTreeMap<&str, &str> = map_of(usual.iter().copied());
        for step in stage.all_steps() {
            match &step.action {
                Action::Symlink { path, to, .. } => drop(links.insert(path, to)),
                Action::Copy(copy) if copy.link => {
                    if let Some((link, to)) = link_above(&links, &copy.to) {
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

/// The first link on the way to a path, where a copy would make a folder, with its destination.
fn link_above<'l>(links: &BTreeMap<&'l str, &'l str>, to: &str) -> Option<(&'l str, &'l str)> {
    let mut folders = to.match_indices('/').map(|(end, _)| &to[..end]);
    folders.find_map(|folder| links.get_key_value(folder).map(|(link, to)| (*link, *to)))
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
    fn stages_that_start_from_others() {
        let check = |first: &str, expect: &[&str]| {
            let text = format!(
                "stages:\n  a: {{from: {first}}}\n  b: {{from: a}}\n  s: {{from: b, steps: [{{copy: tool, to: /bin/, link: true}}]}}\n"
            );
            testing::check(Code::CopyHidesLink, &text, expect);
        };
        check("debian", &["4: a copy with `link` replaces the symbolic link `/bin` with a folder"]);
        check("scratch", &[]);
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
