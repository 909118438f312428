//! `varve lock --check`: whether the lock is that of the family.

use varve_spec::{Diagnostic, Sources};

use super::arguments::Arguments;
use super::{Answer, Failure, files};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let file = &arguments.file;
    let mut loaded = files::load(arguments)?;
    let name = loaded.lock.0.clone();
    let write = format!("docker buildx build --call=lock -f {file} . > {name}");
    if !arguments.has("--check") {
        return Err(Failure::Usage(format!(
            "a lock is written by the builder, which reaches the registries:\n\n    {write}\n\n\
             `varve lock --check` tells whether it is that of {file}"
        )));
    }
    if loaded.lock.1.is_none() {
        let err = format!("varve: there is no {name}; this writes it:\n\n    {write}\n");
        return Ok(Answer { err, code: 1, ..Answer::default() });
    }
    if let Some(wrong) = loaded.take_lock() {
        return Ok(wrong);
    }
    let Some(family) = &loaded.reading.family else {
        return Ok(files::wrong(&loaded.reading.found, &loaded.sources));
    };
    // What is asked for is everything, as the lock does not pin it.
    let lock = std::mem::take(&mut loaded.question.lock);
    let externals = match family.externals(&loaded.question) {
        Ok(externals) => externals,
        Err(found) => return Ok(files::wrong(&found, &loaded.sources)),
    };
    let (missing, left_over) = lock.stale(&externals);
    let text = loaded.lock.1.unwrap_or_default();
    let own = Sources::single(&name, text);
    let excerpts = excerpts(&missing, &loaded.sources).chain(excerpts(&left_over, &own));
    let out = excerpts.collect::<Vec<_>>().join("\n");
    let err = match (missing.len(), left_over.len()) {
        (0, 0) => format!("{name}: up to date, {} names\n", externals.known.len()),
        (missing, left_over) => format!("{name}: stale, {missing} missing, {left_over} left over\n"),
    };
    Ok(Answer { code: u8::from(!out.is_empty()), out: out.into(), err })
}

fn excerpts<'a>(found: &'a [Diagnostic], sources: &'a Sources) -> impl Iterator<Item = String> + 'a {
    found.iter().map(|found| found.excerpt(sources))
}
