//! Measures what an edit runs again: `VARVE_FRONTEND_PROFILE=dist cargo bench -p varve-tests --bench edits`.
//!
//! Each document in `edits` has a member of a family twice, as the Dockerfile of its project and as an image.yaml, with the same pieces of
//! work. Both are built, and then built again with one edit after the other. The result is what ran, and in which time. The names of
//! documents after `--` select them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use varve_tests::member::{Edit, Member, Side};
use varve_tests::{Build, Engine, stamp, work};

const MEMBERS: [(&str, &str); 5] = [
    ("therock", include_str!("edits/therock.md")),
    ("rapids", include_str!("edits/rapids.md")),
    ("dynamo", include_str!("edits/dynamo.md")),
    ("iree", include_str!("edits/iree.md")),
    ("itwinai", include_str!("edits/itwinai.md")),
];

/// What a build ran, and its time.
#[derive(Debug, Clone, Copy)]
struct Ran {
    works: usize,
    time: Duration,
}

/// The two sides of one edit.
#[derive(Debug, Clone, Copy)]
struct Pair {
    ours: Ran,
    theirs: Ran,
}

fn main() -> Result<()> {
    let engine = Engine::get()?;
    // The first build on a base unpacks it.
    for base in ["varve.test/debian:12", "varve.test/debian:13"] {
        run(engine, &Build::dockerfile(&format!("FROM {base}\nRUN true\n")))?;
    }
    let selected: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    say("| family | edit | work: ours / Dockerfile | seconds: ours / Dockerfile |\n|---|---|---|---|");
    let mut pairs = Vec::new();
    for (name, document) in MEMBERS {
        if selected.is_empty() || selected.iter().any(|word| word == name) {
            pairs.extend(measured(engine, &Member::read(document)?)?);
        }
    }
    say(&summary(&pairs));
    Ok(())
}

/// Builds a member without edits, and then with each of them.
fn measured(engine: &Engine, member: &Member) -> Result<Vec<Pair>> {
    // Nothing is cached from a run before, and no side uses what the other has.
    let stamps = [format!("{}-ours", stamp()), format!("{}-theirs", stamp())];
    let pair = |edit: Option<&Edit>| -> Result<Pair> {
        let side = |side: Side, stamp: &str| run(engine, &member.build(side, edit, stamp)?);
        Ok(Pair { ours: side(Side::Yaml, &stamps[0])?, theirs: side(Side::Dockerfile, &stamps[1])? })
    };
    let all = pair(None)?;
    let expected = (member.count(Side::Yaml), member.count(Side::Dockerfile));
    ensure!((all.ours.works, all.theirs.works) == expected, "{}: {all:?}, not {expected:?}", member.title);
    say(&row(&member.title, "all", all));
    let edited = |edit: &Edit| {
        let pair = pair(Some(edit))?;
        say(&row(&member.title, &edit.name, pair));
        Ok(pair)
    };
    member.edits.iter().map(edited).collect()
}

fn run(engine: &Engine, build: &Build) -> Result<Ran> {
    let start = Instant::now();
    let outcome = build.run(engine)?.success()?;
    Ok(Ran {
        time: start.elapsed(),
        works: work::counts(&outcome).values().map(|count| count.processes).sum(),
    })
}

fn row(member: &str, edit: &str, Pair { ours, theirs }: Pair) -> String {
    let seconds = |ran: Ran| ran.time.as_secs_f64();
    format!(
        "| {member} | {edit} | {} / {} | {:.1} / {:.1} |",
        ours.works,
        theirs.works,
        seconds(ours),
        seconds(theirs)
    )
}

/// The medians over the edits for which the Dockerfile runs something, and the number of edits for which ours is more.
fn summary(pairs: &[Pair]) -> String {
    let works: Vec<&Pair> = pairs.iter().filter(|pair| pair.theirs.works > 0).collect();
    let ratio = |of: &dyn Fn(&Pair) -> f64| {
        let mut ratios: Vec<f64> = works.iter().map(|pair| of(pair)).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(1.0)
    };
    let mut text = String::new();
    let (of_work, of_time) = (
        ratio(&|pair| pair.ours.works as f64 / pair.theirs.works as f64),
        ratio(&|pair| pair.ours.time.as_secs_f64() / pair.theirs.time.as_secs_f64()),
    );
    let _ = write!(
        text,
        "{} edits; the Dockerfile runs something for {} of them. Medians of these, ours of theirs: {of_work:.2} of the work, {of_time:.2} of the time.",
        pairs.len(),
        works.len()
    );
    let more = pairs.iter().filter(|pair| pair.ours.works > pair.theirs.works).count();
    let slower = pairs.iter().filter(|pair| pair.ours.time > pair.theirs.time).count();
    let _ = write!(text, " Ours does more work for {more} edits, and takes longer for {slower}.");
    text
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
