//! A signing key without a digest. Builds refuse it too, since everyone who can change the file could sign packages.
//!
//! ```yaml
//! - repository: tools
//!   apt: {uri: "https://example.com/apt", suites: stable, components: main}
//!   key: {url: "https://example.com/key.asc"}                   # bad, unless image.lock pins the URL
//!   key: {url: "https://example.com/key.asc", sha256: 1f0c...}  # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::plan::{Action, Plan};

/// Reports the signing keys of a plan that neither the build file nor the lock pins. Each is an error at its step.
pub fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for step in plan.steps() {
        let Action::Repository(repository) = &step.action else { continue };
        if repository.keys().any(|key| key.sha256.is_none()) {
            let message = format!("a key of the repository `{}` has no digest", repository.name);
            let error = Diagnostic::error(Code::UnpinnedKey, repository.span, message);
            let error = error.label("everyone who can change the file can sign packages");
            found.push(error.help("add `sha256:` to the key, or write an image.lock"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Code;
    use crate::lint::testing;

    #[test]
    fn keys_need_a_digest() {
        let check = |key: &str, expect: &[&str]| {
            let text = format!(
                "stages: {{app: {{from: \"debian:12\", steps: [{{repository: r, key: {key}, apt: {{uri: \"https://a.org/d\", suites: s, \
                components: main}}, dnf: {{baseurl: \"https://a.org/r\"}}}}]}}}}\n"
            );
            testing::check(Code::UnpinnedKey, &text, expect);
        };
        check("{url: \"https://a.org/k.asc\"}", &["1: a key of the repository `r` has no digest"]);
        check(&format!("{{url: \"https://a.org/k.asc\", sha256: {}}}", "0".repeat(64)), &[]);
    }
}
