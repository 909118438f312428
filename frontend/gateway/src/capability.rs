//! The capabilities of the daemon.

mod history;

use std::collections::BTreeMap;
use std::fmt;

use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;

use crate::{Outcome, Refs, SolveInput, Status, declared};

/// The two lists of capabilities in the daemon's answer to a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The capabilities of the bridge (`frontend/gateway/pb/caps.go`).
    pub gateway: CapabilitySet,
    /// The capabilities of the solver, which operations require (`solver/pb/caps.go`).
    pub llb: CapabilitySet,
}

/// A list of capabilities by name. A capability can be listed and disabled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapabilitySet(BTreeMap<String, CapabilityState>);

/// The state of a listed capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapabilityState {
    /// The capability can be used.
    Enabled,
    /// The configuration of this daemon disables the capability.
    Disabled {
        /// The reason in the words of the daemon. It is often empty.
        reason: String,
    },
}

/// The error that the daemon lacks a required capability.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingCapability {
    /// The name of the capability.
    pub id: String,
    /// The daemon's reason, if it lists the capability as disabled.
    pub disabled: Option<String>,
}

impl Capabilities {
    /// Checks the capabilities that every build requires: the call `return`, results in their current form, frontend
    /// capabilities, and file operations. BuildKit 0.8 and later have all of them.
    ///
    /// # Errors
    /// Returns the first capability that is missing.
    pub fn check_minimum(&self) -> Result<(), MissingCapability> {
        for id in [gateway::RETURN, gateway::REF_ARRAY, gateway::FRONTEND_CAPS] {
            self.gateway.require(id)?;
        }
        self.llb.require("file.base")
    }

    /// Checks the capabilities that the operations of a solve request declare.
    ///
    /// The daemon checks them too, but only when the result is read or returned.
    ///
    /// # Errors
    /// Returns the first capability that the solver lacks, or an error if the bytes are not a definition.
    pub fn check_input(&self, input: &SolveInput) -> Result<(), Status> {
        let SolveInput::Definition(bytes) = input else { return Ok(()) };
        for id in declared::capabilities(bytes)? {
            self.llb.require(id)?;
        }
        Ok(())
    }

    /// Checks whether the daemon supports a result with several platforms or with attestations. A daemon without the capability
    /// refuses the result or ignores a part of it.
    ///
    /// # Errors
    /// Returns the capability that is missing.
    pub fn check_outcome(&self, outcome: &Outcome) -> Result<(), MissingCapability> {
        if matches!(outcome.refs, Refs::Platforms(_)) {
            self.gateway.require(gateway::RETURN_MAP)?;
        }
        if outcome.attestations.is_empty() { Ok(()) } else { self.gateway.require(gateway::ATTESTATIONS) }
    }

    /// Returns the capabilities of a daemon whose lists are empty. The first daemons with pings sent empty lists. These defaults
    /// never change (`defaultCaps` and `defaultLLBCaps` in `frontend/gateway/grpcclient/client.go`).
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

    /// Checks that the capability is listed and enabled.
    ///
    /// # Errors
    /// Returns the capability if it is missing or disabled.
    pub fn require(&self, id: &str) -> Result<(), MissingCapability> {
        match self.0.get(id) {
            Some(CapabilityState::Enabled) => Ok(()),
            Some(CapabilityState::Disabled { reason }) => {
                Err(MissingCapability { id: id.to_owned(), disabled: Some(reason.clone()) })
            }
            None => Err(MissingCapability { id: id.to_owned(), disabled: None }),
        }
    }

    /// Returns the state of a capability. `None` if the daemon does not list it.
    pub fn get(&self, id: &str) -> Option<&CapabilityState> {
        self.0.get(id)
    }

    /// Iterates over all listed capabilities, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CapabilityState)> {
        self.0.iter().map(|(id, state)| (id.as_str(), state))
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the list with one capability added or changed.
    #[must_use]
    pub fn with(mut self, id: &str, state: CapabilityState) -> Self {
        self.0.insert(id.to_owned(), state);
        self
    }

    /// Returns the list without one capability.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        self.0.remove(id);
        self
    }
}

/// Creates a list of enabled capabilities.
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

/// Displays the daemon's reason if the capability is disabled, otherwise the release that introduced it if it is known.
impl fmt::Display for MissingCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.disabled.as_deref(), history::since(&self.id)) {
            (Some(""), _) => write!(f, "{:?} is disabled on this builder", self.id),
            (Some(reason), _) => write!(f, "{:?} is disabled on this builder: {reason}", self.id),
            (None, Some(minor)) => {
                write!(f, "this builder lacks {:?}, which requires BuildKit 0.{minor} or later", self.id)
            }
            (None, None) => write!(f, "this builder lacks {:?}, which requires a later BuildKit", self.id),
        }
    }
}

impl std::error::Error for MissingCapability {}

impl From<MissingCapability> for Status {
    fn from(missing: MissingCapability) -> Self {
        Self::user(missing.to_string())
    }
}

/// The names of the bridge's capabilities that this crate uses (`frontend/gateway/pb/caps.go`).
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
    fn a_listed_capability_can_be_disabled() {
        let set =
            CapabilitySet::from_iter(["a"]).with("b", CapabilityState::Disabled { reason: "why".to_owned() });
        check(&set, "a", true, "");
        check(&set, "b", false, "\"b\" is disabled on this builder: why");
        check(&set.clone().with("b", CapabilityState::Disabled { reason: String::new() }), "b", false, {
            "\"b\" is disabled on this builder"
        });
        check(&set, "c", false, "this builder lacks \"c\", which requires a later BuildKit");
        check(
            &set,
            "mergeop",
            false,
            "this builder lacks \"mergeop\", which requires BuildKit 0.10 or later",
        );
        check(
            &set.clone().without("a"),
            "a",
            false,
            "this builder lacks \"a\", which requires a later BuildKit",
        );

        fn check(set: &CapabilitySet, id: &str, has: bool, message: &str) {
            assert_eq!(set.has(id), has);
            let missing = set.require(id).err().map(|missing| missing.to_string());
            assert_eq!(missing.unwrap_or_default(), message);
        }
    }

    #[test]
    fn capabilities_are_decoded() {
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
