//! Hostile values: text that a careless printer would turn into other instructions. Checks how each is printed, or its error.

use varve_dockerfile::{
    Base, Command, Copy, Dockerfile, Escape, Expansion, Files, Instruction, Item, Line, Mount, Origin, Part,
    Run, Script, Source, StageName, Variable, VariableName, Word,
};

fn print(item: impl Into<Item>) -> Result<String, Vec<String>> {
    let mut file = Dockerfile::default();
    file.items.push(item.into());
    file.print().map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Checks the text of an instruction.
#[track_caller]
fn prints(instruction: Instruction, expect: &str) {
    assert_eq!(print(instruction), Ok(format!("{expect}\n")));
}

/// Checks that a value is an error.
#[track_caller]
fn fails(item: impl Into<Item>, expect: &str) {
    assert_eq!(print(item), Err(vec![expect.to_owned()]));
}

fn env(value: impl Into<Word>) -> Instruction {
    Instruction::Env(vec![(VariableName::new("A").unwrap(), value.into())])
}

fn label(name: &str, value: &str) -> Instruction {
    Instruction::Label(vec![(name.into(), value.into())])
}

fn copy(files: Files) -> Instruction {
    Instruction::Copy(Copy { files, ..Copy::default() })
}

fn run(script: Script) -> Instruction {
    Instruction::Run(Run::of(script))
}

fn used(name: &str, expansion: Expansion) -> Part {
    Part::Variable(Variable { name: VariableName::new(name).unwrap(), expansion })
}

#[test]
fn quotes_backslash_and_dollar() {
    prints(env("a\"$b\\'"), r#"ENV A="a\"\$b\\'""#);
    prints(Instruction::Workdir("a\"$b\\'<".into()), r#"WORKDIR a\"\$b\\\'\<"#);
    prints(copy(Files::new(["$a"], "b\"")), r#"COPY \$a b\""#);
}

#[test]
fn a_backslash_at_the_end() {
    prints(env("a\\"), r#"ENV A="a\\""#);
    prints(Instruction::Workdir("/a\\".into()), r#"WORKDIR "/a\\""#);
    prints(copy(Files::new(["a"], "b\\")), r#"COPY ["a", "b\\\\"]"#);
    prints(run(Script::Shell("a \\".to_owned())), "RUN <<'EOF'\na \\\nEOF");
}

#[test]
fn a_backtick_at_the_end_where_it_escapes() {
    let mut file = Dockerfile::default();
    file.directives.escape = Escape::Backtick;
    file.items.push(run(Script::Shell("echo `date`".to_owned())).into());
    file.items.push(Instruction::Workdir("/a`".into()).into());
    let text = "# escape=`\nRUN <<'EOF'\necho `date`\nEOF\nWORKDIR \"/a``\"\n";
    assert_eq!(file.print().as_deref(), Ok(text));
    file.items.push(Instruction::Cmd(Command::Shell(Line::new("echo `date`").unwrap())).into());
    let errors = file.print().unwrap_err();
    assert_eq!(errors[0].item, Some(2));
    assert_eq!(errors[0].to_string(), "a value of `CMD` that ends with the escape character");
}

#[test]
fn a_hash_at_the_beginning() {
    prints(run(Script::Shell("# a".to_owned())), "RUN <<'EOF'\n# a\nEOF");
    prints(env("#a"), "ENV A=\"#a\"");
    prints(label("#a", "b"), "LABEL \"#a\"=b");
    assert!(VariableName::new("#a").is_err());
}

#[test]
fn a_dash_at_the_beginning() {
    prints(run(Script::Shell("--mount=x".to_owned())), "RUN <<'EOF'\n--mount=x\nEOF");
    prints(Instruction::Workdir("--a".into()), "WORKDIR \"--a\"");
    prints(copy(Files::new(["--from=a"], "b")), r#"COPY ["--from=a", "b"]"#);
    prints(label("--a", "--b"), "LABEL \"--a\"=--b");
    assert!(VariableName::new("-a").is_err());
    let base = Base::of(Origin::Image("--a".into()));
    fails(Instruction::From { base, name: None }, "a value of `FROM` that is not one word");
}

#[test]
fn blanks_in_and_around() {
    prints(Instruction::Workdir(" a b ".into()), "WORKDIR \" a b \"");
    prints(copy(Files::new(["a b"], "c")), r#"COPY ["a b", "c"]"#);
    fails(copy(Files::text("a", "b c")), "a value of `COPY` that is not one word");
    fails(Instruction::Expose(vec!["80 81".into()]), "a value of `EXPOSE` that is not one word");
    fails(Instruction::Expose(vec!["".into()]), "a value of `EXPOSE` that is not one word");
    let base = || Base::of(Origin::Image("a AS b".into()));
    fails(Instruction::From { base: base(), name: None }, "a value of `FROM` that is not one word");
}

#[test]
fn a_line_break_where_a_form_carries_it() {
    prints(run(Script::Exec(vec!["a\nb".to_owned()])), r#"RUN ["a\nb"]"#);
    prints(copy(Files::new(["a\nb"], "c")), r#"COPY ["a\nb", "c"]"#);
    prints(Instruction::Volume(vec!["/a\nb".into()]), r#"VOLUME ["/a\nb"]"#);
    assert_eq!(print(Item::Comment("a\rUSER 0\nb".to_owned())), Ok("# a\n# USER 0\n# b\n".to_owned()));
}

#[test]
fn a_line_break_where_no_form_carries_it() {
    for text in ["a\nUSER 0", "a\rb"] {
        fails(env(text), "the variable `A` with a line break");
        fails(label("l", text), "the label `l` with a line break");
        fails(Instruction::Workdir(text.into()), "a value of `WORKDIR` with a line break");
        fails(Instruction::User(text.into()), "a value of `USER` with a line break");
        fails(Instruction::StopSignal(text.into()), "a value of `STOPSIGNAL` with a line break");
        fails(
            run(Script::Program { interpreter: text.to_owned(), text: String::new() }),
            "a value of `RUN` with a line break",
        );
        let files = Files { exclude: vec![text.into()], ..Files::new(["a"], "b") };
        fails(copy(files), "a value of `--exclude` with a line break");
        let mounts = vec![Mount::Tmpfs { target: text.into(), size: None }];
        let run = Run { mounts, ..Run::of(Script::Exec(Vec::new())) };
        fails(Instruction::Run(run), "a value of `--mount` with a line break");
    }
    let mut file = Dockerfile::default();
    file.directives.check = Some("a\nb".to_owned());
    assert_eq!(file.print().unwrap_err()[0].to_string(), "a value of `# check` with a line break");
}

#[test]
fn a_nul() {
    let nul = || "a\0b".to_owned();
    fails(env(nul()), "the variable `A` with a NUL character");
    fails(label("l", &nul()), "the label `l` with a NUL character");
    fails(Instruction::Workdir(nul().into()), "a value of `WORKDIR` with a NUL character");
    fails(copy(Files::new([nul()], "b")), "a value of `COPY` with a NUL character");
    fails(copy(Files::text(nul(), "b")), "a text with a NUL character");
    fails(run(Script::Shell(nul())), "a text with a NUL character");
    fails(run(Script::Exec(vec![nul()])), "a value of `RUN` with a NUL character");
    fails(Instruction::Cmd(Command::Exec(vec![nul()])), "a value of `CMD` with a NUL character");
    fails(Instruction::Shell(vec![nul()]), "a value of `SHELL` with a NUL character");
    fails(Instruction::Volume(vec![nul().into()]), "a value of `VOLUME` with a NUL character");
    fails(Item::Comment(nul()), "a comment with a NUL character");
}

#[test]
fn other_control_characters() {
    prints(env("\u{1b}[31m\u{7f}"), "ENV A=\"\u{1b}[31m\u{7f}\"");
    prints(run(Script::Exec(vec!["\u{1}".to_owned()])), "RUN [\"\\u0001\"]");
    prints(copy(Files::new(["a\tb"], "c")), r#"COPY ["a\tb", "c"]"#);
}

#[test]
fn a_delimiter_inside_the_text() {
    let text = "EOF\nEOF2\r\n";
    prints(copy(Files::text(text, "/a")), &format!("COPY <<'EOF3' /a\n{text}EOF3"));
    let many: String =
        ["EOF\n".to_owned()].into_iter().chain((2..50_000).map(|number| format!("EOF{number}\n"))).collect();
    prints(copy(Files::text(&many, "/a")), &format!("COPY <<'EOF50000' /a\n{many}EOF50000"));
    let named = |name: &str| Files {
        sources: vec![Source::Text { name: Some(name.to_owned()), text: "a\nb\n".to_owned() }],
        to: "/c/".into(),
        ..Files::default()
    };
    prints(copy(named("c.txt")), "COPY <<'c.txt' /c/\na\nb\nc.txt");
    fails(copy(named("b")), "a text with a line that is its own delimiter");
    fails(copy(named("b c")), "a text that is not one word");
    fails(copy(named("")), "a text that is not one word");
}

#[test]
fn here_documents_inside_a_line() {
    prints(run(Script::Shell("cat <<X".to_owned())), "RUN <<'EOF'\ncat <<X\nEOF");
    prints(copy(Files::new(["<<EOF"], "b")), r"COPY \<\<EOF b");
}

#[test]
fn a_list_as_a_text() {
    prints(run(Script::Shell("[\"a\"]".to_owned())), "RUN <<'EOF'\n[\"a\"]\nEOF");
    prints(copy(Files::new(["[a]"], "b")), r#"COPY ["[a]", "b"]"#);
}

#[test]
fn a_comment_that_looks_like_a_directive() {
    assert_eq!(print(Item::Comment("escape=`".to_owned())), Ok("#\n# escape=`\n".to_owned()));
}

#[test]
fn an_equals_sign_in_the_name_of_a_label() {
    fails(label("a=b", "c"), "the label `a=b` with `=` in its name");
}

#[test]
fn variables_beside_texts() {
    let word = |parts: Vec<Part>| -> Word { parts.into_iter().collect() };
    prints(env(word(vec!["$".into(), used("A", Expansion::Value), ":b".into()])), "ENV A=\"\\$$A:b\"");
    prints(env(word(vec![used("A", Expansion::Value), "b".into()])), "ENV A=\"${A}b\"");
    prints(env(word(vec![used("A", Expansion::Default("}\"".into()))])), r#"ENV A="${A:-\}\"}""#);
    let colon = word(vec![":".into(), used("A", Expansion::Value)]);
    prints(env(word(vec!["b".into(), used("A", Expansion::Alternative(colon))])), "ENV A=\"b${A:+:$A}\"");
    let fails_with =
        "the variable `A` that uses a variable whose name has characters other than letters, digits and `_`";
    fails(env(word(vec![used("a.b", Expansion::Value)])), fails_with);
    fails(env(word(vec![used("A", Expansion::Default(used("a.b", Expansion::Value).into()))])), fails_with);
    fails(
        env(word(vec![used("A", Expansion::Default("a\nb".into()))])),
        "the variable `A` with a line break",
    );
}

#[test]
fn triggers_of_triggers() {
    let nested = Instruction::OnBuild(Box::new(Instruction::OnBuild(Box::new(env("a")))));
    fails(nested, "a value of `ONBUILD` that is not a trigger");
}

#[test]
fn each_error_names_its_item() {
    let items = vec![Item::Blank, env("a\nb").into(), Instruction::User("a\0\n".into()).into()];
    let file = Dockerfile { items, ..Dockerfile::default() };
    let errors: Vec<(Option<usize>, String)> =
        file.print().unwrap_err().iter().map(|error| (error.item, error.to_string())).collect();
    let expect = [
        (Some(1), "the variable `A` with a line break"),
        (Some(2), "a value of `USER` with a NUL character"),
        (Some(2), "a value of `USER` with a line break"),
    ];
    assert_eq!(errors, expect.map(|(item, text)| (item, text.to_owned())));
}

#[test]
fn names() {
    for name in ["a", "A-b_c.1"] {
        assert_eq!(StageName::new(name).unwrap().as_str(), name.to_lowercase());
    }
    for name in ["", "1a", "-", "a b", "a\nb", "é", "$a"] {
        let error = StageName::new(name).unwrap_err();
        assert_eq!(error.to_string(), format!("`{name}` is not the name of a stage"));
    }
    for (text, name) in [("Below.Stage", "below.stage"), ("1", "stage-1"), ("", "stage-"), ("aÉ\n$", "a---")]
    {
        assert_eq!(StageName::sanitise(text).as_str(), name);
        assert!(StageName::new(name).is_ok());
    }
    for name in ["", "a b", "a=b", "a\nb", "a\0", "$a", "a\"", "a'", "a\\", "a`"] {
        assert!(VariableName::new(name).is_err(), "{name:?}");
    }
    for (name, usable) in [("A_1", true), ("1A", false), ("a.b", false), ("é", false)] {
        assert_eq!(VariableName::new(name).unwrap().is_usable(), usable, "{name}");
    }
}

#[test]
fn a_line_that_the_parser_does_not_read() {
    assert!(
        Dockerfile { items: vec![env("a".repeat(65_529)).into()], ..Dockerfile::default() }.print().is_ok()
    );
    fails(env("a".repeat(65_530)), "an instruction with a line of more than 65535 bytes");
}
