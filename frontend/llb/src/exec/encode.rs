//! Encodes steps, field by field as `ExecOp.Marshal` in client/llb/exec.go does.

use std::borrow::Cow;

use buildkit_names::{absolute_path, absolute_path_from};

use super::{Access, ContentCache, Exec, Mount, MountKind, Network, Security, Sharing, Ssh};
use crate::Output;
use crate::capability::{Capability, CapabilitySet};
use crate::encode::{Encode, Inputs, Root, encode_constraints, encode_platform};
use crate::writer::Writer;

const BIND: u64 = 0;
const SECRET: u64 = 1;
const SSH: u64 = 2;
const CACHE: u64 = 3;
const TMPFS: u64 = 4;

impl Encode for Exec {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_platform(&self.platform, writer);
        encode_constraints(writer);
        writer.message(2, |w| {
            w.message(1, |w| self.encode_meta(w));
            self.encode_mounts(inputs, w);
            w.uint(
                3,
                match self.network {
                    Network::Sandbox => 0,
                    Network::Host => 1,
                    Network::None => 2,
                },
            );
            w.uint(
                4,
                match self.security {
                    Security::Sandbox => 0,
                    Security::Insecure => 1,
                },
            );
            for secret in &self.secret_env {
                w.message(5, |w| {
                    w.string(1, &secret.id);
                    w.string(2, &secret.name);
                    w.flag(3, secret.optional);
                });
            }
            for device in &self.devices {
                w.message(6, |w| {
                    w.string(1, &device.name);
                    w.flag(2, device.optional);
                });
            }
        });
    }

    fn capabilities(&self) -> CapabilitySet {
        use Capability as C;
        let mut needs = CapabilitySet::default();
        needs.insert(C::ExecMetaBase);
        needs.insert(C::ExecMetaSetsDefaultPath);
        needs.insert_if(self.root.is_some(), C::ExecMountBind);
        needs.insert_if(self.network != Network::Sandbox, C::ExecMetaNetwork);
        needs.insert_if(self.security != Security::Sandbox, C::ExecMetaSecurity);
        needs.insert_if(self.proxy.is_some(), C::ExecMetaProxy);
        needs.insert_if(!self.ulimits.is_empty(), C::ExecMetaUlimit);
        needs.insert_if(!self.cgroup_parent.is_empty(), C::ExecMetaCgroupParent);
        needs.insert_if(!self.devices.is_empty(), C::ExecMetaDevices);
        needs.insert_if(!self.valid_exit_codes.is_empty(), C::ExecValidExitCode);
        needs.insert_if(!self.secrets.is_empty() || !self.secret_env.is_empty(), C::ExecMountSecret);
        needs.insert_if(!self.secret_env.is_empty(), C::ExecSecretEnv);
        needs.insert_if(!self.ssh.is_empty(), C::ExecMountSsh);
        self.mounts.iter().for_each(|mount| mount.capabilities(&mut needs));
        needs
    }

    fn root(&self) -> Root {
        if self.read_only_root { Root::Unchanged(self.root) } else { Root::FirstOutput }
    }
}

impl Exec {
    /// Returns the mounts with their absolute destinations, sorted by destination. Outputs are numbered in this order.
    pub(super) fn sorted_mounts(&self) -> Vec<(Cow<'_, str>, &Mount)> {
        let mut mounts: Vec<_> =
            self.mounts.iter().map(|mount| (self.destination(&mount.dest), mount)).collect();
        mounts.sort_by(|(a, _), (b, _)| a.cmp(b));
        mounts
    }

    /// Returns the absolute path of a destination.
    pub(super) fn destination<'a>(&self, dest: &'a str) -> Cow<'a, str> {
        absolute_path_from(&self.cwd, dest)
    }

    fn encode_meta(&self, w: &mut Writer) {
        w.strings(1, self.argv.as_slice());
        for (name, value) in self.env.iter() {
            w.element(2, &[name.as_bytes(), b"=", value.as_bytes()]);
        }
        if let Some(first) = self.ssh.first()
            && self.env.get("SSH_AUTH_SOCK").is_none()
        {
            w.element(2, &[b"SSH_AUTH_SOCK=", self.socket(0, first).as_bytes()]);
        }
        w.string(3, &absolute_path(&self.cwd));
        w.string(4, &self.user);
        if let Some(proxy) = &self.proxy {
            w.message(5, |w| {
                w.string(1, &proxy.http);
                w.string(2, &proxy.https);
                w.string(3, &proxy.ftp);
                w.string(4, &proxy.no);
                w.string(5, &proxy.all);
            });
        }
        for extra in &self.extra_hosts {
            w.message(6, |w| {
                w.string(1, &extra.host);
                w.string(2, &extra.ip.to_canonical().to_string());
            });
        }
        w.string(7, &self.hostname);
        for ulimit in &self.ulimits {
            w.message(9, |w| {
                w.string(1, &ulimit.name);
                w.int(2, ulimit.soft);
                w.int(3, ulimit.hard);
            });
        }
        w.string(10, &self.cgroup_parent);
        // BuildKit's client always sets this: folders that were created as mount points are removed from the result.
        w.flag(11, true);
        w.packed(12, self.valid_exit_codes.iter().map(|code| i64::from(*code)));
    }

    fn encode_mounts(&self, inputs: &mut Inputs, w: &mut Writer) {
        let mut outputs = 0..;
        let mut output = |is_output: bool| if is_output { outputs.next().unwrap_or(-1) } else { -1 };
        w.message(2, |w| {
            w.int(1, inputs.index(self.root));
            w.string(3, "/");
            w.int(4, output(!self.read_only_root));
            w.flag(5, self.read_only_root);
        });
        for (dest, mount) in self.sorted_mounts() {
            w.message(2, |w| mount.encode(&dest, inputs, output(mount.is_output()), w));
        }
        // BuildKit's client leaves the output of secrets and agents at zero, and the daemon ignores it.
        for secret in &self.secrets {
            w.message(2, |w| {
                w.int(1, -1);
                w.string(3, &self.destination(&secret.dest));
                w.uint(6, SECRET);
                w.message(21, |w| {
                    w.string(1, &secret.id);
                    w.uint(2, secret.uid.into());
                    w.uint(3, secret.gid.into());
                    w.uint(4, secret.mode.into());
                    w.flag(5, secret.optional);
                });
            });
        }
        for (index, ssh) in self.ssh.iter().enumerate() {
            w.message(2, |w| {
                w.int(1, -1);
                w.string(3, &self.socket(index, ssh));
                w.uint(6, SSH);
                w.message(22, |w| {
                    w.string(1, &ssh.id);
                    w.uint(2, ssh.uid.into());
                    w.uint(3, ssh.gid.into());
                    w.uint(4, ssh.mode.into());
                    w.flag(5, ssh.optional);
                });
            });
        }
    }

    /// Returns the path of the socket of an agent.
    fn socket<'a>(&self, index: usize, ssh: &'a Ssh) -> Cow<'a, str> {
        if ssh.dest.is_empty() {
            format!("/run/buildkit/ssh_agent.{index}").into()
        } else {
            self.destination(&ssh.dest)
        }
    }
}

impl Mount {
    fn source(&self) -> Option<Output> {
        match &self.kind {
            MountKind::Bind(bind) => bind.source,
            MountKind::Cache(cache) => cache.seed,
            MountKind::Tmpfs { .. } => None,
        }
    }

    fn selector(&self) -> Cow<'_, str> {
        let selector = match &self.kind {
            MountKind::Bind(bind) => absolute_path(&bind.selector),
            MountKind::Cache(cache) => absolute_path(&cache.selector),
            MountKind::Tmpfs { .. } => "".into(),
        };
        if selector == "/" { "".into() } else { selector }
    }

    fn content_cache(&self) -> ContentCache {
        match &self.kind {
            MountKind::Bind(bind) => bind.content_cache,
            MountKind::Cache(cache) => cache.content_cache,
            MountKind::Tmpfs { .. } => ContentCache::Default,
        }
    }

    fn encode(&self, dest: &str, inputs: &mut Inputs, output: i64, w: &mut Writer) {
        let (read_only, kind) = match &self.kind {
            MountKind::Bind(bind) => (bind.access == Access::ReadOnly, BIND),
            MountKind::Cache(cache) => (cache.read_only, CACHE),
            MountKind::Tmpfs { .. } => (false, TMPFS),
        };
        w.int(1, inputs.index(self.source()));
        w.string(2, &self.selector());
        w.string(3, dest);
        w.int(4, output);
        w.flag(5, read_only);
        w.uint(6, kind);
        match &self.kind {
            MountKind::Bind(_) => {}
            MountKind::Tmpfs { size } => w.message(19, |w| w.uint(1, *size)),
            MountKind::Cache(cache) => w.message(20, |w| {
                w.string(1, if cache.id.is_empty() { dest } else { &cache.id });
                w.uint(
                    2,
                    match cache.sharing {
                        Sharing::Shared => 0,
                        Sharing::Private => 1,
                        Sharing::Locked => 2,
                    },
                );
            }),
        }
        w.uint(
            24,
            match self.content_cache() {
                ContentCache::Default => 0,
                ContentCache::On => 1,
                ContentCache::Off => 2,
            },
        );
    }

    fn capabilities(&self, needs: &mut CapabilitySet) {
        use Capability as C;
        match &self.kind {
            MountKind::Bind(bind) => {
                needs.insert(C::ExecMountBind);
                needs.insert_if(bind.access == Access::Discard, C::ExecMountBindDiscard);
            }
            MountKind::Cache(_) => {
                needs.insert(C::ExecMountCache);
                needs.insert(C::ExecMountCacheSharing);
            }
            MountKind::Tmpfs { size } => {
                needs.insert(C::ExecMountTmpfs);
                needs.insert_if(*size > 0, C::ExecMountTmpfsSize);
            }
        }
        needs.insert_if(!self.selector().is_empty(), C::ExecMountSelector);
        needs.insert_if(self.content_cache() != ContentCache::Default, C::ExecMountContentCache);
    }
}
