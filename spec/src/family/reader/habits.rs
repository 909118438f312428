//! Words of Dockerfiles and other build files, with their equivalents in the language.

/// What to write instead of a kind of step that other build files have.
pub(super) fn step(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "add" => "use `copy` to copy files, or `download` to fetch a URL",
        "arg" => "declare arguments once, under `args` at the top level",
        "cmd" | "entrypoint" | "expose" | "label" | "labels" | "volume" | "volumes" | "healthcheck"
        | "stopsignal" | "stop-signal" | "annotations" => {
            "this is image configuration: write it under `image`, beside `steps`"
        }
        "from" => {
            "a stage has one base: write `from` beside `steps`, and define another stage for another base"
        }
        "onbuild" => "use `fragments` to share steps",
        "maintainer" => "use a label, under `labels` of `image`",
        "script" | "sh" | "bash" | "command" => "use `run` for a shell script",
        "mkdir" => "use `dir` to create a folder",
        "link" | "ln" => "use `symlink` to create a symbolic link",
        "rm" | "delete" => "use `remove` to delete files",
        "wget" | "curl" => "use `download` to fetch a URL",
        "apt" | "apt-get" | "dnf" | "yum" | "apk" | "zypper" => "use `packages` to install packages",
        _ => return None,
    })
}

/// What to write instead of an unknown key of a choice, a match or a repetition.
pub(super) fn control(noun: &str, word: &str) -> Option<&'static str> {
    Some(match (noun, word) {
        (_, "elif" | "elseif" | "else if") => "write `else: {if: ..., then: ...}`",
        ("a match", "else" | "default" | "otherwise") => "write `else` as one of the `cases`",
        ("a match", "if") | ("a repetition", "if") => {
            "write `if` on the items, or put the whole map into a choice"
        }
        _ => return None,
    })
}
