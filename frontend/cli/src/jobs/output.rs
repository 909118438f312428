//! Jobs as text, as JSON, and as a file for bake.

use serde_json::{Value, json};
use varve_frontend::render::bake::{Place, bake};
use varve_spec::{Cache, Delivery, Family, Member};

use super::model::{BYTES, SECONDS};
use super::{Estimate, Job, Jobs, Machines, UntilBuild};
use crate::answer::counted;
use crate::member::axes;
use crate::union::Union;

/// The build argument that ends a build at steps.
const UNTIL: &str = "VARVE_UNTIL";

/// The caches of jobs: the name of a repository in a registry.
pub(crate) struct CacheRef<'r>(pub(crate) &'r str);

impl CacheRef<'_> {
    fn name(&self, build: &UntilBuild) -> String {
        format!("{}:{}", self.0, build.cache)
    }

    /// A cache of bake and of the command line, in either direction.
    fn cache(&self, build: &UntilBuild, attributes: &[(&str, &str)]) -> Cache {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let reference = [("ref".to_owned(), self.name(build))];
        let attributes = reference.into_iter().chain(attributes.iter().copied().map(owned));
        Cache { kind: "registry".to_owned(), attributes: attributes.collect() }
    }
}

/// The name of a job: its wave and its number.
fn job_name(wave: usize, job: usize) -> String {
    format!("wave{}-job{}", wave + 1, job + 1)
}

/// The steps of a build, as its argument has them.
fn steps(build: &UntilBuild) -> String {
    let steps = build.steps.iter().map(|step| format!("{}:{}", step.stage, step.number));
    steps.collect::<Vec<_>>().join(",")
}

impl Jobs {
    fn builds(&self) -> Vec<&UntilBuild> {
        self.waves.iter().flatten().flat_map(|job| &job.builds).collect()
    }

    /// The jobs as JSON.
    pub(crate) fn in_json(&self, union: &Union, cache: &CacheRef<'_>) -> Value {
        let all = self.builds();
        let caches =
            |reads: &[usize]| -> Vec<String> { reads.iter().map(|build| cache.name(all[*build])).collect() };
        let member = |member: usize| {
            let variant = union.variant(member);
            json!({
                "target": variant.target,
                "axes": axes(variant),
                "build-args": variant.args.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                "platform": union.members[member].platform,
            })
        };
        let build = |build: &UntilBuild| {
            let mut json = member(build.member);
            json["until"] = json!(steps(build));
            json["cache-to"] = json!(cache.name(build));
            // Its own cache has all of it if nothing changed since it was exported.
            json["cache-from"] = json!([caches(&build.reads), vec![cache.name(build)]].concat());
            json
        };
        let job = |(wave, number): (usize, usize), job: &Job| {
            json!({
                "job": job_name(wave, number),
                "processes": job.processes,
                "seconds": job.seconds.round(),
                "builds": job.builds.iter().map(build).collect::<Vec<_>>(),
            })
        };
        let waves = self.waves.iter().enumerate().map(|(wave, jobs)| {
            let jobs = jobs.iter().enumerate().map(|(number, one)| job((wave, number), one));
            json!({"jobs": jobs.collect::<Vec<_>>()})
        });
        let members = self.of_members.iter().enumerate().map(|(index, reads)| {
            let mut json = member(index);
            json["cache-from"] = json!(caches(reads));
            json
        });
        let [sum, distinct, with] = self.processes;
        let estimate =
            |estimate: Estimate| json!({"seconds": estimate.seconds.round(), "wall": estimate.wall.round()});
        json!({
            "waves": waves.collect::<Vec<_>>(),
            "members": members.collect::<Vec<_>>(),
            "processes": {"sum": sum, "distinct": distinct, "with-jobs": with, "measured": self.measured},
            "without-jobs": estimate(self.cold),
            "with-jobs": estimate(self.with),
        })
    }

    /// A file for bake: a group for each job, and the targets and groups of `varve bake` with the caches of the jobs.
    pub(crate) fn in_bake(
        &self,
        union: &Union,
        family: &Family,
        place: &Place<'_>,
        cache: &CacheRef<'_>,
    ) -> Value {
        let all = self.builds();
        let imports =
            |reads: &[usize]| reads.iter().map(|build| cache.cache(all[*build], &[])).collect::<Vec<_>>();
        let mut variants = union.variants.clone();
        for (member, reads) in union.members.iter().zip(&self.of_members) {
            let from = &mut variants[member.variant].delivery.cache_from;
            // The platforms of a variant can have the same ones.
            for cache in imports(reads) {
                if !from.contains(&cache) {
                    from.push(cache);
                }
            }
        }
        let mut file = bake(family, &variants, place);
        for (wave, jobs) in self.waves.iter().enumerate() {
            for (number, job) in jobs.iter().enumerate() {
                let name = job_name(wave, number);
                let builds: Vec<Member> = job
                    .builds
                    .iter()
                    .map(|build| {
                        let member = union.variant(build.member).clone();
                        let until = (UNTIL.to_owned(), steps(build));
                        let export =
                            [("mode", "max"), ("image-manifest", "true"), ("oci-mediatypes", "true")];
                        Member {
                            args: member.args.iter().cloned().chain([until]).collect(),
                            platforms: vec![union.members[build.member].platform.clone()],
                            tags: Vec::new(),
                            delivery: Delivery {
                                cache_from: [imports(&build.reads), vec![cache.cache(build, &[])]].concat(),
                                cache_to: vec![cache.cache(build, &export)],
                                ..Delivery::default()
                            },
                            ..member
                        }
                    })
                    .collect();
                let Value::Object(targets) = bake(family, &builds, place)["target"].take() else { continue };
                let mut names = Vec::new();
                for (of, mut target) in targets {
                    target["output"] = json!(["type=cacheonly"]);
                    target["attest"] = json!(["type=provenance,disabled=true"]);
                    let of = format!("{name}-{of}");
                    names.push(of.clone());
                    file["target"][of] = target;
                }
                file["group"][name] = json!({"targets": names});
            }
        }
        file
    }

    /// The jobs as text.
    pub(crate) fn in_text(&self, union: &Union, cache: &CacheRef<'_>, machines: &Machines) -> String {
        let all = self.builds();
        let [sum, distinct, with] = self.processes;
        let mut text = format!("JOBS: {}\n\n", counted(union.members.len(), "build"));
        text += "                 processes  seconds  until all are done\n";
        for (name, processes, estimate) in [("without jobs", sum, self.cold), ("with jobs", with, self.with)]
        {
            text +=
                &format!("  {name:<12} {processes:>12} {:>8.0} {:>8.0} s\n", estimate.seconds, estimate.wall);
        }
        text += &format!("\n{distinct} processes differ. ");
        text += &match self.measured {
            0 => format!("None was measured: each counts as {SECONDS} s and {} MB", BYTES / 1e6),
            measured if measured == distinct => "All were measured".to_owned(),
            measured => {
                format!("{measured} were measured: any other counts as {SECONDS} s and {} MB", BYTES / 1e6)
            }
        };
        let Machines { runners, parallel, start, rate } = machines;
        text += &format!(
            ". The estimate is for {}, with {} at the same time on each, {start} s until it builds, and {} MB a second.\n",
            counted(*runners, "machine"),
            if *parallel == 1 { "1 process".to_owned() } else { format!("{parallel} processes") },
            rate / 1e6
        );
        if self.waves.is_empty() {
            return text + "\nNothing is worth a job of its own.\n";
        }
        for (wave, jobs) in self.waves.iter().enumerate() {
            text += &format!("\nWAVE {}\n", wave + 1);
            for (number, Job { builds, seconds, processes }) in jobs.iter().enumerate() {
                let name = job_name(wave, number);
                let count =
                    if *processes == 1 { "1 process".to_owned() } else { format!("{processes} processes") };
                text += &format!("  {name}: {count}, {seconds:.0} s\n");
                for build in builds {
                    text += &format!("    {}\n      until {}\n", union.name(build.member), steps(build));
                    text += &format!("      to {}\n", cache.name(build));
                    for read in &build.reads {
                        text += &format!("      from {}\n", cache.name(all[*read]));
                    }
                }
            }
        }
        let reading = self.of_members.iter().filter(|reads| !reads.is_empty()).count();
        text + &format!("\nMEMBERS\n  {reading} of {} find something in these caches\n", union.members.len())
    }
}
