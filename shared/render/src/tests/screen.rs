use findings::{Finding, Location, MachineRef, Report};
use insta::assert_snapshot;
use unicode_width::UnicodeWidthStr;

use super::fixture::{
    DEFINITION, clean, dangling, express, finding, first_audit, machine, next_audit, report_of,
};
use crate::{TerminalOptions, terminal, wrap};

fn source(machine: &MachineRef) -> Option<String> {
    let known = machine.name == "video-import" || machine.file.is_some();
    known.then(|| DEFINITION.to_owned())
}

fn print(report: &Report, width: usize) -> String {
    terminal(
        report,
        &source,
        &TerminalOptions {
            width,
            ..TerminalOptions::default()
        },
    )
}

/// One finding alone, in a folder of files.
fn alone(finding: Finding) -> Report {
    Report {
        window_days: 0,
        account: String::new(),
        regions: Vec::new(),
        machines: vec![report_of(finding.machine.clone(), vec![finding])],
        ..clean()
    }
}

#[test]
fn a_number_stays_with_its_unit() {
    assert_eq!(
        wrap("waits for 12,000 transitions and 5 min", 24, "", ""),
        ["waits for", "12,000 transitions and", "5 min"]
    );
    // Where both together are wider than a line, each stands alone.
    assert_eq!(wrap("5 transitions", 8, "", ""), ["5", "transitions"]);
}

#[test]
fn an_audit() {
    assert_snapshot!(print(&first_audit(), 100));
}

#[test]
fn an_audit_on_a_narrow_terminal() {
    assert_snapshot!(print(&next_audit(), 60));
}

#[test]
fn a_broken_file() {
    assert_snapshot!(print(&alone(dangling()), 100), @r#"
error[transition-target-missing]: `Next` of state `Transcode` names `Retry`, which does not exist in
    this scope
  --> workflows/order.asl.json:11:15 /States/Transcode/Next
   |
 3 |   "States": {
   |   -------- the states of this scope
...
11 |       "Next": "Retry"
   |               ^^^^^^^ no state of this name; did you mean `Transcode`?
   |
   = why:      Step Functions refuses the definition: MISSING_TRANSITION_TARGET
   = rated:    high severity, high confidence, correctness

1 definition read; 1 finding (1 high)
"#);
}

#[test]
fn nothing_found() {
    assert_snapshot!(print(&clean(), 100), @r#"1 state machine read in 2 Regions, last 14 days; no findings"#);
}

#[test]
fn one_line_for_each_finding() {
    let options = TerminalOptions {
        full: 0,
        ..TerminalOptions::default()
    };
    assert_snapshot!(terminal(&first_audit(), &source, &options), @r#"
us-east-1 111122223333 order-enrichment: saving[standard-suits-express]: `order-enrichment` costs $1,303 a month as Standard; as Express about $13 ($1,291/month)
eu-west-1 111122223333 invoice-run: warning[failures-unwatched]: `invoice-run` failed 42 times in 14 days, and no alarm watches it
eu-west-1 111122223333 video-import: saving[removable-transition]: `SetDefaults` hands its input on unchanged: one transition of 895 k executions a month ($22.38/month)
eu-west-1 111122223333 video-import: saving[removable-transition]: `Normalize` hands its input on unchanged: one transition of 895 k executions a month ($22.38/month)
eu-west-1 111122223333 video-import: saving[removable-transition]: `Done` hands its input on unchanged: one transition of 895 k executions a month ($11.19/month)
111122223333 16 state machines: info[failures-unwatched]: 16 state machines without a failure in 14 days have no alarm on failures
20 of 21 state machines read in 2 Regions, last 14 days; 6 findings (1 high, 1 medium, 4 low);
  $1,347/month to save
not read:
  payroll (eu-west-1): AccessDenied on states:DescribeStateMachine
not assessed:
  standard-suits-express: 6 state machines: no executions in the window
"#);
    assert_snapshot!(terminal(&alone(dangling()), &source, &options), @r#"
workflows/order.asl.json:11:15: error[transition-target-missing]: `Next` of state `Transcode` names `Retry`, which does not exist in this scope
1 definition read; 1 finding (1 high)
"#);
}

#[test]
fn every_file_that_was_not_read_is_named() {
    let mut report = alone(dangling());
    for at in 0..12 {
        report.not_read.push(findings::NotRead {
            region: String::new(),
            arn: format!("a/very/deep/folder/of/workflows/that/somebody/made/long/ago/definition-{at:02}.asl.json"),
            why: "is not UTF-8".to_owned(),
        });
    }
    let text = print(&report, 100);
    assert!(
        (0..12).all(|at| text.contains(&format!("definition-{at:02}.asl.json"))),
        "{text}"
    );
    assert!(text.contains("1 of 13 definitions read"), "{text}");
}

#[test]
fn colors_change_nothing_but_colors() {
    for report in [first_audit(), next_audit(), alone(dangling()), clean()] {
        let options = TerminalOptions {
            color: true,
            ..TerminalOptions::default()
        };
        let painted = terminal(&report, &source, &options);
        assert!(painted.contains("\u{1b}[1m"));
        let mut plain = String::new();
        for (at, part) in painted.split('\u{1b}').enumerate() {
            plain.push_str(if at == 0 {
                part
            } else {
                part.split_once('m').unwrap().1
            });
        }
        let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(trimmed.join("\n"), print(&report, 100).trim_end());
    }
}

#[test]
fn lines_wrap_and_words_stay_whole() {
    for width in [40, 60, 80, 200] {
        for line in print(&first_audit(), width).lines() {
            let body = line.trim_start_matches(['|', ' ', '=']);
            let wide = line.width() > width;
            assert!(
                !wide || line.contains("--> ") || body.split_whitespace().count() <= 4,
                "{width}: {line}"
            );
        }
    }
    // A word is never broken: every word of the message is in the output.
    let text = print(&alone(express()), 40);
    let words: Vec<&str> = text.split_whitespace().collect();
    for note in &express().notes {
        assert!(
            note.text.split(' ').all(|word| words.contains(&word)),
            "{text}"
        );
    }
}

/// A finding at `what` in `text`.
fn at(text: &str, what: &str) -> Report {
    let start = text.find(what).unwrap();
    alone(Finding {
        location: Location {
            pointer: "/States/X".to_owned(),
            start,
            end: start + what.len(),
            line: text[..start].matches('\n').count() + 1,
            column: 1,
            label: "here".to_owned(),
            ..Location::default()
        },
        ..finding("rule", &machine("m", "us-east-1"), "message")
    })
}

fn carets(text: &str, what: &str) -> String {
    let report = at(text, what);
    let options = TerminalOptions {
        width: 80,
        ..TerminalOptions::default()
    };
    let out = terminal(&report, &|_| Some(text.to_owned()), &options);
    let lines: Vec<&str> = out.lines().skip(3).take(2).collect();
    lines.join("\n")
}

#[test]
fn carets_stand_below_their_place() {
    assert_snapshot!(carets("{\n\t\"Name\": \"注文\", \"Next\": \"Gone\"\n}", "\"Gone\""), @r#"
2 |     "Name": "注文", "Next": "Gone"
  |                             ^^^^^^ here
"#);
    // A place of several lines is marked up to the end of the first.
    assert_snapshot!(carets("{\n  \"A\": {\n    \"Type\": \"Pass\"\n  }\n}", "\"A\": {\n    \"Type\": \"Pass\"\n  }"), @r#"
2 |   "A": {
  |   ^^^^^^ here
"#);
    // What would act on the screen is spelled, and the carets know it.
    assert_snapshot!(carets("{ \"A\u{1b}[31m\": 1, \"B\": 2 }\n", "\"B\""), @r#"
1 | { "A\u{1b}[31m": 1, "B": 2 }
  |                     ^^^ here
"#);
}

#[test]
fn of_a_definition_in_one_line_the_part_around_the_place_is_shown() {
    let states: Vec<String> = (0..200)
        .map(|at| format!("\"S{at}\":{{\"Type\":\"Pass\",\"Next\":\"S{}\"}}", at + 1))
        .collect();
    let text = format!("{{\"States\":{{{}}}}}", states.join(","));
    assert_snapshot!(carets(&text, "\"S100\""), @r#"
1 | ...Type":"Pass","Next":"S100"},"S100":{"Type":"Pass","Next":"S101"},"S1...
  |                        ^^^^^^ here
"#);
    assert_snapshot!(carets(&text, "\"S0\""), @r#"
1 | {"States":{"S0":{"Type":"Pass","Next":"S1"},"S1":{"Type":"Pass","Nex...
  |            ^^^^ here
"#);
    assert_snapshot!(carets(&text, "\"S200\""), @r#"
1 | ...Type":"Pass","Next":"S200"}}}
  |                        ^^^^^^ here
"#);
}

#[test]
fn a_place_outside_the_text_shows_no_text() {
    let report = at("{\n\"A\": 1 }", "\"A\"");
    for other in ["", "{", "{\n\n", "ää\n\n\n"] {
        let out = terminal(
            &report,
            &|_| Some(other.to_owned()),
            &TerminalOptions::default(),
        );
        assert!(!out.contains('^'), "{out}");
    }
}

#[test]
fn what_is_hidden_is_shown_by_no_finding_on_its_line() {
    let text = "{\"Next\": \"Gone\", \"password\": \"sécret\",\n\"more\": \"secret\"}";
    let mut report = at(text, "\"Gone\"");
    let one = text.find("\"sécret").unwrap();
    let other = text.find("secret").unwrap();
    report.machines[0].hidden = vec![one..one + "\"sécret\"".len(), other..other + 3];
    let out = terminal(
        &report,
        &|_| Some(text.to_owned()),
        &TerminalOptions::default(),
    );
    assert!(out.contains(r#""password": *********,"#), "{out}");
    assert!(!out.contains("cret"), "{out}");
    // The carets stand where they stood.
    assert!(out.contains("\n   |          ^^^^^^ here\n"), "{out}");
}
