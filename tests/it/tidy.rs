//! The rules of this repository, as tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::bin::root;

fn metadata() -> Value {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Normal dependencies of each package, by name.
fn dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let entry = graph.entry(names[text(node, "id")].to_owned()).or_default();
        for dependency in node["deps"].as_array().unwrap() {
            let normal = dependency["dep_kinds"]
                .as_array()
                .unwrap()
                .iter()
                .any(|kind| kind["kind"].is_null());
            if normal {
                entry.insert(names[text(dependency, "pkg")].to_owned());
            }
        }
    }
    graph
}

fn closure(graph: &BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut stack = vec![start.to_owned()];
    while let Some(name) = stack.pop() {
        for next in graph.get(&name).into_iter().flatten() {
            if seen.insert(next.clone()) {
                stack.push(next.clone());
            }
        }
    }
    seen
}

const PURE: &[&str] = &[
    "asl",
    "catalogue",
    "facts",
    "findings",
    "iac",
    "pricing",
    "render",
    "rules",
    "sim",
    "sources",
];

#[test]
fn the_core_has_no_network_no_runtime_and_no_sdk() {
    let graph = dependencies(&metadata());
    for name in PURE {
        let bad: Vec<String> = closure(&graph, name)
            .into_iter()
            .filter(|other| {
                other.starts_with("aws-")
                    || [
                        "tokio",
                        "hyper",
                        "mio",
                        "socket2",
                        "aws",
                        "lambda",
                        "lambda_runtime",
                    ]
                    .contains(&other.as_str())
            })
            .collect();
        assert!(
            bad.is_empty(),
            "`{name}` is pure and must not depend on {bad:?}"
        );
    }
}

#[test]
fn only_aws_imports_the_sdk_and_nothing_imports_functions() {
    let metadata = metadata();
    let graph = dependencies(&metadata);
    for package in metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_null())
    {
        let name = text(package, "name");
        let direct = &graph[name];
        if name != "aws" {
            let bad: Vec<&String> = direct
                .iter()
                .filter(|other| other.starts_with("aws-"))
                .collect();
            assert!(
                bad.is_empty(),
                "only `aws` may import the SDK, `{name}` imports {bad:?}"
            );
        }
        for function in ["discover", "inspect", "report", "sfn-advisor"] {
            assert!(
                !direct.contains(function),
                "`{name}` imports the function `{function}`"
            );
        }
    }
}

const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// True where one of the alternatives of an SPDX expression is made of licences that we take.
fn acceptable(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // `A AND (B OR C)` is read as `A AND B OR C`: good enough to refuse what is not in the list at all.
    flat.split(" OR ").any(|alternative| {
        alternative
            .split(" AND ")
            .all(|licence| LICENCES.contains(&licence.trim()))
    })
}

#[test]
fn every_dependency_comes_from_crates_io_under_a_licence_that_we_take() {
    for package in metadata()["packages"].as_array().unwrap() {
        let Some(source) = package["source"].as_str() else {
            continue;
        };
        let name = text(package, "name");
        assert!(
            source.starts_with("registry+https://github.com/rust-lang/crates.io-index"),
            "`{name}` comes from {source}"
        );
        let licence = text(package, "license");
        assert!(acceptable(licence), "`{name}` has the licence `{licence}`");
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let silent: Vec<&str> = section
        .lines()
        .filter(|line| line.contains(" = ") && !line.contains("path = ") && !line.contains(" # "))
        .collect();
    assert!(silent.is_empty(), "no reason beside {silent:#?}");
}

#[test]
fn sdk_crates_carry_no_second_tls_stack() {
    let graph = dependencies(&metadata());
    for legacy in ["hyper-rustls", "rustls"] {
        let versions: BTreeSet<String> = metadata()["packages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|package| text(package, "name") == legacy)
            .map(|package| text(package, "version").to_owned())
            .collect();
        assert!(
            versions.len() <= 1,
            "{legacy} is there in versions {versions:?}"
        );
    }
    assert!(
        !graph.contains_key("aws-lc-rs"),
        "aws-lc waits for entropy on its first use: TLS is by ring"
    );
}

fn tracked(ending: &str) -> Vec<(String, String)> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|name| name.ends_with(ending))
        .filter_map(|name| {
            Some((
                name.to_owned(),
                std::fs::read_to_string(root().join(name)).ok()?,
            ))
        })
        .collect()
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let long: Vec<String> = tracked(".rs")
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 600)
        .map(|(name, text)| format!("{name}: {}", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_rules_page_is_fresh() {
    let metas: Vec<_> = rules::RULES.iter().map(|rule| &rule.meta).collect();
    let page = std::fs::read_to_string(root().join("shared/docs/rules.md")).unwrap();
    assert!(
        page == render::rules_markdown(&metas),
        "shared/docs/rules.md is stale: run `cargo run -- rules --format markdown > shared/docs/rules.md`"
    );
}
