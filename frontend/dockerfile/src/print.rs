//! Prints a Dockerfile as text.

mod copy;
mod here;
mod quote;
mod run;

use std::time::Duration;

use crate::command::Command;
use crate::error::{Element, PrintError, Problem};
use crate::file::{Directives, Dockerfile, Escape, Item};
use crate::instruction::{Healthcheck, Instruction, Test};
use crate::names::VariableName;
use crate::origin::{Base, Origin};
use crate::word::Word;
use quote::{Quote, flag, json, texts};

/// The longest line that the parser of BuildKit reads, in bytes (`bufio.MaxScanTokenSize`, in `parser.go`).
const LONGEST_LINE: usize = (64 << 10) - 1;

impl Dockerfile {
    /// Returns the text of the Dockerfile. Equal values give equal texts.
    ///
    /// # Errors
    /// Returns all values that a Dockerfile cannot express.
    pub fn print(&self) -> Result<String, Vec<PrintError>> {
        let mut printer =
            Printer { quote: Quote::new(self.directives.escape), item: None, errors: Vec::new() };
        let mut text = printer.directives(&self.directives);
        if let Some(Item::Comment(comment)) = self.items.first()
            && comment.contains('=')
        {
            // The parser could read the first comment as a directive. An empty comment ends the directives.
            text.push_str("#\n");
        }
        for (index, item) in self.items.iter().enumerate() {
            printer.item = Some(index);
            let printed = match item {
                Item::Blank => String::new(),
                Item::Comment(comment) => printer.comment(comment),
                Item::Instruction(instruction) => printer.instruction(instruction),
            };
            if printed.split('\n').any(|line| line.len() > LONGEST_LINE) {
                printer.error(Element::Item, Problem::LongLine);
            }
            text += &printed;
            text.push('\n');
        }
        if printer.errors.is_empty() { Ok(text) } else { Err(printer.errors) }
    }
}

/// Prints items, and collects the errors.
struct Printer {
    quote: Quote,
    /// The index of the item that is being printed.
    item: Option<usize>,
    errors: Vec<PrintError>,
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
                self.check_one_line(&Element::Directive(name), &value.into());
                text += &format!("# {name}={value}\n");
            }
        }
        text
    }

    fn comment(&mut self, text: &str) -> String {
        self.check_nul(&Element::Comment, text);
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
                let arg = |(name, default): &(VariableName, Option<Word>)| match default {
                    None => name.to_string(),
                    Some(default) => self.variable(name, default),
                };
                let args: Vec<String> = args.iter().map(arg).collect();
                self.list("ARG", &args)
            }
            Instruction::Env(variables) => {
                let variables: Vec<String> =
                    variables.iter().map(|(name, value)| self.variable(name, value)).collect();
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
            Instruction::Workdir(path) => self.rest_of_line("WORKDIR", path),
            Instruction::User(user) => self.rest_of_line("USER", user),
            Instruction::Shell(words) => format!("SHELL {}", self.arguments("SHELL", words)),
            Instruction::Entrypoint(command) => format!("ENTRYPOINT {}", self.command("ENTRYPOINT", command)),
            Instruction::Cmd(command) => format!("CMD {}", self.command("CMD", command)),
            Instruction::Expose(ports) => {
                let ports: Vec<String> =
                    ports.iter().map(|port| self.one_word(Element::Argument("EXPOSE"), port)).collect();
                format!("EXPOSE {}", ports.join(" "))
            }
            Instruction::Volume(paths) => {
                let path = |path| {
                    self.check(&Element::Argument("VOLUME"), path);
                    self.quote.unquoted(path)
                };
                format!("VOLUME {}", json(&paths.iter().map(path).collect::<Vec<_>>()))
            }
            Instruction::StopSignal(signal) => self.rest_of_line("STOPSIGNAL", signal),
            Instruction::Healthcheck(Healthcheck::None) => "HEALTHCHECK NONE".to_owned(),
            Instruction::Healthcheck(Healthcheck::Test(test)) => self.healthcheck(test),
            Instruction::OnBuild(instruction) => {
                if matches!(**instruction, Instruction::From { .. } | Instruction::OnBuild(_)) {
                    self.error(Element::Argument("ONBUILD"), Problem::Trigger);
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
            Origin::Image(image) => self.one_word(Element::Argument("FROM"), image),
            Origin::Stage(name) => name.to_string(),
        };
        platform + &origin
    }

    fn variable(&mut self, name: &VariableName, value: &Word) -> String {
        format!("{name}={}", self.value(Element::Variable(name.to_string()), value))
    }

    fn label(&mut self, name: &Word, value: &Word) -> String {
        let element = || Element::Label(texts(name).collect());
        if texts(name).any(|text| text.contains('=')) {
            self.error(element(), Problem::EqualsSign);
        }
        let written = self.value(element(), name);
        // Without quotes, the parser would read a dash at the beginning as a flag.
        let name = if written.starts_with('-') { self.quote.quoted(name) } else { written };
        format!("{name}={}", self.value(element(), value))
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

    fn command(&mut self, instruction: &'static str, command: &Command) -> String {
        match command {
            Command::Shell(line) => {
                if self.quote.continues_line(line.as_str()) {
                    self.error(Element::Argument(instruction), Problem::Escape);
                }
                line.as_str().to_owned()
            }
            Command::Exec(words) => self.arguments(instruction, words),
        }
    }

    /// Prints a program and its arguments as JSON, which can express line breaks.
    fn arguments(&mut self, instruction: &'static str, words: &[String]) -> String {
        words.iter().for_each(|word| self.check_nul(&Element::Argument(instruction), word));
        json(words)
    }

    /// Prints an instruction whose argument is the rest of the line, including blanks.
    fn rest_of_line(&mut self, name: &'static str, word: &Word) -> String {
        self.check_one_line(&Element::Argument(name), word);
        let unquoted = self.quote.unquoted(word);
        // Without quotes, blanks at the ends would be lost, and an escape character at the end would join the next line.
        let plain = unquoted.trim() == unquoted && !unquoted.is_empty() && !unquoted.starts_with("--");
        let plain = plain && !self.quote.continues_line(&unquoted);
        format!("{name} {}", if plain { unquoted } else { self.quote.quoted(word) })
    }

    /// Prints one of several words that blanks separate and that cannot have quotes.
    fn one_word(&mut self, element: Element, word: &Word) -> String {
        self.check(&element, word);
        if !word.is_one_word() {
            self.error(element, Problem::NotOneWord);
        }
        self.quote.unquoted(word)
    }

    /// Prints the value after `NAME=`.
    fn value(&mut self, element: Element, word: &Word) -> String {
        self.check_one_line(&element, word);
        self.quote.value(word)
    }

    /// Prints a flag whose value can use variables.
    fn flag(&mut self, name: &'static str, value: &Word) -> String {
        self.check_one_line(&Element::Flag(name), value);
        flag(name, &self.quote.unquoted(value))
    }

    /// Prints an instruction with one word on each line.
    fn list(&self, name: &str, words: &[String]) -> String {
        format!("{name} {}", words.join(&self.next_line()))
    }

    fn next_line(&self) -> String {
        format!(" {}\n    ", self.quote.escape)
    }

    /// Reports a value that is invalid, or that contains a line break. For syntax that cannot express line breaks.
    fn check_one_line(&mut self, element: &Element, word: &Word) {
        self.check(element, word);
        if texts(word).any(|text| text.contains(['\n', '\r'])) {
            self.error(element.clone(), Problem::LineBreak);
        }
    }

    /// Reports a value that is invalid anywhere in a Dockerfile.
    fn check(&mut self, element: &Element, word: &Word) {
        texts(word).for_each(|text| self.check_nul(element, text));
        if !quote::uses_whole_names(word) {
            self.error(element.clone(), Problem::VariableName);
        }
    }

    fn check_nul(&mut self, element: &Element, text: &str) {
        if text.contains('\0') {
            self.error(element.clone(), Problem::Nul);
        }
    }

    fn error(&mut self, element: Element, problem: Problem) {
        let error = PrintError { item: self.item, element, problem };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// Formats a duration in the largest unit of which it is a multiple.
fn duration(time: Duration) -> String {
    const UNITS: [(u128, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let time = time.as_nanos();
    let unit = UNITS.iter().find(|(size, _)| time.is_multiple_of(*size));
    unit.map_or_else(|| format!("{time}ns"), |(size, name)| format!("{}{name}", time / size))
}
