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
    /// How installed packages are upgraded.
    pub(super) upgrade: Upgrade,
    /// The command that tests whether the repositories have the package `$1`.
    pub(super) known: &'static str,
    /// How build-only packages are installed and purged.
    pub(super) temporary: Temporary,
    /// How the packages of libraries are found and kept.
    pub(super) linked: Linked,
    /// How packages are removed, if they are installed.
    pub(super) remove: Removal,
    /// The files that the package manager leaves, as arguments of `rm -f`.
    pub(super) traces: &'static str,
}

/// How installed packages are upgraded. Options follow each command that upgrades.
pub(super) struct Upgrade {
    /// The command that upgrades all packages.
    pub(super) all: String,
    /// The test whether `$package` is installed.
    pub(super) present: &'static str,
    /// The command that upgrades the packages whose names follow.
    pub(super) some: String,
    /// The commands before and after it, which use the names in `$old`. Empty if there are none.
    pub(super) around: [&'static str; 2],
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
        /// The command that lists the installed packages.
        installed: &'static str,
        /// The command that installs the packages whose names follow.
        install: &'static str,
        /// The command that purges them.
        purge: &'static str,
    },
}

/// How the packages of libraries are found and kept.
pub(super) struct Linked {
    /// The command that prints the packages that own the files `"$@"`, as the list of installed packages writes them. It can print
    /// other words, and fail for files without an owner.
    pub(super) owners: &'static str,
    /// The commands that keep the packages in `$keep`.
    pub(super) keep: &'static str,
}

/// How packages are removed.
pub(super) enum Removal {
    /// The command that removes the packages whose names follow. It ignores packages that are not installed.
    Direct(&'static str),
    /// The test whether `$package` is installed, and the command that removes the packages whose names follow.
    Present(&'static str, &'static str),
}

/// The packages and the script of a step.
pub(super) struct Work<'a> {
    /// The packages to upgrade. `None` for all of them.
    pub(super) upgrade: Option<Vec<String>>,
    pub(super) install: Wanted,
    pub(super) build_only: Wanted,
    pub(super) own: Option<String>,
    /// The paths below which the libraries that files need are kept.
    pub(super) keep_linked: &'a [String],
    pub(super) remove: Vec<String>,
    /// Additional options for the commands that install and upgrade.
    pub(super) options: &'a [String],
}

const FIRST_OF: &str = r#"first_of() {
    for name; do
        if known "$name"; then echo "$name"; return; fi
    done
    echo "no repository has any of these packages: $*" >&2
    return 1
}"#;

/// Finds the libraries of programs and libraries with the loader's own program. A file that is no program prints nothing.
const LINKED: &str = r#"linked() {
    ldd "$1" 2> /dev/null | sed -n 's/^.* => \(\/.*\) (0x[0-9a-f]*)$/\1/p; s/^[[:space:]]*\(\/.*\) (0x[0-9a-f]*)$/\1/p'
}
scan() {
    if [ -d "$1" ]; then
        for file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
            if [ ! -L "$file" ]; then scan "$file"; fi
        done
    elif [ -f "$1" ]; then
        case $1 in
            *.so | *.so.*) linked "$1" ;;
            *) if [ -x "$1" ]; then linked "$1"; fi ;;
        esac
    fi
}
if ! command -v ldd > /dev/null; then
    echo "keep-linked needs the program ldd" >&2
    exit 1
fi"#;

/// Keeps the added packages that own these libraries. A path of `ldd` can differ from that in the database of packages by a link: `/lib`
/// is `/usr/lib`, or the name of the library leads to another folder.
const KEEP: &str = r#"set --
while read -r file; do
    if [ "$file" ]; then
        real=$(readlink -f "$file")
        set -- "$@" "$file" "/usr$file" "${file#/usr}" "$real" "/usr$real" "${real#/usr}"
    fi
done << END
$libraries
END
keep=
if [ $# -gt 0 ]; then
    for package in $(owners "$@" 2> /dev/null || :); do
        case "$added " in *" $package "*) ;; *) continue ;; esac
        case "$keep " in *" $package "*) ;; *) keep="$keep $package" ;; esac
    done
fi"#;

const NEWLY: &str = r#"added=
for package in $(installed); do
    case $before in *" $package "*) ;; *) added="$added $package" ;; esac
done"#;

/// The whole script of a step.
pub(super) fn script(dialect: &Dialect, work: &Work<'_>) -> String {
    let mut lines = vec![dialect.functions.clone()];
    let choices = [&work.install, &work.build_only].map(|wanted| wanted.first_of.len());
    if choices.iter().any(|count| *count > 0) {
        lines.push(format!("known() {{ {}; }}\n{FIRST_OF}", dialect.known));
    }
    let upgrades = work.upgrade.as_ref().is_none_or(|names| !names.is_empty());
    if !dialect.refresh.is_empty() && (upgrades || !work.install.is_empty() || !work.build_only.is_empty()) {
        lines.push(dialect.refresh.clone());
    }
    let with_options = |command: &str| match work.options {
        [] => command.to_owned(),
        options => format!("{command} {}", words(options)),
    };
    if upgrades {
        lines.push(upgrade(&dialect.upgrade, work.upgrade.as_deref(), with_options));
    }
    if !work.install.is_empty() {
        lines.push(install(&with_options(&dialect.install), &work.install, 1));
    }
    let temporary = (!work.build_only.is_empty()).then_some(&dialect.temporary);
    let keeps = temporary.is_some() && !work.keep_linked.is_empty();
    match temporary {
        Some(Temporary::Added { installed, unmark, .. }) => {
            lines.push(format!("installed() {{ {installed}; }}"));
            lines.push("before=\" $(echo $(installed)) \"".to_owned());
            lines.push(install(&with_options(&dialect.install), &work.build_only, 1 + choices[0]));
            lines.push(NEWLY.to_owned());
            lines.push((*unmark).to_owned());
        }
        Some(Temporary::Recorded { install: command, installed, .. }) => {
            let before =
                keeps.then(|| format!("installed() {{ {installed}; }}\nbefore=\" $(echo $(installed)) \""));
            lines.extend(before);
            lines.push(install(&with_options(command), &work.build_only, 1 + choices[0]));
            lines.extend(keeps.then(|| NEWLY.to_owned()));
        }
        None => {}
    }
    lines.extend(work.own.clone());
    if keeps {
        lines.push(keep_linked(&dialect.linked, work.keep_linked));
    }
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

/// The commands that keep the packages of the libraries that files below these paths need.
fn keep_linked(linked: &Linked, paths: &[String]) -> String {
    let paths = words(paths);
    format!(
        r#"{LINKED}
for place in {paths}; do
    if [ ! -e "$place" ]; then
        echo "keep-linked: $place does not exist" >&2
        exit 1
    fi
done
libraries=$(for place in {paths}; do scan "$(readlink -f "$place")"; done | sort -u)
owners() {{ {}; }}
{KEEP}
if [ "$keep" ]; then
    {}
fi"#,
        linked.owners,
        linked.keep.replace('\n', "\n    ")
    )
}

/// The command that upgrades these packages if they are installed, or all packages.
fn upgrade(upgrade: &Upgrade, names: Option<&[String]>, with_options: impl Fn(&str) -> String) -> String {
    let Some(names) = names else { return with_options(&upgrade.all) };
    let [before, after] = upgrade.around.map(|command| match command {
        "" => String::new(),
        command => format!("    {command}\n"),
    });
    format!(
        "old=\nfor package in {}; do\n    if {}; then old=\"$old $package\"; fi\ndone\n\
         if [ \"$old\" ]; then\n{before}    {} $old\n{after}fi",
        words(names),
        upgrade.present,
        with_options(&upgrade.some)
    )
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
