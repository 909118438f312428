//! Differences between configurations and between histories, with one test for each kind.

use serde_json::{Value, json};
use varve_compare::{Options, Times};

use crate::made::{Made, check, check_with};

fn config(first: Value, second: Value, expect: &[&str]) {
    check(&Made::new(first), &Made::new(second), expect);
}

fn top(key: &str, first: Value, second: Value, expect: &[&str]) {
    let made = |value| Made::new(json!({})).with(key, value);
    check(&made(first), &made(second), expect);
}

#[test]
fn equal_configurations_do_not_differ() {
    let all = json!({"User": "a", "Env": ["A=1"], "Labels": {"a": ""}, "Cmd": ["x"]});
    config(all.clone(), all, &[]);
}

#[test]
fn user() {
    config(json!({}), json!({"User": "app"}), &[r#"config.User: only in the second: "app""#]);
}

#[test]
fn entrypoint_and_cmd() {
    config(
        json!({"Entrypoint": ["/app"], "Cmd": ["a", "b"]}),
        json!({"Entrypoint": ["/app", "-x"], "Cmd": null}),
        &[r#"config.Cmd: only in the first: ["a","b"]"#, r#"config.Entrypoint: ["/app"] -> ["/app","-x"]"#],
    );
}

#[test]
fn environment_by_name() {
    config(
        json!({"Env": ["PATH=/bin", "A=1", "GONE=", "WORD"]}),
        json!({"Env": ["PATH=/bin", "A=2", "NEW=x", "WORD="]}),
        &[
            r#"config.Env.A: "1" -> "2""#,
            r#"config.Env.GONE: only in the first: """#,
            r#"config.Env.NEW: only in the second: "x""#,
            r#"config.Env.WORD: no value -> """#,
        ],
    );
}

#[test]
fn passwords_of_urls_are_not_shown() {
    config(
        json!({"Env": ["URL=https://me:one@h"], "Labels": {"l": "https://me:one@h"}, "Cmd": ["https://me:one@h"]}),
        json!({"Env": ["URL=https://me:two@h"], "Labels": {"l": "https://me:two@h"}}),
        &[
            r#"config.Cmd: only in the first: ["https://me:xxxxx@h"]"#,
            r#"config.Env.URL: "https://me:xxxxx@h" -> "https://me:xxxxx@h""#,
            r#"config.Labels.l: "https://me:xxxxx@h" -> "https://me:xxxxx@h""#,
        ],
    );
}

#[test]
fn environment_by_order() {
    config(
        json!({"Env": ["A=1", "B=2", "C=3"]}),
        json!({"Env": ["A=1", "C=3", "B=2"]}),
        &["config.Env: order: A B C -> A C B"],
    );
    config(
        json!({"Env": ["A=1", "A=2"]}),
        json!({"Env": ["A=1", "A=3"]}),
        &[r#"config.Env.A#2: "2" -> "3""#],
    );
}

#[test]
fn labels_by_key() {
    config(
        json!({"Labels": {"a": "1", "b": "1"}}),
        json!({"Labels": {"a": "2", "empty": ""}}),
        &[
            r#"config.Labels.a: "1" -> "2""#,
            r#"config.Labels.b: only in the first: "1""#,
            r#"config.Labels.empty: only in the second: """#,
        ],
    );
    config(json!({}), json!({"Labels": {"a": "1"}}), &[r#"config.Labels.a: only in the second: "1""#]);
}

#[test]
fn volumes_and_ports() {
    config(
        json!({"Volumes": {"/data": {}}, "ExposedPorts": {"80/tcp": {}}}),
        json!({"ExposedPorts": {"80/tcp": {}, "81/udp": {}}}),
        &[
            "config.ExposedPorts.81/udp: only in the second: {}",
            "config.Volumes./data: only in the first: {}",
        ],
    );
}

#[test]
fn workdir_and_stop_signal() {
    config(
        json!({"WorkingDir": "/a", "StopSignal": "SIGTERM"}),
        json!({"WorkingDir": "/b", "StopSignal": "SIGINT"}),
        &[r#"config.StopSignal: "SIGTERM" -> "SIGINT""#, r#"config.WorkingDir: "/a" -> "/b""#],
    );
}

#[test]
fn healthcheck() {
    config(
        json!({"Healthcheck": {"Test": ["CMD", "a"], "Interval": 1000, "Retries": 0}}),
        json!({"Healthcheck": {"Test": ["CMD", "b"]}}),
        &[
            "config.Healthcheck.Interval: only in the first: 1000",
            r#"config.Healthcheck.Test: ["CMD","a"] -> ["CMD","b"]"#,
        ],
    );
}

#[test]
fn shell_and_triggers() {
    config(
        json!({"Shell": ["/bin/sh", "-c"], "OnBuild": ["RUN a"]}),
        json!({"Shell": ["/bin/bash", "-c"]}),
        &[
            r#"config.OnBuild: only in the first: ["RUN a"]"#,
            r#"config.Shell: ["/bin/sh","-c"] -> ["/bin/bash","-c"]"#,
        ],
    );
}

#[test]
fn fields_that_the_specification_does_not_know() {
    config(json!({"New": {"a": 1}}), json!({"New": {"a": 2}}), &["config.New.a: 1 -> 2"]);
    top("x.new", json!("1"), json!("2"), &[r#"config.x.new: "1" -> "2""#]);
}

#[test]
fn fields_that_are_empty_are_not_there() {
    let empty = json!({
        "User": "", "Tty": false, "Cmd": [], "Labels": {}, "Volumes": null, "Env": null, "Healthcheck": {"Retries": 0}
    });
    config(empty, json!({}), &[]);
}

#[test]
fn created() {
    top(
        "created",
        json!("2024-01-01T00:00:00Z"),
        json!("2025-01-01T00:00:00Z"),
        &[r#"config.created: "2024-01-01T00:00:00Z" -> "2025-01-01T00:00:00Z""#],
    );
}

#[test]
fn architecture() {
    top(
        "architecture",
        json!("amd64"),
        json!("arm64"),
        &["platforms: linux/amd64 -> linux/arm64", r#"config.architecture: "amd64" -> "arm64""#],
    );
}

#[test]
fn author_and_features_of_the_system() {
    top("author", json!("a"), json!("b"), &[r#"config.author: "a" -> "b""#]);
    top("os.features", json!(["x"]), json!([]), &[r#"config.os.features: only in the first: ["x"]"#]);
}

fn history(first: Value, second: Value, times: Times, expect: &[&str]) {
    let made = |value| Made::new(json!({})).with("history", value);
    check_with(&made(first), &made(second), &Options { times, ..Options::default() }, expect);
}

#[test]
fn created_by_in_the_history() {
    history(
        json!([{"created_by": "RUN a"}, {"created_by": "RUN b"}]),
        json!([{"created_by": "RUN a"}, {"created_by": "RUN c"}]),
        Times::LeaveOut,
        &[r#"history.1.created_by: "RUN b" -> "RUN c""#],
    );
}

#[test]
fn empty_layer_in_the_history() {
    history(
        json!([{"created_by": "ENV", "empty_layer": true}]),
        json!([{"created_by": "ENV"}]),
        Times::LeaveOut,
        &["history.0.empty_layer: only in the first: true"],
    );
}

#[test]
fn the_number_of_entries_in_the_history() {
    let entry = |text: &str| json!({"created_by": text});
    history(
        json!([entry("a"), entry("b")]),
        json!([entry("new"), entry("a"), entry("b")]),
        Times::LeaveOut,
        &["history: 2 entries -> 3 entries", r#"history.0: only in the second: {"created_by":"new"}"#],
    );
}

#[test]
fn times_in_the_history_on_request() {
    let entry = |time: &str| json!([{"created_by": "a", "created": time}]);
    history(entry("1"), entry("2"), Times::LeaveOut, &[]);
    history(entry("1"), entry("2"), Times::Compare, &[r#"history.0.created: "1" -> "2""#]);
}
