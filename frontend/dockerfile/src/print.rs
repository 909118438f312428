//! From the model to the text.

mod copy;
mod here;
mod quote;
mod run;

use std::time::Duration;

use crate::command::Command;
use crate::error::{Unwritable, What, Why};
use crate::file::{Directives, Dockerfile, Escape, Item};
use crate::instruction::{Healthcheck, Instruction, Test};
use crate::origin::{Base, Origin};
use crate::word::Word;
use quote::{Quote, flag, json, texts};

impl Dockerfile {
    /// The text of the Dockerfile. The same value gives the same text.
    ///
    /// # Errors
    /// All values that a Dockerfile cannot express.
    pub fn print(&self) -> Result<String, Vec<Unwritable>> {
        let mut printer =
            Printer { quote: Quote::new(self.directives.escape), item: None, wrong: Vec::new() };
        let mut text = printer.directives(&self.directives);
        if let Some(Item::Comment(comment)) = self.items.first()
            && comment.contains('=')
        {
            // The first comment could be read as one more directive. An empty one ends them.
            text.push_str("#\n");
        }
        for (index, item) in self.items.iter().enumerate() {
            printer.item = Some(index);
            text += &match item {
                Item::Blank => String::new(),
                Item::Comment(comment) => printer.comment(comment),
                Item::Instruction(instruction) => printer.instruction(instruction),
            };
            text.push('\n');
        }
        if printer.wrong.is_empty() { Ok(text) } else { Err(printer.wrong) }
    }
}

/// Makes the texts of items, and collects what cannot be said.
struct Printer {
    quote: Quote,
    item: Option<usize>,
    wrong: Vec<Unwritable>,
}

impl Printer {
    fn directives(&mut self, directives: &Directives) -> String {
        let escape = match directives.escape {
            Escape::Backslash => None,
            Escape::Backtick => Some("`".to_owned()),
        };
        let all = [("syntax", &directives.syntax), ("escape", &escape), ("check", &directives.check)];
        let mut text = String::new();
        for (name, value) in all {
            if let Some(value) = value {
                self.one_line(&What::Directive(name), &value.into());
                text += &format!("# {name}={value}\n");
            }
        }
        text
    }

    fn comment(&mut self, text: &str) -> String {
        self.without_nul(&What::Comment, text);
        let lines = text.split(['\n', '\r']);
        let lines = lines.map(|line| if line.is_empty() { "#".to_owned() } else { format!("# {line}") });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn instruction(&mut self, instruction: &Instruction) -> String {
        match instruction {
            Instruction::From { base, name } => {
                let from = self.base(base);
                name.as_ref().map_or(format!("FROM {from}"), |name| format!("FROM {from} AS {name}"))
            }
            Instruction::Arg(args) => {
                let arg = |(name, value): &(_, Option<Word>)| match value {
                    None => format!("{name}"),
                    Some(value) => format!("{name}={}", self.value(What::Variable(format!("{name}")), value)),
                };
                let args: Vec<String> = args.iter().map(arg).collect();
                self.list("ARG", &args)
            }
            Instruction::Env(variables) => {
                let variable = |(name, value): &(_, Word)| {
                    format!("{name}={}", self.value(What::Variable(format!("{name}")), value))
                };
                let variables: Vec<String> = variables.iter().map(variable).collect();
                self.list("ENV", &variables)
            }
            Instruction::Label(labels) => {
                let labels: Vec<String> =
                    labels.iter().map(|(name, value)| self.label(name, value)).collect();
                self.list("LABEL", &labels)
            }
            Instruction::Run(run) => self.run(run),
            Instruction::Copy(copy) => self.copy(copy),
            Instruction::Add(add) => self.add(add),
            Instruction::Workdir(path) => self.whole("WORKDIR", path),
            Instruction::User(user) => self.whole("USER", user),
            Instruction::Shell(words) => format!("SHELL {}", self.arguments("SHELL", words)),
            Instruction::Entrypoint(command) => format!("ENTRYPOINT {}", self.command("ENTRYPOINT", command)),
            Instruction::Cmd(command) => format!("CMD {}", self.command("CMD", command)),
            Instruction::Expose(ports) => {
                let ports: Vec<String> =
                    ports.iter().map(|port| self.one_word(What::Argument("EXPOSE"), port)).collect();
                format!("EXPOSE {}", ports.join(" "))
            }
            Instruction::Volume(paths) => {
                let path = |path| {
                    self.sound(&What::Argument("VOLUME"), path);
                    self.quote.bare(path)
                };
                format!("VOLUME {}", json(&paths.iter().map(path).collect::<Vec<_>>()))
            }
            Instruction::StopSignal(signal) => self.whole("STOPSIGNAL", signal),
            Instruction::Healthcheck(Healthcheck::None) => "HEALTHCHECK NONE".to_owned(),
            Instruction::Healthcheck(Healthcheck::Test(test)) => self.healthcheck(test),
            Instruction::OnBuild(instruction) => {
                if matches!(**instruction, Instruction::From { .. } | Instruction::OnBuild(_)) {
                    self.cannot(What::Argument("ONBUILD"), Why::Trigger);
                }
                format!("ONBUILD {}", self.instruction(instruction))
            }
        }
    }

    fn base(&mut self, base: &Base) -> String {
        let platform = base.platform.iter().map(|platform| self.flag("platform", platform) + " ");
        let platform: String = platform.collect();
        let origin = match &base.origin {
            Origin::Scratch => "scratch".to_owned(),
            Origin::Image(image) => self.one_word(What::Argument("FROM"), image),
            Origin::Stage(name) => name.to_string(),
        };
        platform + &origin
    }

    fn label(&mut self, name: &Word, value: &Word) -> String {
        let what = || What::Label(texts(name).collect());
        if texts(name).any(|text| text.contains('=')) {
            self.cannot(what(), Why::EqualsSign);
        }
        let written = self.value(what(), name);
        // At the beginning of the line it would be a flag.
        let name = if written.starts_with('-') { self.quote.in_quotes(name) } else { written };
        format!("{name}={}", self.value(what(), value))
    }

    fn healthcheck(&mut self, test: &Test) -> String {
        let times = [
            ("interval", test.interval),
            ("timeout", test.timeout),
            ("start-period", test.start_period),
            ("start-interval", test.start_interval),
        ];
        let mut words = vec!["HEALTHCHECK".to_owned()];
        let time = |(name, time): (&str, Option<Duration>)| Some(format!("--{name}={}", duration(time?)));
        words.extend(times.into_iter().filter_map(time));
        words.extend(test.retries.map(|retries| format!("--retries={retries}")));
        words.extend(["CMD".to_owned(), self.command("HEALTHCHECK", &test.command)]);
        words.join(" ")
    }

    fn command(&mut self, of: &'static str, command: &Command) -> String {
        match command {
            Command::Shell(line) => {
                if self.quote.goes_on(line.as_str()) {
                    self.cannot(What::Argument(of), Why::Escape);
                }
                line.as_str().to_owned()
            }
            Command::Exec(words) => self.arguments(of, words),
        }
    }

    /// A program and its arguments: JSON has a form for a line break.
    fn arguments(&mut self, of: &'static str, words: &[String]) -> String {
        words.iter().for_each(|word| self.without_nul(&What::Argument(of), word));
        json(words)
    }

    /// An instruction whose argument is the rest of its line, blanks included.
    fn whole(&mut self, name: &'static str, word: &Word) -> String {
        self.one_line(&What::Argument(name), word);
        let bare = self.quote.bare(word);
        // Blanks at the ends would be lost, and an escape character at the end would join the next line.
        let plain = bare.trim() == bare && !bare.is_empty() && !bare.starts_with("--");
        let plain = plain && !self.quote.goes_on(&bare);
        format!("{name} {}", if plain { bare } else { self.quote.in_quotes(word) })
    }

    /// A word that has blanks around it and no form with quotes.
    fn one_word(&mut self, what: What, word: &Word) -> String {
        self.sound(&what, word);
        if !word.is_one_word() {
            self.cannot(what, Why::NotOneWord);
        }
        self.quote.bare(word)
    }

    /// What stands behind `NAME=`.
    fn value(&mut self, what: What, word: &Word) -> String {
        self.one_line(&what, word);
        self.quote.value(word)
    }

    /// `--name=value`, into which variables are put.
    fn flag(&mut self, name: &'static str, value: &Word) -> String {
        self.one_line(&What::Flag(name), value);
        flag(name, &self.quote.bare(value))
    }

    /// Words with a line for each.
    fn list(&self, name: &str, words: &[String]) -> String {
        format!("{name} {}", words.join(&self.next_line()))
    }

    fn next_line(&self) -> String {
        format!(" {}\n    ", self.quote.escape)
    }

    /// A value for a form that has no line breaks.
    fn one_line(&mut self, what: &What, word: &Word) {
        self.sound(what, word);
        if texts(word).any(|text| text.contains(['\n', '\r'])) {
            self.cannot(what.clone(), Why::LineBreak);
        }
    }

    /// A value for a form that has line breaks.
    fn sound(&mut self, what: &What, word: &Word) {
        texts(word).for_each(|text| self.without_nul(what, text));
        if !quote::uses_whole_names(word) {
            self.cannot(what.clone(), Why::VariableName);
        }
    }

    fn without_nul(&mut self, what: &What, text: &str) {
        if text.contains('\0') {
            self.cannot(what.clone(), Why::Nul);
        }
    }

    fn cannot(&mut self, what: What, why: Why) {
        let unwritable = Unwritable { item: self.item, what, why };
        if !self.wrong.contains(&unwritable) {
            self.wrong.push(unwritable);
        }
    }
}

/// A time in the largest unit that holds it.
fn duration(time: Duration) -> String {
    const UNITS: [(u128, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let time = time.as_nanos();
    let unit = UNITS.iter().find(|(size, _)| time.is_multiple_of(*size));
    unit.map_or_else(|| format!("{time}ns"), |(size, name)| format!("{}{name}", time / size))
}
