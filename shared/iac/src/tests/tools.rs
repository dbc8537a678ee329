//! The tools that will read the files read them here, where the machine has them.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "runs other programs on files in a scratch folder"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use findings::{AlarmSpec, Fix, FixKind, Safety};

use super::{HOSTILE, spec, steady};
use crate::text::hcl;
use crate::{AlarmOptions, Artifact, artifacts, terraform};

fn run(command: &mut Command) -> Output {
    command
        .env_remove("TF_CLI_CONFIG_FILE")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("the program starts")
}

fn complete(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = run(command);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    assert!(status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&stdout).into_owned()
}

/// The program, if it runs here.
fn program(variable: &str, name: &str) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
    let runs = Command::new(&program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("skipped: {name} does not run here (set {variable} to its path)");
    }
    runs.then_some(program)
}

/// A folder with the provider, as `terraform init -plugin-dir` takes it.
fn plugins() -> Option<PathBuf> {
    let given = std::env::var("TF_PLUGIN_DIR").ok();
    let places = given
        .iter()
        .map(String::as_str)
        .chain(["/opt/tf-plugins", "/usr/local/share/terraform/plugins"]);
    let found = places
        .map(PathBuf::from)
        .find(|place| place.join("registry.terraform.io/hashicorp/aws").is_dir());
    if found.is_none() {
        eprintln!(
            "skipped: no Terraform AWS provider here (set TF_PLUGIN_DIR to a folder with it)"
        );
    }
    found
}

fn alarms(regions: &[&str]) -> Vec<AlarmSpec> {
    let metrics = ["ExecutionsFailed", "ExecutionsTimedOut"];
    let hostile = HOSTILE
        .iter()
        .flat_map(|name| metrics.map(|metric| spec(regions[0], name, metric)));
    let plain = regions
        .iter()
        .flat_map(|region| [steady(region, "order-enrichment"), steady(region, "b.c")]);
    hostile.chain(plain).collect()
}

fn write(folder: &Path, files: &[Artifact]) {
    for file in files {
        std::fs::write(folder.join(&file.file_name), &file.text).expect("written");
    }
}

fn files(alarms: Vec<AlarmSpec>) -> Vec<Artifact> {
    artifacts(&Fix {
        title: String::new(),
        safety: Safety::Review,
        mechanical: false,
        kind: FixKind::Alarms(alarms),
    })
}

#[test]
fn cfn_lint_accepts_the_templates() {
    let Some(cfn_lint) = program("CFN_LINT", "cfn-lint") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let regions = ["us-east-1", "eu-west-1"];
    write(folder.path(), &files(alarms(&regions)));
    let templates = regions.map(|region| folder.path().join(format!("alarms-{region}.cfn.yaml")));
    assert_eq!(
        complete(
            Command::new(&cfn_lint)
                .arg("--regions")
                .args(regions)
                .arg("--")
                .args(templates)
        ),
        ""
    );
}

#[test]
fn terraform_formats_and_validates_the_files() {
    let Some(tool) = program("TERRAFORM", "terraform") else {
        return;
    };
    let Some(plugins) = plugins() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let here = || {
        let mut command = Command::new(&tool);
        command.current_dir(folder.path());
        command
    };
    // Files of several Regions have to get along in one folder.
    write(folder.path(), &files(alarms(&["us-east-1", "eu-west-1"])));
    complete(here().args(["fmt", "-check", "-diff"]));
    complete(
        here()
            .args(["init", "-backend=false", "-input=false", "-no-color"])
            .arg(format!("-plugin-dir={}", plugins.display())),
    );
    complete(here().args(["validate", "-no-color"]));
    // One Region, and the topic told of the end too.
    let options = AlarmOptions {
        ok_actions: true,
        ..AlarmOptions::default()
    };
    for file in std::fs::read_dir(folder.path()).expect("listed").flatten() {
        if file
            .path()
            .extension()
            .is_some_and(|extension| extension == "tf")
        {
            std::fs::remove_file(file.path()).expect("removed");
        }
    }
    std::fs::write(
        folder.path().join("alarms.tf"),
        terraform(&alarms(&["us-east-1"]), &options),
    )
    .expect("written");
    complete(here().args(["fmt", "-check", "-diff"]));
    complete(here().args(["validate", "-no-color"]));
}

#[test]
fn terraform_reads_hostile_strings_as_they_were() {
    let Some(tool) = program("TERRAFORM", "terraform") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut outputs = String::new();
    for (index, word) in HOSTILE.iter().enumerate() {
        _ = writeln!(
            outputs,
            "output \"o{index}\" {{\n  value = {}\n}}",
            hcl(word)
        );
    }
    std::fs::write(folder.path().join("main.tf"), outputs).expect("written");
    let here = |arguments: &[&str]| {
        complete(
            Command::new(&tool)
                .current_dir(folder.path())
                .args(arguments),
        )
    };
    here(&["init", "-input=false", "-no-color"]);
    here(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    let read: serde_json::Value = serde_json::from_str(&here(&["output", "-json"])).expect("JSON");
    for (index, word) in HOSTILE.iter().enumerate() {
        assert_eq!(read[format!("o{index}")]["value"].as_str(), Some(*word));
    }
}
