//! The report about a family: how many operations its variants have in sum and how many of these differ, which axes keep them apart, and which
//! steps could come later.

mod moves;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::redacted;
use serde_json::{Value, json};
use varve_spec::Family;

use crate::member::axes;
use crate::timings::Timings;
use crate::union::{OperationKind, Union};
pub(crate) use moves::Move;
pub(crate) use text::in_text;

/// The name of the platform among the axes.
const PLATFORM: &str = "platform";

/// What a report says.
pub(crate) struct Report {
    /// The number of builds: one for each variant and platform.
    pub(crate) members: usize,
    /// All operations.
    pub(crate) operations: Count,
    /// The operations that run a process.
    pub(crate) processes: Count,
    /// The processes whose time was measured, by their seconds. `None` without times.
    pub(crate) timed: Option<Timed>,
    /// The steps that are processes, in the order of the first build that has them.
    pub(crate) steps: Vec<StepCount>,
    /// The axes and the platform, those that cost most first.
    pub(crate) axes: Vec<AxisCost>,
    /// The args, those whose change runs most again first.
    pub(crate) args: Vec<ArgCost>,
    /// The steps that could come later, those that save most first.
    pub(crate) moves: Vec<Move>,
}

/// How often something runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// In all builds, if each had a builder of its own.
    pub(crate) sum: usize,
    /// On one builder.
    pub(crate) distinct: usize,
}

/// The seconds of processes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timed {
    /// The number of processes that were measured.
    pub(crate) measured: usize,
    /// In all builds, if each had a builder of its own.
    pub(crate) sum: f64,
    /// On one builder.
    pub(crate) distinct: f64,
}

/// How often the processes of a step run.
pub(crate) struct StepCount {
    /// The name of the step in the first build that has it.
    pub(crate) name: String,
    pub(crate) place: Option<String>,
    /// In all builds, and on one builder.
    pub(crate) runs: Count,
    /// The seconds of one run, if they were measured.
    pub(crate) seconds: Option<f64>,
    /// The axes and args that the step itself reads.
    pub(crate) reads: BTreeSet<String>,
    /// The operations.
    pub(crate) operations: Vec<usize>,
}

/// What an axis costs.
pub(crate) struct AxisCost {
    pub(crate) name: String,
    /// Each value, with the number of processes that only its builds run.
    pub(crate) values: Vec<(String, usize)>,
    /// The processes that only builds with one of the values run.
    pub(crate) alone: usize,
    /// Their seconds, as far as they were measured.
    pub(crate) seconds: f64,
}

/// What a change of an arg runs again.
pub(crate) struct ArgCost {
    pub(crate) name: String,
    /// The processes that read it.
    pub(crate) reads: usize,
    /// The processes that run again if it changes: those, and what is built from them.
    pub(crate) again: usize,
}

impl Report {
    /// Counts the operations of a union.
    pub(crate) fn of(union: &Union, family: &Family, timings: &Timings) -> Self {
        let count = |only: fn(OperationKind) -> bool| {
            let of = union.operations.iter().filter(|operation| only(operation.kind));
            of.fold(Count::default(), |count, operation| Count {
                sum: count.sum + operation.members.len(),
                distinct: count.distinct + 1,
            })
        };
        let seconds: Vec<Option<f64>> =
            union.operations.iter().map(|operation| timings.seconds(&operation.name)).collect();
        let names = family.args.iter().map(|arg| arg.name.clone()).collect();
        let several = values(union, family).into_iter().filter(|(_, values)| values.len() > 1);
        let several = several.map(|(name, _)| name.to_owned()).collect();
        let moves = moves::find(union, (&several, &names), &seconds);
        let mut args = args(union, family);
        args.sort_by_key(|arg| std::cmp::Reverse(arg.again));
        let mut axes = axis_costs(union, family, &seconds);
        axes.sort_by_key(|axis| std::cmp::Reverse(axis.alone));
        Self {
            members: union.members.len(),
            operations: count(|_| true),
            processes: count(|kind| kind == OperationKind::Process),
            timed: timed(union, &seconds),
            steps: steps(union, &seconds),
            axes,
            args,
            moves,
        }
    }
}

fn is_process(union: &Union, index: usize) -> bool {
    union.operations[index].kind == OperationKind::Process
}

fn processes(union: &Union) -> impl Iterator<Item = usize> {
    (0..union.operations.len()).filter(|index| is_process(union, *index))
}

fn timed(union: &Union, seconds: &[Option<f64>]) -> Option<Timed> {
    let measured = processes(union).filter_map(|index| Some((index, seconds[index]?)));
    let timed = measured.fold(Timed::default(), |timed, (index, seconds)| Timed {
        measured: timed.measured + 1,
        sum: timed.sum + seconds * union.operations[index].members.len() as f64,
        distinct: timed.distinct + seconds,
    });
    (timed.measured > 0).then_some(timed)
}

/// The processes by the step that they come from: its place, and its name without the numbers, which differ from variant to variant.
fn steps(union: &Union, seconds: &[Option<f64>]) -> Vec<StepCount> {
    let mut order: Vec<StepCount> = Vec::new();
    let mut known: BTreeMap<(Option<&str>, &str), usize> = BTreeMap::new();
    for index in processes(union) {
        let operation = &union.operations[index];
        let key = (operation.place.as_deref(), stage(&operation.name));
        let at = *known.entry(key).or_insert_with(|| {
            order.push(StepCount {
                name: operation.name.clone(),
                place: operation.place.clone(),
                runs: Count::default(),
                seconds: seconds[index],
                reads: BTreeSet::new(),
                operations: Vec::new(),
            });
            order.len() - 1
        });
        let step = &mut order[at];
        step.runs.sum += operation.members.len();
        step.runs.distinct += 1;
        step.reads.extend(operation.reads.iter().cloned());
        step.operations.push(index);
    }
    order
}

/// The stage in the name of an operation, without its arguments: `wheels` of `[wheels(py=3.12) 2/5] run make`.
fn stage(name: &str) -> &str {
    let name = name.strip_prefix('[').unwrap_or(name);
    name.split([' ', '(', ']']).next().unwrap_or_default()
}

/// The axes and the platform, each with the values that builds have.
fn values<'u>(union: &'u Union, family: &'u Family) -> Vec<(&'u str, Vec<&'u str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for axis in &family.axes {
        let is_used = |value: &&str| {
            let has = |(name, of): &(String, String)| *name == axis.name && of == *value;
            union.variants.iter().any(|variant| variant.axes.iter().any(has))
        };
        all.push((&axis.name, axis.value_names().filter(is_used).collect()));
    }
    let platforms: BTreeSet<&str> = union.members.iter().map(|member| member.platform.as_str()).collect();
    all.push((PLATFORM, platforms.into_iter().collect()));
    all.retain(|(_, values)| !values.is_empty());
    all
}

fn axis_costs(union: &Union, family: &Family, seconds: &[Option<f64>]) -> Vec<AxisCost> {
    let cost = |(axis, values): (&str, Vec<&str>)| {
        // The value of each build. `None` if it does not read the axis.
        let of_member = |member: usize| match axis {
            PLATFORM => Some(union.members[member].platform.as_str()),
            axis => {
                let found = union.variant(member).axes.iter().find(|(name, _)| name == axis);
                found.map(|(_, value)| value.as_str())
            }
        };
        let of_members: Vec<Option<&str>> = (0..union.members.len()).map(of_member).collect();
        let mut alone: BTreeMap<&str, usize> = BTreeMap::new();
        let mut sum = 0.0;
        for index in processes(union) {
            let members = &union.operations[index].members;
            let first = members.first().and_then(|member| of_members[*member]);
            if let Some(value) = first
                && members.iter().all(|member| of_members[*member] == first)
            {
                *alone.entry(value).or_default() += 1;
                sum += seconds[index].unwrap_or_default();
            }
        }
        AxisCost {
            name: axis.to_owned(),
            alone: alone.values().sum(),
            seconds: sum,
            values: values
                .into_iter()
                .map(|value| (value.to_owned(), alone.get(value).copied().unwrap_or_default()))
                .collect(),
        }
    };
    values(union, family).into_iter().filter(|(_, values)| values.len() > 1).map(cost).collect()
}

fn args(union: &Union, family: &Family) -> Vec<ArgCost> {
    let cost = |name: &String| {
        let reads = |index: usize| union.operations[index].reads.contains(name);
        let settings = union.settings.iter().filter(|setting| setting.reads.contains(name));
        let variables: BTreeSet<&String> = settings.flat_map(|setting| &setting.variables).collect();
        let mut again = vec![false; union.operations.len()];
        for (index, operation) in union.operations.iter().enumerate() {
            again[index] = reads(index)
                || operation.inputs.iter().any(|input| again[*input])
                || operation.env.keys().any(|variable| variables.contains(variable));
        }
        ArgCost {
            name: name.clone(),
            reads: processes(union).filter(|index| reads(*index)).count(),
            again: processes(union).filter(|index| again[*index]).count(),
        }
    };
    family.args.iter().map(|arg| cost(&arg.name)).filter(|arg| arg.again > 0).collect()
}

/// The report as JSON.
pub(crate) fn in_json(report: &Report, union: &Union) -> Value {
    let count = |count: Count| json!({"sum": count.sum, "distinct": count.distinct});
    let operations = |step: &StepCount| -> Vec<Value> {
        let json = |index: &usize| {
            let operation = &union.operations[*index];
            json!({"digest": operation.digest.to_string(), "members": operation.members})
        };
        step.operations.iter().map(json).collect()
    };
    let members = (0..union.members.len()).map(|member| {
        let variant = union.variant(member);
        json!({"target": variant.target, "axes": axes(variant), "platform": union.members[member].platform})
    });
    let steps = report.steps.iter().map(|step| {
        json!({
            "step": redacted(&step.name),
            "place": step.place,
            "runs": count(step.runs),
            "seconds": step.seconds,
            "reads": step.reads,
            "operations": operations(step),
        })
    });
    let axes = report.axes.iter().map(|axis| {
        let values: serde_json::Map<String, Value> =
            axis.values.iter().map(|(value, alone)| (value.clone(), json!(alone))).collect();
        let seconds = report.timed.map(|_| axis.seconds);
        json!({"axis": axis.name, "values": values, "alone": axis.alone, "seconds": seconds})
    });
    let args = report.args.iter().map(|arg| json!({"arg": arg.name, "reads": arg.reads, "again": arg.again}));
    let moves = report.moves.iter().map(|found| {
        json!({
            "step": redacted(&found.name),
            "place": found.place,
            "reads": found.reads,
            "behind": found.behind.as_deref().map(redacted),
            "saves": found.saves,
            "seconds": report.timed.map(|_| found.seconds),
            "again": found.again,
        })
    });
    json!({
        "members": members.collect::<Vec<_>>(),
        "operations": count(report.operations),
        "processes": count(report.processes),
        "seconds": report.timed.map(|timed| json!({"measured": timed.measured, "sum": timed.sum, "distinct": timed.distinct})),
        "steps": steps.collect::<Vec<_>>(),
        "axes": axes.collect::<Vec<_>>(),
        "args": args.collect::<Vec<_>>(),
        "moves": moves.collect::<Vec<_>>(),
    })
}
