//! A short form of the measurement of `varve changed` (`tests/benches/changed.rs`): one family, every sixth edit.

use anyhow::ensure;
use varve_tests::Spare;
use varve_tests::changing::{Family, Measurement, StandIns, edits};
use varve_tests::machine::Machine;

/// The seed of the edits.
const SEED: u64 = 7;

#[test]
fn no_image_is_another_one_without_a_word_of_varve_changed() {
    // On the shared engine, BuildKit can run a cached step again while a build of another test uses the same base
    // (https://github.com/moby/buildkit/pull/6955), and the image gets other times.
    let Some(spare) = Spare::new().unwrap() else { return };
    let engine = spare.up().unwrap();
    spare.load_base(&engine).unwrap();
    let stand_ins = StandIns::start(&engine).unwrap();
    let examples = Machine::read().unwrap().workspace.join("examples");
    let family = Family::read(&examples, "iree", &stand_ins).unwrap();
    let varve: varve_tests::changing::Varve = |words| {
        let answer = varve_cli::run(words.iter().copied(), varve_cli::Colours::default());
        ensure!(answer.code == 0, "{}", answer.err);
        Ok(answer.out)
    };
    let measurement = Measurement::start(&engine, varve, &family).unwrap();
    let (mut others, mut named) = (0, 0);
    for edit in edits(&family, &stand_ins, SEED).unwrap().iter().step_by(6) {
        for verdict in measurement.edit(edit).unwrap() {
            let what = format!("{} ({}): {verdict:?}", edit.kind, edit.what);
            assert!(!verdict.is_missed(), "{what}");
            others += usize::from(verdict.is_other);
            named += usize::from(verdict.reason.is_some());
        }
    }
    assert!(others > 0, "the edits change images");
    assert!(named < 2 * others, "{named} images are called changed, and {others} changed");
}
