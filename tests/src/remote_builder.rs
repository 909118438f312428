//! A builder of the driver `remote` for an engine's BuildKit. buildx treats it as any BuildKit that is not a part of Docker.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result};

use crate::command::{output_of, stdout_of};
use crate::engine::Engine;
use crate::stamp::stamp;

/// The socket of a Docker that no variable names.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The request after which the connection is that of BuildKit (`/grpc` of the Docker API).
const UPGRADE: &[u8] = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

/// A builder that exists until this value is dropped.
#[derive(Debug)]
pub struct RemoteBuilder<'e> {
    /// The name, for `--builder`.
    pub name: String,
    engine: &'e Engine,
}

impl<'e> RemoteBuilder<'e> {
    /// Creates a builder.
    pub fn new(engine: &'e Engine) -> Result<RemoteBuilder<'e>> {
        let host = engine.variables.iter().find(|(name, _)| name == "DOCKER_HOST");
        let host = host.map_or(format!("unix://{DEFAULT_SOCKET}"), |(_, host)| host.clone());
        let socket = host.strip_prefix("unix://").with_context(|| format!("{host} is no socket"))?;
        let socket = PathBuf::from(socket);
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("tcp://{}", listener.local_addr()?);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let daemon = UnixStream::connect(&socket);
                // A client may close the connection early.
                thread::spawn(move || daemon.and_then(|daemon| connect(client, daemon)).ok());
            }
        });
        let name = stamp();
        stdout_of(
            engine.docker().args(["buildx", "create", "--name", &name, "--driver", "remote", &address]),
        )?;
        Ok(RemoteBuilder { name, engine })
    }
}

impl Drop for RemoteBuilder<'_> {
    fn drop(&mut self) {
        output_of(self.engine.docker().args(["buildx", "rm", &self.name])).ok();
    }
}

/// Passes bytes in both directions until one side closes.
fn connect(client: TcpStream, mut daemon: UnixStream) -> io::Result<()> {
    daemon.write_all(UPGRADE)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        daemon.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (mut from_client, mut to_daemon) = (client.try_clone()?, daemon.try_clone()?);
    thread::spawn(move || {
        io::copy(&mut from_client, &mut to_daemon).ok();
        to_daemon.shutdown(Shutdown::Both).ok();
    });
    io::copy(&mut daemon, &mut &client).ok();
    client.shutdown(Shutdown::Both)
}
