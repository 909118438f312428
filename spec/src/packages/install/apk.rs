//! apk, the package manager of Alpine. It has no weak dependencies, and it replaces conflicting packages by default.

use super::script::{self, Dialect, Linked, Removal, Temporary, Upgrade};
use crate::packages::distribution::Distribution;

/// apk does not retry downloads, so the script calls it with `retry`.
const FUNCTIONS: &str = r#"get() {
    apk --cache-dir /var/cache/apk "$@"
}
"#;

pub(super) fn dialect(system: &Distribution) -> Dialect {
    Dialect {
        env: &[],
        caches: vec![("/var/cache/apk", system.cache("cache"))],
        functions: [FUNCTIONS, &script::retry("")].concat(),
        refresh: "retry get update".to_owned(),
        install: "retry get add".to_owned(),
        // `fix` does not make a package one that is asked for, as `add` does (apk-fix(8)).
        upgrade: Upgrade {
            all: "retry get upgrade".to_owned(),
            present: r#"apk info -e "$package" > /dev/null"#,
            some: "retry get fix --upgrade".to_owned(),
            around: ["", ""],
        },
        known: r#"[ -n "$(get search -q -x "$1")" ]"#,
        temporary: Temporary::Recorded {
            installed: "apk info",
            install: "retry get add --virtual .build-only",
            purge: "get del .build-only",
        },
        linked: Linked { owners: r#"apk info -q --who-owns "$@""#, keep: "retry get add $keep" },
        remove: Removal::Direct("get del"),
        traces: "/var/log/apk.log",
    }
}
