//! A credential that everybody who may read the definition can read.

use findings::{Confidence, Finding};

use crate::declare::declare_rule;
use crate::fixing;
use crate::secrets::Secret;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Credentials that are written out in a definition: AWS access keys, private keys, tokens of GitHub, GitLab, Slack,
    /// Stripe, Google, SendGrid and npm, bearer tokens and JSON web tokens, addresses with a password, and values that are
    /// called password, API key, secret or token and look like one.
    ///
    /// It is silent about ARNs, paths, expressions, `${...}` and `{{resolve:...}}`, about names of secrets, and about words that
    /// stand where a credential is to be put. The credential itself is in no finding, no line that is shown, no report.
    ///
    /// ## Why it matters
    ///
    /// `states:DescribeStateMachine` shows the definition, and many roles may call it that may not read a secret. The template,
    /// the repository, every published version and CloudTrail have it as well, and keep it when it is taken out.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Announce",
    ///   "States": {
    ///     "Announce": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    ///       "Parameters": {
    ///         "FunctionName": "announce:live",
    ///         "Payload": {"token.$": "$$.Task.Token", "password": "Tr0ub4dor&3"}
    ///       },
    ///       "TimeoutSeconds": 60,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// The function reads it by itself:
    /// ```asl,good
    /// {
    ///   "StartAt": "Announce",
    ///   "States": {
    ///     "Announce": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    ///       "Parameters": {
    ///         "FunctionName": "announce:live",
    ///         "Payload": {"token.$": "$$.Task.Token", "secret": "prod/announce/password"}
    ///       },
    ///       "TimeoutSeconds": 60,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps. Revoke the credential first: taking it out of the definition does not take it out of what has been published.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/security-best-practices.html>
    /// - <https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
    "secret-in-definition", "a credential is written out in the definition", Security, High,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    if subject.assessable(verdict).is_none() {
        return;
    }
    let mut last = None;
    for secret in subject.secrets() {
        // Of one string, the first credential is told: the string has to go anyway.
        if last != Some(secret.span) {
            verdict.report(finding(subject, secret, verdict));
        }
        last = Some(secret.span);
    }
}

fn finding(subject: &Subject<'_>, secret: &Secret, verdict: &Verdict) -> Finding {
    let what = secret.kind.words();
    let place = match &secret.state {
        Some(state) => format!("`{state}`"),
        None => "the definition".to_owned(),
    };
    let mut finding = verdict.draft(format!("{place} has {what} written out (not shown here)"));
    if !secret.kind.is_sure() {
        finding.confidence = Confidence::Medium;
    }
    finding.why = String::from(
        "everybody who may describe the state machine reads it, and its template and published versions keep it",
    );
    finding.action = String::from(
        "revoke it, keep the new one in Secrets Manager, and let what needs it read it there",
    );
    finding.location = subject.at(&secret.pointer, secret.span, what);
    finding.location.state.clone_from(&secret.state);
    finding.fix = Some(fixing::steps(
        "take the credential out of the definition",
        [
            "revoke it where it was issued: whoever could read the definition may have it".to_owned(),
            "keep the new one in Secrets Manager; for `http:invoke`, in an EventBridge connection".to_owned(),
            "let the function or job read it by itself: what passes through the state machine is in its history".to_owned(),
            "delete published versions of the state machine that have it".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[&secret.pointer]);
    finding
}
