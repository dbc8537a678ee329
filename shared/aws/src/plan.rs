//! What a collection will ask for, told before it does.

use facts::WorkflowType;

use crate::collect::{Collect, Listed, asked_metrics};
use crate::quota::{bucket, least_seconds};
use crate::{Pace, Sample};

/// Calls of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// `states:DescribeStateMachine`
    pub action: &'static str,
    /// At least so many.
    pub least: usize,
    /// And at most; none where nobody knows before.
    pub most: Option<usize>,
    /// The bucket that may be used: calls at once, and more of them a second. None where nothing is paced.
    pub bucket: Option<(f64, f64)>,
    /// The least time in seconds that the bucket allows for the least and for the most calls.
    pub seconds: (f64, Option<f64>),
}

/// What a collection of one Region asks for, executions included.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Region.
    pub region: String,
    /// State machines: Standard, Express, of a type that is not known.
    pub machines: (usize, usize, usize),
    /// By action, in the order in which they are made.
    pub calls: Vec<Calls>,
    /// Metrics that CloudWatch is asked for where all state machines are idle, and where none is.
    pub metrics: (usize, usize),
    /// True where they are asked for free of charge (`GetMetricStatistics`).
    pub free: bool,
}

impl Plan {
    /// Plans a collection of these state machines, the listing of which is done.
    pub fn new(region: &str, machines: &[Listed], how: &Collect, sample: &Sample) -> Self {
        let of = |kind| machines.iter().filter(|listed| listed.kind == kind).count();
        let standard = of(Some(WorkflowType::Standard));
        let kinds = (standard, of(Some(WorkflowType::Express)), of(None));
        let asked = asked_metrics(how, region, machines);
        let calls =
            |action, least, most: Option<usize>| of_action(region, action, least, most, how.pace);
        let any = usize::from(!machines.is_empty());
        let samples = sampling(sample).map(|each| Some((standard + kinds.2).saturating_mul(each)));
        let [lists, histories] = samples;
        let cloudwatch = if asked.free {
            "cloudwatch:GetMetricStatistics"
        } else {
            "cloudwatch:GetMetricData"
        };
        let (alone, least, most) = (machines.len(), asked.calls.0, asked.calls.1);
        let map_runs = Some(crate::deepen::most_map_runs(sample, standard + kinds.2));
        Self {
            region: region.to_owned(),
            machines: kinds,
            calls: vec![
                calls("states:DescribeStateMachine", alone, Some(alone)),
                calls(cloudwatch, least, Some(most)),
                calls("cloudwatch:DescribeAlarms", any, None),
                calls("tag:GetResources", any, Some(alone.div_ceil(100))),
                calls("states:ListExecutions", 0, lists),
                calls("states:GetExecutionHistory", 0, histories),
                calls("states:ListMapRuns", 0, map_runs),
                calls("states:DescribeMapRun", 0, map_runs),
                calls("events:ListRules", 0, None),
            ],
            metrics: asked.metrics,
            free: asked.free,
        }
    }

    /// The least time in seconds that the buckets allow, and that where the executions of every Standard state machine are
    /// sampled and every history is as long as is read. Actions are called at the same time, so it is that of the slowest.
    pub fn seconds(&self) -> (f64, f64) {
        let longest = |of: fn(&Calls) -> f64| self.calls.iter().map(of).fold(0.0, f64::max);
        (
            longest(|calls| calls.seconds.0),
            longest(|calls| calls.seconds.1.unwrap_or(calls.seconds.0)),
        )
    }
}

/// Calls for each sampled state machine, at most: listings, and pages of histories.
fn sampling(sample: &Sample) -> [usize; 2] {
    [1, sample.pages]
}

fn of_action(
    region: &str,
    action: &'static str,
    least: usize,
    most: Option<usize>,
    pace: Pace,
) -> Calls {
    let seconds = |calls| least_seconds(region, action, calls, pace).unwrap_or_default();
    let share = pace.of_bucket();
    let shared = share.and_then(|share| Some(bucket(region, action)?.shared(share)));
    Calls {
        action,
        least,
        most,
        bucket: shared.map(|bucket| (bucket.0, bucket.1)),
        seconds: (seconds(least), most.map(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(kind: WorkflowType, count: usize) -> Vec<Listed> {
        let one = Listed {
            arn: "arn".to_owned(),
            name: "name".to_owned(),
            kind: Some(kind),
            created: None,
        };
        vec![one; count]
    }

    /// Two of each that may have some; none by a function, which does not read them.
    const RUNS: usize = if cfg!(feature = "deep") { 1800 } else { 0 };

    #[test]
    fn calls_are_told_between_the_least_and_the_most() {
        let mut machines = listed(WorkflowType::Standard, 900);
        machines.extend(listed(WorkflowType::Express, 100));
        let plan = Plan::new(
            "us-east-1",
            &machines,
            &Collect::default(),
            &Sample::default(),
        );
        assert_eq!((plan.machines, plan.free), ((900, 100, 0), false));
        // 3 or 10 of a Standard one, 2 or 11 of an Express one, 3 of the Region.
        assert_eq!(plan.metrics, (2903, 10_103));
        let told: Vec<_> = plan
            .calls
            .iter()
            .map(|calls| (calls.action, calls.least, calls.most))
            .collect();
        assert_eq!(
            told,
            [
                ("states:DescribeStateMachine", 1000, Some(1000)),
                ("cloudwatch:GetMetricData", 6, Some(6 + 15)),
                ("cloudwatch:DescribeAlarms", 1, None),
                ("tag:GetResources", 1, Some(10)),
                ("states:ListExecutions", 0, Some(900)),
                ("states:GetExecutionHistory", 0, Some(900 * 60)),
                ("states:ListMapRuns", 0, Some(RUNS)),
                ("states:DescribeMapRun", 0, Some(RUNS)),
                ("events:ListRules", 0, None),
            ]
        );
        // Half of 200 at once and of 20 a second; half of 400 and of 20.
        assert_eq!(plan.seconds(), (90.0, 5380.0));
        assert_eq!(plan.calls[0].bucket, Some((100.0, 10.0)));
    }

    #[test]
    fn nothing_is_asked_of_an_empty_region() {
        let plan = Plan::new("us-east-1", &[], &Collect::default(), &Sample::default());
        assert!(plan.calls.iter().all(|calls| calls.least == 0), "{plan:?}");
        assert_eq!((plan.metrics, plan.seconds()), ((0, 0), (0.0, 0.0)));
    }

    #[cfg(feature = "statistics")]
    #[test]
    fn the_free_way_is_told_where_it_is_taken() {
        let how = Collect {
            metrics: crate::MetricsPath::Cheapest,
            ..Collect::default()
        };
        let machines = listed(WorkflowType::Standard, 1000);
        let plan = Plan::new("us-east-1", &machines, &how, &Sample::default());
        assert!(plan.free);
        let told = &plan.calls[1];
        assert_eq!(
            (told.action, told.least, told.most),
            ("cloudwatch:GetMetricStatistics", 3003, Some(8003))
        );
        let few = Plan::new("us-east-1", &machines[..30], &how, &Sample::default());
        assert!(!few.free);
    }
}
