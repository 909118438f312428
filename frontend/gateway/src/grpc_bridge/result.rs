//! Converts results to and from protobuf messages.

use std::collections::BTreeMap;

use buildkit_names::map_of;
use buildkit_proto::moby::buildkit::v1::frontend as pb;

use crate::{Attestation, AttestationKind, Outcome, Ref, Refs, Solved, Subject};

/// Converts the answer to a solve request. Daemons before BuildKit 0.7 send only the ids of refs.
pub(super) fn solved(response: pb::SolveResponse) -> Solved {
    let Some(result) = response.result else {
        return Solved { refs: Refs::Single(named(response.r#ref)), ..Solved::default() };
    };
    let refs = match result.result {
        None => Refs::default(),
        Some(pb::result::Result::RefDeprecated(id)) => Refs::Single(named(id)),
        Some(pb::result::Result::RefsDeprecated(map)) => {
            platforms(map.refs.into_iter().map(|(platform, id)| (platform, named(id))))
        }
        Some(pb::result::Result::Ref(found)) => Refs::Single(reference(found)),
        Some(pb::result::Result::Refs(map)) => {
            platforms(map.refs.into_iter().map(|(platform, found)| (platform, reference(found))))
        }
    };
    let attestations = result.attestations.into_iter();
    let attestations = attestations
        .map(|(platform, list)| (platform, list.attestation.into_iter().map(attestation).collect()));
    Solved { refs, metadata: map_of(result.metadata), attestations: map_of(attestations) }
}

fn platforms(found: impl Iterator<Item = (String, Option<Ref>)>) -> Refs {
    Refs::Platforms(map_of(found))
}

/// Converts the result of a build. The definitions of refs are left out, because the daemon has them.
pub(super) fn of_outcome(outcome: Outcome) -> pb::Result {
    let result = match outcome.refs {
        Refs::Single(single) => pb::result::Result::Ref(to_ref(single)),
        Refs::Platforms(map) => {
            let refs = map.into_iter().map(|(platform, found)| (platform, to_ref(found))).collect();
            pb::result::Result::Refs(pb::RefMap { refs })
        }
    };
    let attestations = outcome
        .attestations
        .into_iter()
        .map(|(platform, list)| {
            let attestation = list.into_iter().map(of_attestation).collect();
            (platform, pb::Attestations { attestation })
        })
        .collect();
    pb::Result { metadata: to_map(outcome.metadata), attestations, result: Some(result) }
}

fn named(id: String) -> Option<Ref> {
    (!id.is_empty()).then_some(Ref { id, definition: None })
}

fn reference(found: pb::Ref) -> Option<Ref> {
    (!found.id.is_empty()).then_some(Ref { id: found.id, definition: found.def })
}

fn to_ref(reference: Option<Ref>) -> pb::Ref {
    pb::Ref { id: reference.map(|reference| reference.id).unwrap_or_default(), def: None }
}

fn attestation(found: pb::Attestation) -> Attestation {
    let kind = match found.kind() {
        pb::AttestationKind::InToto => AttestationKind::InToto,
        pb::AttestationKind::Bundle => AttestationKind::Bundle,
    };
    let subject = |subject: pb::InTotoSubject| match subject.kind() {
        pb::InTotoSubjectKind::Self_ => Subject::Image { name: subject.name },
        pb::InTotoSubjectKind::Raw => Subject::Digests { name: subject.name, digests: subject.digest },
    };
    Attestation {
        kind,
        metadata: map_of(found.metadata),
        content: found.r#ref.and_then(reference),
        path: found.path,
        predicate_type: found.in_toto_predicate_type,
        subjects: found.in_toto_subjects.into_iter().map(subject).collect(),
    }
}

fn of_attestation(attestation: Attestation) -> pb::Attestation {
    let kind = match attestation.kind {
        AttestationKind::InToto => pb::AttestationKind::InToto,
        AttestationKind::Bundle => pb::AttestationKind::Bundle,
    };
    let subject = |subject| match subject {
        Subject::Image { name } => {
            pb::InTotoSubject { kind: pb::InTotoSubjectKind::Self_.into(), digest: Vec::new(), name }
        }
        Subject::Digests { name, digests } => {
            pb::InTotoSubject { kind: pb::InTotoSubjectKind::Raw.into(), digest: digests, name }
        }
    };
    pb::Attestation {
        kind: kind.into(),
        metadata: to_map(attestation.metadata),
        // The ref is present even if it is empty, because the daemon reads its id without checking for it.
        r#ref: Some(to_ref(attestation.content)),
        path: attestation.path,
        in_toto_predicate_type: attestation.predicate_type,
        in_toto_subjects: attestation.subjects.into_iter().map(subject).collect(),
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "the generated messages use it, and its order is not part of a message"
)]
fn to_map<V>(map: BTreeMap<String, V>) -> std::collections::HashMap<String, V> {
    map.into_iter().collect()
}
