//! The answers of a fake daemon.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use super::{Call, Fake, State};
use crate::capability::gateway as cap;
use crate::file::GO_DIR;
use crate::{
    Bridge, ByteRange, Code, ImageMeta, ImageRequest, Outcome, Pong, Ref, Refs, ResolvedImage, Solve, Solved,
    SourceMeta, SourceRequest, Stat, Status, Warning, Work,
};

impl Bridge for Fake {
    async fn ping(&self) -> Result<Pong, Status> {
        self.record(Call::Ping)?;
        Ok(Pong { capabilities: self.script.capabilities.clone(), workers: self.script.workers.clone() })
    }

    async fn solve(&self, request: Solve) -> Result<Solved, Status> {
        self.record(Call::Solve(request.clone()))?;
        match request.work {
            Work::Definition(definition) => {
                self.script.capabilities.check_definition(&definition)?;
                Ok(self.solve_definition(definition))
            }
            Work::Frontend { name, .. } => match self.script.frontends.get(&name).cloned() {
                Some((definition, metadata)) => Ok(Solved { metadata, ..self.solve_definition(definition) }),
                None => Err(Status::user(format!("invalid frontend: {name}"))),
            },
        }
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
                let limit = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
                content.iter().skip(limit(offset)).take(limit(length)).copied().collect()
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
        let entries = entries(files, path);
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
        if let Some(source) = self.script.replaced.get(&request.reference) {
            return Ok(ResolvedImage::Replaced(source.clone()));
        }
        self.image(&request).map(ResolvedImage::Image)
    }

    async fn resolve_source(&self, request: SourceRequest) -> Result<SourceMeta, Status> {
        self.record(Call::ResolveSource(request.clone()))?;
        let unknown = SourceMeta { source: request.source.clone(), ..SourceMeta::default() };
        if !self.script.capabilities.gateway.has(cap::META_RESOLVER) {
            return Ok(unknown);
        }
        if let Some(reference) = request.source.identifier.strip_prefix("docker-image://") {
            let image = self.image(&ImageRequest::new(reference, request.platform))?;
            return Ok(SourceMeta { image: Some(image), ..unknown });
        }
        Ok(self.script.sources.get(&request.source.identifier).cloned().unwrap_or(unknown))
    }

    async fn inputs(&self) -> Result<BTreeMap<String, pb::Definition>, Status> {
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
                files_of(&state, reference)?;
            }
        }
        state.outcome = Some(outcome);
        Ok(())
    }
}

impl Fake {
    /// Records a call, and fails it if the script says so.
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

    fn solve_definition(&self, definition: pb::Definition) -> Solved {
        if definition.def.is_empty() {
            return Solved::default();
        }
        let mut files = BTreeMap::new();
        for op in &definition.def {
            if let Ok(pb::Op { op: Some(pb::op::Op::Source(source)), .. }) = pb::Op::decode(op.as_slice())
                && let Some(content) = self.script.files.get(&source.identifier)
            {
                files.extend(content.clone());
            }
        }
        let mut state = self.state();
        let id = format!("ref-{}", state.refs.len() + 1);
        state.refs.insert(id.clone(), files);
        let definition = self.script.capabilities.gateway.has(cap::REF_OUTPUT).then_some(definition);
        Solved { refs: Refs::Single(Some(Ref { id, definition })), ..Solved::default() }
    }

    fn image(&self, request: &ImageRequest) -> Result<ImageMeta, Status> {
        let own = || self.script.workers.first().and_then(|worker| worker.platforms.first()).cloned();
        let platform = request.platform.clone().or_else(own);
        let images = &self.script.images;
        let of = |platform| images.get(&(request.reference.clone(), platform));
        let found = of(platform.clone()).or_else(|| of(None)).cloned();
        found.ok_or_else(|| match images.keys().any(|(reference, _)| *reference == request.reference) {
            true => {
                let platform = platform.map(|platform| platform.to_string()).unwrap_or_default();
                Status::new(
                    Code::NOT_FOUND,
                    format!("no match for platform in manifest: {platform}: not found"),
                )
            }
            false => Status::user(format!("{}: not found", request.reference)),
        })
    }
}

/// A path from the root, without `.` and empty components: the form in which paths are compared.
pub(super) fn clean(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

fn files_of<'a>(state: &'a State, reference: &Ref) -> Result<&'a BTreeMap<String, Vec<u8>>, Status> {
    state
        .refs
        .get(&reference.id)
        .ok_or_else(|| Status::user(format!("return reference {} not found", reference.id)))
}

fn is_dir(files: &BTreeMap<String, Vec<u8>>, path: &str) -> bool {
    let path = clean(path);
    path.is_empty() || files.keys().any(|file| file.starts_with(&format!("{path}/")))
}

fn entries(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Vec<Stat> {
    let folder = match clean(path) {
        path if path.is_empty() => path,
        path => path + "/",
    };
    let below = files.iter().filter_map(|(file, content)| Some((file.strip_prefix(&folder)?, content)));
    let stats = below.map(|(file, content)| match file.split_once('/') {
        Some((name, _)) => (name.to_owned(), dir_stat(name)),
        None => (file.to_owned(), file_stat(file, content)),
    });
    stats.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn file_stat(name: &str, content: &[u8]) -> Stat {
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    Stat { path: name.to_owned(), mode: 0o644, size, ..Stat::default() }
}

fn dir_stat(name: &str) -> Stat {
    Stat { path: name.to_owned(), mode: GO_DIR | 0o755, ..Stat::default() }
}
