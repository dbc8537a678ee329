//! Keeps credentials out of what is told.

use std::ops::Range;

use asl::Definition;
use findings::{Finding, Fix, FixKind, NotAssessed, Safety};

use super::{Secret, in_text};

/// What stands in the place of a credential.
const STARS: &str = "***";
/// Characters by which a credential is known in a text; a message may quote a part of it.
const KNOWN_BY: usize = 12;
/// Credentials that every text is searched for. A definition with more gets no edits, and each of its findings is searched
/// for those that it is about.
const MOST: usize = 100;

/// The bytes of the definition that no channel may show.
pub(crate) fn hidden(definition: &Definition, secrets: &[Secret]) -> Vec<Range<usize>> {
    let strings = secrets
        .iter()
        .map(|secret| secret.span.start..secret.span.end);
    let mut hidden: Vec<Range<usize>> = strings.chain(in_text(definition)).collect();
    hidden.sort_by_key(|range| (range.start, range.end));
    hidden.dedup();
    hidden
}

/// Takes credentials out of everything that the findings say and would change.
pub(crate) fn hide(findings: &mut [Finding], skipped: &mut [NotAssessed], secrets: &[Secret]) {
    if secrets.is_empty() {
        return;
    }
    let all: Vec<&Secret> = secrets.iter().take(MOST).collect();
    for finding in findings {
        let mut known = all.clone();
        if secrets.len() > MOST {
            let (start, end) = (finding.location.start, finding.location.end);
            let first = secrets.partition_point(|secret| secret.span.end <= start);
            let about = secrets.iter().skip(first);
            known.extend(
                about
                    .take_while(|secret| secret.span.start < end)
                    .take(MOST),
            );
        }
        texts(finding, &mut |text| clean(text, &known));
        if let Some(fix) = &mut finding.fix {
            no_edits(fix, &known, secrets.len() > MOST);
        }
    }
    for skipped in skipped {
        clean(&mut skipped.why, &all);
    }
}

/// Calls `each` with every text of a finding that a person may read.
fn texts(finding: &mut Finding, each: &mut impl FnMut(&mut String)) {
    for text in [
        &mut finding.message,
        &mut finding.why,
        &mut finding.action,
        &mut finding.location.label,
    ] {
        each(text);
    }
    finding
        .related
        .iter_mut()
        .for_each(|place| each(&mut place.label));
    finding
        .notes
        .iter_mut()
        .for_each(|note| each(&mut note.text));
    finding
        .ledger
        .iter_mut()
        .for_each(|line| each(&mut line.detail));
    finding
        .evidence
        .iter_mut()
        .for_each(|evidence| each(&mut evidence.value));
    if let Some(saving) = &mut finding.saving {
        saving.assumptions.iter_mut().for_each(&mut *each);
    }
    if let Some(grouping) = &mut finding.grouping {
        each(&mut grouping.message);
    }
    if let Some(fix) = &mut finding.fix {
        each(&mut fix.title);
        if let FixKind::Steps(steps) = &mut fix.kind {
            steps.iter_mut().for_each(each);
        }
    }
}

/// Puts stars in the place of a credential, up to the end of what is quoted: more than it may be lost, never less.
fn clean(text: &mut String, secrets: &[&Secret]) {
    for secret in secrets {
        let mark = mark(&secret.text);
        while let Some(at) = text.find(mark) {
            let rest = text.get(at..).unwrap_or_default();
            let end = rest.find('`').map_or(text.len(), |end| at + end);
            text.replace_range(at..end, STARS);
        }
    }
}

/// The beginning of a credential.
fn mark(secret: &str) -> &str {
    let end = secret.char_indices().nth(KNOWN_BY).map(|(at, _)| at);
    end.and_then(|end| secret.get(..end)).unwrap_or(secret)
}

/// Turns edits that would repeat a credential into a step: an edit is part of a report.
fn no_edits(fix: &mut Fix, secrets: &[&Secret], many: bool) {
    let FixKind::Edits(edits) = &fix.kind else {
        return;
    };
    let repeats = |text: &str| {
        secrets
            .iter()
            .any(|secret| text.contains(mark(&secret.text)))
    };
    if many || edits.iter().any(|edit| repeats(&edit.text)) {
        fix.safety = Safety::Manual;
        fix.mechanical = false;
        fix.kind = FixKind::Steps(vec![format!(
            "{}: by hand, because the edit would repeat a credential that is in the definition",
            fix.title
        )]);
    }
}
