//! The script of the step that joins layers which used the package manager beside each other.
//!
//! `varve-rootfs join` joins the records of packages and accounts. It writes what programs of the image have to do into files, and the
//! script runs these programs: triggers of dpkg, scripts of rpm, and those that make caches and lists from other files.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::base::source::Span;
use crate::expr::shell_quoted;
use crate::packages::install::apt;
use crate::plan::{EnvChange, EnvValue, Layer, Layers, Network, Process, Script};

/// The functions that make files anew. The names are those of `frontend/rootfs/src/join/classes.rs`.
const REMAKE: &str = include_str!("join/remake.sh");
const APT: &str = include_str!("join/apt.sh");
const RPM: &str = include_str!("join/rpm.sh");

/// Where the script sees the file systems of the layers, beside that of the stage. They are in `/dev`, which is not part of the image.
pub const BEFORE: &str = "/dev/varve/before";
/// The folder with the file system after each layer, under the name of the layer.
pub const LAYERS: &str = "/dev/varve/layers";
/// The folder for the files that the program and the script exchange.
pub const OUT: &str = "/dev/varve/out";
/// The path of the program.
pub const PROGRAM: &str = "/dev/varve/varve-rootfs";

/// Whether layers that use this package manager can be joined.
pub fn can_join(manager: Manager) -> bool {
    matches!(manager, Manager::Apt | Manager::Dnf)
}

/// The mistakes of layers that install packages or add users, if varve cannot join what this package manager records.
pub fn mistakes(layers: &Layers, manager: Manager) -> Vec<Diagnostic> {
    if can_join(manager) {
        return Vec::new();
    }
    let recording = layers.recording();
    let Some(((first, before), rest)) = recording.split_first() else { return Vec::new() };
    let mistake = |(other, at): &(&Layer, Span)| {
        let message =
            format!("the layers `{}` and `{}` both install packages or add users", first.name, other.name);
        let label = format!("varve cannot join what two layers change in the files of {}", manager.name());
        let error = Diagnostic::error(Code::PackageSiblings, *at, message).label(label);
        error.related(*before, "the first").help("move these steps before the layers")
    };
    rest.iter().map(mistake).collect()
}

/// The process that joins layers. `words` are the program with its arguments. Without a package manager, only files are compared.
pub fn process(manager: Option<Manager>, words: &[String]) -> Process {
    let quoted: Vec<String> = words.iter().map(|word| shell_quoted(word)).collect();
    let head = format!("before={BEFORE}\nlayers={LAYERS}\nout={OUT}\nset -- {}\n", quoted.join(" "));
    let body = match manager {
        Some(Manager::Apt) => format!("{REMAKE}{APT}rm -f {}\n", apt::TRACES),
        Some(_) => [REMAKE, RPM].concat(),
        None => "\"$@\"\n".to_owned(),
    };
    let root = Process::of_root(Script::posix(head + &body));
    let env =
        EnvChange { name: "DEBIAN_FRONTEND".to_owned(), change: EnvValue::Set("noninteractive".to_owned()) };
    let env = (manager == Some(Manager::Apt)).then_some(env).into_iter().collect();
    Process { env, network: Some(Network::None), ..root }
}
