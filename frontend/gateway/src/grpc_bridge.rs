//! The bridge to a real daemon: gRPC over the process's standard input and output.

mod calls;
mod error;
mod inputs;
mod message;
mod result;
mod solve_request;
mod stdio;

use std::io;
use std::sync::Mutex;

use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_client::LlbBridgeClient;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tonic::transport::{Channel, Endpoint};

use crate::{Pong, Status};

/// The bridge to the daemon that started this process.
///
/// The frontend is the client, although it was started by the server: the daemon listens on the other ends of the
/// process's standard input and output. Nothing may be printed there. A connection that breaks makes every call
/// fail; it is not made again, for the daemon ends the build when it is gone.
#[derive(Debug)]
pub struct GrpcBridge {
    client: LlbBridgeClient<Channel>,
    channel: Channel,
    pong: OnceCell<Pong>,
}

impl GrpcBridge {
    /// Connects over standard input and output. Must be called inside a tokio runtime with I/O.
    ///
    /// If they are pipes, as the daemon makes them, they are set to non-blocking and used directly. Anything else,
    /// such as a terminal or a file, goes through tokio's reading thread, which keeps the runtime from shutting
    /// down: leave with [`std::process::exit`].
    pub async fn stdio() -> Result<Self, Status> {
        Self::over(stdio::open()?).await
    }

    /// Connects over any stream of bytes whose other end serves the bridge. Must be called inside a tokio runtime.
    pub async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Status> {
        // Tonic would connect again when the stream breaks; there is only this one.
        let stream = Mutex::new(Some(stream));
        let connect = move |_| {
            let stream = stream.lock().ok().and_then(|mut stream| stream.take());
            std::future::ready(
                stream.map(TokioIo::new).ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)),
            )
        };
        let channel = Endpoint::from_static("http://localhost")
            .http2_max_header_list_size(MAX_SIZE_U32)
            .connect_with_connector(tower::service_fn(connect))
            .await
            .map_err(error::of_transport)?;
        let client = LlbBridgeClient::new(channel.clone())
            .max_decoding_message_size(MAX_SIZE)
            .max_encoding_message_size(MAX_SIZE);
        Ok(Self { client, channel, pong: OnceCell::new() })
    }
}

/// The largest message, and the largest trailers, in which errors travel with the files they point into. The daemon
/// takes messages of this size since BuildKit 0.14 (`defaults.DefaultMaxRecvMsgSize` of containerd); hyper's own
/// limit on trailers is 16 KiB, beyond which an error loses its details or breaks the connection.
const MAX_SIZE: usize = 16 << 20;
const MAX_SIZE_U32: u32 = 16 << 20;
