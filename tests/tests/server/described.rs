//! The API's description, and whether answers are as it says.

use serde_json::Value;

use crate::client::{Answer, Server, Visitor};

/// The description a server gives of itself.
pub(crate) struct Description(pub(crate) Value);

impl Description {
    pub(crate) fn of(server: &Server) -> Description {
        let answer = server.visitor().get("/api/v1/openapi.json");
        assert_eq!(answer.status, 200, "{}", answer.text());
        Description(json(&answer))
    }

    /// Every route: its method in capitals, and its path.
    pub(crate) fn routes(&self) -> Vec<(String, String)> {
        let paths = self.0["paths"].as_object().unwrap();
        let routes = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        });
        routes.collect()
    }

    fn at<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// Holds an answer against what a route says of it: its status, its kind, its JSON.
    pub(crate) fn holds(&self, method: &str, path: &str, answer: &Answer) -> Value {
        let responses = &self.0["paths"][path][method.to_lowercase()]["responses"];
        let told = responses.get(answer.status.to_string());
        let told = told.unwrap_or_else(|| {
            panic!("{method} {path}: {} is not described: {}", answer.status, answer.text())
        });
        let told = self.at(told);
        for name in told["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
            assert!(answer.header(name).is_some(), "{method} {path}: {name} is missing");
        }
        let Some(content) = told.get("content") else {
            assert!(answer.bytes.is_empty(), "{method} {path}: {}", answer.text());
            return Value::Null;
        };
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
        let value = json(answer);
        let schema = self.at(&content["application/json"]["schema"]);
        self.fits(schema, &value, &format!("{method} {path}"));
        // Answers may grow; the description grows with them.
        for name in value.as_object().unwrap().keys() {
            assert!(
                schema["properties"].get(name).is_some(),
                "{method} {path}: {name} is not told"
            );
        }
        value
    }

    /// Whether a value is as a schema says, as far as schemas here say anything.
    fn fits(&self, schema: &Value, value: &Value, place: &str) {
        let schema = self.at(schema);
        let is = |kind: &str| match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("{place}: a schema of type {other}"),
        };
        let fits = match &schema["type"] {
            Value::String(kind) => is(kind),
            Value::Array(kinds) => kinds.iter().any(|kind| is(kind.as_str().unwrap())),
            other => panic!("{place}: a schema of type {other}"),
        };
        assert!(fits, "{place}: {value} is no {}", schema["type"]);
        if let (Some(known), false) = (schema["enum"].as_array(), value.is_null()) {
            assert!(known.contains(value), "{place}: {value}");
        }
        if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64()) {
            assert!(number >= least, "{place}: {number}");
        }
        for (at, each) in value.as_array().into_iter().flatten().enumerate() {
            self.fits(&schema["items"], each, &format!("{place}[{at}]"));
        }
        let Some(fields) = value.as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            assert!(fields.contains_key(name), "{place}: {name} is missing");
        }
        for (name, told) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = fields.get(name) {
                self.fits(told, value, &format!("{place}.{name}"));
            }
        }
    }
}

/// An answer's JSON.
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes)
        .unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// Follows a run over the API until it is over.
pub(crate) fn followed(visitor: &Visitor<'_>, run: &str) -> Answer {
    for _ in 0..600 {
        let answer = visitor.get(run);
        if answer.status != 202 {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the run did not finish");
}
