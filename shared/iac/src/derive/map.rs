//! What a Distributed Map needs: to start itself, to read its items and to write its results.

use asl::{MapMode, MapState, Node, State};

use super::payload::{Known, Payload};
use super::role::statement;
use super::{Deriver, own};
use crate::stack::{Attribute, Condition, Value};

impl Deriver<'_> {
    pub(super) fn distributed(&mut self, state: &State, map: &MapState) {
        let name = &state.name.value;
        let machine = own(Attribute::Arn);
        self.allow(
            &["states:StartExecution"],
            vec![machine],
            format!("`{name}` starts its items as executions of the same state machine"),
        );
        let mut executions = vec![Self::own_executions(":*")];
        if matches!(map.mode, MapMode::Distributed { express: true }) {
            let name = own(Attribute::Name);
            executions.push(Value::arn(
                "states",
                [Value::text("express:"), name, Value::text(":*:*")],
            ));
        }
        self.allow(
            &["states:DescribeExecution"],
            executions,
            format!("`{name}` watches the executions of its items"),
        );
        let executions = vec![Self::own_executions(":*")];
        self.allow(
            &["states:StopExecution"],
            executions,
            format!("`{name}` stops the executions of its items"),
        );
        let runs = vec![Self::own_executions("/*:*")];
        self.allow(
            &["states:RedriveExecution"],
            runs,
            format!("`{name}` redrives the executions of its items"),
        );
    }

    pub(super) fn reader(&mut self, state: &State) {
        let name = state.name.value.clone();
        let reader = state.field("ItemReader");
        let payload = Payload::inside(reader);
        let resource = reader
            .and_then(|node| node.get("Resource"))
            .and_then(Node::as_str)
            .unwrap_or_default();
        let bucket = payload.get("Bucket", &mut self.names);
        let bucket = self.bucket(bucket, "its items", &name);
        let why = format!("`{name}` reads its items");
        let config = |key: &str| {
            reader?
                .get("ReaderConfig")?
                .get(key)?
                .as_str()
                .map(str::to_owned)
        };
        match resource.rsplit(':').next() {
            Some("listObjectsV2") => {
                let prefix = payload.get("Prefix", &mut self.names);
                self.list(&bucket, prefix.as_ref(), why.clone());
                if config("Transformation").as_deref() == Some("LOAD_AND_FLATTEN") {
                    let objects = object(&bucket, prefix, true);
                    self.allow(&["s3:GetObject"], vec![objects], why);
                }
            }
            Some("getObject") => {
                let key = payload.get("Key", &mut self.names);
                let objects = object(&bucket, key, false);
                self.allow(&["s3:GetObject"], vec![objects], why);
                if config("InputType").as_deref() == Some("MANIFEST") {
                    self.look(
                        state,
                        false,
                        "the objects that the manifest lists (s3:GetObject)".to_owned(),
                        "the manifest names them, not the definition",
                    );
                }
            }
            _ => self.look(
                state,
                true,
                format!("what the reader needs for `{resource}`"),
                "it is not known as a reader",
            ),
        }
        self.data_key(&["kms:Decrypt"], &name);
    }

    pub(super) fn writer(&mut self, state: &State) {
        let name = state.name.value.clone();
        let writer = state.field("ResultWriter");
        // With a configuration alone, results stay in the output.
        if writer.is_some_and(|node| {
            node.get("Resource").is_none()
                && node.get("Parameters").is_none()
                && node.get("Arguments").is_none()
        }) {
            return;
        }
        let payload = Payload::inside(writer);
        let bucket = payload.get("Bucket", &mut self.names);
        let bucket = self.bucket(bucket, "its results", &name);
        let prefix = payload.get("Prefix", &mut self.names);
        let objects = object(&bucket, prefix, true);
        let actions = [
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ];
        self.allow(
            &actions,
            vec![objects],
            format!("`{name}` writes its results"),
        );
        self.data_key(&["kms:Decrypt", "kms:GenerateDataKey"], &name);
    }

    fn list(&mut self, bucket: &Value, prefix: Option<&Known>, why: String) {
        let arn = Value::join([
            Value::text("arn:"),
            Value::Partition,
            Value::text(":s3:::"),
            bucket.clone(),
        ]);
        let prefix = match prefix {
            Some(Known::Text(value)) => Some(value.clone()),
            Some(Known::Begins(start, _)) => Some(Value::text(start.as_str())),
            _ => None,
        };
        let conditions = prefix.map(|prefix| Condition {
            operator: "StringLike".to_owned(),
            key: "s3:prefix".to_owned(),
            values: vec![Value::join([prefix, Value::text("*")])],
        });
        self.statements.push(statement(
            &["s3:ListBucket"],
            vec![arn],
            conditions.into_iter().collect(),
            why,
        ));
    }

    fn data_key(&mut self, actions: &[&str], state: &str) {
        if let Some(key) = self.options.data_key.clone() {
            self.allow(
                actions,
                vec![key],
                format!("`{state}` reads or writes objects that are encrypted with it"),
            );
        }
    }
}

/// An object of a bucket, or all that begin with a prefix.
fn object(bucket: &Value, key: Option<Known>, prefix: bool) -> Value {
    let end = match key {
        Some(Known::Text(value)) if prefix => match value {
            Value::Text(text) => Value::text(format!("{}/*", text.trim_end_matches('/'))),
            value => Value::join([value, Value::text("/*")]),
        },
        Some(Known::Text(value)) => value,
        Some(Known::Begins(start, _)) => Value::text(format!("{start}*")),
        Some(Known::Dynamic(_)) | None => Value::text("*"),
    };
    let head = [Value::text("arn:"), Value::Partition, Value::text(":s3:::")];
    Value::join(
        head.into_iter()
            .chain([bucket.clone(), Value::text("/"), end]),
    )
}
