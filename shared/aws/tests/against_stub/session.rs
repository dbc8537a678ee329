//! Credentials, profiles and Regions, as a terminal finds them. Each case runs in a process of its own, whose
//! environment is all that it knows.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws::Session;

/// The variables that tell the process of a case what to ask for.
const PROFILE: &str = "CASE_PROFILE";
const REGION: &str = "CASE_REGION";
const ENDPOINT: &str = "CASE_ENDPOINT";

fn argument(name: &str) -> Option<String> {
    std::env::vars()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[tokio::test]
#[ignore = "the process of the cases below"]
async fn one_case() {
    let (profile, region) = (argument(PROFILE), argument(REGION));
    let endpoint = argument(ENDPOINT);
    match Session::from_profile(profile.as_deref(), region.as_deref(), endpoint.as_deref()).await {
        Ok(session) => println!("result: {}", session.region()),
        Err(error) => println!("result: {error}"),
    }
}

/// Numbers the folders of the cases.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Runs a case with these variables and files, and gives what it says.
fn case(variables: &[(&str, &str)], config: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("sfn-advisor-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config");
    std::fs::write(&file, config).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["session::one_case", "--exact", "--ignored", "--nocapture"])
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", &file)
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("none"))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).ok();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("result: "));
    line.unwrap_or_else(|| panic!("no result: {text}"))
        .1
        .to_owned()
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];
const OPS: &str = "[profile ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = secret\nregion = eu-west-1\n";

#[test]
fn without_credentials_it_is_told_how_to_get_some() {
    let told = case(&[(REGION, "us-east-1")], "");
    assert!(
        told.starts_with("no AWS credentials found: sign in with `aws sso login`"),
        "{told}"
    );
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let told = case(&[(PROFILE, "oops"), (REGION, "us-east-1")], OPS);
    assert!(
        told.starts_with("the AWS profile `oops` does not exist: "),
        "{told}"
    );
    let told = case(&[("AWS_PROFILE", "oops"), (REGION, "us-east-1")], OPS);
    assert!(
        told.starts_with("the AWS profile `oops` does not exist: "),
        "{told}"
    );
}

#[test]
fn a_profile_brings_its_region_and_the_environment_goes_before_it() {
    assert_eq!(case(&[(PROFILE, "ops")], OPS), "eu-west-1");
    assert_eq!(
        case(&[(PROFILE, "ops"), ("AWS_REGION", "us-east-2")], OPS),
        "us-east-2"
    );
    assert_eq!(
        case(&[(PROFILE, "ops"), (REGION, "us-west-2")], OPS),
        "us-west-2"
    );
}

#[test]
fn a_profile_without_keys_is_not_rescued_by_those_of_the_environment() {
    let mut variables = KEYS.to_vec();
    variables.push((PROFILE, "empty"));
    let told = case(&variables, "[profile empty]\nregion = eu-west-1\n");
    assert!(told.starts_with("no AWS credentials found"), "{told}");
}

#[test]
fn keys_without_a_region_are_told_so() {
    let told = case(&KEYS, "");
    assert_eq!(
        told,
        "no Region: give one, set AWS_REGION, or put `region` into the AWS profile"
    );
    let mut variables = KEYS.to_vec();
    variables.push((REGION, "somewhere"));
    assert_eq!(
        case(&variables, ""),
        "`somewhere` is not a Region: give one like us-east-1"
    );
}

#[test]
fn an_endpoint_that_is_no_url_is_told_so() {
    let told = |endpoint: &str| {
        let mut variables = KEYS.to_vec();
        variables.extend([(REGION, "us-east-1"), (ENDPOINT, endpoint)]);
        case(&variables, "")
    };
    assert_eq!(told("http://127.0.0.1:5000"), "us-east-1");
    for endpoint in ["localhost:5000", "http://", "ftp://127.0.0.1", "http://a b"] {
        assert_eq!(
            told(endpoint),
            format!("`{endpoint}` is not a URL: give one like http://127.0.0.1:5000")
        );
    }
}
