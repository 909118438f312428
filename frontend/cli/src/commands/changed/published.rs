//! `varve changed --published`: which variants the registry does not have as the files describe them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use varve_spec::OnUnknownVcs;

use super::{Args, ChangedFormat, listed};
use crate::answer::{Answer, DIFFERENT, Failure, counted};
use crate::keys::{KeyedMember, keyed, uncovered_text};
use crate::load;
use crate::member::{axes, name, published};
use crate::paint::Colours;
use crate::registry::images::{self, RegistryImage};

/// What the registry has of a variant, or under a tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Nothing.
    Missing,
    /// An image with another key, or without one.
    Unlike,
    /// The image that the files describe.
    Equal,
}

impl State {
    const ALL: [Self; 3] = [Self::Missing, Self::Unlike, Self::Equal];

    fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unlike => "unlike",
            Self::Equal => "equal",
        }
    }
}

/// A published variant, with what each of its tags has.
struct Compared {
    member: KeyedMember,
    tags: Vec<(String, State, String)>,
}

impl Compared {
    /// Missing if all tags are, equal if all tags are.
    fn state(&self) -> State {
        let first = self.tags.first().map_or(State::Equal, |(_, state, _)| *state);
        if self.tags.iter().all(|(_, state, _)| *state == first) { first } else { State::Unlike }
    }
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Error);
    let members = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let mut err = loaded.warnings(colours);
    let published = published(members, &mut err);
    let keyed = keyed(&args.family, &loaded, published)?;
    err += &uncovered_text(&keyed);
    let tags = keyed.iter().flat_map(|keyed| keyed.member.tags.iter().cloned());
    let images = images::read(tags.collect())?;
    let all: Vec<Compared> = keyed.into_iter().map(|member| compared(member, &images)).collect();
    let is_equal = all.iter().all(|compared| compared.state() == State::Equal);
    let out = match args.format {
        ChangedFormat::Text => in_text(&all),
        ChangedFormat::Json => {
            format!("{:#}\n", json!({"variants": all.iter().map(in_json).collect::<Vec<_>>()}))
        }
        ChangedFormat::Bake | ChangedFormat::Gha => {
            let other = all.into_iter().filter(|compared| compared.state() != State::Equal);
            let builds: Vec<_> = other.map(|compared| compared.member.with_key()).collect();
            listed(args, &loaded, &builds)?
        }
    };
    let code = if args.exit_code && !is_equal { DIFFERENT } else { 0 };
    Ok(Answer { code, err, ..Answer::text(out) })
}

fn compared(member: KeyedMember, images: &BTreeMap<String, RegistryImage>) -> Compared {
    let tags = member.member.tags.iter().map(|tag| {
        let (state, because) = match images.get(tag) {
            None => (State::Missing, "is not in the registry"),
            Some(image) => state(&member, image),
        };
        (tag.clone(), state, because.to_owned())
    });
    Compared { tags: tags.collect(), member }
}

/// Compares an image with the key of a variant. Builds of single platforms, which were joined, have the keys of their platforms.
fn state(member: &KeyedMember, image: &RegistryImage) -> (State, &'static str) {
    let whole = member.key().to_string();
    let own = |platform: &str| {
        member.keys.iter().find(|key| key.platform == platform).map(|key| key.key.to_string())
    };
    let is_like = |(platform, key): (&String, &Option<String>)| {
        key.is_some() && (*key == Some(whole.clone()) || *key == own(platform))
    };
    if image.keys.values().all(Option::is_none) {
        return (State::Unlike, "has no label `varve.key`");
    }
    if !image.keys.iter().all(is_like) {
        return (State::Unlike, "has another key");
    }
    let has_all = member.keys.iter().all(|key| image.keys.contains_key(&key.platform));
    // buildx does not name the platform of an image for a single one.
    match has_all || member.keys.len() == image.keys.len() {
        true => (State::Equal, "is equal"),
        false => (State::Unlike, "lacks a platform"),
    }
}

fn in_json(compared: &Compared) -> Value {
    let KeyedMember { member, .. } = &compared.member;
    let tags = compared
        .tags
        .iter()
        .map(|(tag, state, because)| json!({"tag": tag, "state": state.word(), "because": because}));
    json!({
        "target": member.target,
        "axes": axes(member),
        "key": compared.member.key().to_string(),
        "state": compared.state().word(),
        "tags": tags.collect::<Vec<_>>(),
    })
}

/// The number of variants in each state, and then those that are not equal.
fn in_text(all: &[Compared]) -> String {
    let of = |state: State| all.iter().filter(move |compared| compared.state() == state);
    let counts = State::ALL.map(|state| format!("{} {}", of(state).count(), state.word()));
    let mut text = format!("{}: {}\n", counted(all.len(), "published variant"), counts.join(", "));
    for state in [State::Missing, State::Unlike] {
        if of(state).next().is_some() {
            text += &format!("\n{}\n", state.word());
        }
        for compared in of(state) {
            text += &format!("  {}\n", name(&compared.member.member));
            let other = compared.tags.iter().filter(|(_, state, _)| *state != State::Equal);
            other.for_each(|(tag, _, because)| text += &format!("    {tag} {because}\n"));
        }
    }
    text
}
