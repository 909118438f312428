//! `RUN`.

use super::Printer;
use super::copy::origin;
use super::quote::{field, flag};
use crate::command::{Line, Script};
use crate::error::What;
use crate::run::{Access, Device, FileMode, Mount, Network, Run, Security, Sharing};
use crate::word::Word;

impl Printer {
    pub(super) fn run(&mut self, run: &Run) -> String {
        let mut parts: Vec<String> = run.mounts.iter().map(|mount| self.mount(mount)).collect();
        parts.extend(run.network.map(|network| {
            let network = match network {
                Network::Default => "default",
                Network::None => "none",
                Network::Host => "host",
            };
            format!("--network={network}")
        }));
        parts.extend(run.security.map(|security| {
            let security = match security {
                Security::Sandbox => "sandbox",
                Security::Insecure => "insecure",
            };
            format!("--security={security}")
        }));
        parts.extend(run.devices.iter().map(|device| self.device(device)));
        parts.push(self.script(&run.script));
        format!("RUN {}", parts.join(&self.next_line()))
    }

    fn device(&mut self, device: &Device) -> String {
        self.one_line(&What::Flag("device"), &device.name);
        let required = if device.required { ",required" } else { "" };
        flag("device", &format!("{}{required}", self.quote.bare(&device.name)))
    }

    /// What stands behind the flags.
    fn script(&mut self, script: &Script) -> String {
        match script {
            Script::Exec(words) => self.arguments("RUN", words),
            Script::Shell(text) => {
                let line = text.trim();
                if Line::new(line).is_ok() && !self.quote.goes_on(line) {
                    return line.to_owned();
                }
                // A text that begins with `#!` would be run as a program.
                let first = if text.starts_with("#!") { "\n" } else { "" };
                self.lines(&format!("{first}{text}"))
            }
            Script::Program { interpreter, text } => {
                self.one_line(&What::Argument("RUN"), &interpreter.into());
                self.lines(&format!("#!{interpreter}\n{text}"))
            }
        }
    }

    fn lines(&mut self, text: &str) -> String {
        let (mark, text) = self.here_document(None, text);
        format!("{mark}\n{text}")
    }

    fn mount(&mut self, mount: &Mount) -> String {
        let mut fields = Vec::new();
        let mut put = |key: &'static str, value: Option<Word>| fields.extend(value.map(|value| (key, value)));
        let truth = |value: &Option<bool>| value.map(|value| value.to_string().into());
        match mount {
            Mount::Bind { target, from, source, .. } => {
                put("type", Some("bind".into()));
                put("from", from.as_ref().map(origin));
                put("source", source.clone());
                put("target", Some(target.clone()));
            }
            Mount::Cache { target, id, sharing, as_made } => {
                put("type", Some("cache".into()));
                put("id", id.clone());
                put("target", Some(target.clone()));
                put(
                    "sharing",
                    match sharing {
                        Sharing::Shared => None,
                        Sharing::Private => Some("private".into()),
                        Sharing::Locked => Some("locked".into()),
                    },
                );
                owned(as_made, put);
            }
            Mount::Tmpfs { target, size } => {
                put("type", Some("tmpfs".into()));
                put("target", Some(target.clone()));
                put("size", size.map(|size| size.to_string().into()));
            }
            Mount::Secret { id, target, env, required, as_made } => {
                put("type", Some("secret".into()));
                put("id", Some(id.clone()));
                put("target", target.clone());
                put("env", env.clone());
                put("required", truth(required));
                owned(as_made, put);
            }
            Mount::Ssh { id, target, required, as_made } => {
                put("type", Some("ssh".into()));
                put("id", id.clone());
                put("target", target.clone());
                put("required", truth(required));
                owned(as_made, put);
            }
        }
        let fields = fields.into_iter().map(|(key, value)| {
            self.one_line(&What::Flag("mount"), &value);
            field(key, &self.quote.bare(&value))
        });
        let mut fields: Vec<String> = fields.collect();
        if matches!(mount, Mount::Bind { access: Access::Write, .. }) {
            // Without a value, since buildah takes none.
            fields.push("rw".to_owned());
        }
        flag("mount", &fields.join(","))
    }
}

fn owned(as_made: &FileMode, mut put: impl FnMut(&'static str, Option<Word>)) {
    put("uid", as_made.owner.map(|(user, _)| user.to_string().into()));
    put("gid", as_made.owner.map(|(_, group)| group.to_string().into()));
    put("mode", as_made.mode.map(|mode| format!("{mode:04o}").into()));
}
