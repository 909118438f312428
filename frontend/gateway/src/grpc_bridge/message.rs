//! Converts requests and answers to and from protobuf messages.

use buildkit_proto::moby::buildkit::v1::frontend as pb;

use super::solve_request::SolveRequest;
use crate::platform;
use crate::{
    ByteRange, CacheImport, Capabilities, CapabilitySet, GitMeta, HttpMeta, ImageMeta, Pong, Solve,
    SolveInput, Source, SourceMeta, SourceRequest, Warning, Worker,
};

pub(super) fn pong(response: pb::PongResponse) -> Pong {
    let defaults = Capabilities::frozen_defaults();
    let or_default = |listed: CapabilitySet, default| if listed.is_empty() { default } else { listed };
    Pong {
        capabilities: Capabilities {
            gateway: or_default(response.frontend_api_caps.into_iter().collect(), defaults.gateway),
            llb: or_default(response.llb_caps.into_iter().collect(), defaults.llb),
        },
        workers: response.workers.into_iter().map(Worker::from).collect(),
    }
}

/// Converts a solve request. `evaluate` is set only for daemons that support it. A request for another frontend has the caches among
/// its options.
pub(super) fn of_solve(request: Solve, evaluate: bool) -> SolveRequest {
    let caches = request.cache_imports;
    let mut message = pb::SolveRequest {
        allow_result_return: true,
        // With it, the daemon returns the definition of each ref. That of a definition would be the one that was sent.
        allow_result_array_ref: matches!(request.input, SolveInput::Frontend { .. }),
        evaluate,
        ..Default::default()
    };
    let mut definition = None;
    match request.input {
        SolveInput::Definition(bytes) => {
            definition = Some(bytes);
            message.cache_imports = caches.into_iter().map(of_cache_import).collect();
        }
        SolveInput::Frontend { name, opts, inputs } => {
            message.frontend = name;
            message.frontend_opt = opts.into_iter().collect();
            message.frontend_inputs = inputs.into_iter().collect();
            if !caches.is_empty() {
                // Maps of strings always serialise.
                let json = serde_json::to_string(&caches).unwrap_or_default();
                message.frontend_opt.entry("cache-imports".to_owned()).or_insert(json);
            }
        }
    }
    SolveRequest { definition, rest: message }
}

pub(super) fn of_range(range: ByteRange) -> pb::FileRange {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    pb::FileRange { offset: signed(range.offset), length: signed(range.length) }
}

pub(super) fn of_source_request(request: SourceRequest) -> pb::ResolveSourceMetaRequest {
    let is_git = request.source.identifier.starts_with("git://");
    pb::ResolveSourceMetaRequest {
        // Only the object of the commit contains its time.
        git: is_git.then_some(pb::ResolveSourceGitRequest { return_object: true }),
        source: Some(request.source.into()),
        platform: request.platform.as_ref().map(platform::message),
        log_name: request.log_name,
        resolve_mode: request.resolve_mode.as_str().to_owned(),
        ..Default::default()
    }
}

/// Converts the metadata of a source.
pub(super) fn source_meta(response: pb::ResolveSourceMetaResponse, asked: Source) -> SourceMeta {
    let source = response.source.map_or(asked, Source::from);
    let image = |image: pb::ResolveSourceImageResponse| ImageMeta {
        reference: source.identifier.split_once("://").map_or("", |(_, reference)| reference).to_owned(),
        digest: non_empty(image.digest),
        config: image.config,
    };
    let git = |git: pb::ResolveSourceGitResponse| GitMeta {
        checksum: git.checksum,
        reference: git.r#ref,
        commit_checksum: git.commit_checksum,
        committed: committed(&git.commit_object),
    };
    let http = |http: pb::ResolveSourceHttpResponse| HttpMeta {
        checksum: http.checksum,
        filename: http.filename,
        last_modified: http.last_modified.map(|time| time.seconds),
    };
    SourceMeta {
        image: response.image.map(image),
        git: response.git.map(git),
        http: response.http.map(http),
        source,
    }
}

/// Parses the time of a commit from its git object: `committer NAME <MAIL> SECONDS ZONE`.
fn committed(object: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(object);
    let head = text.lines().take_while(|line| !line.is_empty());
    let line = head.filter_map(|line| line.strip_prefix("committer ")).next()?;
    line.rsplit_once('>')?.1.split_whitespace().next()?.parse().ok()
}

/// Converts a request for an image to the message of daemons before BuildKit 0.13. `None` if the source is not an image.
pub(super) fn of_image_request(request: &SourceRequest) -> Option<pb::ResolveImageConfigRequest> {
    let (scheme, reference) = request.source.identifier.split_once("://")?;
    let attr = |key: &str| request.source.attrs.get(key).cloned().unwrap_or_default();
    let (resolver_type, session_id, store_id) = match scheme {
        "docker-image" => (0, String::new(), String::new()),
        "oci-layout" => (1, attr("oci.session"), attr("oci.store")),
        _ => return None,
    };
    Some(pb::ResolveImageConfigRequest {
        r#ref: reference.to_owned(),
        platform: request.platform.as_ref().map(platform::message),
        resolve_mode: request.resolve_mode.as_str().to_owned(),
        log_name: request.log_name.clone(),
        resolver_type,
        session_id,
        store_id,
        source_policies: Vec::new(),
    })
}

/// Converts the answer of daemons before BuildKit 0.13. Before BuildKit 0.12 it has no reference, because nothing could replace it.
pub(super) fn image_config(response: pb::ResolveImageConfigResponse, asked: Source) -> SourceMeta {
    let (scheme, reference) = asked.identifier.split_once("://").unwrap_or(("", &asked.identifier));
    let reference = non_empty(response.r#ref).unwrap_or_else(|| reference.to_owned());
    let source = Source { identifier: format!("{scheme}://{reference}"), attrs: asked.attrs };
    let image = ImageMeta { reference, digest: non_empty(response.digest), config: response.config };
    SourceMeta { source, image: Some(image), ..SourceMeta::default() }
}

/// Converts a warning, with level 1. Clients do not show other levels by default.
pub(super) fn of_warning(warning: Warning) -> pb::WarnRequest {
    pb::WarnRequest {
        digest: warning.vertex,
        level: 1,
        short: warning.short.into_bytes(),
        detail: warning.detail.into_iter().map(String::into_bytes).collect(),
        url: warning.url,
        info: warning.file.map(Into::into),
        ranges: warning.ranges.into_iter().map(Into::into).collect(),
    }
}

fn of_cache_import(import: CacheImport) -> pb::CacheOptionsEntry {
    pb::CacheOptionsEntry { r#type: import.kind, attrs: import.attrs.into_iter().collect() }
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
