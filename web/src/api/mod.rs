//! The API: the command line's JSON over HTTP, and its description.

mod check;
mod contracts;
mod ledgers;
mod runs;
mod schema;
mod settle;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Json;
use serde_json::{Value, json};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Query;
use crate::failure::Failure;
use crate::pages::settle::EVIDENCE_MAX;

/// Where the API lies.
pub(crate) const AT: &str = "/api/v1";

/// Every route of the API.
pub(crate) fn routes() -> Router<App> {
    described().into()
}

/// Every route with its description: none is there without.
fn described() -> OpenApiRouter<App> {
    let info = InfoBuilder::new()
        .title("Seika")
        .version(engine::VERSION)
        .description(Some(
            "What the command line prints as JSON, over HTTP. Amounts are decimals written as text, \
             counts are whole numbers. Where a file is named in an address before other steps, its `/` \
             is written `%2F`.",
        ))
        .build();
    let shared = ComponentsBuilder::new().schema_from::<schema::Failure>().build();
    let empty = OpenApiBuilder::new().info(info).components(Some(shared)).build();
    let evidence = DefaultBodyLimit::max(EVIDENCE_MAX);
    OpenApiRouter::with_openapi(empty)
        .routes(routes!(openapi))
        .routes(routes!(contracts::contracts))
        .routes(routes!(contracts::check))
        .routes(routes!(contracts::explain))
        .routes(routes!(check::check_contract))
        .routes(routes!(check::check_scenario))
        .routes(routes!(runs::begin_run))
        .routes(routes!(runs::run, runs::stop_run))
        .routes(routes!(settle::settle).layer(evidence))
        .routes(routes!(ledgers::ledgers, ledgers::begin_ledger))
        .routes(routes!(ledgers::settlements))
        .routes(routes!(ledgers::verify))
        .routes(routes!(ledgers::submit).layer(evidence))
        .routes(routes!(ledgers::settlement))
        .routes(routes!(ledgers::approve))
        .routes(routes!(ledgers::reject))
        .routes(routes!(ledgers::withdraw))
        .routes(routes!(ledgers::pay))
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "description", security(()),
    responses((status = 200, body = schema::Description, description = "OpenAPI 3.1")),
)]
async fn openapi(
    State(app): State<App>,
    Query(_): Query<crate::extract::Nothing>,
) -> Result<Json<Value>, Failure> {
    let description = serde_json::to_value(described().into_openapi());
    let description = description.map_err(Failure::internal)?;
    Ok(Json(completed(description, app.accounts.is_some())))
}

/// What is the same for every route: its language, who may ask, how it refuses.
fn completed(mut description: Value, with_accounts: bool) -> Value {
    description["servers"] = json!([{ "url": AT }]);
    if let Value::Object(paths) = description["paths"].take() {
        let paths = paths.into_iter().map(|(path, mut item)| {
            let methods = item.as_object_mut().into_iter().flatten();
            methods.for_each(|(_, operation)| complete(operation));
            // The rest of an address, slashes and all, is one parameter.
            (path.replace("{*", "{"), item)
        });
        description["paths"] = Value::Object(paths.collect());
    }
    let components = &mut description["components"];
    components["parameters"] = json!({ "lang": {
        "name": "lang", "in": "query", "required": false,
        "description": "the language of words in the answer",
        "schema": { "type": "string", "enum": ["ja", "en"] },
    }});
    components["responses"] = json!({ "Failure": {
        "description": "Why it was refused",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } },
    }});
    if with_accounts {
        components["securitySchemes"] = json!({ "session": {
            "type": "apiKey", "in": "cookie", "name": "seika",
            "description": "given by `POST /sign-in` with the form fields `name` and `password`",
        }});
        description["security"] = json!([{ "session": [] }]);
    }
    description
}

fn complete(operation: &mut Value) {
    const LANGUAGE: &str = "#/components/parameters/lang";
    const REFUSED: &str = "#/components/responses/Failure";
    let known = operation["parameters"].take();
    let mut parameters: Vec<Value> = match known {
        Value::Array(known) => known,
        _ => Vec::new(),
    };
    let names_something = !parameters.is_empty();
    parameters.push(json!({ "$ref": LANGUAGE }));
    operation["parameters"] = Value::Array(parameters);
    let is_open = operation.get("security").is_some();
    let body = operation.get("requestBody").is_some();
    let statuses = [
        ("400", true),
        ("401", !is_open),
        ("403", !is_open),
        ("404", names_something),
        ("413", body),
        ("415", body),
        ("422", body || names_something),
        ("default", true),
    ];
    for (status, _) in statuses.into_iter().filter(|(_, may)| *may) {
        operation["responses"][status] = json!({ "$ref": REFUSED });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_complete() {
        let described = serde_json::to_value(described().into_openapi()).unwrap();
        for with_accounts in [false, true] {
            let whole = completed(described.clone(), with_accounts);
            assert_eq!(whole["openapi"], "3.1.0");
            assert_eq!(whole.get("security").is_some(), with_accounts);
            let text = whole.to_string();
            let references = text.split("\"$ref\":\"#").skip(1);
            for reference in references.filter_map(|rest| rest.split('"').next()) {
                assert!(whole.pointer(reference).is_some(), "{reference} leads nowhere");
            }
            let mut names = Vec::new();
            for (path, item) in whole["paths"].as_object().unwrap() {
                assert!(path.starts_with('/') && !path.contains('*'), "{path}");
                for (method, operation) in item.as_object().unwrap() {
                    for there in ["summary", "operationId"] {
                        assert!(operation[there].is_string(), "{method} {path}: {there}");
                    }
                    names.push(operation["operationId"].as_str().unwrap().to_owned());
                    let stands = |at: &Value| at["in"] == "path";
                    let parameters = operation["parameters"].as_array().unwrap();
                    let count = parameters.iter().filter(|at| stands(at)).count();
                    assert_eq!(count, path.matches('{').count(), "{method} {path}");
                }
            }
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "operations have names of their own");
        }
    }
}
