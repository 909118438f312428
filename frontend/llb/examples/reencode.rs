//! Has a real BuildKit decode and encode our operations, for the golden tests to compare with.
//!
//! `cargo run -p buildkit-llb --example reencode -- /run/docker.sock`, with BuildKit 0.18 or later, which writes every
//! operation anew in the way of its own client before it takes the digest. It is given the operations of
//! `tests/suite/operations.rs` in other bytes, and the digests that it shows are written to `tests/golden/reencoded.json`; whether
//! an operation succeeds makes no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};

use buildkit_llb::{Definition, Digest};
use buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use buildkit_proto::moby::buildkit::v1::{SolveRequest, StatusRequest};
use buildkit_proto::pb;
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};

#[path = "../tests/suite/operations.rs"]
mod operations;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let socket = PathBuf::from(std::env::args().nth(1).ok_or("which socket?")?);
    let client = ControlClient::new(connect(socket).await?);
    let mut recorded = BTreeMap::new();
    for (number, (name, graph, output)) in operations::operations().into_iter().enumerate() {
        let reference = format!("reencode-{}-{number}", std::process::id());
        let shown = solve(client.clone(), reference, graph.definition(Some(output), &[])).await?;
        recorded.insert(name, shown);
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reencoded.json");
    std::fs::write(golden, format!("{:#}\n", serde_json::to_value(recorded)?))?;
    Ok(())
}

/// The digests that the daemon shows.
async fn solve(
    mut client: ControlClient<Channel>,
    reference: String,
    mut definition: Definition,
) -> Outcome<BTreeSet<String>> {
    // An older daemon would refuse what it knows nothing of; it still encodes it.
    definition.metadata.clear();
    definition.def = disarranged(&definition.def)?;
    let mut watch = client.clone();
    let request =
        SolveRequest { r#ref: reference.clone(), definition: Some(definition), ..SolveRequest::default() };
    let solving = tokio::spawn(async move { client.solve(request).await.map(drop) });
    let mut status = watch.status(StatusRequest { r#ref: reference }).await?.into_inner();
    let mut shown = BTreeSet::new();
    while let Some(update) = status.message().await? {
        shown.extend(update.vertexes.into_iter().map(|vertex| vertex.digest));
    }
    // Most of the operations are bound to fail.
    let _ = solving.await?;
    Ok(shown)
}

/// The same operations with their fields in another order, so that digests can agree only when the daemon encodes anew.
fn disarranged(operations: &[Vec<u8>]) -> Outcome<Vec<Vec<u8>>> {
    let mut digests = BTreeMap::new();
    let mut disarranged = Vec::new();
    for bytes in operations {
        let mut op = pb::Op::decode(bytes.as_slice())?;
        for input in &mut op.inputs {
            input.digest.clone_from(&digests[&input.digest]);
        }
        let other = op.encode_to_vec();
        digests.insert(Digest::of(bytes).to_string(), Digest::of(&other).to_string());
        disarranged.push(other);
    }
    Ok(disarranged)
}

/// A connection to the BuildKit inside a Docker daemon.
async fn connect(socket: PathBuf) -> Outcome<Channel> {
    const REQUEST: &str =
        "POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(REQUEST.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(String::from_utf8_lossy(&head).into());
    }
    let mut stream = Some(stream);
    let connector = tower::service_fn(move |_| {
        let stream = stream.take().map(TokioIo::new);
        async { stream.ok_or(std::io::Error::from(std::io::ErrorKind::NotConnected)) }
    });
    Ok(Endpoint::from_static("http://docker").connect_with_connector(connector).await?)
}
