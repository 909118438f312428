//! Keys: a digest of everything that a variant of a family is built from, as far as it is known without a builder.
//!
//! A key is the SHA-256 of these lines: the platform, the digest of the last operation, the configuration and the annotations of the image,
//! and the Dockerfiles that stages start from. The operations are those of a build without a builder, see [`canonical`], so they hold no fact
//! of a machine. The configuration is that of a build from a repository that is not known. So a new commit changes the key of a variant only
//! if one of its steps reads `git`.

pub(crate) mod canonical;
mod content;
mod uncovered;

use std::collections::BTreeMap;
use std::path::Path;

use buildkit_gateway::Options;
use buildkit_llb::{Digest, Read};
use varve_frontend::render::Built;
use varve_frontend::{IgnoreFile, LoweredBuild, OnUnknown};
use varve_spec::plan::Base;
use varve_spec::{Member, Vcs};

use crate::answer::Failure;
use crate::arguments::{FamilyArgs, SelectionArgs};
use crate::files::or_current;
use crate::load::{self, Loaded};
use crate::{files, git};
use canonical::Canonical;
use content::Content;

/// The first line of what is hashed. A new number changes all keys.
const VERSION: &str = "varve key 1";

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
    let mut shown = loaded.sources.clone();
    let (ignore, wrong) = load::ignore_file(args, &mut shown)?;
    if !wrong.is_empty() {
        return Err(Failure::Found(wrong, shown));
    }
    let keying = Keying::new(args, loaded, &ignore)?;
    members.into_iter().map(|member| keying.keyed(member)).collect()
}

/// Adds their keys to variants.
///
/// # Errors
/// The same as of [`keyed`].
pub(crate) fn add_keys(
    args: &FamilyArgs,
    loaded: &Loaded,
    members: Vec<Member>,
) -> Result<Vec<Member>, Failure> {
    let with_key = |keyed: KeyedMember| Member { key: Some(keyed.key().to_string()), ..keyed.member };
    Ok(keyed(args, loaded, members)?.into_iter().map(with_key).collect())
}

/// What the keys of all variants have in common.
struct Keying<'k> {
    args: &'k FamilyArgs,
    loaded: &'k Loaded,
    ignore: &'k IgnoreFile,
    content: Content<'k>,
    /// The whole context, with what the ignore file leaves out: the Dockerfile frontend reads its own files from there.
    everything: Content<'k>,
    /// The repository, if the family reads it.
    vcs: Option<Vcs>,
}

impl<'k> Keying<'k> {
    fn new(args: &'k FamilyArgs, loaded: &'k Loaded, ignore: &'k IgnoreFile) -> Result<Self, Failure> {
        const NONE: &IgnoreFile = &IgnoreFile::EMPTY;
        let root: &Path = or_current(args.context());
        files::folder(root)?;
        let reads_vcs = loaded.family()?.reads_vcs();
        Ok(Self {
            args,
            loaded,
            ignore,
            content: Content::new(root, ignore),
            everything: Content::new(root, NONE),
            vcs: reads_vcs.then(|| git::find(args.context())),
        })
    }

    fn keyed(&self, member: Member) -> Result<KeyedMember, Failure> {
        let options = self.options(&member)?;
        let unknown = Vcs::default().with_placeholders();
        let plain = self.lower(&options, unknown)?;
        let real = match &self.vcs {
            Some(vcs) => Some(self.lower(&options, vcs.with_placeholders())?),
            None => None,
        };
        let of_plain = plain.built(&self.loaded.sources);
        let of_real = real.as_ref().map_or_else(Vec::new, |real| real.built(&self.loaded.sources));
        let mut keys = Vec::new();
        for (index, plain) in of_plain.iter().enumerate() {
            let built = of_real.get(index).unwrap_or(plain);
            let operations = Canonical::of(built, &self.content)?;
            let mut uncovered = uncovered::of(built);
            if self.vcs.is_some() && operations.digest() != Canonical::of(plain, &self.content)?.digest() {
                uncovered.push("a step reads `git`, so the key is new for each commit".to_owned());
            }
            keys.push(PlatformKey {
                platform: built.target.to_string(),
                key: self.key(plain, &operations)?,
                uncovered,
            });
        }
        Ok(KeyedMember { member, keys })
    }

    /// The key of a build. `plain` has the configuration without facts of the repository.
    fn key(&self, plain: &Built<'_>, operations: &Canonical) -> Result<Digest, Failure> {
        let mut lines = vec![VERSION.to_owned(), plain.target.to_string()];
        lines.push(match operations.digest() {
            Some((digest, output)) => format!("{digest} {output}"),
            None => "scratch".to_owned(),
        });
        lines.push(String::from_utf8_lossy(&plain.lowered.config.to_json()).into_owned());
        for annotations in [&plain.lowered.annotations, &plain.lowered.index_annotations] {
            lines.push(serde_json::json!(annotations).to_string());
        }
        for stage in &plain.plan.stages {
            if let Base::Dockerfile(dockerfile) = &stage.base {
                let text = self.everything.digest(Read::Path(&dockerfile.path))?;
                let context = self.content.digest(Read::Whole)?;
                lines.push(format!("{dockerfile:?} {text} {context}"));
            }
        }
        Ok(Digest::of(lines.join("\n").as_bytes()))
    }

    fn options(&self, member: &Member) -> Result<Options, Failure> {
        let SelectionArgs { platform, .. } = &self.args.selection;
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

    fn lower(&self, options: &Options, vcs: Vcs) -> Result<LoweredBuild, Failure> {
        // The folder is part of an operation that a key does not contain.
        self.loaded.lower(options, (self.ignore, ""), vcs, OnUnknown::Placeholder)
    }
}
