//! A small HTTP server for tests: one request and one response per connection.
//!
//! It listens on the loopback address only, where an engine on this machine reaches it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};

/// A request.
#[derive(Debug, Default)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The headers. Their names are in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, of the length in the headers.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
}

impl Answer {
    /// A response with a status, such as `200 OK`, and a body.
    pub fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, headers: String::new(), body: body.into() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }
}

/// Starts a server that runs as long as the process. Returns its address, `http://127.0.0.1:PORT`.
pub fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on the loopback address")?;
    let address = format!("http://{}", listener.local_addr()?);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client may close the connection early.
            thread::spawn(move || converse(&stream, &*answer).ok());
        }
    });
    Ok(address)
}

fn converse(mut stream: &TcpStream, answer: &dyn Fn(&Request) -> Answer) -> Result<()> {
    let request = read(stream)?;
    let Answer { status, headers, body } = answer(&request);
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n")?;
    if request.method != "HEAD" {
        stream.write_all(&body)?;
    }
    Ok(())
}

/// Reads a whole request. Closing a connection with unread data would be an error for the client.
fn read(stream: &TcpStream) -> Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || -> Result<String> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().context("no request")?,
        ..Request::default()
    };
    while let Some((name, value)) = line()?.split_once(':') {
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.headers.get("content-length").map_or(Ok(0), |length| length.parse())?;
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(request)
}
