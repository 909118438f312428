//! The daemon: a server that answers from a script and records every request.

use std::sync::{Arc, Mutex};

use buildkit_gateway::{Capabilities, CapabilityState, GrpcBridge, Ref};
use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::moby::buildkit::v1::frontend as pb;
use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::{LlbBridge, LlbBridgeServer};
use prost::Message;
use tokio::io::DuplexStream;
use tonic::codegen::tokio_stream::{self, StreamExt as _};
use tonic::{Request, Response, Status};

/// A digest of an image.
pub(super) const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// The script of the daemon. A method without an answer fails.
#[derive(Clone, Default)]
pub(crate) struct Daemon {
    pub(crate) pong: pb::PongResponse,
    pub(crate) solve: Answer<pb::SolveRequest, pb::SolveResponse>,
    pub(crate) read_file: Answer<pb::ReadFileRequest, pb::ReadFileResponse>,
    pub(crate) read_dir: Answer<pb::ReadDirRequest, pb::ReadDirResponse>,
    pub(crate) stat_file: Answer<pb::StatFileRequest, pb::StatFileResponse>,
    pub(crate) resolve_image_config: Answer<pb::ResolveImageConfigRequest, pb::ResolveImageConfigResponse>,
    pub(crate) resolve_source_meta: Answer<pb::ResolveSourceMetaRequest, pb::ResolveSourceMetaResponse>,
    pub(crate) inputs: Answer<pb::InputsRequest, pb::InputsResponse>,
    /// Every request in order: the method and the bytes of the request.
    pub(crate) log: Arc<Mutex<Log>>,
    /// The largest result that the daemon accepts. The default is the limit of the protocol.
    pub(crate) refuses_above: Option<usize>,
    /// A barrier for calls of `read_file`: none is answered before all have arrived.
    pub(crate) meeting: Option<Arc<tokio::sync::Barrier>>,
    /// If set, calls of `read_file` are never answered. It is notified when one arrives.
    pub(crate) stuck: Option<Arc<tokio::sync::Notify>>,
}

type Log = Vec<(&'static str, Vec<u8>)>;

/// How to answer the requests of one method.
pub(crate) struct Answer<Q, A>(Option<Arc<Answering<Q, A>>>);

type Answering<Q, A> = dyn Fn(Q) -> Result<A, Status> + Send + Sync;

impl<Q, A> Answer<Q, A> {
    pub(crate) fn with(answer: impl Fn(Q) -> Result<A, Status> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(answer)))
    }
}

impl<Q, A> Clone for Answer<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q, A> Default for Answer<Q, A> {
    fn default() -> Self {
        Self(None)
    }
}

impl Daemon {
    /// A daemon with these capabilities.
    pub(crate) fn with_capabilities(capabilities: Capabilities) -> Self {
        let list = |set: &buildkit_gateway::CapabilitySet| {
            set.iter()
                .map(|(id, state)| ApiCap {
                    id: id.to_owned(),
                    enabled: *state == CapabilityState::Enabled,
                    disabled_reason_msg: match state {
                        CapabilityState::Enabled => String::new(),
                        CapabilityState::Disabled { reason } => reason.clone(),
                    },
                    ..Default::default()
                })
                .collect()
        };
        let pong = pb::PongResponse {
            frontend_api_caps: list(&capabilities.gateway),
            llb_caps: list(&capabilities.llb),
            workers: Vec::new(),
        };
        Self { pong, ..Self::default() }
    }

    pub(crate) fn newest() -> Self {
        Self::with_capabilities(Capabilities::newest())
    }

    /// Serves one connection in the background, and connects to it.
    pub(crate) async fn connect(&self) -> GrpcBridge {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        self.serve(theirs);
        GrpcBridge::over(ours).await.unwrap()
    }

    /// Serves one connection in the background.
    pub(crate) fn serve(&self, stream: DuplexStream) -> tokio::task::JoinHandle<()> {
        let service = LlbBridgeServer::new(self.clone())
            .max_decoding_message_size(16 << 20)
            .max_encoding_message_size(64 << 20);
        let incoming = tokio_stream::once(Ok::<_, std::io::Error>(stream)).chain(tokio_stream::pending());
        tokio::spawn(async move {
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        })
    }

    /// The methods that were called, in order.
    pub(crate) fn methods(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().iter().map(|(method, _)| *method).collect()
    }

    /// The last request of a method.
    pub(crate) fn last<Q: Message + Default>(&self, method: &str) -> Q {
        let log = self.log.lock().unwrap();
        let (_, request) = log.iter().rev().find(|(name, _)| *name == method).unwrap();
        Q::decode(request.as_slice()).unwrap()
    }

    fn note(&self, method: &'static str, request: &impl Message) {
        self.log.lock().unwrap().push((method, request.encode_to_vec()));
    }

    fn answer<Q: Message, A>(
        &self,
        method: &'static str,
        request: Request<Q>,
        answer: &Answer<Q, A>,
    ) -> Result<Response<A>, Status> {
        let request = request.into_inner();
        self.note(method, &request);
        match &answer.0 {
            Some(answer) => answer(request).map(Response::new),
            None => Err(Status::unimplemented(format!("the script has no answer to {method}"))),
        }
    }
}

/// A response of a solve with one ref.
pub(crate) fn one_ref(id: &str) -> pb::SolveResponse {
    with_result(pb::result::Result::Ref(pb::Ref { id: id.to_owned(), def: None }))
}

pub(crate) fn with_result(result: pb::result::Result) -> pb::SolveResponse {
    pb::SolveResponse {
        r#ref: String::new(),
        result: Some(pb::Result { result: Some(result), ..Default::default() }),
    }
}

/// A ref of the daemon.
pub(crate) fn some_ref() -> Ref {
    Ref { id: "r".to_owned(), definition: None }
}

/// Creates a map with string keys, of any type.
pub(crate) fn map<V, M: FromIterator<(String, V)>>(
    entries: impl IntoIterator<Item = (&'static str, V)>,
) -> M {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[tonic::async_trait]
impl LlbBridge for Daemon {
    async fn ping(&self, request: Request<pb::PingRequest>) -> Result<Response<pb::PongResponse>, Status> {
        self.note("ping", request.get_ref());
        Ok(Response::new(self.pong.clone()))
    }

    async fn solve(&self, request: Request<pb::SolveRequest>) -> Result<Response<pb::SolveResponse>, Status> {
        self.answer("solve", request, &self.solve)
    }

    async fn read_file(
        &self,
        request: Request<pb::ReadFileRequest>,
    ) -> Result<Response<pb::ReadFileResponse>, Status> {
        if let Some(meeting) = &self.meeting {
            meeting.wait().await;
        }
        if let Some(stuck) = &self.stuck {
            stuck.notify_one();
            std::future::pending::<()>().await;
        }
        self.answer("read_file", request, &self.read_file)
    }

    async fn read_dir(
        &self,
        request: Request<pb::ReadDirRequest>,
    ) -> Result<Response<pb::ReadDirResponse>, Status> {
        self.answer("read_dir", request, &self.read_dir)
    }

    async fn stat_file(
        &self,
        request: Request<pb::StatFileRequest>,
    ) -> Result<Response<pb::StatFileResponse>, Status> {
        self.answer("stat_file", request, &self.stat_file)
    }

    async fn evaluate(
        &self,
        request: Request<pb::EvaluateRequest>,
    ) -> Result<Response<pb::EvaluateResponse>, Status> {
        self.note("evaluate", request.get_ref());
        Ok(Response::new(pb::EvaluateResponse {}))
    }

    async fn r#return(
        &self,
        request: Request<pb::ReturnRequest>,
    ) -> Result<Response<pb::ReturnResponse>, Status> {
        let size = request.get_ref().encoded_len();
        if self.refuses_above.is_some_and(|limit| size > limit) {
            return Err(Status::resource_exhausted("grpc: received message larger than max"));
        }
        let again = self.methods().contains(&"return");
        self.note("return", request.get_ref());
        if again {
            return Err(Status::unknown("gateway result is already set"));
        }
        Ok(Response::new(pb::ReturnResponse {}))
    }

    async fn inputs(
        &self,
        request: Request<pb::InputsRequest>,
    ) -> Result<Response<pb::InputsResponse>, Status> {
        self.answer("inputs", request, &self.inputs)
    }

    async fn warn(&self, request: Request<pb::WarnRequest>) -> Result<Response<pb::WarnResponse>, Status> {
        self.note("warn", request.get_ref());
        Ok(Response::new(pb::WarnResponse {}))
    }

    async fn resolve_image_config(
        &self,
        request: Request<pb::ResolveImageConfigRequest>,
    ) -> Result<Response<pb::ResolveImageConfigResponse>, Status> {
        self.answer("resolve_image_config", request, &self.resolve_image_config)
    }

    async fn resolve_source_meta(
        &self,
        request: Request<pb::ResolveSourceMetaRequest>,
    ) -> Result<Response<pb::ResolveSourceMetaResponse>, Status> {
        self.answer("resolve_source_meta", request, &self.resolve_source_meta)
    }

    async fn new_container(
        &self,
        _: Request<pb::NewContainerRequest>,
    ) -> Result<Response<pb::NewContainerResponse>, Status> {
        Err(Status::unimplemented("containers"))
    }

    async fn release_container(
        &self,
        _: Request<pb::ReleaseContainerRequest>,
    ) -> Result<Response<pb::ReleaseContainerResponse>, Status> {
        Err(Status::unimplemented("containers"))
    }

    type ExecProcessStream = tokio_stream::Empty<Result<pb::ExecMessage, Status>>;

    async fn exec_process(
        &self,
        _: Request<tonic::Streaming<pb::ExecMessage>>,
    ) -> Result<Response<Self::ExecProcessStream>, Status> {
        Err(Status::unimplemented("containers"))
    }

    async fn read_file_container(
        &self,
        _: Request<pb::ReadFileRequest>,
    ) -> Result<Response<pb::ReadFileResponse>, Status> {
        Err(Status::unimplemented("containers"))
    }

    async fn read_dir_container(
        &self,
        _: Request<pb::ReadDirRequest>,
    ) -> Result<Response<pb::ReadDirResponse>, Status> {
        Err(Status::unimplemented("containers"))
    }

    async fn stat_file_container(
        &self,
        _: Request<pb::StatFileRequest>,
    ) -> Result<Response<pb::StatFileResponse>, Status> {
        Err(Status::unimplemented("containers"))
    }
}
