//! A plain-text email that is read in ten seconds, at six in the morning.

use findings::{MachineRef, NoteKind, Report};
use rust_decimal::Decimal;

use crate::digest::{Digest, Item, TOLD, each, findings};
use crate::words::{
    clip, count, day, ends, moment, number, per_month, sentence, severities, stop, subject_of,
    to_save, wrap,
};
use crate::{Links, escape};

/// Columns of a line. Addresses may be longer.
const WIDTH: usize = 72;
/// Findings that are told with why, what to mind and all of what to do; the others with what to do in a line or two.
const TOLD_FULLY: usize = 3;
/// Characters of a subject: Amazon SNS takes fewer than 100.
const SUBJECT: usize = 99;
/// Characters of a machine's name in a subject, so that the number has room.
const SUBJECT_NAME: usize = 26;
/// Lines of each list below the findings.
const LISTED: usize = 5;

/// A plain-text email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// One line of printable ASCII, below 100 characters.
    pub subject: String,
    /// Lines of at most 72 columns, words and addresses that are longer apart.
    pub body: String,
}

/// What an audit found: the news first, with the money.
pub fn email(report: &Report, links: &Links) -> Email {
    let digest = Digest::new(report);
    let mut opening = format!(
        "Audit of {}: {}.",
        moment(report.at),
        line(&digest.coverage())
    );
    if report.findings().next().is_none() && !report.machines.is_empty() {
        opening.push_str(" Nothing to change: no rule found anything to repair or to save.");
    }
    let mut body = wrap(&opening, WIDTH, "", "");
    let title = if digest.compared { "NEW" } else { "FINDINGS" };
    tell_news(&mut body, &digest, title);
    tell_fixed(&mut body, &digest);
    tell_open(&mut body, &digest);
    tell_gaps(&mut body, &digest);
    tell_source(&mut body, &digest, links);
    Email {
        subject: subject(&digest.headline(), &report.account),
        body: finish(&body),
    }
}

/// What one deploy brought and fixed; what was there before is only counted.
pub fn deploy_email(report: &Report, links: &Links, machine: &MachineRef) -> Email {
    let digest = Digest::new(report);
    let headline = |name: usize| digest.deploy_headline(machine, name);
    let mut body = wrap(&format!("{}.", line(&headline(80))), WIDTH, "", "");
    let title = if digest.compared { "NEW" } else { "FINDINGS" };
    tell_news(&mut body, &digest, title);
    tell_fixed(&mut body, &digest);
    if !digest.open.is_empty() {
        body.push(String::new());
        let open = count(findings(&digest.open), "finding", "findings");
        body.push(format!(
            "{open} from before{}.",
            to_save(", ", digest.open_usd)
        ));
    }
    tell_gaps(&mut body, &digest);
    tell_source(&mut body, &digest, links);
    Email {
        subject: subject(&headline(SUBJECT_NAME), &report.account),
        body: finish(&body),
    }
}

fn subject(headline: &str, account: &str) -> String {
    let account = match escape::subject(&clip(account, 20)) {
        account if account.is_empty() => account,
        account => format!(" - {account}"),
    };
    let account = clip(&account, 30);
    let start = "[sfn-advisor] ";
    let room = SUBJECT - start.len() - account.len();
    format!("{start}{}{account}", clip(&escape::subject(headline), room))
}

fn line(text: &str) -> String {
    escape::email(text)
}

fn finish(body: &[String]) -> String {
    let mut lines = body.to_vec();
    lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
    format!("{}\n", lines.join("\n").trim())
}

fn heading(body: &mut Vec<String>, title: &str, what: &str) {
    body.push(String::new());
    body.extend(wrap(&format!("{title}: {what}"), WIDTH, "", "  "));
}

/// `13 (1 high, 4 medium, 8 low)`, or `4 low` where all are alike.
fn rated(items: &[Item<'_>]) -> String {
    match severities(each(items)) {
        one if !one.contains(',') => one,
        several => format!("{} ({several})", number(findings(items))),
    }
}

fn tell_news(body: &mut Vec<String>, digest: &Digest<'_>, title: &str) {
    if digest.news.is_empty() {
        return;
    }
    heading(
        body,
        title,
        &format!("{}{}", rated(&digest.news), to_save(", ", digest.news_usd)),
    );
    body.push(String::new());
    for (at, item) in digest.news.iter().take(TOLD).enumerate() {
        tell(body, at, item);
    }
    let rest = digest.news.get(TOLD..).unwrap_or_default();
    if !rest.is_empty() {
        let usd = rest
            .iter()
            .fold(Decimal::ZERO, |sum, item| sum.saturating_add(item.usd));
        body.push(format!(
            "and {} more ({}){}",
            number(findings(rest)),
            severities(each(rest)),
            to_save(", ", usd)
        ));
    }
}

fn tell(body: &mut Vec<String>, at: usize, item: &Item<'_>) {
    let finding = item.finding;
    let region = match finding.machine.region.as_str() {
        "" => String::new(),
        region => format!(" ({})", clip(region, 20)),
    };
    let worth = item.worth();
    let what = clip(
        &line(&format!("{}{region}", subject_of(finding))),
        WIDTH.saturating_sub(6 + worth.len()),
    );
    body.push(ends(&format!("{:>2}. {what}", at + 1), &worth, WIDTH));
    let mut part = |text: &str, most: usize| {
        body.extend(wrap(&line(&clip(text, most)), WIDTH, "    ", "    "));
    };
    part(&item.message(200), 240);
    if at >= TOLD_FULLY {
        if !finding.action.is_empty() {
            part(&format!("Do: {}", stop(&clip(&finding.action, 128))), 136);
        }
        return;
    }
    if finding.saving.is_none() && !finding.why.is_empty() {
        part(&sentence(&clip(&finding.why, 130)), 136);
    }
    if let Some(note) = finding
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::Mind)
    {
        part(&format!("Mind: {}", stop(&clip(&note.text, 190))), 200);
    }
    if !finding.action.is_empty() {
        part(&format!("Do: {}", stop(&clip(&finding.action, 190))), 200);
    }
    body.push(String::new());
}

fn tell_fixed(body: &mut Vec<String>, digest: &Digest<'_>) {
    if digest.fixed.is_empty() {
        return;
    }
    let saved = match digest.fixed_usd {
        usd if usd.is_zero() => String::new(),
        usd => format!(", {} saved", per_month(usd)),
    };
    heading(
        body,
        "FIXED SINCE LAST TIME",
        &format!("{}{saved}", number(digest.fixed.len())),
    );
    for fixed in digest.fixed.iter().take(LISTED) {
        let known = fixed.known;
        let gone = if fixed.deleted {
            "; state machine deleted"
        } else {
            ""
        };
        let text = format!(
            "{}: {}, since {}{gone}",
            clip(&known.name, 80),
            clip(&known.rule, 80),
            day(known.since, digest.report.at)
        );
        let worth = match known.saving {
            usd if usd.is_zero() || fixed.deleted => String::new(),
            usd => per_month(usd),
        };
        entry(body, &text, &worth);
    }
    and_more(body, digest.fixed.len().saturating_sub(LISTED));
}

fn tell_open(body: &mut Vec<String>, digest: &Digest<'_>) {
    if digest.open.is_empty() {
        return;
    }
    heading(
        body,
        "STILL OPEN",
        &format!("{}{}", rated(&digest.open), to_save(", ", digest.open_usd)),
    );
    for item in digest.open.iter().take(LISTED) {
        let finding = item.finding;
        let times = if item.all.len() > 1 {
            format!(" x {}", number(item.all.len()))
        } else {
            String::new()
        };
        entry(
            body,
            &format!("{}: {}{times}", subject_of(finding), finding.rule),
            &item.worth(),
        );
    }
    and_more(
        body,
        findings(digest.open.get(LISTED..).unwrap_or_default()),
    );
}

fn tell_gaps(body: &mut Vec<String>, digest: &Digest<'_>) {
    for (title, lines) in [
        ("NOT READ", digest.not_read(3)),
        ("NOT ASSESSED", digest.not_assessed()),
    ] {
        if lines.is_empty() {
            continue;
        }
        body.push(String::new());
        body.push(title.to_owned());
        for text in lines.iter().take(LISTED) {
            entry(body, text, "");
        }
        and_more(body, lines.len().saturating_sub(LISTED));
    }
}

fn tell_source(body: &mut Vec<String>, digest: &Digest<'_>, links: &Links) {
    body.push(String::new());
    match links.place() {
        Some(place) => {
            body.push("The report, with evidence and fixes:".to_owned());
            body.push(place.to_owned());
        }
        None if digest.report.findings().next().is_none() => {}
        None => body
            .push("Evidence: run `sfn-advisor audit`. Fixes: add `--write-fixes DIR`.".to_owned()),
    }
    if digest.overlaps() {
        body.push("Of savings that exclude each other, totals count the largest.".to_owned());
    }
    let has_money = digest
        .report
        .findings()
        .any(|finding| finding.saving.is_some());
    if has_money && !digest.report.prices_as_of.is_empty() {
        let date = line(&clip(&digest.report.prices_as_of, 20));
        let text = format!("Amounts are US dollars at list prices of {date}.");
        body.extend(wrap(&text, WIDTH, "", ""));
    }
}

/// A line of a list, with an amount at its end where there is room for both.
fn entry(body: &mut Vec<String>, text: &str, worth: &str) {
    let mut lines = wrap(
        &line(text),
        WIDTH.saturating_sub(worth.len() + 2),
        "    ",
        "      ",
    );
    if let Some(last) = lines.last_mut() {
        *last = ends(last, worth, WIDTH);
    }
    body.append(&mut lines);
}

fn and_more(body: &mut Vec<String>, rest: usize) {
    if rest > 0 {
        body.push(format!("    and {} more", number(rest)));
    }
}
