//! `sfn-advisor fix`: the changes that findings on definition files propose.

use std::collections::BTreeMap;
use std::path::Path;

use asl::Edit;
use findings::{Finding, FixKind, Level};
use similar::TextDiff;

use crate::Outcome;
use crate::args::Fix;
use crate::check::count;
use crate::files::{self, File, Found};
use crate::output::{complain, write};
use crate::together::{self, together};

/// Rounds of judging and changing: a change may show what it hid, and of very many problems only some are told at a time.
const ROUNDS: usize = 40;

/// Changes the files, or prints what would change.
pub(crate) fn fix(args: &Fix) -> anyhow::Result<Outcome> {
    for rule in &args.rule {
        if !crate::is_known(rule) {
            return Ok(crate::unknown(rule));
        }
    }
    let found = files::read(&args.files)?;
    let fixed: Vec<Fixed> = found.files.iter().map(|file| fixed(file, args)).collect();
    let (mut changed, mut taken, mut shown) = (0, 0, String::new());
    for (file, fixed) in found.files.iter().zip(&fixed) {
        if fixed.taken > 0 {
            changed += 1;
            taken += fixed.taken;
            shown.push_str(&diff(file, &fixed.text));
            if !args.diff && !args.files.stdin {
                crate::account::write(Path::new(&file.name), &fixed.text)?;
            }
        }
    }
    // What comes from standard input goes to standard output.
    match fixed.first() {
        Some(only) if args.files.stdin && !args.diff => write(&only.text)?,
        _ => write(&shown)?,
    }
    tell(&found, &fixed, args);
    let verb = if args.diff { "would change" } else { "changed" };
    let word = if taken == 1 { "fix" } else { "fixes" };
    complain(&format!(
        "{taken} {word} {verb} {} of {}",
        count(changed, "file"),
        found.files.len()
    ));
    if !found.unread.is_empty() {
        anyhow::bail!("{} could not be read", count(found.unread.len(), "file"));
    }
    Ok(if args.diff && changed > 0 {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

fn diff(file: &File, text: &str) -> String {
    let name = render::escape::visible(&file.name).into_owned();
    TextDiff::from_lines(file.text.as_str(), text)
        .unified_diff()
        .header(&name, &name)
        .to_string()
}

/// Says what was not changed, and why.
fn tell(found: &Found, fixed: &[Fixed], args: &Fix) {
    for missing in &found.unread {
        complain(&format!(
            "not read: {}: {}",
            render::escape::visible(&missing.arn),
            render::escape::visible(&missing.why)
        ));
    }
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, fixed) in found.files.iter().zip(fixed) {
        let left = |what: &Left| fixed.left.iter().filter(|(_, left)| left == what).count();
        let name = render::escape::visible(&file.name);
        match left(&Left::Unwritten) {
            0 => {}
            n => complain(&format!(
                "{name}: {n} {} a fix that cannot be written into this kind of file: change it by hand",
                if n == 1 {
                    "finding has"
                } else {
                    "findings have"
                }
            )),
        }
        match left(&Left::Refused) {
            0 => {}
            n => complain(&format!(
                "{name}: {n} {} left out, because with {} something else would be wrong",
                if n == 1 { "fix was" } else { "fixes were" },
                if n == 1 { "it" } else { "them" }
            )),
        }
        for (rule, left) in &fixed.left {
            if *left == Left::Asked {
                *asked.entry(rule).or_default() += 1;
            }
        }
    }
    if args.rule.is_empty() {
        for (rule, n) in asked {
            let (what, change, them) = match n {
                1 => ("fix", "changes", "it"),
                _ => ("fixes", "change", "them"),
            };
            complain(&format!(
                "{n} {what} of {rule} {change} what the workflow does: `--rule {rule}` applies {them}"
            ));
        }
    }
}

/// A text after all rounds.
struct Fixed {
    text: String,
    /// Findings that it mends.
    taken: usize,
    /// Findings that are still there, and have a fix: their rules, and why it was not applied.
    left: Vec<(String, Left)>,
}

/// Why a fix was not applied.
#[derive(PartialEq)]
enum Left {
    /// Nobody asked for it.
    Asked,
    /// It cannot be written into this kind of file.
    Unwritten,
    /// It would bring something else.
    Refused,
}

/// The text with every fix that goes together with the others and brings nothing new. What a fix shows may have one as well: that
/// is tried first, and kept where at the end nothing is new.
fn fixed(file: &File, args: &Fix) -> Fixed {
    let first = judge(file, args);
    let (fixed, last) = rounds(file, args, first.clone(), true);
    let errors = first.iter().any(|it| it.level() == Level::Error);
    let hint = |it: &Finding| errors && it.level() == Level::Info;
    if brings_nothing(&first, &last, std::iter::empty(), hint) {
        return fixed;
    }
    rounds(file, args, first, false).0
}

/// With `hopeful`, a fix may bring what has a fix itself. Answers what is told at the end, too.
fn rounds(
    file: &File,
    args: &Fix,
    mut findings: Vec<Finding>,
    hopeful: bool,
) -> (Fixed, Vec<Finding>) {
    let mut now = file.with(file.text.clone());
    let mut taken = 0;
    for _ in 0..ROUNDS {
        let wanted: Vec<(&Finding, Vec<Edit>)> = findings
            .iter()
            .filter(|finding| is_wanted(finding, args))
            .filter_map(|finding| Some((finding, together::edits(finding.fix.as_ref()?)?)))
            .collect();
        if wanted.is_empty() {
            break;
        }
        let proposals: Vec<Vec<Edit>> = wanted.iter().map(|(_, edits)| edits.clone()).collect();
        let mut judged = None;
        let (text, mended) = together(&now.text, &proposals, |text, taken| {
            let mended = taken.iter().filter_map(|index| Some(wanted.get(*index)?.0));
            let after = judge(&file.with(text.to_owned()), args);
            let good = brings_nothing(&findings, &after, mended, |it| {
                hopeful && is_wanted(it, args) && it.is_fixable()
            });
            if good {
                judged = Some(after);
            }
            good
        });
        let Some(after) = judged.filter(|_| !mended.is_empty()) else {
            break;
        };
        taken += mended.len();
        now.text = text;
        findings = after;
    }
    let left = findings.iter().filter_map(|finding| {
        let why = why_left(finding, args)?;
        Some((finding.rule.clone(), why))
    });
    let fixed = Fixed {
        left: left.collect(),
        text: now.text,
        taken,
    };
    (fixed, findings)
}

/// Everything that is said of a file: a template holds several definitions.
fn judge(file: &File, args: &Fix) -> Vec<Finding> {
    // No price is in a file: what it is changed to is the same with any.
    let prices = pricing::Prices::embedded();
    files::judge(std::slice::from_ref(file), &args.files, prices)
        .into_iter()
        .flat_map(|report| report.findings)
        .collect()
}

/// What changes the behaviour of a workflow is done for those who ask for it.
fn is_wanted(finding: &Finding, args: &Fix) -> bool {
    if args.rule.is_empty() {
        finding.is_fixable()
    } else {
        args.rule.contains(&finding.rule)
    }
}

/// Why the fix of a finding that is still there was not applied; none where it has none.
fn why_left(finding: &Finding, args: &Fix) -> Option<Left> {
    let fix = finding.fix.as_ref()?;
    let asked = args.rule.is_empty() || args.rule.contains(&finding.rule);
    match &fix.kind {
        FixKind::Edits(_) if is_wanted(finding, args) => Some(Left::Refused),
        FixKind::Edits(_) => Some(Left::Asked),
        FixKind::Steps(_) if fix.mechanical && asked => Some(Left::Unwritten),
        _ => None,
    }
}

/// True where the mended findings are gone, and nothing has come but hints that an error hid, and what else is allowed.
fn brings_nothing<'a>(
    before: &[Finding],
    after: &[Finding],
    mended: impl Iterator<Item = &'a Finding>,
    allowed: impl Fn(&Finding) -> bool,
) -> bool {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in before {
        *known.entry(&finding.fingerprint).or_default() += 1;
    }
    // Where not all is told, what was left out comes into view.
    let more = before.iter().any(|it| it.rule == "more-problems");
    let mut errors = false;
    for finding in mended {
        errors |= finding.level() == Level::Error;
        if let Some(n) = known.get_mut(finding.fingerprint.as_str()) {
            *n -= 1;
        }
    }
    after.iter().all(|finding| {
        let left = known.get_mut(finding.fingerprint.as_str());
        if let Some(n) = left.filter(|n| **n > 0) {
            *n -= 1;
            return true;
        }
        let hint = errors && finding.level() == Level::Info;
        let same = || before.iter().any(|it| it.rule == finding.rule);
        hint || allowed(finding) || (more && same())
    })
}
