//! Finds secrets in `env`, labels and annotations.
//!
//! Everybody who has the image can read its configuration. A secret should be a mount, which exists only while the step runs, and
//! is in no layer.
//!
//! ```yaml
//! env: {API_TOKEN: "${{ token }}"}                                   # bad
//! - {run: fetch, mounts: [{secret: token, env: API_TOKEN}]}          # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::family::template::{Field, Part, Template};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::schema::kinds::{StepKind, VariantKind};

/// Words that mark a name as that of a secret. They are those of the checks of Docker's Dockerfile frontend.
const WORDS: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let family = facts.family;
    let secret_args: Vec<&str> =
        family.args.iter().map(|arg| arg.name.as_str()).filter(|name| suggests_secret(name)).collect();
    let mut report = |field: &Field| {
        let mut names = Vec::new();
        field.value.expressions(&mut |expr| names.extend(expr.names()));
        let arg = names.into_iter().find(|name| secret_args.contains(name));
        let message = match arg {
            Some(arg) => format!("the argument `{arg}` becomes part of the image as `{}`", field.key),
            None if suggests_secret(&field.key) && is_value(&field.value) && !is_fingerprint(field) => {
                format!("`{}` becomes part of the image", field.key)
            }
            None => return,
        };
        let found = Diagnostic::warning(Code::SecretInConfig, field.key_span, message);
        let help = "pass it as a secret: `mounts: [{secret: ID, env: NAME}]` on the step that needs it; if it is public, add \
            `x-check: skip=secret-in-config`";
        findings.add(found.label("everyone who has the image can read it").help(help));
    };
    let stages = family.stages.iter().map(|stage| &stage.template);
    let fragments = family.fragments.iter().map(|fragment| &fragment.steps);
    stages.chain(fragments).for_each(|template| config_entries(template, &mut report));
}

/// Whether a name is that of a secret: one of its words says so, and no other word says that it is public or a path.
fn suggests_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    words.clone().any(|word| WORDS.contains(&word))
        && !words.any(|word| matches!(word, "public" | "file" | "path"))
}

/// Whether a value can be a secret: it is not empty and not a path.
fn is_value(value: &Template) -> bool {
    match value {
        Template::Text(text) => text.literal().is_none_or(|text| !text.is_empty() && !text.starts_with('/')),
        Template::Map(_, _, fields) => {
            let value = fields.iter().find(|field| field.key.as_ref() == "value");
            value.is_some_and(|field| is_value(&field.value))
        }
        Template::If { then, otherwise, .. } => {
            is_value(then) || otherwise.as_ref().is_some_and(|otherwise| is_value(otherwise))
        }
        Template::Match { cases, otherwise, .. } => {
            let otherwise = otherwise.as_ref().map(Box::as_ref);
            cases.iter().map(|(_, case)| case).chain(otherwise).any(is_value)
        }
        Template::List(..) | Template::For { .. } => false,
    }
}

/// Whether an entry is the fingerprint of a public key, as `GPG_KEY` of the images of Python. The name says that it is a key of PGP,
/// and each literal value consists of fingerprints.
fn is_fingerprint(field: &Field) -> bool {
    let lower = field.key.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let secret = |word: &&str| WORDS.contains(word) && *word != "key";
    words.iter().any(|word| matches!(*word, "gpg" | "pgp" | "fingerprint"))
        && !words.iter().any(|word| secret(word) || *word == "private")
        && are_fingerprints(&field.value)
}

fn are_fingerprints(value: &Template) -> bool {
    let is_one = |word: &str| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match value {
        Template::Text(text) => text.parts.iter().all(|part| match part {
            Part::Literal(text) => {
                text.split([' ', ',', ':', '\n']).filter(|word| !word.is_empty()).all(is_one)
            }
            Part::Expr(_) | Part::File(_) => true,
        }),
        Template::Map(_, _, fields) => fields.iter().all(|field| are_fingerprints(&field.value)),
        Template::If { then, otherwise, .. } => {
            are_fingerprints(then) && otherwise.iter().all(|otherwise| are_fingerprints(otherwise))
        }
        Template::Match { cases, otherwise, .. } => {
            let otherwise = otherwise.as_ref().map(Box::as_ref);
            cases.iter().map(|(_, case)| case).chain(otherwise).all(are_fingerprints)
        }
        Template::List(..) | Template::For { .. } => false,
    }
}

/// Visits the entries of `env` in stages, in steps `env` and in the configuration, and those of labels and annotations. The `env`
/// beside other steps is not part of the image.
fn config_entries(template: &Template, visit: &mut impl FnMut(&Field)) {
    match template {
        Template::Map(_, kind, fields) => {
            for field in fields {
                let key = field.key.as_ref();
                let config = match kind.variant() {
                    Some(variant) => variant.kind == VariantKind::Step(StepKind::Env) && key == "env",
                    None => matches!(key, "env" | "labels" | "annotations" | "index-annotations"),
                };
                if config {
                    entries(&field.value, visit);
                } else if kind.variant().is_none() || key == "layers" {
                    config_entries(&field.value, visit);
                }
            }
        }
        Template::List(_, items) => items.iter().for_each(|item| config_entries(item, visit)),
        Template::If { then, otherwise, .. } => {
            config_entries(then, visit);
            otherwise.iter().for_each(|otherwise| config_entries(otherwise, visit));
        }
        Template::Match { cases, otherwise, .. } => {
            cases.iter().for_each(|(_, case)| config_entries(case, visit));
            otherwise.iter().for_each(|otherwise| config_entries(otherwise, visit));
        }
        Template::For { body, .. } => config_entries(body, visit),
        Template::Text(_) => {}
    }
}

fn entries(template: &Template, visit: &mut impl FnMut(&Field)) {
    match template {
        Template::Map(_, _, fields) => fields.iter().for_each(visit),
        Template::If { then, otherwise, .. } => {
            entries(then, visit);
            otherwise.iter().for_each(|otherwise| entries(otherwise, visit));
        }
        Template::Match { cases, otherwise, .. } => {
            cases.iter().for_each(|(_, case)| entries(case, visit));
            otherwise.iter().for_each(|otherwise| entries(otherwise, visit));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn secrets_in_the_configuration() {
        let check = |stage: &str, expect: &[&str]| {
            let text =
                format!("args: {{db_password: {{required: true}}}}\nstages: {{s: {{from: x, {stage}}}}}\n");
            testing::check(Code::SecretInConfig, &text, expect);
        };
        check("env: {API_TOKEN: abc}", &["2: `API_TOKEN` becomes part of the image"]);
        check(
            "steps: [{env: {AWS_SECRET_ACCESS_KEY: abc}}]",
            &["2: `AWS_SECRET_ACCESS_KEY` becomes part of the image"],
        );
        let env = "env: {TOKEN: {match: platform.arch, cases: {arm64: /file, else: abc}}}";
        check(env, &["2: `TOKEN` becomes part of the image"]);
        check("image: {labels: {deploy-token: abc}}", &["2: `deploy-token` becomes part of the image"]);
        check("env: {PUBLIC_KEY: abc, TOKEN_FILE: abc, MONKEY: abc, PASSWORD: \"\", SSH_KEY: /k}", &[]);
        let fingerprint = "A035C8C19219BA821ECEA86B64E628F8D684696D";
        check(&format!("env: {{GPG_KEY: {fingerprint}, PGP_KEY: \"0x{fingerprint} DEADBEEF\"}}"), &[]);
        check(&format!("env: {{GPG_KEY: {{match: platform.arch, cases: {{else: {fingerprint}}}}}}}"), &[]);
        check("env: {GPG_KEY: \"${{ platform.id }}\"}", &[]);
        check("env: {GPG_KEY: abc}", &["2: `GPG_KEY` becomes part of the image"]);
        check(
            &format!(
                "env: {{GPG_PRIVATE_KEY: {fingerprint}, GPG_KEY_PASSWORD: {fingerprint}, KEY: {fingerprint}}}"
            ),
            &[
                "2: `GPG_PRIVATE_KEY` becomes part of the image",
                "2: `GPG_KEY_PASSWORD` becomes part of the image",
                "2: `KEY` becomes part of the image",
            ],
        );
        check("steps: [{run: y, env: {TOKEN: abc}}, {run: z, mounts: [{secret: t, env: TOKEN}]}]", &[]);
        check(
            "image: {env: {DB: \"u:${{ db_password }}@h\"}}",
            &["2: the argument `db_password` becomes part of the image as `DB`"],
        );
    }
}
