//! Fixes and designs as files: alarms as CloudFormation and Terraform, steps as a plan; whole stacks as CloudFormation, SAM,
//! Terraform and CDK, with the role that [`derive()`] finds in a definition, and a pipeline.
//!
//! Names come from an account and may hold anything: each format has one function that makes a string of them, and
//! nothing from an account reaches a file by another way. Output is the same for the same alarms, whatever
//! order they come in.

mod alarm;
mod cdk;
mod cloudformation;
mod deploy;
mod derive;
mod doc;
mod hcl;
mod pipeline;
mod plan;
pub mod stack;
mod template;
mod terraform;
mod text;
mod tf;
mod watch;

use std::collections::BTreeSet;

use findings::{AlarmSpec, Fix, FixKind};

pub use alarm::alarm_name;
pub use cdk::stack_cdk;
pub use cloudformation::cloudformation;
pub use derive::{DeriveOptions, Derived, MACHINE, Review, derive, stack_name};
pub use pipeline::stack_pipelines;
pub use template::{stack_cloudformation, stack_sam};
pub use terraform::terraform;
pub use tf::stack_terraform;
pub use watch::{Limit, Limits, watch};

use alarm::region_part;

/// How alarms are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmOptions {
    /// Name of the parameter that takes the ARN of the topic to tell, letters and digits: `AlarmTopicArn`. Terraform's
    /// variable is the same in its spelling, `alarm_topic_arn`.
    pub topic_parameter: String,
    /// Whether the topic is told when an alarm is over, too.
    pub ok_actions: bool,
}

impl Default for AlarmOptions {
    fn default() -> Self {
        Self {
            topic_parameter: "AlarmTopicArn".to_owned(),
            ok_actions: false,
        }
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// A plain file name; for a file of a [`stack::Stack`], a path below one folder: `terraform/main.tf`.
    pub file_name: String,
    /// What it is written in, as a Markdown fence names it: `yaml`, `hcl`, `markdown`.
    pub language: &'static str,
    /// The whole file.
    pub text: String,
}

/// The files of a stack: its definitions, and every tool's own beside them.
pub fn stack_files(stack: &stack::Stack) -> Vec<Artifact> {
    let mut files: Vec<Artifact> = deploy::machines(stack)
        .map(|machine| Artifact {
            file_name: machine.file_name.clone(),
            language: "json",
            text: machine.definition.clone(),
        })
        .collect();
    files.extend(stack_cloudformation(stack));
    files.extend(stack_sam(stack));
    files.extend(stack_terraform(stack));
    files.extend(stack_cdk(stack));
    files.extend(stack_pipelines(stack));
    files
}

/// The files of a fix, ready to write into one folder.
///
/// Alarms make `alarms.cfn.yaml` and `alarms.tf`. A CloudFormation stack has one Region and 500 resources, so alarms in
/// several Regions make `alarms-us-east-1.cfn.yaml` and so on, and a template too many has a number
/// (`alarms-2.cfn.yaml`). Steps make `PLAN.md`. Edits change the definition and make no file of their own.
pub fn artifacts(fix: &Fix) -> Vec<Artifact> {
    match &fix.kind {
        FixKind::Alarms(specs) => alarm_files(specs),
        FixKind::Steps(steps) => vec![Artifact {
            file_name: "PLAN.md".to_owned(),
            language: "markdown",
            text: plan::plan(&fix.title, steps),
        }],
        FixKind::Edits(_) => Vec::new(),
    }
}

fn alarm_files(specs: &[AlarmSpec]) -> Vec<Artifact> {
    let options = AlarmOptions::default();
    let regions: BTreeSet<&str> = specs.iter().map(|spec| spec.region.as_str()).collect();
    let several = regions.len() > 1;
    let mut files = Vec::new();
    for (region, terraform) in regions.into_iter().zip(terraform::files(specs, &options)) {
        let here: Vec<AlarmSpec> = specs
            .iter()
            .filter(|spec| spec.region == region)
            .cloned()
            .collect();
        let place = if several {
            format!("-{}", region_part(region, '-'))
        } else {
            String::new()
        };
        for (index, text) in cloudformation(&here, &options).into_iter().enumerate() {
            let part = if index == 0 {
                String::new()
            } else {
                format!("-{}", index + 1)
            };
            let file_name = format!("alarms{place}{part}.cfn.yaml");
            files.push(Artifact {
                file_name,
                language: "yaml",
                text,
            });
        }
        files.push(Artifact {
            file_name: format!("alarms{place}.tf"),
            language: "hcl",
            text: terraform,
        });
    }
    files
}

#[cfg(test)]
mod tests;
