//! `sfn-advisor check`: definition files.

use std::collections::BTreeMap;

use findings::{MachineReport, NotRead, Report};
use jiff::Timestamp;
use pricing::Prices;

use crate::Outcome;
use crate::args::{Check, CheckFormat};
use crate::files;
use crate::output::{complain, print, use_color, width};

/// Judges every definition under the given paths.
pub(crate) fn check(args: &Check) -> anyhow::Result<Outcome> {
    let prices = args.prices.read()?;
    let found = files::read(&args.files)?;
    let machines = files::judge(&found.files, &args.files, &prices);
    let mut report = report(machines, found.unread, &prices);
    let unread = report.not_read.len();
    if args.format == CheckFormat::Json {
        let notes = found.notes.iter().map(|(file, why)| NotRead {
            region: String::new(),
            arn: file.clone(),
            why: why.clone(),
        });
        report.not_read.extend(notes);
    } else {
        for (file, why) in &found.notes {
            let (file, why) = (render::escape::visible(file), render::escape::visible(why));
            complain(&format!("not judged: {file}: {why}"));
        }
    }
    print(&match args.format {
        CheckFormat::Json => render::diagnostics_json(&report),
        CheckFormat::Github => render::github(&report),
        CheckFormat::Sarif => {
            let metas: Vec<_> = rules::RULES.iter().map(|rule| &rule.meta).collect();
            render::sarif(&report, &metas, asl::PROBLEMS, env!("CARGO_PKG_VERSION"))
        }
        CheckFormat::Text => text(args, &report, &found.files),
    })?;
    if report.worst().is_some_and(|worst| worst >= args.fail_on) {
        return Ok(Outcome::Findings);
    }
    if unread == 0 {
        return Ok(Outcome::Clean);
    }
    anyhow::bail!("{} could not be read", count(unread, "file"));
}

fn text(args: &Check, report: &Report, files: &[files::File]) -> String {
    let texts: BTreeMap<&str, &str> = files
        .iter()
        .map(|file| (file.name.as_str(), file.text.as_str()))
        .collect();
    // That a file has no metrics and no alarms is no news.
    let mut report = report.clone();
    report
        .machines
        .iter_mut()
        .for_each(|machine| machine.not_assessed.clear());
    let options = render::TerminalOptions {
        color: use_color(args.color),
        width: width(),
        full: if args.all { usize::MAX } else { 20 },
    };
    let source = |machine: &findings::MachineRef| {
        let text = texts.get(machine.file.as_deref()?)?;
        Some((*text).to_owned())
    };
    render::terminal(&report, &source, &options)
}

pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn report(machines: Vec<MachineReport>, not_read: Vec<NotRead>, prices: &Prices) -> Report {
    Report {
        at: Timestamp::UNIX_EPOCH,
        window_days: 0,
        account: String::new(),
        regions: Vec::new(),
        prices_as_of: prices.as_of().to_owned(),
        machines,
        account_findings: Vec::new(),
        not_read,
        lifecycle: None,
    }
    .arrange()
}
