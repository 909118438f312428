//! The bridge to a real daemon, over gRPC.

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

/// The bridge to the daemon that started this process, over gRPC.
///
/// The daemon serves the bridge on the other ends of the standard input and output of the process, so the frontend is the client of the
/// program that started it. The frontend must not print to standard output. If the connection breaks, every call fails. The bridge
/// does not connect again, because the daemon ends the build when the connection breaks.
#[derive(Debug)]
pub struct GrpcBridge {
    client: LlbBridgeClient<Channel>,
    channel: Channel,
    pong: OnceCell<Pong>,
}

impl GrpcBridge {
    /// Connects over standard input and output. It must be called inside a tokio runtime with I/O.
    ///
    /// The daemon creates pipes, which are set to non-blocking and used directly. Other files, such as a terminal, are read by a thread
    /// of tokio. This thread prevents the runtime from shutting down, so end the program with [`std::process::exit`].
    ///
    /// # Errors
    /// Returns an error if standard input or output is closed, or if the connection fails.
    pub async fn stdio() -> Result<Self, Status> {
        Self::over(stdio::open()?).await
    }

    /// Connects over a stream of bytes whose other end serves the bridge. It must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Returns an error if the connection fails.
    pub async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Status> {
        // Tonic connects again when the stream breaks, but there is only one stream.
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

/// The largest size of a message and of trailers. Trailers contain errors with their source files.
///
/// The daemon accepts messages of this size since BuildKit 0.14 (`defaults.DefaultMaxRecvMsgSize` of containerd). Hyper's default limit
/// of trailers is 16 KiB; beyond it an error loses its details or breaks the connection.
const MAX_SIZE: usize = 16 << 20;
const MAX_SIZE_U32: u32 = 16 << 20;
