//! Help, made from the table of commands.

use super::{COMMANDS, Command, FILE};

/// What the program is, and its commands.
pub(super) fn all() -> String {
    let mut text = "\
varve builds families of container images from one image.yaml. To build, put this on its first line:

    # syntax=varve/frontend:dev

and let Docker do it; BuildKit starts the frontend from its image:

    docker buildx build -f image.yaml .

Without a daemon:

"
    .to_owned();
    let usages = COMMANDS.iter().map(|command| {
        (format!("varve {} {}", command.name, command.operands).trim_end().to_owned(), command.about)
    });
    text += &columns(usages.collect());
    text + "\nFILE is image.yaml when left out. `varve help COMMAND` lists the options of a command.\n"
}

/// A command and its options.
pub(super) fn of(command: &Command) -> String {
    let name = command.name;
    let operands = command.operands;
    let mut text = format!("varve {name} [OPTIONS] {operands}: {}\n\n", command.about).replace(" : ", ": ");
    let options = command.options.iter().map(|flag| {
        let usage = if flag.value.is_empty() {
            flag.name.to_owned()
        } else {
            format!("{} {}", flag.name, flag.value)
        };
        (usage, flag.about)
    });
    text += &columns(options.collect());
    let default = if operands == FILE { "FILE is image.yaml when left out. " } else { "" };
    text + &format!(
        "\n{default}Exit code: 0 all is well, 1 something is wrong with it, 2 the command is\nwrong or a file cannot be read.\n"
    )
}

fn columns(rows: Vec<(String, &str)>) -> String {
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    rows.iter().map(|(left, right)| format!("    {left:<width$}  {right}\n")).collect()
}
