//! One model of a Dockerfile: instructions as types, and a printer.
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
//! // A value that the syntax cannot express is an error. The printer never prints text with another meaning.
//! file.items.push(Instruction::Workdir("/a\nUSER 0".into()).into());
//! let errors = file.print().unwrap_err();
//! assert_eq!(errors[0].to_string(), "a value of `WORKDIR` with a line break");
//! ```
//!
//! The values in the model are literal. Only the printer knows quotes, escapes, JSON, continued lines and here-documents. It follows
//! the parser of BuildKit's own frontend (`frontend/dockerfile/parser`, `instructions` and `shell`).
//!
//! This crate does not know the language of `image.yaml` or BuildKit's operations, and does not access files or the network. It does
//! not read Dockerfiles.

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
pub use error::{Element, PrintError, Problem};
pub use file::{Directives, Dockerfile, Escape, Item};
pub use instruction::{Healthcheck, Instruction, Test};
pub use names::{InvalidName, StageName, VariableName};
pub use origin::{Base, Origin};
pub use run::{Access, Device, FileAttributes, Mount, Network, Run, Security, Sharing};
pub use word::{Expansion, Part, Variable, Word};
