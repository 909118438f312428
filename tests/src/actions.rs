//! A cache service with the interface of GitHub Actions, version 2: a few calls in JSON, and blobs with the interface of Azure's blob
//! storage. It supports the calls of BuildKit, for blobs below one megabyte, which are uploaded in one request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use crate::http::{Answer, Request, serve};

/// The path of the service's calls.
const CALLS: &str = "/twirp/github.actions.results.api.v1.CacheService/";
/// The path of the blobs, followed by the number of an entry.
const BLOBS: &str = "/blobs/";
/// A token without a signature, since nothing verifies it: `{"alg":"none","typ":"JWT"}`, and
/// `{"ac":"[{\"Scope\":\"refs/heads/main\",\"Permission\":3}]","nbf":0,"exp":4000000000}`.
const TOKEN: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhYyI6Ilt7XCJTY29wZVwiOlwicmVmcy9oZWFkcy9tYWluXCIsXCJQZXJtaXNzaW9uXCI6M31dIiwibmJmIjowLCJleHAiOjQwMDAwMDAwMDB9.";

/// A service that runs as long as the process and keeps everything in memory.
#[derive(Debug)]
pub struct ActionsCache {
    address: String,
    entries: Arc<Mutex<Vec<Entry>>>,
}

/// The content of a key. Entries are in the order in which their keys were reserved.
#[derive(Debug)]
struct Entry {
    key: String,
    blob: Vec<u8>,
    /// Whether the upload is complete.
    whole: bool,
}

impl ActionsCache {
    /// Starts an empty service.
    pub fn start() -> Result<ActionsCache> {
        let entries = Arc::default();
        let own = Arc::clone(&entries);
        let address = serve(move |request| {
            let host = request.headers.get("host").map(String::as_str).unwrap_or_default();
            answer(request, &format!("http://{host}{BLOBS}"), lock(&own))
        })?;
        Ok(ActionsCache { address, entries })
    }

    /// The value of `--cache-to` and `--cache-from` for this service.
    pub fn option(&self) -> String {
        format!("type=gha,version=2,url_v2={}/,token={TOKEN}", self.address)
    }

    /// The keys of all complete entries, sorted.
    pub fn keys(&self) -> Vec<String> {
        let entries = lock(&self.entries);
        let mut keys: Vec<_> = entries.iter().filter(|one| one.whole).map(|one| one.key.clone()).collect();
        keys.sort_unstable();
        keys
    }
}

fn lock(entries: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(request: &Request, blobs: &str, mut entries: MutexGuard<'_, Vec<Entry>>) -> Answer {
    if let Some(call) = request.path.strip_prefix(CALLS) {
        if request.headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return failure("401 Unauthorized", "unauthenticated");
        }
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        return called(call, &asked, blobs, &mut entries);
    }
    let number = request.path.strip_prefix(BLOBS).and_then(|number| number.parse::<usize>().ok());
    let Some(entry) = number.and_then(|number| entries.get_mut(number)) else {
        return failure("404 Not Found", "not_found");
    };
    match request.method.as_str() {
        "PUT" => {
            entry.blob.clone_from(&request.body);
            Answer::new("201 Created", "").header("x-ms-request-id", "1")
        }
        _ => {
            let range = request.headers.get("x-ms-range").or(request.headers.get("range"));
            let from = range.and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse().ok());
            Answer::new("206 Partial Content", entry.blob.get(from.unwrap_or(0)..).unwrap_or_default())
        }
    }
}

fn called(call: &str, asked: &Value, blobs: &str, entries: &mut Vec<Entry>) -> Answer {
    let key = asked["key"].as_str().unwrap_or_default();
    match call {
        "CreateCacheEntry" if entries.iter().any(|entry| entry.key == key) => {
            failure("409 Conflict", "already_exists")
        }
        "CreateCacheEntry" => {
            entries.push(Entry { key: key.to_owned(), blob: Vec::new(), whole: false });
            success(json!({"ok": true, "signed_upload_url": format!("{blobs}{}", entries.len() - 1)}))
        }
        "FinalizeCacheEntryUpload" => {
            let size = |entry: &Entry| asked["size_bytes"].as_u64() == Some(entry.blob.len() as u64);
            let found = entries.iter_mut().find(|entry| entry.key == key && size(entry));
            let ok = found.map(|entry| entry.whole = true).is_some();
            success(json!({"ok": ok, "entry_id": "1"}))
        }
        // The newest entry whose key starts with the given one.
        "GetCacheEntryDownloadURL" => {
            let found = entries.iter().rposition(|entry| entry.whole && entry.key.starts_with(key));
            success(match found {
                Some(at) => json!({
                    "ok": true,
                    "signed_download_url": format!("{blobs}{at}"),
                    "matched_key": entries[at].key,
                }),
                None => json!({"ok": false}),
            })
        }
        _ => failure("404 Not Found", "bad_route"),
    }
}

fn success(body: Value) -> Answer {
    Answer::new("200 OK", body.to_string()).header("Content-Type", "application/json")
}

fn failure(status: &'static str, code: &str) -> Answer {
    let body = json!({"code": code, "msg": code}).to_string();
    Answer::new(status, body).header("Content-Type", "application/json")
}
