//! Who hears an alarm through composite alarms.

use facts::Alarm;
use proptest::prelude::*;

use super::{composite, failed, findings, machine, on, own, silent, with};
use crate::alarms::composite::{Composites, Voice};

fn hears(others: &[Alarm]) -> Voice {
    let mut alarms = vec![silent(failed("base"))];
    alarms.extend_from_slice(others);
    Composites::new(&alarms).voice(&alarms[0])
}

fn rule(text: &str) -> Voice {
    hears(&[composite("top", text)])
}

#[test]
fn a_rule_is_evaluated_and_not_searched_for_a_name() {
    let (heard, sometimes) = (Voice::Heard, Voice::Sometimes("top".to_owned()));
    let silent = |reader: Option<&str>| Voice::Silent(reader.map(str::to_owned));
    for (text, expected) in [
        (r#"ALARM("base")"#, heard.clone()),
        ("ALARM(base)", heard.clone()),
        ("ALARM('base')", heard.clone()),
        (
            r#"ALARM("arn:aws:cloudwatch:us-east-1:111122223333:alarm:base")"#,
            heard.clone(),
        ),
        (r#"ALARM("base") OR ALARM("other")"#, heard.clone()),
        ("ALARM(base) AND NOT ALARM(deploying)", heard.clone()),
        ("(ALARM(other) OR (ALARM(base)))", heard.clone()),
        ("NOT OK(base)", heard.clone()),
        ("NOT NOT ALARM(base)", heard.clone()),
        ("AT_LEAST(1, ALARM, (base, other, third))", heard.clone()),
        ("AT_LEAST(30%, ALARM, (base, other, third))", heard.clone()),
        ("ALARM(other) AND ALARM(base)", sometimes.clone()),
        (
            "AT_LEAST(2, ALARM, (base, other, third))",
            sometimes.clone(),
        ),
        ("AT_LEAST(50%, ALARM, (base, other, third))", sometimes),
        // AND binds more tightly than OR.
        ("ALARM(base) OR ALARM(a) AND ALARM(b)", heard),
        // It names the alarm, and does not hear it.
        ("OK(base)", silent(Some("top"))),
        ("NOT ALARM(base)", silent(Some("top"))),
        ("INSUFFICIENT_DATA(base)", silent(Some("top"))),
        ("ALARM(base) AND FALSE", silent(Some("top"))),
        // It is in ALARM already.
        ("ALARM(base) OR TRUE", silent(Some("top"))),
        ("ALARM(other)", silent(None)),
        ("ALARM(basement)", silent(None)),
        ("FALSE", silent(None)),
        ("", silent(None)),
    ] {
        assert_eq!(rule(text), expected, "{text}");
    }
}

#[test]
fn composites_are_built_on_composites() {
    let middle = silent(composite("middle", "ALARM(base)"));
    assert_eq!(
        hears(&[composite("top", "ALARM(middle)"), middle.clone()]),
        Voice::Heard
    );
    assert_eq!(
        hears(&[composite("top", "OK(middle)"), middle.clone()]),
        Voice::Silent(Some("middle".to_owned()))
    );
    assert_eq!(
        hears(&[
            composite("top", "ALARM(middle) AND ALARM(x)"),
            middle.clone()
        ]),
        Voice::Sometimes("top".to_owned())
    );
    // One of several is enough.
    assert_eq!(
        hears(&[
            composite("top", "FALSE"),
            middle,
            composite("second", "ALARM(middle)")
        ]),
        Voice::Heard
    );
}

#[test]
fn a_composite_needs_a_voice_of_its_own() {
    let off = Alarm {
        actions_enabled: false,
        ..composite("top", "ALARM(base)")
    };
    assert_eq!(hears(&[off]), Voice::Silent(Some("top".to_owned())));
    assert_eq!(
        hears(&[silent(composite("top", "ALARM(base)"))]),
        Voice::Silent(Some("top".to_owned()))
    );
    let switched = Alarm {
        actions_enabled: false,
        ..failed("base")
    };
    let alarms = [switched];
    assert_eq!(Composites::new(&alarms).voice(&alarms[0]), Voice::Off);
}

#[test]
fn circles_and_depth_end() {
    assert_eq!(
        hears(&[composite("a", "ALARM(b)"), composite("b", "ALARM(a)")]),
        Voice::Silent(None)
    );
    assert_eq!(
        hears(&[composite("a", "ALARM(a) OR ALARM(base)")]),
        Voice::Heard
    );
    let chain: Vec<Alarm> = (1..2_000)
        .map(|n| composite(&format!("c{n}"), &format!("ALARM(c{})", n - 1)))
        .collect();
    assert_eq!(hears(&chain), Voice::Silent(None));
    // Too deep to be read: naming the alarm is enough.
    for deep in ["(".repeat(100_000), "NOT ".repeat(100_000)] {
        assert_eq!(rule(&format!("{deep}ALARM(base)")), Voice::Heard);
    }
}

#[test]
fn what_cannot_be_read_is_taken_to_be_heard() {
    for text in [
        "ALARM(base) XOR ALARM(x)",
        "ALARM base",
        "ALARM(base",
        "AT_LEAST(x, ALARM, (base))",
        "ALARM(base))",
    ] {
        assert_eq!(rule(text), Voice::Heard, "{text}");
    }
}

#[test]
fn the_rule_is_silent_where_a_composite_tells() {
    let child = silent(failed("base"));
    assert_eq!(
        findings(&with(
            machine(3_000, 42),
            &[child.clone(), composite("top", "ALARM(base)")]
        )),
        []
    );
    let half = findings(&with(
        machine(3_000, 42),
        &[child, composite("top", "ALARM(base) AND ALARM(x)")],
    ));
    insta::assert_snapshot!(half[0].message, @"42 failed executions in 14 days: alarm `base` is heard by the composite alarm `top`, while others are in ALARM too");
    // A composite alarm by itself watches nothing.
    assert_eq!(
        findings(&with(
            machine(3_000, 42),
            &[composite("top", "ALARM(elsewhere)")]
        ))
        .len(),
        1
    );
    let timed_out = on("t", own("ExecutionsTimedOut"));
    assert_eq!(findings(&with(machine(3_000, 42), &[timed_out])).len(), 1);
}

proptest! {
    #[test]
    fn any_rule_has_an_answer(text in "((ALARM|OK|NOT|AND|OR|AT_LEAST|TRUE|[(),\"' %0-9]|base|other|top|.) ?){0,30}") {
        _ = rule(&text);
    }
}
