//! What is said about rules: the page of the documentation, the list and the explanation on a terminal.

use findings::RuleMeta;
use std::fmt::Write as _;

use crate::table::{Column, table};
use crate::words::wrap;

/// Columns of an explanation.
const WIDTH: usize = 88;

/// The page of all rules, as Markdown.
pub fn rules_markdown(metas: &[&RuleMeta]) -> String {
    let mut out = String::from(
        "# Rules\n\n<!-- Generated from the rules' own declarations; do not edit. -->\n\n\
         | Rule | Finds | Category | Severity | Strictness | Fix | Needs |\n|---|---|---|---|---|---|---|\n",
    );
    for meta in metas {
        _ = writeln!(
            out,
            "| [{id}](#{id}) | {} | {} | {} | {} | {} | {} |",
            meta.summary.replace('|', "\\|"),
            meta.category,
            meta.severity,
            meta.strictness,
            meta.fix,
            needs(meta, ", "),
            id = meta.id,
        );
    }
    for meta in metas {
        _ = write!(
            out,
            "\n## {}\n\n{}\n\n",
            meta.id,
            crate::words::sentence(meta.summary)
        );
        _ = write!(
            out,
            "{} · {} severity · {} confidence · {} strictness · fix: {} · since {}\n\n",
            meta.category, meta.severity, meta.confidence, meta.strictness, meta.fix, meta.since
        );
        let mut code = false;
        for line in lines(meta.docs) {
            code ^= line.trim_start().starts_with("```");
            let deeper = if !code && line.starts_with('#') {
                "#"
            } else {
                ""
            };
            _ = writeln!(out, "{deeper}{line}");
        }
    }
    out
}

/// The list of all rules, in columns.
pub fn rules_table(metas: &[&RuleMeta]) -> String {
    let head = [
        "RULE",
        "SEVERITY",
        "CATEGORY",
        "STRICTNESS",
        "FIX",
        "NEEDS",
        "FINDS",
    ];
    let rows = metas.iter().map(|meta| {
        [
            meta.id.to_owned(),
            meta.severity.to_string(),
            meta.category.to_string(),
            meta.strictness.to_string(),
            meta.fix.to_string(),
            needs(meta, ", "),
            meta.summary.to_owned(),
        ]
    });
    table(head.map(Column::Left), rows)
}

/// The documentation of one rule, for reading on a terminal.
pub fn explain(meta: &RuleMeta) -> String {
    let mut out: Vec<String> = vec![format!("{}: {}", meta.id, meta.summary)];
    out.push(format!(
        "{}, {} severity, {} confidence; fix: {}; needs: {}; since {}",
        meta.category,
        meta.severity,
        meta.confidence,
        meta.fix,
        needs(meta, ", "),
        meta.since
    ));
    out.push(String::new());
    let mut paragraph = Paragraph::default();
    let mut code = false;
    for line in lines(meta.docs) {
        if line.trim_start().starts_with("```") {
            paragraph.end(&mut out);
            code = !code;
        } else if code {
            out.push(format!("    {line}").trim_end().to_owned());
        } else if let Some(title) = line.strip_prefix('#') {
            paragraph.end(&mut out);
            out.push(title.trim_start_matches('#').trim().to_uppercase());
        } else {
            paragraph.take(line, &mut out);
        }
    }
    paragraph.end(&mut out);
    out.dedup_by(|a, b| a.is_empty() && b.is_empty());
    format!("{}\n", out.join("\n").trim_end())
}

fn needs(meta: &RuleMeta, between: &str) -> String {
    match meta.needs {
        [] => "definition".to_owned(),
        needs => needs.join(between),
    }
}

/// The lines of a doc comment, without the blank that stands behind `///`.
fn lines(docs: &str) -> impl Iterator<Item = &str> {
    docs.trim_end()
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
}

/// Lines of Markdown that belong together.
#[derive(Default)]
struct Paragraph {
    text: String,
    indent: &'static str,
}

impl Paragraph {
    fn take(&mut self, line: &str, out: &mut Vec<String>) {
        let text = line.trim();
        let item = text.strip_prefix("- ").or_else(|| text.strip_prefix("* "));
        // Rows of tables stay as they are.
        if text.is_empty() || text.starts_with('|') {
            self.end(out);
            out.push(text.to_owned());
            return;
        }
        if item.is_some() {
            self.end(out);
            self.indent = "  ";
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&links(text));
    }

    fn end(&mut self, out: &mut Vec<String>) {
        let text = std::mem::take(&mut self.text);
        let indent = std::mem::take(&mut self.indent);
        if !text.is_empty() {
            out.extend(wrap(&text, WIDTH, "", indent));
        }
    }
}

/// `[text](address)` becomes `text (address)`.
fn links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(label, tail)| {
            let (address, tail) = tail.split_once(')')?;
            (!label.contains('[')).then_some((label, address, tail))
        });
        out.push_str(before);
        match link {
            Some((label, address, tail)) if label == address => {
                out.push_str(label);
                rest = tail;
            }
            Some((label, address, tail)) => {
                _ = write!(out, "{label} ({address})");
                rest = tail;
            }
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
