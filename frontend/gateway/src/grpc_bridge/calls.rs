//! The calls of the bridge over gRPC, with the fallbacks for older daemons.

use std::collections::BTreeMap;

use buildkit_proto::moby::buildkit::v1::frontend as pb;
use prost::Message;
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

use super::inputs::Inputs;
use super::solve_request::SolveRequest;
use super::{GrpcBridge, MAX_SIZE, error, message, result};
use crate::capability::gateway as cap;
use crate::{
    Bridge, ByteRange, CapabilitySet, Evaluate, GrpcCode, ImageRequest, Outcome, Pong, Ref, ResolvedImage,
    Solve, Solved, SourceMeta, SourceRequest, Stat, Status, Warning,
};

impl Bridge for GrpcBridge {
    async fn ping(&self) -> Result<Pong, Status> {
        self.pong().await.cloned()
    }

    async fn solve(&self, mut request: Solve) -> Result<Solved, Status> {
        let capabilities = &self.pong().await?.capabilities;
        capabilities.check_input(&request.input)?;
        if !capabilities.gateway.has(cap::IMPORT_CACHES) {
            request.cache_imports.clear();
        }
        let eager = request.evaluate == Evaluate::Eager;
        let evaluate = eager && capabilities.gateway.has(cap::SOLVE_EVALUATE);
        let message = message::of_solve(request, evaluate);
        error::check_size("the graph", &message)?;
        let solved = result::solved(self.send_solve(message).await.map_err(error::of_call)?);
        if eager && !evaluate {
            for reference in solved.refs.iter() {
                self.stat_file(reference, ".").await?;
            }
        }
        Ok(solved)
    }

    async fn read_file(&self, from: &Ref, path: &str, range: Option<ByteRange>) -> Result<Vec<u8>, Status> {
        let message = pb::ReadFileRequest {
            r#ref: from.id.clone(),
            file_path: path.to_owned(),
            range: range.map(message::of_range),
            mount_index: 0,
        };
        let response = self.client.clone().read_file(message).await.map_err(error::of_call)?;
        Ok(response.into_inner().data)
    }

    async fn read_dir(&self, from: &Ref, path: &str, include: Option<&str>) -> Result<Vec<Stat>, Status> {
        self.gateway().await?.require(cap::READ_DIR)?;
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
        self.gateway().await?.require(cap::STAT_FILE)?;
        let message = pb::StatFileRequest { r#ref: from.id.clone(), path: path.to_owned(), mount_index: 0 };
        let response = self.client.clone().stat_file(message).await.map_err(error::of_call)?;
        Ok(response.into_inner().stat.unwrap_or_default().into())
    }

    async fn evaluate(&self, of: &Ref) -> Result<(), Status> {
        if !self.gateway().await?.has(cap::EVALUATE) {
            return self.stat_file(of, ".").await.map(drop);
        }
        let message = pb::EvaluateRequest { r#ref: of.id.clone() };
        self.client.clone().evaluate(message).await.map(drop).map_err(error::of_call)
    }

    async fn resolve_image(&self, request: ImageRequest) -> Result<ResolvedImage, Status> {
        let meta = self.resolve_source(request.into()).await?;
        Ok(match meta.image {
            Some(image) => ResolvedImage::Image(image),
            None => ResolvedImage::Replaced(meta.source),
        })
    }

    async fn resolve_source(&self, request: SourceRequest) -> Result<SourceMeta, Status> {
        let asked = request.source.clone();
        if self.gateway().await?.has(cap::META_RESOLVER) {
            let message = message::of_source_request(request);
            let response = self.client.clone().resolve_source_meta(message).await.map_err(error::of_call)?;
            return Ok(message::source_meta(response.into_inner(), asked));
        }
        let Some(message) = message::of_image_request(&request) else {
            return Ok(SourceMeta { source: asked, ..SourceMeta::default() });
        };
        let response = self.client.clone().resolve_image_config(message).await.map_err(error::of_call)?;
        Ok(message::image_config(response.into_inner(), asked))
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Vec<u8>>, Status> {
        if !self.gateway().await?.has(cap::INPUTS) {
            return Ok(BTreeMap::new());
        }
        let response: Inputs = self
            .call(
                PathAndQuery::from_static("/moby.buildkit.v1.frontend.LLBBridge/Inputs"),
                pb::InputsRequest {},
            )
            .await
            .map_err(error::of_call)?;
        Ok(response.definitions)
    }

    async fn warn(&self, warning: Warning) -> Result<(), Status> {
        if !self.gateway().await?.has(cap::WARNINGS) {
            return Ok(());
        }
        let message = message::of_warning(warning);
        self.client.clone().warn(message).await.map(drop).map_err(error::of_call)
    }

    async fn finish(&self, outcome: Result<Outcome, Status>) -> Result<(), Status> {
        let status = match outcome {
            Ok(outcome) => {
                self.pong().await?.capabilities.check_outcome(&outcome)?;
                let result = Some(result::of_outcome(outcome));
                return self.send_return(pb::ReturnRequest { result, error: None }).await;
            }
            // The ping is skipped: an error must reach the daemon even if no other call works.
            Err(status) => status,
        };
        let bare = Status::new(status.code, status.message.clone());
        let error = |status: Status| pb::ReturnRequest { result: None, error: Some(status.into()) };
        match self.send_return(error(status)).await {
            // The excerpts are too large for this daemon, so the error is sent without them.
            Err(refused) if refused.code == GrpcCode::RESOURCE_EXHAUSTED => {
                self.send_return(error(bare)).await
            }
            sent => sent,
        }
    }
}

impl GrpcBridge {
    /// Returns the daemon's answer to a ping. The first call sends the ping.
    async fn pong(&self) -> Result<&Pong, Status> {
        let ask = || async {
            let response = self.client.clone().ping(pb::PingRequest {}).await.map_err(error::of_call)?;
            Ok(message::pong(response.into_inner()))
        };
        self.pong.get_or_try_init(ask).await
    }

    /// Sends a solve request whose definition is already encoded. The generated client has no such method.
    async fn send_solve(&self, message: SolveRequest) -> Result<pb::SolveResponse, tonic::Status> {
        self.call(PathAndQuery::from_static("/moby.buildkit.v1.frontend.LLBBridge/Solve"), message).await
    }

    /// Calls a method with message types that are not generated.
    async fn call<Q, A>(&self, path: PathAndQuery, message: Q) -> Result<A, tonic::Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel.clone())
            .max_decoding_message_size(MAX_SIZE)
            .max_encoding_message_size(MAX_SIZE);
        grpc.ready().await.map_err(|error| tonic::Status::from_error(error.into()))?;
        let response = grpc.unary(Request::new(message), path, ProstCodec::default()).await?;
        Ok(response.into_inner())
    }

    async fn send_return(&self, message: pb::ReturnRequest) -> Result<(), Status> {
        error::check_size("the result", &message)?;
        self.client.clone().r#return(message).await.map(drop).map_err(error::of_call)
    }

    async fn gateway(&self) -> Result<&CapabilitySet, Status> {
        Ok(&self.pong().await?.capabilities.gateway)
    }
}
