//! Mounts of `RUN`.

use varve_dockerfile::{self as docker, Access, Base, FileAttributes, Files, Instruction, Word};
use varve_spec::plan::{Mount, MountKind, Origin, Sharing};

use super::Renderer;

impl Renderer<'_> {
    pub(super) fn mount(&mut self, mount: &Mount) -> docker::Mount {
        let word = |text: &Option<String>| text.as_ref().map(Word::from);
        let attributes =
            |owner: &Option<(u32, u32)>, mode: &Option<u32>| FileAttributes { owner: *owner, mode: *mode };
        match &mount.kind {
            MountKind::Cache { path, id, sharing, owner, mode } => docker::Mount::Cache {
                target: path.into(),
                id: word(id),
                sharing: match sharing {
                    Sharing::Shared => docker::Sharing::Shared,
                    Sharing::Private => docker::Sharing::Private,
                    Sharing::Locked => docker::Sharing::Locked,
                },
                attributes: attributes(owner, mode),
            },
            MountKind::Bind { path, from, source, writable } => docker::Mount::Bind {
                target: path.into(),
                from: match from {
                    Origin::Context => None,
                    Origin::Stage(index, _) => Some(docker::Origin::Stage(self.names[*index].clone())),
                    Origin::Image(image) => Some(self.image_origin(image)),
                    Origin::Download(_) | Origin::Git(_) => {
                        self.fetch(from, mount.span).map(docker::Origin::Stage)
                    }
                },
                source: word(source),
                access: if *writable { Access::Write } else { Access::Read },
            },
            MountKind::SecretFile { id, path, required, mode, owner } => {
                let default = || format!("/run/secrets/{id}");
                docker::Mount::Secret {
                    id: id.into(),
                    target: Some(path.clone().unwrap_or_else(default).into()),
                    env: None,
                    required: Some(*required),
                    attributes: attributes(owner, mode),
                }
            }
            MountKind::SecretEnv { id, name, required } => docker::Mount::Secret {
                id: id.into(),
                target: None,
                env: Some(name.into()),
                required: Some(*required),
                attributes: FileAttributes::default(),
            },
            MountKind::Ssh { id, path, required, mode, owner } => docker::Mount::Ssh {
                id: Some(id.into()),
                target: word(path),
                required: Some(*required),
                attributes: attributes(owner, mode),
            },
            MountKind::Text { path, text } => {
                // A here-document ends with a line break, which changes no script.
                let end = if text.ends_with('\n') { "" } else { "\n" };
                let files = Files::text(format!("{text}{end}"), "/script");
                let copy = Instruction::Copy(docker::Copy { files, ..docker::Copy::default() });
                let stage = self.helper("script", Base::of(docker::Origin::Scratch), vec![copy]);
                docker::Mount::Bind {
                    target: path.into(),
                    from: Some(docker::Origin::Stage(stage)),
                    source: Some("/script".into()),
                    access: Access::Read,
                }
            }
            MountKind::Tmpfs { path, size } => docker::Mount::Tmpfs { target: path.into(), size: *size },
        }
    }
}
