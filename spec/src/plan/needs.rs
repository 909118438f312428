//! What the client has to give to a build and to allow it: secrets, SSH agents and privileges.

use super::checks::Claim;
use super::mount::MountKind;
use super::process::{Network, Process};
use super::{Plan, Stage};
use crate::base::source::Span;

/// What the client has to give to a build and to allow it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The secrets, sorted by id.
    pub secrets: Vec<Need>,
    /// The SSH agents, sorted by id.
    pub ssh: Vec<Need>,
    /// The privileges, in the order of [`Privilege`].
    pub privileges: Vec<Privilege>,
}

/// A secret or an SSH agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The id.
    pub id: String,
    /// Whether at least one step fails without it.
    pub required: bool,
    /// The first place that uses it.
    pub span: Span,
}

/// A privilege of a step, which the client has to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privilege {
    /// The network of the machine that builds.
    HostNetwork,
    /// All privileges of that machine.
    Insecure,
    /// Devices of that machine.
    Device,
}

impl Privilege {
    /// The name of BuildKit's entitlement.
    pub fn entitlement(self) -> &'static str {
        match self {
            Self::HostNetwork => "network.host",
            Self::Insecure => "security.insecure",
            Self::Device => "device",
        }
    }
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.ssh.is_empty() && self.privileges.is_empty()
    }

    /// Adds what another plan needs.
    pub(crate) fn add(&mut self, other: Self) {
        other.secrets.into_iter().for_each(|need| add(&mut self.secrets, need));
        other.ssh.into_iter().for_each(|need| add(&mut self.ssh, need));
        other.privileges.into_iter().for_each(|privilege| self.allow(privilege));
    }

    fn allow(&mut self, privilege: Privilege) {
        if let Err(at) = self.privileges.binary_search(&privilege) {
            self.privileges.insert(at, privilege);
        }
    }

    fn add_process(&mut self, process: &Process) {
        for mount in &process.mounts {
            let (list, id, required) = match &mount.kind {
                MountKind::SecretFile { id, required, .. } | MountKind::SecretEnv { id, required, .. } => {
                    (&mut self.secrets, id, required)
                }
                MountKind::Ssh { id, required, .. } => (&mut self.ssh, id, required),
                MountKind::Cache { .. }
                | MountKind::Bind { .. }
                | MountKind::Text { .. }
                | MountKind::Tmpfs { .. } => continue,
            };
            add(list, Need { id: id.clone(), required: *required, span: mount.span });
        }
        if process.network == Some(Network::Host) {
            self.allow(Privilege::HostNetwork);
        }
        if process.insecure {
            self.allow(Privilege::Insecure);
        }
        if !process.devices.is_empty() {
            self.allow(Privilege::Device);
        }
    }
}

/// Adds a need to a sorted list. A need with the same id is required if one of both is.
fn add(list: &mut Vec<Need>, need: Need) {
    match list.binary_search_by(|known| known.id.cmp(&need.id)) {
        Ok(at) => {
            let known = &mut list[at];
            known.required |= need.required;
            known.span = known.span.min(need.span);
        }
        Err(at) => list.insert(at, need),
    }
}

impl Plan {
    /// What a build of the plan needs. The steps of all its stages count, and its image tests.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.processes().for_each(|process| needs.add_process(process));
        needs
    }

    /// The processes of all steps and image tests.
    pub(crate) fn processes(&self) -> impl Iterator<Item = &Process> {
        self.stages.iter().flat_map(Stage::processes)
    }
}

impl Stage {
    fn processes(&self) -> impl Iterator<Item = &Process> {
        let steps = self.all_steps().into_iter().filter_map(|step| step.action.process());
        let checks = self.checks.iter().filter_map(|check| match &check.claim {
            Claim::Run(process) => Some(process.as_ref()),
            _ => None,
        });
        steps.chain(checks)
    }
}
