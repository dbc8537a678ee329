//! Costs as a page to read: Markdown, and HTML that needs nothing else.

use std::fmt::Write as _;

use pricing::{Usd, num};

use super::{Benefit, picture, short};
use crate::escape::{html as escape, markdown as plain, markdown_with_code as with_code};
use crate::svg::PALETTE;

/// A part of the page, in both forms.
enum Block {
    Heading(u8, String),
    Text(String),
    List(Vec<String>),
    /// The first row is the head; columns from this one on are numbers.
    Table(usize, Vec<Vec<String>>),
    /// In HTML; Markdown names its file.
    Picture(String),
}

/// `COST.md`
pub fn markdown(benefit: &Benefit) -> String {
    let mut out = String::new();
    for block in blocks(benefit) {
        match block {
            Block::Heading(level, text) => {
                _ = writeln!(out, "{} {}\n", "#".repeat(level.into()), plain(&text));
            }
            Block::Text(text) => _ = writeln!(out, "{}\n", with_code(&text)),
            Block::List(items) => {
                for item in items {
                    _ = writeln!(out, "- {}", with_code(&item));
                }
                out.push('\n');
            }
            Block::Table(numbers, rows) => {
                for (at, row) in rows.iter().enumerate() {
                    let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                    _ = writeln!(out, "| {} |", cells.join(" | "));
                    if at == 0 {
                        let rules: Vec<&str> = (0..row.len())
                            .map(|at| if at < numbers { "---" } else { "---:" })
                            .collect();
                        _ = writeln!(out, "| {} |", rules.join(" | "));
                    }
                }
                out.push('\n');
            }
            Block::Picture(_) => {
                _ = writeln!(out, "![{}](cost.svg)\n", plain(&alternative(benefit)));
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th{color:var(--soft);font-weight:600}
tr.chosen{background:var(--mark)}
tr.sum td{font-weight:600}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
li{margin:.2rem 0}
";

/// `cost.html`
pub fn html(benefit: &Benefit) -> String {
    let title = escape(&format!("What {} costs", benefit.name));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{PALETTE}{STYLE}{}</style>\n",
        picture::STYLE
    );
    for block in blocks(benefit) {
        match block {
            Block::Heading(level, text) => {
                _ = writeln!(out, "<h{level}>{}</h{level}>", escape(&text));
            }
            Block::Text(text) => _ = writeln!(out, "<p>{}</p>", escape(&text)),
            Block::List(items) => {
                out.push_str("<ul>\n");
                for item in items {
                    _ = writeln!(out, "<li>{}</li>", escape(&item));
                }
                out.push_str("</ul>\n");
            }
            Block::Table(numbers, rows) => table(&mut out, numbers, &rows),
            Block::Picture(svg) => _ = writeln!(out, "<div class=\"wide\">{svg}</div>"),
        }
    }
    out.push_str("</html>\n");
    out
}

fn table(out: &mut String, numbers: usize, rows: &[Vec<String>]) {
    out.push_str("<div class=\"wide\"><table>\n");
    for (at, row) in rows.iter().enumerate() {
        out.push_str(match row.first().map(String::as_str) {
            Some(cell) if cell.ends_with(CHOSEN) => "<tr class=\"chosen\">",
            Some(TOGETHER) => "<tr class=\"sum\">",
            _ => "<tr>",
        });
        let tag = if at == 0 { "th" } else { "td" };
        for (column, cell) in row.iter().enumerate() {
            let class = if column >= numbers {
                " class=\"n\""
            } else {
                ""
            };
            _ = write!(out, "<{tag}{class}>{}</{tag}>", escape(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
}

const CHOSEN: &str = " (chosen)";
const TOGETHER: &str = "together";

fn blocks(benefit: &Benefit) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading(1, format!("What {} costs", benefit.name)),
        Block::Text(summary(benefit)),
        Block::Heading(2, "Standard or Express".to_owned()),
        Block::Table(1, types(benefit)),
    ];
    let not: Vec<String> = benefit
        .types
        .iter()
        .filter_map(|it| Some(format!("{}: {}", it.name, it.not_possible.as_ref()?)))
        .collect();
    if !not.is_empty() {
        blocks.push(Block::List(not));
    }
    if let Some(chosen) = benefit.chosen() {
        blocks.push(Block::Heading(2, format!("A month as {}", chosen.name)));
        blocks.push(Block::Table(2, month(benefit)));
    }
    blocks.push(Block::Heading(
        2,
        "Where another type would be cheaper".to_owned(),
    ));
    blocks.push(Block::List(benefit.break_even.clone()));
    blocks.push(Block::Picture(picture::curves(benefit)));
    blocks.push(Block::Heading(2, "What it depends on".to_owned()));
    blocks.push(Block::Table(1, sensitivity(benefit)));
    blocks.push(Block::Heading(
        2,
        "Free each month, for the account".to_owned(),
    ));
    blocks.push(Block::Text(
        "Not taken off above, since all workflows of the account share it:".to_owned(),
    ));
    blocks.push(Block::List(benefit.free.clone()));
    blocks.push(Block::Heading(2, "What was assumed".to_owned()));
    blocks.push(Block::List(benefit.assumptions.clone()));
    blocks.push(Block::Heading(2, "Where the prices come from".to_owned()));
    blocks.push(Block::List(benefit.sources.clone()));
    blocks
}

fn summary(benefit: &Benefit) -> String {
    let Some(chosen) = benefit.chosen() else {
        return String::new();
    };
    let mut text = format!(
        "As {} it costs {} a month in {}: {} for the workflow and {} for what it calls and what watches it, at {} executions.",
        chosen.name,
        benefit.month().cents(),
        benefit.region,
        chosen.month.cents(),
        (benefit.month() - chosen.month).cents(),
        num::count(benefit.executions)
    );
    let unknown: Vec<&str> = benefit
        .services
        .iter()
        .filter(|line| !line.known)
        .map(|line| line.action.as_str())
        .collect();
    if !unknown.is_empty() {
        let mut named = unknown;
        named.sort_unstable();
        named.dedup();
        _ = write!(
            text,
            " Without {}, whose price is not on record.",
            named.join(", ")
        );
    }
    if let Some(budget) = &benefit.budget {
        if budget.is_kept() {
            _ = write!(
                text,
                " The budget of {} is kept: {} are left.",
                budget.budget.cents(),
                (budget.budget - budget.month).cents()
            );
        } else {
            _ = write!(
                text,
                " That is {} more than the budget of {}.",
                (budget.month - budget.budget).cents(),
                budget.budget.cents()
            );
        }
    }
    text
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn types(benefit: &Benefit) -> Vec<Vec<String>> {
    let mut rows = vec![row([
        "",
        "an execution",
        "a month",
        "if the peak lasted",
        "the first year",
    ])];
    for it in &benefit.types {
        let name = if it.chosen {
            format!("{}{CHOSEN}", it.name)
        } else {
            it.name.to_owned()
        };
        if it.not_possible.is_some() {
            rows.push(vec![
                name,
                "no".to_owned(),
                String::new(),
                String::new(),
                String::new(),
            ]);
            continue;
        }
        rows.push(vec![
            name,
            it.per_execution.rounded(),
            it.month.cents(),
            it.peak_month.cents(),
            it.year.cents(),
        ]);
    }
    rows
}

fn month(benefit: &Benefit) -> Vec<Vec<String>> {
    let mut rows = vec![row(["", "how", "a month"])];
    if let Some(chosen) = benefit.chosen() {
        for line in &chosen.lines {
            rows.push(vec![
                line.what.clone(),
                line.how.clone(),
                line.month.cents(),
            ]);
        }
    }
    for line in &benefit.services {
        let amount = if line.known {
            line.month.cents()
        } else {
            "not known".to_owned()
        };
        rows.push(vec![
            format!("{}: {}", line.step, line.action),
            line.how.clone(),
            amount,
        ]);
    }
    for line in &benefit.around {
        rows.push(vec![
            line.what.clone(),
            line.how.clone(),
            line.month.cents(),
        ]);
    }
    rows.push(vec![
        TOGETHER.to_owned(),
        String::new(),
        benefit.month().cents(),
    ]);
    rows
}

fn sensitivity(benefit: &Benefit) -> Vec<Vec<String>> {
    let mut head = vec!["a month, with what is called, where".to_owned()];
    let names: Vec<&str> = benefit
        .types
        .iter()
        .filter(|it| it.not_possible.is_none())
        .map(|it| it.name)
        .collect();
    head.extend(names.iter().map(|name| (*name).to_owned()));
    let mut rows = vec![head];
    for line in &benefit.sensitivity {
        let mut cells = vec![line.what.clone()];
        cells.extend(line.months.iter().map(|(_, usd): &(_, Usd)| usd.cents()));
        rows.push(cells);
    }
    rows
}

/// What a picture says to whoever cannot see it.
pub(super) fn alternative(benefit: &Benefit) -> String {
    format!(
        "Cost of a million executions by their duration: Standard with {} transitions is level, Express rises with duration and memory",
        short(benefit.transitions)
    )
}
