//! What the daemon can do, and what it cannot, with the reason.

mod history;

use std::collections::BTreeMap;
use std::fmt;

use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::pb::Definition;

use crate::{Outcome, Refs, Status};

/// The two lists of capabilities that the daemon answers a ping with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What the bridge can do: `frontend/gateway/pb/caps.go`.
    pub gateway: CapabilitySet,
    /// What operations the solver knows: `solver/pb/caps.go`.
    pub llb: CapabilitySet,
}

/// Capabilities by name. Being listed is not enough: a capability can be listed and disabled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapabilitySet(BTreeMap<String, CapabilityState>);

/// Whether a listed capability can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapabilityState {
    /// It can.
    Enabled,
    /// It cannot, on this daemon as it is set up.
    Disabled {
        /// Why, in the daemon's words; often empty.
        reason: String,
    },
}

/// A capability that is needed and not there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingCapability {
    /// The name of the capability.
    pub id: String,
    /// The daemon's reason, if it knows the capability but has it disabled.
    pub disabled: Option<String>,
}

impl Capabilities {
    /// Fails unless the daemon has what every build needs: results that are returned by a call of their own, in
    /// the current form, frontend capabilities, and file operations. All are there since BuildKit 0.8.
    pub fn check_minimum(&self) -> Result<(), MissingCapability> {
        for id in [gateway::RETURN, gateway::REF_ARRAY, gateway::FRONTEND_CAPS] {
            self.gateway.require(id)?;
        }
        self.llb.require("file.base")
    }

    /// Fails if an operation of the definition declares a capability that the solver does not have.
    ///
    /// The daemon would find out too, but late: not before the result is read or returned.
    pub fn check_definition(&self, definition: &Definition) -> Result<(), MissingCapability> {
        definition
            .metadata
            .values()
            .flat_map(|metadata| metadata.caps.keys())
            .try_for_each(|id| self.llb.require(id))
    }

    /// Fails if the daemon would refuse the result, or ignore a part of it: several platforms, attestations.
    pub fn check_outcome(&self, outcome: &Outcome) -> Result<(), MissingCapability> {
        if matches!(outcome.refs, Refs::Platforms(_)) {
            self.gateway.require(gateway::RETURN_MAP)?;
        }
        if outcome.attestations.is_empty() { Ok(()) } else { self.gateway.require(gateway::ATTESTATIONS) }
    }

    /// What the first daemons that answered a ping could do, whose lists were empty; frozen
    /// (`defaultCaps`, `defaultLLBCaps` in `frontend/gateway/grpcclient/client.go`).
    pub fn frozen_defaults() -> Self {
        Self {
            gateway: history::FROZEN_GATEWAY.into_iter().collect(),
            llb: history::FROZEN_LLB.into_iter().collect(),
        }
    }
}

impl CapabilitySet {
    /// Whether the capability is listed and enabled.
    pub fn has(&self, id: &str) -> bool {
        self.0.get(id) == Some(&CapabilityState::Enabled)
    }

    /// Fails unless the capability is listed and enabled.
    pub fn require(&self, id: &str) -> Result<(), MissingCapability> {
        match self.0.get(id) {
            Some(CapabilityState::Enabled) => Ok(()),
            Some(CapabilityState::Disabled { reason }) => {
                Err(MissingCapability { id: id.to_owned(), disabled: Some(reason.clone()) })
            }
            None => Err(MissingCapability { id: id.to_owned(), disabled: None }),
        }
    }

    /// The state of a capability, `None` if the daemon does not list it.
    pub fn get(&self, id: &str) -> Option<&CapabilityState> {
        self.0.get(id)
    }

    /// All listed capabilities, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CapabilityState)> {
        self.0.iter().map(|(id, state)| (id.as_str(), state))
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same set with one capability added or changed.
    #[must_use]
    pub fn with(mut self, id: &str, state: CapabilityState) -> Self {
        self.0.insert(id.to_owned(), state);
        self
    }

    /// The same set with one capability not listed.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        self.0.remove(id);
        self
    }
}

/// Names that are all enabled.
impl<'a> FromIterator<&'a str> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        Self(ids.into_iter().map(|id| (id.to_owned(), CapabilityState::Enabled)).collect())
    }
}

impl FromIterator<ApiCap> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = ApiCap>>(capabilities: I) -> Self {
        let state = |cap: &ApiCap| match cap.enabled {
            true => CapabilityState::Enabled,
            false => CapabilityState::Disabled { reason: cap.disabled_reason_msg.clone() },
        };
        let named = capabilities.into_iter().filter(|cap| !cap.id.is_empty());
        Self(named.map(|cap| (cap.id.clone(), state(&cap))).collect())
    }
}

/// In the user's words: the reason if it is disabled, else the release that brought it, if known.
impl fmt::Display for MissingCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.disabled.as_deref(), history::since(&self.id)) {
            (Some(""), _) => write!(f, "{:?} is disabled on this builder", self.id),
            (Some(reason), _) => write!(f, "{:?} is disabled on this builder: {reason}", self.id),
            (None, Some(minor)) => {
                write!(f, "needs BuildKit 0.{minor} or later: this builder lacks {:?}", self.id)
            }
            (None, None) => write!(f, "needs a later BuildKit: this builder lacks {:?}", self.id),
        }
    }
}

impl std::error::Error for MissingCapability {}

impl From<MissingCapability> for Status {
    fn from(missing: MissingCapability) -> Self {
        Self::user(missing.to_string())
    }
}

/// Names of the bridge's capabilities that this crate looks at: `frontend/gateway/pb/caps.go`.
pub(crate) mod gateway {
    pub(crate) const RETURN: &str = "return";
    pub(crate) const RETURN_MAP: &str = "returnmap";
    pub(crate) const REF_ARRAY: &str = "proto.refarray";
    pub(crate) const FRONTEND_CAPS: &str = "frontend.caps";
    pub(crate) const READ_DIR: &str = "readdir";
    pub(crate) const STAT_FILE: &str = "statfile";
    pub(crate) const IMPORT_CACHES: &str = "importcaches";
    pub(crate) const INPUTS: &str = "frontend.inputs";
    pub(crate) const SOLVE_EVALUATE: &str = "gateway.solve.evaluate";
    pub(crate) const EVALUATE: &str = "gateway.evaluate";
    pub(crate) const WARNINGS: &str = "gateway.warnings";
    #[cfg(feature = "testing")]
    pub(crate) const REF_OUTPUT: &str = "reference.output";
    pub(crate) const ATTESTATIONS: &str = "reference.attestations";
    pub(crate) const META_RESOLVER: &str = "source.metaresolver";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_is_not_enabled() {
        let set =
            CapabilitySet::from_iter(["a"]).with("b", CapabilityState::Disabled { reason: "why".to_owned() });
        check(&set, "a", true, "");
        check(&set, "b", false, "\"b\" is disabled on this builder: why");
        check(&set.clone().with("b", CapabilityState::Disabled { reason: String::new() }), "b", false, {
            "\"b\" is disabled on this builder"
        });
        check(&set, "c", false, "needs a later BuildKit: this builder lacks \"c\"");
        check(&set, "mergeop", false, "needs BuildKit 0.10 or later: this builder lacks \"mergeop\"");
        check(&set.clone().without("a"), "a", false, "needs a later BuildKit: this builder lacks \"a\"");

        fn check(set: &CapabilitySet, id: &str, has: bool, message: &str) {
            assert_eq!(set.has(id), has);
            let missing = set.require(id).err().map(|missing| missing.to_string());
            assert_eq!(missing.unwrap_or_default(), message);
        }
    }

    #[test]
    fn read_from_the_wire() {
        let cap = |id: &str, enabled, reason: &str| ApiCap {
            id: id.to_owned(),
            enabled,
            disabled_reason_msg: reason.to_owned(),
            ..ApiCap::default()
        };
        let set = CapabilitySet::from_iter([cap("a", true, "x"), cap("b", false, "why"), cap("", true, "")]);
        let disabled = CapabilityState::Disabled { reason: "why".to_owned() };
        assert_eq!(set.iter().collect::<Vec<_>>(), [("a", &CapabilityState::Enabled), ("b", &disabled)]);
    }

    #[test]
    fn the_minimum_is_buildkit_0_8() {
        check(Capabilities::newest(), None);
        check(Capabilities::docker_20_10(), None);
        check(Capabilities::of_buildkit(7), Some("frontend.caps"));
        check(Capabilities::frozen_defaults(), Some("return"));
        let mut without_files = Capabilities::newest();
        without_files.llb = without_files.llb.without("file.base");
        check(without_files, Some("file.base"));

        fn check(capabilities: Capabilities, expect: Option<&str>) {
            let missing = capabilities.check_minimum().err().map(|missing| missing.id);
            assert_eq!(missing.as_deref(), expect);
        }
    }
}
