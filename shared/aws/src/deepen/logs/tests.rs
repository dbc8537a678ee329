use facts::{Logging, Metrics};

use super::*;

const MB: u64 = 1_000_000;

fn window() -> Window {
    Window {
        start: "2026-11-08T06:00:00Z".parse().unwrap(),
        end: "2026-11-22T06:00:00Z".parse().unwrap(),
    }
}

/// An Express workflow whose log group took in so many megabytes a day.
fn machine(name: &str, megabytes_a_day: u64) -> MachineFacts {
    let mut metrics = Metrics::idle(window());
    metrics.started.total = 100;
    MachineFacts {
        arn: format!("arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"),
        region: "eu-west-1".to_owned(),
        account: "111122223333".to_owned(),
        workflow_type: Fact::Known(WorkflowType::Express),
        metrics: Fact::Known(metrics),
        logging: Fact::Known(Logging {
            level: LogLevel::All,
            include_execution_data: true,
            destinations: vec![format!(
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/states/{name}:*"
            )],
        }),
        logs: Fact::Known(Some(LogUse {
            group: format!("/aws/vendedlogs/states/{name}"),
            ingested: Some(14 * MB * megabytes_a_day),
            stored: None,
            unknown: None,
        })),
        ..MachineFacts::default()
    }
}

fn changed(change: impl Fn(&mut MachineFacts)) -> MachineFacts {
    let mut machine = machine("orders", 10);
    change(&mut machine);
    machine
}

fn level(level: LogLevel) -> MachineFacts {
    changed(|machine| {
        if let Fact::Known(logging) = &mut machine.logging {
            logging.level = level;
        }
    })
}

fn ingested(bytes: Option<u64>) -> MachineFacts {
    changed(|machine| {
        if let Fact::Known(Some(logs)) = &mut machine.logs {
            logs.ingested = bytes;
        }
    })
}

/// Hours and megabytes of each scan.
fn scans(machines: &[MachineFacts], megabytes: u64) -> Vec<(f64, u64)> {
    let scans = express_log_scan(machines, megabytes * MB).into_iter();
    scans
        .map(|scan| {
            let hours = f64::from(i32::try_from(scan.window.seconds()).unwrap()) / 3600.0;
            assert_eq!(scan.window.end, window().end, "the newest");
            (hours, scan.bytes / MB)
        })
        .collect()
}

#[test]
fn a_scan_is_as_long_as_its_bytes_last() {
    assert_eq!(
        scans(&[machine("orders", 10)], 1000),
        [(24.0, 20)],
        "a day at most, and twice the mean"
    );
    assert_eq!(scans(&[machine("orders", 10)], 5), [(6.0, 5)]);
    assert_eq!(scans(&[machine("orders", 1440)], 10), [(5.0 / 60.0, 10)]);
    assert_eq!(scans(&[machine("orders", 1440)], 9), []);
    assert_eq!(scans(&[machine("orders", 10)], 0), []);
    assert_eq!(scans(&[], 1000), []);
}

#[test]
fn what_small_groups_leave_is_for_the_large() {
    let machines = [machine("a", 100), machine("b", 1), machine("c", 100)];
    assert_eq!(
        scans(&machines, 1000),
        [(24.0, 200), (24.0, 2), (24.0, 200)]
    );
    assert_eq!(scans(&machines, 102), [(6.0, 50), (24.0, 2), (6.0, 50)]);
    let total: u64 = express_log_scan(&machines, 77 * MB)
        .iter()
        .map(|scan| scan.bytes)
        .sum();
    assert!(total <= 77 * MB, "{total}");
}

#[test]
fn what_is_not_searched_says_why() {
    let why = |machine: MachineFacts| {
        let planned = plan(&[machine], 1000 * MB).pop();
        planned.map(|(_, scan)| scan.map(|_| ()))
    };
    let no_log = Some(Err(
        "Express workflows keep no execution history, and it is not logged with level ALL",
    ));
    let not_known = Some(Err("what its log group takes in is not known"));
    let idle = Some(Err("it was not executed in the window, or not logged"));
    assert_eq!(why(machine("orders", 1)), Some(Ok(())));
    assert_eq!(why(level(LogLevel::Error)), no_log);
    assert_eq!(why(changed(|it| it.logging = Fact::default())), no_log);
    assert_eq!(why(ingested(None)), not_known);
    assert_eq!(why(changed(|it| it.metrics = Fact::default())), not_known);
    assert_eq!(why(ingested(Some(0))), idle);
    assert_eq!(
        why(changed(|it| it.arn =
            "arn:aws:states:eu-west-1:1:stateMachine:a\" or 1"
                .to_owned())),
        Some(Err("its name cannot be searched for"))
    );
    assert_eq!(
        why(machine("orders", 1_000_000)),
        Some(Err(
            "five minutes of its log group are more than may be scanned"
        ))
    );
    let standard = changed(|it| it.workflow_type = Fact::Known(WorkflowType::Standard));
    assert_eq!(why(standard), None);
}

#[test]
fn the_log_group_is_read_from_its_arn() {
    let read = |machine: &MachineFacts| group(machine).map(|it| it.map(|it| it.name.to_owned()));
    assert_eq!(
        read(&machine("orders", 1)),
        Ok(Some("/aws/vendedlogs/states/orders".to_owned()))
    );
    assert_eq!(read(&level(LogLevel::Off)), Ok(None));
    let to = |arn: &str| {
        changed(|machine| {
            if let Fact::Known(logging) = &mut machine.logging {
                logging.destinations = vec![arn.to_owned()];
            }
        })
    };
    assert_eq!(
        read(&to(
            "arn:aws:logs:eu-west-1:999999999999:log-group:central:*"
        )),
        Err("its log group is in another account or Region".to_owned())
    );
    assert_eq!(
        read(&to("central")),
        Err("its log group has an ARN that is none".to_owned())
    );
}
