//! `pip`: installs Python packages with pip or uv, into a virtual environment or the Python of the distribution.

use buildkit_names::absolute_path;

use super::copy::Origin;
use super::credentials;
use super::env::{EnvChange, EnvValue};
use super::{Action, process};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::expr::shell_quoted;
use crate::plan::Script;
use crate::plan::build::Planner;
use crate::plan::mount::{CacheSeed, Mount, MountKind, Sharing};
use crate::plan::process::{script_text, shell};
use crate::plan::script_file::script_file;
use crate::variant::concrete::ConcreteValue;

/// The folder in which files of the context are mounted.
const CONTEXT: &str = "/run/varve/context";
/// The folder in which caches are mounted.
const CACHE: &str = "/var/cache/varve";

/// The help for a URL with credentials.
const SECRET_INDEX: &str = "use a secret: `mounts: [{secret: pip-index, env: PIP_INDEX_URL}]`, or `{secret: netrc, to: /root/.netrc}`";

/// The program that installs the packages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Installer {
    Pip,
    Uv,
}

/// Plans a step `pip`, which is a process. Requirement and constraint files and caches are mounted, so they leave nothing in the
/// layer.
pub(super) fn pip(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Action> {
    let installer =
        if data.text("installer").as_deref() == Some("uv") { Installer::Uv } else { Installer::Pip };
    let files = |key: &str| data.get(key).map(ConcreteValue::items).unwrap_or_default();
    for key in ["index", "extra-index", "options", "editable", "env"] {
        credentials::refuse(data.get(key), SECRET_INDEX, &mut planner.found);
    }
    credentials::refuse(Some(value), SECRET_INDEX, &mut planner.found);
    let mut words: Vec<String> = Vec::new();
    let mut option = |name: &str, values: Vec<String>| {
        words.extend(values.into_iter().flat_map(|value| [name.to_owned(), value]))
    };
    option("--index-url", data.texts("index"));
    option("--extra-index-url", data.texts("extra-index"));
    let mounted = |paths: Vec<String>| paths.iter().map(|path| mount_path(path)).collect();
    option("--requirement", mounted(data.texts("requirements")));
    option("--constraint", mounted(data.texts("constraints")));
    option("--editable", data.texts("editable"));
    words.extend(data.texts("options"));
    words.extend(value.as_texts());
    if value.items().is_empty() && files("requirements").is_empty() && files("editable").is_empty() {
        let error = Diagnostic::error(Code::BadValue, value.span, "there is nothing to install");
        planner.found.push(error.help("list requirements, or add `requirements:`"));
        return None;
    }
    let python = data.text("python");
    let mut text = script(installer, python.as_deref(), data.text("venv").as_deref(), &words);
    let shell = shell(data, &mut planner.found);
    let mut program = None;
    if let Some(own) = data.get("run").map(script_text).filter(|own| !own.trim().is_empty()) {
        let script = Script::Run { text: own.clone(), shell: shell.clone() };
        if script.interpreter().is_some() {
            program = script_file(&script, None, data.span).unwrap_or_else(|error| {
                planner.found.push(*error);
                None
            });
        }
        // The shell of a stage need not end at a line that fails.
        text.push_str(" || exit\n");
        text.push_str(&program.as_ref().map_or(own, |program| program.command()));
    }
    let mut process = process(data, Script::Run { text, shell }, planner);
    let files = files("requirements").iter().chain(files("constraints"));
    let mut mounts: Vec<Mount> =
        files.filter_map(|file| Some(context_mount(file.as_text()?, file.span))).collect();
    mounts.push(cache(installer, data.span));
    mounts.append(&mut process.mounts);
    mounts.extend(program.map(|program| program.mount));
    process.mounts = mounts;
    let settings = settings(installer)
        .map(|(name, value)| EnvChange { name: name.to_owned(), change: EnvValue::Set(value) });
    process.env.splice(0..0, settings);
    Some(Action::Run(process))
}

/// The name of the step in the progress of the build.
pub(super) fn name(data: &ConcreteValue, value: &ConcreteValue) -> String {
    let files = data.texts("requirements").into_iter().map(|file| format!("-r {file}"));
    let editable = data.texts("editable").into_iter().map(|path| format!("-e {path}"));
    let words: Vec<String> = files.chain(editable).chain(value.as_texts()).collect();
    format!("pip {}", words.join(" "))
}

/// The commands that install. The last one ends the text, without a line break.
fn script(installer: Installer, python: Option<&str>, venv: Option<&str>, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_quoted(word)).collect();
    let words = words.join(" ");
    let own = python.map(shell_quoted);
    let program = own.as_deref().unwrap_or("python3");
    match (installer, venv.map(shell_quoted)) {
        (Installer::Pip, None) => format!("{program} -m pip install {words}"),
        (Installer::Pip, Some(venv)) => {
            format!(
                "[ -x {venv}/bin/python ] || {program} -m venv {venv}\n{venv}/bin/python -m pip install {words}"
            )
        }
        (Installer::Uv, None) => {
            let system = python.map_or_else(|| "--system".to_owned(), uv_python);
            format!("uv pip install {system} --break-system-packages {words}")
        }
        (Installer::Uv, Some(venv)) => {
            let of = own.as_deref().map(|python| format!("--python {python} "));
            let of = of.as_deref().unwrap_or_default();
            format!(
                "[ -x {venv}/bin/python ] || uv venv {of}{venv}\nuv pip install --python {venv}/bin/python {words}"
            )
        }
    }
}

/// The options of uv for an interpreter. uv installs into any interpreter whose path it gets. For a name, it looks at virtual environments
/// alone, unless `--system` allows others (uv's documentation, "Using arbitrary Python environments").
fn uv_python(python: &str) -> String {
    let system = if python.starts_with('/') { "" } else { "--system " };
    format!("{system}--python {}", shell_quoted(python))
}

/// The environment of the installer. It asks no questions, prints no advice, uses the mounted cache, and may change the Python of
/// the distribution.
fn settings(installer: Installer) -> impl Iterator<Item = (&'static str, String)> {
    let plain = |name, value: &str| (name, value.to_owned());
    let settings = match installer {
        Installer::Pip => vec![
            ("PIP_CACHE_DIR", format!("{CACHE}/pip")),
            plain("PIP_BREAK_SYSTEM_PACKAGES", "1"),
            plain("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            plain("PIP_NO_INPUT", "1"),
            plain("PIP_ROOT_USER_ACTION", "ignore"),
        ],
        // The cache is on another file system, so uv cannot make hard links into it.
        Installer::Uv => vec![("UV_CACHE_DIR", format!("{CACHE}/uv")), plain("UV_LINK_MODE", "copy")],
    };
    settings.into_iter()
}

fn cache(installer: Installer, span: Span) -> Mount {
    let id = if installer == Installer::Pip { "pip" } else { "uv" };
    let path = format!("{CACHE}/{id}");
    let kind = MountKind::Cache {
        path,
        id: Some(format!("varve-{id}")),
        sharing: Sharing::Shared,
        seed: CacheSeed::Empty { owner: Some((0, 0)), mode: Some(0o1777) },
        writable: true,
    };
    Mount { span, kind }
}

fn context_mount(path: &str, span: Span) -> Mount {
    let kind = MountKind::Bind {
        path: mount_path(path),
        from: Origin::Context,
        source: Some(path.to_owned()),
        writable: false,
    };
    Mount { span, kind }
}

/// The path at which a file of the context is mounted. As everywhere in the context, `..` does not lead out of it.
fn mount_path(path: &str) -> String {
    format!("{CONTEXT}{}", absolute_path(path))
}
