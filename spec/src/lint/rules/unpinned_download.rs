//! Finds downloads and git repositories that are not pinned to their content.
//!
//! The same build file can then make a different image tomorrow, and nobody notices that a file was replaced.
//!
//! ```yaml
//! - {download: "https://example.com/tool.tar.gz", to: /opt/}                      # bad
//! - {download: "https://example.com/tool.tar.gz", sha256: 1f0c..., to: /opt/}     # good
//! - {git: "https://example.com/tool.git", ref: main, to: /src}                    # bad: a branch moves
//! - {git: "https://example.com/tool.git", ref: v1.2, commit: 2c1f..., to: /src}   # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::plan::{Action, MountKind, Origin, Plan};

pub(in crate::lint) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for step in plan.steps() {
        match &step.action {
            Action::Copy(copy) => found.extend(of_origin(&copy.from, step.span)),
            action => {
                for mount in action.process().into_iter().flat_map(|process| &process.mounts) {
                    if let MountKind::Bind { from, .. } = &mount.kind {
                        found.extend(of_origin(from, mount.span));
                    }
                }
            }
        }
    }
}

fn of_origin(origin: &Origin, span: Span) -> Option<Diagnostic> {
    let (message, help) = match origin {
        Origin::Download(download) if download.sha256.is_none() => (
            format!("the download of `{}` has no digest", download.filename),
            "add `sha256:` to it, or write an image.lock",
        ),
        Origin::Git(git) if !git.is_pinned() => {
            let reference = git.reference.as_deref().unwrap_or("the default branch");
            (
                format!("`{reference}` of a repository can change"),
                "add the expected `commit:` to it, or write an image.lock",
            )
        }
        _ => return None,
    };
    let found = Diagnostic::warning(Code::UnpinnedDownload, span, message);
    Some(found.label("if the content changes, the same build file gives another image").help(help))
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn downloads_and_commits() {
        let check = |step: &str, expect: &[&str]| {
            let text = format!("stages:\n  s:\n    from: x\n    steps:\n      - {step}\n");
            testing::check(Code::UnpinnedDownload, &text, expect);
        };
        let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let url = "https://example.com/tool.tar.gz";
        check(
            &format!("{{download: \"{url}\", to: /opt/}}"),
            &["5: the download of `tool.tar.gz` has no digest"],
        );
        check(&format!("{{download: \"{url}\", to: /opt/, sha256: {digest}}}"), &[]);
        check(
            &format!("{{packages: [git], run: a, mounts: [{{download: \"{url}\", to: /a}}]}}"),
            &["5: the download of `tool.tar.gz` has no digest"],
        );
        let git = "git: \"https://example.com/tool.git\", to: /src";
        check(&format!("{{{git}}}"), &["5: `the default branch` of a repository can change"]);
        check(&format!("{{{git}, ref: v1}}"), &["5: `v1` of a repository can change"]);
        check(&format!("{{{git}, ref: {}}}", &digest[..40]), &[]);
        check(&format!("{{{git}, ref: v1, commit: {}}}", &digest[..40]), &[]);
    }
}
