//! What the command line asks of every step, read once from the options of the build.

use std::collections::BTreeMap;

use buildkit_gateway::{NoCache, Options, ResolveMode, Status};
use buildkit_llb::{ExtraHost, Network, Proxy, Ulimit};
use varve_spec::plan::Stage;
use varve_spec::{Family, Plan};

use super::epoch::{self, Epoch};

/// Settings of every step. The defaults are those of `docker buildx build` without options.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Which image to take when the daemon has one of that name.
    pub resolve_mode: ResolveMode,
    /// Stages whose steps run although their results are known.
    pub no_cache: NoCache,
    /// The network of steps that do not say.
    pub network: Network,
    /// Entries for the hosts file.
    pub hosts: Vec<ExtraHost>,
    /// Bytes of shared memory.
    pub shm_size: Option<u64>,
    /// Resource limits.
    pub ulimits: Vec<Ulimit>,
    /// The parent control group; empty for the daemon's choice.
    pub cgroup_parent: String,
    /// The host name; empty for the daemon's choice.
    pub hostname: String,
    /// Proxies, which count in no cache key.
    pub proxy: Option<Proxy>,
    /// What is put before the ids of cache mounts.
    pub cache_namespace: String,
    /// Labels over those of the build file.
    pub labels: BTreeMap<String, String>,
    /// The time that images and the files that steps make tell.
    pub epoch: Option<Epoch>,
}

/// The build arguments that are for the family: all but those with a meaning of their own, and of these the ones that the family
/// asks for by declaring an argument of that name, as `ARG` does in a Dockerfile.
pub(crate) fn family_args(options: &Options, family: Option<&Family>) -> BTreeMap<String, String> {
    let declared = |name: &str| family.is_some_and(|family| family.args.iter().any(|arg| arg.name == name));
    let args = options.build_args.iter().filter(|(name, _)| !is_reserved_arg(name) || declared(name));
    args.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Build arguments that BuildKit's clients and this frontend give a meaning of their own, so that they set no axis and, unless
/// one asks for them, no argument (`frontend/dockerui/config.go`; `docker buildx build --help`).
fn is_reserved_arg(name: &str) -> bool {
    let proxy = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];
    name.starts_with("BUILDKIT_")
        || name.starts_with("VARVE_")
        || name == epoch::ARGUMENT
        || proxy.contains(&name.to_ascii_lowercase().as_str())
}

impl Settings {
    /// Whether the steps of a stage run although their results are known: it was named, or the target whose result it is.
    pub(crate) fn is_no_cache(&self, plan: &Plan, stage: &Stage) -> bool {
        let result = plan.stages.last().is_some_and(|last| last.name == stage.name);
        self.no_cache.contains(&stage.name) || result && self.no_cache.contains(&plan.target)
    }

    /// Reads the options.
    ///
    /// # Errors
    /// A time that is none.
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
