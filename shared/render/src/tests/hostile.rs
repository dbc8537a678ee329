use findings::{
    Evidence, Finding, Fix, FixKind, Known, LedgerLine, Lifecycle, Location, MachineRef,
    NotAssessed, NotRead, Note, NoteKind, Report, Safety,
};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::fixture::{DEFINITION, clean, finding, report_of, saving, usd};
use super::json::problems;
use super::links;
use crate::{
    Kind, SNS_LIMIT, TerminalOptions, chatbot_json, deploy_email, email, escape, json,
    notification, slack, slack_text, terminal,
};

pub(super) const ATTACK: &str = "<!channel> @here `x` *b* _i_ ~s~ <https://evil.example|click> & </script>\u{1b}[31m\r\n\u{202e}gnp\u{200b}\u{9b}1m";

/// A report in which every text is `text`.
pub(super) fn full_of(text: &str) -> Report {
    let own = || text.to_owned();
    let machine = MachineRef {
        arn: format!("arn:aws:states:us-east-1:1:stateMachine:{text}"),
        name: own(),
        region: own(),
        account: own(),
        workflow_type: own(),
        file: None,
    };
    let group = MachineRef {
        account: own(),
        ..MachineRef::default()
    };
    let said = |machine: &MachineRef| Finding {
        location: Location {
            pointer: own(),
            state: Some(own()),
            label: own(),
            start: 4,
            end: 9,
            line: 2,
            column: 1,
        },
        why: own(),
        action: own(),
        notes: vec![
            Note {
                kind: NoteKind::Mind,
                text: own(),
            },
            Note {
                kind: NoteKind::Able,
                text: own(),
            },
        ],
        ledger: vec![LedgerLine {
            label: own(),
            detail: own(),
            usd: usd("1"),
        }],
        evidence: vec![Evidence {
            what: own(),
            value: own(),
            source: own(),
        }],
        saving: Some(saving("1", "0", "2")),
        fix: Some(Fix {
            title: own(),
            safety: Safety::Manual,
            mechanical: false,
            kind: FixKind::Steps(vec![own()]),
        }),
        ..finding(text, machine, text)
    };
    let mut home = report_of(machine.clone(), vec![said(&machine)]);
    home.not_assessed.push(NotAssessed {
        rule: own(),
        why: own(),
    });
    let mut file = said(&MachineRef {
        file: Some(own()),
        ..group.clone()
    });
    file.machine.account.clear();
    let known = Known {
        rule: own(),
        arn: own(),
        name: own(),
        message: own(),
        saving: usd("3"),
        since: clean().at,
    };
    Report {
        account: own(),
        regions: vec![own(), own()],
        prices_as_of: own(),
        machines: vec![home, report_of(file.machine.clone(), vec![file])],
        account_findings: vec![Finding {
            members: vec![machine.clone(), machine],
            ..said(&group)
        }],
        not_read: vec![NotRead {
            region: own(),
            arn: own(),
            why: own(),
        }],
        lifecycle: Some(Lifecycle {
            new: [said(&group).fingerprint].into(),
            resolved: [(own(), known)].into(),
        }),
        ..clean()
    }
}

/// Everything that a channel prints.
fn outputs(report: &Report) -> Vec<String> {
    let machine = &report.machines[0].machine;
    let mail = email(report, &links());
    let deploy = deploy_email(report, &links(), machine);
    let source = |_: &MachineRef| Some(format!("{{\n{}\n}}\n{DEFINITION}", machine.name));
    vec![
        terminal(report, &source, &TerminalOptions::default()),
        terminal(
            report,
            &source,
            &TerminalOptions {
                full: 0,
                ..TerminalOptions::default()
            },
        ),
        mail.subject,
        mail.body,
        deploy.subject,
        deploy.body,
        slack_text(&slack(report, &links())),
        json(report),
        chatbot_json(report, &links(), None),
        notification(report, &links(), &Kind::Audit).message(),
    ]
}

/// What acts on a screen: known from the Unicode tables, not from the code under test.
fn acts(c: char) -> bool {
    let bidi = ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    (c.is_control() && c != '\n')
        || bidi
        || [
            '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{200b}', '\u{feff}',
        ]
        .contains(&c)
}

/// The message without our own link and formatting: what is left must be inert.
fn assert_inert(chat: &str) {
    for line in chat
        .lines()
        .filter(|line| !line.starts_with("<https://reports.example/"))
    {
        assert!(!line.contains(['<', '>', '@']), "{line}");
        for (at, _) in line.match_indices('&') {
            let entity = ["&amp;", "&lt;", "&gt;"]
                .iter()
                .any(|entity| line[at..].starts_with(entity));
            assert!(entity, "{line}");
        }
        assert_eq!(line.matches('`').count() % 2, 0, "{line}");
        assert!(!line.contains("``"), "{line}");
    }
}

#[test]
fn an_attack_is_shown_and_not_run() {
    let report = full_of(ATTACK);
    for output in outputs(&report) {
        assert!(!output.chars().any(acts), "{output:?}");
    }
    let chat = slack(&report, &links());
    assert_inert(&chat.title);
    assert_inert(&chat.description);
    chat.next_steps.iter().for_each(|step| assert_inert(step));
    assert!(!email(&report, &links()).body.contains("https://evil"));
    // Programs get the names as they are.
    let value: Value = serde_json::from_str(&json(&report)).unwrap();
    assert!(
        value["machines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|machine| machine["name"] == ATTACK)
    );
}

#[test]
fn how_each_channel_shows_an_attack() {
    assert_snapshot!(escape::visible(ATTACK), @r#"<!channel> @here `x` *b* _i_ ~s~ <https://evil.example|click> & </script>\u{1b}[31m\r\n\u{202e}gnp\u{200b}\u{9b}1m"#);
    assert_snapshot!(escape::email(ATTACK), @r#"<!channel> @here `x` *b* _i_ ~s~ <https[:]//evil.example|click> & </script>\u{1b}[31m\r\n\u{202e}gnp\u{200b}\u{9b}1m"#);
    assert_snapshot!(escape::subject(ATTACK), @r#"<!channel> @here `x` *b* _i_ ~s~ <https://evil.example|click> & </script>\u{1b}[31m\r\n\u{202e}gnp\u{200b}\u{9b}1m"#);
    assert_snapshot!(escape::slack(ATTACK), @r#"&lt;!channel&gt; ＠here `x` ∗b∗ ＿i＿ ∼s∼ &lt;https[:]//evil.example|click&gt; &amp; &lt;/script&gt;\u{1b}[31m\r\n\u{202e}gnp\u{200b}\u{9b}1m"#);
}

#[test]
fn slack_keeps_code_and_plain_words() {
    let cases = [
        (
            "`Next` of `A B` is_not_changed",
            "`Next` of `A B` is_not_changed",
        ),
        ("`a*b_c` and * alone", "`a*b_c` and \u{2217} alone"),
        ("one ` alone", "one ' alone"),
        ("```x```", "''`x`''"),
        ("` x `", "' x '"),
        ("`x``y`", "`x`'y'"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("see HTTPS://x.example", "see HTTPS[:]//x.example"),
        ("s3://bucket", "s3://bucket"),
        ("a@b", "a\u{ff20}b"),
        ("_x_ ~y~", "\u{ff3f}x\u{ff3f} \u{223c}y\u{223c}"),
    ];
    for (text, shown) in cases {
        assert_eq!(escape::slack(text), shown);
    }
}

#[test]
fn slack_is_cut_between_characters_and_never_in_an_entity() {
    let text = "a `code & <more>` and <<<< the rest";
    let whole = escape::slack(text);
    for limit in 12..whole.len() + 2 {
        let cut = escape::slack_within(text, limit);
        assert!(cut.len() <= limit, "{limit}: {cut}");
        assert_inert(&cut);
        assert!(
            cut == whole || cut.trim_end_matches('`').ends_with("..."),
            "{limit}: {cut}"
        );
    }
    assert_eq!(escape::slack_within(text, whole.len()), whole);
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        2 => proptest::sample::select(vec![
            "`", "```", "<!channel>", "@here", "*", "_", "~", "&", "<", ">", "|", "\n", "\r", "\t", "\u{1b}[2J", "\u{202e}",
            "https://", " ", "  ", "\\", "\"", "\u{0}", "注文", "{n}", "word", ":stateMachine:",
        ])
        .prop_map(str::to_owned),
        1 => "[a-z]{1,12}",
    ];
    prop_oneof![
        9 => proptest::collection::vec(piece.clone(), 0..40),
        1 => proptest::collection::vec(piece, 200..600),
    ]
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_text_from_an_account_acts_on_a_reader(text in text()) {
        let report = full_of(&text);
        for output in outputs(&report) {
            prop_assert!(!output.chars().any(acts), "{:?}", output);
        }
        let mail = email(&report, &links());
        prop_assert!(mail.subject.len() < 100 && !mail.subject.contains('\n'), "{}", mail.subject);
        for line in mail.body.lines().filter(|line| !line.starts_with("https://reports.example/")) {
            // A line is too wide only where one word is.
            prop_assert!(line.width() <= 72 || line.split_whitespace().any(|word| word.width() > 40), "{}", line);
        }
        let chat = slack(&report, &links());
        prop_assert!(chat.title.len() <= 250);
        prop_assert!(chat.description.len() <= 8_000);
        prop_assert!(chat.next_steps.iter().all(|step| step.len() <= 350));
        prop_assert!(chat.keywords.iter().all(|word| word.len() <= 75));
        assert_inert(&chat.title);
        assert_inert(&chat.description);
        chat.next_steps.iter().for_each(|step| assert_inert(step));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn messages_always_parse_and_fit(text in text(), times in 1_usize..50) {
        let long = text.repeat(times);
        let report = full_of(&long);
        let sent = notification(&report, &links(), &Kind::Audit);
        prop_assert!(sent.size() <= SNS_LIMIT, "{}", sent.size());
        let value: Value = serde_json::from_str(&sent.bodies["default"]).unwrap();
        prop_assert_eq!(problems(&value), Vec::<String>::new());
        let custom: Value = serde_json::from_str(&sent.bodies["https"]).unwrap();
        prop_assert_eq!(&custom["version"], "1.0");
        prop_assert!(custom["content"]["description"].as_str().unwrap().len() <= 8_000);
        let whole: Value = serde_json::from_str(&json(&report)).unwrap();
        prop_assert_eq!(whole["account"].as_str().unwrap(), long);
    }
}
