//! A collection that is broken off goes on where it was.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws::{Collect, Memory, Sample, deepen};
use facts::{AccountFacts, Deeper};
use stub::{Options, Stub};
use tokio::sync::Notify;

use crate::{audit, quiet, served, session, unlimited};

/// Remembers, and tells when it has so many entries.
#[derive(Debug, Default)]
struct Kept {
    entries: Mutex<BTreeMap<String, String>>,
    enough: Mutex<usize>,
    reached: Notify,
}

impl Memory for Kept {
    fn recall(&self, key: &str) -> Option<String> {
        self.entries.lock().unwrap().get(key).cloned()
    }

    fn keep(&self, key: &str, value: String) {
        let mut entries = self.entries.lock().unwrap();
        let before = entries.insert(key.to_owned(), value);
        assert_eq!(before, None, "asked twice: {key}");
        if entries.len() >= *self.enough.lock().unwrap() {
            self.reached.notify_one();
        }
    }
}

async fn whole(stub: &Stub, how: &Collect) -> AccountFacts {
    let mut facts = audit(stub, how.clone()).await.unwrap();
    let choose = |machine: &facts::MachineFacts| Deeper {
        executions: machine.name.ends_with('3'),
        event_rules: machine.name.ends_with('4'),
    };
    let session = session(&stub.url);
    let sample = Sample::default();
    deepen(&session, &mut facts.machines, how, &sample, choose, &quiet).await;
    facts
}

fn options() -> Options {
    Options {
        machines: 40,
        express_every: 10,
        idle_every: 7,
        alarms: 20,
        tagged: 10,
        rules: vec![(
            "all".to_owned(),
            r#"{"source": ["aws.states"]}"#.to_owned(),
            String::new(),
        )],
        ..Options::default()
    }
}

#[tokio::test]
async fn nothing_is_asked_twice_and_the_result_is_the_same() {
    let stub = Stub::start(options());
    let expected = whole(&stub, &unlimited()).await;
    let once = served(&stub);
    for enough in [1, 2, 30, 150, 300, 380, 410] {
        stub.forget();
        let kept = Arc::new(Kept {
            enough: Mutex::new(enough),
            ..Kept::default()
        });
        let how = Collect {
            concurrency: 1,
            memory: Some(kept.clone()),
            ..unlimited()
        };
        tokio::select! {
            _ = whole(&stub, &how) => panic!("{enough} entries are more than there are"),
            () = kept.reached.notified() => {}
        }
        // What was under way comes to its end at the server.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let entries = kept.entries.lock().unwrap().len();
        assert!(entries >= enough);
        let broken_off = served(&stub);
        assert!(broken_off != once, "{enough}: it was not broken off");
        *kept.enough.lock().unwrap() = usize::MAX;
        let facts = whole(&stub, &how).await;
        assert_eq!(facts.to_json(), expected.to_json(), "{enough}");
        for (operation, calls) in served(&stub) {
            // One that was under way, and the histories of one state machine.
            let more = if operation == "GetExecutionHistory" {
                5
            } else {
                1
            };
            let least = once[&operation];
            assert!(
                (least..=least + more).contains(&calls),
                "{enough}: {operation} {calls}, once {least}"
            );
        }
        // A third time there is nothing left to ask.
        stub.forget();
        assert_eq!(whole(&stub, &how).await, expected);
        assert_eq!(served(&stub), BTreeMap::new(), "{enough}");
    }
}

#[tokio::test]
async fn failures_are_asked_anew() {
    let kept = Arc::new(Kept {
        enough: Mutex::new(usize::MAX),
        ..Kept::default()
    });
    let how = Collect {
        memory: Some(kept),
        ..unlimited()
    };
    let operations = [
        "DescribeStateMachine",
        "GetMetricData",
        "DescribeAlarms",
        "GetResources",
        "ListExecutions",
        "ListRules",
    ];
    let denying = Stub::start(Options {
        deny: operations.map(ToOwned::to_owned).into(),
        ..options()
    });
    let nothing = whole(&denying, &how).await;
    assert_eq!((nothing.machines.len(), nothing.not_read.len()), (0, 40));
    let stub = Stub::start(options());
    let facts = whole(&stub, &how).await;
    assert_eq!(facts, whole(&Stub::start(options()), &unlimited()).await);
}

/// Knows one answer, which is damaged, and keeps nothing.
#[derive(Debug)]
struct Damaged(&'static str);

impl Memory for Damaged {
    fn recall(&self, key: &str) -> Option<String> {
        key.starts_with(self.0).then(|| "{\"no\": ".to_owned())
    }

    fn keep(&self, _: &str, _: String) {}
}

#[tokio::test]
async fn an_answer_that_can_no_longer_be_read_is_asked_anew() {
    let stub = Stub::start(options());
    let expected = whole(&stub, &unlimited()).await;
    for key in [
        "state machines",
        "description",
        "metric",
        "alarms",
        "tags",
        "rules",
        "sample",
    ] {
        let how = Collect {
            memory: Some(Arc::new(Damaged(key))),
            ..unlimited()
        };
        assert_eq!(whole(&stub, &how).await, expected, "{key}");
    }
}
