//! Words of Dockerfiles and other build files, with their equivalents in the language.

/// What to write instead of a kind of step that other build files have.
pub(super) fn step(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "add" => "`copy` copies files, `download` fetches a URL",
        "arg" => "arguments are declared once, at the top level under `args`",
        "cmd" | "entrypoint" | "expose" | "label" | "labels" | "volume" | "volumes" | "healthcheck"
        | "stopsignal" | "stop-signal" | "annotations" => {
            "it is configuration of the image: write it under `image`, beside `steps`"
        }
        "from" => {
            "a stage has one base: write `from` beside `steps`, and a stage of its own for another base"
        }
        "onbuild" => "share steps with `fragments`",
        "maintainer" => "write a label, under `image`",
        "script" | "sh" | "bash" | "command" => "a shell script is `run`",
        "mkdir" => "a folder is `dir`",
        "link" | "ln" => "a symbolic link is `symlink`",
        "rm" | "delete" => "files are taken away by `remove`",
        "wget" | "curl" => "a URL is fetched by `download`",
        "apt" | "apt-get" | "dnf" | "yum" | "apk" | "zypper" => "packages are installed by `packages`",
        _ => return None,
    })
}

/// What to write instead of an unknown key of a choice, a match or a repetition.
pub(super) fn control(noun: &str, word: &str) -> Option<&'static str> {
    Some(match (noun, word) {
        (_, "elif" | "elseif" | "else if") => "write `else: {if: ..., then: ...}`",
        ("a match", "else" | "default" | "otherwise") => {
            "what fits all the rest is `else`, among the `cases`"
        }
        ("a match", "if") | ("a repetition", "if") => "put `if` on the items, or the whole into a choice",
        _ => return None,
    })
}
