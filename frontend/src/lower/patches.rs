//! Lowers patches of a git repository. `varve-rootfs` applies them to the files of the commit, which are mounted beside it. So neither the
//! stage nor the builder needs `git` or `patch`.
//!
//! One operation copies the patches from the context, and nothing else of it. So a change of another file runs nothing again.

use buildkit_llb::{Access, Action, Bind, Copy, File, Mount, Output, Wildcard};
use varve_spec::Span;
use varve_spec::plan::Git;

use super::required::is_pattern;
use super::rootfs_program::ROOT;
use super::{Lowerer, StageInfo};
use crate::util::paths::clean_path;

/// The folder in which the patches are mounted. It has a folder for each path of the step, with the files of the context: `0`, `1` and so on.
const PATCHES: &str = "/patches";

impl Lowerer<'_, '_> {
    /// Adds the operations that apply patches to the files of a commit, and returns a file system with the result. `None` after an error.
    pub(super) fn patched(
        &mut self,
        git: &Git,
        whole: Option<Output>,
        info: &StageInfo<'_>,
        span: Span,
    ) -> Option<Output> {
        let what = format!("apply patches to `{}`", git.url);
        let program = self.program_for(span, &what, "applies patches")?;
        let copies = self.patches(git, info, span);
        let patches = self.graph.add(File::chain(None, copies)?);
        let at = (info, span);
        let patches = self.part(patches, at, &["read the patches for git ", &git.url]);
        let mounts = vec![
            Mount::bind(ROOT, Bind { source: whole, access: Access::Output, ..Bind::default() }),
            Mount::bind(PATCHES, Bind { source: patches, ..Bind::default() }),
        ];
        let words = [varve_rootfs::PATCH, ROOT, PATCHES].map(str::to_owned);
        let patched = self.run_program(&program, words.to_vec(), mounts, (ROOT, span));
        let reference = git.reference.as_deref().unwrap_or("its default branch");
        self.part(
            patched.vertex,
            at,
            &["apply ", &git.apply.join(" "), " to git ", &git.url, " at ", reference],
        );
        let Some(subdir) = &git.subdir else { return Some(patched) };
        let folder =
            Copy { contents_only: true, ..Copy::new(Some(patched), clean_path(&format!("/{subdir}")), "/") };
        let folder = self.graph.add(File::new(None, folder));
        self.part(folder, at, &["take ", subdir, " of git ", &git.url])
    }

    /// Returns the copies of the patches from the context, each to the folder with its number.
    fn patches(&mut self, git: &Git, info: &StageInfo<'_>, span: Span) -> Vec<Action> {
        let context = self.inputs.context;
        let mut copies = Vec::new();
        for (index, path) in git.apply.iter().enumerate() {
            let path = clean_path(&format!("/{path}"));
            if is_pattern(&path) {
                let include = vec![path[1..].to_owned()];
                let copy = Copy { include, ..Copy::dockerfile(context, "/", format!("/{index}/")) };
                copies.extend(self.required_copy(copy, None, (info, span)));
            } else {
                let copy = Copy::dockerfile(context, &path, format!("/{index}{path}"));
                copies.push(Copy { wildcard: Wildcard::Literal, ..copy }.into());
            }
        }
        copies
    }
}
