//! The configuration of an image: that of its base, with the changes of the stage. Keys that this module does not know are kept.

use buildkit_gateway::Platform;
use buildkit_llb::Env;
use serde::Serialize;
use serde_json::{Map, Value, json};
use varve_spec::plan::{Command, EnvChange, Healthcheck, ImageConfig};

use super::history::{History, Made};

/// The default `PATH` (`util/system/path.go`).
pub(crate) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The operating system whose images have `\` in their working directory and no `PATH` (`NormalizeWorkdir` in `util/system/path.go`).
const WINDOWS: &str = "windows";
/// The default shell of commands that are a single string.
const DEFAULT_SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// The configuration of an image during a build.
#[derive(Debug, Clone)]
pub struct Config {
    /// All keys except `config`, `history` and `rootfs`.
    image: Map<String, Value>,
    /// The keys of `config` that have no field of their own.
    config: Map<String, Value>,
    /// The environment. It always has a `PATH`, except on Windows, which has its own (`emptyImage` in `dockerfile2llb/image.go`).
    pub env: Env,
    /// The user. Empty for root.
    pub user: String,
    /// The working directory, with `/` between the names. Empty for `/`.
    pub workdir: String,
    /// The shell of commands that are a single string. `None` for the default.
    pub shell: Option<Vec<String>>,
    history: History,
}

/// The configuration with its keys in the order of the JSON.
#[derive(Serialize)]
struct Image<'a> {
    #[serde(flatten)]
    rest: &'a Map<String, Value>,
    config: Map<String, Value>,
    rootfs: Value,
    history: &'a History,
}

impl Config {
    /// Creates the configuration of an empty image (`emptyImage` in `dockerfile2llb/image.go`).
    pub fn scratch(platform: &Platform) -> Self {
        Self { workdir: "/".to_owned(), ..Self::new(Map::new(), platform) }
    }

    /// Reads the configuration of a base image from its JSON.
    ///
    /// # Errors
    /// Returns an error if the text is not a JSON object.
    pub fn of_base(json: &[u8], platform: &Platform) -> Result<Self, String> {
        match serde_json::from_slice(json) {
            Ok(Value::Object(image)) => Ok(Self::new(image, platform)),
            Ok(_) => Err("the image configuration is not a JSON object".to_owned()),
            Err(error) => Err(format!("the image configuration is not valid JSON: {error}")),
        }
    }

    fn new(mut image: Map<String, Value>, platform: &Platform) -> Self {
        let object = |value: Option<Value>| match value {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let list = |value: Option<Value>| match value {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let text =
            |value: Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut config = object(image.remove("config"));
        let history = History::of_base(list(image.remove("history")));
        for gone in ["created", "rootfs", "container_config", "container"] {
            image.remove(gone);
        }
        let mut env = Env::new();
        for entry in list(config.remove("Env")) {
            if let Some((name, value)) = entry.as_str().and_then(|entry| entry.split_once('=')) {
                env.set(name, value);
            }
        }
        if env.get("PATH").is_none() && platform.os() != WINDOWS {
            env.set("PATH", DEFAULT_PATH);
        }
        let user = text(config.remove("User"));
        let workdir = text(config.remove("WorkingDir"));
        let workdir = if platform.os() == WINDOWS { from_windows(&workdir) } else { workdir };
        let shell = list(config.remove("Shell"));
        let shell: Vec<String> = shell.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let shell = (!shell.is_empty()).then_some(shell);
        let mut config = Self { image, config, env, user, workdir, shell, history };
        config.set_platform(platform);
        config
    }

    /// Sets the platform of the image. If the base has the same operating system and architecture, its variant and version are kept
    /// (`finalizeResultImage` in `dockerfile2llb/convert.go`).
    pub(crate) fn set_platform(&mut self, platform: &Platform) {
        let mut same = true;
        for (key, text) in [("architecture", platform.architecture()), ("os", platform.os())] {
            same &= self.image.insert(key.into(), text.into()).is_some_and(|before| before == text);
        }
        if !platform.variant().is_empty() {
            self.image.insert("variant".into(), platform.variant().into());
        } else if !same {
            self.image.remove("variant");
        }
        if !same {
            self.image.remove("os.version");
            self.image.remove("os.features");
        }
    }

    /// Removes and returns the triggers (`ONBUILD`) of the base.
    pub fn take_on_build(&mut self) -> Vec<String> {
        let triggers = self.config.remove("OnBuild");
        let triggers = triggers.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        triggers.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Adds an entry to the history.
    pub fn record(&mut self, created_by: String, made: Made) {
        self.history.record(created_by, made);
    }

    /// Sets the time of the image and of the history entries of this build. Entries of the base keep their times.
    pub(crate) fn date(&mut self, created: &str) {
        self.image.insert("created".into(), created.into());
        self.history.date(created);
    }

    /// Adds the history entries that `inner` has in addition to those of `before`. `inner` started as a copy of `before`.
    pub(crate) fn adopt_history(&mut self, before: &Self, inner: &Self) {
        self.history.adopt(&before.history, &inner.history);
    }

    /// Marks history entries as changes of settings, because their layers became one: those that `before` does not have, else all.
    pub(crate) fn flatten_history(&mut self, before: Option<&Self>) {
        self.history.without_layers(before.map(|before| &before.history));
        self.record("flatten".to_owned(), Made::Layer);
    }

    /// Applies the key `image` of a stage.
    pub fn apply(&mut self, image: &ImageConfig) {
        if let Some(entrypoint) = &image.entrypoint {
            let argv = self.argv(entrypoint);
            self.set_or_remove("Entrypoint", argv);
            // `Cmd` of the base contains arguments for the entrypoint of the base (`dispatchEntrypoint` in
            // `dockerfile2llb/convert.go`).
            if image.cmd.is_none() {
                self.config.remove("Cmd");
            }
        }
        if let Some(cmd) = &image.cmd {
            let argv = self.argv(cmd);
            self.set_or_remove("Cmd", argv);
        }
        change_env(&mut self.env, &image.env);
        if let Some(user) = &image.user {
            self.user.clone_from(user);
        }
        if let Some(workdir) = &image.workdir {
            self.workdir = join_path(&self.workdir, workdir);
        }
        self.labels(image.labels.iter().cloned());
        self.keys("ExposedPorts", &image.expose);
        self.keys("Volumes", &image.volumes);
        if let Some(signal) = &image.stop_signal {
            self.config.insert("StopSignal".into(), signal.as_str().into());
        }
        if let Some(healthcheck) = &image.healthcheck {
            let value = self.healthcheck(healthcheck);
            self.config.insert("Healthcheck".into(), value);
        }
        if *image != ImageConfig::default() {
            self.record(summary(image), Made::Settings);
        }
    }

    /// The size of what a copy of the configuration does not share with it, in bytes, roughly.
    pub(crate) fn size(&self) -> usize {
        fn of(value: &Value) -> usize {
            const EACH: usize = 100;
            EACH + match value {
                Value::String(text) => text.len(),
                Value::Array(items) => items.iter().map(of).sum(),
                Value::Object(map) => map.iter().map(|(key, value)| key.len() + of(value)).sum(),
                _ => 0,
            }
        }
        self.image.values().chain(self.config.values()).map(of).sum()
    }

    /// Returns a key of `config` that has no field of its own.
    pub(crate) fn setting(&self, key: &str) -> Option<&Value> {
        self.config.get(key)
    }

    /// Returns the labels whose names have this prefix, each with an empty value.
    pub(crate) fn label_names(&self, beginning: &str) -> Vec<(String, String)> {
        let labels = self.config.get("Labels").and_then(Value::as_object).into_iter().flatten();
        let names = labels.map(|(name, _)| name).filter(|name| name.starts_with(beginning));
        names.map(|name| (name.clone(), String::new())).collect()
    }

    /// Creates the configuration of an image that was not read.
    pub(crate) fn of_unread(platform: &Platform) -> Self {
        Self::new(Map::new(), platform)
    }

    /// Removes all labels whose names have this prefix.
    pub(crate) fn remove_labels(&mut self, beginning: &str) {
        if let Some(Value::Object(labels)) = self.config.get_mut("Labels") {
            labels.retain(|name, _| !name.starts_with(beginning));
        }
    }

    /// Sets labels. They replace existing labels of the same names. As in images of Docker's builders, they are sorted.
    pub fn labels(&mut self, labels: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) {
        let mut all = match self.config.remove("Labels") {
            Some(Value::Object(labels)) => labels,
            _ => Map::new(),
        };
        all.extend(labels.into_iter().map(|(name, value)| (name.into(), Value::String(value.into()))));
        all.sort_keys();
        if !all.is_empty() {
            self.config.insert("Labels".into(), all.into());
        }
    }

    /// Encodes the image configuration as JSON (`config.md` of the OCI image spec). The daemon adds the layers
    /// (`exporter/containerimage/writer.go`).
    pub fn to_json(&self) -> Vec<u8> {
        let mut config = self.config.clone();
        let env: Vec<String> = self.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        config.insert("Env".into(), env.into());
        let is_windows = self.image.get("os").and_then(Value::as_str) == Some(WINDOWS);
        let workdir = if is_windows { &self.workdir.replace('/', "\\") } else { &self.workdir };
        for (key, text) in [("User", &self.user), ("WorkingDir", workdir)] {
            if !text.is_empty() {
                config.insert(key.into(), text.as_str().into());
            }
        }
        if let Some(shell) = &self.shell {
            config.insert("Shell".into(), shell.clone().into());
        }
        let image = Image {
            rest: &self.image,
            config,
            rootfs: json!({"type": "layers", "diff_ids": []}),
            history: &self.history,
        };
        // Strings, lists and maps always serialise.
        serde_json::to_vec(&image).unwrap_or_default()
    }

    /// Returns the words of a command. The shell runs a single string.
    pub(crate) fn argv(&self, command: &Command) -> Vec<String> {
        match command {
            Command::Exec(argv) => argv.clone(),
            Command::Shell(text) => {
                let shell = self.shell.clone().unwrap_or_else(|| DEFAULT_SHELL.map(str::to_owned).to_vec());
                shell.into_iter().chain([text.clone()]).collect()
            }
        }
    }

    fn set_or_remove(&mut self, key: &str, argv: Vec<String>) {
        if argv.is_empty() {
            self.config.remove(key);
        } else {
            self.config.insert(key.into(), argv.into());
        }
    }

    fn keys(&mut self, key: &str, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let map = self.config.entry(key).or_insert_with(|| json!({}));
        for name in names {
            map[name.as_str()] = json!({});
        }
    }

    fn healthcheck(&self, check: &Healthcheck) -> Value {
        let test = match &check.test {
            None => vec!["NONE".to_owned()],
            Some(Command::Shell(text)) => vec!["CMD-SHELL".to_owned(), text.clone()],
            Some(Command::Exec(argv)) => ["CMD".to_owned()].into_iter().chain(argv.iter().cloned()).collect(),
        };
        let mut value = json!({ "Test": test });
        let numbers = [
            ("Interval", check.interval),
            ("Timeout", check.timeout),
            ("StartPeriod", check.start_period),
            ("StartInterval", check.start_interval),
            ("Retries", check.retries),
        ];
        for (key, number) in numbers {
            if let Some(number) = number {
                value[key] = number.into();
            }
        }
        value
    }
}

/// Applies changes to an environment, in order.
pub(crate) fn change_env(env: &mut Env, changes: &[EnvChange]) {
    for change in changes {
        match change.after(env.get(&change.name)) {
            Some(value) => env.set(&change.name, value),
            None => env.remove(&change.name),
        }
    }
}

/// Joins a path to a directory and normalises the result. An absolute path is only normalised.
pub(crate) fn join_path(from: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("/{from}/{path}") };
    crate::util::paths::clean_path(&joined)
}

/// Formats the history entry for the key `image`: the keys that it sets.
fn summary(image: &ImageConfig) -> String {
    let set = [
        ("entrypoint", image.entrypoint.is_some()),
        ("cmd", image.cmd.is_some()),
        ("env", !image.env.is_empty()),
        ("labels", !image.labels.is_empty()),
        ("user", image.user.is_some()),
        ("workdir", image.workdir.is_some()),
        ("expose", !image.expose.is_empty()),
        ("volumes", !image.volumes.is_empty()),
        ("healthcheck", image.healthcheck.is_some()),
        ("stop-signal", image.stop_signal.is_some()),
        ("annotations", !image.annotations.is_empty()),
        ("index-annotations", !image.index_annotations.is_empty()),
    ];
    let set: Vec<&str> = set.iter().filter(|(_, set)| *set).map(|(key, _)| *key).collect();
    format!("image {}", set.join(" "))
}

/// Turns `C:\a\b` into `/a/b`, the form that operations on files have.
fn from_windows(path: &str) -> String {
    let path = path.strip_prefix(['C', 'c']).and_then(|rest| rest.strip_prefix(':')).unwrap_or(path);
    path.replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_directory_of_a_windows_base_is_read_and_written_with_backslashes() {
        let platform = Platform::new("windows", "amd64");
        for (base, inside, written) in [(r"C:\app\x", "/app/x", r"\app\x"), (r"\", "/", r"\")] {
            let json = json!({"config": {"WorkingDir": base}}).to_string();
            let config = Config::of_base(json.as_bytes(), &platform).unwrap();
            assert_eq!(config.workdir, inside);
            let json: Value = serde_json::from_slice(&config.to_json()).unwrap();
            assert_eq!(json["config"], json!({"WorkingDir": written, "Env": []}));
        }
    }
}
