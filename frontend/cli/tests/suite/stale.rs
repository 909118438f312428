//! `varve stale` against a registry in the test: pages, tokens, passwords, and answers that are none.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::folder::Folder;

/// A request: its first line, and the value of `Authorization`.
type Request = (String, String);

/// Starts a server that answers each request with a status line, headers and a body. Returns its address and the requests so far.
fn serve(
    answer: impl Fn(&str, &str, &str) -> (&'static str, String, String) + Send + 'static,
) -> (String, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (seen, host) = (Arc::clone(&requests), address.clone());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let authorization = headers.iter().find_map(|line| line.strip_prefix("Authorization: "));
            let authorization = authorization.unwrap_or_default().to_owned();
            let (status, headers, body) = answer(&host, &first, &authorization);
            seen.lock().unwrap().push((first, authorization));
            let length = body.len();
            write!(
                &stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
            )
            .ok();
        }
    });
    (address, requests)
}

fn family(address: &str) -> String {
    format!(
        "stages: {{app: {{from: scratch, facts: {{v: {{file: /v}}}}}}}}\n\
         targets: {{app: {{tags: [\"{address}/a/app:1\", \"{address}/a/app:v-${{{{ facts.v }}}}\"]}}}}\n"
    )
}

/// Runs the command with these credentials of docker.
fn stale(name: &str, address: &str, config: &str, words: &[&str]) -> (i32, String, String) {
    let folder = Folder::new(
        &format!("stale-{name}"),
        &[("image.yaml", &family(address)), ("docker/config.json", config)],
    );
    folder.varve(&[&["stale", "--docker-config", "docker"][..], words].concat())
}

#[test]
fn all_pages_are_read_with_a_token() {
    let (address, requests) = serve(|host, line, authorization| {
        let none = String::new();
        if line.starts_with("GET /token?") {
            return ("200 OK", none, "{\"token\": \"t\"}".to_owned());
        }
        if authorization != "Bearer t" {
            let challenge =
                format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"s\"\r\n");
            return ("401 Unauthorized", challenge, none);
        }
        match line.contains("last=") {
            false => (
                "200 OK",
                "Link: </v2/a/app/tags/list?last=b&n=2>; rel=\"next\"\r\n".to_owned(),
                format!("{{\"tags\": [\"1\", \"old\", \"v-3\", \"sha256-{}.sig\"]}}", "a".repeat(64)),
            ),
            true => ("200 OK", none, "{\"tags\": [\"older\"]}".to_owned()),
        }
    });
    let config = format!("{{\"auths\": {{\"{address}\": {{\"auth\": \"dTpw\"}}}}}}");
    let (code, out, err) = stale("token", &address, &config, &["--exit-code"]);
    let expect =
        format!("{address}/a/app: 2 of 5 tags stale\n  {address}/a/app:old\n  {address}/a/app:older\n");
    assert_eq!((code, out, err), (3, expect, String::new()));
    let token = "GET /token?service=s&scope=repository%3Aa%2Fapp%3Apull HTTP/1.1";
    let requests = requests.lock().unwrap().clone();
    assert!(requests.contains(&(token.to_owned(), "Basic dTpw".to_owned())), "{requests:?}");
    let (code, out, _) = stale("keep", &address, &config, &["--exit-code", "--keep", "old*"]);
    assert_eq!((code, out), (0, format!("{address}/a/app: 0 of 5 tags stale\n")));
}

#[test]
fn a_password_is_sent_if_it_is_asked_for() {
    let (address, _) = serve(|_, _, authorization| match authorization {
        "Basic dTpw" => ("200 OK", String::new(), "{\"tags\": null}".to_owned()),
        _ => ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n".to_owned(), String::new()),
    });
    let config =
        format!("{{\"auths\": {{\"http://{address}/v2/\": {{\"username\": \"u\", \"password\": \"p\"}}}}}}");
    let (code, out, err) = stale("password", &address, &config, &[]);
    assert_eq!((code, out), (0, format!("{address}/a/app: 0 of 0 tags stale\n")), "{err}");
    let (code, out, err) = stale("no-password", &address, "{}", &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.contains("the registry does not show ") && err.contains(&format!("docker login {address}")),
        "{err}"
    );
}

#[test]
fn what_is_no_list_of_tags_is_an_error() {
    let check = |name: &str, answer: (&'static str, &'static str, &'static str), expect: &str| {
        let (address, _) = serve(move |_, _, _| (answer.0, answer.1.to_owned(), answer.2.to_owned()));
        let (code, out, err) = stale(name, &address, "{}", &[]);
        assert!(code == 2 && err.contains(expect), "{out}{err}");
    };
    check("text", ("200 OK", "", "hello"), "the list of tags is not JSON");
    check("down", ("503 Service Unavailable", "", ""), "status 503");
    let denied = "{\"errors\": [{\"code\": \"DENIED\", \"message\": \"not\\u001b for you\"}]}";
    check("denied", ("403 Forbidden", "", denied), "status 403: not for you");
    let elsewhere = "Link: <https://evil.test/v2/>; rel=\"next\"\r\n";
    check("elsewhere", ("200 OK", elsewhere, "{\"tags\": []}"), "the next page is on another host");
    let endless = "Link: </v2/a/app/tags/list?n=1>; rel=\"next\"\r\n";
    check("endless", ("200 OK", endless, "{\"tags\": []}"), "the next page is this one");
    let open = "WWW-Authenticate: Bearer realm=\"http://evil.test/token\"\r\n";
    check("open", ("401 Unauthorized", open, ""), "varve sends no password to http://evil.test/token");
}

#[test]
fn a_repository_and_a_registry_that_are_not_there() {
    let (address, _) = serve(|_, _, _| ("404 Not Found", String::new(), String::new()));
    let (code, out, _) = stale("gone", &address, "{}", &["--exit-code"]);
    assert_eq!((code, out), (0, format!("{address}/a/app: not in the registry\n")));
    let (code, _, err) = stale("offline", "127.0.0.1:1", "{}", &[]);
    assert!(code == 2 && err.contains("cannot reach the registry of 127.0.0.1:1/a/app: curl: (7)"), "{err}");
}
