//! Installs packages from the archives of a date. The script makes sources for this step from the sources of the image, in which it
//! replaces the addresses of archives by those of that date. It does not use apt's own `--snapshot`, which needs certificates and
//! today's archive, and which older versions of apt do not have.
//!
//! All these files are in /dev, which is not part of the image.

use crate::expr::shell_quoted;
use crate::plan::Snapshot;

/// The folder of these files.
const FOLDER: &str = "/dev/varve/apt";
/// A pattern for the end of an address in a list of sources.
const END: &str = "(/|[[:space:]]|$)";

/// Archives for which a service has the packages of each date: a pattern of their addresses, and the replacement, in which `DATE`
/// is the date. The scheme of the address is kept, since apt cannot use https in an image without certificates.
const KNOWN: [(&str, &str); 4] = [
    (
        r"(https?)://([a-z0-9-]+\.)*debian\.org/(debian|debian-security|debian-debug)",
        r"\1://snapshot.debian.org/archive/\3/DATE\4",
    ),
    // The root of this host has the same content as its folder `debian-security`.
    (r"(https?)://security\.debian\.org", r"\1://snapshot.debian.org/archive/debian-security/DATE\2"),
    (
        r"(https?)://([a-z0-9-]+\.)*(archive|security|ports|old-releases)\.ubuntu\.com/ubuntu(-ports)?",
        r"\1://snapshot.ubuntu.com/ubuntu/DATE\5",
    ),
    (
        r"(https?)://ppa\.launchpad(content)?\.net/([^/[:space:]]+/[^/[:space:]]+)/ubuntu",
        r"\1://snapshot.ppa.launchpadcontent.net/\3/ubuntu/DATE\4",
    ),
];

/// Patterns of the shell for addresses that have a date already or are in the image.
const DATED: [&str; 6] = [
    "http*://snapshot.debian.org/*",
    "http*://snapshot.ubuntu.com/*",
    "http*://snapshot.ppa.launchpadcontent.net/*",
    "cdrom:*",
    "copy:*",
    "file:*",
];

/// The commands at the start of the script. Every later call of apt uses the new sources.
pub(super) fn commands(snapshot: &Snapshot) -> String {
    let date = snapshot.date.compact();
    let number: String = date.chars().filter(char::is_ascii_digit).collect();
    let rules = shell_quoted(&rules(snapshot, &date));
    let own = snapshot.archives.iter().map(|(_, dated)| format!("{}/*", shell_quoted(dated)));
    let dated: Vec<String> = DATED.into_iter().map(str::to_owned).chain(own).collect();
    let dated = dated.join(" | \\\n            ");
    format!(
        r#"if [ "$(date -u +%Y%m%d%H%M%S)" -lt {number} ]; then
    echo "{date} is still to come: its packages are not known" >&2
    exit 1
fi
mkdir -p {FOLDER}/sources.list.d
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed -E {rules} "$file" > "{FOLDER}/${{file#/etc/apt/}}"
done
cat "${{APT_CONFIG:-/dev/null}}" - > {FOLDER}/apt.conf << END
Dir::Etc::SourceList "{FOLDER}/sources.list";
Dir::Etc::SourceParts "{FOLDER}/sources.list.d";
Acquire::Check-Valid-Until "false";
END
export APT_CONFIG={FOLDER}/apt.conf
undated=$(get update --print-uris | sed -n "s/^'\(.*\)InRelease' .*/    \1/p" | while read -r address; do
    case $address in
        {dated}) ;;
        *) echo "    $address" ;;
    esac
done)
if [ -n "$undated" ]; then
    echo "how these sources were at {date} is not known:
$undated
name their archives of that day: \`snapshot: {{date: {date}, archives: {{ADDRESS: ADDRESS OF THAT DAY}}}}\`" >&2
    exit 1
fi"#
    )
}

/// The commands for sed. Those for the archives that the step names come first. A mark in their results keeps the later commands
/// from replacing them again.
fn rules(snapshot: &Snapshot, date: &str) -> String {
    let mut rules = Vec::new();
    for (address, dated) in &snapshot.archives {
        let dated = escaped(&dated.replacen(":/", ":@/", 1), r"\#&");
        rules.push(format!("s#{}{END}#{dated}\\1#g", escaped(address, r"\#.[]{}()*+?^$|")));
    }
    for (address, dated) in KNOWN {
        rules.push(format!("s#{address}{END}#{}#g", dated.replace("DATE", date)));
    }
    if !snapshot.archives.is_empty() {
        rules.push("s#:@/#:/#g".to_owned());
    }
    rules.join("\n")
}

/// The text with a backslash before each of the special characters.
fn escaped(text: &str, special: &str) -> String {
    let escape = |c: char| special.contains(c).then_some('\\').into_iter().chain([c]);
    text.chars().flat_map(escape).collect()
}
