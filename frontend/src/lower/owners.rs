//! Looks up owners that are given by name. BuildKit itself takes root for a name that it does not find (`readUser` in
//! `solver/llbsolver/ops/user_linux.go`).
//!
//! One operation copies /etc/passwd and /etc/group of the stage. `varve-rootfs` looks up the names in the copies, and writes a file with
//! the accounts that it found, or fails. The file operation of the step takes the accounts from there. So the lookup depends on the
//! content of the two files and on nothing else of the stage: a later build with the same accounts finds it in the cache.

use buildkit_llb::{Access, Bind, Copy, File, Mount, Output, Owner, Principal};
use varve_spec::plan::{self, Action, Plan, Step};

use super::files::llb_owner;
use super::rootfs_program::ROOT;
use super::{Lowerer, StageInfo, State, name};

/// The folder that the program writes the accounts to.
const ACCOUNTS: &str = "/accounts";
const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

impl Lowerer<'_, '_> {
    /// Adds the operations that look up the names of an owner in the accounts of the stage, and returns a file system with the accounts.
    /// `None` after an error: it is not known which image contains the program.
    pub(super) fn accounts(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        owner: &Owner,
        state: &State,
    ) -> Option<Output> {
        let shown = shown(owner);
        let program =
            self.program_for(step.span, &format!("look up the owner `{shown}`"), "looks up the owner")?;
        let needed = [(PASSWD, &owner.user), (GROUP, &owner.group)];
        let needed = needed.into_iter().filter(|(_, of)| matches!(of, Some(Principal::Name(_))));
        let copies = needed.map(|(path, _)| {
            Copy { follow_symlinks: true, create_dest_path: true, ..Copy::new(state.root, path, path) }.into()
        });
        let copied = self.graph.add(File::chain(None, copies.collect())?);
        let (at, of) = ((info, step.span), name::of_step(&step.action));
        let source = self.part(copied, at, &["read the accounts for the owner ", &shown, " of ", &of]);
        let mounts = vec![
            Mount::bind(ROOT, Bind { source, ..Bind::default() }),
            Mount::bind(ACCOUNTS, Bind { access: Access::Output, ..Bind::default() }),
        ];
        let words = [varve_rootfs::OWNER, ROOT, ACCOUNTS, &shown].map(str::to_owned);
        let found = self.run_program(&program, words.to_vec(), mounts, (ACCOUNTS, step.span));
        self.part(found.vertex, at, &["look up the owner ", &shown, " of ", &of]);
        Some(found)
    }
}

/// Whether a step of a plan has an owner by name. A `workdir` belongs to the user, who can be that of a base image.
pub(crate) fn has_owner_name(plan: &Plan) -> bool {
    let is_name =
        |owner: &Option<plan::Owner>| owner.as_ref().is_some_and(|owner| llb_owner(owner).has_name());
    plan.steps().any(|step| match &step.action {
        Action::Copy(copy) => is_name(&copy.owner),
        Action::File { owner, .. } | Action::Dir { owner, .. } | Action::Symlink { owner, .. } => {
            is_name(owner)
        }
        Action::Workdir(_) => true,
        _ => false,
    })
}

/// Formats an owner as `user` or `user:group`.
fn shown(owner: &Owner) -> String {
    let part = |of: &Principal| match of {
        Principal::Id(id) => id.to_string(),
        Principal::Name(name) => name.clone(),
    };
    // Without a user, BuildKit takes root.
    let user = owner.user.as_ref().map_or_else(|| "0".to_owned(), part);
    owner.group.as_ref().map_or_else(|| user.clone(), |group| format!("{user}:{}", part(group)))
}
