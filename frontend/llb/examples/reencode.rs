//! Lets a real BuildKit decode our operations and encode them again. The golden tests compare with the result.
//!
//! Run it with `cargo run -p buildkit-llb --example reencode -- /run/docker.sock`. BuildKit 0.18 or later encodes every operation
//! again, as its own client does, before it computes the digest. The program sends the operations of `tests/suite/operations.rs`
//! with their fields in another order, and writes the digests that BuildKit reports to `tests/golden/reencoded.json`. It does not
//! matter whether the operations succeed.

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

/// Solves a definition and returns the digests that the daemon reports.
async fn solve(
    mut client: ControlClient<Channel>,
    reference: String,
    mut definition: Definition,
) -> Outcome<BTreeSet<String>> {
    // Without the declared capabilities, an older daemon encodes operations that it would otherwise refuse.
    definition.metadata.clear();
    definition.def = reordered(&definition.def)?;
    let mut watch = client.clone();
    let request =
        SolveRequest { r#ref: reference.clone(), definition: Some(definition), ..SolveRequest::default() };
    let solving = tokio::spawn(async move { client.solve(request).await.map(drop) });
    let mut status = watch.status(StatusRequest { r#ref: reference }).await?.into_inner();
    let mut shown = BTreeSet::new();
    while let Some(update) = status.message().await? {
        shown.extend(update.vertexes.into_iter().map(|vertex| vertex.digest));
    }
    // Most of the operations fail.
    let _ = solving.await?;
    Ok(shown)
}

/// Reorders the fields of operations, so that digests agree only if the daemon encodes the operations again.
fn reordered(operations: &[Vec<u8>]) -> Outcome<Vec<Vec<u8>>> {
    let mut digests = BTreeMap::new();
    let mut reordered = Vec::new();
    for bytes in operations {
        let mut op = pb::Op::decode(bytes.as_slice())?;
        for input in &mut op.inputs {
            input.digest.clone_from(&digests[&input.digest]);
        }
        let other = op.encode_to_vec();
        digests.insert(Digest::of(bytes).to_string(), Digest::of(&other).to_string());
        reordered.push(other);
    }
    Ok(reordered)
}

/// Connects to the BuildKit of a Docker daemon.
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
