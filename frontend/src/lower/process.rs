//! Lowers steps that run a process.

use std::borrow::Cow;

use buildkit_llb::{
    Access, Argv, Bind, Cache, Device, Exec, ExtraHost, File, Metadata, MkDir, MkFile, Mount, Network, Owner,
    Secret, SecretEnv, Security, Sharing, Ssh, Ulimit, Vertex,
};
use varve_spec::plan::{self, CacheSeed, MountKind, Process, SHELL, Script, Step};
use varve_spec::{Code, Diagnostic};

use super::{Lowerer, StageInfo, State};
use crate::image_config::config::join_path;
use crate::util::paths::clean_path;

const SHARED_MEMORY: &str = "/dev/shm";

impl Lowerer<'_, '_> {
    /// Adds the operation of a step that runs a process.
    pub(super) fn process(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        process: &Process,
        state: &State,
    ) -> Vertex {
        let exec = self.exec_of_process(info, step, process, state);
        self.graph.add(exec)
    }

    /// Creates the operation of a step that runs a process, without adding it to the graph.
    pub(super) fn exec_of_process(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        process: &Process,
        state: &State,
    ) -> Exec {
        let readable = process.as_run(state.config.shell.as_deref(), step.span);
        let process = readable.unwrap_or_else(|error| {
            self.diagnostics.push(*error);
            Cow::Borrowed(process)
        });
        self.exec_of(info, step, &process, argv(&process, state), state)
    }

    /// Creates the operation of a step that runs a process with these words, without adding it to the graph.
    pub(super) fn exec_of(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        process: &Process,
        argv: Argv,
        state: &State,
    ) -> Exec {
        if state.root.is_none() && matches!(process.script, Script::Run { .. }) {
            let error = Diagnostic::error(
                Code::BadValue,
                step.span,
                "a script needs a shell, but the stage starts from `scratch`",
            );
            self.diagnostics.push(
                error
                    .label("the stage has no shell")
                    .help("start from an image, or copy a program and use `exec`"),
            );
        }
        let settings = self.inputs.settings;
        let config = &state.config;
        let env = self.process_env(step, &process.env, &config.env);
        let cwd = match &process.workdir {
            Some(path) => join_path(&config.workdir, path),
            None => config.workdir.clone(),
        };
        let hosts = process.hosts.iter().map(|(host, ip)| ExtraHost { host: host.clone(), ip: *ip });
        let limits = process.ulimits.iter().map(|(name, soft, hard)| Ulimit {
            name: name.clone(),
            soft: *soft,
            hard: *hard,
        });
        let mut exec = Exec {
            env,
            cwd,
            user: process.user.clone().unwrap_or_else(|| config.user.clone()),
            hostname: settings.hostname.clone(),
            network: match process.network {
                Some(plan::Network::None) => Network::None,
                Some(plan::Network::Host) => Network::Host,
                None => settings.network,
            },
            security: if process.insecure { Security::Insecure } else { Security::Sandbox },
            proxy: settings.proxy.clone(),
            extra_hosts: settings.hosts.iter().cloned().chain(hosts).collect(),
            ulimits: settings.ulimits.iter().cloned().chain(limits).collect(),
            cgroup_parent: settings.cgroup_parent.clone(),
            devices: process
                .devices
                .iter()
                .map(|device| Device { name: device.name.clone(), optional: !device.required })
                .collect(),
            ..Exec::new(info.platform.clone(), state.root, argv)
        };
        self.check_together(step.span, &exec);
        for mount in &process.mounts {
            self.mount(info, mount, &mut exec);
        }
        // A mount of the step at this path takes precedence.
        if let Some(size) = settings.shm_size
            && !exec.mounts.iter().any(|mount| clean_path(&mount.dest) == SHARED_MEMORY)
        {
            exec.mounts.push(Mount::tmpfs(SHARED_MEMORY, size));
        }
        exec
    }

    /// Mounts a text as a file. Everyone can read it, whatever the user of the process is.
    pub(super) fn text(&mut self, info: &StageInfo<'_>, path: &str, text: &str, mode: u32) -> Mount {
        let file = MkFile { mode, ..MkFile::new("/script", text.as_bytes()) };
        let vertex = self.graph.add(File::new(None, file));
        let name = path.rsplit('/').next().unwrap_or_default();
        let label = format!("[{}] script of {name}", self.prefix(info.stage));
        self.graph.describe(vertex, Metadata::named(label));
        let source = self.graph.root(vertex);
        let bind =
            Bind { source, selector: "/script".to_owned(), access: Access::ReadOnly, ..Bind::default() };
        Mount::bind(path, bind)
    }

    fn mount(&mut self, info: &StageInfo<'_>, mount: &plan::Mount, exec: &mut Exec) {
        match &mount.kind {
            MountKind::Cache { path, id, sharing, seed, writable } => {
                let id = id.clone().unwrap_or_else(|| clean_path(path));
                // The id is the one that a Dockerfile would use, so that both share the cache (`dispatchRunMounts` in
                // `convert_runmount.go`).
                let id = format!("{}/{id}", self.inputs.settings.cache_namespace);
                let mut cache = Cache {
                    id,
                    sharing: match sharing {
                        plan::Sharing::Shared => Sharing::Shared,
                        plan::Sharing::Private => Sharing::Private,
                        plan::Sharing::Locked => Sharing::Locked,
                    },
                    read_only: !writable,
                    ..Cache::default()
                };
                match seed {
                    CacheSeed::Empty { owner: None, mode: None } => {}
                    // The cache starts as a copy of an empty folder with this owner and mode.
                    CacheSeed::Empty { owner, mode } => {
                        let owner = owner.map(|(user, group)| Owner::ids(user, group));
                        let seed = MkDir { mode: mode.unwrap_or(0o755), owner, ..MkDir::new("/cache") };
                        let vertex = self.graph.add(File::new(None, seed));
                        self.graph.describe(vertex, Metadata::named("[internal] settings of a cache mount"));
                        cache.seed = self.graph.root(vertex);
                        cache.selector = "/cache".to_owned();
                    }
                    CacheSeed::Files { from, source } => {
                        cache.seed = self.origin(from, info, mount.span);
                        cache.selector = selector(source.as_deref());
                    }
                }
                exec.mounts.push(Mount::cache(path, cache));
            }
            MountKind::Bind { path, from, source, writable } => {
                let bind = Bind {
                    source: self.origin(from, info, mount.span),
                    selector: selector(source.as_deref()),
                    access: if *writable { Access::Discard } else { Access::ReadOnly },
                    ..Bind::default()
                };
                exec.mounts.push(Mount::bind(path, bind));
            }
            MountKind::SecretFile { id, path, required, mode, owner } => {
                let (uid, gid) = owner.unwrap_or_default();
                let dest = path.clone().unwrap_or_else(|| format!("/run/secrets/{id}"));
                let secret = Secret::new(id, dest);
                exec.secrets.push(Secret {
                    uid,
                    gid,
                    mode: mode.unwrap_or(secret.mode),
                    optional: !required,
                    ..secret
                });
            }
            MountKind::SecretEnv { id, name, required } => {
                exec.secret_env.push(SecretEnv { id: id.clone(), name: name.clone(), optional: !required });
            }
            MountKind::Ssh { id, path, required, mode, owner } => {
                let (uid, gid) = owner.unwrap_or_default();
                let agent = Ssh::new(id);
                let dest = path.clone().unwrap_or_default();
                exec.ssh.push(Ssh {
                    dest,
                    uid,
                    gid,
                    mode: mode.unwrap_or(agent.mode),
                    optional: !required,
                    ..agent
                });
            }
            MountKind::Text { path, text, executable } => {
                let mode = if *executable { 0o755 } else { 0o644 };
                exec.mounts.push(self.text(info, path, text, mode));
            }
            MountKind::Tmpfs { path, size } => exec.mounts.push(Mount::tmpfs(path, size.unwrap_or(0))),
        }
    }
}

/// The path of a mounted part of a file system.
fn selector(source: Option<&str>) -> String {
    clean_path(&format!("/{}", source.unwrap_or_default()))
}

/// The words of a process whose script is short enough for an argument.
fn argv(process: &Process, state: &State) -> Argv {
    let own = |word: &String| Cow::Owned(word.clone());
    let words = match &process.script {
        Script::Exec(argv) => argv.iter().map(own).collect(),
        Script::Run { text, shell } => match shell.as_ref().or(state.config.shell.as_ref()) {
            Some(shell) => shell.iter().chain([text]).map(own).collect(),
            None => SHELL.map(Cow::Borrowed).into_iter().chain([own(text)]).collect(),
        },
    };
    Argv::from_vec(words).unwrap_or_else(|| Argv::new("true", [""; 0]))
}
