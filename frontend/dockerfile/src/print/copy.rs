//! `COPY` and `ADD`.

use super::Printer;
use super::quote::{flag, json};
use crate::copy::{Add, Copy, Files, Mode, Owner, Source};
use crate::error::{Element, Problem};
use crate::origin::Origin;
use crate::word::{Part, Word};

impl Printer {
    pub(super) fn copy(&mut self, copy: &Copy) -> String {
        let mut flags: Vec<String> = copy.from.iter().map(|from| self.flag("from", &origin(from))).collect();
        flags.extend(self.file_flags(&copy.files));
        flags.extend(copy.parents.then(|| "--parents".to_owned()));
        flags.extend(copy.files.link.then(|| "--link".to_owned()));
        self.files("COPY", flags, &copy.files)
    }

    pub(super) fn add(&mut self, add: &Add) -> String {
        let mut flags = Vec::new();
        flags.extend(add.keep_git_dir.then(|| "--keep-git-dir=true".to_owned()));
        flags.extend(add.checksum.iter().map(|checksum| self.flag("checksum", checksum)));
        flags.extend(add.unpack.map(|unpack| format!("--unpack={unpack}")));
        flags.extend(self.file_flags(&add.files));
        flags.extend(add.files.link.then(|| "--link".to_owned()));
        self.files("ADD", flags, &add.files)
    }

    fn file_flags(&mut self, files: &Files) -> Vec<String> {
        let mut flags = Vec::new();
        flags.extend(files.owner.iter().map(|owner| self.flag("chown", &owned_by(owner))));
        flags.extend(files.mode.iter().map(|mode| match mode {
            Mode::Bits(bits) => flag("chmod", &format!("{bits:04o}")),
            Mode::Changes(changes) => self.flag("chmod", changes),
        }));
        flags.extend(files.exclude.iter().map(|pattern| self.flag("exclude", pattern)));
        flags
    }

    /// Prints the sources and the destination: separated by blanks, or as JSON if one of them contains blanks or is empty.
    fn files(&mut self, name: &'static str, flags: Vec<String>, files: &Files) -> String {
        let (mut words, mut texts) = (Vec::new(), String::new());
        let mut plain = true;
        for source in &files.sources {
            match source {
                Source::Path(path) => {
                    self.check(&Element::Argument(name), path);
                    plain &= path.is_one_word();
                    words.push(self.quote.unquoted(path));
                }
                Source::Text { name, text } => {
                    let (operator, text) = self.here_document(name.as_deref(), text);
                    words.push(operator);
                    texts += &format!("\n{text}");
                }
            }
        }
        self.check(&Element::Argument(name), &files.to);
        plain &= files.to.is_one_word();
        words.push(self.quote.unquoted(&files.to));
        if !plain && !texts.is_empty() {
            // JSON cannot name here-documents.
            self.error(Element::Argument(name), Problem::NotOneWord);
        }
        let words = if plain { words.join(" ") } else { json(&words) };
        let line = [vec![name.to_owned()], flags, vec![words]].concat().join(" ");
        line + &texts
    }
}

/// The value of `--from`.
pub(super) fn origin(origin: &Origin) -> Word {
    match origin {
        Origin::Scratch => "scratch".into(),
        Origin::Image(image) => image.clone(),
        Origin::Stage(name) => name.as_str().into(),
    }
}

fn owned_by(owner: &Owner) -> Word {
    let colon = owner.group.iter().map(|_| Part::from(":"));
    let group = owner.group.iter().flat_map(|group| group.parts.iter().cloned());
    owner.user.parts.iter().cloned().chain(colon).chain(group).collect()
}
