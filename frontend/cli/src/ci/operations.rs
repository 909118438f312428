//! The operations that each variant of a family runs, as far as they are known without a builder.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{Digest, Operation};
use varve_spec::{Member, Vcs};

use crate::answer::Failure;
use crate::arguments::FamilyArgs;
use crate::keys::options;
use crate::load::{self, Loaded, Purpose};

/// The operations of all variants, as numbers.
#[derive(Default)]
pub(crate) struct Operations {
    numbers: BTreeMap<Digest, usize>,
    /// The operations by the number of the variant and its platform.
    of: BTreeMap<(usize, String), BTreeSet<usize>>,
}

impl Operations {
    /// Lowers each variant without a builder. Sources such as images do not count: to fetch them twice costs little.
    ///
    /// # Errors
    /// The mistakes of the family.
    pub(crate) fn of(args: &FamilyArgs, loaded: &Loaded, members: &[Member]) -> Result<Self, Failure> {
        let ignore = load::valid_ignore_file(args, loaded)?;
        let mut all = Self::default();
        for (number, member) in members.iter().enumerate() {
            let vcs = Vcs::default().with_placeholders();
            let lowered = loaded.lower(&options(args, member)?, (&ignore, ""), vcs, Purpose::Report)?;
            for built in lowered.built(&loaded.sources) {
                let reachable = built.graph.reachable(built.lowered.output).into_iter();
                let run = reachable.filter(|vertex| {
                    matches!(
                        built.graph.operation(*vertex),
                        Some(
                            Operation::Exec(_)
                                | Operation::File(_)
                                | Operation::Merge(_)
                                | Operation::Diff(_)
                        )
                    )
                });
                let run: Vec<Digest> = run.map(|vertex| built.graph.digest(vertex)).collect();
                let numbers = run.into_iter().map(|digest| all.number(digest)).collect();
                all.of.insert((number, built.target.to_string()), numbers);
            }
        }
        Ok(all)
    }

    fn number(&mut self, digest: Digest) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(digest).or_insert(next)
    }

    /// The operations of a variant on a platform. Empty if it is not built there.
    pub(super) fn on(&self, member: usize, platform: &str) -> BTreeSet<usize> {
        self.of.get(&(member, platform.to_owned())).cloned().unwrap_or_default()
    }
}
