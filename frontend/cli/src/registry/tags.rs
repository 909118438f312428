//! The tags of a repository, from the Distribution API (`GET /v2/NAME/tags/list`), which `docker` has no command for.

use serde_json::Value;

use super::credentials::{Credentials, DockerConfig};
use super::http::{Answer, Request, percent, send};
use super::{Refusal, is_loopback, message};
use crate::answer::Failure;

/// How many tags a page has, if the registry agrees.
const PAGE: usize = 1000;

/// The most pages that are read.
const MOST_PAGES: usize = 1000;

/// A reason with its words.
type Refused = (Refusal, String);

/// Lists the tags of a repository. `None` if the registry has no such repository.
///
/// # Errors
/// The registry cannot be reached, wants other credentials, or answers something else.
pub(crate) fn list(config: &DockerConfig, domain: &str, path: &str) -> Result<Option<Vec<String>>, Failure> {
    let found = pages(config, domain, path);
    found.map_err(|(refusal, words)| {
        Failure::File(message(refusal, &format!("{domain}/{path}"), domain, &words))
    })
}

fn pages(config: &DockerConfig, domain: &str, path: &str) -> Result<Option<Vec<String>>, Refused> {
    let host = if domain == "docker.io" { "registry-1.docker.io" } else { domain };
    let scheme = if is_loopback(host) { "http" } else { "https" };
    let origin = format!("{scheme}://{host}");
    let mut url = format!("{origin}/v2/{path}/tags/list?n={PAGE}");
    let (mut tags, mut authorization) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let get = |authorization: Option<&str>| send(Request { url: &url, authorization, form: &[] });
        let mut answer = get(authorization.as_deref())?;
        if answer.status == 401 && authorization.is_none() {
            authorization = Some(authorize(&answer, config.find(domain), (domain, path))?);
            answer = get(authorization.as_deref())?;
        }
        match answer.status {
            200 => {}
            404 => return Ok(None),
            status => return Err(refused(status, &answer)),
        }
        let json: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| (Refusal::Other, format!("the list of tags is not JSON: {error}")))?;
        let list = json.get("tags").and_then(Value::as_array).into_iter().flatten();
        tags.extend(list.filter_map(|tag| Some(tag.as_str()?.to_owned())));
        let page = match answer.headers("link").find_map(next) {
            None => return Ok(Some(tags)),
            // The credentials must not go to another host.
            Some(page) if page.starts_with('/') => format!("{origin}{page}"),
            Some(page) if page.starts_with(&format!("{origin}/")) => page.to_owned(),
            Some(page) => return Err((Refusal::Other, format!("the next page is on another host: {page}"))),
        };
        if page == url {
            return Err((Refusal::Other, "the next page is this one".to_owned()));
        }
        url = page;
    }
    Err((Refusal::Other, format!("the list of tags has more than {MOST_PAGES} pages")))
}

fn refused(status: u16, answer: &Answer) -> Refused {
    let refusal = if matches!(status, 401 | 403) { Refusal::Unauthorised } else { Refusal::Other };
    let body = String::from_utf8_lossy(&answer.body);
    let message = serde_json::from_str::<Value>(&body).ok();
    let message = message.as_ref().and_then(|json| json.pointer("/errors/0/message")?.as_str());
    let message: String = message.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    let colon = if message.is_empty() { "" } else { ": " };
    (refusal, format!("status {status}{colon}{message}"))
}

/// The target of `<...>; rel="next"` (RFC 8288).
fn next(link: &str) -> Option<&str> {
    let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
    parameters
        .contains("rel=\"next\"")
        .then_some(target)
        .or(parameters.contains("rel=next").then_some(target))
}

/// Returns the header `Authorization` that answers a challenge: that of the credentials, or a token from the server that the challenge
/// names (the token authentication of the Distribution project).
fn authorize(
    answer: &Answer,
    credentials: Option<Credentials>,
    (domain, path): (&str, &str),
) -> Result<String, Refused> {
    let unauthorised = |words: &str| (Refusal::Unauthorised, words.to_owned());
    let challenges = || answer.headers("www-authenticate");
    let bearer = challenges().find_map(|value| parameters(value, "bearer"));
    let Some(bearer) = bearer else {
        return match credentials {
            Some(Credentials::Basic(basic))
                if challenges().any(|value| parameters(value, "basic").is_some()) =>
            {
                Ok(basic)
            }
            _ => Err(unauthorised("it wants a user and a password")),
        };
    };
    let of = |name: &str| bearer.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let realm = of("realm").ok_or_else(|| unauthorised("its challenge names no server"))?;
    let server =
        realm.split_once("://").map_or(realm, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let is_safe = realm.starts_with("https://") || (is_loopback(domain) && is_loopback(server));
    if !is_safe {
        return Err(unauthorised(&format!("varve sends no password to {realm}, which is not encrypted")));
    }
    let scope = format!("repository:{path}:pull");
    let scope = of("scope").unwrap_or(&scope);
    let service = of("service").unwrap_or_default();
    let answer = match &credentials {
        Some(Credentials::Token(token)) => send(Request {
            url: realm,
            authorization: None,
            form: &[
                ("grant_type", "refresh_token"),
                ("client_id", "varve"),
                ("service", service),
                ("scope", scope),
                ("refresh_token", token),
            ],
        }),
        basic => {
            let sign = if realm.contains('?') { '&' } else { '?' };
            let url = format!("{realm}{sign}service={}&scope={}", percent(service), percent(scope));
            let authorization = match basic {
                Some(Credentials::Basic(basic)) => Some(basic.as_str()),
                _ => None,
            };
            send(Request { url: &url, authorization, form: &[] })
        }
    }?;
    if answer.status != 200 {
        let (_, words) = refused(answer.status, &answer);
        return Err(unauthorised(&format!("{server}: {words}")));
    }
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = json.get("token").or_else(|| json.get("access_token")).and_then(Value::as_str);
    token
        .map(|token| format!("Bearer {token}"))
        .ok_or_else(|| unauthorised(&format!("{server} gives no token")))
}

/// The parameters of a challenge of this scheme, in lower case (RFC 9110, section 11.6.1).
fn parameters(challenge: &str, scheme: &str) -> Option<Vec<(String, String)>> {
    let (name, mut rest) = challenge.trim().split_once(' ').unwrap_or((challenge.trim(), ""));
    if !name.eq_ignore_ascii_case(scheme) {
        return None;
    }
    let mut parameters = Vec::new();
    while let Some((name, value)) = rest.split_once('=') {
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_once(',').unwrap_or((value, "")),
        };
        parameters.push((name.trim_matches([' ', ',']).to_ascii_lowercase(), value.to_owned()));
        rest = after;
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_and_links_are_read() {
        let bearer =
            "Bearer realm=\"https://a.test/token\",service=\"r.test\",scope=\"repository:a/b:pull,push\"";
        let found = parameters(bearer, "bearer").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let expect =
            [("realm", "https://a.test/token"), ("service", "r.test"), ("scope", "repository:a/b:pull,push")];
        assert_eq!(found, expect);
        assert_eq!(parameters("Basic realm=x", "bearer"), None);
        assert_eq!(parameters("basic", "basic"), Some(Vec::new()));
        assert_eq!(next("</v2/a/tags/list?last=b&n=2>; rel=\"next\""), Some("/v2/a/tags/list?last=b&n=2"));
        assert_eq!(next("</v2/a>; rel=\"prev\""), None);
    }
}
