use super::deciding::{asked, verdict};
use super::files;
use crate::decide::{Pattern, Verdict};
use crate::refuse::Refusal;

fn refusal(text: &str) -> Refusal {
    verdict(&asked(text)).refusal().cloned().expect("refused")
}

fn ids(refusal: &Refusal) -> Vec<&'static str> {
    refusal.reasons.iter().map(|reason| reason.id).collect()
}

fn file(head: &str, steps: &[&str]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| format!("  - {step}")).collect();
    let steps = steps.join("\n");
    format!("version: 1\nname: case\n{head}\nsteps:\n{steps}\n")
}

const HEAD: &str = "trigger: {type: eventbridge, source: a}\nload: {average_per_second: 5}";
const GET: &str = "{id: Get, does: {action: dynamodb:getItem, resource: a}}";

#[test]
fn refusals_are_readable() {
    let seen: Vec<String> = files::own()
        .iter()
        .filter(|(name, _)| name.starts_with("refuse-"))
        .map(|(_, text)| {
            let refusal = refusal(text);
            format!("{}\n\n{}", refusal.summary(), refusal.markdown())
        })
        .collect();
    assert_eq!(seen.len(), 4);
    insta::assert_snapshot!(seen.join("\n-----\n"));
}

#[test]
fn refusals_are_for_programs_too() {
    let text = &files::own()
        .into_iter()
        .find(|(name, _)| name == "refuse-thumbnail.yaml")
        .expect("example")
        .1;
    insta::assert_json_snapshot!(refusal(text).json());
}

#[test]
fn a_single_call_needs_no_workflow_unless_something_is_around_it() {
    let call = "does: {action: lambda:invoke, resource: a}";
    assert_eq!(
        ids(&refusal(&file(HEAD, &[&format!("{{id: A, {call}}}")]))),
        ["single-function"]
    );
    assert_eq!(ids(&refusal(&file(HEAD, &[GET]))), ["single-function"]);
    for around in [
        "idempotent: true, undo: {action: lambda:invoke, resource: b}",
        "breaker: {failures: 3}",
        "limit: {concurrent: 50}, duration: 1s",
        "poll: {until: '$.x = 1'}",
    ] {
        let text = file(HEAD, &[&format!("{{id: A, {call}, {around}}}")]);
        assert!(verdict(&asked(&text)).refusal().is_none(), "{around}");
    }
    let job = file(
        HEAD,
        &["{id: A, does: {action: glue:startJobRun, resource: a, wait: job}}"],
    );
    assert!(verdict(&asked(&job)).refusal().is_none());
}

#[test]
fn milliseconds_and_streams_are_refused() {
    let two = [
        GET,
        "{id: Put, does: {action: dynamodb:putItem, resource: b}, duration: 5ms}",
    ];
    let quick = format!("{HEAD}\nlatency: {{p99: 99ms}}");
    assert_eq!(ids(&refusal(&file(&quick, &two))), ["needs-low-latency"]);
    let enough = format!("{HEAD}\nlatency: {{p99: 100ms}}");
    assert!(verdict(&asked(&file(&enough, &two))).refusal().is_none());
    let stream = |load: u32| {
        format!("trigger: {{type: kinesis, source: s}}\nload: {{average_per_second: {load}}}")
    };
    assert_eq!(
        ids(&refusal(&file(&stream(1001), &two))),
        ["needs-low-latency"]
    );
    assert!(
        verdict(&asked(&file(&stream(1000), &two)))
            .refusal()
            .is_none()
    );
}

#[test]
fn rules_of_the_business_are_refused() {
    let choose = |ways: &str| {
        file(
            HEAD,
            &[
                GET,
                &format!("{{id: C, choose: [{ways}]}}"),
                "{id: Put, does: {action: dynamodb:putItem, resource: b}}",
            ],
        )
    };
    let way = "{when: '$.a = 1', go: Put}";
    assert!(
        verdict(&asked(&choose(&[way; 8].join(", "))))
            .refusal()
            .is_none()
    );
    assert_eq!(
        ids(&refusal(&choose(&[way; 9].join(", ")))),
        ["business-logic"]
    );
    assert!(
        verdict(&asked(&choose(
            "{when: '$.a = 1 and $.b = 2 and $.c = 3', go: Put}"
        )))
        .refusal()
        .is_none()
    );
    assert_eq!(
        ids(&refusal(&choose(
            "{when: '$.a = 1 and $.b = 2 or $.c = 3 and $.d = 4', go: Put}"
        ))),
        ["business-logic"]
    );
    assert_eq!(
        ids(&refusal(&choose("{when: '$.a * 1.2 > 3', go: Put}"))),
        ["business-logic"]
    );
    let flagged = file(
        HEAD,
        &[
            GET,
            "{id: F, does: {action: lambda:invoke, resource: rules}, business_logic: true}",
        ],
    );
    assert!(
        verdict(&asked(&flagged)).refusal().is_none(),
        "a function is where it belongs"
    );
}

#[test]
fn heavy_work_moves_into_jobs() {
    let heavy = |step: &str| verdict(&asked(&file(HEAD, &[GET, step])));
    for (step, id) in [
        (
            "{id: H, does: {action: rdsdata:executeStatement, resource: db}, duration: 61s}",
            "direct-database-work",
        ),
        (
            "{id: H, does: {action: rdsdata:executeStatement, resource: db}, result_size: 257KB}",
            "direct-database-work",
        ),
        (
            "{id: H, does: {action: redshiftdata:executeStatement, resource: db}, duration: 5min}",
            "direct-database-work",
        ),
        (
            "{id: H, does: {action: lambda:invoke, resource: f}, duration: 16min}",
            "heavy-compute",
        ),
        (
            "{id: H, does: {action: lambda:invoke, resource: f}, memory_mb: 10241}",
            "heavy-compute",
        ),
    ] {
        let Verdict::Redirected(refusal, decisions) = heavy(step) else {
            panic!("{step}")
        };
        assert_eq!(ids(&refusal), [id], "{step}");
        assert!(refusal.redirects && refusal.reasons[0].costs.is_some());
        let call = decisions.steps["H"].call.clone().expect("call");
        assert_eq!(
            (call.resource.as_str(), call.pattern),
            ("arn:aws:states:::batch:submitJob.sync", Pattern::Sync)
        );
        assert!(decisions.moved.is_some());
    }
    for step in [
        "{id: H, does: {action: rdsdata:executeStatement, resource: db}, duration: 60s, result_size: 256KB}",
        "{id: H, does: {action: redshiftdata:executeStatement, resource: db, wait: job}, duration: 5min}",
        "{id: H, does: {action: lambda:invoke, resource: f}, duration: 15min, memory_mb: 10240}",
        "{id: H, does: {action: lambda:invoke, resource: f, wait: callback}, duration: 16min}",
    ] {
        assert!(matches!(heavy(step), Verdict::Designed(_)), "{step}");
    }
}

/// What is refused is refused, also where its times do not go together.
#[test]
fn refusals_come_before_contradictions() {
    let quick = format!("{HEAD}\nlatency: {{p99: 50ms}}\nduration: {{typical: 80ms}}");
    let slow = "{id: Slow, does: {action: lambda:invoke, resource: f}, duration: 70ms}";
    assert_eq!(
        ids(&refusal(&file(&quick, &[GET, slow]))),
        ["needs-low-latency"]
    );
    let long =
        "{id: Long, does: {action: lambda:invoke, resource: f}, duration: 40min, timeout: 15min}";
    assert_eq!(ids(&refusal(&file(HEAD, &[GET, long]))), ["heavy-compute"]);
}

/// Nobody who waits for an answer waits for a job: then nothing is designed.
#[test]
fn heavy_work_with_a_waiting_caller_is_refused() {
    let head = HEAD.replace("{type: eventbridge, source: a}", "{type: api-sync}");
    let long = "{id: Long, does: {action: lambda:invoke, resource: f}, duration: 40min}";
    let verdict = verdict(&asked(&file(&head, &[GET, long])));
    assert!(
        matches!(&verdict, Verdict::Refused(refusal) if ids(refusal) == ["heavy-compute"]),
        "{verdict:#?}"
    );
}

#[test]
fn a_hard_budget_is_kept() {
    let two = [
        GET,
        "{id: Put, does: {action: dynamodb:putItem, resource: b}, duration: 5ms}",
    ];
    // 13.14 M executions of two transitions are $657.
    let head = |budget: &str| format!("{HEAD}\nworkflow_type: STANDARD\nbudget: {{{budget}}}");
    let refusal = refusal(&file(&head("monthly_usd: 600, hard: true"), &two));
    assert_eq!(ids(&refusal), ["above-budget"]);
    assert!(
        refusal.reasons[0]
            .why
            .contains("costs $657 a month, and $600 is the most"),
        "{}",
        refusal.reasons[0].why
    );
    assert!(
        refusal.reasons[0].come_back.contains("4.57 a second"),
        "{}",
        refusal.reasons[0].come_back
    );
    assert!(
        verdict(&asked(&file(&head("monthly_usd: 660, hard: true"), &two)))
            .refusal()
            .is_none()
    );
    assert!(
        verdict(&asked(&file(&head("monthly_usd: 1"), &two)))
            .refusal()
            .is_none()
    );
}

#[test]
fn what_is_better_is_what_the_source_has() {
    let one = ["{id: A, does: {action: lambda:invoke, resource: a}}"];
    let of = |trigger: &str| {
        let head = format!("trigger: {trigger}\nload: {{average_per_second: 5}}");
        refusal(&file(&head, &one)).markdown()
    };
    // A queue has its own place for what fails.
    let queue = of("{type: sqs, source: mails}");
    assert!(
        queue.contains("redrive policy of the queue") && !queue.contains("on-failure"),
        "{queue}"
    );
    assert!(of("{type: s3, source: mails}").contains("on-failure destination"));
    let flood = "trigger: {type: kinesis, source: clicks}\nload: {average_per_second: 5000}";
    let flood = refusal(&file(flood, &[GET, &GET.replace("Get", "Two")])).markdown();
    assert!(
        !flood.contains("100 ms") && flood.contains("after filtering"),
        "nobody said anything of latency: {flood}"
    );
}
