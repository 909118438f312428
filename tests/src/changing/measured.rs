//! Targets with steps of every kind, which the measurement adds to each family. The families have no step that can be reached here for some
//! kinds of edits: a commit, a secret, a mixin.

use anyhow::Result;

use super::files::Files;
use super::own::Replacement;

/// The build file with the stages.
const TEXT: &str = include_str!("measured/measured.yaml");

/// The name of the included file.
pub(super) const FILE: &str = "measured.yaml";

/// The context of the stages.
const CONTEXT: [(&str, &str); 17] = [
    ("measured/src/a.c", "a\n"),
    ("measured/src/deep/b.c", "b\n"),
    ("measured/src/deep/deeper/c.c", "c\n"),
    ("measured/src/run.sh", "#!/bin/sh\n"),
    ("measured/docs/guide.md", "guide\n"),
    ("measured/docs/todo.txt", "later\n"),
    ("measured/docs/more/todo.txt", "much later\n"),
    ("measured/bound/in.txt", "in\n"),
    ("measured/bound/other.txt", "other\n"),
    ("measured/pattern/one.txt", "one\n"),
    ("measured/pattern/two.md", "two\n"),
    ("measured/linked/c.txt", "c\n"),
    ("measured/parts/tool", "tool\n"),
    ("measured/amd64.txt", "amd64\n"),
    ("measured/arm64.txt", "arm64\n"),
    ("measured/unread.txt", "unread\n"),
    (".dockerignore", "# What no image needs.\n*.log\nmeasured/src/ignored\n**/*.tmp\n"),
];

/// Where the stages get what they need.
#[derive(Debug)]
pub struct Sources {
    /// The name of an image.
    pub base: String,
    /// The address of a site with the folder `sources`.
    pub site: String,
    /// Two commits of its repository.
    pub commits: [String; 2],
    /// The digests of its files `one.txt` and `two.txt`.
    pub digests: [String; 2],
}

/// Adds the targets and their context to a family. `both` says that it can have targets for two platforms.
pub(super) fn add(files: &mut Files, sources: &Sources, both: bool) -> Result<()> {
    let text = TEXT
        .replace("BASE", &sources.base)
        .replace("SITE", &sources.site)
        .replace("COMMIT", &sources.commits[0])
        .replace("SHA", &sources.digests[0]);
    files.write(FILE, &text);
    files.replace("image.yaml", "include: [", "include: [measured.yaml, ")?;
    let platforms = if both { "linux/amd64, linux/arm64" } else { "linux/amd64" };
    let targets = format!(
        "\ntargets:\n  measured:\n    description: steps of every kind\n    platforms: [linux/amd64]\n    tags: [\"example.com/measured:1\"]\n  \
         measured-copies:\n    description: copies alone\n    platforms: [{platforms}]\n    publish: false\n"
    );
    files.replace("image.yaml", "\ntargets:\n", &targets)?;
    for (path, text) in CONTEXT {
        files.write(path, text);
    }
    files.set_mode("measured/src/run.sh", 0o755)?;
    files.link("measured/pattern/current", "one.txt");
    files.link("measured/linked/src", "../src");
    files.link("measured/src/deep/up", "../a.c");
    Ok(())
}

/// Edits of the stages.
pub(super) fn edits(sources: &Sources) -> Vec<Replacement> {
    let edit = |kind: &'static str, from: &str, to: &str| Replacement {
        kind,
        file: FILE,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let [first, second] = &sources.commits;
    let [one, two] = &sources.digests;
    let mut edits: Vec<Replacement> = EDITS.iter().map(|(kind, from, to)| edit(kind, from, to)).collect();
    edits.push(edit("a commit of a git source", first, second));
    edits.push(edit(
        "the address of a git source",
        "sources/all.git, ref: main",
        "sources/./all.git, ref: main",
    ));
    edits.push(edit("a folder of a git source", "ref: main, to: /sources", "ref: main, to: /source"));
    edits.push(edit(
        "a download",
        &format!("sources/one.txt, sha256: {one}"),
        &format!("sources/two.txt, sha256: {two}"),
    ));
    edits.push(edit("the address of a download", "sources/one.txt", "sources/./one.txt"));
    edits
}

/// What is edited in the stages, from what, and to what.
const EDITS: [(&str, &str, &str); 69] = [
    ("a word of a script", "echo done", "echo finished"),
    ("a word of a script", "date >", "date -u >"),
    ("a word of a script", "echo other", "echo another"),
    ("a blank of a script", "echo done", "echo  done"),
    ("a comment in a script", "          echo done", "          # The end.\n          echo done"),
    ("a version", "version: 1.2.3", "version: 1.2.4"),
    ("a variable that nothing reads", "flavour: plain", "flavour: sweet"),
    ("the default of an arg", "default: \"3\"", "default: \"4\""),
    ("a new arg", "args:\n", "args:\n  unused: {default: \"\", description: for later}\n"),
    ("a pattern of an arg", "[0-9]+", "[0-9]*"),
    ("the order of env", "{FIRST: one, SECOND: two}", "{SECOND: two, FIRST: one}"),
    (
        "the order of labels",
        "{org.example.kind: measured, org.example.revision: \"${{ git.revision | default('none') }}\"}",
        "{org.example.revision: \"${{ git.revision | default('none') }}\", org.example.kind: measured}",
    ),
    (
        "the order of the keys of a step",
        "{copy: /parts, from: measured-parts, to: /parts, link: true}",
        "{link: true, to: /parts, from: measured-parts, copy: /parts}",
    ),
    ("the order of variables", "{version: 1.2.3, flavour: plain}", "{flavour: plain, version: 1.2.3}"),
    (
        "the order of params",
        "{of: {required: true}, text: {default: a note}}",
        "{text: {default: a note}, of: {required: true}}",
    ),
    ("quotes", "{FIRST: one,", "{FIRST: \"one\","),
    (
        "another form of the same",
        "copy: measured/src/ /src/\n      - copy",
        "{copy: measured/src/, to: /src/}\n      - copy",
    ),
    ("another form of the same", "to: /files/, parents: true}", "to: /files/, parents: \"${{ true }}\"}"),
    ("another form of the same", "THIRD: three", "THIRD: \"${{ 'three' }}\""),
    ("an env", "THIRD: three", "THIRD: 3"),
    ("a new env", "THIRD: three", "THIRD: three, FOURTH: four"),
    ("an env of the stage", "SECOND: two", "SECOND: \"2\""),
    ("an env of a step", "LEVEL: \"${{ level }}\"", "LEVEL: \"${{ level }}0\""),
    ("a label", "org.example.kind: measured", "org.example.kind: counted"),
    ("a new label", "org.example.kind: measured", "org.example.kind: measured, org.example.more: \"1\""),
    ("a label less", "org.example.kind: measured, ", ""),
    (
        "a moved step",
        "      - {copy: \"measured/pattern/*.txt\", to: /pattern/}\n      - {copy: [measured/linked/c.txt, measured/pattern/current], to: /files/, parents: true}\n",
        "      - {copy: [measured/linked/c.txt, measured/pattern/current], to: /files/, parents: true}\n      - {copy: \"measured/pattern/*.txt\", to: /pattern/}\n",
    ),
    (
        "a moved step",
        "      - {symlink: /usr/local/bin/tool, to: /parts/tool}\n      - layers:\n          left: [{run: echo left > /left}]\n          right: [{run: echo right > /right}]\n",
        "      - layers:\n          left: [{run: echo left > /left}]\n          right: [{run: echo right > /right}]\n      - {symlink: /usr/local/bin/tool, to: /parts/tool}\n",
    ),
    ("a step less", "      - {symlink: /usr/local/bin/tool, to: /parts/tool}\n", ""),
    (
        "a new step",
        "      - packages: [jq, tree]\n",
        "      - packages: [jq, tree]\n      - run: touch /last\n",
    ),
    (
        "a new step that does nothing",
        "      - packages: [jq, tree]\n",
        "      - packages: [jq, tree]\n      - run: \"true\"\n",
    ),
    (
        "a step with a false condition",
        "      - packages: [jq, tree]\n",
        "      - packages: [jq, tree]\n      - {run: touch /last, if: \"false\"}\n",
    ),
    ("a true condition", "to: /parts, link: true}", "to: /parts, link: true, if: \"true\"}"),
    ("the text of a fragment", "default: a note", "default: a remark"),
    (
        "a param of a fragment that nothing reads",
        "default: a note}}",
        "default: a note}, unused: {default: x}}",
    ),
    ("a word of a fragment", "${{ of }}: ${{ text }}", "${{ of }} - ${{ text }}"),
    ("a use of a fragment less", "      - use: written-note\n        with: {of: first}\n", ""),
    (
        "a fragment written out",
        "      - use: written-note\n        with: {of: first}\n",
        "      - file: /notes/first\n        content: |\n          first: a note\n",
    ),
    ("an env of a mixin", "{KEPT: /var/cache/kept}", "{KEPT: /var/cache/kept, MORE: \"1\"}"),
    ("the id of a cache", "id: kept", "id: kept-2"),
    ("a new cache", "env: {LEVEL:", "mounts: [{cache: /var/cache/more, id: more}]\n        env: {LEVEL:"),
    ("a new tmpfs", "env: {LEVEL:", "mounts: [{tmpfs: /tmp}]\n        env: {LEVEL:"),
    ("a secret", "secret: token, env", "secret: other-token, env"),
    (
        "a new secret",
        "env: {LEVEL:",
        "mounts: [{secret: token, to: /token, required: \"false\"}]\n        env: {LEVEL:",
    ),
    ("a check", "contains: \"1.2.3\"", "contains: \"1.2\""),
    ("a check less", "      - {run: test -d /src, because: it is copied}\n", ""),
    (
        "a new check",
        "      - {run: test -d /src, because: it is copied}\n",
        "      - {run: test -d /src, because: it is copied}\n      - {absent: /never, because: nothing makes it}\n",
    ),
    ("the reason of a check", "because: it is copied", "because: a step copies it"),
    ("a description", "what is kept between builds", "what builds keep"),
    ("a description", "how much is made", "how much of it is made"),
    ("the entrypoint", "[/bin/sh]", "[/bin/bash]"),
    ("the command", "\"true\"]", "\"false\"]"),
    ("a volume", "[/var/lib/measured]", "[/var/lib/measured, /data]"),
    ("a user", "      cmd: [", "      user: \"1000\"\n      cmd: ["),
    (
        "a work folder",
        "      - packages: [jq, tree]\n",
        "      - workdir: /srv\n      - packages: [jq, tree]\n",
    ),
    ("where a copy goes", "to: /docs/", "to: /doc/"),
    ("what a copy leaves out", "[\"*.txt\"]", "[\"**/*.txt\"]"),
    ("what a copy leaves out", "[\"*.txt\"]", "[\"*.txt\", \"*.none\"]"),
    ("what a copy takes", "measured/pattern/*.txt", "measured/pattern/*"),
    ("what a copy takes", "measured/pattern/*.txt", "measured/pattern/o*.txt"),
    ("what a step binds", "source: measured/bound}", "source: measured/docs}"),
    ("the owner of a copy", "copy: measured/docs/\n", "copy: measured/docs/\n        owner: \"1000:1000\"\n"),
    ("the mode of a copy", "{copy: /parts, from", "{mode: \"0755\", copy: /parts, from"),
    ("a copy that is a layer of its own", "to: /parts, link: true}", "to: /parts}"),
    ("the target of a link in a step", "to: /parts/tool}", "to: /parts/version}"),
    ("a package", "[jq, tree]", "[jq, tree, zip]"),
    ("the order of packages", "[jq, tree]", "[tree, jq]"),
    (
        "layers in another order",
        "          left: [{run: echo left > /left}]\n          right: [{run: echo right > /right}]\n",
        "          right: [{run: echo right > /right}]\n          left: [{run: echo left > /left}]\n",
    ),
    ("a layer", "echo right >", "echo rightmost >"),
];
