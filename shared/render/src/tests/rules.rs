use findings::{Category, Confidence, RuleMeta, Safety, Severity};
use insta::assert_snapshot;

use crate::{explain, rules_markdown, rules_table};

pub(super) const TIMEOUT: RuleMeta = RuleMeta {
    id: "task-without-timeout",
    summary: "a task has no timeout | and waits",
    category: Category::Reliability,
    severity: Severity::Medium,
    confidence: Confidence::High,
    fix: Safety::Review,
    needs: &[],
    strictness: findings::Strictness::Default,
    since: "0.1.0",
    docs: " ## What it finds\n A task without `TimeoutSeconds`. It waits for as long as a year, because that is how long\n a Standard execution may take, and nobody notices it.\n\n - first point, which is long enough that it has to be continued on the line below it, indented\n - second point\n\n ## Example\n ```json\n # not a title\n   {\"Type\": \"Task\"}\n ```\n\n ## References\n [the guide](https://docs.aws.amazon.com/step-functions/) and [this] one.\n",
};

const UNWATCHED: RuleMeta = RuleMeta {
    id: "failures-unwatched",
    summary: "no alarm watches its failures",
    category: Category::Operations,
    severity: Severity::Low,
    confidence: Confidence::High,
    fix: Safety::Manual,
    needs: &["metrics", "alarms"],
    strictness: findings::Strictness::Default,
    since: "0.1.0",
    docs: " ## What it finds\n Failures.\n",
};

#[test]
fn the_page() {
    assert_snapshot!(rules_markdown(&[&TIMEOUT, &UNWATCHED]));
}

#[test]
fn the_list() {
    assert_snapshot!(rules_table(&[&TIMEOUT, &UNWATCHED]), @r#"
RULE                  SEVERITY  CATEGORY     STRICTNESS  FIX     NEEDS            FINDS
task-without-timeout  medium    reliability  default     review  definition       a task has no timeout | and waits
failures-unwatched    low       operations   default     manual  metrics, alarms  no alarm watches its failures
"#);
}

#[test]
fn the_explanation() {
    assert_snapshot!(explain(&TIMEOUT), @r#"
task-without-timeout: a task has no timeout | and waits
reliability, medium severity, high confidence; fix: review; needs: definition; since 0.1.0

WHAT IT FINDS
A task without `TimeoutSeconds`. It waits for as long as a year, because that is how
long a Standard execution may take, and nobody notices it.

- first point, which is long enough that it has to be continued on the line below it,
  indented
- second point

EXAMPLE
    # not a title
      {"Type": "Task"}

REFERENCES
the guide (https://docs.aws.amazon.com/step-functions/) and [this] one.
"#);
}
