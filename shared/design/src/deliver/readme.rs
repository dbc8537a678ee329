//! `README.md` of a design.

use std::fmt::Write as _;

use super::{Design, Summary};
use crate::escape::markdown_with_code as plain;
use crate::machine::{Kind, Scope, State};
use crate::requirements::Output;

/// What was designed, why, what it looks like, and what to do next.
pub(super) fn readme(design: &Design<'_>, summary: &Summary) -> String {
    let mut out = String::new();
    _ = writeln!(out, "# {}\n", plain(&summary.name));
    if let Some(description) = &design.requirements.description {
        _ = writeln!(out, "{}\n", plain(description));
    }
    _ = writeln!(
        out,
        "{}, {} a month at the average load ([what it costs](COST.md), with [curves](cost.html)).\n",
        summary.workflow.as_deref().unwrap_or_default(),
        design.benefit.month().cents()
    );
    diagram(&mut out, design);
    decided(&mut out, summary);
    list(
        &mut out,
        "What to say when it is deployed",
        summary
            .to_fill_in
            .iter()
            .map(|(name, what)| format!("`{name}`: {}", plain(what))),
    );
    list(
        &mut out,
        "What to look at",
        summary.review.iter().map(|review| {
            format!(
                "{}: {} ({})",
                plain(&review.state),
                plain(&review.what),
                plain(&review.why)
            )
        }),
    );
    list(
        &mut out,
        "What was taken as given",
        summary.assumptions.iter().map(|said| plain(said)),
    );
    list(
        &mut out,
        "What is meant to be so",
        summary.trade_offs.iter().map(|said| plain(said)),
    );
    deploy(&mut out, design);
    out.push_str(
        "## Test it\n\n`tests/MockConfigFile.json` has a test case for the way on which nothing fails and one for every step that can \
         fail, in the format of Step Functions Local, with its input and what it comes to; `tests/inputs` has the inputs for other tools.\n\n\
         \x20   sfn-advisor simulate workflow.asl.json --test tests\n\n\
         What to do when it fails in production is in [RUNBOOK.md](RUNBOOK.md).\n",
    );
    out
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    _ = writeln!(out, "## {title}\n");
    for item in items {
        _ = writeln!(out, "- {item}");
    }
    out.push('\n');
}

fn decided(out: &mut String, summary: &Summary) {
    out.push_str("## What was decided\n\n| about | chosen | because | would be otherwise |\n|---|---|---|---|\n");
    for decision in &summary.decisions {
        let text = |lines: &[String]| {
            let lines: Vec<String> = lines.iter().map(|line| plain(line)).collect();
            lines.join("; ")
        };
        _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            plain(&decision.about),
            plain(&decision.chosen),
            text(&decision.because),
            text(&decision.flips)
        );
    }
    out.push_str("\nWhat else there was, and why not, is in [decisions.json](decisions.json).\n\n");
}

fn deploy(out: &mut String, design: &Design<'_>) {
    let ways = [
        (
            Output::Terraform,
            "terraform",
            "terraform -chdir=terraform init && sh terraform/deploy.sh CANARY",
        ),
        (Output::Cdk, "cdk", "cd cdk && npm install && npx cdk diff"),
        (
            Output::Sam,
            "sam",
            "sam deploy --guided --template-file sam/template.yaml",
        ),
        (
            Output::CloudFormation,
            "cloudformation",
            "aws cloudformation package --template-file cloudformation/template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml",
        ),
    ];
    let wanted: Vec<_> = ways.iter().filter(|way| design.wants(way.0)).collect();
    if wanted.is_empty() {
        return;
    }
    out.push_str("## Deploy it\n\nAll of them read the same `workflow.asl.json`; take one.\n\n");
    for (_, _, command) in &wanted {
        _ = writeln!(out, "    {command}");
    }
    out.push_str(
        "\nEach deployment publishes a version; executions are started by the alias `live`, which moves to it all at once, by 10 % first \
         (`CANARY`) or by 10 % every 5 minutes (`LINEAR`), and back when an alarm of failures goes off meanwhile.\n\n",
    );
    for (output, folder, _) in wanted {
        let how = match output {
            Output::Terraform => {
                "`deploy.sh` does it: it makes the version, sets the weights of the alias step by step by the variables \
                 `previous_version_arn` and `new_version_weight`, looks at the alarms, and sets them back. `terraform apply` alone moves \
                 all executions at once. It needs the AWS CLI."
            }
            Output::Cdk => "CloudFormation does it; of which kind stands at the alias.",
            Output::Sam | Output::CloudFormation => {
                "CloudFormation does it, by the parameter `DeploymentType`."
            }
            _ => continue,
        };
        _ = writeln!(out, "- `{folder}`: {how}");
    }
    out.push('\n');
}

/// The machine as a picture that GitHub and editors draw.
fn diagram(out: &mut String, design: &Design<'_>) {
    for machine in &design.composed.machines {
        out.push_str("```mermaid\nstateDiagram-v2\n");
        let mut ids = Vec::new();
        scope(out, &machine.machine.scope, 1, &mut ids);
        out.push_str("```\n\n");
    }
}

fn scope(out: &mut String, scope_: &Scope, depth: usize, ids: &mut Vec<String>) {
    let indent = "    ".repeat(depth);
    let states = scope_.in_order();
    let first = ids.len();
    for state in &states {
        let id = format!("s{}", ids.len());
        ids.push(id.clone());
        _ = writeln!(out, "{indent}state \"{}\" as {id}", label(state));
        let inner = state.scopes();
        if !inner.is_empty() {
            _ = writeln!(out, "{indent}state {id} {{");
            for (at, branch) in inner.into_iter().enumerate() {
                if at > 0 {
                    _ = writeln!(out, "{indent}    --");
                }
                scope(out, branch, depth + 1, ids);
            }
            _ = writeln!(out, "{indent}}}");
        }
    }
    // The ids of this scope's own states: those inside of them have others.
    let names: Vec<(&str, String)> = {
        let mut at = first;
        let mut all = Vec::new();
        for state in &states {
            all.push((state.name(), format!("s{at}")));
            at += 1 + state
                .scopes()
                .iter()
                .map(|inner| count(inner))
                .sum::<usize>();
        }
        all
    };
    let id = |name: &str| {
        names
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, id)| id.as_str())
    };
    if let Some(start) = scope_.start().and_then(|start| id(scope_.name(start))) {
        _ = writeln!(out, "{indent}[*] --> {start}");
    }
    for state in &states {
        let Some(from) = id(state.name()) else {
            continue;
        };
        for way in state.ways() {
            if let Some(to) = id(scope_.name(way)) {
                _ = writeln!(out, "{indent}{from} --> {to}");
            }
        }
        for catcher in &state.catch {
            if let Some(to) = id(scope_.name(catcher.next)) {
                _ = writeln!(out, "{indent}{from} --> {to} : on error");
            }
        }
        let ends = state.ways().is_empty() && !matches!(state.kind, Kind::Choice { .. });
        if ends {
            _ = writeln!(out, "{indent}{from} --> [*]");
        }
    }
}

/// All states of a scope, those inside of others too.
fn count(scope: &Scope) -> usize {
    let states = scope.in_order();
    let inside: usize = states
        .iter()
        .flat_map(|state| state.scopes())
        .map(count)
        .sum();
    states.len() + inside
}

/// A name in quotes, as Mermaid takes it.
fn label(state: &State) -> String {
    state
        .name()
        .chars()
        .map(|letter| match letter {
            '"' => '\'',
            '<' | '>' | '{' | '}' | ';' | '#' | '`' => ' ',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect()
}
