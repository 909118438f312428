//! `varve stale`: which tags and caches of the registry no variant has any more.

use std::collections::BTreeMap;
use std::path::PathBuf;

use buildkit_names::{Reference, glob_matches};
use serde_json::{Value, json};
use varve_spec::{Member, OnUnknownVcs};

use crate::answer::{Answer, DIFFERENT, Failure, counted};
use crate::arguments::{FamilyArgs, Format, SelectionArgs, name_and_value};
use crate::image_tags::{any_fact, cache_of_platform, cache_references};
use crate::load;
use crate::paint::Colours;
use crate::registry::credentials::DockerConfig;
use crate::registry::tags;

/// List the tags and caches in the registry that no published variant has any more
///
/// varve asks for the tags of each repository that a tag or a cache of the family names, with the credentials of docker, and removes
/// nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build file
    #[arg(value_name = "FILE", default_value = "image.yaml")]
    file: String,
    /// Set an argument that tags read (can be given several times)
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    build_arg: Vec<(String, String)>,
    /// The context, from which varve reads files; by default the folder of FILE
    #[arg(long, value_name = "DIR")]
    context: Option<String>,
    /// Another repository of the family, such as that of a target that is gone (can be given several times)
    #[arg(long, value_name = "NAME")]
    repository: Vec<String>,
    /// Do not list tags that match, such as `1.*` (can be given several times)
    #[arg(long, value_name = "PATTERN")]
    keep: Vec<String>,
    /// The folder with the configuration of docker; by default .docker in the home folder
    #[arg(long, value_name = "DIR", env = "DOCKER_CONFIG", hide_env_values = true)]
    docker_config: Option<PathBuf>,
    /// Exit with 3 if there is something to list
    #[arg(long)]
    exit_code: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// A repository of the family, with the patterns of the tags that a variant has.
#[derive(Default)]
struct Repository {
    domain: String,
    path: String,
    patterns: Vec<String>,
}

/// What a registry has in a repository.
struct Found {
    name: String,
    /// The number of its tags. `None` if the registry does not have the repository.
    total: Option<usize>,
    stale: Vec<String>,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let selection = SelectionArgs {
        build_arg: args.build_arg.clone(),
        context: args.context.clone(),
        ..SelectionArgs::default()
    };
    let family = FamilyArgs { file: args.file.clone(), selection };
    let mut loaded = load::load(&family)?;
    loaded.read_vcs(family.context(), OnUnknownVcs::Error);
    let axes = &loaded.family()?.axes;
    if let Some(axis) = axes.iter().find(|axis| loaded.query.args.contains_key(&axis.name)) {
        let message =
            format!("`{}` is an axis: all variants of the family have tags, so leave it out", axis.name);
        return Err(Failure::Usage(message));
    }
    let members = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let repositories = repositories(&members, &args.repository)?;
    let config = DockerConfig::read(args.docker_config.as_deref())?;
    let mut all = Vec::new();
    for (name, repository) in repositories {
        let have = tags::list(&config, &repository.domain, &repository.path)?;
        let total = have.as_ref().map(Vec::len);
        let mut stale = have.unwrap_or_default();
        stale.retain(|tag| {
            let is = |pattern: &String| glob_matches(pattern, tag);
            !repository.patterns.iter().any(is) && !args.keep.iter().any(is) && !is_referrer(tag)
        });
        stale.sort();
        all.push(Found { name, total, stale });
    }
    let out = match args.format {
        Format::Json => format!("{:#}\n", in_json(&all)),
        Format::Text => in_text(&all),
    };
    let is_stale = all.iter().any(|found| !found.stale.is_empty());
    let code = if args.exit_code && is_stale { DIFFERENT } else { 0 };
    Ok(Answer { code, err: loaded.warnings(colours), ..Answer::text(out) })
}

/// The repositories that tags and caches name. A fact in a tag can be any text.
fn repositories(members: &[Member], more: &[String]) -> Result<BTreeMap<String, Repository>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for Member { tags, tags_with_facts, platforms, delivery, .. } in members {
        names.extend(tags.iter().chain(tags_with_facts).cloned());
        let caches = delivery.cache_from.iter().chain(&delivery.cache_to);
        names.extend(cache_references(caches).map(str::to_owned));
        for platform in platforms.iter().filter(|_| platforms.len() > 1) {
            let shared = cache_references(delivery.cache_to.iter());
            names.extend(shared.map(|reference| cache_of_platform(reference, platform)));
        }
    }
    let mut repositories: BTreeMap<String, Repository> = BTreeMap::new();
    let names = names.iter().map(|name| (name, true)).chain(more.iter().map(|name| (name, false)));
    for (name, is_carried) in names {
        let (plain, pattern) = pattern(name);
        let reference: Reference =
            plain.parse().map_err(|error| Failure::Usage(format!("`{name}`: {error}")))?;
        let repository = repositories.entry(reference.name()).or_insert_with(|| Repository {
            domain: reference.domain().to_owned(),
            path: reference.path().to_owned(),
            patterns: Vec::new(),
        });
        if is_carried {
            repository
                .patterns
                .push(pattern.unwrap_or_else(|| reference.tag().unwrap_or("latest").to_owned()));
        }
    }
    Ok(repositories)
}

/// The repository of a tag with facts, and the pattern of its tag. Without facts, the name as it is.
fn pattern(name: &str) -> (String, Option<String>) {
    let (Some(facts), Some(colon)) = (name.find("{facts."), name.rfind(':')) else {
        return (name.to_owned(), None);
    };
    if facts < colon {
        return (name.to_owned(), None);
    }
    (name[..colon].to_owned(), Some(any_fact(&name[colon + 1..])))
}

/// Whether a tag belongs to another image, such as its signature: `sha256-DIGEST.sig` (the referrers tag schema of the OCI distribution
/// specification).
fn is_referrer(tag: &str) -> bool {
    let digest = tag.strip_prefix("sha256-").unwrap_or_default();
    digest.len() >= 64 && digest.bytes().take(64).all(|byte| byte.is_ascii_hexdigit())
}

fn in_json(all: &[Found]) -> Value {
    let list = all.iter().map(|found| {
        json!({
            "repository": found.name,
            "tags": found.total,
            "stale": found.stale.iter().map(|tag| format!("{}:{tag}", found.name)).collect::<Vec<_>>(),
        })
    });
    json!({"repositories": list.collect::<Vec<_>>()})
}

fn in_text(all: &[Found]) -> String {
    let mut text = String::new();
    for Found { name, total, stale } in all {
        text += &match total {
            None => format!("{name}: not in the registry\n"),
            Some(total) => format!("{name}: {} of {} stale\n", stale.len(), counted(*total, "tag")),
        };
        stale.iter().for_each(|tag| text += &format!("  {name}:{tag}\n"));
    }
    if all.is_empty() { "no tag and no cache of the family names a registry\n".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_tags_are_any_text() {
        let check = |name: &str, repository: &str, expect: Option<&str>| {
            assert_eq!(pattern(name), (repository.to_owned(), expect.map(str::to_owned)));
        };
        check("a:5000/b:1-{facts.torch}-{facts.os}x", "a:5000/b", Some("1-*-*x"));
        check("a/b:1", "a/b:1", None);
        assert!(is_referrer(&format!("sha256-{}.sig", "0a".repeat(32))));
        assert!(!is_referrer("sha256-1") && !is_referrer("1.0"));
    }
}
