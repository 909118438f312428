//! Families of many files: files that include each other again and again, and files that are large together.

use varve_spec::Code;

use super::{Check, Files, STAGES};

/// The largest number of files of a family.
const MOST: usize = 100;
const LARGE: usize = 4 << 20;

fn name(number: usize) -> String {
    format!("f{number}.yaml")
}

/// A build file that includes the first of some files.
fn family(include: &str, files: impl IntoIterator<Item = String>) -> Files {
    let first = ("image.yaml".to_owned(), format!("include: {include}\n{STAGES}"));
    let files = files.into_iter().enumerate().map(|(number, text)| (name(number), text));
    std::iter::once(first).chain(files).collect()
}

/// A chain of files of about this many bytes together, each of which includes the next one.
fn chain(count: usize, bytes: usize, line: &str) -> Files {
    let files = (0..count).map(|number| {
        let next =
            if number + 1 < count { format!("include: {}\n", name(number + 1)) } else { String::new() };
        format!("{next}{}", line.repeat(bytes / count / line.len()))
    });
    family("f0.yaml", files)
}

pub(super) fn all<T: Check>(log: &mut T) {
    again(log);
    lists(log);
    large(log);
}

/// Files that include others again and again.
fn again<T: Check>(log: &mut T) {
    // Each file of a level includes all files of the next one, twice.
    let (levels, wide) = (33, 3);
    let files = (0..levels * wide).map(|number| {
        let level = number / wide + 1;
        let next = (level * wide..(level + 1) * wide).filter(|next| *next < levels * wide);
        let next: Vec<String> = next.flat_map(|next| [name(next), format!("./{}", name(next))]).collect();
        format!("include: [{}]\nfragments: {{f{number}: {{steps: [{{run: a}}]}}}}\n", next.join(", "))
    });
    log.family(
        "levels of files that include the next level twice",
        family("[f0.yaml, f1.yaml, f2.yaml]", files),
        None,
    );
    let all: Vec<String> = (0..MOST - 1).map(name).collect();
    let web = |_| format!("include: [{}]\n", all.join(", "));
    log.family(
        "files that all include each other",
        family(&all[0], (0..MOST - 1).map(web)),
        Some(Code::Include),
    );
    let text = |number: usize| format!("include: {}\n", name((number + 1) % (MOST - 1)));
    log.family("a ring of files", family("f0.yaml", (0..MOST - 1).map(text)), Some(Code::Include));
}

/// Long lists of includes in one file.
fn lists<T: Check>(log: &mut T) {
    let list = |item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..200_000).map(item).collect();
        // A line has a limit of its own.
        format!("[{}]", items.join(",\n "))
    };
    log.family("many files that are not there", family(&list(&|n| format!("n{n}")), []), Some(Code::Include));
    log.family("one file many times", family(&list(&|_| "f0.yaml".to_owned()), ["{}\n".to_owned()]), None);
    log.family("itself many times", family(&list(&|_| "image.yaml".to_owned()), []), Some(Code::Include));
    log.family("many files outside", family(&list(&|n| format!("../n{n}")), []), Some(Code::Include));
    log.family("many expressions", family(&list(&|_| "\"${{ a }}\"".to_owned()), []), Some(Code::Include));
}

/// Files that are large together.
fn large<T: Check>(log: &mut T) {
    log.family("a chain of all files", chain(MOST - 1, 1_000_000, "# nothing here\n"), None);
    log.family("a chain of comments", chain(MOST - 1, LARGE - 100_000, "# nothing here\n"), None);
    log.family(
        "a chain that is too large",
        chain(MOST - 1, 4 * LARGE, "# nothing here\n"),
        Some(Code::Include),
    );
    let list = |number: usize| format!("x-{number}: [{}]\n", "a, ".repeat(10_000));
    log.family("many strings", family(&in_one(MOST - 1), (0..MOST - 1).map(list)), Some(Code::Yaml));
    // Each stage would be a target of its own, and the lint would plan all of them.
    let fragments = |from: usize| {
        (from..from + 20_000)
            .fold("fragments:\n".to_owned(), |text, n| text + &format!("  s{n}: {{steps: [{{run: a}}]}}\n"))
    };
    log.family("many fragments in two files", family(&in_one(2), [fragments(0), fragments(20_000)]), None);
    log.family(
        "the same fragments in two files",
        family(&in_one(2), [fragments(0), fragments(0)]),
        Some(Code::DuplicateKey),
    );
    let keys = (0..50_000).fold(String::new(), |text, n| text + &format!("k{n}: a\n"));
    log.family(
        "the same unknown keys in two files",
        family(&in_one(2), [keys.clone(), keys]),
        Some(Code::DuplicateKey),
    );
}

/// A list of the first files.
fn in_one(count: usize) -> String {
    format!("[{}]", (0..count).map(name).collect::<Vec<_>>().join(", "))
}
