//! Summarises steps.

use buildkit_proto::pb::{self, CacheSharingOpt, MountContentCache, MountType, NetMode, SecurityMode};

use super::summary::Summary;
use super::text::{octal, word, words};

pub(super) fn fill(summary: &mut Summary, exec: &pb::ExecOp) {
    summary.kind = "exec";
    if let Some(meta) = &exec.meta {
        summary.subject = words(&meta.args);
        fill_meta(&mut summary.fields, meta);
    }
    for mount in &exec.mounts {
        let line = mount_line(summary, mount);
        summary.fields.push(line);
    }
    match NetMode::try_from(exec.network) {
        Ok(NetMode::Unset) => {}
        Ok(NetMode::Host) => summary.fields.push("network host".into()),
        Ok(NetMode::None) => summary.fields.push("network none".into()),
        Err(_) => summary.fields.push(format!("network {}", exec.network)),
    }
    match SecurityMode::try_from(exec.security) {
        Ok(SecurityMode::Sandbox) => {}
        Ok(SecurityMode::Insecure) => summary.fields.push("security insecure".into()),
        Err(_) => summary.fields.push(format!("security {}", exec.security)),
    }
    for secret in &exec.secretenv {
        let optional = if secret.optional { " optional" } else { "" };
        summary.fields.push(format!("secret-env {} id={}{optional}", word(&secret.name), word(&secret.id)));
    }
    for device in &exec.cdi_devices {
        let optional = if device.optional { " optional" } else { "" };
        summary.fields.push(format!("device {}{optional}", word(&device.name)));
    }
}

fn fill_meta(fields: &mut Vec<String>, meta: &pb::Meta) {
    fields.extend(meta.env.iter().map(|variable| format!("env {}", word(variable))));
    if meta.cwd != "/" {
        fields.push(format!("cwd {}", word(&meta.cwd)));
    }
    for (label, value) in
        [("user", &meta.user), ("hostname", &meta.hostname), ("cgroup-parent", &meta.cgroup_parent)]
    {
        if !value.is_empty() {
            fields.push(format!("{label} {}", word(value)));
        }
    }
    if let Some(proxy) = &meta.proxy_env {
        for (name, value) in [
            ("http", &proxy.http_proxy),
            ("https", &proxy.https_proxy),
            ("ftp", &proxy.ftp_proxy),
            ("no", &proxy.no_proxy),
            ("all", &proxy.all_proxy),
        ] {
            if !value.is_empty() {
                fields.push(format!("proxy {name} {}", word(value)));
            }
        }
    }
    fields.extend(
        meta.extra_hosts.iter().map(|extra| format!("host {} {}", word(&extra.host), word(&extra.ip))),
    );
    fields.extend(meta.ulimit.iter().map(|limit| {
        let pb::Ulimit { name, soft, hard } = limit;
        format!("ulimit {} {soft}:{hard}", word(name))
    }));
    if !meta.remove_mount_stubs_recursive {
        fields.push("keeps mount stubs".into());
    }
    if !meta.valid_exit_codes.is_empty() {
        let codes: Vec<_> = meta.valid_exit_codes.iter().map(i32::to_string).collect();
        fields.push(format!("exit-codes {}", codes.join(" ")));
    }
}

fn mount_line(summary: &Summary, mount: &pb::Mount) -> String {
    let kind = MountType::try_from(mount.mount_type);
    let mut line = match kind {
        Ok(MountType::Bind) => format!("mount {}", word(&mount.dest)),
        Ok(kind) => format!("{} {}", kind.as_str_name().to_lowercase(), word(&mount.dest)),
        Err(_) => format!("mount {} of kind {}", word(&mount.dest), mount.mount_type),
    };
    if mount.input != -1 || kind == Ok(MountType::Bind) {
        line += &format!(" from {}", summary.input(mount.input));
    }
    let mut add = |text: String| line += &format!(" {text}");
    if !mount.selector.is_empty() {
        add(format!("path={}", word(&mount.selector)));
    }
    match kind {
        Ok(MountType::Bind) if mount.readonly => add("read-only".into()),
        Ok(MountType::Bind) if mount.output < 0 => add("discard".into()),
        Ok(MountType::Bind) => {}
        _ if mount.readonly => add("read-only".into()),
        _ => {}
    }
    if mount.output > 0 {
        add(format!("output={}", mount.output));
    }
    if let Some(pb::TmpfsOpt { size: 1.. }) = mount.tmpfs_opt {
        add(format!("size={}", mount.tmpfs_opt.map_or(0, |tmpfs| tmpfs.size)));
    }
    if let Some(cache) = &mount.cache_opt {
        add(format!("id={}", word(&cache.id)));
        match CacheSharingOpt::try_from(cache.sharing) {
            Ok(CacheSharingOpt::Shared) => {}
            Ok(sharing) => add(sharing.as_str_name().to_lowercase()),
            Err(_) => add(format!("sharing={}", cache.sharing)),
        }
    }
    let secret = mount.secret_opt.as_ref().map(|s| (&s.id, s.uid, s.gid, s.mode, s.optional));
    let agent = mount.ssh_opt.as_ref().map(|s| (&s.id, s.uid, s.gid, s.mode, s.optional));
    if let Some((id, uid, gid, mode, optional)) = secret.or(agent) {
        add(format!("id={} mode={}", word(id), octal(mode)));
        if (uid, gid) != (0, 0) {
            add(format!("owner={uid}:{gid}"));
        }
        if optional {
            add("optional".into());
        }
    }
    match MountContentCache::try_from(mount.content_cache) {
        Ok(MountContentCache::Default) => {}
        Ok(mode) => add(format!("content-cache={}", mode.as_str_name().to_lowercase())),
        Err(_) => add(format!("content-cache={}", mount.content_cache)),
    }
    line
}
