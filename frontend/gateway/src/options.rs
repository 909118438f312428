//! The options of a build, parsed from the texts that clients send.

mod caches;
mod contexts;
mod csv;
mod hosts;
mod network;
mod no_cache;
mod platforms;
mod resources;
mod sbom;
mod ulimits;

use std::collections::BTreeMap;

use buildkit_names::map_of;

pub use contexts::{InputMetadata, NamedContext};
pub use hosts::HostIp;
pub use network::Network;
pub use no_cache::NoCache;
pub use resources::Resources;
pub use sbom::Sbom;
pub use ulimits::Ulimit;

use crate::{CacheImport, Platform, ResolveMode, Status};

/// The options that every frontend is expected to honour. Their meaning and their errors are those of BuildKit's Dockerfile frontend
/// (`frontend/dockerui/config.go`, `attr.go`, `context.go`, `namedcontext.go`).
///
/// [`Options::read`] parses them from [`Session::opts`](crate::Session). Unknown options are ignored, because newer clients send
/// more options. Options that only the daemon reads, such as `attest:provenance`, are ignored too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `filename`: the path of the build file, in the local source of build files or in the context.
    pub filename: Option<String>,
    /// `target`: the target to build.
    pub target: Option<String>,
    /// `platform`: the platforms to build for, in this order. The list is empty if the user names none.
    pub platforms: Vec<Platform>,
    /// `multi-platform`: whether the result has a ref for each platform. This is always true for several platforms. For fewer, a
    /// client can request it.
    pub multi_platform: bool,
    /// `build-arg:NAME`: the build arguments, with unchanged values. Names that start with `BUILDKIT_` are reserved.
    pub build_args: BTreeMap<String, String>,
    /// `label:KEY`: labels of the image, which override those of the build file.
    pub labels: BTreeMap<String, String>,
    /// `no-cache`: the stages whose steps run even if their results are cached.
    pub no_cache: NoCache,
    /// `image-resolve-mode`: which image to use if the daemon has one of the same name.
    pub resolve_mode: ResolveMode,
    /// `add-hosts`: entries for the hosts file of every step.
    pub add_hosts: Vec<HostIp>,
    /// `force-network-mode`: the network of every step.
    pub network: Network,
    /// `cgroup-parent`: the parent control group of every step.
    pub cgroup_parent: Option<String>,
    /// `shm-size`: the size of the shared memory of every step, in bytes.
    pub shm_size: Option<i64>,
    /// `ulimit`: the limits of the processes of every step.
    pub ulimits: Vec<Ulimit>,
    /// `hostname`, or the build argument `BUILDKIT_SANDBOX_HOSTNAME`: the host name in every step.
    pub hostname: Option<String>,
    /// `memory`, `cpuquota` and similar options: the resource limits of every step.
    pub resources: Resources,
    /// `cache-imports` and the older `cache-from`: the caches to pass to the main solve request.
    pub cache_imports: Vec<CacheImport>,
    /// `attest:sbom`: how to create the software bill of materials. If the result has no such attestation, the daemon creates it.
    pub sbom: Option<Sbom>,
    /// Whether the result has attestations with every exporter: `attest:sbom`, or `attest:provenance` without `inline-only`
    /// (`frontend/attestations/parse.go`).
    pub keeps_attestations: bool,
    /// `requestid`: the subrequest to answer instead of building.
    pub request: Option<String>,
    /// `frontend.caps`: see [`check_frontend_caps`](crate::check_frontend_caps).
    pub frontend_caps: String,
    /// `cmdline`: the value of the syntax line, which is the image of the frontend and the text after it.
    pub command_line: Option<String>,
    /// `context`, or the option that `contextkey` names: the URL of the main context. Without it the main context is local.
    pub context: Option<String>,
    /// `contextsubdir`: the folder of a remote context to use as context.
    pub context_subdir: Option<String>,
    /// `dockerfilekey`: the name of the local source with the build file. If it is set, the build file comes from this source even
    /// if the main context is remote.
    pub build_file_source: Option<String>,
    /// `context:NAME` or `context:NAME::PLATFORM`: the named contexts, with the names that the client sent. See
    /// [`Self::named_context`].
    pub named_contexts: BTreeMap<String, String>,
    /// `input-metadata:NAME`: the metadata of the named context `input:NAME`.
    pub input_metadata: BTreeMap<String, InputMetadata>,
    /// `local-sessionid:NAME`: the sessions of local sources that do not come from the session of the build.
    pub local_sessions: BTreeMap<String, String>,
    /// `vcs:revision`: the checked-out commit of a local context. The suffix `-dirty` marks uncommitted changes.
    pub vcs_revision: Option<String>,
    /// `vcs:source`: the repository that a local context was cloned from.
    pub vcs_source: Option<String>,
    /// `sharedkey:localdir:NAME`: the shared key of the folder of a named context, for incremental transfers.
    pub shared_keys: BTreeMap<String, String>,
}

/// The error that the value of an option is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidOption(String);

impl Options {
    /// Parses the options of a build.
    ///
    /// # Errors
    /// Returns an error about the first invalid option, in the order in which the Dockerfile frontend checks them.
    pub fn read(opts: &BTreeMap<String, String>) -> Result<Self, InvalidOption> {
        let text = |key: &str| opts.get(key).filter(|value| !value.is_empty()).cloned();
        let value = |key: &str| opts.get(key).map_or("", String::as_str);
        let context_key = text("contextkey").unwrap_or_else(|| "context".to_owned());
        let platforms = platforms::parse(value("platform"))?;
        let resolve_mode = resolve_mode(value("image-resolve-mode"))?;
        let add_hosts = hosts::parse(value("add-hosts"))?;
        let shm_size = shm_size(value("shm-size"))?;
        let ulimits = ulimits::parse(value("ulimit"))?;
        let resources = Resources::read(opts)?;
        let network = Network::parse(value("force-network-mode"))?;
        let multi_platform = platforms::multi(
            text("build-arg:BUILDKIT_MULTI_PLATFORM").or_else(|| text("multi-platform")).as_deref(),
            platforms.len(),
        )?;
        Ok(Self {
            filename: text("filename"),
            target: text("target"),
            platforms,
            multi_platform,
            build_args: with_prefix(opts, "build-arg:"),
            labels: with_prefix(opts, "label:"),
            no_cache: NoCache::parse(opts.get("no-cache").map(String::as_str)),
            resolve_mode,
            add_hosts,
            network,
            cgroup_parent: text("cgroup-parent"),
            shm_size,
            ulimits,
            hostname: text("build-arg:BUILDKIT_SANDBOX_HOSTNAME").or_else(|| text("hostname")),
            resources,
            cache_imports: caches::parse(value("cache-imports"), value("cache-from"))?,
            sbom: Sbom::read(opts)?,
            keeps_attestations: sbom::keeps_attestations(opts),
            request: text("requestid"),
            frontend_caps: value("frontend.caps").to_owned(),
            command_line: text("cmdline"),
            context: text(&context_key),
            context_subdir: text("contextsubdir"),
            build_file_source: text("dockerfilekey"),
            named_contexts: with_prefix(opts, "context:"),
            input_metadata: contexts::input_metadata(with_prefix(opts, "input-metadata:"))?,
            local_sessions: with_prefix(opts, "local-sessionid:"),
            vcs_revision: text("vcs:revision"),
            vcs_source: text("vcs:source"),
            shared_keys: with_prefix(opts, "sharedkey:localdir:"),
        })
    }
}

impl From<InvalidOption> for Status {
    fn from(invalid: InvalidOption) -> Self {
        Self::user(invalid.to_string())
    }
}

/// Parses a boolean as Go's `strconv.ParseBool` does. `None` if the text is not a boolean.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn with_prefix(opts: &BTreeMap<String, String>, prefix: &str) -> BTreeMap<String, String> {
    let rest = |(key, value): (&String, &String)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone()));
    map_of(opts.iter().filter_map(rest))
}

fn resolve_mode(value: &str) -> Result<ResolveMode, InvalidOption> {
    match value {
        "" | "default" => Ok(ResolveMode::Default),
        "pull" => Ok(ResolveMode::Pull),
        "local" => Ok(ResolveMode::Local),
        other => Err(InvalidOption(format!(
            "invalid image-resolve-mode: {other}: expected \"default\", \"pull\" or \"local\""
        ))),
    }
}

fn shm_size(value: &str) -> Result<Option<i64>, InvalidOption> {
    if value.is_empty() {
        return Ok(None);
    }
    match value.parse() {
        Ok(0) => Ok(None),
        Ok(size) => Ok(Some(size)),
        Err(_) => Err(InvalidOption(format!(
            "failed to parse shm size: expected a number of bytes, found {value:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(opts: &[(&str, &str)]) -> Result<Options, InvalidOption> {
        Options::read(&opts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn no_options_give_the_default() {
        assert_eq!(read(&[]), Ok(Options::default()));
        let unknown = [("vcs:other", "x"), ("frontend.new", "y"), ("build-args:A", "z"), ("source", "w")];
        assert_eq!(read(&unknown), Ok(Options::default()));
        // For these options, an empty value is the same as no option.
        let empty =
            [("target", ""), ("platform", ""), ("filename", ""), ("shm-size", "0"), ("multi-platform", "")];
        assert_eq!(read(&empty), Ok(Options::default()));
    }

    #[test]
    fn every_option_is_parsed() {
        let options = read(&[
            ("filename", "f"),
            ("target", "t"),
            ("platform", "linux/arm64"),
            ("multi-platform", "true"),
            ("build-arg:A", "1"),
            ("build-arg:B", ""),
            ("label:l", "2"),
            ("no-cache", "x"),
            ("image-resolve-mode", "pull"),
            ("cgroup-parent", "c"),
            ("shm-size", "1024"),
            ("hostname", "h"),
            ("requestid", "frontend.outline"),
            ("frontend.caps", "a+forward"),
            ("cmdline", "r/f:1 x"),
            ("context", "u"),
            ("contextsubdir", "d"),
            ("dockerfilekey", "k"),
        ])
        .unwrap();
        let text = |text: &str| Some(text.to_owned());
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let mut build_args = map("A", "1");
        build_args.extend(map("B", ""));
        let expected = Options {
            filename: text("f"),
            target: text("t"),
            platforms: vec![Platform::new("linux", "arm64")],
            multi_platform: true,
            build_args,
            labels: map("l", "2"),
            no_cache: NoCache::Stages(vec!["x".to_owned()]),
            resolve_mode: ResolveMode::Pull,
            cgroup_parent: text("c"),
            shm_size: Some(1024),
            hostname: text("h"),
            request: text("frontend.outline"),
            frontend_caps: "a+forward".to_owned(),
            command_line: text("r/f:1 x"),
            context: text("u"),
            context_subdir: text("d"),
            build_file_source: text("k"),
            ..Options::default()
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn an_option_can_name_the_option_with_the_context() {
        let opts = [("context", "a"), ("contextkey", "main"), ("main", "b")];
        assert_eq!(read(&opts).unwrap().context.as_deref(), Some("b"));
        assert_eq!(read(&opts[..2]).unwrap().context, None);
    }

    #[test]
    fn some_build_args_are_options() {
        let options = read(&[
            ("hostname", "a"),
            ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "b"),
            ("multi-platform", "false"),
            ("build-arg:BUILDKIT_MULTI_PLATFORM", "1"),
        ])
        .unwrap();
        assert_eq!((options.hostname.as_deref(), options.multi_platform), (Some("b"), true));
        let options = read(&[("hostname", "a"), ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "")]).unwrap();
        assert_eq!(options.hostname.as_deref(), Some("a"));
    }

    #[test]
    fn malformed_options_are_refused() {
        check("image-resolve-mode", "never", {
            "invalid image-resolve-mode: never: expected \"default\", \"pull\" or \"local\""
        });
        check("shm-size", "64m", "failed to parse shm size: expected a number of bytes, found \"64m\"");
        check("force-network-mode", "x", "invalid netmode x: expected \"sandbox\", \"host\" or \"none\"");
        check("multi-platform", "2", "invalid boolean value for multi-platform: 2");
        check("add-hosts", "x", "failed to parse additional hosts: invalid key-value pair x");
        check("ulimit", "x", "failed to parse ulimit: invalid ulimit argument: x");
        check("memory", "x", "failed to parse resource limits: invalid memory value: x: not a number");
        check("attest:x", "", "unknown attestation type \"x\"");

        fn check(key: &str, value: &str, expect: &str) {
            let status = Status::from(read(&[(key, value)]).unwrap_err());
            assert_eq!(status, Status::user(expect));
        }
    }
}
