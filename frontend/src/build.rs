//! The conversation of a build: load, plan, resolve, lower, solve, finish.

mod dated;

use std::collections::BTreeMap;

use buildkit_gateway::{
    Bridge, Options, Outcome, Platform, Pong, Ref, Session, Solve, Status, When, Worker, check_frontend_caps,
};
use buildkit_llb::{Differ, FieldOrder, Graph, LocalSource, Metadata, Output, SourceInfo};
use futures_util::future::{try_join, try_join_all};
use varve_spec::{
    Diagnostic, Directive, Family, Plan, Question, Selection, Source, Sources, Span, Vcs, silence,
};

use crate::build_file::{self, BuildFile};
use crate::checks::{self, Checks};
use crate::client::{Client, Folder};
use crate::context::context_paths;
use crate::dockerfile::{self, DockerfileKey};
use crate::epoch::Epoch;
use crate::lower::{Facts, lower};
use crate::main_context::{CONTEXT, MainContext};
use crate::platform::spec_platform;
use crate::resolve::{BaseImage, ImageKey, Resolved, bases, image_keys, own_platform, resolve};
use crate::settings::{Settings, family_args};
use crate::subrequest::{self, Subject};
use crate::systems::Systems;
use crate::{ignore, limits, missing, named, outcome, report, sbom, vcs};

/// The capabilities that the frontend image's label claims, and that are honoured.
pub(crate) const FRONTEND_CAPS: &[&str] = &[
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// Builds what the session asks for.
///
/// # Errors
/// Everything that is wrong with the build file or the request, with excerpts of the file; or the daemon's own error.
pub async fn build(bridge: &impl Bridge, session: &Session) -> Result<Outcome, Status> {
    let options = Options::read(&session.opts)?;
    check_frontend_caps(&options.frontend_caps, FRONTEND_CAPS)?;
    match options.request.as_deref() {
        Some(subrequest::DESCRIBE) => return Ok(subrequest::describe()),
        Some(name) if !subrequest::is_known(name) => return Err(Status::unsupported_subrequest(name)),
        _ => {}
    }
    let pong = bridge.ping().await?;
    pong.capabilities.check_minimum().map_err(|missing| Status::user(missing.to_string()))?;
    // The first capability of the release that changed the order.
    let order = match pong.capabilities.llb.has("exec.validexitcode") {
        true => FieldOrder::DeedLast,
        false => FieldOrder::ByNumber,
    };
    let client = Client { bridge, session, options: &options, order };
    let mut context = MainContext::find(&client).await?;
    if Epoch::is_given(&options) && pong.capabilities.llb.has("source.git.mtime") {
        context.date(&options);
    }
    let file = build_file::load(&client, &context).await?;
    let sources = match build_file::with_includes(&client, &context, &file).await {
        Err(status) if options.request.as_deref() == Some(subrequest::LINT) => {
            return subrequest::lint_of_failure(&status).ok_or(status);
        }
        sources => sources?,
    };
    let request = Request { client: &client, pong: &pong, context, file: &file, sources: &sources };
    match options.request.as_deref() {
        None | Some(subrequest::GRAPH) => request.run_dated().await,
        Some(name) => request.answer(name).await,
    }
}

struct Request<'a, B> {
    client: &'a Client<'a, B>,
    pong: &'a Pong,
    context: MainContext,
    file: &'a BuildFile,
    sources: &'a Sources,
}

/// What is to be built, before anything of it is asked for but its images.
struct Found {
    plans: Vec<Plan>,
    images: BTreeMap<ImageKey, Resolved>,
    /// Those of the first platform.
    warnings: Vec<Diagnostic>,
}

impl<B: Bridge> Request<'_, B> {
    /// Builds, or answers with what would be built.
    async fn run(mut self) -> Result<Outcome, Status> {
        let reading = Family::read(self.sources);
        let family = reading.family.ok_or_else(|| report::error(&reading.found, self.sources))?;
        let vcs = vcs::find(self.client, &self.context, &family).await?;
        if let (Some(commit), true) = (&vcs.revision, self.pong.capabilities.llb.has("source.git.checksum")) {
            self.context.pin(commit);
        }
        let settings = Settings::read(self.client.options)?;
        limits::check(&self.client.options.resources, &self.pong.capabilities)?;
        let fallback = Platform::new("linux", "amd64");
        let build = self.build_platform().unwrap_or(&fallback);
        let given = &self.client.options.platforms;
        let mut platforms = if given.is_empty() { vec![build.clone()] } else { given.clone() };
        let paths: Vec<String> = family.files().into_keys().map(str::to_owned).collect();
        let files = self.values(paths).await?;
        let asked = Selection {
            args: family_args(self.client.options, Some(&family)),
            target: self.client.options.target.clone(),
            files,
            vcs,
            ..Selection::new(spec_platform(build))
        };
        let mut found = self.find(&family, &asked, &platforms, build).await?;
        if let ([], [plan]) = (given.as_slice(), found.plans.as_slice())
            && let Some(other) = own_platform(self.client.options, plan, build, &found.images)
        {
            platforms = vec![other];
            found = self.find(&family, &asked, &platforms, build).await?;
        }
        let Found { mut plans, images: resolved, warnings } = found;
        let platforms = platforms.as_slice();
        let warnings = [reading.found, warnings].concat();
        let mut graph = self.client.graph();
        let mut infos = self.infos();
        let mut images = BTreeMap::new();
        for (key, resolved) in resolved {
            let unreadable = |error| Status::user(format!("what stands in for {}: {error}", key.reference));
            let image = resolved.settle(&mut graph, &mut infos).map_err(unreadable)?;
            images.insert(key, image);
        }
        if family.reads_base() {
            for (plan, platform) in plans.iter_mut().zip(platforms) {
                let bases = Some(bases(plan, (platform, build), &images));
                (*plan, _) = self.plan(&family, &Selection { bases, ..asked.clone() }, platform)?;
            }
        }
        let systems = Systems::of_names(self.client.options, &plans, platforms, build, &images, &graph);
        let (context, systems) =
            try_join(self.context(&plans, &mut graph), systems.look(self.client, self.sources)).await?;
        let dockerfiles = dockerfile::keys(plans.iter().zip(platforms), build, &settings);
        let dockerfiles = self.dockerfiles(dockerfiles, &mut graph, &mut infos).await?;
        let plan_facts = (plans.as_slice(), build);
        let checker = checks::checker(self.client, self.pong, plan_facts, &mut graph, &mut infos)?;
        let mut lowered = Vec::new();
        for (plan, target) in plans.iter().zip(platforms) {
            let facts = Facts {
                sources: self.sources,
                images: &images,
                systems: &systems,
                context,
                target,
                build,
                settings: &settings,
                merge: ["mergeop", "diffop"].iter().all(|id| self.pong.capabilities.llb.has(id)),
                name_platform: platforms.len() > 1,
                dockerfiles: &dockerfiles,
                checker: checker.as_ref(),
            };
            let result =
                lower(plan, &facts, &mut graph).map_err(|found| report::error(&found, self.sources))?;
            lowered.push(result);
        }
        let outputs: Vec<Option<Output>> = lowered
            .iter()
            .flat_map(|lowered| {
                let checks = lowered.checks.iter().map(|check| Some(check.output));
                [lowered.output].into_iter().chain(checks)
            })
            .collect();
        limits::set(&mut graph, &outputs, &self.client.options.resources);
        missing::check(&graph, outputs, &self.pong.capabilities, self.sources)?;
        let of_lowering = lowered.first().map(|first| first.warnings.clone()).unwrap_or_default();
        let warnings = [warnings, of_lowering].concat();
        let warnings = silence(warnings, self.sources, &self.directive());
        if warnings.iter().any(Diagnostic::is_error) {
            return Err(report::error(&warnings, self.sources));
        }
        for warning in &warnings {
            self.client.bridge.warn(report::warning(warning, self.sources, &self.file.vertex)).await?;
        }
        if self.client.options.request.is_some() {
            let [one] = lowered.as_slice() else {
                return Err(Status::user("the graph is that of one platform, and several are asked for"));
            };
            return Ok(subrequest::graph(&graph, one.output, &infos));
        }
        let built: Vec<_> = platforms.iter().zip(&lowered).collect();
        let attestations = sbom::scan(self.client, (&built, build), context, (&mut graph, &infos)).await?;
        let when = checks::when(&lowered);
        let solves = lowered.iter().map(|lowered| self.solve(&graph, (lowered.output, when), &infos));
        let checks =
            Checks { client: self.client, sources: self.sources, graph: &graph, infos: &infos, platforms };
        let refs = checks.beside(&lowered, try_join_all(solves)).await?;
        let built = built.into_iter().zip(refs).map(|((platform, lowered), of)| (platform, lowered, of));
        let outcome = outcome::outcome(self.client.options, settings.epoch, built.collect());
        Ok(Outcome { attestations, ..outcome })
    }

    /// What is to be built for some platforms, and the images that it names.
    async fn find(
        &self,
        family: &Family,
        asked: &Selection,
        platforms: &[Platform],
        build: &Platform,
    ) -> Result<Found, Status> {
        let planned = platforms.iter().map(|platform| self.plan(family, asked, platform));
        let (plans, warnings): (Vec<_>, Vec<_>) = planned.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let keys = plans.iter().zip(platforms).flat_map(|(plan, platform)| image_keys(plan, platform, build));
        let stages: Vec<&str> = family.stages().collect();
        let images = resolve(self.client, &plans, keys.collect(), self.sources, &stages).await?;
        Ok(Found { plans, images, warnings: warnings.into_iter().next().unwrap_or_default() })
    }

    /// Answers a question instead of building.
    async fn answer(&self, name: &str) -> Result<Outcome, Status> {
        let reading = Family::read(self.sources);
        let build = self.build_platform().map(spec_platform);
        let build = build.unwrap_or_else(|| varve_spec::Platform::new("linux", "amd64"));
        let paths = reading.family.iter().flat_map(|family| family.files().into_keys());
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        let vcs = match &reading.family {
            Some(family) => vcs::find(self.client, &self.context, family).await?,
            None => Vcs::default(),
        };
        let question = Question {
            target: self.client.options.target.clone(),
            args: family_args(self.client.options, reading.family.as_ref()),
            platforms: self.client.options.platforms.iter().map(spec_platform).collect(),
            files: self.values(paths).await?,
            vcs,
            ..Question::new(build)
        };
        let (sources, directive) = (self.sources, &self.directive());
        subrequest::answer(name, &Subject { sources, reading: &reading, question: &question, directive })
    }

    /// Which findings are silenced, as for the builtin checks of Docker.
    fn directive(&self) -> Directive {
        let text = self.client.options.build_args.get("BUILDKIT_DOCKERFILE_CHECK");
        text.map(|text| Directive::parse(text)).unwrap_or_default()
    }

    fn build_platform(&self) -> Option<&Platform> {
        let workers = &self.client.session.workers;
        Worker::build_platform(if workers.is_empty() { &self.pong.workers } else { workers })
    }

    fn plan(
        &self,
        family: &Family,
        asked: &Selection,
        platform: &Platform,
    ) -> Result<(Plan, Vec<Diagnostic>), Status> {
        let selection = Selection {
            platform: spec_platform(platform),
            replaced_stages: named::replaced_stages(self.client.options, family, platform),
            ..asked.clone()
        };
        let error = |found: Vec<Diagnostic>| report::error(&found, self.sources);
        let variant = family.select(&selection).map_err(error)?;
        let plan = variant.plan().map_err(error)?;
        Ok((plan, variant.warnings))
    }

    /// The texts of the files that values are read from, as far as they are there.
    async fn values(&self, paths: Vec<String>) -> Result<BTreeMap<String, String>, Status> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut graph = self.client.graph();
        let root = match self.remote(&mut graph)? {
            Some(remote) => Some(remote),
            None => {
                let vertex = graph.add(LocalSource {
                    follow: paths.clone(),
                    shared_key: Some(format!("{CONTEXT}-values")),
                    differ: Differ::None,
                    ..self.client.local(CONTEXT)
                });
                graph.root(vertex)
            }
        };
        self.client.read_texts(&mut graph, root, &paths).await
    }

    /// The context, reduced to what the steps read; nothing when none does.
    async fn context(&self, plans: &[Plan], graph: &mut Graph) -> Result<Option<Output>, Status> {
        let paths = context_paths(plans);
        if paths.is_empty() {
            return Ok(None);
        }
        if let Some(remote) = self.remote(graph)? {
            return Ok(Some(remote));
        }
        let exclude = match &self.file.ignore {
            Some(text) => ignore::patterns(text),
            None => self.client.docker_ignore(CONTEXT, Folder::Main).await?,
        };
        let vertex = graph.add(LocalSource {
            exclude,
            follow: if paths == ["."] { Vec::new() } else { paths },
            shared_key: Some(CONTEXT.to_owned()),
            ..self.client.local(CONTEXT)
        });
        graph.describe(vertex, Metadata::named("[internal] load build context"));
        Ok(graph.root(vertex))
    }

    async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<BTreeMap<DockerfileKey, BaseImage>, Status> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let remote = self.remote(graph)?.map(|remote| graph.definition(Some(remote), &[]));
        dockerfile::resolve(self.client, (keys, self.sources), remote.as_ref(), (graph, infos)).await
    }

    fn remote(&self, graph: &mut Graph) -> Result<Option<Output>, Status> {
        self.context.remote(self.client.options.context_subdir.as_deref(), graph)
    }

    async fn solve(
        &self,
        graph: &Graph,
        (output, when): (Option<Output>, When),
        infos: &[SourceInfo],
    ) -> Result<Option<Ref>, Status> {
        if output.is_none() {
            return Ok(None);
        }
        let solve = Solve { when, ..Solve::encoded(graph.encode(output, infos)) };
        self.client.bridge.solve(solve.with_cache_imports(&self.client.options.cache_imports)).await?.single()
    }

    /// The files of the family as steps point at them.
    fn infos(&self) -> Vec<SourceInfo> {
        let info = |source: &Source| SourceInfo {
            filename: source.name().to_owned(),
            data: source.text().as_bytes().into(),
            language: "YAML".to_owned(),
            definition: Some(self.file.definition.clone()),
        };
        self.sources.iter().map(info).collect()
    }
}
