//! Encodes file operations, field by field as client/llb/fileop.go does.

use buildkit_names::absolute_path;

use super::{Action, Copy, File, MkDir, MkFile, Mode, Owner, Principal, Rm, Symlink, Timestamp, Wildcard};
use crate::Output;
use crate::capability::{Capability, CapabilitySet};
use crate::encode::{Encode, Inputs, encode_constraints};
use crate::path::destination;
use crate::writer::Writer;

impl Encode for File {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_constraints(writer);
        let base = inputs.index(self.base);
        let sources: Vec<_> = self.actions().iter().map(|action| inputs.index(action.source())).collect();
        let accounts = self.accounts.map_or(base, |accounts| inputs.index(Some(accounts)));
        let first_result = inputs.as_slice().len();
        let last = self.actions().len() - 1;
        writer.message(4, |w| {
            for (index, (action, source)) in self.actions().iter().zip(sources).enumerate() {
                w.message(2, |w| {
                    // The results of actions are numbered after the inputs.
                    w.int(1, if index == 0 { base } else { (first_result + index - 1) as i64 });
                    w.int(2, source);
                    w.int(3, if index == last { 0 } else { -1 });
                    match action {
                        Action::Copy(copy) => w.message(4, |w| copy.encode(accounts, w)),
                        Action::MkFile(file) => w.message(5, |w| file.encode(accounts, w)),
                        Action::MkDir(dir) => w.message(6, |w| dir.encode(accounts, w)),
                        Action::Rm(rm) => w.message(7, |w| rm.encode(w)),
                        Action::Symlink(link) => w.message(8, |w| link.encode(accounts, w)),
                    }
                });
            }
        });
    }

    /// Returns the capabilities of the actions. BuildKit's client declares none for copies, because it looks through a list that
    /// is still empty. A daemon without the capability would then ignore the option silently, so this crate declares them.
    fn capabilities(&self) -> CapabilitySet {
        use Capability as C;
        let mut needs = CapabilitySet::default();
        needs.insert(C::FileBase);
        for action in self.actions() {
            match action {
                Action::Copy(copy) => {
                    let filtered = !copy.include.is_empty() || !copy.exclude.is_empty();
                    needs.insert_if(filtered, C::FileCopyIncludeExclude);
                    needs.insert_if(!copy.required.is_empty(), C::FileCopyRequiredPaths);
                    needs.insert_if(copy.replace_existing, C::FileCopyReplace);
                    // The id of this capability is file.copy.modestring, but no release lists it, so every daemon would refuse
                    // the operation. The capability that is declared instead came with the same release.
                    needs.insert_if(matches!(copy.mode, Some(Mode::Symbolic(_))), C::ExecValidExitCode);
                }
                Action::Rm(rm) => needs.insert_if(rm.wildcard, C::FileRmWildcard),
                Action::Symlink(_) => needs.insert(C::FileSymlink),
                Action::MkFile(_) | Action::MkDir(_) => {}
            }
        }
        needs
    }
}

impl Action {
    /// Returns the file system that a copy reads.
    fn source(&self) -> Option<Output> {
        match self {
            Self::Copy(copy) => copy.source,
            Self::MkFile(_) | Self::MkDir(_) | Self::Rm(_) | Self::Symlink(_) => None,
        }
    }
}

impl Copy {
    fn encode(&self, accounts: i64, w: &mut Writer) {
        w.string(1, &absolute_path(&self.src));
        w.string(2, &destination(&self.dest));
        encode_owner(3, self.owner.as_ref(), accounts, w);
        w.int(
            4,
            match &self.mode {
                None => -1,
                Some(Mode::Bits(bits)) => i64::from(bits & 0o7777),
                Some(Mode::Symbolic(_)) => 0,
            },
        );
        w.flag(5, self.follow_symlinks);
        w.flag(6, self.contents_only);
        w.flag(7, self.unpack);
        w.flag(8, self.create_dest_path);
        w.flag(9, self.wildcard != Wildcard::Literal);
        w.flag(10, self.wildcard == Wildcard::MayBeEmpty);
        encode_time(11, self.timestamp, w);
        w.strings(12, &self.include);
        w.strings(13, &self.exclude);
        w.flag(14, self.replace_existing);
        if let Some(Mode::Symbolic(mode)) = &self.mode {
            w.string(15, mode);
        }
        w.strings(16, &self.required);
    }
}

impl MkFile {
    fn encode(&self, accounts: i64, w: &mut Writer) {
        w.string(1, &absolute_path(&self.path));
        w.uint(2, u64::from(self.mode & 0o777));
        w.bytes(3, &self.data);
        encode_owner(4, self.owner.as_ref(), accounts, w);
        encode_time(5, self.timestamp, w);
    }
}

impl MkDir {
    fn encode(&self, accounts: i64, w: &mut Writer) {
        w.string(1, &absolute_path(&self.path));
        w.uint(2, u64::from(self.mode & 0o777));
        w.flag(3, self.parents);
        encode_owner(4, self.owner.as_ref(), accounts, w);
        encode_time(5, self.timestamp, w);
    }
}

impl Rm {
    fn encode(&self, w: &mut Writer) {
        w.string(1, &absolute_path(&self.path));
        w.flag(2, self.allow_not_found);
        w.flag(3, self.wildcard);
    }
}

impl Symlink {
    fn encode(&self, accounts: i64, w: &mut Writer) {
        w.string(1, &self.target);
        w.string(2, &absolute_path(&self.path));
        encode_owner(3, self.owner.as_ref(), accounts, w);
        encode_time(4, self.timestamp, w);
    }
}

/// Encodes a `ChownOpt`, unless neither user nor group is set.
fn encode_owner(field: u32, owner: Option<&Owner>, accounts: i64, w: &mut Writer) {
    let Some(owner) = owner.filter(|owner| owner.user.is_some() || owner.group.is_some()) else { return };
    w.message(field, |w| {
        for (field, principal) in [(1, &owner.user), (2, &owner.group)] {
            match principal {
                None => {}
                Some(Principal::Id(id)) => w.message(field, |w| w.present_uint(2, u64::from(*id))),
                Some(Principal::Name(name)) => w.message(field, |w| {
                    w.message(1, |w| {
                        w.string(1, name);
                        w.int(2, accounts);
                    });
                }),
            }
        }
    });
}

/// Encodes a modification time in nanoseconds since 1970; -1 keeps the default.
fn encode_time(field: u32, timestamp: Option<Timestamp>, w: &mut Writer) {
    w.int(field, timestamp.map_or(-1, |time| i64::from(time.seconds) * 1_000_000_000));
}
