//! Finds passwords and tokens in the URLs of scripts, variables, files and the configuration of the image.
//!
//! varve does not show them: `xxxxx` replaces them in views, in the progress and in the history of the image. But what is built contains
//! them: the layers, the environment, the definition that the builder stores, and the provenance. The keys that take an address, such as
//! `download` and `index`, refuse them.
//!
//! ```yaml
//! - run: git clone https://user:abc@example.com/a.git          # bad
//! - run: git clone https://user:$TOKEN@example.com/a.git       # good
//!   mounts: [{secret: token, env: TOKEN}]
//! ```

use buildkit_names::has_credentials_in_shell;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::plan::{
    Action, Base, Check, Claim, Command, EnvChange, EnvValue, ImageConfig, Plan, Process, Script, Step,
};

pub(in crate::lint) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let mut rule = Rule { found };
    for stage in &plan.stages {
        if let Base::Dockerfile(dockerfile) = &stage.base {
            rule.texts("an arg of the Dockerfile", stage.base_span, dockerfile.args.values());
        }
        stage.all_steps().into_iter().for_each(|step| rule.step(step));
        rule.image(&stage.image, stage.span);
        stage.checks.iter().for_each(|check| rule.check(check));
    }
    if let (Some(provenance), Some(stage)) = (&plan.provenance, plan.stages.last()) {
        rule.texts("a provenance label", stage.span, provenance.labels.values());
    }
}

struct Rule<'f> {
    found: &'f mut Vec<Diagnostic>,
}

impl Rule<'_> {
    fn step(&mut self, step: &Step) {
        self.texts("the name of the step", step.span, &step.name);
        match &step.action {
            Action::File { content, .. } => self.texts("the file", step.span, [content]),
            Action::Env(changes) => self.env(changes, step.span),
            Action::Shell(shell) => self.texts("the shell", step.span, shell),
            action => {
                if let Some(process) = action.process() {
                    self.process(process, step.span);
                }
            }
        }
    }

    fn process(&mut self, process: &Process, span: Span) {
        match &process.script {
            Script::Run { text, .. } => self.texts("the script", span, [text]),
            Script::Exec(argv) => self.texts("the command", span, argv),
        }
        self.env(&process.env, span);
    }

    fn env(&mut self, changes: &[EnvChange], span: Span) {
        for EnvChange { name, change } in changes {
            if let EnvValue::Set(value) | EnvValue::Prepend(value) | EnvValue::Append(value) = change {
                self.texts(&format!("the variable `{name}`"), span, [value]);
            }
        }
    }

    fn image(&mut self, image: &ImageConfig, span: Span) {
        self.env(&image.env, span);
        for (name, value) in &image.labels {
            self.texts(&format!("the label `{name}`"), span, [value]);
        }
        for (name, value) in image.annotations.iter().chain(&image.index_annotations) {
            self.texts(&format!("the annotation `{name}`"), span, [value]);
        }
        let test = image.healthcheck.as_ref().and_then(|healthcheck| healthcheck.test.as_ref());
        for (what, command) in [("`entrypoint`", &image.entrypoint), ("`cmd`", &image.cmd)]
            .into_iter()
            .filter_map(|(what, command)| Some((what, command.as_ref()?)))
            .chain(test.map(|test| ("the healthcheck", test)))
        {
            match command {
                Command::Shell(text) => self.texts(what, span, [text]),
                Command::Exec(argv) => self.texts(what, span, argv),
            }
        }
    }

    fn check(&mut self, check: &Check) {
        self.texts("the reason", check.span, &check.because);
        match &check.claim {
            Claim::Run(process) => self.process(process, check.span),
            Claim::File(claim) | Claim::Dir(claim) => self.texts("the test", check.span, &claim.contains),
            Claim::Env { is, .. } => self.texts("the test", check.span, is),
            Claim::Absent(_) | Claim::PackagesAbsent(_) | Claim::MaxSize(_) | Claim::User(_) => {}
            Claim::Linked { .. } => {}
        }
    }

    /// Reports one of several texts that is a URL with a password.
    fn texts<'t>(&mut self, what: &str, span: Span, texts: impl IntoIterator<Item = &'t String>) {
        if texts.into_iter().any(|text| has_credentials_in_shell(text)) {
            let message = format!("{what} contains a URL with a password");
            let found = Diagnostic::warning(Code::SecretInUrl, span, message);
            let help = "pass it as a secret: `mounts: [{secret: ID, env: NAME}]`, with `$NAME` for the password in the script; if it is \
                public, add `x-check: skip=secret-in-url`";
            self.found.push(found.label("who has the image or its provenance can read it").help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    const URL: &str = "\"https://user:pass@example.com\"";

    fn check(stage: &str, expect: &[&str]) {
        let text = format!("args: {{url: {URL}}}\nstages:\n  s:\n    from: x\n    {stage}\n");
        testing::check(Code::SecretInUrl, &text, expect);
    }

    #[test]
    fn every_text_of_a_step_is_searched() {
        let of_step = |step: &str, what: &str| {
            check(&format!("steps: [{{{step}}}]"), &[&format!("5: {what} contains a URL with a password")]);
        };
        of_step("run: \"curl https://user:pass@example.com\"", "the script");
        of_step("run: \"curl ${{ url | quote }}\"", "the script");
        of_step(&format!("exec: [curl, {URL}]"), "the command");
        of_step(&format!("run: a, env: {{U: {URL}}}"), "the variable `U`");
        of_step(&format!("run: a, name: {URL}"), "the name of the step");
        of_step(&format!("env: {{U: {{append: {URL}}}}}"), "the variable `U`");
        of_step(&format!("file: /a, content: {URL}"), "the file");
        of_step(&format!("packages: [a], env: {{U: {URL}}}"), "the variable `U`");
        of_step(&format!("layers: {{a: [{{run: {URL}}}]}}"), "the script");
    }

    #[test]
    fn the_configuration_and_the_tests_of_the_image_are_searched() {
        let line = |line: usize, what: &str| format!("{line}: {what} contains a URL with a password");
        check(&format!("env: {{U: {URL}}}"), &[&line(5, "the variable `U`")]);
        check(&format!("image: {{env: {{U: {URL}}}}}"), &[&line(3, "the variable `U`")]);
        check(&format!("image: {{labels: {{l: {URL}}}}}"), &[&line(3, "the label `l`")]);
        check(&format!("image: {{annotations: {{l: {URL}}}}}"), &[&line(3, "the annotation `l`")]);
        check(&format!("image: {{entrypoint: [a, {URL}]}}"), &[&line(3, "`entrypoint`")]);
        check(&format!("image: {{cmd: {URL}}}"), &[&line(3, "`cmd`")]);
        check(&format!("image: {{healthcheck: {{test: [a, {URL}]}}}}"), &[&line(3, "the healthcheck")]);
        check(&format!("checks: [{{run: {URL}}}]"), &[&line(5, "the script")]);
        check(&format!("checks: [{{file: /a, contains: {URL}}}]"), &[&line(5, "the test")]);
        check(&format!("checks: [{{env: A, is: {URL}}}]"), &[&line(5, "the test")]);
        let text = format!("provenance: {{url: {URL}}}\nstages: {{s: {{from: x}}}}\n");
        testing::check(Code::SecretInUrl, &text, &[&line(2, "a provenance label")]);
    }

    #[test]
    fn a_secret_of_the_builder_is_the_way_out() {
        check("steps: [{run: \"curl https://user:$T@example.com\", mounts: [{secret: t, env: T}]}]", &[]);
        check("steps: [{run: \"git clone ssh://git@example.com/a.git\"}]", &[]);
        check(&format!("steps: [{{run: {URL}, x-check: skip=secret-in-url}}]"), &[]);
    }
}
