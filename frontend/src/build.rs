//! The conversation of a build: load, plan, resolve, lower, solve, finish.

mod checks;
mod dated;
mod files;
pub(crate) mod limits;
mod lowered_build;
pub(crate) mod offline;
mod outcome;
mod relock;
mod sbom;
pub(crate) mod serve;
mod unsupported_caps;

use std::borrow::Cow;
use std::collections::BTreeMap;

use buildkit_gateway::{
    Bridge, Evaluate, Options, Outcome, Platform, Pong, Ref, Session, Solve, Status, Warning, Worker,
    check_frontend_caps,
};
use buildkit_llb::{FieldOrder, Graph, Output, SourceInfo};
use futures_util::future::{try_join, try_join_all};
use varve_spec::{
    Diagnostic, Directive, Family, MatrixQuery, Plan, Reading, Selection, Source, Sources, Vcs, silence,
};

use crate::facts::dockerfiles::dockerfile_keys;
use crate::facts::images::{ImageKey, Resolved, bases, image_keys, settle};
use crate::inputs::build_file::{self, BuildFile};
use crate::inputs::client::Client;
use crate::inputs::distributions::Systems;
use crate::inputs::images::{own_platform, resolve};
use crate::inputs::lock_file::Locked;
use crate::inputs::main_context::MainContext;
use crate::inputs::{named_contexts, vcs};
use crate::lower::{LowerInputs, Lowered, OnUnknown, lower};
use crate::render::InfoSource;
use crate::request::epoch::Epoch;
use crate::request::settings::{Settings, family_args};
use crate::subrequests::{self, Subject};
use crate::util::platform::spec_platform;
use crate::util::report;
use checks::Checks;

pub use lowered_build::LoweredBuild;

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
        Some(subrequests::DESCRIBE) => return Ok(subrequests::describe()),
        Some(name) if !subrequests::is_known(name) => return Err(Status::unsupported_subrequest(name)),
        _ => {}
    }
    let pong = bridge.ping().await?;
    pong.capabilities.check_minimum().map_err(|missing| Status::user(missing.to_string()))?;
    // The first capability of the release that changed the order.
    let order = match pong.capabilities.llb.has("exec.validexitcode") {
        true => FieldOrder::OpLast,
        false => FieldOrder::ByNumber,
    };
    let client = Client { bridge, session, options: &options, order };
    let mut context = MainContext::find(&client).await?;
    if Epoch::is_given(&options) && pong.capabilities.llb.has("source.git.mtime") {
        context.date(&options);
    }
    let file = build_file::load(&client, &context).await?;
    let sources = match build_file::with_includes(&client, &context, &file).await {
        Err(status) if options.request.as_deref() == Some(subrequests::LINT) => {
            return subrequests::lint_of_failure(&status).ok_or(status);
        }
        sources => sources?,
    };
    let locked = match options.request.as_deref() {
        // It is being written, and may be anything.
        Some(subrequests::LOCK) => Locked::default(),
        _ => Locked::read(&options, &file)?,
    };
    let request =
        Request { client: &client, pong: &pong, context, file: &file, sources: &sources, locked: &locked };
    match options.request.as_deref() {
        Some(subrequests::LOCK) => request.relock().await,
        Some(name) if !subrequests::is_of_build(name) => request.answer(name).await,
        _ => request.run_dated().await,
    }
}

struct Request<'a, B> {
    client: &'a Client<'a, B>,
    pong: &'a Pong,
    context: MainContext,
    file: &'a BuildFile,
    sources: &'a Sources,
    locked: &'a Locked,
}

/// What is to be built, before anything of it is asked for but its images.
struct Found {
    platforms: Vec<Platform>,
    plans: Vec<Plan>,
    images: BTreeMap<ImageKey, Resolved>,
    /// Those of the first platform.
    warnings: Vec<Diagnostic>,
}

impl<B: Bridge> Request<'_, B> {
    /// Builds, or answers with what would be built.
    async fn run(mut self) -> Result<Outcome, Status> {
        let lowering = self.lower().await?;
        self.warn(&lowering.warnings).await?;
        match &self.client.options.request {
            None => self.solve_all(lowering).await,
            Some(name) => subrequests::answer_of_build(name, &lowering.told(self.sources)),
        }
    }

    /// From the build file to the graph. The daemon is asked for images, ignore files and the like, and solves no step.
    async fn lower(&mut self) -> Result<LoweredBuild, Status> {
        let reading = Family::read(self.sources);
        let family = reading.family.ok_or_else(|| report::error(&reading.found, self.sources))?;
        let settings = Settings::read(self.client.options)?;
        let build = self.build_platform();
        let asked = self.asked(&family, &build).await?;
        let Found { platforms, mut plans, images, warnings } = self.find(&family, &asked, &build).await?;
        let mut warnings = [reading.found, warnings].concat();

        let asks = self.client.options.request.is_some();
        let graph = self.client.graph();
        let mut graph = if asks { graph.retain_operations() } else { graph };
        let mut infos = self.infos();
        let images = settle(images, &mut graph, &mut infos)?;
        let mut whys = Vec::new();
        for (plan, platform) in plans.iter_mut().zip(&platforms) {
            let mut asked = Cow::Borrowed(&asked);
            if family.reads_base() {
                asked.to_mut().bases = Some(bases(plan, (platform, &build), &images));
                (*plan, _) = self.plan(&family, &asked, platform)?;
            }
            if asks {
                whys.push(self.explain(&family, &asked, platform)?);
            }
        }
        let systems = Systems::of_names(self.client.options, &plans, &platforms, &build, &images, &graph);
        let (context, systems) =
            try_join(self.context(&plans, &mut graph), systems.look(self.client, self.sources)).await?;
        let dockerfiles = dockerfile_keys(plans.iter().zip(&platforms), &build, &settings);
        let (dockerfiles, stale) = self.dockerfiles(dockerfiles, &mut graph, &mut infos).await?;
        warnings.extend(stale);
        let checker = checks::checker(self.client, self.pong, (&plans, &build), &mut graph, &mut infos)?;
        let merge = ["mergeop", "diffop"].iter().all(|id| self.pong.capabilities.llb.has(id));
        let mut lowered = Vec::new();
        for (plan, target) in plans.iter().zip(&platforms) {
            let facts = LowerInputs {
                sources: self.sources,
                images: &images,
                systems: &systems,
                context,
                target,
                build: &build,
                settings: &settings,
                merge,
                name_platform: platforms.len() > 1,
                dockerfiles: &dockerfiles,
                checker: checker.as_ref(),
                lacking: OnUnknown::Error,
            };
            let result = lower(plan, &facts, &mut graph);
            lowered.push(result.map_err(|found| report::error(&found, self.sources))?);
        }
        warnings.extend(lowered.iter().flat_map(|lowered| lowered.warnings.clone()));

        let outputs = lowered.iter().flat_map(|lowered: &Lowered| {
            let checks = lowered.checks.iter().map(|check| Some(check.output));
            [lowered.output].into_iter().chain(checks)
        });
        let outputs: Vec<Option<Output>> = outputs.collect();
        limits::set(&mut graph, &outputs, &self.client.options.resources, &self.pong.capabilities);
        unsupported_caps::check(&graph, outputs, &self.pong.capabilities, self.sources)?;
        let knows = InfoSource::Daemon { merges: merge, checks: checker.is_some() };
        let epoch = settings.epoch;
        Ok(LoweredBuild {
            platforms,
            plans,
            whys,
            build,
            knows,
            images,
            epoch,
            graph,
            infos,
            context,
            lowered,
            warnings,
        })
    }

    /// What every plan is chosen by.
    async fn asked(&mut self, family: &Family, build: &Platform) -> Result<Selection, Status> {
        let vcs = vcs::find(self.client, &self.context, family).await?;
        if let (Some(commit), true) = (&vcs.revision, self.pong.capabilities.llb.has("source.git.checksum")) {
            self.context.pin(commit);
        }
        Ok(Selection {
            args: family_args(self.client.options, Some(family)),
            target: self.client.options.target.clone(),
            files: self.values(family.files().into_keys().map(str::to_owned).collect()).await?,
            vcs,
            ..Selection::new(spec_platform(build))
        })
    }

    /// What is to be built for the platforms that were asked for; without any, for that of the machine that builds, or that of
    /// a base which exists for another one alone.
    async fn find(&self, family: &Family, asked: &Selection, build: &Platform) -> Result<Found, Status> {
        let given = &self.client.options.platforms;
        if !given.is_empty() {
            return self.find_for(family, asked, given, build).await;
        }
        let found = self.find_for(family, asked, std::slice::from_ref(build), build).await?;
        let own = own_platform(self.client.options, &found.plans, build, &found.images);
        match own {
            Some(own) => self.find_for(family, asked, &[own], build).await,
            None => Ok(found),
        }
    }

    async fn find_for(
        &self,
        family: &Family,
        asked: &Selection,
        platforms: &[Platform],
        build: &Platform,
    ) -> Result<Found, Status> {
        let planned = platforms.iter().map(|platform| self.plan(family, asked, platform));
        let (plans, warnings): (Vec<_>, Vec<_>) = planned.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let keys = plans.iter().zip(platforms).flat_map(|(plan, platform)| image_keys(plan, platform, build));
        let (images, stale) = self.locked.images(keys.collect(), self.client.options);
        let warnings = [warnings.concat(), stale].concat();
        if warnings.iter().any(Diagnostic::is_error) {
            return Err(report::error(&warnings, self.sources));
        }
        let stages: Vec<&str> = family.stages().collect();
        let images = resolve(self.client, &plans, images, self.sources, &stages).await?;
        Ok(Found { platforms: platforms.to_vec(), plans, images, warnings })
    }

    /// Hands on the warnings that are not silenced, each once: most are those of every platform.
    ///
    /// # Errors
    /// The file says that they are errors.
    async fn warn(&self, warnings: &[Diagnostic]) -> Result<(), Status> {
        let mut warnings = silence(warnings.to_vec(), self.sources, &self.directive());
        let place = |found: &Diagnostic| (found.span, found.code, found.message.clone());
        warnings.sort_by_key(place);
        warnings.dedup();
        if warnings.iter().any(Diagnostic::is_error) {
            return Err(report::error(&warnings, self.sources));
        }
        let of_limits = limits::warning(&self.client.options.resources, &self.pong.capabilities);
        let of_limits = of_limits.map(|short| Warning { short, ..Warning::under(&self.file.vertex) });
        let found = warnings.iter().map(|found| report::warning(found, self.sources, &self.file.vertex));
        for warning in found.chain(of_limits) {
            self.client.bridge.warn(warning).await?;
        }
        Ok(())
    }

    /// Has the daemon build what was lowered, with the checks beside it.
    async fn solve_all(&self, lowering: LoweredBuild) -> Result<Outcome, Status> {
        let LoweredBuild { platforms, build, epoch, mut graph, infos, context, lowered, .. } = lowering;
        let built: Vec<_> = platforms.iter().zip(&lowered).collect();
        let attestations = sbom::scan(self.client, (&built, &build), context, (&mut graph, &infos)).await?;
        let evaluate = checks::when(&lowered);
        let solves = lowered.iter().map(|lowered| self.solve(&graph, (lowered.output, evaluate), &infos));
        let (client, sources) = (self.client, self.sources);
        let checks = Checks { client, sources, graph: &graph, infos: &infos, platforms: &platforms };
        let refs = checks.beside(&lowered, try_join_all(solves)).await?;
        let built = built.into_iter().zip(refs).map(|((platform, lowered), of)| (platform, lowered, of));
        let outcome = outcome::outcome(client.options, epoch, built.collect());
        Ok(Outcome { attestations, ..outcome })
    }

    /// Answers a question instead of building.
    async fn answer(&self, name: &str) -> Result<Outcome, Status> {
        let (reading, question) = self.question().await?;
        let (sources, directive) = (self.sources, &self.directive());
        let context = self.client.options.context.as_deref();
        let subject = Subject { sources, reading: &reading, question: &question, directive, context };
        subrequests::answer(name, &subject)
    }

    /// The family as far as it can be read, and what is asked about it.
    async fn question(&self) -> Result<(Reading, MatrixQuery), Status> {
        let reading = Family::read(self.sources);
        let paths = reading.family.iter().flat_map(|family| family.files().into_keys());
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        let vcs = match &reading.family {
            Some(family) => vcs::find(self.client, &self.context, family).await?,
            None => Vcs::default(),
        };
        let question = MatrixQuery {
            target: self.client.options.target.clone(),
            args: family_args(self.client.options, reading.family.as_ref()),
            platforms: self.client.options.platforms.iter().map(spec_platform).collect(),
            files: self.values(paths).await?,
            vcs,
            lock: self.locked.lock(),
            ..MatrixQuery::new(spec_platform(&self.build_platform()))
        };
        Ok((reading, question))
    }

    /// Which findings are silenced, as for the builtin checks of Docker.
    fn directive(&self) -> Directive {
        let text = self.client.options.build_args.get("BUILDKIT_DOCKERFILE_CHECK");
        text.map(|text| Directive::parse(text)).unwrap_or_default()
    }

    /// The platform of the machine that builds.
    fn build_platform(&self) -> Platform {
        let workers = &self.client.session.workers;
        let first = Worker::build_platform(if workers.is_empty() { &self.pong.workers } else { workers });
        first.cloned().unwrap_or_else(|| Platform::new("linux", "amd64"))
    }

    fn selection(&self, family: &Family, asked: &Selection, platform: &Platform) -> Selection {
        Selection {
            platform: spec_platform(platform),
            replaced_stages: named_contexts::replaced_stages(
                self.client.options,
                family,
                platform,
                &self.build_platform(),
            ),
            ..asked.clone()
        }
    }

    fn plan(
        &self,
        family: &Family,
        asked: &Selection,
        platform: &Platform,
    ) -> Result<(Plan, Vec<Diagnostic>), Status> {
        let selection = self.selection(family, asked, platform);
        let error = |found: Vec<Diagnostic>| report::error(&found, self.sources);
        let variant = family.select(&selection).map_err(error)?;
        let mut plan = variant.plan().map_err(error)?;
        let stale = self.locked.pin(&mut plan);
        Ok((plan, [variant.warnings, stale].concat()))
    }

    async fn solve(
        &self,
        graph: &Graph,
        (output, evaluate): (Option<Output>, Evaluate),
        infos: &[SourceInfo],
    ) -> Result<Option<Ref>, Status> {
        if output.is_none() {
            return Ok(None);
        }
        let solve = Solve { evaluate, ..Solve::encoded(graph.encode(output, infos)) };
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
