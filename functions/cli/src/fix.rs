//! `sfn-advisor fix`: the changes that findings on definition files propose.

use std::collections::BTreeSet;
use std::path::Path;

use asl::{Edit, Span, apply};
use findings::{Finding, FixKind, Level};
use similar::TextDiff;

use crate::Outcome;
use crate::args::Fix;
use crate::check::count;
use crate::files::{self, File};
use crate::output::{complain, write};

/// Rounds of judging and changing: a change may show what it hid.
const ROUNDS: usize = 8;

/// Changes the files, or prints what would change.
pub(crate) fn fix(args: &Fix) -> anyhow::Result<Outcome> {
    for rule in &args.rule {
        if !crate::is_known(rule) {
            return Ok(crate::unknown(rule));
        }
    }
    let found = files::read(&args.files)?;
    let (mut changed, mut taken, mut diffs) = (0, 0, String::new());
    for file in &found.files {
        let (text, fixes) = fixed(file, args);
        if fixes == 0 {
            continue;
        }
        changed += 1;
        taken += fixes;
        let diff = TextDiff::from_lines(&file.text, &text);
        let name = render::escape::visible(&file.name).into_owned();
        let diff = diff.unified_diff().header(&name, &name).to_string();
        diffs.push_str(&diff);
        // What comes from standard input goes to standard output.
        if args.files.stdin && !args.diff {
            diffs = text;
        } else if !args.diff {
            crate::account::write(Path::new(&file.name), &text)?;
        }
    }
    if args.files.stdin && !args.diff && changed == 0 {
        diffs = found
            .files
            .first()
            .map(|file| file.text.clone())
            .unwrap_or_default();
    }
    write(&diffs)?;
    for missing in &found.unread {
        complain(&format!(
            "not read: {}: {}",
            render::escape::visible(&missing.arn),
            render::escape::visible(&missing.why)
        ));
    }
    let verb = if args.diff { "would change" } else { "changed" };
    complain(&format!(
        "{} {verb} {} of {}",
        count(taken, "fix").replace("fixs", "fixes"),
        count(changed, "file"),
        found.files.len()
    ));
    if found.unread.is_empty() {
        Ok(Outcome::Clean)
    } else {
        anyhow::bail!("{} could not be read", count(found.unread.len(), "file"))
    }
}

/// The text with every fix that goes together with the others and brings nothing new, and how many these are.
fn fixed(file: &File, args: &Fix) -> (String, usize) {
    let mut now = file.with(file.text.clone());
    let mut total = 0;
    for _ in 0..ROUNDS {
        let before = judge(&now, args);
        let (text, taken) = round(&now, &before, args);
        if taken == 0 {
            break;
        }
        total += taken;
        now.text = text;
    }
    (now.text, total)
}

/// Everything that is said of a file: a template holds several definitions.
fn judge(file: &File, args: &Fix) -> Vec<Finding> {
    files::judge(std::slice::from_ref(file), &args.files)
        .into_iter()
        .flat_map(|report| report.findings)
        .collect()
}

fn round(file: &File, before: &[Finding], args: &Fix) -> (String, usize) {
    let (mut text, mut edits, mut taken) = (file.text.clone(), Vec::new(), 0);
    let wanted = before.iter().filter(|it| is_wanted(it, args));
    for finding in wanted {
        let Some(own) = proposed(finding) else {
            continue;
        };
        let mut tried: Vec<Edit> = edits.clone();
        tried.extend(own);
        let Some(changed) = apply(&file.text, &tried) else {
            continue;
        };
        let after = judge(&file.with(changed.clone()), args);
        if brings_nothing(before, &after, finding) {
            (text, edits, taken) = (changed, tried, taken + 1);
        }
    }
    (text, taken)
}

fn is_wanted(finding: &Finding, args: &Fix) -> bool {
    if args.rule.is_empty() {
        finding.level() > Level::Info
    } else {
        args.rule.contains(&finding.rule)
    }
}

fn proposed(finding: &Finding) -> Option<Vec<Edit>> {
    match &finding.fix.as_ref()?.kind {
        FixKind::Edits(edits) if !edits.is_empty() => Some(
            edits
                .iter()
                .map(|edit| Edit {
                    span: Span::new(edit.start, edit.end),
                    text: edit.text.clone(),
                })
                .collect(),
        ),
        _ => None,
    }
}

/// True where the finding is gone, and no other has come that is a warning at least.
fn brings_nothing(before: &[Finding], after: &[Finding], finding: &Finding) -> bool {
    let known: BTreeSet<&str> = before.iter().map(|it| it.fingerprint.as_str()).collect();
    let gone = !after.iter().any(|it| it.fingerprint == finding.fingerprint);
    let news = |it: &Finding| it.level() > Level::Info && !known.contains(it.fingerprint.as_str());
    gone && !after.iter().any(news)
}
