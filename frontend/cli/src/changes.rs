//! Which variants of a family differ between two revisions, and why.

mod folder;
mod settings;
pub(crate) mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use buildkit_llb::Digest;
use serde_json::{Map, Value};
use varve_frontend::IgnoreFile;
use varve_spec::{Member, OnUnknownVcs, Sources, Vcs};

use crate::answer::Failure;
use crate::arguments::FamilyArgs;
use crate::git;
use crate::keys::{Entries, KeyedMember, Keying, Part, Parts};
use crate::load::{self, Loaded};
use crate::member::name;
use tree::Tree;

/// How many files and settings are named as the reason of a change.
const MOST_VALUES: usize = 5;

/// The reason of a step that the old build does not have.
const NEW: &str = "the step is new";

/// A family at a revision, with the keys of its variants.
pub(crate) struct Side {
    tree: Tree,
    /// The context in the repository.
    context: PathBuf,
    args: FamilyArgs,
    /// The family. `None` if the revision does not have its build file.
    family: Option<(Loaded, IgnoreFile)>,
    vcs: Vcs,
    /// The variants.
    pub(crate) members: Vec<KeyedMember>,
}

/// Which variants the arguments select.
struct Selected {
    axes: BTreeMap<String, String>,
    target: Option<String>,
    platforms: Vec<String>,
}

impl Selected {
    /// Whether a variant is selected. An axis that the variant does not read selects nothing.
    fn has(&self, member: &Member) -> bool {
        let is_target = self.target.as_ref().is_none_or(|target| *target == member.target);
        is_target
            && member
                .axes
                .iter()
                .all(|(name, value)| self.axes.get(name).is_none_or(|wanted| wanted == value))
    }
}

/// What happened to a variant on a platform.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Changed,
    Added,
    Removed,
}

impl Change {
    /// The word for it in the output.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// A variant that changed on a platform.
pub(crate) struct Changed<'s> {
    pub(crate) change: Change,
    pub(crate) member: &'s Member,
    pub(crate) platform: String,
    /// The first difference. `None` for a variant that only one side has.
    pub(crate) difference: Option<Difference>,
}

/// The first difference of two builds.
pub(crate) struct Difference {
    /// The name of the step in the progress. `None` if only the configuration differs.
    pub(crate) step: Option<String>,
    /// The place in the build file.
    pub(crate) place: Option<String>,
    /// What differs.
    pub(crate) because: String,
}

impl Side {
    /// Reads the family of a tree and computes the keys of its variants. `file` and `context` are relative to the repository.
    ///
    /// # Errors
    /// The family has mistakes there, or a file cannot be read.
    pub(crate) fn read(
        tree: Tree,
        args: &FamilyArgs,
        (file, context): (&Path, &Path),
        here: &Path,
    ) -> Result<Self, Failure> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut args = args.clone();
        args.file = text(tree.path(file));
        args.selection.context = Some(text(tree.path(context)));
        let vcs = git::find(here);
        let vcs = Vcs { revision: tree.commit.clone().or(vcs.revision), ..vcs };
        let context = context.to_owned();
        let mut side = Self { args, context, family: None, vcs, members: Vec::new(), tree };
        if Path::new(&side.args.file).is_file() {
            let prefix = text(side.tree.path(Path::new("")));
            let name = side.tree.name.as_ref().map_or_else(String::new, |name| format!("{name}:"));
            let named = |failure| with_name(failure, &prefix, &name);
            let (loaded, ignore, selected) = side.load().map_err(named)?;
            side.family = Some((loaded, ignore));
            side.members = side.keyed(&selected).map_err(named)?;
        }
        Ok(side)
    }

    /// Reads the family. What the arguments select is taken out of the query, since one side may not have it.
    fn load(&self) -> Result<(Loaded, IgnoreFile, Selected), Failure> {
        let mut loaded = load::load(&self.args)?;
        loaded.take_lock()?;
        let axes =
            loaded.family()?.axes.iter().filter_map(|axis| loaded.query.args.get_key_value(&axis.name));
        let axes: BTreeMap<String, String> =
            axes.map(|(name, value)| (name.clone(), value.clone())).collect();
        loaded.query.args.retain(|name, _| !axes.contains_key(name));
        let platforms = std::mem::take(&mut loaded.query.platforms).iter().map(ToString::to_string).collect();
        let selected = Selected { axes, target: loaded.query.target.take(), platforms };
        loaded.query.vcs = self.vcs.clone();
        loaded.query.on_unknown_vcs = OnUnknownVcs::Placeholder;
        let ignore = load::valid_ignore_file(&self.args, &loaded)?;
        Ok((loaded, ignore, selected))
    }

    fn keyed(&self, selected: &Selected) -> Result<Vec<KeyedMember>, Failure> {
        let (Some((loaded, _)), Some(keying)) = (&self.family, self.keying()?) else { return Ok(Vec::new()) };
        let members = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
        let members = members.into_iter().filter(|member| selected.has(member));
        let mut keyed = members.map(|member| keying.keyed(member)).collect::<Result<Vec<_>, _>>()?;
        let paths = keying.paths();
        let paths = paths.iter().chain(loaded.query.files.keys());
        paths.map(|path| self.context.join(path)).try_for_each(|path| self.tree.needs(&path))?;
        for member in &mut keyed {
            member
                .keys
                .retain(|key| selected.platforms.is_empty() || selected.platforms.contains(&key.platform));
        }
        Ok(keyed)
    }

    fn keying(&self) -> Result<Option<Keying<'_>>, Failure> {
        let family = self.family.as_ref();
        family.map(|(loaded, ignore)| Keying::new(&self.args, loaded, ignore, &self.vcs)).transpose()
    }

    /// The files of the work tree that no commit has and that are not ignored.
    pub(crate) fn untracked(&self) -> &[String] {
        &self.tree.untracked
    }

    /// The commit. `None` for the work tree.
    pub(crate) fn commit(&self) -> Option<&str> {
        self.tree.commit.as_deref()
    }
}

/// Returns the variants that differ, in the order of the new side, and then those that are gone.
///
/// # Errors
/// A file of the context cannot be read.
pub(crate) fn changes<'s>(old: &'s Side, new: &'s Side) -> Result<Vec<Changed<'s>>, Failure> {
    let before: BTreeMap<(String, &str), (&Member, _)> = each(old).collect();
    let after: BTreeSet<(String, &str)> = each(new).map(|(name, _)| name).collect();
    let mut why = Why {
        keyings: (old.keying()?, new.keying()?),
        parts: None,
        prefix: [old.tree.path(Path::new("")), new.tree.path(Path::new(""))],
    };
    let mut changes = Vec::new();
    for (name, (member, key)) in each(new) {
        let platform = name.1.to_owned();
        match before.get(&name) {
            Some((_, same)) if *same == key => {}
            Some((old, _)) => {
                let difference = Some(why.difference(old, member, &platform)?);
                changes.push(Changed { change: Change::Changed, member, platform, difference });
            }
            None => changes.push(Changed { change: Change::Added, member, platform, difference: None }),
        }
    }
    for (name, (member, _)) in each(old).filter(|(name, _)| !after.contains(name)) {
        let platform = name.1.to_owned();
        changes.push(Changed { change: Change::Removed, member, platform, difference: None });
    }
    Ok(changes)
}

/// The variants with their keys, by name and platform.
fn each(side: &Side) -> impl Iterator<Item = ((String, &str), (&Member, Digest))> {
    side.members.iter().flat_map(|KeyedMember { member, keys }| {
        keys.iter().map(move |key| ((name(member), key.platform.as_str()), (member, key.key)))
    })
}

/// Finds out why variants differ.
struct Why<'k> {
    keyings: (Option<Keying<'k>>, Option<Keying<'k>>),
    /// The last variant with its parts on both sides: its platforms follow each other.
    parts: Option<(String, [Vec<Parts>; 2])>,
    /// The folders of both trees.
    prefix: [PathBuf; 2],
}

impl Why<'_> {
    fn difference(&mut self, old: &Member, new: &Member, platform: &str) -> Result<Difference, Failure> {
        let name = name(new);
        let (_, [old, new]) = match self.parts.take() {
            Some(known) if known.0 == name => self.parts.insert(known),
            _ => {
                let of = |keying: &Option<Keying<'_>>, member: &Member| match keying {
                    Some(keying) => keying.parts(member),
                    None => Ok(Vec::new()),
                };
                let parts = [of(&self.keyings.0, old)?, of(&self.keyings.1, new)?];
                self.parts.insert((name, parts))
            }
        };
        let on = |parts: &[Parts]| parts.iter().position(|parts| parts.platform == platform);
        let found = match (on(old), on(new)) {
            (Some(one), Some(two)) => difference(&old[one], &new[two]),
            _ => Difference { step: None, place: None, because: "the platforms".to_owned() },
        };
        let short = |place: String| {
            let prefixes = self.prefix.iter().map(|prefix| prefix.to_string_lossy());
            prefixes.fold(place, |place, prefix| place.trim_start_matches(&*prefix).to_owned())
        };
        Ok(Difference { place: found.place.map(short), ..found })
    }
}

fn difference(old: &Parts, new: &Parts) -> Difference {
    let digests = |parts: &Parts| parts.operations.iter().map(|part| part.digest).collect::<BTreeSet<_>>();
    let (before, after) = (digests(old), digests(new));
    // Inputs come first, so the first new operation stands on old ones.
    let added: Vec<&Part> = new.operations.iter().filter(|part| !before.contains(&part.digest)).collect();
    let removed: Vec<&Part> = old.operations.iter().filter(|part| !after.contains(&part.digest)).collect();
    let of = |part: &Part, because: String| Difference {
        step: Some(part.name.clone()),
        place: part.place.clone(),
        because,
    };
    match (added.as_slice(), removed.as_slice()) {
        ([first, ..], []) => of(first, NEW.to_owned()),
        ([], [first, ..]) => of(first, "the step is gone".to_owned()),
        ([new, new_others @ ..], [old, old_others @ ..]) => {
            let is_same = |one: &Part, two: &Part| one.is_of_the_same(two);
            if new_others.iter().any(|other| is_same(other, old)) && !is_same(new, old) {
                of(new, NEW.to_owned())
            } else if old_others.iter().any(|other| is_same(other, new)) && !is_same(new, old) {
                of(old, "the step is gone".to_owned())
            } else {
                of(new, because(old, new))
            }
        }
        ([], []) => {
            let mut values = Vec::new();
            differing("", &old.image, &new.image, &mut values);
            let because = match values.is_empty() {
                true => "the order of the steps".to_owned(),
                false => format!("the image: {}", few(&values, MOST_VALUES)),
            };
            Difference { step: None, place: None, because }
        }
    }
}

/// What differs in an operation. `old` is the first operation that the old build has alone.
fn because(old: &Part, new: &Part) -> String {
    if !new.fetched.is_empty() && !old.fetched.is_empty() && new.fetched != old.fetched {
        return format!("{} -> {}", old.fetched, new.fetched);
    }
    let mut differences = settings::differences(&old.settings, &new.settings);
    differences.extend(files(&old.read(), &new.read()));
    match differences.is_empty() {
        true => "what the step stands on".to_owned(),
        false => few(&differences, MOST_VALUES),
    }
}

/// The first names of a list, and how many more there are.
pub(crate) fn few(names: &[String], most: usize) -> String {
    let (first, rest) = names.split_at(names.len().min(most));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    first.join(", ") + &more
}

/// The files that differ: `src/a.c changed`. Control characters of names are escaped.
fn files(old: &Entries, new: &Entries) -> Vec<String> {
    let shown = |path: &String| match path.contains(char::is_control) {
        true => path.escape_debug().to_string(),
        false => path.clone(),
    };
    let changed = new.iter().filter_map(|(path, entry)| match old.get(path) {
        None => Some(format!("{} added", shown(path))),
        Some(before) if before != entry => Some(format!("{} changed", shown(path))),
        Some(_) => None,
    });
    let removed =
        old.keys().filter(|path| !new.contains_key(*path)).map(|path| format!("{} removed", shown(path)));
    changed.chain(removed).collect()
}

/// The values that differ with their paths, such as `Labels.version: 1 -> 2`.
fn differing(path: &str, old: &Value, new: &Value, values: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                differing(&path, &of(old), &of(new), values);
            }
        }
        _ if old == new => {}
        _ => {
            let path = path
                .strip_prefix("config.")
                .map_or(path, |path| path.strip_prefix("config.").unwrap_or(path));
            let text = |value: &Value| match value {
                Value::Null => "(nothing)".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            values.push(settings::changed(path, &text(old), &text(new)));
        }
    }
}

/// Writes the name of a revision in place of the folder of its tree, as git does: `main:image.yaml`.
fn with_name(failure: Failure, prefix: &str, name: &str) -> Failure {
    match failure {
        Failure::Found(found, sources) => {
            let mut named = Sources::default();
            for source in sources.iter() {
                named.add(source.name().replace(prefix, name), source.text());
            }
            Failure::Found(found, named)
        }
        Failure::File(message) => Failure::File(message.replace(prefix, name)),
        Failure::Usage(message) => Failure::Usage(message.replace(prefix, name)),
    }
}
