//! The plan of jobs of a family, for any CI system.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Digest;
use serde_json::{Map, Value, json};
use varve_spec::{Member, Output, TestOn, set_of};

use super::groups::{Work, shares};
use super::needs::CiNeeds;
use super::operations::Operations;
use super::runners::Runner;
use crate::answer::Failure;
use crate::image_tags::{any_fact, repository};
use crate::member::axes;

/// How a user wants the jobs.
pub(crate) struct Wishes<'w> {
    /// The most jobs that build, and the most that test.
    pub(crate) jobs: usize,
    /// The runners of platforms.
    pub(crate) runners: &'w [Runner],
    /// The platforms of targets that name none.
    pub(crate) platforms: Vec<String>,
    /// The tags that move, as patterns.
    pub(crate) moving: Vec<String>,
    /// The secrets of CI by id.
    pub(crate) secrets: &'w [(String, String)],
    /// More registries with an account.
    pub(crate) logins: &'w [String],
}

/// The jobs of a family.
pub(crate) struct Pipeline {
    /// The jobs that build.
    pub(super) builds: Vec<BuildJob>,
    /// The jobs that test pushed images.
    pub(super) tests: Vec<TestJob>,
    /// The variants that are built, by their name in the file for bake.
    targets: Vec<(String, Member)>,
    /// The repositories of variants whose tags are all known only after the build.
    pub(super) repositories: Map<String, Value>,
    /// A digest of the variants, their platforms and whether they have tags: if the family has others, the workflow stops.
    pub(super) members: String,
    /// The patterns of tags that move.
    pub(super) moving: Vec<String>,
    /// What the builds need.
    pub(super) needs: CiNeeds,
}

/// A job that builds one platform of some variants.
pub(super) struct BuildJob {
    /// A name for artifacts.
    pub(super) id: String,
    /// A name for people.
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) runner: Vec<String>,
    pub(super) is_emulated: bool,
    /// The names of targets of bake.
    pub(super) targets: Vec<String>,
    /// The paths of results that are files.
    pub(super) files: Vec<String>,
}

/// A job that tests images on a runner.
pub(super) struct TestJob {
    pub(super) id: String,
    pub(super) runner: Vec<String>,
    pub(super) tests: Vec<Test>,
}

/// A test of the image of a target.
pub(super) struct Test {
    pub(super) target: String,
    /// Its number among the tests of the target.
    pub(super) number: usize,
    pub(super) test: TestOn,
}

impl Pipeline {
    /// Plans the jobs. `all` has every build of the family with its name in the file for bake.
    ///
    /// # Errors
    /// Nothing is published, there are too few jobs, or a secret or a repository cannot be named.
    pub(crate) fn of(
        all: Vec<(String, Member)>,
        operations: &Operations,
        wishes: &Wishes<'_>,
    ) -> Result<Self, Failure> {
        let mut lines: Vec<String> = all
            .iter()
            .map(|(name, build)| format!("{name} {} {}\n", build.platforms.join(","), !build.tags.is_empty()))
            .collect();
        lines.sort();
        let members =
            Digest::of(lines.concat().as_bytes()).to_string().trim_start_matches("sha256:").to_owned();
        let numbered: Vec<(usize, String, Member)> =
            all.into_iter().enumerate().map(|(number, (name, build))| (number, name, build)).collect();
        let published: Vec<&(usize, String, Member)> =
            numbered.iter().filter(|(_, _, build)| build.publish).collect();
        if published.is_empty() {
            return Err(Failure::Usage("no variant is published, so CI has nothing to build".to_owned()));
        }
        let of_builds: Vec<&Member> = published.iter().map(|(_, _, build)| build).collect();
        let needs = CiNeeds::of(&of_builds, wishes.secrets, wishes.logins)?;
        let builds = builds(&published, operations, wishes)?;
        let tests = tests(&published, wishes)?;
        let mut repositories = Map::new();
        for (_, name, build) in &published {
            let [tag, ..] = build.tags_with_facts.as_slice() else { continue };
            let repository = repository(tag);
            if repository.contains('{') {
                return Err(Failure::Usage(format!(
                    "the repository of the tag `{tag}` is known only after the build, so CI cannot push to it"
                )));
            }
            if build.tags.is_empty() && build.delivery.output == Output::Image {
                repositories.insert(name.clone(), json!(repository));
            }
        }
        let targets = published.into_iter().map(|(_, name, build)| (name.clone(), build.clone())).collect();
        Ok(Self { builds, tests, targets, repositories, members, moving: wishes.moving.clone(), needs })
    }

    /// Whether any image gets a tag.
    pub(super) fn has_tags(&self) -> bool {
        self.targets.iter().any(|(_, build)| !build.tags.is_empty() || !build.tags_with_facts.is_empty())
    }

    /// The plan as JSON, for other CI systems.
    pub(crate) fn json(&self) -> Value {
        let builds = self.builds.iter().map(|job| {
            json!({
                "id": job.id,
                "name": job.name,
                "platform": job.platform,
                "runner": job.runner,
                "emulated": job.is_emulated,
                "targets": job.targets,
                "files": job.files,
            })
        });
        let tests = self.tests.iter().map(|job| {
            json!({"id": job.id, "runner": job.runner, "tests": job.tests.iter().map(Test::json).collect::<Vec<_>>()})
        });
        let targets = self.targets.iter().map(|(name, build)| {
            let tag = build.tags.iter().chain(&build.tags_with_facts).next();
            json!({
                "name": name,
                "target": build.target,
                "axes": axes(build),
                "platforms": build.platforms,
                "repository": tag.map(|tag| repository(tag)),
                "tags": build.tags,
                "tags-with-facts": build.tags_with_facts,
            })
        });
        json!({
            "builds": builds.collect::<Vec<_>>(),
            "tests": tests.collect::<Vec<_>>(),
            "targets": targets.collect::<Vec<_>>(),
            "moving": self.moving,
            "needs": self.needs.json(),
        })
    }
}

impl Test {
    pub(super) fn json(&self) -> Value {
        json!({
            "target": self.target,
            "platform": self.test.platform,
            "number": self.number,
            "name": self.test.name,
            "run": self.test.run,
        })
    }
}

/// The tags that are the same for two commits, if tags of the family differ between commits. Otherwise those that are a `latest`.
pub(crate) fn moving_tags(one: &[Member], other: &[Member]) -> Vec<String> {
    let tags = |builds: &[Member]| -> BTreeSet<String> {
        set_of(builds.iter().flat_map(|build| build.tags.iter().chain(&build.tags_with_facts)).cloned())
    };
    let (one, other) = (tags(one), tags(other));
    let is_latest = |tag: &&String| {
        let tag = tag[repository(tag).len()..].trim_start_matches(':');
        tag == "latest" || tag.starts_with("latest-") || tag.ends_with("-latest")
    };
    let (shared, own): (BTreeSet<&String>, BTreeSet<&String>) =
        one.iter().partition(|tag| other.contains(*tag));
    let moving = shared.into_iter().filter(|tag| !own.is_empty() || is_latest(tag));
    // A fact stands for any text.
    moving.map(|tag| any_fact(tag)).collect()
}

fn builds(
    published: &[&(usize, String, Member)],
    operations: &Operations,
    wishes: &Wishes<'_>,
) -> Result<Vec<BuildJob>, Failure> {
    let mut of_platform: BTreeMap<&str, Vec<&(usize, String, Member)>> = BTreeMap::new();
    for one in published {
        let stated = &one.2.platforms;
        for platform in if stated.is_empty() { &wishes.platforms } else { stated } {
            of_platform.entry(platform).or_default().push(one);
        }
    }
    let work = of_platform.iter().map(|(platform, builds)| {
        let operations: Vec<BTreeSet<usize>> =
            builds.iter().map(|(number, ..)| operations.on(*number, platform)).collect();
        Work::of(&operations)
    });
    let work: Vec<Work> = work.collect();
    enough(wishes.jobs, of_platform.len(), "platforms")?;
    let shares = shares(wishes.jobs, &work.iter().map(Work::most_jobs).collect::<Vec<_>>());
    let mut jobs = Vec::new();
    for (((platform, builds), work), share) in of_platform.into_iter().zip(work).zip(shares) {
        for (number, members) in work.divide(share).into_iter().enumerate() {
            let builds = || members.iter().map(|member| builds[*member]);
            let runner = Runner::labels(wishes.runners, platform);
            let targets: Vec<String> = builds().map(|(_, name, _)| name.clone()).collect();
            let files = builds().filter_map(|(_, _, build)| match &build.delivery.output {
                Output::Files { dest, .. } => Some(dest.clone()),
                Output::Image => None,
            });
            jobs.push(BuildJob {
                id: format!(
                    "{}-{}",
                    platform.split_once('/').map_or(platform, |(_, arch)| arch).replace('/', "-"),
                    number + 1
                ),
                name: match targets.as_slice() {
                    [one] => format!("{one} {platform}"),
                    [first, rest @ ..] => format!("{first} and {} more {platform}", rest.len()),
                    [] => platform.to_owned(),
                },
                platform: platform.to_owned(),
                is_emulated: Runner::emulates(&runner, platform),
                runner,
                files: set_of::<String>(files).into_iter().collect(),
                targets,
            });
        }
    }
    Ok(jobs)
}

fn tests(published: &[&(usize, String, Member)], wishes: &Wishes<'_>) -> Result<Vec<TestJob>, Failure> {
    let mut of_runner: BTreeMap<&[String], Vec<Test>> = BTreeMap::new();
    for (_, name, build) in published {
        for (number, test) in build.tests.iter().enumerate() {
            let test = Test { target: name.clone(), number: number + 1, test: test.clone() };
            of_runner.entry(&build.tests[number].runner).or_default().push(test);
        }
    }
    enough(wishes.jobs, of_runner.len(), "kinds of runners for tests")?;
    let shares = shares(wishes.jobs, &of_runner.values().map(Vec::len).collect::<Vec<_>>());
    let mut jobs = Vec::new();
    for ((runner, mut tests), share) in of_runner.into_iter().zip(shares) {
        let size = tests.len().div_ceil(share.max(1));
        while !tests.is_empty() {
            let rest = tests.split_off(size.min(tests.len()));
            jobs.push(TestJob { id: format!("{}", jobs.len() + 1), runner: runner.to_vec(), tests });
            tests = rest;
        }
    }
    Ok(jobs)
}

fn enough(jobs: usize, least: usize, of: &str) -> Result<(), Failure> {
    if jobs >= least {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the family has {least} {of}, and each needs a job of its own: give --jobs {least} or more"
    )))
}
