//! `README.md` of a design.

use std::fmt::Write as _;

use super::{Design, Summary};
use crate::escape::markdown_with_code as plain;
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
        "{}, {} a month at the average load ([what it costs](COST.md), [as a page](cost.html)).\n",
        summary.workflow.as_deref().unwrap_or_default(),
        design.benefit.month().cents()
    );
    out.push_str("![The states and the ways between them](diagram.svg)\n\n");
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
