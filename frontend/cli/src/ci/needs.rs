//! What the builds of a family need of CI: secrets, an SSH agent, privileges, and registries with an account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use varve_spec::{Member, Reference, set_of};

use crate::answer::Failure;
use crate::image_tags::{cache_references, repository};
use crate::registry::is_loopback;

/// The secret that the builder takes for git repositories. No step names it.
const GIT_TOKEN: &str = "GIT_AUTH_TOKEN";

/// The secret of CI that has the key for the SSH agent.
const SSH_KEY: &str = "SSH_PRIVATE_KEY";

/// What all builds together need.
pub(crate) struct CiNeeds {
    /// The secrets of CI by the id that steps use.
    pub(super) secrets: BTreeMap<String, String>,
    /// The ids of secrets that the file for bake does not name.
    pub(super) extra: Vec<String>,
    /// The ids of SSH agents.
    pub(super) ssh: BTreeSet<String>,
    /// The entitlements of BuildKit.
    pub(super) entitlements: BTreeSet<&'static str>,
    /// The registries that need an account.
    pub(super) registries: BTreeSet<String>,
    /// Whether a cache is in the store of the code host.
    pub(super) has_hosted_cache: bool,
}

/// A registry with the expressions for its account.
pub(super) struct Account {
    pub(super) host: String,
    pub(super) username: String,
    pub(super) password: String,
}

impl CiNeeds {
    /// Collects the needs of builds. `stated` maps ids of secrets to secrets of CI, and `logins` names more registries.
    ///
    /// # Errors
    /// A stated secret is one that no step uses, or two ids would have the same secret of CI.
    pub(super) fn of(
        builds: &[&Member],
        stated: &[(String, String)],
        logins: &[String],
    ) -> Result<Self, Failure> {
        let all = || builds.iter().flat_map(|build| &build.needs.secrets);
        let required = set_of(all().filter(|need| need.required).map(|need| need.id.clone()));
        let mut known = set_of(all().map(|need| need.id.as_str()));
        known.insert(GIT_TOKEN);
        let mut secrets: BTreeMap<String, String> =
            required.iter().map(|id: &String| (id.clone(), secret_name(id))).collect();
        for (id, name) in stated {
            if !known.contains(id.as_str()) {
                let known = known.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
                return Err(Failure::Usage(format!("no step uses the secret `{id}`; there are {known}")));
            }
            secrets.insert(id.clone(), name.clone());
        }
        let mut by_name: BTreeMap<&str, &str> = BTreeMap::new();
        for (id, name) in &secrets {
            let is_stated = stated.iter().any(|(stated, _)| stated == id);
            if let (Some(other), false) = (by_name.insert(name, id), is_stated) {
                return Err(Failure::Usage(format!(
                    "the secrets `{other}` and `{id}` are both {name} in CI: name one with --secret {id}=NAME"
                )));
            }
        }
        let extra = secrets.keys().filter(|id| !required.contains(*id)).cloned().collect();
        let caches = || {
            let caches = builds.iter().map(|build| &build.delivery);
            caches.flat_map(|delivery| delivery.cache_from.iter().chain(&delivery.cache_to))
        };
        let names = builds.iter().flat_map(|build| build.tags.iter().chain(&build.tags_with_facts));
        let names = names.map(|tag| repository(tag).to_owned());
        let refs = cache_references(caches()).map(str::to_owned);
        let hosts =
            names.chain(refs).filter_map(|name| Some(name.parse::<Reference>().ok()?.domain().to_owned()));
        let has_account = |host: &String| !is_loopback(host);
        let ssh = builds.iter().flat_map(|build| &build.needs.ssh).filter(|need| need.required);
        let privileges = builds.iter().flat_map(|build| &build.needs.privileges);
        Ok(Self {
            secrets,
            extra,
            ssh: set_of(ssh.map(|need| need.id.clone())),
            entitlements: set_of(privileges.map(|privilege| privilege.entitlement())),
            registries: set_of(hosts.filter(has_account).chain(logins.iter().cloned())),
            has_hosted_cache: caches().any(|cache| cache.kind == "gha"),
        })
    }

    /// What a client of bake has to allow.
    pub(super) fn allowed(&self) -> Vec<&str> {
        let ssh = (!self.ssh.is_empty()).then_some("ssh");
        self.entitlements.iter().copied().chain(ssh).collect()
    }

    /// The secret of CI with the key for the SSH agent, if a build needs one.
    pub(super) fn ssh_key(&self) -> Option<&'static str> {
        (!self.ssh.is_empty()).then_some(SSH_KEY)
    }

    /// The accounts of the registries.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let secret = |name: &str, end: &str| format!("${{{{ secrets.{name}_{end} }}}}");
        let accounts = self.registries.iter().map(|host| match host.as_str() {
            "ghcr.io" => Account {
                host: host.clone(),
                username: "${{ github.actor }}".to_owned(),
                password: "${{ secrets.GITHUB_TOKEN }}".to_owned(),
            },
            _ => {
                let name = if host == "docker.io" { "DOCKERHUB".to_owned() } else { secret_name(host) };
                let (username, password) = (secret(&name, "USERNAME"), secret(&name, "TOKEN"));
                Account { host: host.clone(), username, password }
            }
        });
        accounts.collect()
    }

    /// The needs for other programs.
    pub(super) fn json(&self) -> Value {
        let secrets = self.secrets.iter().map(|(id, name)| json!({"id": id, "name": name}));
        json!({
            "secrets": secrets.collect::<Vec<_>>(),
            "ssh": self.ssh,
            "entitlements": self.entitlements,
            "registries": self.registries,
        })
    }
}

/// The secret of CI for an id: a name may have only capitals, digits and `_`, and not begin with a digit or the prefix of the code host.
fn secret_name(id: &str) -> String {
    let name: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if valid_secret(&name) { name } else { format!("SECRET_{name}") }
}

/// Whether CI can have a secret of this name. The host gives `GITHUB_TOKEN` to every job.
pub(crate) fn valid_secret(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_own = name.to_ascii_uppercase().starts_with("GITHUB_") && name != "GITHUB_TOKEN";
    !name.is_empty()
        && name.chars().all(is_part)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !is_own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_secret_that_can_exist() {
        let check = |id: &str, expect: &str| assert_eq!(secret_name(id), expect);
        check("token", "TOKEN");
        check("npm.token", "NPM_TOKEN");
        check("2fa", "SECRET_2FA");
        check("github_token", "GITHUB_TOKEN");
        check("github_app", "SECRET_GITHUB_APP");
    }

    #[test]
    fn a_port_is_no_tag() {
        let check = |tag: &str, expect: &str| assert_eq!(repository(tag), expect);
        check("acme/app:1", "acme/app");
        check("acme/app:{facts.python}", "acme/app");
        check("localhost:5000/app", "localhost:5000/app");
        check("localhost:5000/app:1", "localhost:5000/app");
    }
}
