//! Finds downloads and git repositories that are not pinned to their content.
//!
//! The same build file can then make a different image tomorrow, and nobody notices that a file was replaced. The signature of a file
//! that the same build downloads is not reported: it decides whether the build fails, and not what is in the image. The file itself is
//! reported, unless it is pinned.
//!
//! ```yaml
//! - {download: "https://example.com/tool.tar.gz", to: /opt/}                      # bad
//! - {download: "https://example.com/tool.tar.gz", sha256: 1f0c..., to: /opt/}     # good
//! - {git: "https://example.com/tool.git", ref: main, to: /src}                    # bad: a branch moves
//! - {git: "https://example.com/tool.git", ref: v1.2, commit: 2c1f..., to: /src}   # good
//! ```

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::plan::{Action, Origin, Plan};

/// The endings of files that only verify another file. The name of that file is the rest.
const SIGNATURES: &[&str] =
    &[".asc", ".sig", ".sign", ".minisig", ".sigstore", ".sha256", ".sha256sum", ".sha512", ".sha512sum"];

pub(in crate::lint) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let mut origins: Vec<(&Origin, Span)> = Vec::new();
    for step in plan.steps() {
        match &step.action {
            Action::Copy(copy) => origins.push((&copy.from, step.span)),
            action => {
                for mount in action.process().into_iter().flat_map(|process| &process.mounts) {
                    origins.extend(mount.kind.origin().map(|(from, _)| (from, mount.span)));
                }
            }
        }
    }
    let urls: BTreeSet<&str> = set_of(origins.iter().filter_map(|(origin, _)| match origin {
        Origin::Download(download) => Some(download.url.as_str()),
        _ => None,
    }));
    for (origin, span) in origins {
        let signs = |url: &str| {
            SIGNATURES.iter().any(|end| url.strip_suffix(end).is_some_and(|of| urls.contains(of)))
        };
        if !matches!(origin, Origin::Download(download) if signs(&download.url)) {
            found.extend(of_origin(origin, span));
        }
    }
}

fn of_origin(origin: &Origin, span: Span) -> Option<Diagnostic> {
    let (message, help) = match origin {
        Origin::Download(download) if download.sha256.is_none() => (
            format!("the download of `{}` has no digest", download.filename),
            "add `sha256:` to it, or write an image.lock; if it may change, add `x-check: skip=unpinned-download`",
        ),
        Origin::Git(git) if !git.is_pinned() => {
            let reference = git.reference.as_deref().unwrap_or("the default branch");
            (
                format!("`{reference}` of a repository can change"),
                "add the expected `commit:` to it, or write an image.lock; if it may change, add `x-check: skip=unpinned-download`",
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

    #[test]
    fn the_signature_of_a_download_is_not_reported() {
        let url = "https://example.com/tool.tar.gz";
        let check = |signature: &str, file: &str, expect: &[&str]| {
            let text = format!(
                "stages:\n  s:\n    from: x\n    steps:\n      - {{download: \"{url}{signature}\", to: /a}}\n      - {{{file}}}\n"
            );
            testing::check(Code::UnpinnedDownload, &text, expect);
        };
        let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let pinned = format!("download: \"{url}\", to: /b, sha256: {digest}");
        check(".asc", &pinned, &[]);
        check(".sig", &format!("run: verify, mounts: [{{{}}}]", pinned.replace("/b", "/m")), &[]);
        // The file itself decides what is in the image.
        let unpinned = format!("download: \"{url}\", to: /b");
        check(".sha256", &unpinned, &["6: the download of `tool.tar.gz` has no digest"]);
        // A key is trusted for what it signs, and nothing here is signed by it.
        check(".asc", "run: x", &["5: the download of `tool.tar.gz.asc` has no digest"]);
        check(".part2", &pinned, &["5: the download of `tool.tar.gz.part2` has no digest"]);
    }
}
