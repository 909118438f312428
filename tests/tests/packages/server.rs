//! A web server on the loopback that has one file, for the engine fetches keys itself.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// Serves a text under any path, until the process ends; gives its address.
pub(crate) fn serve(text: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let text = text.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &text).ok();
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, text: &str) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let head = lines.next().transpose()?.unwrap_or_default().starts_with("HEAD");
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let length = text.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    if !head {
        stream.write_all(text.as_bytes())?;
    }
    Ok(())
}
