//! The report as text.

use buildkit_names::redacted;

use super::{Count, Report};
use crate::answer::counted;

/// How many rows of a list are shown.
const MOST_ROWS: usize = 12;

/// The report as text.
pub(crate) fn in_text(report: &Report) -> String {
    let mut text = format!("REPORT: {}\n\n", counted(report.members, "build"));
    text += "               in sum  distinct\n";
    for (name, Count { sum, distinct }) in
        [("operations", report.operations), ("processes", report.processes)]
    {
        text += &format!("  {name:<10} {sum:>8}  {distinct:>8}\n");
    }
    if let Some(timed) = report.timed {
        text += &format!("  {:<10} {:>8.0}  {:>8.0}", "seconds", timed.sum, timed.distinct);
        text += &format!("  ({} of {} processes were measured)\n", timed.measured, report.processes.distinct);
    }
    let mut steps: Vec<_> = report.steps.iter().collect();
    steps.sort_by(|a, b| {
        let seconds = |step: &super::StepCount| step.seconds.unwrap_or_default() * step.runs.distinct as f64;
        seconds(b).total_cmp(&seconds(a)).then(b.runs.distinct.cmp(&a.runs.distinct))
    });
    let rows = steps.iter().map(|step| {
        let reads = step.reads.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let reads = if reads.is_empty() { String::new() } else { format!(", reads {reads}") };
        let seconds = step.seconds.map(|seconds| format!(" of {seconds:.1} s")).unwrap_or_default();
        let runs = counted(step.runs.distinct, "run");
        let place = step.place.as_deref().unwrap_or("no place");
        format!(
            "{runs}{seconds} for {}: {} ({place}){reads}",
            counted(step.runs.sum, "build"),
            redacted(&step.name)
        )
    });
    list("STEPS that run most", rows, &mut text);
    let rows = report.axes.iter().map(|axis| {
        let seconds = report.timed.map(|_| format!(", {:.0} s", axis.seconds)).unwrap_or_default();
        let values: Vec<String> =
            axis.values.iter().map(|(value, alone)| format!("{value} {alone}")).collect();
        format!("{}: {}{seconds} ({})", axis.name, counted_processes(axis.alone), values.join(", "))
    });
    list("AXES, with the processes that run for one value alone", rows, &mut text);
    let rows = report
        .args
        .iter()
        .map(|arg| format!("{}: {} (read by {})", arg.name, counted_processes(arg.again), arg.reads));
    list("ARGS, with the processes that run again after a change", rows, &mut text);
    let rows = report.moves.iter().map(|found| {
        let reads = found.reads.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let to = match &found.behind {
            Some(step) => format!("behind {}", redacted(step)),
            None => "to `image`, or to the steps that need it,".to_owned(),
        };
        let mut saves = Vec::new();
        if found.saves > 0 {
            saves.push(counted(found.saves, "run"));
        }
        if report.timed.is_some() && found.seconds > 0.0 {
            saves.push(format!("{:.0} s", found.seconds));
        }
        if found.again > 0 {
            saves.push(format!("{} after a change of an arg", counted(found.again, "run")));
        }
        let (name, place) = (redacted(&found.name), &found.place);
        format!("{name} ({place}), which reads {reads}: {to} it saves {}", saves.join(", "))
    });
    list(
        "STEPS THAT COULD COME LATER, if nothing before needs them: a step that is moved can give another image",
        rows,
        &mut text,
    );
    text
}

fn counted_processes(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}

/// Adds a list with a title. Empty lists are left out.
fn list(title: &str, rows: impl ExactSizeIterator<Item = String>, text: &mut String) {
    let count = rows.len();
    if count == 0 {
        return;
    }
    *text += &format!("\n{title}\n");
    rows.take(MOST_ROWS).for_each(|row| *text += &format!("  {row}\n"));
    if count > MOST_ROWS {
        *text += &format!("  and {} more: `varve report --format json` shows all\n", count - MOST_ROWS);
    }
}
