//! Work that is too heavy for where it is: it moves into a job, and a thin workflow stays.

use pricing::{Prices, RegionPrices, Usd, num};
use rust_decimal::Decimal;

use super::{Reason, Refusal, rules};
use crate::decide::estimate::{self, Estimate};
use crate::requirements::{
    Action, Call, Duration, Requirements, Size, Step, WaitFor, Work, WorkflowType,
};

/// A function ends after 15 minutes and has at most 10,240 MB (quotas of Lambda, 2026-11-22).
const FUNCTION: Duration = Duration(900_000);
const FUNCTION_MB: u32 = 10_240;
/// A state holds 256 KiB (quotas of Step Functions); queries of the Data API end after 45 seconds and answer with 1 MiB (quotas of the
/// RDS Data API, 2026-11-22).
const STATE: Size = Size(256 << 10);
const QUERY: Duration = Duration(60_000);
/// What a job has where nothing is said.
const JOB_MB: u32 = 4096;
/// A vCPU of Fargate comes with at most 8 GB.
const MB_PER_VCPU: u32 = 8192;

fn price(name: &str) -> Option<Decimal> {
    Prices::embedded().other(name).map(|price| price.usd.0)
}

/// A step that is too heavy, and why.
pub(super) struct Heavy {
    pub(super) id: String,
    why: String,
    query: bool,
}

/// Steps that are too heavy for where they are.
pub(super) fn heavy_steps(asked: &Requirements) -> Vec<Heavy> {
    asked.all_steps().into_iter().filter_map(heavy).collect()
}

/// Whether a step is too heavy for where it is.
pub(crate) fn is_heavy(step: &Step) -> bool {
    heavy(step).is_some()
}

fn heavy(step: &Step) -> Option<Heavy> {
    let Work::Does(Call {
        action: Action::Api { service, .. },
        wait,
        ..
    }) = &step.work
    else {
        return None;
    };
    let id = &step.id;
    let mut why = Vec::new();
    let query = matches!(service.as_str(), "rdsdata" | "redshiftdata");
    if query && *wait == WaitFor::Response {
        if let Some(duration) = step.duration.filter(|duration| *duration > QUERY) {
            why.push(format!(
                "queries for {duration}, where {QUERY} are the most to wait for"
            ));
        }
        if let Some(size) = step.result_size.filter(|size| *size > STATE) {
            why.push(format!("answers with {size}, and a state holds 256 KiB"));
        }
    }
    if service == "lambda" && *wait != WaitFor::Callback {
        if let Some(duration) = step
            .duration
            .or(step.timeout)
            .filter(|time| *time > FUNCTION)
        {
            why.push(format!(
                "computes for {duration}, and a function ends after 15 min"
            ));
        }
        if let Some(mb) = step.memory_mb.filter(|mb| *mb > FUNCTION_MB) {
            why.push(format!(
                "takes {mb} MB, and a function has at most {FUNCTION_MB}"
            ));
        }
    }
    (!why.is_empty()).then(|| Heavy {
        id: id.clone(),
        why: why.join(", and "),
        query,
    })
}

/// Why heavy work is moved, and the requirements with that work in jobs.
pub(crate) fn redirect(
    asked: &Requirements,
    prices: &RegionPrices,
) -> Option<(Refusal, Requirements)> {
    let heavy = heavy_steps(asked);
    if heavy.is_empty() {
        return None;
    }
    let mut moved = asked.clone();
    move_work(&mut moved.steps, &heavy);
    // Only Standard waits for a job, and nobody who waits for an answer waits for that.
    moved.workflow_type = WorkflowType::Auto;
    let redirects = !asked.trigger.caller_waits;
    let reasons = [false, true]
        .into_iter()
        .filter_map(|query| {
            let steps: Vec<&Heavy> = heavy.iter().filter(|heavy| heavy.query == query).collect();
            (!steps.is_empty()).then(|| reason(asked, &moved, &steps, query, prices))
        })
        .collect();
    Some((
        Refusal {
            name: asked.name.clone(),
            redirects,
            reasons,
        },
        moved,
    ))
}

fn move_work(steps: &mut [Step], heavy: &[Heavy]) {
    for step in steps {
        match &mut step.work {
            Work::Parallel(branches) => branches
                .iter_mut()
                .for_each(|branch| move_work(branch, heavy)),
            Work::Each(each) => move_work(&mut each.steps, heavy),
            Work::Does(call) if heavy.iter().any(|heavy| heavy.id == step.id) => {
                call.action = Action::Api {
                    service: "batch".to_owned(),
                    name: "submitJob".to_owned(),
                };
                call.wait = WaitFor::Job;
                call.input = None;
                // The job writes into S3 and answers with where.
                step.result_size = None;
                step.memory_mb = None;
                // A timeout of a function says nothing of a job; the bound of the whole stays.
                step.timeout = step
                    .timeout
                    .filter(|timeout| step.duration.is_none_or(|duration| *timeout >= duration));
            }
            _ => {}
        }
    }
}

fn reason(
    asked: &Requirements,
    moved: &Requirements,
    heavy: &[&Heavy],
    query: bool,
    prices: &RegionPrices,
) -> Reason {
    let whole = Estimate::new(asked);
    let named = heavy
        .iter()
        .map(|heavy| format!("`{}`", heavy.id))
        .collect::<Vec<_>>()
        .join(", ");
    let why = heavy
        .iter()
        .map(|heavy| format!("`{}` {}", heavy.id, heavy.why))
        .collect::<Vec<_>>()
        .join("; ");
    let all = asked.all_steps();
    let steps: Vec<&Step> = all
        .iter()
        .copied()
        .filter(|step| heavy.iter().any(|heavy| heavy.id == step.id))
        .collect();
    let (costs, costs_how) = jobs(&steps, moved, &whole, prices);
    let (workflow_costs, how) = rules::as_asked(asked, &whole, prices);
    let workflow_costs_how = format!("{how}; it would fail at these quotas");
    let (id, source, instead, come_back) = if query {
        (
            "direct-database-work",
            "quotas of Step Functions (256 KiB of a state) and of the RDS Data API (45 s, 1 MiB), 2026-11-22",
            vec![
                format!("run {named} as an AWS Batch job on Fargate, or as a Glue job, that the workflow waits for (`.sync`); it writes its result into S3 and answers with where"),
                "let short work on the database be done behind a service of its own; move data in bulk with Glue or DMS".to_owned(),
            ],
            "the workflow stays as the thin part around it: it starts the job, waits for it and handles its end; direct queries of less than 60 s and 256 KiB are fine",
        )
    } else {
        (
            "heavy-compute",
            "quotas of Lambda (15 min, 10,240 MB), 2026-11-22",
            vec![
                format!(
                    "run {named} as an AWS Batch job on Fargate, or as an ECS task, that the workflow waits for (`.sync`), with its data in S3"
                ),
                "take Glue or EMR Serverless where the work is Spark".to_owned(),
            ],
            "the workflow stays as the thin part around it: it starts the job, waits for it and handles its end; a function serves up to 15 min and 10 GB",
        )
    };
    Reason {
        id,
        steps: heavy.iter().map(|heavy| heavy.id.clone()).collect(),
        why,
        source: source.to_owned(),
        instead,
        costs,
        costs_how,
        workflow_costs: Some(workflow_costs),
        workflow_costs_how,
        come_back: come_back.to_owned(),
    }
}

/// What the jobs and the thin workflow cost a month.
fn jobs(
    steps: &[&Step],
    moved: &Requirements,
    whole: &Estimate,
    prices: &RegionPrices,
) -> (Option<Usd>, String) {
    let thin = Estimate::new(moved).standard(prices);
    let (Some(vcpu), Some(gb)) = (price("fargate_vcpu_hour"), price("fargate_gb_hour")) else {
        return (None, "the price of Fargate is not on record".to_owned());
    };
    let mut usd = thin;
    let mut how = Vec::new();
    for step in steps {
        let mb = step.memory_mb.unwrap_or(JOB_MB);
        let vcpus = Decimal::from(mb.div_ceil(MB_PER_VCPU).max(1));
        let lasts = estimate::duration_of(step);
        let hours = num::div_or_max(lasts.0.into(), Decimal::from(3_600_000));
        let memory = num::mul(gb, num::div_or_max(mb.into(), Decimal::from(1024)));
        let hour = num::add(num::mul(vcpu, vcpus), memory);
        let runs = num::mul(whole.executions, step.probability);
        usd += Usd(num::mul(num::mul(hour, hours), runs));
        how.push(format!(
            "`{}`: {} runs x {lasts} x ({vcpus} vCPU, {mb} MB) on Fargate",
            step.id,
            num::count(runs)
        ));
    }
    how.push(format!("the thin workflow {}", thin.rounded()));
    if prices.region != pricing::REFERENCE_REGION {
        how.push("the price of Fargate is that of us-east-1".to_owned());
    }
    (Some(usd), how.join("; "))
}
