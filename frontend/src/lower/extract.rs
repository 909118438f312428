//! Lowers copies that unpack archives. `varve-rootfs` unpacks them beside the file system of the stage, so the stage needs no programs,
//! and every builder gives the same files.

use buildkit_llb::{Access, Bind, Mount, Output};
use varve_rootfs::UnpackRequest;
use varve_spec::plan::{self, Extract, Step};

use super::files::{IN_LINK, IN_SCRATCH, llb_owner};
use super::rootfs_program::ROOT;
use super::{Lowerer, StageInfo, State, name};
use crate::image_config::config::join_path;
use crate::request::epoch::Epoch;
use crate::util::paths::clean_path;

/// The folder in which the archives are mounted. Messages of the program show the last part of their paths.
const ARCHIVES: &str = "/archives";

impl Lowerer<'_, '_> {
    /// Adds the operation of a copy that unpacks archives, and returns the file system after it. `None` after an error.
    pub(super) fn extracted(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        (copy, extract): (&plan::Copy, &Extract),
        state: &State,
    ) -> Option<Output> {
        let what = format!("extract `{}`", copy.sources.join(" "));
        let program = self.program_for(step.span, &what, "unpacks the archive")?;
        let link = copy.link && self.inputs.merge;
        let base = if link { None } else { state.root };
        let has_name = copy.owner.as_ref().is_some_and(|owner| llb_owner(owner).has_name());
        if has_name && (state.root.is_none() || copy.link) {
            self.report_owner_name(step, if copy.link { IN_LINK } else { IN_SCRATCH });
            return None;
        }
        let source = self.origin(&copy.from, info, step.span);
        let mut mounts =
            vec![Mount::bind(ROOT, Bind { source: base, access: Access::Output, ..Bind::default() })];
        let mut archives = Vec::new();
        for (index, path) in copy.sources.iter().enumerate() {
            let selector = clean_path(&format!("/{path}"));
            let dest = format!("{ARCHIVES}/{index}/{}", selector.rsplit('/').next().unwrap_or_default());
            mounts.push(Mount::bind(&dest, Bind { source, selector, ..Bind::default() }));
            archives.push(dest);
        }
        let request = UnpackRequest {
            folder: clean_path(&join_path(&state.config.workdir, &copy.to)),
            archives,
            strip: extract.strip,
            only: extract.only.clone(),
            owner: copy.owner.clone().map(|plan::Owner { user, group }| varve_rootfs::Owner { user, group }),
            mode: copy.mode.as_ref().map(|mode| match mode {
                plan::Mode::Bits(bits) => format!("{bits:04o}"),
                plan::Mode::Changes(changes) => changes.clone(),
            }),
            time: self.inputs.settings.epoch.map(|Epoch(seconds)| seconds.into()),
        };
        let mut words = vec![varve_rootfs::UNPACK.to_owned(), ROOT.to_owned()];
        words.extend(varve_rootfs::unpack_args(&request));
        let unpacked = self.run_program(&program, words, mounts, (ROOT, step.span));
        match state.root.filter(|_| link) {
            Some(below) => {
                let name = format!("[{}] link {}", self.prefix(info.stage), name::of_step(&step.action));
                let metadata = info.metadata(name);
                let ignore_cache = metadata.ignore_cache || step.no_cache;
                self.graph.describe(unpacked.vertex, buildkit_llb::Metadata { ignore_cache, ..metadata });
                self.locate(unpacked.vertex, step.span);
                self.graph.merge(&[Some(below), Some(unpacked)])
            }
            None => Some(unpacked),
        }
    }
}
