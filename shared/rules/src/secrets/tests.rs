#![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

use asl::{Definition, Format};
use facts::Fact;
use findings::{FixKind, Strictness};
use pricing::Prices;

use super::tell::{Kind, all};
use crate::tests::{machines, one, places};
use crate::{Config, analyze};

fn kind(name: &str, text: &str) -> Option<Kind> {
    all(Some(name), text).first().map(|found| found.kind)
}

/// Joined, so that no scanner of repositories takes this file for a leak.
fn glued(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn credentials_are_known_by_their_form() {
    let random = "a8F3kQ9zR2mL7xW1cV5bN0pT6yU4hJ8gD3sE";
    for (text, expected) in [
        (glued(&["AKIA", "IOSFODNN7QWERTYU"]), Kind::AwsKeyId),
        (
            glued(&["key ASIA", "IOSFODNN7EXAMPLE, please"]),
            Kind::AwsKeyId,
        ),
        (
            glued(&["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\n"]),
            Kind::PrivateKey,
        ),
        (
            glued(&["-----BEGIN ", "PRIVATE KEY-----\\nMIIEvQIBADANBgkq\\n"]),
            Kind::PrivateKey,
        ),
        (glued(&["ghp", "_", random]), Kind::GitHub),
        (glued(&["github", "_pat_11ABCDEFG0", random]), Kind::GitHub),
        (glued(&["glpat", "-a8F3kQ9zR2mL7xW1cV5b"]), Kind::GitLab),
        (glued(&["xox", "b-123456789012-a8F3kQ9zR2mL"]), Kind::Slack),
        (
            glued(&[
                "https://hooks.slack",
                ".com/services/T01234567/B01234567/",
                random,
            ]),
            Kind::SlackHook,
        ),
        (
            glued(&["sk_", "live_a8F3kQ9zR2mL7xW1cV5bN0pT"]),
            Kind::Stripe,
        ),
        (glued(&["AI", "za", &random[..35]]), Kind::Google),
        (glued(&["npm", "_", random]), Kind::Npm),
        (
            glued(&[
                "ey",
                "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w",
            ]),
            Kind::Jwt,
        ),
        (glued(&["Bearer ", random]), Kind::Bearer),
        (glued(&["Basic ", "dXNlcjpodW50ZXIyMg=="]), Kind::Basic),
        (
            "postgres://app:hunter22@db.internal:5432/orders".to_owned(),
            Kind::Address,
        ),
        (
            glued(&[
                "aws_secret_access_key=",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ]),
            Kind::AwsSecretKey,
        ),
        (
            "Server=db;User=app;Password=hunter22;".to_owned(),
            Kind::Password,
        ),
        (
            r#"{"user": "app", "password": "hunter22"}"#.to_owned(),
            Kind::Password,
        ),
        ("{% {'password': 'hunter22'} %}".to_owned(), Kind::Password),
        (
            glued(&["curl https://x.test/?api_key=", random, "&q=1"]),
            Kind::Named,
        ),
    ] {
        assert_eq!(kind("Message", &text), Some(expected), "{text}");
    }
}

#[test]
fn credentials_are_known_by_their_name() {
    let random = "a8F3kQ9zR2mL7xW1cV5b";
    for (name, text, expected) in [
        ("password", "hunter2", Some(Kind::Password)),
        ("MasterUserPassword", "Tr0ub4dor&3", Some(Kind::Password)),
        ("DB_PASSWORD", "SuperSecret123!", Some(Kind::Password)),
        ("x-api-key", random, Some(Kind::Named)),
        (
            "clientSecret",
            "550e8400-e29b-41d4-a716-446655440000",
            Some(Kind::Named),
        ),
        ("token", random, Some(Kind::Named)),
        // Names of credentials, and identifiers.
        ("SecretId", random, None),
        ("ClientToken", random, None),
        ("NextToken", random, None),
        ("password", "prod-db-password-1", None),
        ("secret", "my-app-prod-eu-west-1-rds-2", None),
        // Computed, or filled in later.
        ("password.$", "$.password1", None),
        ("password", "$.password1", None),
        ("password", "${Password1}", None),
        (
            "password",
            "{{resolve:secretsmanager:db:SecretString:pw1}}",
            None,
        ),
        ("password", "{% $states.input.pw1 %}", None),
        (
            "password",
            "arn:aws:secretsmanager:us-east-1:1:secret:db-AbC123",
            None,
        ),
        ("password", "/prod/db/password1", None),
        ("password", "s3cret with blanks is a sentence", None),
        // What stands where one is to be put.
        ("password", "REPLACE_ME", None),
        ("password", "<your-password-1>", None),
        ("password", "password123", None),
        ("password", "xxxxxxxx1", None),
        ("apiKey", "YOUR_API_KEY_GOES_HERE_123", None),
        ("token", "$$.Task.Token", None),
    ] {
        assert_eq!(kind(name, text), expected, "{name}: {text}");
    }
}

#[test]
fn other_texts_have_none() {
    for text in [
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db1-creds-AbCdEf12345",
        "arn:aws:lambda:us-east-1:111122223333:function:token-a8F3kQ9zR2mL7xW1cV5b",
        "https://sqs.us-east-1.amazonaws.com/111122223333/queue",
        "States.Format('postgres://{}:{}@{}', $.user, $.password, $.host)",
        "States.Format('password={}', $.password1)",
        "{% $states.input.password = $states.input.password2 %}",
        "{% 'Bearer ' & $token1234567890abcdef %}",
        "AKIAXXXXXXXXXXXXXXXX",
        "Basic authentication",
        "Bearer ${TokenOfTheApi123456}",
        "postgres://app:${DbPassword}@db.internal/orders",
        "postgres://user:password@localhost/db",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
        "the secret: a8F3kQ9zR2",
    ] {
        assert_eq!(kind("Message", text), None, "{text}");
    }
}

#[test]
fn the_string_is_pointed_at() {
    let state = r#"{"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask", "Parameters": {"Overrides":
        {"ContainerOverrides": [{"Environment": [{"Name": "DB_PASSWORD", "Value": "Tr0ub4dor&3"}]}]}}, "End": true}"#;
    assert_eq!(
        places("secret-in-definition", &one(state)),
        ["/States/A/Parameters/Overrides/ContainerOverrides/0/Environment/0/Value"]
    );
    let comment = r#"{"Comment": "password=Tr0ub4dor&3", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
    assert_eq!(places("secret-in-definition", comment), ["/Comment"]);
}

/// Everything that is told of a definition, hints and fixes included.
fn told(definition: &str, file: Option<&str>) -> findings::MachineReport {
    let mut facts = machines::base();
    facts.definition = Fact::Known(definition.to_owned());
    facts.file = file.map(str::to_owned);
    let config = Config {
        strictness: Strictness::All,
        ..Config::default()
    };
    analyze(&facts, Prices::embedded(), &config)
}

#[test]
fn no_finding_repeats_a_credential() {
    const SECRET: &str = "Tr0ub4dor-and-3-horses!";
    // In a field of the wrong type, in a fix that moves text, in a text that ends too early.
    let wrong = format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Comment": {{"password": "{SECRET}"}}, "Next": "password={SECRET}"}}}}}}"#
    );
    let moved = format!(
        r#"{{"StartAt": "A", "States": {{
        "A": {{"Type": "Wait", "Seconds": 5, "Next": "B"}},
        "B": {{"Type": "Pass", "Assign": {{"password": "{SECRET}"}}, "Next": "C"}},
        "C": {{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}}}}"#
    );
    let broken =
        format!(r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "password": "{SECRET}""#);
    for text in [wrong, moved, broken] {
        let report = told(&text, None);
        assert!(!report.findings.is_empty(), "{text}");
        let written = serde_json::to_string(&report).unwrap();
        assert!(!written.contains("Tr0ub4dor"), "{written}");
        let at = text.find(SECRET).unwrap();
        assert!(
            report
                .hidden
                .iter()
                .any(|range| range.start <= at && at + SECRET.len() <= range.end),
            "{text}: {:?}",
            report.hidden
        );
    }
}

#[test]
fn an_edit_that_repeats_a_credential_becomes_a_step() {
    let moved = |value: &str| {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{
            "A": {{"Type": "Wait", "Seconds": 5, "Next": "B"}},
            "B": {{"Type": "Pass", "Assign": {{"password": "{value}"}}, "Next": "C"}},
            "C": {{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}}}}"#
        );
        let report = told(&text, None);
        let removal = report
            .findings
            .iter()
            .find(|finding| finding.rule == "removable-transition");
        removal.unwrap().fix.clone().unwrap().kind
    };
    assert!(matches!(moved("$.password"), FixKind::Edits(_)));
    assert!(matches!(moved("Tr0ub4dor&3"), FixKind::Steps(_)));
}

#[test]
fn comments_of_yaml_are_hidden() {
    let text = "# password: Tr0ub4dor&3\nStartAt: A\nStates:\n  A:\n    Type: Succeed\n";
    let report = told(text, Some("a.asl.yaml"));
    let hidden = report.hidden.first().unwrap();
    assert_eq!(&text[hidden.clone()], "Tr0ub4dor");
}

#[test]
fn a_text_of_nothing_but_starts_takes_no_longer() {
    for part in [
        "eyJ.",
        "AKIA",
        "password:",
        "://a:b@",
        "-----BEGIN ",
        "Bearer ",
    ] {
        let text = one(&format!(
            r#"{{"Type": "Pass", "Comment": "{}", "End": true}}"#,
            part.repeat(200_000)
        ));
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        assert!(super::secrets(&definition).len() <= 20);
    }
}
