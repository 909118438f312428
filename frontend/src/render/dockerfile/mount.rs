//! What is mounted for a process, as flags of `RUN`.

use varve_spec::plan::{Mount, MountKind, Origin, Sharing};

use super::Printer;
use super::quote::{field, flag};

impl Printer<'_> {
    pub(super) fn mount(&mut self, mount: &Mount) -> String {
        let mut fields = Vec::new();
        let mut put = |key: &str, value: &str| fields.push(field(key, value));
        let ids = |owner: &Option<(u32, u32)>| {
            owner.map(|(user, group)| [("uid", user.to_string()), ("gid", group.to_string())])
        };
        let octal = |mode: &Option<u32>| mode.map(|mode| ("mode", format!("{mode:04o}")));
        match &mount.kind {
            MountKind::Cache { path, id, sharing, owner, mode } => {
                put("type", "cache");
                id.iter().for_each(|id| put("id", id));
                put("target", path);
                match sharing {
                    Sharing::Shared => {}
                    Sharing::Private => put("sharing", "private"),
                    Sharing::Locked => put("sharing", "locked"),
                }
                ids(owner).into_iter().flatten().chain(octal(mode)).for_each(|(key, text)| put(key, &text));
            }
            MountKind::Bind { path, from, source, writable } => {
                put("type", "bind");
                let from = match from {
                    Origin::Context => None,
                    Origin::Stage(index, _) => Some(self.names[*index].clone()),
                    Origin::Image(image) => Some(self.image_name(image)),
                    Origin::Download(_) | Origin::Git(_) => self.fetched(from, mount.span),
                };
                from.iter().for_each(|from| put("from", from));
                source.iter().for_each(|source| put("source", source));
                put("target", path);
                if *writable {
                    put("rw", "true");
                }
            }
            MountKind::SecretFile { id, path, required, mode, owner } => {
                put("type", "secret");
                put("id", id);
                put("target", path.as_deref().unwrap_or(&format!("/run/secrets/{id}")));
                put("required", &required.to_string());
                ids(owner).into_iter().flatten().chain(octal(mode)).for_each(|(key, text)| put(key, &text));
            }
            MountKind::SecretEnv { id, name, required } => {
                put("type", "secret");
                put("id", id);
                put("env", name);
                put("required", &required.to_string());
            }
            MountKind::Ssh { id, path, required, mode, owner } => {
                put("type", "ssh");
                put("id", id);
                path.iter().for_each(|path| put("target", path));
                put("required", &required.to_string());
                ids(owner).into_iter().flatten().chain(octal(mode)).for_each(|(key, text)| put(key, &text));
            }
            MountKind::Tmpfs { path, size } => {
                put("type", "tmpfs");
                put("target", path);
                size.iter().for_each(|size| put("size", &size.to_string()));
            }
        }
        flag("mount", &fields.join(","))
    }
}
