//! Settings from the command line for every step, read once from the options of the build.

use std::collections::BTreeMap;

use buildkit_gateway::{NoCache, Options, ResolveMode, Status, parse_bool};
use buildkit_llb::{ExtraHost, Network, Proxy, Ulimit};
use varve_spec::plan::Stage;
use varve_spec::{Diagnostic, Directive, Family, Plan, Severity, is_proxy_arg, is_reserved_arg, map_of};

use super::epoch::Epoch;

/// Settings for every step. The defaults are those of `docker buildx build` without options.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether the daemon prefers its own image with a name to that of the registry.
    pub resolve_mode: ResolveMode,
    /// The stages whose steps run even if their results are cached.
    pub no_cache: NoCache,
    /// The network of steps that do not set one.
    pub network: Network,
    /// Entries for `/etc/hosts`.
    pub hosts: Vec<ExtraHost>,
    /// The size of `/dev/shm` in bytes.
    pub shm_size: Option<u64>,
    /// Resource limits.
    pub ulimits: Vec<Ulimit>,
    /// The parent control group. Empty means the daemon's default.
    pub cgroup_parent: String,
    /// The host name. Empty means the daemon's default.
    pub hostname: String,
    /// Proxies. They are not part of any cache key.
    pub proxy: Option<Proxy>,
    /// The prefix for the ids of cache mounts.
    pub cache_namespace: String,
    /// Labels that override those of the build file.
    pub labels: BTreeMap<String, String>,
    /// The time of images and of the files that steps create.
    pub epoch: Option<Epoch>,
}

/// The build argument that makes unknown build arguments errors.
const STRICT: &str = "VARVE_STRICT_ARGS";

/// Returns the build arguments for the family: all that are not predefined, and predefined ones that the family declares as an arg,
/// like `ARG` in a Dockerfile. Aliases are replaced by the names that they stand for.
///
/// # Errors
/// Returns the names that have another value than their alias. If `VARVE_STRICT_ARGS` is set, also the names that the family does not
/// know.
pub fn family_args(
    options: &Options,
    family: Option<&Family>,
) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let args = options.build_args.iter().filter(|(name, _)| is_own(name, family));
    let args = map_of(args.map(|(name, value)| (name.clone(), value.clone())));
    let Some(family) = family else { return Ok(args) };
    let args = family.canonical_args(&args)?;
    let strict = options.build_args.get(STRICT);
    match strict.map(|text| parse_bool(text).ok_or(text)) {
        None | Some(Ok(false)) => return Ok(args),
        Some(Ok(true)) => {}
        Some(Err(text)) => return Err(vec![family.wrong_setting(STRICT, text, "`1` or `0`")]),
    }
    let mut unknown = family.unknown_args(&args);
    for found in &mut unknown {
        found.severity = Severity::Error;
        found.label = Some(format!("this is an error because {STRICT} is set"));
    }
    if unknown.is_empty() { Ok(args) } else { Err(unknown) }
}

/// Whether a build argument is for the family: it is not predefined, or the family declares it.
fn is_own(name: &str, family: Option<&Family>) -> bool {
    !is_reserved_arg(name) || family.is_some_and(|family| family.args.iter().any(|arg| arg.name == name))
}

/// Returns the predefined build arguments that every build of the family gets too, such as `VARVE_FROZEN`. Those that set a proxy
/// belong to the machine, and can have a password, so they are left out.
pub fn passed_args(options: &Options, family: Option<&Family>) -> BTreeMap<String, String> {
    let args = options.build_args.iter().filter(|(name, _)| !is_own(name, family) && !is_proxy_arg(name));
    map_of(args.map(|(name, value)| (name.clone(), value.clone())))
}

/// Reads which diagnostics of the lint the client silences, from the build argument that Docker's own checks read.
pub(crate) fn directive(options: &Options) -> Directive {
    let text = options.build_args.get("BUILDKIT_DOCKERFILE_CHECK");
    text.map(|text| Directive::parse(text)).unwrap_or_default()
}

impl Settings {
    /// Whether the steps of a stage run even if their results are cached. `--no-cache` requests this for all stages.
    /// `--no-cache-filter` requests it for a stage, or for the target whose result the stage is.
    pub(crate) fn is_no_cache(&self, plan: &Plan, stage: &Stage) -> bool {
        let result = plan.stages.last().is_some_and(|last| last.name == stage.name);
        self.no_cache.contains(&stage.declared) || result && self.no_cache.contains(&plan.target)
    }

    /// Reads the settings from the options.
    ///
    /// # Errors
    /// Returns an error if `SOURCE_DATE_EPOCH` is not a time.
    pub fn read(options: &Options) -> Result<Self, Status> {
        let arg = |name: &str| {
            let lower = options.build_args.get(name);
            lower.or_else(|| options.build_args.get(&name.to_ascii_uppercase())).cloned().unwrap_or_default()
        };
        let proxy = Proxy {
            http: arg("http_proxy"),
            https: arg("https_proxy"),
            ftp: arg("ftp_proxy"),
            no: arg("no_proxy"),
            all: arg("all_proxy"),
        };
        Ok(Self {
            resolve_mode: options.resolve_mode,
            no_cache: options.no_cache.clone(),
            network: match options.network {
                buildkit_gateway::Network::Sandbox => Network::Sandbox,
                buildkit_gateway::Network::Host => Network::Host,
                buildkit_gateway::Network::None => Network::None,
            },
            hosts: options
                .add_hosts
                .iter()
                .map(|host| ExtraHost { host: host.host.clone(), ip: host.ip })
                .collect(),
            shm_size: options.shm_size.and_then(|size| u64::try_from(size).ok()),
            ulimits: options
                .ulimits
                .iter()
                .map(|limit| Ulimit { name: limit.name.clone(), soft: limit.soft, hard: limit.hard })
                .collect(),
            cgroup_parent: options.cgroup_parent.clone().unwrap_or_default(),
            hostname: options.hostname.clone().unwrap_or_default(),
            proxy: (proxy != Proxy::default()).then_some(proxy),
            cache_namespace: options.build_args.get("BUILDKIT_CACHE_MOUNT_NS").cloned().unwrap_or_default(),
            labels: options.labels.clone(),
            epoch: Epoch::read(options)?,
        })
    }
}
