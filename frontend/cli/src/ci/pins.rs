//! The actions that a workflow uses, by commit.

use std::collections::BTreeMap;

/// An action: its name, its release, and the commit of the release.
struct Action(&'static str, &'static str, &'static str);

/// All actions of workflows. Each commit is that of the tag in the repository of the action.
const ACTIONS: &[Action] = &[
    Action("actions/checkout", "v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"),
    Action("actions/download-artifact", "v8.0.1", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"),
    Action("actions/upload-artifact", "v7.0.0", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"),
    Action("crazy-max/ghaction-github-runtime", "v4.0.0", "04d248b84655b509d8c44dc1d6f990c879747487"),
    Action("docker/login-action", "v4.1.0", "4907a6ddec9925e35a0a9e82d7399ccc52663121"),
    Action("docker/setup-buildx-action", "v4.3.0", "37fe631027851001ddb9b187196cc803df7f5f0e"),
    Action("docker/setup-qemu-action", "v4.2.0", "96fe6ef7f33517b61c61be40b68a1882f3264fb8"),
];

/// What stands behind the name of each action: a commit with its release as a comment, or a tag.
#[derive(Debug)]
pub(crate) struct Pins(BTreeMap<String, String>);

impl Pins {
    /// By commit, which nobody can move. An action that the file has by a commit already keeps it, since other tools update commits.
    pub(crate) fn commits(existing: &str) -> Self {
        let mut pins: BTreeMap<String, String> = ACTIONS
            .iter()
            .map(|Action(name, release, commit)| ((*name).to_owned(), format!("{commit} # {release}")))
            .collect();
        for line in existing.lines() {
            let Some((_, used)) = line.split_once("uses: ") else { continue };
            let Some((name, pin)) = used.trim().split_once('@') else { continue };
            let commit = pin.split_whitespace().next().unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            if let (true, Some(known)) = (is_commit, pins.get_mut(name)) {
                pin.clone_into(known);
            }
        }
        Self(pins)
    }

    /// By the tag of the major version, which its owner moves.
    pub(crate) fn tags() -> Self {
        let major = |release: &str| release.split('.').next().unwrap_or_default().to_owned();
        Self(ACTIONS.iter().map(|Action(name, release, _)| ((*name).to_owned(), major(release))).collect())
    }

    /// An action as a step names it.
    pub(super) fn uses(&self, name: &str) -> String {
        format!("{name}@{}", self.0.get(name).map_or("", String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_another_tool_wrote_stays() {
        let other = "a".repeat(40);
        let file = format!("  - uses: actions/checkout@{other} # v9\n  - uses: docker/login-action@v1\n");
        let pins = Pins::commits(&file);
        assert_eq!(pins.uses("actions/checkout"), format!("actions/checkout@{other} # v9"));
        assert_eq!(
            pins.uses("docker/login-action"),
            "docker/login-action@4907a6ddec9925e35a0a9e82d7399ccc52663121 # v4.1.0"
        );
        assert_eq!(Pins::tags().uses("docker/login-action"), "docker/login-action@v4");
    }
}
