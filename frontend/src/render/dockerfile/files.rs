//! Steps that change files without a process. A Dockerfile only has instructions for copies. For the others, a helper stage creates the
//! files and they are copied, or `RUN` uses programs that every distribution has.

use varve_dockerfile::{self as docker, Base, Files, Instruction, Run, Word};
use varve_spec::Span;
use varve_spec::plan::{Copy, Mode, Origin, Owner, Remove};

use super::run::same_user;
use super::{Renderer, State, copy_from};
use crate::image_config::config::join_path;
use crate::util::paths::clean_path;

/// How a copy that creates folders is layered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    /// With `--link`: it is a layer of its own, and replaces the attributes of existing folders.
    Own,
    /// On the files of the stage: existing folders keep their attributes.
    Over,
}

/// Folders that every distribution has.
const EVERYWHERE: [&str; 5] = ["/", "/etc", "/usr", "/usr/bin", "/var"];
/// The mode of folders that a copy creates.
pub(super) const FOLDER_MODE: u32 = 0o755;

impl Renderer<'_> {
    pub(super) fn copy(&mut self, span: Span, copy: &Copy, state: &State) {
        if let (Some(extract), false) = (&copy.extract, matches!(copy.from, Origin::Download(_))) {
            return self.copy_unpacked(span, copy, extract);
        }
        let from = match &copy.from {
            Origin::Download(download) => return self.copy_download(span, download, copy, state),
            Origin::Git(git) => return self.copy_git(git, span, copy),
            Origin::Context => None,
            Origin::Stage(index, _) => Some(docker::Origin::Stage(self.names[*index].clone())),
            Origin::Image(image) => Some(self.image_origin(image)),
        };
        // With `--parents`, the build follows links only in the part before `/./`.
        let followed = |path: &String| !copy.parents || path.contains("/./");
        if !copy.follow_links && copy.sources.iter().any(followed) {
            self.error(span, "a copy that does not follow links");
        }
        // With `--link`, the folders above would get the mode too.
        let link = copy.link && !(copy.mode.is_some() && self.create_linked_folder(copy, state));
        let exclude = copy.exclude.iter().map(Word::from).collect();
        let files = Files { exclude, link, ..Files::new(&copy.sources, &copy.to) };
        let files = with_attributes(files, copy);
        self.push(Instruction::Copy(docker::Copy { files, from, parents: copy.parents }));
    }

    /// Creates the folders above a copy with `--link`. Returns whether there are any.
    fn create_linked_folder(&mut self, copy: &Copy, state: &State) -> bool {
        let mut dest = join_path(&state.config.workdir, &copy.to);
        if copy.to.ends_with('/') || copy.to == "." || copy.sources.len() > 1 {
            dest.push('/');
        }
        let (above, _) = split(&dest);
        if above.is_empty() || above == "/" {
            return false;
        }
        self.create_folder_at(above, copy.owner.as_ref(), Layer::Own);
        true
    }

    pub(super) fn file(
        &mut self,
        span: Span,
        (path, content): (&str, &str),
        owner: Option<&Owner>,
        mode: Option<u32>,
        state: &State,
    ) {
        let path = &clean_path(path);
        let (above, name) = split(path);
        if mode.is_some_and(|mode| mode != FOLDER_MODE) {
            self.create_folder(above, owner, state);
        }
        let with_attributes =
            |files| Files { owner: owner.map(owned_by), mode: mode.map(docker::Mode::Bits), ..files };
        let whole = content.is_empty() || content.ends_with('\n');
        let text = |to: &str| {
            Instruction::Copy(docker::Copy { files: Files::text(content, to), ..Default::default() })
        };
        if whole && Word::from(path).is_one_word() {
            let files = with_attributes(Files::text(content, path));
            return self.push(Instruction::Copy(docker::Copy { files, ..Default::default() }));
        }
        // A here-document ends with a line break, and its path cannot contain blanks. Any other file needs a helper.
        let stage = if whole {
            self.helper("file", Base::of(docker::Origin::Scratch), vec![text("/file")])
        } else {
            let Some(base) = self.shell_base(state) else {
                return self.error(
                    span,
                    &format!("a file without a line break at its end, `{name}`, if no stage has a shell"),
                );
            };
            let without_end = "printf %s \"$(cat /varve/lines)\" > /file".to_owned();
            let instructions = vec![
                Instruction::User("0".into()),
                text("/varve/lines"),
                Instruction::Run(Run::of(docker::Script::Shell(without_end))),
            ];
            self.helper("file", base, instructions)
        };
        self.push(copy_from(&stage, with_attributes(Files::new(["/file"], path))));
    }

    /// Creates a folder with this owner and mode, or changes an existing one. Without both, an existing folder stays as it is.
    pub(super) fn dir(&mut self, path: &str, owner: Option<&Owner>, mode: Option<u32>, state: &State) {
        let path = &clean_path(path);
        let (above, name) = split(path);
        if (owner.is_none() && mode.is_none()) || name.is_empty() {
            return self.create_folder_at(path, owner, Layer::Over);
        }
        self.create_folder(above, owner, state);
        let made = Instruction::Workdir(format!("/{name}").into());
        let stage = self.helper("folder", Base::of(docker::Origin::Scratch), vec![made]);
        let above = if above == "/" { "/".to_owned() } else { format!("{above}/") };
        let mode = Some(docker::Mode::Bits(mode.unwrap_or(FOLDER_MODE)));
        let files = Files { owner: owner.map(owned_by), mode, ..Files::new(["/"], above) };
        self.push(copy_from(&stage, files));
    }

    /// Creates the folders above something with a mode. A copy would give them the same mode.
    pub(super) fn create_folder(&mut self, path: &str, owner: Option<&Owner>, state: &State) {
        let there = path == "/" || (state.system_base.is_some() && EVERYWHERE.contains(&path));
        if !there {
            self.create_folder_at(path, owner, Layer::Over);
        }
    }

    fn create_folder_at(&mut self, path: &str, owner: Option<&Owner>, layer: Layer) {
        if path == "/" {
            return;
        }
        let made = Instruction::Workdir("/folder".into());
        let stage = self.helper("folder", Base::of(docker::Origin::Scratch), vec![made]);
        let files = Files::new(["/folder/".to_owned()], format!("{path}/"));
        let files = Files { owner: owner.map(owned_by), link: layer == Layer::Own, ..files };
        self.push(copy_from(&stage, files));
    }

    pub(super) fn symlink(
        &mut self,
        span: Span,
        (path, to): (&str, &str),
        owner: Option<&Owner>,
        state: &State,
    ) {
        let path = &clean_path(path);
        if state.system_base.is_some() {
            self.create_folder(split(path).0, owner, state);
            let mut programs = vec![run(&["ln", "-sfT", "--", to, path])];
            programs.extend(owner.map(|owner| run(&["chown", "-h", &with_group(owner), path])));
            return self.as_root(programs, state);
        }
        let Some(base) = self.shell_base(state) else {
            return self.error(span, "a symbolic link, if no stage has a program that creates it");
        };
        let (above, name) = split(path);
        let made = format!("/varve/{name}");
        let instructions = vec![
            Instruction::User("0".into()),
            Instruction::Workdir("/varve".into()),
            run(&["ln", "-s", "--", to, &made]),
        ];
        let stage = self.helper("link", base, instructions);
        let above = format!("{}/", above.trim_end_matches('/'));
        let files = Files { owner: owner.map(owned_by), ..Files::new(["/varve/"], above) };
        self.push(copy_from(&stage, files));
    }

    pub(super) fn remove(&mut self, span: Span, remove: &Remove, state: &State) {
        if state.system_base.is_none() {
            return self.error(span, "the removal of files, if the stage has no program that removes them");
        }
        let paths: Vec<String> = remove.paths.iter().map(|path| clean_path(path)).collect();
        let force = if remove.optional { "-rf" } else { "-r" };
        let (wild, plain): (Vec<&String>, Vec<&String>) = paths.iter().partition(|path| has_wildcards(path));
        let mut programs = Vec::new();
        if !plain.is_empty() {
            let words = ["rm", force, "--"].into_iter().chain(plain.iter().map(|path| path.as_str()));
            programs.push(run(&words.collect::<Vec<_>>()));
        }
        if !wild.is_empty() {
            // A pattern without a match is no error, and `*` matches hidden names too.
            let patterns: Vec<String> = wild.iter().flat_map(|path| shell_patterns(path)).collect();
            programs.push(run(&["/bin/sh", "-c", &format!("rm -rf -- {}", patterns.join(" "))]));
        }
        self.as_root(programs, state);
    }

    /// Runs programs as root.
    fn as_root(&mut self, programs: Vec<Instruction>, state: &State) {
        let other = !same_user(&state.config.user, "");
        if other {
            self.push(Instruction::User("0".into()));
        }
        programs.into_iter().for_each(|program| self.push(program));
        if other {
            self.push(Instruction::User(Word::from(&state.config.user)));
        }
    }
}

/// Runs a program and its arguments.
fn run(words: &[&str]) -> Instruction {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Instruction::Run(Run::of(docker::Script::Exec(words)))
}

/// Adds the owner and the mode of a copy.
pub(super) fn with_attributes(files: Files, copy: &Copy) -> Files {
    let mode = copy.mode.as_ref().map(|mode| match mode {
        Mode::Bits(bits) => docker::Mode::Bits(*bits),
        Mode::Changes(changes) => docker::Mode::Changes(changes.into()),
    });
    Files { owner: copy.owner.as_ref().map(owned_by), mode, ..files }
}

fn owned_by(owner: &Owner) -> docker::Owner {
    docker::Owner { user: Word::from(&owner.user), group: owner.group.as_ref().map(Word::from) }
}

/// The operand of `chown`. It names a group too, because `chown` keeps the group otherwise: the group of the user, or for a number the
/// same number.
fn with_group(owner: &Owner) -> String {
    let is_number = owner.user.bytes().all(|byte| byte.is_ascii_digit());
    match (&owner.group, is_number) {
        (None, true) => format!("{0}:{0}", owner.user),
        (None, false) => format!("{}:", owner.user),
        (Some(group), _) => format!("{}:{group}", owner.user),
    }
}

/// Splits an absolute path into its folder and its name.
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

/// Converts a pattern of paths to patterns of the shell.
fn shell_patterns(path: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for part in path.split('/').skip(1) {
        let mut quoted = String::new();
        let part = part.replace("[^", "[!");
        let mut chars = part.chars();
        while let Some(c) = chars.next() {
            match c {
                // In brackets: the next character is literal, as in the shell.
                '\\' => quoted.extend(std::iter::once(c).chain(chars.next())),
                _ if c.is_alphanumeric() || "*?[]!-_.,+:@%".contains(c) => quoted.push(c),
                _ => quoted.extend(['\\', c]),
            }
        }
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
        assert_eq!(shell_patterns(r"/a[\*]b*"), [r"/a[\*]b*"]);
    }
}
