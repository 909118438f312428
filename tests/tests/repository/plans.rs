//! Snapshots of the plans of a family: every stage once, and the image of every variant.

use std::collections::BTreeSet;
use std::fmt::Write;

use varve_spec::Member;
use varve_tests::machine::Machine;

use crate::families::Example;

/// What `varve plan` shows of all variants of a family in `examples`.
pub(crate) fn of_family(family: &str) -> String {
    let folder = Machine::read().unwrap().workspace.join("examples").join(family);
    let members = Example::read(family).members();
    let builds = members
        .iter()
        .flat_map(|member| member.platforms.iter().map(move |platform| (member, platform.as_str())));
    shown(&folder.join("image.yaml").display().to_string(), builds)
}

/// What `varve plan` shows of variants, each for a platform. A stage that several of them have stands in it once.
pub(crate) fn shown<'m>(file: &str, builds: impl Iterator<Item = (&'m Member, &'m str)>) -> String {
    let (mut shown, mut seen) = (String::new(), BTreeSet::new());
    for (member, platform) in builds {
        let axes: Vec<String> = member.axes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        writeln!(shown, "======== {} {platform}{}\n", member.target, axes.concat()).unwrap();
        for part in parts(file, &member.target, &member.args, platform) {
            let new = part.starts_with("STAGE ") && seen.insert(part.clone());
            if new || part.starts_with("IMAGE") {
                writeln!(shown, "{}", without_own_scripts(&part)).unwrap();
            }
        }
    }
    shown
}

/// The plan of a variant, in parts: the head, each stage, the image.
fn parts(file: &str, target: &str, args: &[(String, String)], platform: &str) -> Vec<String> {
    let mut words = vec!["plan".to_owned(), format!("--target={target}"), format!("--platform={platform}")];
    words.extend(args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    words.push(file.to_owned());
    let answer = varve_cli::run(words, varve_cli::Colours::default());
    assert_eq!(answer.code, 0, "{target} {args:?}: {}", answer.err);
    let text = String::from_utf8(answer.out).unwrap();
    text.split("\n\n").map(|part| part.trim_end().to_owned()).collect()
}

/// The lines that are the same in all steps with packages of apt.
const OF_APT: [&str; 5] =
    ["|", "env: DEBIAN_FRONTEND=", "user: 0:0", "cache /var/cache/", "cache /var/lib/apt/lists"];

/// A part without the scripts of `packages`, of which other tests have snapshots, and without places.
fn without_own_scripts(part: &str) -> String {
    let (mut kept, mut skipping) = (String::new(), false);
    for line in part.lines() {
        let text = line.trim_start();
        match text {
            "shell: /bin/sh -e" => skipping = true,
            "script:" if skipping => {}
            _ if skipping && OF_APT.iter().any(|start| text.starts_with(start)) => {}
            _ => {
                skipping = false;
                let place = line.rfind(" (").filter(|at| line[*at..].contains(".yaml:"));
                writeln!(kept, "{}", place.map_or(line, |at| &line[..at])).unwrap();
            }
        }
    }
    kept
}
