//! Measures whether `varve changed` is right: `cargo bench -p varve-tests --bench changed`.
//!
//! See [`varve_tests::changing`]. The names of families after `--` select them, a number is the seed, and `KIND` of an edit selects those.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Result, ensure};
use varve_cli::Colours;
use varve_tests::Engine;
use varve_tests::changing::{Family, Measurement, NAMES, StandIns, Verdict, edits};
use varve_tests::machine::Machine;

/// The seed of the edits if none is given.
const SEED: u64 = 1;

/// What was counted for a family.
#[derive(Default)]
struct Count {
    edits: usize,
    failed: usize,
    images: usize,
    others: usize,
    missed: usize,
    needless: usize,
}

fn main() -> Result<()> {
    let engine = Engine::get()?;
    let machine = Machine::read()?;
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let seed = words.iter().find_map(|word| word.parse().ok()).unwrap_or(SEED);
    let kinds: Vec<&String> =
        words.iter().filter(|word| word.parse::<u64>().is_err() && !NAMES.contains(&word.as_str())).collect();
    let selected = |name: &&&str| {
        words.iter().any(|word| word == *name) || !words.iter().any(|word| NAMES.contains(&word.as_str()))
    };
    let stand_ins = StandIns::start(engine)?;
    let mut reasons: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut table = Vec::new();
    for name in NAMES.iter().filter(selected) {
        let family = Family::read(&machine.workspace.join("examples"), name, &stand_ins)?;
        let measurement = Measurement::start(engine, varve, &family)?;
        let mut count = Count::default();
        for edit in edits(&family, &stand_ins, seed)? {
            if !kinds.is_empty() && !kinds.iter().any(|kind| *kind == edit.kind) {
                continue;
            }
            count.edits += 1;
            let verdicts = match measurement.edit(&edit) {
                Ok(verdicts) => verdicts,
                Err(error) => {
                    count.failed += 1;
                    say(&format!("FAILED {error:#}"));
                    continue;
                }
            };
            let of = |is: &dyn Fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
            let (others, missed, needless) =
                (of(&|one| one.is_other), of(&|one| one.is_missed()), of(&|one| one.is_needless()));
            say(&format!(
                "{name}: {} ({}{}): {others} of {} are others; missed {missed}, needless {needless}",
                edit.kind,
                edit.what,
                if edit.is_committed { ", committed" } else { "" },
                verdicts.len()
            ));
            for verdict in verdicts.iter().filter(|verdict| verdict.is_missed()) {
                say(&format!("  MISSED {}", verdict.member));
            }
            for verdict in verdicts.iter().filter(|verdict| verdict.is_needless()) {
                let reason = verdict.reason.clone().unwrap_or_default();
                say(&format!("  needless {}: {reason}", verdict.member));
                *reasons.entry((edit.kind, reason)).or_default() += 1;
            }
            count.images += verdicts.len();
            count.others += others;
            count.missed += missed;
            count.needless += needless;
        }
        ensure!(measurement.is_stable()?, "{name}: another build of the first revision gives other images");
        table.push((*name, count));
    }
    say("\n| family | edits | images | changed | missed | needlessly changed |\n|---|---|---|---|---|---|");
    for (name, Count { edits, images, others, missed, needless, .. }) in &table {
        say(&format!("| {name} | {edits} | {images} | {others} | {missed} | {needless} |"));
    }
    let sum = |of: fn(&Count) -> usize| table.iter().map(|(_, count)| of(count)).sum::<usize>();
    say(&format!(
        "| all | {} | {} | {} | {} | {} |\n",
        sum(|count| count.edits),
        sum(|count| count.images),
        sum(|count| count.others),
        sum(|count| count.missed),
        sum(|count| count.needless)
    ));
    for ((kind, reason), times) in &reasons {
        say(&format!("{times} needless: {kind}: {reason}"));
    }
    ensure!(sum(|count| count.failed) == 0, "{} edits failed", sum(|count| count.failed));
    ensure!(sum(|count| count.missed) == 0, "`varve changed` missed {} images", sum(|count| count.missed));
    Ok(())
}

/// The command `varve` of these sources, in this process.
fn varve(words: &[&str]) -> Result<Vec<u8>> {
    let answer = varve_cli::run(words.iter().copied(), Colours::default());
    ensure!(answer.code == 0, "{}", answer.err);
    Ok(answer.out)
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
