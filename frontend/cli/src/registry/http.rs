//! HTTP through the program `curl`, which has the certificates and the proxies of the machine.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Refusal;

/// The longest answer that is read, in bytes.
const MOST: usize = 16 << 20;

/// The answer of a server.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers. Their names are in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The values of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Some(Self { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
    }
}

/// A request: the address, and what must not be seen in the list of processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    /// The value of the header `Authorization`.
    pub(crate) authorization: Option<&'a str>,
    /// The body of a POST, with its fields. Without it, the request is a GET.
    pub(crate) form: &'a [(&'a str, &'a str)],
}

/// Sends a request. Redirections are not followed.
///
/// # Errors
/// The server cannot be reached, or there is no curl; with the words for it.
pub(crate) fn send(request: Request<'_>) -> Result<Answer, (Refusal, String)> {
    let mut curl = Command::new("curl");
    // `--disable` comes first, so that the settings of the user change nothing of the output.
    curl.args([
        "--disable",
        "--silent",
        "--show-error",
        "--globoff",
        "--include",
        "--suppress-connect-headers",
    ]);
    curl.args(["--connect-timeout", "20", "--max-time", "120", "--proto", "=http,https"]);
    curl.args(["--config", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let no_curl = |error: std::io::Error| {
        (Refusal::Other, format!("cannot run `curl`: {error}: varve asks registries with it"))
    };
    let mut child = curl.spawn().map_err(no_curl)?;
    if let Some(mut stdin) = child.stdin.take() {
        // If curl ends early, its exit code says so.
        stdin.write_all(settings(request).as_bytes()).ok();
    }
    let output = child.wait_with_output().map_err(no_curl)?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !output.status.success() {
        return Err((Refusal::Unreachable, words));
    }
    if output.stdout.len() > MOST {
        return Err((Refusal::Other, format!("the answer has more than {} MiB", MOST >> 20)));
    }
    Answer::parse(&output.stdout).ok_or((Refusal::Other, "the answer is not HTTP".to_owned()))
}

/// The request as a file of settings of curl.
fn settings(request: Request<'_>) -> String {
    let quoted = |text: &str| {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let mut lines = vec![format!("url = {}", quoted(request.url))];
    if let Some(value) = request.authorization {
        lines.push(format!("header = {}", quoted(&format!("Authorization: {value}"))));
    }
    let fields = request
        .form
        .iter()
        .map(|(name, value)| format!("data-urlencode = {}", quoted(&format!("{name}={value}"))));
    lines.extend(fields);
    lines.join("\n") + "\n"
}

/// Encodes a value for the query of an address.
pub(crate) fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_breaks_out_of_its_setting() {
        let request =
            Request { url: "http://a/\"b\\", authorization: Some("x\ny = z"), form: &[("a", "b c")] };
        assert_eq!(
            settings(request),
            "url = \"http://a/\\\"b\\\\\"\nheader = \"Authorization: xy = z\"\ndata-urlencode = \"a=b c\"\n"
        );
        assert_eq!(percent("repository:a/b:pull ä"), "repository%3Aa%2Fb%3Apull%20%C3%A4");
    }
}
