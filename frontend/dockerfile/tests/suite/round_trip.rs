//! Prints a hostile value at each place of each instruction. Either printing fails, or the file has the same instructions as before and
//! the value reads as it was given.

use varve_dockerfile::{
    Access, Base, Command, Dockerfile, Escape, Files, Instruction, Line, Mount, Origin, Owner, Run, Script,
    Source, VariableName, Word,
};

use crate::reader::{Read, fields, list, meaning, read, words};

/// An instruction with a value in one place of it, and the value as it is read there.
type Place = (fn(&str) -> Option<Instruction>, fn(&Read, char) -> Option<String>);

const PLACES: [(&str, Place); 18] = [
    ("WORKDIR", (|v| Some(Instruction::Workdir(v.into())), |r, e| Some(meaning(&r.rest, e)))),
    ("USER", (|v| Some(Instruction::User(v.into())), |r, e| Some(meaning(&r.rest, e)))),
    ("STOPSIGNAL", (|v| Some(Instruction::StopSignal(v.into())), |r, e| Some(meaning(&r.rest, e)))),
    ("ENV", (|v| Some(Instruction::Env(vec![(name("A"), v.into())])), |r, e| pair(r, e).map(|(_, v)| v))),
    (
        "ARG",
        (|v| Some(Instruction::Arg(vec![(name("A"), Some(v.into()))])), |r, e| pair(r, e).map(|(_, v)| v)),
    ),
    (
        "LABEL name",
        (|v| Some(Instruction::Label(vec![(v.into(), "b".into())])), |r, e| pair(r, e).map(|(k, _)| k)),
    ),
    (
        "LABEL",
        (|v| Some(Instruction::Label(vec![("a".into(), v.into())])), |r, e| pair(r, e).map(|(_, v)| v)),
    ),
    ("COPY", (|v| copy(Files::new([v], "/to")), |r, e| paths(r, e).first().cloned())),
    ("COPY to", (|v| copy(Files::new(["a"], v)), |r, e| paths(r, e).pop())),
    ("COPY text", (|v| copy(Files::text(v, "/to")), |r, _| r.texts.first().cloned())),
    ("COPY text to", (|v| copy(Files::text("x\n", v)), |r, e| paths(r, e).pop())),
    (
        "COPY --chown",
        (|v| copy(Files { owner: Some(owner(v)), ..Files::new(["a"], "b") }), |r, e| flag(r, e)),
    ),
    (
        "COPY --exclude",
        (|v| copy(Files { exclude: vec![v.into()], ..Files::new(["a"], "b") }), |r, e| flag(r, e)),
    ),
    (
        "VOLUME",
        (|v| Some(Instruction::Volume(vec![v.into()])), |r, e| Some(meaning(list(&r.rest)?.first()?, e))),
    ),
    ("CMD", (|v| Some(Instruction::Cmd(Command::Exec(vec![v.to_owned()]))), |r, _| list(&r.rest)?.pop())),
    ("RUN", (|v| run(Script::Exec(vec![v.to_owned()])), |r, _| list(&r.rest)?.pop())),
    ("RUN text", (|v| run(Script::Shell(v.to_owned())), |r, _| r.texts.first().or(Some(&r.rest)).cloned())),
    (
        "RUN --mount",
        (mount, |r, e| {
            let fields = fields(&r.flags.first()?.1);
            fields.iter().find(|(key, _)| key == "source").map(|(_, value)| meaning(value, e))
        }),
    ),
];

fn name(text: &str) -> VariableName {
    VariableName::new(text).unwrap()
}

fn copy(files: Files) -> Option<Instruction> {
    Some(Instruction::Copy(varve_dockerfile::Copy { files, ..Default::default() }))
}

fn owner(user: &str) -> Owner {
    Owner { user: user.into(), group: None }
}

fn run(script: Script) -> Option<Instruction> {
    Some(Instruction::Run(Run::of(script)))
}

fn mount(source: &str) -> Option<Instruction> {
    let mount =
        Mount::Bind { target: "/x".into(), from: None, source: Some(source.into()), access: Access::Write };
    Some(Instruction::Run(Run { mounts: vec![mount], ..Run::of(Script::Exec(vec!["a".to_owned()])) }))
}

fn pair(read: &Read, escape: char) -> Option<(String, String)> {
    let words = words(&read.rest, escape);
    let [word] = words.as_slice() else { return None };
    word.split_once('=').map(|(key, value)| (meaning(key, escape), meaning(value, escape)))
}

fn paths(read: &Read, escape: char) -> Vec<String> {
    let plain = || read.rest.split_whitespace().map(str::to_owned).collect();
    let words = list(&read.rest).unwrap_or_else(plain);
    words.iter().map(|word| meaning(word, escape)).collect()
}

fn flag(read: &Read, escape: char) -> Option<String> {
    read.flags.first().map(|(_, value)| meaning(value, escape))
}

/// Checks a value in every place; gives the number of places that can have it.
fn check(value: &str, (escape, character): (Escape, char)) -> usize {
    let mut count = 0;
    for (place, (make, find)) in PLACES {
        let Some(instruction) = make(value) else { continue };
        let mut file = Dockerfile::default();
        file.directives.escape = escape;
        let from = Instruction::From { base: Base::of(Origin::Scratch), name: None };
        let end = Instruction::User("end".into());
        file.items.extend([from, instruction, end].map(Into::into));
        let Ok(text) = file.print() else { continue };
        count += 1;
        let found = read(&text, character);
        let names: Vec<&str> = found.iter().map(|read| read.name.as_str()).collect();
        let expect = ["FROM", place.split(' ').next().unwrap(), "USER"];
        assert_eq!(names, expect, "{place} of {value:?}:\n{text}");
        let expect = match place {
            // The lines of a here-document end, and an empty line may be before those that look like a program.
            "COPY text" if !value.is_empty() && !value.ends_with('\n') => format!("{value}\n"),
            "RUN text" if found[1].texts.is_empty() => value.trim().to_owned(),
            "RUN text" if value.starts_with("#!") => format!("\n{}\n", value.trim_end_matches('\n')),
            "RUN text" if !value.is_empty() && !value.ends_with('\n') => format!("{value}\n"),
            _ => value.to_owned(),
        };
        let read = find(&found[1], character);
        assert_eq!(read.as_deref(), Some(expect.as_str()), "{place} of {value:?}:\n{text}");
    }
    count
}

const ESCAPES: [(Escape, char); 2] = [(Escape::Backslash, '\\'), (Escape::Backtick, '`')];

#[test]
fn values_read_as_they_were_given() {
    let values = [
        "",
        " ",
        "a",
        " a ",
        "a b",
        "a\tb",
        "\"",
        "'",
        "a\"b'c",
        "\\",
        "a\\",
        "a\\ ",
        "\\\\",
        "a\\nb",
        "`",
        "a`",
        "a``b",
        "$HOME",
        "${A:-b}",
        "$",
        "}",
        "#a",
        "#!/bin/sh",
        "# escape=`",
        "-",
        "-a",
        "--a",
        "--a=b",
        "[",
        "[a",
        "[\"a\"]",
        "<<EOF",
        "a <<EOF",
        "<<'EOF'",
        "<",
        ",",
        "a,b=\"c\"",
        "=",
        "a=b",
        "EOF",
        "\u{1}",
        "\u{7f}",
        "\u{1b}[0m",
        "\u{feff}a",
        "é",
        "\u{a0}",
        "\u{2028}",
    ];
    for escape in ESCAPES {
        for value in values {
            let fewest = if value.is_empty() || value.contains(char::is_whitespace) { 14 } else { 15 };
            let count = check(value, escape);
            assert!(count >= fewest, "{value:?} in {count} places");
        }
    }
}

#[test]
fn values_of_several_lines_read_as_they_were_given() {
    let values = [
        "\n",
        "a\nb",
        "a\nb\n",
        "a\r\nb",
        "\r",
        "a\nUSER root",
        "a\\\nb",
        "EOF\n",
        "a\nEOF\nUSER root\n",
        "EOF\r\nEOF2\n",
        "EOF\r\r\nUSER root\n",
        "EOF\r",
        "#!/bin/sh\na",
        "\n#!/bin/sh",
        "a \\\n",
        "\"\n",
        "'\n'",
    ];
    for escape in ESCAPES {
        for value in values {
            // The texts of two here-documents, two paths, a volume, and two lists of arguments.
            assert_eq!(check(value, escape), 7, "{value:?}");
        }
    }
}

/// Numbers that look like those of chance, and are the same each time (`xorshift`).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn values_of_odd_characters_read_as_they_were_given() {
    let characters: Vec<char> = "ab0_\\\\\"\"''$${}<<`#-=[],: \t\n\rEOF/!\u{1}é".chars().collect();
    let mut state = 0x5eed;
    let mut count = 0;
    for round in 0..4000 {
        let length = 1 + next(&mut state) % 9;
        let value: String = (0..length).map(|_| characters[next(&mut state) % characters.len()]).collect();
        count += check(&value, ESCAPES[round % 2]);
    }
    assert!(count > 4000 * 7, "{count}");
}

#[test]
fn a_line_for_the_shell_reads_as_it_was_given() {
    for value in ["a", "a \"b\" $c", "exec \"$0\" '#'", "a | b", "a #b", "é"] {
        let line = Line::new(value).unwrap();
        let mut file = Dockerfile::default();
        file.items.push(Instruction::Cmd(Command::Shell(line)).into());
        assert_eq!(read(&file.print().unwrap(), '\\')[0].rest, value);
    }
    for value in ["", " a", "a\nb", "a\rb", "a\0", "a <<EOF", "a\\", "[ -e a ]", "-a", "#a"] {
        assert!(Line::new(value).is_err(), "{value:?}");
    }
}

#[test]
fn several_texts_read_as_they_were_given() {
    let text = |name: Option<&str>, text: &str| Source::Text {
        name: name.map(str::to_owned),
        text: text.to_owned(),
    };
    let files = Files {
        sources: vec![text(Some("one"), "a\nEOF\n"), text(None, "EOF\n"), Source::Path(Word::from("b"))],
        to: "/to/".into(),
        ..Files::default()
    };
    let mut file = Dockerfile::default();
    file.items.push(copy(files).unwrap().into());
    let found = read(&file.print().unwrap(), '\\');
    assert_eq!((found.len(), &found[0].texts), (1, &vec!["a\nEOF\n".to_owned(), "EOF\n".to_owned()]));
    assert_eq!(paths(&found[0], '\\'), ["<<one", "<<EOF2", "b", "/to/"]);
}
