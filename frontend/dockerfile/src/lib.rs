//! One model of a Dockerfile: its instructions as types, and a printer of them.
//!
//! ```
//! use varve_dockerfile::{Base, Dockerfile, Instruction, Item, Origin, Run, Script};
//!
//! let mut file = Dockerfile::default();
//! file.directives.syntax = Some("docker/dockerfile:1".to_owned());
//! file.items.push(Item::Comment("the base".to_owned()));
//! let base = Base::of(Origin::Image("debian:12".into()));
//! file.items.push(Instruction::From { base, name: None }.into());
//! file.items.push(Instruction::Workdir("/a $b".into()).into());
//! file.items.push(Instruction::Run(Run::of(Script::Shell("make\nmake install".to_owned()))).into());
//! let text = "# syntax=docker/dockerfile:1\n# the base\nFROM debian:12\nWORKDIR /a \\$b\nRUN <<'EOF'\nmake\nmake install\nEOF\n";
//! assert_eq!(file.print().as_deref(), Ok(text));
//!
//! // What no form of the syntax can carry is an error, never text of another meaning.
//! file.items.push(Instruction::Workdir("/a\nUSER 0".into()).into());
//! let errors = file.print().unwrap_err();
//! assert_eq!(errors[0].to_string(), "a value of `WORKDIR` of several lines");
//! ```
//!
//! Values are what they mean: the printer alone knows quotes, escapes, the forms of JSON, continued lines and here-documents. It
//! follows the parser of BuildKit's own frontend (`frontend/dockerfile/parser`, `instructions` and `shell`). The crate knows nothing of
//! the language of `image.yaml`, of BuildKit's operations, of files and of the network. It has no reader of text.

mod error;
mod names;
mod word;
mod origin;
mod command;
mod copy;
mod run;
mod instruction;
mod file;
mod print;

pub use command::{Command, Line, NotOneLine, Script};
pub use copy::{Add, Copy, Files, Mode, Owner, Source};
pub use error::{Unwritable, What, Why};
pub use file::{Directives, Dockerfile, Escape, Item};
pub use instruction::{Healthcheck, Instruction, Test};
pub use names::{BadName, StageName, VariableName};
pub use origin::{Base, Origin};
pub use run::{Access, Device, FileMode, Mount, Network, Run, Security, Sharing};
pub use word::{Part, Use, Variable, Word};
