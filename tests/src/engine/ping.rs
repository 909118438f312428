//! Checks through its socket whether a daemon runs, without a client.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Whether a daemon answers at this socket.
pub fn answers(socket: &Path) -> bool {
    ask(socket).is_ok_and(|answer| answer.starts_with("HTTP/1.") && answer.trim_end().ends_with("OK"))
}

fn ask(socket: &Path) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
