use std::fmt::Write;

use asl::Format;
use pricing::Prices;

use super::files;
use crate::decide::{
    Child, Decision, Decisions, Duplicates, Integration, Items, Limiter, LogLevel, MapDecision,
    Pattern, Repeatable, Until, Verdict, Workflow, decide,
};
use crate::requirements::{Duration, Requirements, read};

pub(super) fn asked(text: &str) -> Requirements {
    let (asked, problems) = read(text, Format::Yaml);
    asked.unwrap_or_else(|| panic!("{problems:#?}"))
}

pub(super) fn verdict(asked: &Requirements) -> Verdict {
    decide(asked, &Prices::embedded().region(&asked.regions[0]))
}

fn example(name: &str) -> String {
    let files = files::own();
    files
        .into_iter()
        .find(|(file, _)| file == &format!("{name}.yaml"))
        .expect(name)
        .1
}

fn designed(text: &str) -> Decisions {
    match verdict(&asked(text)) {
        Verdict::Designed(decisions) => decisions,
        other => panic!("{:#?}", other.refusal()),
    }
}

fn of(name: &str) -> Decisions {
    designed(&example(name))
}

#[test]
fn every_example_is_designed_or_refused_as_its_name_says() {
    for (name, text) in files::own().into_iter().chain(files::beside()) {
        let asked = asked(&text);
        let verdict = verdict(&asked);
        assert_eq!(
            verdict.refusal().is_some(),
            name.starts_with("refuse-"),
            "{name} {verdict:#?}"
        );
        let Some(decisions) = verdict.decisions() else {
            continue;
        };
        let composed = decisions.moved.as_deref().unwrap_or(&asked);
        for step in composed.all_steps() {
            assert!(decisions.steps.contains_key(&step.id), "{name} {}", step.id);
        }
        for (id, step) in &decisions.steps {
            for call in step.call.iter().chain(&step.undo) {
                let is_activity = call.integration == Integration::Activity;
                assert_eq!(call.resource.is_empty(), is_activity, "{name} {id}");
                if !is_activity {
                    let resource = catalogue::Resource::parse(&call.resource).expect("a resource");
                    assert_eq!(
                        resource.problems(false),
                        [],
                        "{name} {id} {}",
                        call.resource
                    );
                    assert!(
                        step.timeout.is_some_and(|timeout| timeout.0 > 0),
                        "{name} {id}"
                    );
                }
            }
        }
        for decision in &decisions.list {
            assert!(
                !decision.because.is_empty() && !decision.chosen.is_empty(),
                "{name} {decision:?}"
            );
        }
    }
}

#[test]
fn the_type_follows_from_what_is_asked() {
    assert_eq!(of("order-fulfilment").workflow, Workflow::Standard);
    assert_eq!(of("card-payment").workflow, Workflow::Express);
    assert_eq!(of("fleet-telemetry").workflow, Workflow::Express);
    assert_eq!(of("account-opening").workflow, Workflow::Standard);
    let steps = ["LoadPolicy", "LoadHistory", "Classify", "Estimate", "Save"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(of("insurance-claim").workflow, Workflow::Nested { steps });
}

/// Where a load is named at which a decision flips, it flips there.
#[test]
fn the_load_that_flips_the_type_flips_it() {
    let file = |load: &str| {
        format!(
            "version: 1\nname: flip\ntrigger: {{type: eventbridge, source: a}}\nload: {{average_per_second: {load}}}\nduration: {{max: 1min}}\n\
             guarantees: {{delivery: at-least-once}}\nsteps:\n  - {{id: A, does: {{action: dynamodb:getItem, resource: a}}, duration: 10ms}}\n  - {{id: B, does: {{action: dynamodb:putItem, resource: b}}, duration: 10ms, idempotent: true}}\n"
        )
    };
    let flips = |load: &str| designed(&file(load)).list[0].flips.join("\n");
    let standard = designed(&file("30/h"));
    assert_eq!(standard.workflow, Workflow::Standard);
    assert!(
        flips("30/h").contains("above 140.08 an hour Express saves more than $5 a month"),
        "{}",
        flips("30/h")
    );
    assert_eq!(designed(&file("139/h")).workflow, Workflow::Standard);
    assert_eq!(designed(&file("141/h")).workflow, Workflow::Express);
    assert!(
        flips("141/h").contains("below 140.08 an hour Express saves less than $5 a month"),
        "{}",
        flips("141/h")
    );
}

#[test]
fn each_step_is_called_the_best_way() {
    let video = of("video-publishing");
    let call = |id: &str| video.steps[id].call.clone().expect("a call");
    assert_eq!(
        call("Transcode").resource,
        "arn:aws:states:::mediaconvert:createJob.sync"
    );
    assert_eq!(call("Transcode").pattern, Pattern::Sync);
    assert_eq!(
        call("Announce").resource,
        "arn:aws:states:::events:putEvents"
    );
    assert_eq!(
        call("PartnerCheck").resource,
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    );
    let Pattern::Poll(polling) = call("Transcribe").pattern else {
        panic!("{:?}", call("Transcribe"))
    };
    assert_eq!(
        polling.resource.as_deref(),
        Some("arn:aws:states:::aws-sdk:transcribe:getTranscriptionJob")
    );
    assert_eq!(
        (polling.every, polling.longest, polling.at_most),
        (Duration(30_000), Duration(180_000), Duration(7_200_000))
    );
    // 30 + 60 + 120 s, and then 180 s each until two hours are over.
    assert_eq!(polling.polls, 3 + (7200_u64 - 210).div_ceil(180));
    assert!(matches!(polling.until, Until::Status { .. }));
    assert_eq!(
        video.steps["Transcribe"].repeatable,
        Repeatable::Token("TranscriptionJobName".to_owned())
    );
    let account = of("account-opening");
    let undo = account.steps["CreateAccount"].undo.clone().expect("undo");
    assert_eq!(undo.resource, "arn:aws:states:::states:startExecution");
    assert_eq!(
        account.steps["CreateAccount"]
            .call
            .clone()
            .expect("call")
            .resource,
        "arn:aws:states:::states:startExecution.sync:2"
    );
    let etl = of("sales-etl");
    let crawl = etl.steps["CrawlEnds"].call.clone().expect("call");
    let Pattern::Poll(polling) = crawl.pattern else {
        panic!("{crawl:?}")
    };
    assert_eq!((polling.resource, polling.every), (None, Duration(30_000)));
}

#[test]
fn a_job_is_polled_and_it_is_said_what_its_event_would_save() {
    let said = |text: &str| {
        let decisions = designed(text);
        let call = decisions.steps["Transcribe"].call.clone().expect("call");
        assert!(matches!(&call.pattern, Pattern::Poll(_)), "{call:?}");
        let of = |it: &&Decision| it.id == "integration" && it.about == "Transcribe";
        let decision = decisions.list.iter().find(of).expect("decision").clone();
        let event = decision
            .alternatives
            .into_iter()
            .find(|other| other.what.contains("aws.transcribe"))
            .expect("the event");
        (event.why_not, decision.flips.join("; "))
    };
    let text = example("video-publishing");
    let (why_not, flips) = said(&text);
    assert!(why_not.contains("second state machine"), "{why_not}");
    assert!(flips.contains("from $50 a month"), "{flips}");
    let long = text.replace("duration: 6min, timeout: 2h", "duration: 4h, timeout: 6h");
    assert_ne!(long, text);
    let (longer, _) = said(&long);
    assert_ne!(longer, why_not);
    let often = long.replace(
        "average_per_second: 60/h, peak_per_second: 300/h",
        "average_per_second: 9",
    );
    let often = often.replace(", limit: {concurrent: 20}", "");
    assert_ne!(often, long);
    let (_, flips) = said(&often);
    assert!(flips.contains("worth it"), "{flips}");
}

#[test]
fn traces_are_left_off_where_they_cost_more_than_a_tenth_of_the_workflow() {
    let text = example("fleet-telemetry");
    let load = |per_second: &str| {
        let had = "average_per_second: 600, peak_per_second: 2500";
        assert!(text.contains(had));
        designed(&text.replace(had, &format!("average_per_second: {per_second}")))
    };
    for (per_second, on) in [("1", true), ("900", false)] {
        let decisions = load(per_second);
        assert_eq!(decisions.logging.tracing, on, "{per_second}");
        let decision = decisions
            .list
            .iter()
            .find(|it| it.id == "tracing")
            .expect("said");
        assert_eq!(decision.chosen == "X-Ray on", on);
        assert!(
            decision.because[0].contains("5 %") && decision.because[0].contains("$5"),
            "{decision:?}"
        );
        assert_eq!(decision.because.len(), if on { 2 } else { 3 });
    }
}

#[test]
fn partitions_follow_the_region() {
    let text =
        example("fleet-telemetry").replace("version: 1", "version: 1\nregions: [cn-north-1]");
    let call = designed(&text).steps["Store"].call.clone().expect("call");
    assert_eq!(call.resource, "arn:aws-cn:states:::dynamodb:putItem");
}

#[test]
fn maps_are_inline_or_distributed() {
    let bank = of("nightly-reconciliation");
    assert_eq!(
        bank.steps["Banks"].map,
        Some(MapDecision::Inline { concurrency: 4 })
    );
    assert_eq!(bank.steps["FetchBook"].limiter, Some(Limiter::Map));
    let Some(MapDecision::Distributed {
        child,
        batch,
        concurrency,
        items,
        tolerated_percentage,
    }) = of("invoice-run").steps["Invoices"].map.clone()
    else {
        panic!("not distributed")
    };
    assert_eq!((child, batch, concurrency), (Child::Express, 200, 400));
    assert_eq!(tolerated_percentage.to_string(), "0.1");
    assert!(
        matches!(items, Items::S3File { bucket, key, .. } if bucket == "billing-runs" && key == "contracts.csv")
    );
    for (of, wanted) in [
        (
            "s3://in/2026/",
            Items::S3Objects {
                bucket: "in".to_owned(),
                prefix: "2026/".to_owned(),
            },
        ),
        (
            "s3://in",
            Items::S3Objects {
                bucket: "in".to_owned(),
                prefix: String::new(),
            },
        ),
    ] {
        let text = example("invoice-run").replace("s3://billing-runs/contracts.csv", of);
        let Some(MapDecision::Distributed { items, .. }) =
            designed(&text).steps["Invoices"].map.clone()
        else {
            panic!("{of}")
        };
        assert_eq!(items, wanted);
    }
}

#[test]
fn sensitive_data_is_never_logged() {
    for name in [
        "card-payment",
        "account-opening",
        "document-intake",
        "nightly-reconciliation",
    ] {
        assert!(!of(name).logging.data, "{name}");
    }
    let text = example("fleet-telemetry").replace("audit_history: logs", "audit_history: 90-days");
    assert_eq!(
        designed(&text.replace("workflow_type: auto", "")).workflow,
        Workflow::Standard
    );
    let express = designed(&format!("{text}workflow_type: EXPRESS\n"));
    assert_eq!(express.logging.level, LogLevel::All);
}

#[test]
fn the_same_event_is_known() {
    assert!(
        matches!(of("order-fulfilment").duplicates, Duplicates::Table { key } if key == "$.detail.orderId")
    );
    assert!(matches!(
        of("account-opening").duplicates,
        Duplicates::ExecutionName { .. }
    ));
    assert_eq!(of("fleet-telemetry").duplicates, Duplicates::Allowed);
}

#[test]
fn large_data_goes_to_s3() {
    let intake = of("document-intake");
    assert!(intake.steps["CollectText"].claim_check.is_some() && intake.claim_check.is_none());
    let text = example("order-fulfilment").replace("payload: 8KB", "payload: 900KB");
    assert_eq!(
        designed(&text).claim_check.map(|size| size.0),
        Some(900 << 10)
    );
}

#[test]
fn decisions_are_readable() {
    let mut seen = String::new();
    for name in ["order-fulfilment", "insurance-claim", "video-publishing"] {
        let decisions = of(name);
        let _ = writeln!(seen, "# {name}");
        for decision in &decisions.list {
            let _ = writeln!(
                seen,
                "{} of {}: {}",
                decision.id, decision.about, decision.chosen
            );
            for why in &decision.because {
                let _ = writeln!(seen, "  because {why}");
            }
            for other in &decision.alternatives {
                let _ = writeln!(seen, "  not {}: {}", other.what, other.why_not);
            }
            for flip in &decision.flips {
                let _ = writeln!(seen, "  flips: {flip}");
            }
        }
        for assumption in &decisions.assumptions {
            let _ = writeln!(seen, "assumed: {assumption}");
        }
    }
    insta::assert_snapshot!(seen);
}
