//! The bridge's calls as remote calls, with their substitutes for older daemons.

use std::collections::BTreeMap;

use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::pb::Definition;

use super::{Wire, error, result};
use crate::capability::gateway as cap;
use crate::{
    Bridge, ByteRange, Capabilities, CapabilitySet, GitMeta, HttpMeta, ImageMeta, ImageRequest, ImageStore,
    Outcome, Pong, Ref, ResolvedImage, Solve, Solved, Source, SourceMeta, SourceRequest, Stat, Status,
    Warning, When, Work, Worker,
};

impl Bridge for Wire {
    async fn ping(&self) -> Result<Pong, Status> {
        self.pong().await.cloned()
    }

    async fn solve(&self, request: Solve) -> Result<Solved, Status> {
        let capabilities = &self.pong().await?.capabilities;
        if let Work::Definition(definition) = &request.work {
            capabilities.check_definition(definition)?;
        }
        let by_solve = capabilities.gateway.has(cap::SOLVE_EVALUATE);
        let (now, caches) = (request.when == When::Now, capabilities.gateway.has(cap::IMPORT_CACHES));
        let message = solve_message(request, now && by_solve, caches);
        let response = self.client.clone().solve(message).await.map_err(error::of_call)?;
        let solved = result::solved(response.into_inner());
        if now && !by_solve {
            for reference in solved.refs.iter() {
                self.stat_file(reference, ".").await?;
            }
        }
        Ok(solved)
    }

    async fn read_file(&self, from: &Ref, path: &str, range: Option<ByteRange>) -> Result<Vec<u8>, Status> {
        let range =
            range.map(|range| pb::FileRange { offset: signed(range.offset), length: signed(range.length) });
        let message =
            pb::ReadFileRequest { r#ref: from.id.clone(), file_path: path.to_owned(), range, mount_index: 0 };
        let response = self.client.clone().read_file(message).await.map_err(error::of_call)?;
        Ok(response.into_inner().data)
    }

    async fn read_dir(&self, from: &Ref, path: &str, include: Option<&str>) -> Result<Vec<Stat>, Status> {
        self.pong().await?.capabilities.gateway.require(cap::READ_DIR)?;
        let message = pb::ReadDirRequest {
            r#ref: from.id.clone(),
            dir_path: path.to_owned(),
            include_pattern: include.unwrap_or_default().to_owned(),
            mount_index: 0,
        };
        let response = self.client.clone().read_dir(message).await.map_err(error::of_call)?;
        Ok(response.into_inner().entries.into_iter().map(Stat::from).collect())
    }

    async fn stat_file(&self, from: &Ref, path: &str) -> Result<Stat, Status> {
        self.pong().await?.capabilities.gateway.require(cap::STAT_FILE)?;
        let message = pb::StatFileRequest { r#ref: from.id.clone(), path: path.to_owned(), mount_index: 0 };
        let response = self.client.clone().stat_file(message).await.map_err(error::of_call)?;
        Ok(response.into_inner().stat.unwrap_or_default().into())
    }

    async fn evaluate(&self, of: &Ref) -> Result<(), Status> {
        if !self.pong().await?.capabilities.gateway.has(cap::EVALUATE) {
            return self.stat_file(of, ".").await.map(drop);
        }
        let message = pb::EvaluateRequest { r#ref: of.id.clone() };
        self.client.clone().evaluate(message).await.map(drop).map_err(error::of_call)
    }

    async fn resolve_image(&self, request: ImageRequest) -> Result<ResolvedImage, Status> {
        if !self.pong().await?.capabilities.gateway.has(cap::META_RESOLVER) {
            return self.resolve_image_config(request).await.map(ResolvedImage::Image);
        }
        let meta = self.resolve_source(request.into()).await?;
        Ok(match meta.image {
            Some(image) => ResolvedImage::Image(image),
            None => ResolvedImage::Replaced(meta.source),
        })
    }

    async fn resolve_source(&self, request: SourceRequest) -> Result<SourceMeta, Status> {
        if !self.pong().await?.capabilities.gateway.has(cap::META_RESOLVER) {
            return Ok(SourceMeta { source: request.source, ..SourceMeta::default() });
        }
        let asked = request.source.clone();
        let message = pb::ResolveSourceMetaRequest {
            source: Some(request.source.into()),
            platform: request.platform.as_ref().map(Into::into),
            log_name: request.log_name,
            resolve_mode: request.resolve_mode.as_str().to_owned(),
            ..Default::default()
        };
        let response = self.client.clone().resolve_source_meta(message).await.map_err(error::of_call)?;
        Ok(source_meta(response.into_inner(), asked))
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Definition>, Status> {
        if !self.pong().await?.capabilities.gateway.has(cap::INPUTS) {
            return Ok(BTreeMap::new());
        }
        let response = self.client.clone().inputs(pb::InputsRequest {}).await.map_err(error::of_call)?;
        Ok(response.into_inner().definitions.into_iter().collect())
    }

    async fn warn(&self, warning: Warning) -> Result<(), Status> {
        if !self.pong().await?.capabilities.gateway.has(cap::WARNINGS) {
            return Ok(());
        }
        let message = pb::WarnRequest {
            digest: warning.vertex,
            level: 1,
            short: warning.short.into_bytes(),
            detail: warning.detail.into_iter().map(String::into_bytes).collect(),
            url: warning.url,
            info: warning.file.map(Into::into),
            ranges: warning.ranges.into_iter().map(Into::into).collect(),
        };
        self.client.clone().warn(message).await.map(drop).map_err(error::of_call)
    }

    async fn finish(&self, outcome: Result<Outcome, Status>) -> Result<(), Status> {
        let message = match outcome {
            Ok(outcome) => {
                self.pong().await?.capabilities.check_outcome(&outcome)?;
                pb::ReturnRequest { result: Some(result::of_outcome(outcome)), error: None }
            }
            Err(status) => pb::ReturnRequest { result: None, error: Some(status.into()) },
        };
        self.client.clone().r#return(message).await.map(drop).map_err(error::of_call)
    }
}

impl Wire {
    /// The daemon's answer to a ping, asked for if it has not been.
    async fn pong(&self) -> Result<&Pong, Status> {
        let ask = || async {
            let response = self.client.clone().ping(pb::PingRequest {}).await.map_err(error::of_call)?;
            Ok(pong(response.into_inner()))
        };
        self.pong.get_or_try_init(ask).await
    }

    /// The call for images before BuildKit 0.13. Its answer lacks the reference before 0.12.
    async fn resolve_image_config(&self, request: ImageRequest) -> Result<ImageMeta, Status> {
        let (resolver_type, session_id, store_id) = match request.store {
            ImageStore::Registry => (0, String::new(), String::new()),
            ImageStore::OciLayout { session_id, store_id } => (1, session_id, store_id),
        };
        let message = pb::ResolveImageConfigRequest {
            r#ref: request.reference.clone(),
            platform: request.platform.as_ref().map(Into::into),
            resolve_mode: request.resolve_mode.as_str().to_owned(),
            log_name: request.log_name,
            resolver_type,
            session_id,
            store_id,
            source_policies: Vec::new(),
        };
        let found =
            self.client.clone().resolve_image_config(message).await.map_err(error::of_call)?.into_inner();
        let reference = if found.r#ref.is_empty() { request.reference } else { found.r#ref };
        Ok(ImageMeta { reference, digest: non_empty(found.digest), config: found.config })
    }
}

/// The question about an image as one about a source (`resolveImageConfigViaSourceMetadata`).
impl From<ImageRequest> for SourceRequest {
    fn from(request: ImageRequest) -> Self {
        let source = match request.store {
            ImageStore::Registry => Source::new(format!("docker-image://{}", request.reference)),
            ImageStore::OciLayout { session_id, store_id } => Source {
                identifier: format!("oci-layout://{}", request.reference),
                attrs: [("oci.session".to_owned(), session_id), ("oci.store".to_owned(), store_id)].into(),
            },
        };
        Self {
            source,
            platform: request.platform,
            resolve_mode: request.resolve_mode,
            log_name: request.log_name,
        }
    }
}

fn solve_message(request: Solve, evaluate: bool, caches: bool) -> pb::SolveRequest {
    let mut message = pb::SolveRequest {
        allow_result_return: true,
        allow_result_array_ref: true,
        evaluate,
        ..Default::default()
    };
    if caches {
        let entry = |import: crate::CacheImport| pb::CacheOptionsEntry {
            r#type: import.kind,
            attrs: import.attrs.into_iter().collect(),
        };
        message.cache_imports = request.cache_imports.into_iter().map(entry).collect();
    }
    match request.work {
        Work::Definition(definition) => message.definition = Some(definition),
        Work::Frontend { name, opts, inputs } => {
            message.frontend = name;
            message.frontend_opt = opts.into_iter().collect();
            message.frontend_inputs = inputs.into_iter().collect();
        }
    }
    message
}

fn pong(response: pb::PongResponse) -> Pong {
    let defaults = Capabilities::frozen_defaults();
    let or_default = |listed: CapabilitySet, default| if listed.is_empty() { default } else { listed };
    Pong {
        capabilities: Capabilities {
            gateway: or_default(response.frontend_api_caps.into_iter().collect(), defaults.gateway),
            llb: or_default(response.llb_caps.into_iter().collect(), defaults.llb),
        },
        workers: response.workers.into_iter().map(Worker::from).collect(),
    }
}

fn source_meta(response: pb::ResolveSourceMetaResponse, asked: Source) -> SourceMeta {
    let source = response.source.map_or(asked, Source::from);
    let reference = source.identifier.split_once("://").map_or("", |(_, reference)| reference).to_owned();
    SourceMeta {
        image: response.image.map(|image| ImageMeta {
            reference,
            digest: non_empty(image.digest),
            config: image.config,
        }),
        git: response.git.map(|git| GitMeta {
            checksum: git.checksum,
            reference: git.r#ref,
            commit_checksum: git.commit_checksum,
        }),
        http: response.http.map(|http| HttpMeta {
            checksum: http.checksum,
            filename: http.filename,
            last_modified: http.last_modified.map(|time| time.seconds),
        }),
        source,
    }
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn signed(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
