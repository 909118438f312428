//! Paths that a step has to find, where BuildKit does not look for them, or looks in the wrong place.
//!
//! BuildKit copies nothing, and succeeds, if nothing in the source matches the include patterns of a copy. Since 0.26 a copy can name
//! paths that it has to find (`RequiredPaths` in `cache/contenthash/checksum.go`). That covers literal paths. For patterns, and on
//! older daemons, the same files are copied into an empty file system, and a second copy fails if it finds nothing there.

use buildkit_llb::{Action as FileAction, Copy, File, Output, Rm, Wildcard};
use varve_spec::Span;

use super::{Lowerer, StageInfo};
use crate::util::paths::clean_path;

impl Lowerer<'_, '_> {
    /// Returns the actions of a copy with one include pattern, which may match nothing. A literal path has to exist, as that of a copy
    /// without include patterns.
    pub(super) fn optional_copy(
        &mut self,
        copy: Copy,
        base: Option<Output>,
        at: (&StageInfo<'_>, Span),
    ) -> Vec<FileAction> {
        let has_pattern = copy.include.iter().chain([&copy.src]).any(|path| is_pattern(path));
        if has_pattern { vec![copy.into()] } else { self.required_copy(copy, base, at) }
    }

    /// Returns the actions of a copy with one include pattern, which fail if nothing matches the pattern. `base` is the file system
    /// that the operation of the copy starts from.
    pub(super) fn required_copy(
        &mut self,
        copy: Copy,
        base: Option<Output>,
        at: (&StageInfo<'_>, Span),
    ) -> Vec<FileAction> {
        let [pattern] = copy.include.as_slice() else { return vec![copy.into()] };
        let path = clean_path(&format!("{}/{pattern}", copy.src));
        // The daemon does not look at required paths in the file system that an operation starts from (`solver/llbsolver/ops/file.go`).
        if self.inputs.required_paths && !is_pattern(&path) && copy.source != base {
            return vec![Copy { required: vec![path], ..copy }.into()];
        }
        let mut below = vec![format!("{pattern}/**")];
        below.extend_from_slice(&copy.exclude);
        let found = Copy {
            dest: format!("{path}/"),
            owner: None,
            mode: None,
            // The content of a folder is not needed to know that the folder is there.
            exclude: below,
            ..copy.clone()
        };
        let found = self.look_for(&path, File::new(None, found), at);
        let something = Copy {
            contents_only: true,
            create_dest_path: true,
            wildcard: Wildcard::Required,
            // The name of the folder has to match itself.
            ..Copy::new(found, format!("{}/*", path.replace(['[', '\\'], "?")), found_at(&path))
        };
        let something = File::new(None, something);
        vec![copy.into(), depends_on(self.look_for(&path, something, at))]
    }

    /// Returns the actions that remove a path, which has to exist. BuildKit itself looks for a path that is a link by following the
    /// link, from the root of the daemon and not of the image (`rmPath` in `solver/llbsolver/file/backend.go`). A copy does not.
    pub(super) fn required_removal(
        &mut self,
        path: &str,
        base: Option<Output>,
        at: (&StageInfo<'_>, Span),
    ) -> Vec<FileAction> {
        let copy = Copy {
            contents_only: true,
            create_dest_path: true,
            exclude: vec!["**".to_owned()],
            ..Copy::new(base, path, found_at(path))
        };
        // The base is also what the operation starts from, so that the daemon does not compute the digest of what is removed.
        let search = self.look_for(path, File::new(base, copy), at);
        let removal = Rm { allow_not_found: true, ..Rm::new(path) };
        vec![removal.into(), depends_on(search)]
    }

    /// Adds an operation that looks for a path and fails if there is nothing.
    fn look_for(&mut self, path: &str, search: File, at: (&StageInfo<'_>, Span)) -> Option<Output> {
        let vertex = self.graph.add(search);
        self.part(vertex, at, &["look for ", path])
    }
}

/// Returns the folder that a search copies to. It contains the path, because the cache key of a copy contains only the last part of its
/// source, and of a copy from its own base no digest of the content (`CacheMap` in `solver/llbsolver/ops/file.go`).
fn found_at(path: &str) -> String {
    format!("/varve-found{path}/")
}

/// Returns an action that changes nothing, because nothing matches its pattern. By it, the operation depends on a search.
fn depends_on(search: Option<Output>) -> FileAction {
    let nothing = Copy::new(search, "/varve-none*", "/");
    Copy { create_dest_path: true, wildcard: Wildcard::MayBeEmpty, ..nothing }.into()
}

/// Whether BuildKit reads a path as a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '\\'])
}
