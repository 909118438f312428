//! The text of every instruction and of each of its flags.

use std::time::Duration;

use varve_dockerfile::{
    Access, Add, Base, Command, Copy, Device, Dockerfile, Escape, FileAttributes, Files, Healthcheck,
    Instruction, Item, Line, Mode, Mount, Network, Origin, Owner, Run, Script, Security, Sharing, StageName,
    Test, VariableName, Word,
};

/// Checks the text of an instruction.
#[track_caller]
fn check(instruction: Instruction, expect: &str) {
    let mut file = Dockerfile::default();
    file.items.push(instruction.into());
    assert_eq!(file.print().as_deref(), Ok(format!("{expect}\n").as_str()));
}

fn stage(name: &str) -> StageName {
    StageName::new(name).unwrap()
}

fn variable(name: &str) -> VariableName {
    VariableName::new(name).unwrap()
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn line(text: &str) -> Command {
    Command::Shell(Line::new(text).unwrap())
}

fn script(text: &str) -> Script {
    Script::Shell(text.to_owned())
}

fn copy(files: Files) -> Instruction {
    Instruction::Copy(Copy { files, ..Copy::default() })
}

#[test]
fn from() {
    let from =
        |platform: Option<Word>, origin, name| Instruction::From { base: Base { platform, origin }, name };
    check(from(None, Origin::Scratch, None), "FROM scratch");
    check(from(None, Origin::Image("debian:12".into()), Some(stage("App"))), "FROM debian:12 AS app");
    let built = Some(variable("BUILDPLATFORM").into());
    check(from(built, Origin::Stage(stage("app")), None), "FROM --platform=$BUILDPLATFORM app");
    check(from(None, Origin::Image(variable("BASE").into()), None), "FROM $BASE");
}

#[test]
fn arg_env_and_label() {
    let args = vec![(variable("A"), None), (variable("B"), Some("1 2".into()))];
    check(Instruction::Arg(args), "ARG A \\\n    B=\"1 2\"");
    let env = vec![(variable("A"), "x".into()), (variable("odd.name"), "".into())];
    check(Instruction::Env(env), "ENV A=x \\\n    odd.name=\"\"");
    let labels = vec![("org.title".into(), "a \"b\" $c".into()), ("--a b".into(), "-".into())];
    check(Instruction::Label(labels), "LABEL org.title=\"a \\\"b\\\" \\$c\" \\\n    \"--a b\"=-");
    check(Instruction::Label(vec![("--a".into(), "b".into())]), "LABEL \"--a\"=b");
}

#[test]
fn run_in_each_form() {
    let run = |script| Instruction::Run(Run::of(script));
    check(run(script(" make \n")), "RUN make");
    check(run(script("a\nb")), "RUN <<'EOF'\na\nb\nEOF");
    check(run(script("cat <<EOF\nx\nEOF\n")), "RUN <<'EOF2'\ncat <<EOF\nx\nEOF\nEOF2");
    check(run(script("#!x\nb")), "RUN <<'EOF'\n\n#!x\nb\nEOF");
    let program = Script::Program { interpreter: "/bin/sh -e".to_owned(), text: "a\n".to_owned() };
    check(run(program), "RUN <<'EOF'\n#!/bin/sh -e\na\nEOF");
    check(run(Script::Exec(texts(&["a", "b c", "\n"]))), r#"RUN ["a", "b c", "\n"]"#);
}

#[test]
fn run_with_flags() {
    let run = |run: Run, flags: &str| check(Instruction::Run(run), &format!("RUN {flags} \\\n    make"));
    let plain = || Run::of(script("make"));
    run(Run { network: Some(Network::Default), ..plain() }, "--network=default");
    run(Run { network: Some(Network::None), ..plain() }, "--network=none");
    run(Run { network: Some(Network::Host), ..plain() }, "--network=host");
    run(Run { security: Some(Security::Sandbox), ..plain() }, "--security=sandbox");
    run(Run { security: Some(Security::Insecure), ..plain() }, "--security=insecure");
    let devices = vec![
        Device { name: "vendor.com/gpu=all".into(), required: true },
        Device { name: "x".into(), required: false },
    ];
    run(Run { devices, ..plain() }, "--device=vendor.com/gpu=all,required \\\n    --device=x");
}

#[test]
fn run_with_mounts() {
    let mount = |mount, expect: &str| {
        let run = Run { mounts: vec![mount], ..Run::of(script("make")) };
        check(Instruction::Run(run), &format!("RUN --mount={expect} \\\n    make"));
    };
    let attributes = FileAttributes { owner: Some((1, 2)), mode: Some(0o640) };
    let bind = |from, source, access| Mount::Bind { target: "/x".into(), from, source, access };
    mount(bind(None, None, Access::Read), "type=bind,target=/x");
    let from = Some(Origin::Stage(stage("a")));
    mount(bind(from, Some("b".into()), Access::Write), "type=bind,from=a,source=b,target=/x,rw");
    mount(bind(None, Some("a,\"b".into()), Access::Read), r#""type=bind,\"source=a,\\\"\"b\",target=/x""#);
    let cache = |sharing, attributes| Mount::Cache {
        target: "/c".into(),
        id: Some("a b".into()),
        from: None,
        source: None,
        sharing,
        access: Access::Write,
        attributes,
    };
    mount(cache(Sharing::Shared, FileAttributes::default()), "\"type=cache,id=a b,target=/c\"");
    mount(
        cache(Sharing::Private, FileAttributes::default()),
        "\"type=cache,id=a b,target=/c,sharing=private\"",
    );
    let all = "\"type=cache,id=a b,target=/c,sharing=locked,uid=1,gid=2,mode=0640\"";
    mount(cache(Sharing::Locked, attributes.clone()), all);
    let seeded = Mount::Cache {
        target: "/c".into(),
        id: None,
        from: Some(Origin::Stage(stage("a"))),
        source: Some("b".into()),
        sharing: Sharing::Shared,
        access: Access::Read,
        attributes: FileAttributes::default(),
    };
    mount(seeded, "type=cache,from=a,source=b,target=/c,ro");
    mount(Mount::Tmpfs { target: "/t".into(), size: Some(9) }, "type=tmpfs,target=/t,size=9");
    let secret = Mount::Secret {
        id: "s".into(),
        target: Some("/s".into()),
        env: Some("S".into()),
        required: Some(true),
        attributes: attributes.clone(),
    };
    mount(secret, "type=secret,id=s,target=/s,env=S,required=true,uid=1,gid=2,mode=0640");
    let ssh = Mount::Ssh { id: Some("default".into()), target: None, required: Some(false), attributes };
    mount(ssh, "type=ssh,id=default,required=false,uid=1,gid=2,mode=0640");
}

#[test]
fn copy_and_add() {
    let files = Files {
        owner: Some(Owner { user: "app".into(), group: Some("1".into()) }),
        mode: Some(Mode::Bits(0o755)),
        exclude: vec!["*.md".into(), "a b".into()],
        link: true,
        ..Files::new(["a", "b"], "/c/")
    };
    let all = "--chown=app:1 --chmod=0755 --exclude=*.md --exclude=\"a b\"";
    let from = Some(Origin::Image("debian:12".into()));
    let whole = Copy { files: files.clone(), from, parents: true };
    check(Instruction::Copy(whole), &format!("COPY --from=debian:12 {all} --parents --link a b /c/"));
    let add = Add { files, keep_git_dir: true, checksum: Some("sha256:1".into()), unpack: Some(false) };
    let flags = "--keep-git-dir=true --checksum=sha256:1 --unpack=false";
    check(Instruction::Add(add), &format!("ADD {flags} {all} --link a b /c/"));
    let changes = Files { mode: Some(Mode::Changes("u+x,go-r".into())), ..Files::new(["a"], ".") };
    check(copy(changes), "COPY --chmod=u+x,go-r a .");
    check(copy(Files::new(["a b", "$c"], "/d")), r#"COPY ["a b", "\\$c", "/d"]"#);
    check(copy(Files::text("a $b", "/d")), "COPY <<'EOF' /d\na $b\nEOF");
    check(copy(Files::text("", "/d")), "COPY <<'EOF' /d\nEOF");
}

#[test]
fn settings() {
    check(Instruction::Workdir("/a b".into()), "WORKDIR /a b");
    check(Instruction::User("app:1".into()), "USER app:1");
    check(Instruction::User("".into()), "USER \"\"");
    check(Instruction::Shell(texts(&["/bin/bash", "-c"])), r#"SHELL ["/bin/bash", "-c"]"#);
    check(Instruction::Entrypoint(Command::Exec(Vec::new())), "ENTRYPOINT []");
    check(Instruction::Entrypoint(line("exec a \"$0\"")), "ENTRYPOINT exec a \"$0\"");
    check(Instruction::Cmd(Command::Exec(texts(&["a", "é\""]))), r#"CMD ["a", "é\""]"#);
    check(Instruction::Expose(vec!["80/tcp".into(), "1-2/udp".into()]), "EXPOSE 80/tcp 1-2/udp");
    check(Instruction::Volume(vec!["/a b".into(), "/$c".into()]), r#"VOLUME ["/a b", "/\\$c"]"#);
    check(Instruction::StopSignal("SIGTERM".into()), "STOPSIGNAL SIGTERM");
}

#[test]
fn healthcheck() {
    check(Instruction::Healthcheck(Healthcheck::None), "HEALTHCHECK NONE");
    let test = Test {
        command: line("true || exit 1"),
        interval: Some(Duration::from_secs(90)),
        timeout: Some(Duration::from_millis(1500)),
        start_period: Some(Duration::from_micros(7)),
        start_interval: Some(Duration::from_nanos(1001)),
        retries: Some(3),
    };
    let times = "--interval=90s --timeout=1500ms --start-period=7us --start-interval=1001ns --retries=3";
    let expect = format!("HEALTHCHECK {times} CMD true || exit 1");
    check(Instruction::Healthcheck(Healthcheck::Test(test)), &expect);
}

#[test]
fn on_build() {
    let on_build = |instruction| Instruction::OnBuild(Box::new(instruction));
    check(on_build(Instruction::Workdir("/a".into())), "ONBUILD WORKDIR /a");
    check(on_build(copy(Files::text("a", "/d"))), "ONBUILD COPY <<'EOF' /d\na\nEOF");
}

#[test]
fn directives_comments_and_blank_lines() {
    let mut file = Dockerfile::default();
    file.directives.syntax = Some("docker/dockerfile:1".to_owned());
    file.directives.escape = Escape::Backtick;
    file.directives.check = Some("skip=all;error=true".to_owned());
    file.items = vec![Item::Comment(String::new()), Item::Comment("a\nb".to_owned()), Item::Blank];
    let env = vec![(variable("A"), "c:\\$".into()), (variable("B"), "2".into())];
    file.items.push(Instruction::Env(env).into());
    let head = "# syntax=docker/dockerfile:1\n# escape=`\n# check=skip=all;error=true\n#\n# a\n# b\n\n";
    assert_eq!(file.print(), Ok(format!("{head}ENV A=\"c:\\`$\" `\n    B=2\n")));
}
