//! The script that all package managers share. A [`Dialect`] has the commands of one package manager.

use super::Wanted;
use crate::expr::shell_quoted;

/// The commands of a package manager.
pub(super) struct Dialect {
    /// The environment of the process.
    pub(super) env: &'static [(&'static str, &'static str)],
    /// The paths and ids of the caches.
    pub(super) caches: Vec<(&'static str, String)>,
    /// Shell functions. One of them is `get`, which runs the package manager with its options.
    pub(super) functions: String,
    /// The command that refreshes the package lists. Empty if the installation does that.
    pub(super) refresh: String,
    /// The command that installs the packages whose names follow.
    pub(super) install: String,
    /// The command that tests whether the repositories have the package `$1`.
    pub(super) known: &'static str,
    /// How build-only packages are installed and purged.
    pub(super) temporary: Temporary,
    /// How packages are removed, if they are installed.
    pub(super) remove: Removal,
    /// The files that the package manager leaves, as arguments of `rm -f`.
    pub(super) traces: &'static str,
}

/// How build-only packages are purged.
pub(super) enum Temporary {
    /// The script compares the installed packages before and after, and purges those that were added.
    Added {
        /// The command that lists the installed packages.
        installed: &'static str,
        /// The command that marks the packages in `$added` as not wanted, so that a mark of the step's own script counts.
        unmark: &'static str,
        /// The command that purges the packages in `$added` that the step's own script did not mark and that no other one needs.
        purge: &'static str,
    },
    /// The package manager records which packages belong together.
    Recorded {
        /// The command that installs the packages whose names follow.
        install: &'static str,
        /// The command that purges them.
        purge: &'static str,
    },
}

/// How packages are removed.
pub(super) enum Removal {
    /// The command that removes the packages whose names follow. It ignores packages that are not installed.
    Direct(&'static str),
    /// The test whether `$package` is installed, and the command that removes the packages whose names follow.
    Present(&'static str, &'static str),
}

/// The packages and the script of a step.
pub(super) struct Work {
    pub(super) install: Wanted,
    pub(super) build_only: Wanted,
    pub(super) own: Option<String>,
    pub(super) remove: Vec<String>,
}

const FIRST_OF: &str = r#"first_of() {
    for name; do
        if known "$name"; then echo "$name"; return; fi
    done
    echo "no repository has any of these packages: $*" >&2
    return 1
}"#;

const NEWLY: &str = r#"added=
for package in $(installed); do
    case $before in *" $package "*) ;; *) added="$added $package" ;; esac
done"#;

/// The whole script of a step.
pub(super) fn script(dialect: &Dialect, work: &Work) -> String {
    let mut lines = vec![dialect.functions.clone()];
    let choices = [&work.install, &work.build_only].map(|wanted| wanted.first_of.len());
    if choices.iter().any(|count| *count > 0) {
        lines.push(format!("known() {{ {}; }}\n{FIRST_OF}", dialect.known));
    }
    if !dialect.refresh.is_empty() && (!work.install.is_empty() || !work.build_only.is_empty()) {
        lines.push(dialect.refresh.clone());
    }
    if !work.install.is_empty() {
        lines.push(install(&dialect.install, &work.install, 1));
    }
    let temporary = (!work.build_only.is_empty()).then_some(&dialect.temporary);
    match temporary {
        Some(Temporary::Added { installed, unmark, .. }) => {
            lines.push(format!("installed() {{ {installed}; }}"));
            lines.push("before=\" $(echo $(installed)) \"".to_owned());
            lines.push(install(&dialect.install, &work.build_only, 1 + choices[0]));
            lines.push(NEWLY.to_owned());
            lines.push((*unmark).to_owned());
        }
        Some(Temporary::Recorded { install: command, .. }) => {
            lines.push(install(command, &work.build_only, 1 + choices[0]));
        }
        None => {}
    }
    lines.extend(work.own.clone());
    match temporary {
        Some(Temporary::Added { purge, .. } | Temporary::Recorded { purge, .. }) => {
            lines.push((*purge).to_owned())
        }
        None => {}
    }
    if !work.remove.is_empty() {
        lines.push(removal(&dialect.remove, &work.remove));
    }
    lines.push(format!("rm -f {}\n", dialect.traces));
    lines.join("\n")
}

/// The shell function `retry`, which runs a command up to three times. `give_up` is a line of its body that returns if another try
/// would be useless.
pub(super) fn retry(give_up: &str) -> String {
    format!(
        r#"retry() {{
    for pause in 1 5; do
        if "$@"; then return; fi
{give_up}        echo "once more in $pause s: $*" >&2
        sleep "$pause"
    done
    "$@"
}}"#
    )
}

/// The command that installs packages. Alternatives are selected before it, since the shell ignores a failure of `"$( )"` in an
/// argument.
fn install(command: &str, wanted: &Wanted, first: usize) -> String {
    let mut text = String::new();
    let mut all: Vec<String> = wanted.plain.iter().map(|name| shell_quoted(name)).collect();
    for (number, names) in (first..).zip(&wanted.first_of) {
        text.push_str(&format!("choice{number}=$(first_of {})\n", words(names)));
        all.push(format!("\"$choice{number}\""));
    }
    format!("{text}{command} \\\n    {}", all.join(" \\\n    "))
}

fn removal(removal: &Removal, names: &[String]) -> String {
    match removal {
        Removal::Direct(command) => format!("{command} {}", words(names)),
        Removal::Present(test, command) => format!(
            "gone=\nfor package in {}; do\n    if {test}; then gone=\"$gone $package\"; fi\ndone\n[ -z \"$gone\" ] || {command} $gone",
            words(names)
        ),
    }
}

/// Quotes words for the shell, with spaces between them.
pub(super) fn words(words: &[String]) -> String {
    words.iter().map(|word| shell_quoted(word)).collect::<Vec<_>>().join(" ")
}
