//! Every fault point of the order saga, and what is undone there.

use asl::{Definition, Format};

use crate::{ExploreOptions, Fault, FaultPoint, Status, explore, fault_points};

const SAGA: &str = include_str!("../../../docs/examples/order-saga.asl.json");

/// Each step with what undoes it.
const STEPS: [(&str, &str); 4] = [
    ("ReserveInventory", "ReleaseInventory"),
    ("ProcessPayment", "RefundPayment"),
    ("RecordOrder", "MarkOrderCancelled"),
    ("CreateShipment", "CancelShipment"),
];
/// Errors that say that a step did nothing.
const REJECTED: [&str; 2] = ["OutOfStock", "PaymentDeclined"];

fn saga() -> Definition {
    let definition = Definition::parse(SAGA.as_bytes(), Format::Json);
    assert!(definition.problems.is_empty(), "{:?}", definition.problems);
    definition
}

fn undone(point: &FaultPoint) -> Vec<&str> {
    let undoes = |name: &&String| STEPS.iter().any(|(_, undo)| undo == name);
    let entered = point.entered.iter().filter(undoes);
    entered.map(String::as_str).collect()
}

/// What has to be undone where a step fails: it and those before it, the last one first; it is not where it was rejected.
fn expected(step: usize, error: &str) -> Vec<&'static str> {
    let many = if REJECTED.contains(&error) {
        step
    } else {
        step + 1
    };
    STEPS[..many].iter().rev().map(|(_, undo)| *undo).collect()
}

#[test]
fn every_fault_point_of_the_saga_undoes_the_reverse_prefix() {
    let saga = saga();
    let options = ExploreOptions::default();
    let found = explore(&saga, &options);
    let base = &found.paths[0];
    assert_eq!(base.status, Status::Succeeded);
    assert_eq!(base.entered.last().unwrap(), "OrderPlaced");
    let points = fault_points(&saga, &base.trial, &options);
    let (mut of_steps, mut of_undoes) = (0, 0);
    for point in &points {
        let error = point.fault.error();
        println!(
            "{} fails with {error}: {} {}, undone: {}",
            point.state,
            point.status.as_str(),
            point.error.as_deref().unwrap_or_default(),
            undone(point).join(" > ")
        );
        let Some(step) = STEPS.iter().position(|(name, _)| *name == point.state) else {
            // The order stands though nobody was told.
            assert_eq!(point.state, "NotifyCustomer");
            assert_eq!((point.status, undone(point).len()), (Status::Succeeded, 0));
            continue;
        };
        of_steps += 1;
        assert_eq!(undone(point), expected(step, error));
        assert_eq!(point.status, Status::Failed);
        assert_eq!(point.error.as_deref(), Some(error));
        assert_eq!(point.entered.last().unwrap(), "OrderFailed");
        assert_eq!(point.entered[step], point.state);
        assert_eq!(point.entered[step + 1..], point.afterwards);
        // A second fault, in an undo: the others still run, and somebody is told.
        for second in fault_points(&saga, &point.trial, &options) {
            if !undone(point).contains(&second.state.as_str()) {
                continue;
            }
            of_undoes += 1;
            assert_eq!(undone(&second), expected(step, error), "{}", second.state);
            assert_eq!(second.error.as_deref(), Some("CompensationIncomplete"));
            assert!(second.entered.contains(&"ParkForManualRepair".to_owned()));
        }
    }
    // Each Task by timeout, by an error that nobody names, and by those that it names.
    for (step, _) in STEPS {
        let of = |fault: &Fault| {
            let mut points = points.iter().filter(|it| it.state == step);
            points.any(|it| it.fault == *fault)
        };
        assert!(of(&Fault::Unknown) && of(&Fault::Timeout), "{step}");
    }
    assert!(
        points
            .iter()
            .any(|it| it.fault == Fault::Named("PaymentDeclined".to_owned()))
    );
    println!("{of_steps} fault points of steps, {of_undoes} with a second fault in an undo");
    assert!(of_steps >= 4 * 3 && of_undoes > of_steps);
}

#[test]
fn exploring_the_saga_reaches_all_of_it() {
    let found = explore(&saga(), &ExploreOptions::default());
    let coverage = &found.coverage;
    let parts = coverage.states.iter().chain(&coverage.outcomes);
    for part in parts.chain(&coverage.retriers).chain(&coverage.catchers) {
        assert!(part.path.is_some(), "{}: {:?}", part.pointer, part.why);
    }
}
