//! Mounts of `RUN`.

use varve_dockerfile::{self as docker, Access, Base, FileAttributes, Files, Instruction, Mode, Word};
use varve_spec::Span;
use varve_spec::plan::{CacheSeed, Mount, MountKind, Origin, Sharing};

use super::Renderer;

impl Renderer<'_> {
    pub(super) fn mount(&mut self, mount: &Mount) -> docker::Mount {
        let word = |text: &Option<String>| text.as_ref().map(Word::from);
        let attributes =
            |owner: &Option<(u32, u32)>, mode: &Option<u32>| FileAttributes { owner: *owner, mode: *mode };
        match &mount.kind {
            MountKind::Cache { path, id, sharing, seed, writable } => {
                let (from, source, attributes) = match seed {
                    CacheSeed::Empty { owner, mode } => (None, None, attributes(owner, mode)),
                    CacheSeed::Files { from, source } => {
                        (self.cache_origin(from, mount.span), word(source), FileAttributes::default())
                    }
                };
                docker::Mount::Cache {
                    target: path.into(),
                    id: word(id),
                    from,
                    source,
                    sharing: match sharing {
                        Sharing::Shared => docker::Sharing::Shared,
                        Sharing::Private => docker::Sharing::Private,
                        Sharing::Locked => docker::Sharing::Locked,
                    },
                    access: access(*writable),
                    attributes,
                }
            }
            MountKind::Bind { path, from, source, writable } => docker::Mount::Bind {
                target: path.into(),
                from: self.mount_origin(from, mount.span),
                source: word(source),
                access: access(*writable),
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
            MountKind::Text { path, text, executable } => {
                // A here-document ends with a line break, which changes no script.
                let end = if text.ends_with('\n') { "" } else { "\n" };
                let mut files = Files::text(format!("{text}{end}"), "/script");
                files.mode = executable.then_some(Mode::Bits(0o755));
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

    /// The origin of a mount. `None` for the context.
    fn mount_origin(&mut self, from: &Origin, span: Span) -> Option<docker::Origin> {
        match from {
            Origin::Context => None,
            Origin::Stage(index, _) => Some(docker::Origin::Stage(self.names[*index].clone())),
            Origin::Image(image) => Some(self.image_origin(image)),
            Origin::Download(_) | Origin::Git(_) => self.fetch(from, span).map(docker::Origin::Stage),
        }
    }

    /// The origin of the files of a cache. A Dockerfile takes no origin for an empty cache, so the context needs a stage.
    fn cache_origin(&mut self, from: &Origin, span: Span) -> Option<docker::Origin> {
        if *from != Origin::Context {
            return self.mount_origin(from, span);
        }
        let copy =
            Instruction::Copy(docker::Copy { files: Files::new(["."], "/"), ..docker::Copy::default() });
        let stage = self.helper("context", Base::of(docker::Origin::Scratch), vec![copy]);
        Some(docker::Origin::Stage(stage))
    }
}

fn access(writable: bool) -> Access {
    if writable { Access::Write } else { Access::Read }
}
