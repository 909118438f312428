//! Keys: a digest of everything that a variant of a family is built from, as far as it is known without a builder.
//!
//! A key is the SHA-256 of these lines: the platform, the frontend, the digest of the last operation, the configuration and the annotations of
//! the image, its facts, and the Dockerfiles that stages start from. The operations are those of a build without a builder, see [`canonical`],
//! so they hold no fact of a machine. The labels and annotations are those of a build from a repository that is not known. So a new commit
//! changes the key of a variant only if something else reads `git`.

mod canonical;
mod content;
mod parts;
mod uncovered;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use buildkit_gateway::Options;
use buildkit_llb::{Digest, Read};
use buildkit_names::redacted;
use clap::ValueEnum;
use varve_frontend::render::Built;
use varve_frontend::{IgnoreFile, LoweredBuild, named_frontend};
use varve_spec::plan::{Base, Fact};
use varve_spec::{Diagnostic, Member, Vcs};

use crate::answer::Failure;
use crate::arguments::{FamilyArgs, SelectionArgs};
use crate::files::or_current;
use crate::load::{self, Loaded, Purpose};
use crate::{files, git};
pub(crate) use canonical::Canonical;
use content::Content;
pub(crate) use content::Entries;
use parts::image;
pub(crate) use parts::{Part, Parts, operation_name, operation_place};

/// The first line of what is hashed. A new number changes all keys.
const VERSION: &str = "varve key 1";

/// Which variants get their key in a list for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Labelled {
    /// All variants
    All,
    /// Variants whose key covers everything that can change the image, as far as it is known
    Complete,
}

/// What is said of a key that depends on the commit.
const READS_GIT: &str =
    "a step or a setting other than a label reads `git`, so the key is new for each commit";

/// How many sentences about what the keys do not cover are shown.
const MOST_SHOWN: usize = 12;

/// A variant with its keys.
pub(crate) struct KeyedMember {
    /// The variant.
    pub(crate) member: Member,
    /// The key for each platform.
    pub(crate) keys: Vec<PlatformKey>,
}

/// The key of a variant for a platform.
pub(crate) struct PlatformKey {
    /// The platform, such as `linux/amd64`.
    pub(crate) platform: String,
    /// The key.
    pub(crate) key: Digest,
    /// What can change the image and is not in the key, one sentence each.
    pub(crate) uncovered: Vec<String>,
}

impl KeyedMember {
    /// The key of the variant: that of its platform, or the digest of the keys of all its platforms.
    pub(crate) fn key(&self) -> Digest {
        match self.keys.as_slice() {
            [one] => one.key,
            all => {
                let lines = all.iter().map(|one| format!("{} {}\n", one.platform, one.key));
                Digest::of(lines.collect::<String>().as_bytes())
            }
        }
    }

    /// The variant with its key, which lists of builds hand on as a label.
    pub(crate) fn with_key(self) -> Member {
        Member { key: Some(self.key().to_string()), ..self.member }
    }
}

/// Computes the keys of variants. The lock has to be a part of the query.
///
/// # Errors
/// Returns the mistakes of the family, or that a file of the context cannot be read.
pub(crate) fn keyed(
    args: &FamilyArgs,
    loaded: &Loaded,
    members: Vec<Member>,
) -> Result<Vec<KeyedMember>, Failure> {
    let ignore = load::valid_ignore_file(args, loaded)?;
    let vcs = if loaded.family()?.reads_vcs() { git::find(args.context()) } else { Vcs::default() };
    let keying = Keying::new(args, loaded, &ignore, &vcs)?;
    members.into_iter().map(|member| keying.keyed(member)).collect()
}

/// Adds their keys to the variants that `labelled` says. Also returns a text that says what the keys do not cover.
///
/// # Errors
/// The same as of [`keyed`].
pub(crate) fn add_keys(
    args: &FamilyArgs,
    loaded: &Loaded,
    members: Vec<Member>,
    labelled: Labelled,
) -> Result<(Vec<Member>, String), Failure> {
    let keyed = keyed(args, loaded, members)?;
    let text = uncovered_text(&keyed);
    let with_key = |keyed: KeyedMember| {
        let is_complete = keyed.keys.iter().all(|key| key.uncovered.is_empty());
        if labelled == Labelled::All || is_complete { keyed.with_key() } else { keyed.member }
    };
    Ok((keyed.into_iter().map(with_key).collect(), text))
}

/// Lists what keys do not cover, with the number of keys. Empty if they cover all that is known.
pub(crate) fn uncovered_text(keyed: &[KeyedMember]) -> String {
    let keys = || keyed.iter().flat_map(|member| &member.keys);
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for sentence in keys().flat_map(|key| &key.uncovered) {
        match counts.iter_mut().find(|(known, _)| known == sentence) {
            Some((_, count)) => *count += 1,
            None => counts.push((sentence, 1)),
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    let mut text = "The keys do not cover:\n".to_owned();
    let total = keys().count();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (sentence, count) in counts.iter().take(MOST_SHOWN) {
        text += &format!("  {sentence} ({count} of {total})\n");
    }
    if counts.len() > MOST_SHOWN {
        text += &format!("  and {} more: `varve key --format json` shows all\n", counts.len() - MOST_SHOWN);
    }
    redacted(&text).into_owned()
}

/// What the keys of all variants have in common.
pub(crate) struct Keying<'k> {
    args: &'k FamilyArgs,
    loaded: &'k Loaded,
    ignore: &'k IgnoreFile,
    content: Content<'k>,
    /// The whole context, with what the ignore file leaves out.
    everything: Content<'k>,
    /// The repository. `None` if the family does not read it.
    vcs: Option<&'k Vcs>,
}

impl<'k> Keying<'k> {
    /// Reads nothing yet.
    ///
    /// # Errors
    /// The family has mistakes, or the context is no folder.
    pub(crate) fn new(
        args: &'k FamilyArgs,
        loaded: &'k Loaded,
        ignore: &'k IgnoreFile,
        vcs: &'k Vcs,
    ) -> Result<Self, Failure> {
        let root: &Path = or_current(args.context());
        files::folder(root)?;
        Ok(Self {
            args,
            loaded,
            ignore,
            content: Content::new(root, Some(ignore)),
            everything: Content::new(root, None),
            vcs: loaded.family()?.reads_vcs().then_some(vcs),
        })
    }

    /// Computes the keys of a variant.
    ///
    /// # Errors
    /// The variant has mistakes, or a file of the context cannot be read.
    pub(crate) fn keyed(&self, member: Member) -> Result<KeyedMember, Failure> {
        let mut keys = Vec::new();
        self.each_platform(&member, |plain, built| {
            let operations = Canonical::of(built, &self.content)?;
            let mut uncovered = uncovered::of(built, &operations);
            let key = self.key(plain, built, &operations)?;
            if self.vcs.is_some() && key != self.key(plain, plain, &Canonical::of(plain, &self.content)?)? {
                uncovered.push(READS_GIT.to_owned());
            }
            keys.push(PlatformKey { platform: built.target.to_string(), key, uncovered });
            Ok(())
        })?;
        Ok(KeyedMember { member, keys })
    }

    /// What a variant is built from on each of its platforms.
    ///
    /// # Errors
    /// The variant has mistakes, or a file of the context cannot be read.
    pub(crate) fn parts(&self, member: &Member) -> Result<Vec<Parts>, Failure> {
        let mut parts = Vec::new();
        self.each_platform(member, |plain, built| {
            let operations = Canonical::of(built, &self.content)?;
            parts.push(Parts::of(plain, built, &operations, self.others(built)?));
            Ok(())
        })?;
        Ok(parts)
    }

    /// The paths of the context that steps read, of all variants so far.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        self.content.paths().chain(self.everything.paths()).collect()
    }

    /// Passes the build of a variant for each platform, with its operations.
    ///
    /// # Errors
    /// The variant has mistakes, a file of the context cannot be read, or the report fails.
    pub(crate) fn each_canonical(
        &self,
        member: &Member,
        mut report: impl FnMut(&Built<'_>, &Canonical) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.each_platform(member, |_, built| report(built, &Canonical::of(built, &self.content)?))
    }

    /// Passes the build of a variant for each platform, twice: from a repository that is not known, and from the real one.
    fn each_platform(
        &self,
        member: &Member,
        mut report: impl FnMut(&Built<'_>, &Built<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let options = options(self.args, member)?;
        let plain = self.lower(&options, Vcs::default().with_placeholders())?;
        let unknown = plain.platforms.iter().flat_map(|one| one.lowered.unknown.iter().cloned());
        let unknown: Vec<Diagnostic> = unknown.collect();
        if !unknown.is_empty() {
            return Err(self.loaded.found(unknown));
        }
        // What is not known here must not look like what no key contains.
        let known = |fact: &Option<String>| Some(fact.clone().unwrap_or_else(|| "unknown".to_owned()));
        let known = |vcs: &Vcs| Vcs { revision: known(&vcs.revision), source: known(&vcs.source) };
        let real = self.vcs.map(|vcs| self.lower(&options, known(vcs))).transpose()?;
        let plain = plain.built(&self.loaded.sources);
        let real = real.as_ref().map(|real| real.built(&self.loaded.sources));
        plain.iter().zip(real.as_ref().unwrap_or(&plain)).try_for_each(|(plain, built)| report(plain, built))
    }

    /// The key of a build. `plain` has the labels without facts of the repository.
    fn key(&self, plain: &Built<'_>, built: &Built<'_>, operations: &Canonical) -> Result<Digest, Failure> {
        let mut lines = vec![VERSION.to_owned(), built.target.to_string()];
        for root in &operations.roots {
            lines.push(match root {
                Some((digest, output)) => format!("{digest} {output}"),
                None => "scratch".to_owned(),
            });
        }
        lines.push(image(plain, built).to_string());
        for fact in &built.lowered.facts {
            let Fact { key, regex, .. } = &fact.fact;
            lines.push(format!("{:?}", (&fact.stage, &fact.name, &fact.path, key, regex)));
        }
        lines.extend(self.others(built)?.iter().map(|(name, text)| format!("{name} {text}")));
        Ok(Digest::of(lines.join("\n").as_bytes()))
    }

    /// What an image depends on that is neither an operation nor a setting: the frontend, which can write other scripts, and the Dockerfiles
    /// that stages start from.
    fn others(&self, built: &Built<'_>) -> Result<BTreeMap<String, String>, Failure> {
        let file = self.loaded.sources.iter().next();
        let frontend = file.and_then(|file| named_frontend(file.text())).unwrap_or_default();
        let mut others = BTreeMap::from([("the frontend".to_owned(), frontend.to_owned())]);
        for stage in &built.plan.stages {
            if let Base::Dockerfile(dockerfile) = &stage.base {
                // The Dockerfile frontend has ignore files of its own, so the whole context counts.
                let context = self.everything.read(Read::Whole)?.digest.to_string();
                let name = format!("the context of the Dockerfile {}", dockerfile.path);
                others.insert(
                    format!("the stage {}", stage.name),
                    format!("{:?}", (dockerfile, &stage.platform)),
                );
                others.insert(name, context);
            }
        }
        Ok(others)
    }

    fn lower(&self, options: &Options, vcs: Vcs) -> Result<LoweredBuild, Failure> {
        // The folder is only in the operation that sends the context, in place of which a key has its content.
        self.loaded.lower(options, (self.ignore, ""), vcs, Purpose::Report)
    }
}

/// The options of the build of a variant on all its platforms.
///
/// # Errors
/// An option has a value that a build refuses.
pub(crate) fn options(args: &FamilyArgs, member: &Member) -> Result<Options, Failure> {
    let SelectionArgs { platform, .. } = &args.selection;
    let mut options = BTreeMap::from([("target".to_owned(), member.target.clone())]);
    let args = member.args.iter().map(|(name, value)| (format!("build-arg:{name}"), value.clone()));
    options.extend(args);
    let platforms = match member.platforms.as_slice() {
        [] => platform.iter().map(ToString::to_string).collect::<Vec<_>>(),
        stated => stated.to_vec(),
    };
    if !platforms.is_empty() {
        options.insert("platform".to_owned(), platforms.join(","));
    }
    Options::read(&options).map_err(|status| Failure::Usage(status.to_string()))
}
