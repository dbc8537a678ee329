//! What was designed, in the lines that an architect reads first.

use ::design::decide::Decision;
use ::design::deliver::{Delivery, Outcome, Summary};
use ::design::refuse::{Reason, Refusal};
use render::{escape::visible, wrap};

/// Columns of `  fill in    `.
const KEY: usize = 11;

/// Of a list that the README has whole, so many are told.
const MOST: usize = 3;

/// None where nothing was designed.
pub(super) fn text(outcome: &Outcome, place: &str, width: usize) -> Option<String> {
    let delivery = outcome.delivery()?;
    let mut page = Page {
        lines: Vec::new(),
        width,
    };
    let summary = &delivery.summary;
    page.lines.extend(wrap(
        &format!("{}: {}", visible(&delivery.name), headline(summary)),
        width,
        "",
        "    ",
    ));
    page.lines.push(String::new());
    if let Some(refusal) = &summary.refusal {
        refused(&mut page, refusal);
    }
    if summary.workflow.is_some() {
        designed(&mut page, summary);
    }
    next(&mut page, delivery, place);
    Some(page.lines.join("\n"))
}

struct Page {
    lines: Vec<String>,
    width: usize,
}

impl Page {
    /// The key stands before the first line only.
    fn say(&mut self, key: &str, text: &str) {
        let first = format!("  {key:KEY$}");
        let next = " ".repeat(first.len());
        self.lines
            .extend(wrap(&visible(text), self.width, &first, &next));
    }

    /// Each on a line of its own, the first few.
    fn list<'a>(&mut self, key: &str, all: impl ExactSizeIterator<Item = &'a str>) {
        let more = all.len().saturating_sub(MOST);
        for (index, text) in all.take(MOST).enumerate() {
            self.say(if index == 0 { key } else { "" }, text);
        }
        if more > 0 {
            self.say("", &format!("and {more} more in README.md"));
        }
    }

    /// A command, which is not broken.
    fn command(&mut self, key: &str, command: &str) {
        self.lines.push(format!("  {key:KEY$}{command}"));
    }
}

fn headline(summary: &Summary) -> String {
    let workflow = summary.workflow.as_deref().unwrap_or_default();
    let cost = summary.monthly.map_or_else(String::new, |month| {
        format!(", {} a month at the average load", month.rounded())
    });
    let budget = summary.budget.as_ref().map_or_else(String::new, |budget| {
        let usd = budget.budget.rounded();
        if budget.is_kept() {
            format!(", within the budget of {usd}")
        } else {
            format!(", above the budget of {usd}")
        }
    });
    match (&summary.workflow, &summary.refusal) {
        (None, _) => "refused: a workflow is not what serves here".to_owned(),
        (Some(_), Some(_)) => format!(
            "redirected: the heavy work belongs elsewhere; around it {workflow}{cost}{budget}"
        ),
        (Some(_), None) => format!("{workflow}{cost}{budget}"),
    }
}

fn refused(page: &mut Page, refusal: &Refusal) {
    for reason in &refusal.reasons {
        page.say("why not", &reason.why);
        page.list("better", reason.instead.iter().map(String::as_str));
        page.say("costs", &costs(reason));
        page.say("come back", &reason.come_back);
    }
}

/// `$12.00 a month instead of $328.50`
fn costs(reason: &Reason) -> String {
    let asked = reason.workflow_costs.map(pricing::Usd::rounded);
    match (reason.costs.map(pricing::Usd::rounded), asked) {
        (Some(better), Some(asked)) => format!("{better} a month instead of {asked}"),
        (Some(better), None) => format!("{better} a month"),
        (None, Some(asked)) => format!("{asked} a month as asked; {}", reason.costs_how),
        (None, None) => reason.costs_how.clone(),
    }
}

fn designed(page: &mut Page, summary: &Summary) {
    let list = summary.decisions.iter();
    let main = list.clone().find(|it| it.id == "workflow-type");
    if let Some(decision) = main {
        page.list("because", decision.because.iter().map(String::as_str));
    }
    let flips: Vec<String> = list.clone().filter_map(flip).collect();
    page.list("flips", flips.iter().map(String::as_str));
    let others = list.filter(|it| it.id != "workflow-type" && it.id != "integration");
    let others: Vec<String> = others.map(named).collect();
    if !others.is_empty() {
        page.say("also", &others.join("; "));
    }
    let wanted = summary.to_fill_in.iter();
    let wanted: Vec<String> = wanted
        .map(|(name, what)| format!("{name}: {what}"))
        .collect();
    page.list("fill in", wanted.iter().map(String::as_str));
    page.list("assumed", summary.assumptions.iter().map(String::as_str));
    page.list("trade-offs", summary.trade_offs.iter().map(String::as_str));
    let review = summary.review.iter();
    let review: Vec<String> = review
        .map(|it| format!("`{}`: {}: {}", it.state, it.what, it.why))
        .collect();
    page.list("review", review.iter().map(String::as_str));
}

/// What would make a decision another one. That a field of the file decides it is no news to whoever wrote it.
fn flip(decision: &Decision) -> Option<String> {
    let flips: Vec<&str> = decision
        .flips
        .iter()
        .map(String::as_str)
        .filter(|it| !it.ends_with("decides it") && !it.ends_with("decide it"))
        .collect();
    (!flips.is_empty()).then(|| format!("{}: {}", chosen(decision), flips.join("; ")))
}

/// `query language: JSONata`
fn named(decision: &Decision) -> String {
    format!("{}: {}", decision.id.replace('-', " "), chosen(decision))
}

/// `level ERROR`, or with the step that it is about.
fn chosen(decision: &Decision) -> String {
    if decision.about == "workflow" {
        return decision.chosen.clone();
    }
    format!("{} ({})", decision.chosen, decision.about)
}

fn next(page: &mut Page, delivery: &Delivery, place: &str) {
    let has = |name: &str| delivery.files.iter().any(|file| file.file_name == name);
    let within = |name: &str| shell(&format!("{}/{name}", place.trim_end_matches('/')));
    page.lines.push(String::new());
    let mut key = "next";
    let pages = ["REFUSAL.md", "README.md", "COST.md"];
    let pages: Vec<String> = pages
        .into_iter()
        .filter(|name| has(name))
        .map(within)
        .collect();
    if !pages.is_empty() {
        page.command(key, &format!("read {}", pages.join(", ")));
        key = "";
    }
    if has("tests/MockConfigFile.json") {
        let command = format!(
            "sfn-advisor simulate {} --test {}",
            within("workflow.asl.json"),
            within("tests")
        );
        page.command(key, &command);
    }
    if has("terraform/main.tf") {
        let folder = within("terraform");
        let command = format!("terraform -chdir={folder} init && terraform -chdir={folder} plan");
        page.command(key, &command);
    } else if has("sam/template.yaml") {
        let template = within("sam/template.yaml");
        page.command(
            key,
            &format!("sam deploy --guided --template-file {template}"),
        );
    } else if has("cdk/cdk.json") {
        let command = format!("cd {} && npm install && npx cdk diff", within("cdk"));
        page.command(key, &command);
    }
}

/// As a shell takes it for one word.
fn shell(text: &str) -> String {
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c));
    if is_plain {
        text.to_owned()
    } else {
        visible(&format!("'{}'", text.replace('\'', "'\\''"))).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        assert_eq!(shell("out/sam"), "out/sam");
        assert_eq!(shell("my out"), "'my out'");
        assert_eq!(shell("$(id)'s"), "'$(id)'\\''s'");
    }
}
