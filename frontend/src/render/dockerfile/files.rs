//! Steps that change files without a process. A Dockerfile has instructions for copies alone: what else there is, is made in a
//! stage of its own and copied, or done by the programs that every system has.

use varve_spec::Span;
use varve_spec::plan::{Action, Copy, Mode, Origin, Owner, Remove};

use super::quote::{flag, heredoc, json, word, words};
use super::run::{same_user, user_line};
use super::{Printer, State};
use crate::image_config::config::join_path;
use crate::util::paths::clean_path;

/// Whether a copy knows what is below it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    /// It is laid over whatever that is.
    Own,
    /// Folders that are there stay as they are.
    Over,
}

/// Folders that every system has.
const EVERYWHERE: [&str; 5] = ["/", "/etc", "/usr", "/usr/bin", "/var"];
/// The mode that the folders above a file get.
pub(super) const FOLDER_MODE: u32 = 0o755;

impl Printer<'_> {
    pub(super) fn files(&mut self, span: Span, action: &Action, state: &State) {
        match action {
            Action::Copy(copy) => self.copy(span, copy, state),
            Action::File { path, content, owner, mode } => {
                self.file(span, (&clean_path(path), content), owner.as_ref(), *mode, state)
            }
            Action::Dir { path, owner, mode } => {
                self.dir(&clean_path(path), owner.as_ref(), *mode, state);
            }
            Action::Symlink { path, to, owner } => {
                self.symlink(span, (&clean_path(path), to), owner.as_ref(), state)
            }
            Action::Remove(remove) => self.remove(span, remove, state),
            _ => {}
        }
    }

    fn copy(&mut self, span: Span, copy: &Copy, state: &State) {
        let mut flags = Vec::new();
        match &copy.from {
            Origin::Download(_) | Origin::Git(_) => return self.add(span, copy, state),
            Origin::Context => {}
            Origin::Stage(index, _) => flags.push(format!("--from={}", self.names[*index])),
            Origin::Image(image) => flags.push(flag("from", &self.image_name(image))),
        }
        // With `--parents` only what stands before `/./` is followed.
        let followed = |path: &String| !copy.parents || path.contains("/./");
        if !copy.follow_links && copy.sources.iter().any(followed) {
            self.cannot(span, "a copy that does not follow links");
        }
        let paths: Vec<&String> = copy.sources.iter().chain([&copy.to]).collect();
        // An own layer with a mode would give it to the folders above too.
        let link = copy.link && !(copy.mode.is_some() && self.linked_folder(copy, state));
        flags.extend(attributes(copy));
        flags.extend(copy.exclude.iter().map(|pattern| flag("exclude", &word(pattern))));
        flags.extend(copy.parents.then(|| "--parents".to_owned()));
        flags.extend(link.then(|| "--link".to_owned()));
        self.instruction("COPY", flags, &words(&paths));
    }

    /// Makes the folders above a copy as an own layer does that has a mode; tells whether there are any.
    fn linked_folder(&mut self, copy: &Copy, state: &State) -> bool {
        let mut dest = join_path(&state.config.workdir, &copy.to);
        if copy.to.ends_with('/') || copy.to == "." || copy.sources.len() > 1 {
            dest.push('/');
        }
        let (above, _) = split(&dest);
        if above.is_empty() || above == "/" {
            return false;
        }
        self.folder_at(above, copy.owner.as_ref(), Layer::Own);
        true
    }

    fn file(
        &mut self,
        span: Span,
        (path, content): (&str, &str),
        owner: Option<&Owner>,
        mode: Option<u32>,
        state: &State,
    ) {
        let (above, name) = split(path);
        if mode.is_some_and(|mode| mode != FOLDER_MODE) {
            self.folder(above, owner, state);
        }
        let mut flags: Vec<String> = owner.map(chown).into_iter().collect();
        flags.extend(mode.map(|mode| format!("--chmod={mode:04o}")));
        let whole = content.is_empty() || content.ends_with('\n');
        let plain = !path.contains(char::is_whitespace);
        if whole && plain {
            let (mark, text) = heredoc(content);
            return self.instruction("COPY", flags, &format!("{mark} {}\n{text}", word(path)));
        }
        // The text below an instruction ends with a line, and its path has no blanks.
        let (mark, text) = heredoc(content);
        let stage = if whole {
            self.helper("file", "scratch", &[format!("COPY {mark} /file\n{text}")])
        } else {
            let Some(base) = self.with_shell(state) else {
                return self.cannot(
                    span,
                    &format!("a file without a line break at its end, `{name}`, if no stage has a shell"),
                );
            };
            let lines = [
                "USER 0".to_owned(),
                format!("COPY {mark} /varve/lines\n{text}"),
                "RUN printf %s \"$(cat /varve/lines)\" > /file".to_owned(),
            ];
            self.helper("file", &base, &lines)
        };
        flags.insert(0, format!("--from={stage}"));
        self.instruction("COPY", flags, &words(&["/file", path]));
    }

    /// A folder with this owner and mode, whether it is there or not; without either, one that is there stays as it is.
    fn dir(&mut self, path: &str, owner: Option<&Owner>, mode: Option<u32>, state: &State) {
        let (above, name) = split(path);
        if (owner.is_none() && mode.is_none()) || name.is_empty() {
            return self.folder_at(path, owner, Layer::Over);
        }
        self.folder(above, owner, state);
        let line = format!("WORKDIR {}", word(&format!("/{name}")));
        let stage = self.helper("folder", "scratch", &[line]);
        let mut flags = vec![format!("--from={stage}")];
        flags.extend(owner.map(chown));
        flags.extend(Some(format!("--chmod={:04o}", mode.unwrap_or(FOLDER_MODE))));
        let above = if above == "/" { "/".to_owned() } else { format!("{above}/") };
        self.instruction("COPY", flags, &words(&["/", &above]));
    }

    /// The folders above something that has a mode, which a copy would give them too.
    pub(super) fn folder(&mut self, path: &str, owner: Option<&Owner>, state: &State) {
        let there = path == "/" || (state.bottom.is_some() && EVERYWHERE.contains(&path));
        if !there {
            self.folder_at(path, owner, Layer::Over);
        }
    }

    fn folder_at(&mut self, path: &str, owner: Option<&Owner>, layer: Layer) {
        if path == "/" {
            return;
        }
        let stage = self.helper("folder", "scratch", &["WORKDIR /folder".to_owned()]);
        let mut flags = vec![format!("--from={stage}")];
        flags.extend(owner.map(chown));
        flags.extend((layer == Layer::Own).then(|| "--link".to_owned()));
        self.instruction("COPY", flags, &words(&["/folder/", &format!("{path}/")]));
    }

    fn symlink(&mut self, span: Span, (path, to): (&str, &str), owner: Option<&Owner>, state: &State) {
        if state.bottom.is_some() {
            let mut lines = vec![json(&["ln", "-s", "--", to, path])];
            lines.extend(owner.map(|owner| json(&["chown", "-h", &with_group(owner), path])));
            return self.as_root(lines, state);
        }
        let Some(base) = self.with_shell(state) else {
            return self.cannot(span, "a symbolic link, if no stage has a program that creates it");
        };
        let (above, name) = split(path);
        let made = format!("/varve/{name}");
        let lines = [
            "USER 0".to_owned(),
            "WORKDIR /varve".to_owned(),
            format!("RUN {}", json(&["ln", "-s", "--", to, &made])),
        ];
        let stage = self.helper("link", &base, &lines);
        let mut flags = vec![format!("--from={stage}")];
        flags.extend(owner.map(chown));
        let above = format!("{}/", above.trim_end_matches('/'));
        self.instruction("COPY", flags, &words(&["/varve/", &above]));
    }

    fn remove(&mut self, span: Span, remove: &Remove, state: &State) {
        if state.bottom.is_none() {
            return self.cannot(span, "the removal of files, if the stage has no program that removes them");
        }
        let paths: Vec<String> = remove.paths.iter().map(|path| clean_path(path)).collect();
        let force = if remove.optional { "-rf" } else { "-r" };
        let (wild, plain): (Vec<&String>, Vec<&String>) = paths.iter().partition(|path| has_wildcards(path));
        let mut lines = Vec::new();
        if !plain.is_empty() {
            let words = ["rm", force, "--"].into_iter().chain(plain.iter().map(|path| path.as_str()));
            lines.push(json(&words.collect::<Vec<_>>()));
        }
        if !wild.is_empty() {
            // What fits nothing is nothing to remove, and a star stands for hidden names too.
            let patterns: Vec<String> = wild.iter().flat_map(|path| shell_patterns(path)).collect();
            lines.push(json(&["/bin/sh", "-c", &format!("rm -rf -- {}", patterns.join(" "))]));
        }
        self.as_root(lines, state);
    }

    /// Programs run by the superuser.
    fn as_root(&mut self, lines: Vec<String>, state: &State) {
        let other = !same_user(&state.config.user, "");
        if other {
            self.line("USER 0".to_owned());
        }
        lines.into_iter().for_each(|line| self.line(format!("RUN {line}")));
        if other {
            self.line(user_line(&state.config.user));
        }
    }
}

/// Owner and mode of what a copy makes, as flags.
pub(super) fn attributes(copy: &Copy) -> Vec<String> {
    let mode = copy.mode.as_ref().map(|mode| match mode {
        Mode::Bits(bits) => format!("--chmod={bits:04o}"),
        Mode::Changes(changes) => flag("chmod", changes),
    });
    copy.owner.as_ref().map(chown).into_iter().chain(mode).collect()
}

pub(super) fn chown(owner: &Owner) -> String {
    flag("chown", &word(&owner_text(owner)))
}

fn owner_text(owner: &Owner) -> String {
    let group = owner.group.as_ref().map(|group| format!(":{group}")).unwrap_or_default();
    format!("{}{group}", owner.user)
}

/// For `chown`, which else leaves the group as it is: that of the user, or for a number the same number.
fn with_group(owner: &Owner) -> String {
    let is_number = owner.user.bytes().all(|byte| byte.is_ascii_digit());
    match (&owner.group, is_number) {
        (None, true) => format!("{0}:{0}", owner.user),
        (None, false) => format!("{}:", owner.user),
        _ => owner_text(owner),
    }
}

/// The folder and the name of an absolute path.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((above, name)) => (above, name),
        None => ("/", path),
    }
}

fn has_wildcards(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// A pattern of paths as patterns of the shell.
fn shell_patterns(path: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for part in path.split('/').skip(1) {
        let quoted: String = part
            .replace("[^", "[!")
            .chars()
            .map(|c| {
                let plain = c.is_alphanumeric() || "*?[]!-_.,+:@%".contains(c);
                if plain { c.to_string() } else { format!("\\{c}") }
            })
            .collect();
        let hidden = match quoted.strip_prefix('*') {
            Some("") => vec![".[!.]*".to_owned(), "..?*".to_owned()],
            Some(_) => vec![format!(".{quoted}")],
            None => Vec::new(),
        };
        let parts: Vec<String> = [quoted].into_iter().chain(hidden).collect();
        let longer =
            patterns.iter().flat_map(|front| parts.iter().map(move |part| format!("{front}/{part}")));
        patterns = longer.collect();
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_shell() {
        assert_eq!(shell_patterns("/a b/c*"), ["/a\\ b/c*"]);
        assert_eq!(shell_patterns("/a/*"), ["/a/*", "/a/.[!.]*", "/a/..?*"]);
        assert_eq!(shell_patterns("/a/*.txt"), ["/a/*.txt", "/a/.*.txt"]);
        assert_eq!(shell_patterns("/[^a]$"), ["/[!a]\\$"]);
    }
}
