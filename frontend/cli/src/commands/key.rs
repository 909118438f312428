//! `varve key`: the keys of the variants of a family.

use buildkit_names::redacted;
use serde_json::{Value, json};
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::keys::{KeyedMember, keyed};
use crate::load;
use crate::paint::Colours;

/// How many sentences about what the keys do not cover are shown.
const MOST_SHOWN: usize = 12;

/// Print a digest of everything that each variant is built from
///
/// Two builds of a variant with the same key give the same image, apart from what the command lists.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Placeholder);
    let members = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let keyed = keyed(&args.family, &loaded, members)?;
    let out = match args.format {
        Format::Json => format!("{:#}\n", json!({"variants": keyed.iter().map(in_json).collect::<Vec<_>>()})),
        Format::Text => in_text(&keyed),
    };
    Ok(Answer { err: loaded.warnings(colours), ..Answer::text(out) })
}

fn in_json(keyed: &KeyedMember) -> Value {
    let axes = keyed.member.axes.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    let keys = keyed.keys.iter().map(|key| {
        let uncovered = key.uncovered.iter().map(|sentence| redacted(sentence).into_owned());
        json!({
            "platform": key.platform,
            "key": key.key.to_string(),
            "not-covered": uncovered.collect::<Vec<_>>(),
        })
    });
    json!({
        "target": keyed.member.target,
        "axes": Value::Object(axes.collect()),
        "key": keyed.key().to_string(),
        "platforms": keys.collect::<Vec<_>>(),
    })
}

/// A line for each key, and what the keys do not cover with the number of keys.
fn in_text(keyed: &[KeyedMember]) -> String {
    let mut text = String::new();
    let mut uncovered: Vec<(&str, usize)> = Vec::new();
    for KeyedMember { member, keys } in keyed {
        let axes = member.axes.iter().map(|(name, value)| format!(" {name}={value}"));
        let name = format!("{}{}", member.target, axes.collect::<String>());
        for key in keys {
            text += &format!("{} {} {name}\n", key.key, key.platform);
            for sentence in &key.uncovered {
                match uncovered.iter_mut().find(|(known, _)| known == sentence) {
                    Some((_, count)) => *count += 1,
                    None => uncovered.push((sentence, 1)),
                }
            }
        }
    }
    if !uncovered.is_empty() {
        text += "\nThe keys do not cover:\n";
    }
    let count: usize = keyed.iter().map(|member| member.keys.len()).sum();
    uncovered.sort_by_key(|(_, of)| std::cmp::Reverse(*of));
    for (sentence, of) in uncovered.iter().take(MOST_SHOWN) {
        text += &format!("  {sentence} ({of} of {count})\n");
    }
    if uncovered.len() > MOST_SHOWN {
        text += &format!("  and {} more: --format json shows all\n", uncovered.len() - MOST_SHOWN);
    }
    redacted(&text).into_owned()
}
