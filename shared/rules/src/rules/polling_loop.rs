//! A loop that asks for the state of a job for which Step Functions waits by itself.

use asl::{Definition, Graph, Pattern, Resource, Scope, State, StateKind};
use facts::WorkflowType;
use findings::{Confidence, Finding, Note, NoteKind, Severity, Strictness};

use crate::declare::declare_rule;
use crate::fixing;
use crate::tasks::{Runs, function, resource, scopes};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A loop of Wait, a request for the state of a job, and Choice, where the job is started in the same state machine by a
    /// service that Step Functions can wait for with `.sync`: Glue, Athena, Batch, ECS, EMR, SageMaker, CodeBuild, DataBrew,
    /// EKS, MediaConvert, Bedrock, and executions of other state machines.
    ///
    /// It is silent in Express workflows, which have no `.sync`, where the loop calls anything else, and about jobs without
    /// `.sync` (Glue crawlers, Transcribe, Redshift). With the strictness `all`, a loop around a Lambda function is a hint:
    /// what the function asks for cannot be seen.
    ///
    /// ## Why it matters
    ///
    /// Every round costs three transitions or more, and space in the history, which ends at 25,000 events. `.sync` is one
    /// transition however long the job runs, goes on as soon as the job has ended rather than at the next round, and
    /// stops the job when the execution is stopped.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Start",
    ///   "States": {
    ///     "Start": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun",
    ///       "Parameters": {"JobName": "transform"},
    ///       "Next": "Pause"
    ///     },
    ///     "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Look"},
    ///     "Look": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun",
    ///       "Parameters": {"JobName": "transform", "RunId.$": "$.JobRunId"},
    ///       "ResultPath": "$.run",
    ///       "Next": "Done?"
    ///     },
    ///     "Done?": {
    ///       "Type": "Choice",
    ///       "Choices": [
    ///         {"Variable": "$.run.JobRun.JobRunState", "StringEquals": "SUCCEEDED", "Next": "Publish"},
    ///         {"Variable": "$.run.JobRun.JobRunState", "StringEquals": "FAILED", "Next": "Failed"}
    ///       ],
    ///       "Default": "Pause"
    ///     },
    ///     "Publish": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true},
    ///     "Failed": {"Type": "Fail", "Error": "JobFailed"}
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Transform",
    ///   "States": {
    ///     "Transform": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun.sync",
    ///       "Parameters": {"JobName": "transform"},
    ///       "TimeoutSeconds": 7200,
    ///       "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Failed"}],
    ///       "Next": "Publish"
    ///     },
    ///     "Publish": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true},
    ///     "Failed": {"Type": "Fail", "Error": "JobFailed"}
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps. The result of `.sync` is the description of the job rather than what the start answers, a job that fails
    /// becomes an error to catch, and the role needs more: a person decides what follows from that.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
    /// - <https://aws.amazon.com/step-functions/pricing/>
    "polling-loop", "a loop asks for the state of a job that `.sync` waits for", Cost, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

/// Jobs that Step Functions waits for.
struct Job {
    /// The service in SDK integrations, and in optimized ones.
    service: [&'static str; 2],
    /// Calls that tell the state of such a job.
    asks: &'static [&'static str],
    /// Calls that start one and have `.sync`.
    starts: &'static [&'static str],
}

const fn job(
    service: [&'static str; 2],
    asks: &'static [&'static str],
    starts: &'static [&'static str],
) -> Job {
    Job {
        service,
        asks,
        starts,
    }
}

/// Source: AWS Step Functions Developer Guide, optimized integrations and the policies for each, read 2026-11-22.
const JOBS: [Job; 22] = [
    job(["athena"; 2], &["getQueryExecution"], &["startQueryExecution"]),
    job(["batch"; 2], &["describeJobs"], &["submitJob"]),
    job(["bedrock"; 2], &["getModelCustomizationJob"], &["createModelCustomizationJob"]),
    job(["codebuild"; 2], &["batchGetBuilds"], &["startBuild"]),
    job(["codebuild"; 2], &["batchGetBuildBatches"], &["startBuildBatch", "retryBuildBatch"]),
    job(["databrew"; 2], &["describeJobRun", "listJobRuns"], &["startJobRun"]),
    job(["ecs"; 2], &["describeTasks"], &["runTask"]),
    job(["eks"; 2], &["describeCluster"], &["createCluster", "deleteCluster"]),
    job(["eks"; 2], &["describeNodegroup"], &["createNodegroup", "deleteNodegroup"]),
    job(["eks"; 2], &["describeFargateProfile"], &["createFargateProfile", "deleteFargateProfile"]),
    job(["emr", "elasticmapreduce"], &["describeCluster"], &["createCluster", "runJobFlow", "terminateCluster"]),
    job(["emr", "elasticmapreduce"], &["describeStep"], &["addStep"]),
    job(["emrcontainers", "emr-containers"], &["describeJobRun"], &["startJobRun"]),
    job(["emrserverless", "emr-serverless"], &["getJobRun"], &["startJobRun"]),
    job(["glue"; 2], &["getJobRun", "getJobRuns"], &["startJobRun"]),
    job(["mediaconvert"; 2], &["getJob"], &["createJob"]),
    job(["sagemaker"; 2], &["describeTrainingJob"], &["createTrainingJob"]),
    job(["sagemaker"; 2], &["describeTransformJob"], &["createTransformJob"]),
    job(["sagemaker"; 2], &["describeHyperParameterTuningJob"], &["createHyperParameterTuningJob"]),
    job(["sagemaker"; 2], &["describeLabelingJob"], &["createLabelingJob"]),
    job(["sagemaker"; 2], &["describeProcessingJob"], &["createProcessingJob"]),
    job(["sfn", "states"], &["describeExecution"], &["startExecution"]),
];

impl Job {
    /// True for one of these calls that does not wait.
    fn is(&self, state: &State, actions: &[&str]) -> bool {
        let request = Pattern::RequestResponse;
        matches!(
            resource(state),
            Some(Resource::Integration { service, action, pattern, .. })
                if *pattern == request
                    && self.service.contains(&service.as_str())
                    && actions.contains(&action.as_str())
        )
    }

    /// The resource that starts such a job and waits for its end.
    fn waiting(&self, start: &State) -> Option<String> {
        let Resource::Integration { action, arn, .. } = resource(start)? else {
            return None;
        };
        // EMR's own name for it.
        let action = match action.as_str() {
            "runJobFlow" => "createCluster",
            action => action,
        };
        let suffix = if action == "startExecution" { "sync:2" } else { "sync" };
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let [_, service] = self.service;
        Some(format!("arn:{partition}:states:::{service}:{action}.{suffix}"))
    }
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    let starts = starts(definition);
    let express = subject.facts.workflow_type.known() == Some(&WorkflowType::Express);
    for (scope, runs) in scopes(definition) {
        match runs {
            Runs::Machine if express => continue,
            Runs::ExpressChildren(_) => continue,
            Runs::Machine | Runs::StandardChildren => {}
        }
        for found in loops(scope) {
            report(subject, &starts, &found, verdict);
        }
    }
}

/// The first state that starts each kind of job.
fn starts(definition: &Definition) -> Vec<Option<&State>> {
    let states = definition.states();
    let start = |job: &Job| states.iter().copied().find(|state| job.is(state, job.starts));
    JOBS.iter().map(start).collect()
}

fn report(
    subject: &Subject<'_>,
    starts: &[Option<&State>],
    found: &Loop<'_>,
    verdict: &mut Verdict,
) {
    let asked = JOBS.iter().zip(starts).find(|(job, _)| job.is(found.asks, job.asks));
    if let Some((job, start)) = asked {
        if let Some(start) = *start
            && let Some(waiting) = job.waiting(start)
        {
            verdict.report(finding(subject, found, start, &waiting, verdict));
        }
    } else if function(found.asks).is_some() && subject.config.strictness >= Strictness::All {
        verdict.report(hint(subject, found, verdict));
    }
}

/// A loop that waits and asks.
struct Loop<'a> {
    wait: &'a State,
    asks: &'a State,
    /// States in one round.
    states: usize,
}

impl Loop<'_> {
    /// `a round costs 3 transitions, an hour of waiting 360`
    fn cost(&self) -> String {
        let seconds = match &self.wait.kind {
            StateKind::Wait(wait) => wait.seconds.as_ref().and_then(|amount| amount.value.number()),
            _ => None,
        };
        let round = format!("a round costs {} transitions", self.states);
        let states = u32::try_from(self.states).map_or(0.0, f64::from);
        match seconds.filter(|seconds| (1.0..=3600.0).contains(seconds)) {
            Some(seconds) => {
                let hour = (3600.0 / seconds).floor() * states;
                format!("{round}, an hour of waiting {hour:.0}")
            }
            None => round,
        }
    }
}

/// States that a search looks at: no loop that somebody wrote is longer.
const LONGEST: usize = 12;

/// Every Task of a scope that is asked again after a Choice and a Wait, with nothing else that works in between.
fn loops(scope: &Scope) -> Vec<Loop<'_>> {
    if !scope.states.iter().any(|state| matches!(state.kind, StateKind::Wait(_))) {
        return Vec::new();
    }
    let graph = scope.graph();
    let states = scope.states.iter().enumerate();
    states.filter_map(|(index, _)| round(scope, graph, index)).collect()
}

/// The shortest way from a Task back to itself over Choice, Wait and Pass.
fn round<'a>(scope: &'a Scope, graph: &Graph, asks: usize) -> Option<Loop<'a>> {
    let state = |index: usize| scope.states.get(index);
    let is_task = |index: usize| state(index).is_some_and(|state| resource(state).is_some());
    if !is_task(asks) {
        return None;
    }
    // Each state with the one before it on the way.
    let mut ways: Vec<(usize, usize)> = vec![(asks, asks)];
    let mut next = 0;
    while let Some((at, _)) = ways.get(next).copied() {
        for edge in graph.out_of(at).filter(|edge| !is_catch(edge.kind)).take(LONGEST) {
            if edge.to == asks {
                return close(scope, &ways, next, asks);
            }
            let known = ways.iter().any(|(to, _)| *to == edge.to);
            if !known && passes(state(edge.to)?) && ways.len() <= LONGEST {
                ways.push((edge.to, next));
            }
        }
        next += 1;
    }
    None
}

fn is_catch(kind: asl::EdgeKind) -> bool {
    matches!(kind, asl::EdgeKind::Catch(_))
}

fn passes(state: &State) -> bool {
    matches!(
        state.kind,
        StateKind::Choice { .. } | StateKind::Wait(_) | StateKind::Pass
    )
}

/// The loop, where the way that ends at `last` has a Choice and a Wait.
fn close<'a>(
    scope: &'a Scope,
    ways: &[(usize, usize)],
    last: usize,
    asks: usize,
) -> Option<Loop<'a>> {
    let (mut wait, mut chooses, mut states, mut at) = (None, false, 1, last);
    while at != 0 {
        let (index, before) = *ways.get(at)?;
        let state = scope.states.get(index)?;
        match state.kind {
            StateKind::Wait(_) => wait = Some(state),
            StateKind::Choice { .. } => chooses = true,
            _ => {}
        }
        states += 1;
        at = before;
    }
    Some(Loop {
        wait: wait.filter(|_| chooses)?,
        asks: scope.states.get(asks)?,
        states,
    })
}

fn finding(
    subject: &Subject<'_>,
    found: &Loop<'_>,
    start: &State,
    waiting: &str,
    verdict: &Verdict,
) -> Finding {
    let (wait, asks, starts) = (&found.wait.name.value, &found.asks.name.value, &start.name.value);
    let short = waiting.rsplit(":::").next().unwrap_or(waiting);
    let mut finding = verdict.draft(format!(
        "`{wait}` and `{asks}` ask again and again for the job of `{starts}`, which `{short}` waits for: {}",
        found.cost()
    ));
    finding.why = format!(
        "`{short}` is one transition however long the job runs, and goes on when the job has ended, not at the next round"
    );
    finding.action = format!("let `{starts}` wait for its job, and remove the loop");
    finding.location = subject.at_state(found.wait, "waits, and then asks");
    finding.related = vec![
        subject.at_state(found.asks, "asks"),
        subject.at_state(start, "starts the job"),
    ];
    finding.notes = notes(subject);
    finding.fix = Some(fixing::steps(
        format!("wait for the job with `{short}`"),
        [
            format!("set the Resource of `{starts}` to `{waiting}`"),
            format!("let `{starts}` lead to where the loop leads when the job has succeeded"),
            "catch `States.TaskFailed` and lead to where the loop leads when the job has failed".to_owned(),
            "set `TimeoutSeconds` to the longest that the job may take".to_owned(),
            format!("let later states read the job where `{starts}` puts it now: the result is its description"),
            "allow the role to describe and stop the job, and `events:PutRule`, `events:PutTargets`, `events:DescribeRule`"
                .to_owned(),
            format!("remove `{wait}`, `{asks}` and the Choice"),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[asks]);
    finding
}

fn notes(subject: &Subject<'_>) -> Vec<Note> {
    let mut notes = vec![Note {
        kind: NoteKind::Mind,
        text: "a job that fails becomes an error of the task, and stopping the execution stops the job".to_owned(),
    }];
    if let Err(why) = subject.facts.workflow_type.get() {
        notes.push(Note {
            kind: NoteKind::Assume,
            text: format!("the workflow type is not known ({why}); Express has no `.sync`"),
        });
    }
    notes
}

fn hint(subject: &Subject<'_>, found: &Loop<'_>, verdict: &Verdict) -> Finding {
    let (wait, asks) = (&found.wait.name.value, &found.asks.name.value);
    let mut finding = verdict.draft(format!(
        "`{wait}` and `{asks}` form a loop around a Lambda function that may only ask for a state: {}",
        found.cost()
    ));
    finding.severity = Severity::Informational;
    finding.confidence = Confidence::Low;
    finding.why = String::from("where a service tells by itself that it is done, waiting for that costs one transition");
    finding.action = String::from(
        "see whether the service has `.sync`, or can call back with a task token (`.waitForTaskToken`)",
    );
    finding.location = subject.at_state(found.wait, "waits, and then asks");
    finding.related = vec![subject.at_state(found.asks, "asks")];
    finding.fix = Some(fixing::steps(
        "wait instead of asking",
        [
            format!("look up what `{asks}` asks for"),
            "start it with `.sync` where its service has that, or with `.waitForTaskToken` and an EventBridge rule that \
             returns the token when it has ended"
                .to_owned(),
            format!("remove `{wait}`, `{asks}` and the Choice"),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[asks]);
    finding
}

#[cfg(test)]
mod tests {
    use facts::{Fact, WorkflowType};

    use crate::tests::{machines, places, told};

    /// A loop that asks `poll` for what `start` has started; `between` stands between the Choice and the Wait.
    fn machine(start: &str, poll: &str, between: &str) -> String {
        let back = if between.is_empty() { "Wait" } else { "Between" };
        format!(
            r#"{{"StartAt": "Start", "States": {{
            "Start": {{"Type": "Task", "Resource": "arn:aws:states:::{start}", "Next": "Ask"}},
            "Ask": {{"Type": "Task", "Resource": "arn:aws:states:::{poll}", "ResultPath": "$.r", "Next": "Choose"}},
            "Choose": {{"Type": "Choice", "Choices": [{{"Variable": "$.r.s", "StringEquals": "DONE", "Next": "End"}}],
                "Default": "{back}"}},
            {between}
            "Wait": {{"Type": "Wait", "SecondsPath": "$.wait", "Next": "Ask"}},
            "End": {{"Type": "Succeed"}}}}}}"#
        )
    }

    fn at(start: &str, poll: &str, between: &str) -> Vec<String> {
        places("polling-loop", &machine(start, poll, between))
    }

    #[test]
    fn the_job_is_started_here_and_only_asked_for() {
        let (none, wait) = (Vec::<String>::new(), ["/States/Wait"]);
        let athena = "athena:getQueryExecution";
        assert_eq!(at("athena:startQueryExecution", athena, ""), wait);
        assert_eq!(at("aws-sdk:athena:startQueryExecution", "aws-sdk:athena:getQueryExecution", ""), wait);
        assert_eq!(at("states:startExecution", "aws-sdk:sfn:describeExecution", ""), wait);
        let counter = r#""Between": {"Type": "Pass", "Next": "Wait"},"#;
        assert_eq!(at("athena:startQueryExecution", athena, counter), wait);
        let work = r#""Between": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Wait"},"#;
        assert_eq!(at("athena:startQueryExecution", athena, work), none);
        assert_eq!(at("athena:startQueryExecution.sync", athena, ""), none);
        assert_eq!(at("sns:publish", athena, ""), none);
        assert_eq!(at("aws-sdk:glue:startCrawler", "aws-sdk:glue:getCrawler", ""), none);
        // A hint.
        assert_eq!(at("sns:publish", "lambda:invoke", ""), wait);
    }

    #[test]
    fn express_has_no_sync() {
        let mut facts = machines::base();
        facts.workflow_type = Fact::Known(WorkflowType::Express);
        let text = machine("athena:startQueryExecution", "athena:getQueryExecution", "");
        facts.definition = Fact::Known(text);
        assert_eq!(told("polling-loop", &facts), []);
    }
}
