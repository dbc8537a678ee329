use crate::MachineArn;

#[test]
fn reads_plain_and_qualified_arns() {
    let plain =
        MachineArn::parse("arn:aws:states:eu-west-1:111122223333:stateMachine:orders").unwrap();
    assert_eq!(
        (
            plain.partition.as_str(),
            plain.region.as_str(),
            plain.account.as_str()
        ),
        ("aws", "eu-west-1", "111122223333")
    );
    assert_eq!((plain.name.as_str(), plain.qualifier), ("orders", None));

    for (qualifier, text) in [
        (
            "12",
            "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:orders:12",
        ),
        (
            "live",
            "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:orders:live",
        ),
    ] {
        let arn = MachineArn::parse(text).unwrap();
        assert_eq!(arn.qualifier.as_deref(), Some(qualifier));
        assert_eq!(
            arn.unqualified(),
            "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:orders"
        );
    }
}

#[test]
fn refuses_what_is_no_state_machine() {
    for text in [
        "",
        "orders",
        "arn:aws:states:eu-west-1:111122223333:stateMachine",
        "arn:aws:states:eu-west-1:111122223333:stateMachine:",
        "arn:aws:states:eu-west-1:111122223333:stateMachine:orders:",
        "arn:aws:states:eu-west-1:111122223333:stateMachine:orders:1:2",
        "arn:aws:states:eu-west-1:111122223333:execution:orders:run-1",
        "arn:aws:states:eu-west-1:111122223333:activity:orders",
        "arn:aws:lambda:eu-west-1:111122223333:function:orders",
        "urn:aws:states:eu-west-1:111122223333:stateMachine:orders",
    ] {
        assert_eq!(MachineArn::parse(text), None, "{text}");
    }
}
