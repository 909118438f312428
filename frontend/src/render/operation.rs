//! Describes operations in the terms of the build file: processes with their settings, and changes of files.

mod extract;

use std::collections::BTreeMap;

use buildkit_llb::{
    Access, Action, Cache, Copy, Env, Exec, Graph, MkDir, Mode, Mount, MountKind, Network, Operation, Output,
    Owner, Principal, Security, Vertex, Wildcard,
};
use buildkit_names::without_credentials;
use serde_json::{Map, Value, json};
use varve_spec::plan::Retry;

use super::{object, put};

/// The folder that the scripts of steps are mounted in.
const SCRIPTS: &str = "/dev/varve/";

/// Reads operations from a graph.
pub(super) struct Reader<'a> {
    pub(super) graph: &'a Graph,
    /// The names of stages by the file system that they result in.
    pub(super) names: BTreeMap<Output, String>,
    /// The fetches that are tried again if they fail.
    pub(super) retried: BTreeMap<Vertex, Retry>,
}

impl Reader<'_> {
    /// Returns the operations that lead from one file system to another, in order.
    pub(super) fn between(&self, before: Option<Output>, after: Output) -> Vec<Vertex> {
        let mut vertices = Vec::new();
        let mut at = Some(after);
        while let Some(output) = at.filter(|_| at != before) {
            at = match self.graph.operation(output.vertex) {
                Some(Operation::Exec(exec)) => changed(exec, output),
                Some(Operation::File(file)) => file.base,
                // The second input of a merge starts from an empty file system.
                Some(Operation::Merge(merge)) => {
                    vertices.push(output.vertex);
                    vertices.extend(self.between(None, merge.second).into_iter().rev());
                    Some(merge.first)
                }
                _ => break,
            };
            if !vertices.contains(&output.vertex) {
                vertices.push(output.vertex);
            }
        }
        vertices.reverse();
        vertices
    }

    /// Adds the description of an operation to a map. Variables that are in `env`, the environment before the step, are left out.
    pub(super) fn describe(&self, vertex: Vertex, env: &Env, into: &mut Map<String, Value>) {
        match self.graph.operation(vertex) {
            Some(Operation::Exec(exec)) => match extract::request(exec) {
                Some(request) => add_files(into, self.extracted(exec, &request)),
                None => self.exec(exec, env, into),
            },
            Some(Operation::File(file)) => {
                add_files(into, file.actions().iter().map(|action| self.action(action)).collect());
            }
            Some(Operation::Merge(_)) => put(into, "laid-over", true),
            _ => {}
        }
    }

    /// Describes the origin of a file system in a few words.
    pub(super) fn origin(&self, output: Option<Output>) -> String {
        let Some(output) = output else { return "nothing".to_owned() };
        if let Some(name) = self.names.get(&output) {
            return format!("stage {name}");
        }
        let digest = |text: &Option<String>| text.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
        match self.graph.operation(output.vertex) {
            Some(Operation::Image(image)) => image.reference.canonical(),
            Some(Operation::Local(local)) => local.name.clone(),
            Some(Operation::OciLayout(image)) => image.reference.clone(),
            Some(Operation::Http(http)) => {
                format!("{}{}", without_credentials(&http.url), digest(&http.checksum))
            }
            Some(Operation::Git(git)) => {
                let (url, fragment) = (without_credentials(git.url.remote()), git.url.fragment());
                format!("{url}{fragment}{}", digest(&git.checksum))
            }
            Some(Operation::File(file)) => match file.actions() {
                [Action::Copy(copy)] if file.base.is_none() => self.origin(copy.source),
                _ => self.name(output),
            },
            _ => self.name(output),
        }
    }

    /// Returns how often files are fetched again: a download or a repository, with its patches.
    fn retry(&self, output: Option<Output>) -> Option<Retry> {
        let vertex = output?.vertex;
        match self.graph.operation(vertex)? {
            Operation::Exec(exec)
                if exec.argv.as_slice().get(1).is_some_and(|word| word.as_ref() == varve_rootfs::PATCH) =>
            {
                exec.mounts.iter().find_map(|mount| match &mount.kind {
                    MountKind::Bind(bind) => self.retry(bind.source),
                    _ => None,
                })
            }
            Operation::File(file) => match file.actions() {
                [Action::Copy(copy)] if file.base.is_none() => self.retry(copy.source),
                _ => None,
            },
            _ => self.retried.get(&vertex).copied(),
        }
    }

    /// Returns the name of an operation in the progress, or its digest if it has no name.
    fn name(&self, output: Output) -> String {
        let name = self.graph.metadata(output.vertex).name.clone();
        name.unwrap_or_else(|| self.graph.digest(output.vertex).to_string())
    }

    fn exec(&self, exec: &Exec, before: &Env, into: &mut Map<String, Value>) {
        let retry = Retry::of_loop(exec.argv.as_slice());
        let argv = retry.map_or(exec.argv.as_slice(), |(_, argv)| argv);
        let (scripts, others): (Vec<&Mount>, Vec<&Mount>) =
            exec.mounts.iter().partition(|mount| mount.dest.starts_with(SCRIPTS));
        let (main, own): (Vec<&Mount>, Vec<&Mount>) =
            scripts.iter().partition(|mount| argv.last().is_some_and(|word| word.ends_with(&mount.dest)));
        let text = |mount: &&Mount| self.script(&mount.kind);
        let script = main.iter().find_map(text);
        match (script, argv) {
            (Some(script), _) => {
                put(into, "shell", json!(&argv[..argv.len() - 1]));
                put(into, "script", script);
                // The script of a step `packages` reads that of the build file.
                put(into, "own-script", own.iter().find_map(text));
            }
            (None, [shell @ .., text]) if shell.last().is_some_and(|word| word.ends_with('c')) => {
                put(into, "shell", json!(shell));
                put(into, "script", text.as_ref());
            }
            (None, argv) => put(into, "exec", json!(argv)),
        }
        put(into, "retry", retry.map(|(retry, _)| retry.to_string()));
        let env = exec.env.iter().filter(|(name, value)| before.get(name) != Some(*value));
        put(into, "env", env.map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>());
        put(into, "user", exec.user.as_str());
        put(into, "workdir", if exec.cwd == "/" { "" } else { &exec.cwd });
        put(into, "mounts", self.mounts(exec, &others));
        match exec.network {
            Network::Sandbox => {}
            Network::Host => put(into, "network", "host"),
            other => put(into, "network", format!("{other:?}").to_lowercase()),
        }
        put(into, "security", if exec.security == Security::Insecure { "insecure" } else { "" });
        let devices = exec.devices.iter().map(|device| device.name.as_str());
        put(into, "devices", devices.collect::<Vec<_>>());
        let hosts = exec.extra_hosts.iter().map(|host| (host.host.clone(), json!(host.ip.to_string())));
        put(into, "hosts", hosts.collect::<Map<_, _>>());
        let limits = exec.ulimits.iter();
        let limits =
            limits.map(|limit| (limit.name.clone(), json!(format!("{}:{}", limit.soft, limit.hard))));
        put(into, "ulimits", limits.collect::<Map<_, _>>());
        put(into, "hostname", exec.hostname.as_str());
        put(into, "cgroup-parent", exec.cgroup_parent.as_str());
        // The addresses of proxies can contain passwords.
        put(into, "proxy", exec.proxy.is_some());
    }

    /// Returns the text of a script, if the mount is one.
    fn script(&self, kind: &MountKind) -> Option<String> {
        let MountKind::Bind(bind) = kind else { return None };
        let Some(Operation::File(file)) = self.graph.operation(bind.source?.vertex) else { return None };
        let [Action::MkFile(file)] = file.actions() else { return None };
        String::from_utf8(file.data.clone()).ok()
    }

    fn mounts(&self, exec: &Exec, mounts: &[&Mount]) -> Vec<Value> {
        let mounts = mounts.iter().map(|mount| match &mount.kind {
            MountKind::Cache(cache) => object([
                ("cache", json!(mount.dest)),
                ("id", json!(cache.id)),
                ("sharing", json!(format!("{:?}", cache.sharing).to_lowercase())),
                ("from", json!(self.seed(cache))),
                ("source", json!(self.folder_in_seed(cache))),
                ("read-only", json!(cache.read_only)),
            ]),
            MountKind::Bind(bind) => object([
                ("bind", json!(mount.dest)),
                ("from", json!(self.origin(bind.source))),
                ("source", json!(if bind.selector == "/" { "" } else { &bind.selector })),
                ("writable", json!(bind.access != Access::ReadOnly)),
                ("retry", json!(self.retry(bind.source).map(|retry| retry.to_string()))),
            ]),
            MountKind::Tmpfs { size } => object([
                ("tmpfs", json!(mount.dest)),
                ("size", if *size == 0 { Value::Null } else { json!(size) }),
            ]),
            // An unknown kind is shown in a generic form and not left out.
            _ => object([("mount", json!(mount.dest))]),
        });
        let owner =
            |uid: u32, gid: u32| if (uid, gid) == (0, 0) { String::new() } else { format!("{uid}:{gid}") };
        let files = exec.secrets.iter().map(|secret| {
            object([
                ("secret", json!(secret.id)),
                ("to", json!(secret.dest)),
                ("required", json!(!secret.optional)),
                ("mode", json!(octal(secret.mode))),
                ("owner", json!(owner(secret.uid, secret.gid))),
            ])
        });
        let variables = exec.secret_env.iter().map(|secret| {
            let required = json!(!secret.optional);
            object([("secret", json!(secret.id)), ("env", json!(secret.name)), ("required", required)])
        });
        let agents = exec.ssh.iter().map(|agent| {
            object([
                ("ssh", json!(agent.id)),
                ("to", json!(agent.dest)),
                ("required", json!(!agent.optional)),
                ("owner", json!(owner(agent.uid, agent.gid))),
            ])
        });
        mounts.chain(files).chain(variables).chain(agents).collect()
    }

    /// Describes the initial content of a cache, unless it is an empty folder that belongs to root.
    fn seed(&self, cache: &Cache) -> String {
        match (cache.seed, self.empty_folder(cache)) {
            (None, _) => String::new(),
            (seed, None) => self.origin(seed),
            (_, Some(dir)) => {
                let owner = dir.owner.as_ref().map(owner).unwrap_or_default();
                format!("an empty folder {} {owner}", octal(dir.mode)).trim_end().to_owned()
            }
        }
    }

    /// Returns the path in the files that a cache starts with.
    fn folder_in_seed<'c>(&self, cache: &'c Cache) -> &'c str {
        if cache.selector == "/" || self.empty_folder(cache).is_some() { "" } else { &cache.selector }
    }

    /// Returns the folder that a cache starts as, if it is one that was made for it and is empty.
    fn empty_folder(&self, cache: &Cache) -> Option<&MkDir> {
        let Some(Operation::File(file)) = self.graph.operation(cache.seed?.vertex) else { return None };
        let [Action::MkDir(dir)] = file.actions() else { return None };
        (dir.path == cache.selector).then_some(dir)
    }

    fn action(&self, action: &Action) -> Value {
        let by = |of: &Option<Owner>| of.as_ref().map(owner).unwrap_or_default();
        match action {
            Action::Copy(copy) => self.copy(copy),
            Action::MkFile(file) => object([
                ("file", json!(file.path)),
                ("mode", json!(octal(file.mode))),
                ("owner", json!(by(&file.owner))),
                ("content", content(&file.data)),
            ]),
            Action::MkDir(dir) => object([
                ("dir", json!(dir.path)),
                ("mode", json!(octal(dir.mode))),
                ("owner", json!(by(&dir.owner))),
            ]),
            Action::Rm(rm) => object([("remove", json!(rm.path)), ("optional", json!(rm.allow_not_found))]),
            Action::Symlink(link) => object([
                ("symlink", json!(link.path)),
                ("to", json!(link.target)),
                ("owner", json!(by(&link.owner))),
            ]),
            // An unknown kind is shown in a generic form and not left out.
            other => object([("action", json!(format!("{other:?}")))]),
        }
    }

    fn copy(&self, copy: &Copy) -> Value {
        let mode = match &copy.mode {
            None => String::new(),
            Some(Mode::Bits(bits)) => octal(*bits),
            Some(Mode::Symbolic(text)) => text.clone(),
        };
        let owner = copy.owner.as_ref().map(owner).unwrap_or_default();
        // A file or folder that is created in an empty file system, so that it gets exactly its mode and owner.
        match self.prepared(copy) {
            Some(Action::MkFile(file)) => {
                return object([
                    ("file", json!(copy.dest)),
                    ("mode", json!(mode)),
                    ("owner", json!(owner)),
                    ("content", content(&file.data)),
                ]);
            }
            Some(Action::MkDir(dir)) => {
                let path = format!("{}{}", copy.dest.trim_end_matches('/'), dir.path);
                return object([("dir", json!(path)), ("mode", json!(mode)), ("owner", json!(owner))]);
            }
            _ => {}
        }
        object([
            ("copy", json!(copy.src)),
            ("from", json!(self.origin(copy.source))),
            ("to", json!(copy.dest)),
            ("mode", json!(mode)),
            ("owner", json!(owner)),
            ("include", json!(copy.include)),
            ("exclude", json!(copy.exclude)),
            ("optional", json!(copy.wildcard == Wildcard::MayBeEmpty && copy.include.is_empty())),
        ])
    }

    /// Returns the action that creates what a copy copies, if nothing else uses it.
    fn prepared(&self, copy: &Copy) -> Option<&Action> {
        match self.graph.operation(copy.source?.vertex) {
            Some(Operation::File(file)) if file.base.is_none() && !self.names.contains_key(&copy.source?) => {
                match file.actions() {
                    [action @ (Action::MkFile(_) | Action::MkDir(_))] => Some(action),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Adds changes of files to those that are described already.
fn add_files(into: &mut Map<String, Value>, files: Vec<Value>) {
    let all = match into.shift_remove("files") {
        Some(Value::Array(before)) => before.into_iter().chain(files).collect(),
        _ => files,
    };
    put(into, "files", all);
}

/// Returns the file system that a process changes to an output: the root, or a mount.
fn changed(exec: &Exec, output: Output) -> Option<Output> {
    let mut mounts = exec.mounts.iter();
    let mount = mounts.find(|mount| exec.output(&mount.dest) == Some(output.index));
    match mount.map(|mount| &mount.kind) {
        Some(MountKind::Bind(bind)) => bind.source,
        _ => exec.root,
    }
}

/// Returns the text of a file, or its size if it is not text.
fn content(data: &[u8]) -> Value {
    match std::str::from_utf8(data) {
        Ok(text) => json!(text),
        Err(_) => json!(format!("{} bytes", data.len())),
    }
}

fn owner(owner: &Owner) -> String {
    let part = |of: &Option<Principal>| match of {
        None => String::new(),
        Some(Principal::Id(id)) => id.to_string(),
        Some(Principal::Name(name)) => name.clone(),
    };
    format!("{}:{}", part(&owner.user), part(&owner.group)).trim_end_matches(':').to_owned()
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}
