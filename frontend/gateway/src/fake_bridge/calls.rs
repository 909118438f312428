//! The calls of the bridge in memory.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use super::tree::{clean, dir_stat, entries, file_stat, is_dir};
use super::{Call, FakeBridge, Files, State};
use crate::capability::gateway as cap;
use crate::{
    Bridge, ByteRange, Evaluate, ImageMeta, ImageRequest, Outcome, Platform, Pong, Ref, Refs, ResolvedImage,
    Solve, SolveInput, Solved, SourceMeta, SourceRequest, Stat, Status, Warning,
};

impl Bridge for FakeBridge {
    async fn ping(&self) -> Result<Pong, Status> {
        self.record(Call::Ping)?;
        Ok(Pong { capabilities: self.script.capabilities.clone(), workers: self.script.workers.clone() })
    }

    async fn solve(&self, request: Solve) -> Result<Solved, Status> {
        self.record(Call::Solve(request.clone()))?;
        self.script.capabilities.check_input(&request.input)?;
        let (definition, metadata) = match &request.input {
            SolveInput::Definition(_) => (request.input.operations()?.unwrap_or_default(), BTreeMap::new()),
            SolveInput::Frontend { name, .. } => {
                let answer = self.script.frontends.get(name).cloned();
                answer.ok_or_else(|| Status::user(format!("invalid frontend: {name}")))?
            }
        };
        Ok(Solved { metadata, ..self.solve_definition(definition, request.evaluate)? })
    }

    async fn read_file(&self, from: &Ref, path: &str, range: Option<ByteRange>) -> Result<Vec<u8>, Status> {
        self.record(Call::ReadFile { from: from.clone(), path: path.to_owned(), range })?;
        let state = self.state();
        let files = files_of(&state, from)?;
        let Some(content) = files.get(&clean(path)) else {
            return Err(Status::user(match is_dir(files, path) {
                true => format!("{path} is not a regular file"),
                false => format!("open {path}: no such file or directory"),
            }));
        };
        Ok(match range {
            None => content.clone(),
            Some(ByteRange { offset, length }) => {
                let clamp = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX).min(content.len());
                content[clamp(offset)..clamp(offset.saturating_add(length))].to_vec()
            }
        })
    }

    async fn read_dir(&self, from: &Ref, path: &str, include: Option<&str>) -> Result<Vec<Stat>, Status> {
        let include = include.map(str::to_owned);
        self.record(Call::ReadDir { from: from.clone(), path: path.to_owned(), include: include.clone() })?;
        let state = self.state();
        self.script.capabilities.gateway.require(cap::READ_DIR)?;
        let files = files_of(&state, from)?;
        if !is_dir(files, path) {
            return Err(Status::user(format!("lstat {path}: no such file or directory")));
        }
        let entries = entries(files, &self.script.times, path);
        Ok(entries
            .into_iter()
            .filter(|stat| include.as_ref().is_none_or(|name| *name == stat.path))
            .collect())
    }

    async fn stat_file(&self, from: &Ref, path: &str) -> Result<Stat, Status> {
        self.record(Call::StatFile { from: from.clone(), path: path.to_owned() })?;
        let state = self.state();
        self.script.capabilities.gateway.require(cap::STAT_FILE)?;
        let files = files_of(&state, from)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        match files.get(&clean(path)) {
            Some(content) => Ok(file_stat(name, content)),
            None if is_dir(files, path) => Ok(dir_stat(name)),
            None => Err(Status::user(format!("lstat {path}: no such file or directory"))),
        }
    }

    async fn evaluate(&self, of: &Ref) -> Result<(), Status> {
        self.record(Call::Evaluate { of: of.clone() })?;
        let state = self.state();
        files_of(&state, of).map(drop)
    }

    async fn resolve_image(&self, request: ImageRequest) -> Result<ResolvedImage, Status> {
        self.record(Call::ResolveImage(request.clone()))?;
        let reference = request.reference.canonical();
        if let Some(source) = self.script.replaced.get(&reference) {
            return Ok(ResolvedImage::Replaced(source.clone()));
        }
        self.image(&reference, request.platform).map(ResolvedImage::Image)
    }

    async fn resolve_source(&self, request: SourceRequest) -> Result<SourceMeta, Status> {
        self.record(Call::ResolveSource(request.clone()))?;
        let unknown = SourceMeta { source: request.source.clone(), ..SourceMeta::default() };
        if let Some(reference) = request.source.identifier.strip_prefix("docker-image://") {
            if let Some(source) = self.script.replaced.get(reference) {
                return Ok(SourceMeta { source: source.clone(), ..SourceMeta::default() });
            }
            let image = self.image(reference, request.platform)?;
            return Ok(SourceMeta { image: Some(image), ..unknown });
        }
        let known = match self.script.capabilities.gateway.has(cap::META_RESOLVER) {
            true => self.script.sources.get(&request.source.identifier).cloned(),
            false => None,
        };
        Ok(known.unwrap_or(unknown))
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Vec<u8>>, Status> {
        self.record(Call::Inputs)?;
        let known = self.script.capabilities.gateway.has(cap::INPUTS);
        Ok(if known { self.script.inputs.clone() } else { BTreeMap::new() })
    }

    async fn warn(&self, warning: Warning) -> Result<(), Status> {
        self.record(Call::Warn(warning.clone()))?;
        let mut state = self.state();
        if self.script.capabilities.gateway.has(cap::WARNINGS) {
            state.warnings.push(warning);
        }
        Ok(())
    }

    async fn finish(&self, outcome: Result<Outcome, Status>) -> Result<(), Status> {
        self.record(Call::Finish(outcome.clone()))?;
        let mut state = self.state();
        if state.outcome.is_some() {
            return Err(Status::user("gateway result is already set"));
        }
        if let Ok(outcome) = &outcome {
            self.script.capabilities.check_outcome(outcome)?;
            let contents = outcome
                .attestations
                .values()
                .flatten()
                .filter_map(|attestation| attestation.content.as_ref());
            for reference in outcome.refs.iter().chain(contents) {
                known(&state, reference)?;
            }
        }
        state.outcome = Some(outcome);
        Ok(())
    }
}

impl FakeBridge {
    /// Records a call, and returns the error that the script contains for it.
    fn record(&self, call: Call) -> Result<(), Status> {
        let rpc = call.rpc();
        let mut state = self.state();
        state.calls.push(call);
        let count = state.counts.entry(rpc).or_default();
        *count += 1;
        let nth = *count;
        let applies =
            |failure: &&super::Failure| failure.rpc == rpc && failure.nth.is_none_or(|it| it == nth);
        match self.script.failures.iter().find(applies) {
            Some(failure) => Err(failure.status.clone()),
            None => Ok(()),
        }
    }

    /// Creates a new ref with the files of all sources in the definition. Files of later sources replace those of earlier ones.
    fn solve_definition(&self, definition: pb::Definition, evaluate: Evaluate) -> Result<Solved, Status> {
        if definition.def.is_empty() {
            return Ok(Solved::default());
        }
        let mut files = Ok(Files::new());
        for source in sources(&definition) {
            let Ok(so_far) = &mut files else { break };
            if let Some(more) = self.script.files.get(&source.identifier) {
                so_far.extend(more.clone());
            }
            if let Some(status) = self.script.broken.get(&source.identifier) {
                files = Err(status.clone());
            }
        }
        if evaluate == Evaluate::Eager {
            files.as_ref().map_err(Status::clone)?;
        }
        let mut state = self.state();
        let id = format!("ref-{}", state.refs.len() + 1);
        state.refs.insert(id.clone(), files);
        let definition = self.script.capabilities.gateway.has(cap::REF_OUTPUT).then_some(definition);
        Ok(Solved { refs: Refs::Single(Some(Ref { id, definition })), ..Solved::default() })
    }

    fn image(&self, reference: &str, platform: Option<Platform>) -> Result<ImageMeta, Status> {
        let own = || self.script.workers.first().and_then(|worker| worker.platforms.first()).cloned();
        let platform = platform.or_else(own);
        let images = &self.script.images;
        let of = |platform| images.get(&(reference.to_owned(), platform));
        let found = of(platform.clone()).or_else(|| of(None)).cloned();
        found.ok_or_else(|| {
            let other_platform = images.keys().any(|(known, _)| known == reference);
            let reason =
                if other_platform { "no match for platform in manifest: not found" } else { "not found" };
            Status::user(format!("{reference}: {reason}"))
        })
    }
}

fn sources(definition: &pb::Definition) -> impl Iterator<Item = pb::SourceOp> {
    definition.def.iter().filter_map(|op| match pb::Op::decode(op.as_slice()) {
        Ok(pb::Op { op: Some(pb::op::Op::Source(source)), .. }) => Some(source),
        _ => None,
    })
}

fn known<'a>(state: &'a State, reference: &Ref) -> Result<&'a Result<Files, Status>, Status> {
    state
        .refs
        .get(&reference.id)
        .ok_or_else(|| Status::user(format!("return reference {} not found", reference.id)))
}

fn files_of<'a>(state: &'a State, reference: &Ref) -> Result<&'a Files, Status> {
    known(state, reference)?.as_ref().map_err(Status::clone)
}
