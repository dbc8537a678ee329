//! The places in which definitions live: one small project of each kind, each with a target that is a slip away from a state
//! that there is, and a callback without a heartbeat. Everything told points at the line that a person edits.

use std::fmt::Write as _;

use crate::bin::{Ran, advisor, run};

const PROJECTS: &[&str] = &["cdk", "cloudformation", "sam", "serverless", "terraform"];

fn check(project: &str, more: &[&str]) -> Ran {
    let folder = crate::bin::root().join("tests/fixtures/projects");
    run(advisor()
        .current_dir(folder)
        .args(["check", project, "--fail-on", "high"])
        .args(more))
}

#[test]
fn every_project_is_told_of_in_every_format() {
    for project in PROJECTS {
        let mut told = String::new();
        for format in ["text", "github"] {
            let ran = check(project, &["--format", format]);
            assert_eq!(ran.code, 1, "{project}: {}", ran.err);
            writeln!(told, "=== {format}\n{}", ran.out.trim_end()).unwrap();
            if !ran.err.is_empty() && format == "text" {
                writeln!(told, "=== standard error\n{}", ran.err.trim_end()).unwrap();
            }
        }
        insta::assert_snapshot!(*project, told);
    }
}

#[test]
fn json_and_sarif_point_where_the_text_does() {
    for project in PROJECTS {
        let json: serde_json::Value =
            serde_json::from_str(&check(project, &["--format", "json"]).out).unwrap();
        let sarif: serde_json::Value =
            serde_json::from_str(&check(project, &["--format", "sarif"]).out).unwrap();
        let github = check(project, &["--format", "github"]).out;
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let diagnostics = json["diagnostics"].as_array().unwrap();
        assert_eq!(results.len(), diagnostics.len());
        let mut wrong_targets = 0;
        for (diagnostic, result) in diagnostics.iter().zip(results) {
            let place = &result["locations"][0];
            let physical = &place["physicalLocation"];
            assert_eq!(diagnostic["file"], physical["artifactLocation"]["uri"]);
            assert_eq!(diagnostic["line"], physical["region"]["startLine"]);
            assert_eq!(diagnostic["column"], physical["region"]["startColumn"]);
            let pointer = &place["logicalLocations"][0]["fullyQualifiedName"];
            assert_eq!(&diagnostic["pointer"], pointer);
            let (file, line, column) = (
                diagnostic["file"].as_str().unwrap(),
                diagnostic["line"].as_u64().unwrap(),
                diagnostic["column"].as_u64().unwrap(),
            );
            assert!(
                github.contains(&format!("file={file},line={line},col={column},")),
                "{github}"
            );
            if diagnostic["rule"] == "transition-target-missing" {
                wrong_targets += 1;
                assert_eq!(diagnostic["pointer"], "/States/Charge/Next");
                assert_eq!(diagnostic["help"], "did you mean `Receive`?");
                // The name itself stands there, whatever it is quoted with.
                let folder = crate::bin::root().join("tests/fixtures/projects");
                let text = std::fs::read_to_string(folder.join(file)).unwrap();
                let written = text
                    .lines()
                    .nth(usize::try_from(line).unwrap() - 1)
                    .unwrap();
                let column = usize::try_from(column).unwrap() - 1;
                let rest: String = written.chars().skip(column).collect();
                let name = rest.trim_start_matches(['\\', '"']);
                assert!(name.starts_with("Recieve"), "{file}:{line}: {rest}");
            }
        }
        assert!(wrong_targets >= 2, "{project}");
        let unread = json["unread"].as_array().unwrap();
        let expected = match *project {
            "serverless" => {
                "the definition of `loyalty` is made by `workflows/loyalty.js`, which is not run"
            }
            "terraform" => {
                "the definition of `given` is `var.definition`, which is known when this is applied"
            }
            _ => "",
        };
        let why: Vec<&str> = unread
            .iter()
            .map(|it| it["why"].as_str().unwrap())
            .collect();
        assert_eq!(why.concat(), expected);
    }
}

#[test]
fn what_is_filled_in_later_is_told_to_those_who_want_to_know_all() {
    let of = |strictness: &str| {
        check(
            "terraform",
            &["--strictness", strictness, "--format", "github"],
        )
        .out
    };
    let line = "::notice file=terraform/main.tf,line=10,col=18,title=structure-placeholder::state `Audit` is filled in when this is deployed, and not judged";
    assert!(of("all").contains(line), "{}", of("all"));
    assert!(!of("default").contains("structure-placeholder"));
}

#[test]
fn the_output_of_the_cdk_alone_names_the_construct() {
    let ran = check("cdk/cdk.out", &["--format", "github"]);
    assert!(
        ran.out
            .contains("stays as it is written (construct `Orders/Refunds`)"),
        "{}",
        ran.out
    );
    // What is synthesized is not what people change.
    let fix = run(advisor().current_dir(crate::bin::root()).args([
        "fix",
        "--diff",
        "tests/fixtures/projects/cdk/cdk.out",
    ]));
    assert_eq!((fix.code, fix.out.as_str()), (0, ""), "{}", fix.err);
}

#[test]
fn programs_are_not_run() {
    let ran = check("cdk/app.js", &["--format", "github"]);
    assert_eq!(
        (ran.code, ran.out.trim_end()),
        (
            3,
            "::error file=cdk/app.js,title=not read::it is a program, which is not run; name what it makes"
        )
    );
}

#[test]
fn files_of_the_serverless_framework_include_each_other() {
    let machine = "definition:\n  StartAt: A\n  States:\n    A: {Type: Pass, Next: Bb}\n    B: {Type: Pass, End: true}\n";
    let files = [
        (
            "serverless.yml",
            "service: x\nstepFunctions: ${file(parts/all.yml)}\n",
        ),
        (
            "parts/all.yml",
            "stateMachines:\n  - ${file(parts/map.yml):machines}\n  - ${file(parts/all.yml):stateMachines}\n",
        ),
        (
            "parts/map.yml",
            "machines:\n  a: ${file(parts/one.yml)}\n  gone: ${file(parts/gone.yml)}\n",
        ),
        ("parts/one.yml", machine),
    ];
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let ran = run(advisor()
        .current_dir(folder.path())
        .args(["check", ".", "--format", "github"]));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(
        ran.out.lines().collect::<Vec<_>>(),
        [
            "::error file=./parts/one.yml,line=4,col=27,title=transition-target-missing::`Next` of state `A` names `Bb`, which does not exist in this scope%0Adid you mean `B`?",
            "::error file=./parts/gone.yml,title=not read::no such file, but ./parts/map.yml names it",
        ]
    );
}
