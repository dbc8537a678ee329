//! `sfn-advisor audit` and `demo`.

use std::collections::BTreeMap;

use facts::AccountFacts;
use findings::{MachineRef, Report};
use pricing::Prices;
use render::{By, Links, TerminalOptions};
use rules::Config;

use crate::args::{Audit, Demo, Format};
use crate::estimate::estimate;
use crate::output::{print, use_color, width};
use crate::resume::Place;
use crate::{Outcome, account, fixes};

/// `sfn-advisor audit`
pub(crate) fn audit(args: &Audit) -> anyhow::Result<Outcome> {
    if args.account.estimate {
        let is_json = args.format == Format::Json;
        return estimate(&args.account, account::Purpose::Findings, is_json);
    }
    let prices = args.account.prices.read()?;
    let (facts, journal) = if let Some(path) = &args.facts {
        (account::from_file(path)?, None)
    } else {
        let place = Place::of(args.account.resume.as_deref(), None);
        account::read(
            &args.account,
            &prices,
            account::Purpose::Findings,
            place.as_ref(),
        )?
    };
    let config = Config {
        free_tier: args.free_tier,
        ..Config::default()
    };
    let report = judge(&facts, &prices, &config);
    let full = if args.all { usize::MAX } else { 10 };
    print(&show(
        &report,
        &facts,
        args.format,
        full,
        use_color(args.color),
    ))?;
    if let Some(folder) = &args.write_fixes {
        fixes::write(folder, &report, &facts)?;
    }
    account::finish(journal);
    match (args.fail_on, report.worst()) {
        (Some(limit), Some(worst)) if worst >= limit => Ok(Outcome::Findings),
        _ => Ok(Outcome::Clean),
    }
}

/// An account that was recorded with `collect` from a local AWS server, after executions had run there.
pub(crate) const DEMO: &str = include_str!("../demo/account.json");

/// `sfn-advisor demo`
pub(crate) fn demo(args: &Demo) -> anyhow::Result<Outcome> {
    let facts = AccountFacts::from_json(DEMO)?;
    let prices = args.prices.read()?;
    let report = judge(&facts, &prices, &Config::default());
    let color = use_color(args.color);
    if let Some(format) = args.format {
        print(&show(&report, &facts, format, usize::MAX, color))?;
        return Ok(Outcome::Clean);
    }
    let bill = cost::account(&facts, &prices);
    for (title, by) in [
        ("What it costs", By::Machine),
        ("What it costs, by state", By::State),
    ] {
        print(&format!("──── {title} ────\n"))?;
        print(&render::cost(&bill, &by, false))?;
        print("")?;
    }
    for (title, format) in [
        ("The audit, on a terminal", Format::Text),
        ("The e-mail", Format::Email),
        ("The Slack message", Format::Slack),
    ] {
        print(&format!("──── {title} ────\n"))?;
        print(&show(&report, &facts, format, 4, color))?;
        print("")?;
    }
    Ok(Outcome::Clean)
}

fn judge(facts: &AccountFacts, prices: &Prices, config: &Config) -> Report {
    rules::audit(facts, prices, config).arrange()
}

fn show(report: &Report, facts: &AccountFacts, format: Format, full: usize, color: bool) -> String {
    let links = Links::default();
    match format {
        Format::Json => render::json(report),
        Format::Email => {
            let mail = render::email(report, &links);
            format!("Subject: {}\n\n{}", mail.subject, mail.body)
        }
        Format::Slack => render::slack_text(&render::slack(report, &links)),
        Format::Text => {
            let definitions: BTreeMap<&str, &String> = facts
                .machines
                .iter()
                .filter_map(|machine| Some((machine.arn.as_str(), machine.definition.known()?)))
                .collect();
            let source = |machine: &MachineRef| {
                definitions
                    .get(machine.arn.as_str())
                    .map(|text| (*text).clone())
            };
            render::terminal(
                report,
                &source,
                &TerminalOptions {
                    color,
                    full,
                    width: width(),
                },
            )
        }
    }
}
