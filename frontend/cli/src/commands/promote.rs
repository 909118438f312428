//! `varve promote`: gives images their tags without a build.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Reference;
use serde_json::{Value, json};
use varve_spec::{Member, OnUnknownVcs, shell_quoted};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::{FamilyArgs, Format, SelectionArgs, name_and_value};
use crate::built::{self, BuiltImage, BuiltVariant};
use crate::load;
use crate::member::{name, published};
use crate::paint::Colours;
use crate::registry::images;

/// Print the commands that give images their tags without a build
///
/// With `--metadata`, these are the images of a build that wrote its metadata to a file, with the tags that the build computed, or with
/// those of FILE if it is given. Without `--metadata`, these are the published variants of the family in the registry: the image under
/// the first tag of a variant gets its other tags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build file with the tags; by default image.yaml, or, with `--metadata`, none
    #[arg(value_name = "FILE")]
    file: Option<String>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// A file that `docker buildx build` or `bake` wrote with `--metadata-file` (can be given several times)
    #[arg(long, value_name = "FILE")]
    metadata: Vec<String>,
    /// The images are under the first tags that the family has with this value in place of that of `--build-arg` (can be given several times)
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value, conflicts_with = "metadata")]
    from: Vec<(String, String)>,
    /// Run the commands
    #[arg(long)]
    run: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// An image that gets a tag.
#[derive(Clone)]
struct Source {
    /// The image by its digest, in each repository that has it.
    references: Vec<Reference>,
    platforms: Vec<String>,
    /// Where the image was found, for messages.
    origin: String,
}

/// Images by digest, and the tags that one image of all of them gets.
struct Promotion {
    sources: Vec<String>,
    tags: Vec<String>,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let family = FamilyArgs {
        file: args.file.clone().unwrap_or_else(|| "image.yaml".to_owned()),
        selection: args.selection.clone(),
    };
    let mut err = String::new();
    let tagged = if args.metadata.is_empty() {
        of_registry(args, &family, colours, &mut err)?
    } else {
        of_metadata(args, &family, colours, &mut err)?
    };
    let promotions = promotions(&tagged)?;
    if promotions.is_empty() {
        err += "varve: no image gets a tag\n";
    }
    let mut failed = 0;
    let mut results = Vec::new();
    for promotion in &promotions {
        let words = promotion.words();
        let failure = if args.run { images::run(&words).map_err(Failure::File)?.err() } else { None };
        if let Some(words) = &failure {
            failed += 1;
            err += &format!("error: cannot tag {}: {words}\n", promotion.tags.join(", "));
        }
        results.push((promotion, failure.is_none()));
    }
    let out = match args.format {
        Format::Json => {
            let list: Vec<Value> =
                results.iter().map(|(promotion, ok)| promotion.json(args.run && *ok)).collect();
            format!("{:#}\n", json!({"promotions": list}))
        }
        // A command that failed is not among those that were run.
        Format::Text => results.iter().filter(|(_, ok)| *ok).map(|(promotion, _)| promotion.line()).collect(),
    };
    if failed > 0 {
        err += &format!("error: {failed} of {} failed\n", counted(promotions.len(), "command"));
    }
    Ok(Answer { out: out.into(), err, code: u8::from(failed > 0) })
}

impl Promotion {
    /// The words behind `docker buildx imagetools`. `--prefer-index=false` keeps the digest of a single image.
    fn words(&self) -> Vec<String> {
        let mut words = vec!["create".to_owned(), "--prefer-index=false".to_owned()];
        words.extend(self.tags.iter().flat_map(|tag| ["--tag".to_owned(), tag.clone()]));
        words.extend(self.sources.iter().cloned());
        words
    }

    fn line(&self) -> String {
        let words: Vec<String> = self.words().iter().map(|word| shell_quoted(word)).collect();
        format!("docker buildx imagetools {}\n", words.join(" "))
    }

    fn json(&self, done: bool) -> Value {
        let command: Vec<String> =
            ["docker", "buildx", "imagetools"].map(str::to_owned).into_iter().chain(self.words()).collect();
        json!({"tags": self.tags, "sources": self.sources, "command": command, "done": done})
    }
}

/// The images of files of metadata, each with its tags.
fn of_metadata(
    args: &Args,
    family: &FamilyArgs,
    colours: Colours,
    err: &mut String,
) -> Result<Vec<(String, Source)>, Failure> {
    let members = match &args.file {
        Some(_) => Some(members(family, colours, err)?),
        None if args.selection != SelectionArgs::default() => {
            let message = "these options select variants of a build file: name it, as in `varve promote image.yaml --metadata FILE`";
            return Err(Failure::Usage(message.to_owned()));
        }
        None => None,
    };
    let (mut tagged, mut wrong) = (Vec::new(), Vec::new());
    for path in &args.metadata {
        let images = built::read(path)?;
        if images.is_empty() {
            wrong.push(format!("{path} describes no image: write it with --metadata-file"));
        }
        for image in images {
            match of_image(&image, members.as_deref()) {
                Ok((tags, _)) if tags.is_empty() => {
                    *err += &format!("varve: {} is not published, or has no tags\n", image.origin);
                }
                Ok((tags, source)) => tagged.extend(tags.into_iter().map(|tag| (tag, source.clone()))),
                Err(problem) => wrong.push(format!("{} {problem}", image.origin)),
            }
        }
    }
    if wrong.is_empty() { Ok(tagged) } else { Err(Failure::File(wrong.join("\n"))) }
}

/// The tags of an image, and the image as their source.
///
/// # Errors
/// Why the image cannot get tags.
fn of_image(image: &BuiltImage, members: Option<&[Member]>) -> Result<(Vec<String>, Source), String> {
    let Some(variant) = &image.variant else {
        let because = "another frontend built it, or a builder with several nodes pushed it";
        return Err(format!("has no `frontend.varve.variant`: {because}"));
    };
    let tags = match members {
        None => variant.tags.clone(),
        Some(members) => tags_of(variant, members)?,
    };
    // The store of Docker names an image that has no name by its digest.
    let names = image.names.iter().filter(|name| !name.contains('@'));
    let names: Vec<Reference> = names.filter_map(|name| name.parse().ok()).collect();
    let references = match &image.digest {
        _ if tags.is_empty() => Vec::new(),
        None => return Err("has no digest: the build pushed no image".to_owned()),
        Some(_) if names.is_empty() => {
            let output = "--output type=image,name=REPOSITORY,push-by-digest=true,push=true";
            return Err(format!("has no name in a registry: push the image, for example with `{output}`"));
        }
        Some(digest) => {
            let names = names.iter().map(|name| format!("{}@{digest}", name.name()).parse::<Reference>());
            names.collect::<Result<_, _>>().map_err(|error| format!("has a wrong digest: {error}"))?
        }
    };
    Ok((tags, Source { references, platforms: variant.platforms.clone(), origin: image.origin.clone() }))
}

/// The tags that the build file gives to a variant now.
fn tags_of(variant: &BuiltVariant, members: &[Member]) -> Result<Vec<String>, String> {
    let has_axes = |member: &Member| {
        member.axes.iter().all(|(axis, value)| {
            variant.axes.iter().find(|(name, _)| name == axis).is_some_and(|(_, built)| built == value)
        })
    };
    let has_platform = |member: &Member| {
        member.platforms.is_empty() || member.platforms.iter().any(|one| variant.platforms.contains(one))
    };
    let same: Vec<&Member> = members
        .iter()
        .filter(|member| member.target == variant.target && has_axes(member) && has_platform(member))
        .collect();
    if same.is_empty() {
        return Err(format!("has the variant `{}`, which the build file does not have", variant.name()));
    }
    if let Some(tag) = same.iter().find_map(|member| member.tags_with_facts.first()) {
        return Err(format!("has a tag that only a build knows, `{tag}`: leave out the build file"));
    }
    let mut tags: Vec<String> = Vec::new();
    for tag in same.iter().flat_map(|member| &member.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    Ok(tags)
}

/// The published variants of the family in the registry, each with the tags that it gets.
fn of_registry(
    args: &Args,
    family: &FamilyArgs,
    colours: Colours,
    err: &mut String,
) -> Result<Vec<(String, Source)>, Failure> {
    let members = published(members(family, colours, err)?, err);
    let is_from = |name: &str| args.from.iter().any(|(from, _)| from == name);
    // Without a value, all variants that differ in the axis alone would get the same image.
    let is_set = |name: &str| family.selection.build_arg.iter().any(|(set, _)| set == name);
    let is_axis = |name: &str| members.iter().any(|member| member.axes.iter().any(|(axis, _)| axis == name));
    if let Some((name, _)) = args.from.iter().find(|(name, _)| is_axis(name) && !is_set(name)) {
        let message = format!(
            "--from {name} moves images between values of an axis: name the value that gets the tags with --build-arg {name}=VALUE"
        );
        return Err(Failure::Usage(message));
    }
    let from = if args.from.is_empty() {
        members.clone()
    } else {
        let mut family = family.clone();
        family.selection.build_arg.retain(|(name, _)| !is_from(name));
        family.selection.build_arg.extend(args.from.iter().cloned());
        self::members(&family, colours, &mut String::new())?
    };
    let id = |member: &Member| {
        let axes = member.axes.iter().filter(|(axis, _)| !is_from(axis)).cloned().collect::<Vec<_>>();
        (member.target.clone(), axes, member.platforms.clone())
    };
    let sources: BTreeMap<_, &Member> = from.iter().map(|member| (id(member), member)).collect();
    let mut pairs = Vec::new();
    for member in &members {
        let first = sources.get(&id(member)).and_then(|from| from.tags.first());
        let Some(first) = first else {
            let message = format!("`{}` has no tag with the values of --from", name(member));
            return Err(Failure::File(message));
        };
        pairs.push((member, first));
    }
    let images = images::read(pairs.iter().map(|(_, first)| (*first).clone()).collect())?;
    let (mut tagged, mut missing) = (Vec::new(), Vec::new());
    for (member, first) in pairs {
        let Some(image) = images.get(first) else {
            missing.push(format!("{first} is not in the registry: build and push `{}` first", name(member)));
            continue;
        };
        let reference = first.parse::<Reference>().map_err(|error| Failure::File(error.to_string()))?;
        let reference = format!("{}@{}", reference.name(), image.digest).parse::<Reference>();
        let reference = reference.map_err(|error| Failure::File(error.to_string()))?;
        for tag in member.tags.iter().filter(|tag| *tag != first) {
            let source = Source {
                references: vec![reference.clone()],
                platforms: member.platforms.clone(),
                origin: first.clone(),
            };
            tagged.push((tag.clone(), source));
        }
    }
    if missing.is_empty() { Ok(tagged) } else { Err(Failure::File(missing.join("\n"))) }
}

fn members(family: &FamilyArgs, colours: Colours, err: &mut String) -> Result<Vec<Member>, Failure> {
    let mut loaded = load::load(family)?;
    loaded.read_vcs(family.context(), OnUnknownVcs::Error);
    *err += &loaded.warnings(colours);
    loaded.of_matrix(|_, matrix| matrix.all_builds())
}

/// Puts tags of the same images into one command. A tag of several images becomes an index of all of them, which must be for different
/// platforms.
fn promotions(tagged: &[(String, Source)]) -> Result<Vec<Promotion>, Failure> {
    let mut by_tag: Vec<(&str, Vec<&Source>)> = Vec::new();
    for (tag, source) in tagged {
        match by_tag.iter_mut().find(|(known, _)| known == tag) {
            Some((_, sources)) => sources.push(source),
            None => by_tag.push((tag, vec![source])),
        }
    }
    let (mut promotions, mut wrong) = (Vec::<Promotion>::new(), Vec::new());
    for (tag, mut sources) in by_tag {
        sources.sort_by(|a, b| a.platforms.cmp(&b.platforms));
        sources.dedup_by(|a, b| digest(a) == digest(b));
        let mut seen = BTreeMap::new();
        for source in &sources {
            for platform in &source.platforms {
                if let Some(other) = seen.insert(platform, &source.origin) {
                    wrong.push(format!(
                        "{other} and {} are different images of {tag} for {platform}",
                        source.origin
                    ));
                }
            }
        }
        let repository = tag.parse::<Reference>().map(|tag| tag.name()).unwrap_or_default();
        let own = |source: &&Source| {
            let own = source.references.iter().find(|reference| reference.name() == repository);
            own.or(source.references.first()).map(ToString::to_string)
        };
        let sources: Vec<String> = sources.iter().filter_map(own).collect();
        match promotions.iter_mut().find(|promotion| promotion.sources == sources) {
            Some(promotion) => promotion.tags.push(tag.to_owned()),
            None => promotions.push(Promotion { sources, tags: vec![tag.to_owned()] }),
        }
    }
    let wrong: BTreeSet<String> = wrong.into_iter().collect();
    if wrong.is_empty() { Ok(promotions) } else { Err(Failure::File(Vec::from_iter(wrong).join("\n"))) }
}

fn digest(source: &Source) -> Option<&str> {
    source.references.first().and_then(Reference::digest)
}
