//! `RUN`.

use super::Printer;
use super::copy::origin;
use super::quote::{field, flag};
use crate::command::{Line, Script};
use crate::error::Element;
use crate::run::{Access, Device, FileAttributes, Mount, Network, Run, Security, Sharing};
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
        self.check_one_line(&Element::Flag("device"), &device.name);
        let required = if device.required { ",required" } else { "" };
        flag("device", &format!("{}{required}", self.quote.unquoted(&device.name)))
    }

    /// Prints the command after the flags.
    fn script(&mut self, script: &Script) -> String {
        match script {
            Script::Exec(words) => self.arguments("RUN", words),
            Script::Shell(text) => {
                let line = text.trim();
                if Line::new(line).is_ok() && !self.quote.continues_line(line) {
                    return line.to_owned();
                }
                // The build would run a text that begins with `#!` with that interpreter.
                let first = if text.starts_with("#!") { "\n" } else { "" };
                self.as_here_document(&format!("{first}{text}"))
            }
            Script::Program { interpreter, text } => {
                self.check_one_line(&Element::Argument("RUN"), &interpreter.into());
                self.as_here_document(&format!("#!{interpreter}\n{text}"))
            }
        }
    }

    fn as_here_document(&mut self, text: &str) -> String {
        let (operator, text) = self.here_document(None, text);
        format!("{operator}\n{text}")
    }

    fn mount(&mut self, mount: &Mount) -> String {
        let mut fields = Vec::new();
        let mut put = |key: &'static str, value: Option<Word>| fields.extend(value.map(|value| (key, value)));
        let boolean = |value: &Option<bool>| value.map(|value| value.to_string().into());
        match mount {
            Mount::Bind { target, from, source, .. } => {
                put("type", Some("bind".into()));
                put("from", from.as_ref().map(origin));
                put("source", source.clone());
                put("target", Some(target.clone()));
            }
            Mount::Cache { target, id, from, source, sharing, attributes, .. } => {
                put("type", Some("cache".into()));
                put("id", id.clone());
                put("from", from.as_ref().map(origin));
                put("source", source.clone());
                put("target", Some(target.clone()));
                put(
                    "sharing",
                    match sharing {
                        Sharing::Shared => None,
                        Sharing::Private => Some("private".into()),
                        Sharing::Locked => Some("locked".into()),
                    },
                );
                put_attributes(attributes, put);
            }
            Mount::Tmpfs { target, size } => {
                put("type", Some("tmpfs".into()));
                put("target", Some(target.clone()));
                put("size", size.map(|size| size.to_string().into()));
            }
            Mount::Secret { id, target, env, required, attributes } => {
                put("type", Some("secret".into()));
                put("id", Some(id.clone()));
                put("target", target.clone());
                put("env", env.clone());
                put("required", boolean(required));
                put_attributes(attributes, put);
            }
            Mount::Ssh { id, target, required, attributes } => {
                put("type", Some("ssh".into()));
                put("id", id.clone());
                put("target", target.clone());
                put("required", boolean(required));
                put_attributes(attributes, put);
            }
        }
        let fields = fields.into_iter().map(|(key, value)| {
            self.check_one_line(&Element::Flag("mount"), &value);
            field(key, &self.quote.unquoted(&value))
        });
        let mut fields: Vec<String> = fields.collect();
        // Without a value, because buildah does not accept one.
        match mount {
            Mount::Bind { access: Access::Write, .. } => fields.push("rw".to_owned()),
            Mount::Cache { access: Access::Read, .. } => fields.push("ro".to_owned()),
            _ => {}
        }
        flag("mount", &fields.join(","))
    }
}

fn put_attributes(attributes: &FileAttributes, mut put: impl FnMut(&'static str, Option<Word>)) {
    put("uid", attributes.owner.map(|(user, _)| user.to_string().into()));
    put("gid", attributes.owner.map(|(_, group)| group.to_string().into()));
    put("mode", attributes.mode.map(|mode| format!("{mode:04o}").into()));
}
