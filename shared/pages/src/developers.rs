//! The API explained to people: the OpenAPI document as a page.
//!
//! The document speaks English, whatever the language of the page; its texts are marked so.

use maud::{Markup, html};
use serde_json::Value;
use souk_protocol::problem::ProblemKind;

use crate::layout::{Page, render};
use crate::openapi::{self, Operation, members, text};
use crate::view::Site;
use crate::words::Words;

/// The API explained to people.
pub fn developers(site: &Site<'_>, openapi: &Value) -> String {
    let words = site.words;
    let operations = openapi::operations(openapi);
    let info = &openapi["info"];
    let main = html! {
        div.wrap.manual {
            header.headline {
                h1 { (words.api_title()) }
                div lang="en" { (prose(text(info, "description"))) }
                p {
                    (words.api_base()) " " code { (site.base_url) } " · "
                    a href="/openapi.json" { (words.api_raw()) } " "
                    small { (text(info, "version")) }
                }
            }
            (contents(words, openapi, &operations))
            div {
                section aria-labelledby="operations" {
                    h2 #operations { (words.api_operations()) }
                    @for operation in &operations { (explain(site, openapi, operation)) }
                }
                (problems(words))
                (schemas(words, openapi))
            }
        }
    };
    let page = Page {
        title: words.api_title().to_owned(),
        description: Some(format!("{} – {}", words.api_title(), site.name())),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// Paragraphs of plain text with `code` in it.
fn prose(text: &str) -> Markup {
    html! { @for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        p { (inline(paragraph)) }
    } }
}

fn inline(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn contents(words: &Words, document: &Value, operations: &[Operation<'_>]) -> Markup {
    html! {
        nav.contents aria-label=(words.api_contents()) {
            h2 { a href="#operations" { (words.api_operations()) } }
            ul lang="en" {
                @for operation in operations {
                    li { a href={ "#" (operation.id()) } {
                        code.method { (operation.method) } " " (operation.path)
                    } }
                }
            }
            h2 { a href="#problems" { (words.api_problems()) } }
            h2 { a href="#schemas" { (words.api_schemas()) } }
            ul lang="en" {
                @for (name, _) in members(&document["components"]["schemas"]) {
                    li { a href={ "#schema-" (name) } { (name) } }
                }
            }
        }
    }
}

fn explain(site: &Site<'_>, document: &Value, operation: &Operation<'_>) -> Markup {
    let words = site.words;
    let node = operation.node;
    let body = openapi::resolve(document, &node["requestBody"]);
    html! {
        article.operation id=(operation.id()) {
            h3 lang="en" {
                code.method { (operation.method) } " " code { (operation.path) }
            }
            div lang="en" {
                @if !text(node, "summary").is_empty() { p { b { (inline(text(node, "summary"))) } } }
                (prose(text(node, "description")))
            }
            @if !operation.parameters.is_empty() { (parameters(words, &operation.parameters)) }
            @if let Some((kind, media)) = openapi::content(body) {
                h4 { (words.api_body()) }
                p lang="en" { code { (kind) } " " (type_link(&media["schema"])) }
            }
            (responses(words, document, node))
            h4 { (words.api_example()) }
            pre tabindex="0" { code { (curl(site, document, operation)) } }
        }
    }
}

fn parameters(words: &Words, parameters: &[&Value]) -> Markup {
    html! {
        h4 { (words.api_parameters()) }
        div.table tabindex="0" role="group" aria-label=(words.api_parameters()) {
            table {
                thead { tr {
                    th scope="col" { (words.api_name()) } th scope="col" { (words.api_in()) }
                    th scope="col" { (words.api_type()) } th scope="col" { (words.api_meaning()) }
                } }
                tbody {
                    @for parameter in parameters {
                        tr {
                            th scope="row" {
                                code { (text(parameter, "name")) }
                                (required(words, parameter["required"] == true))
                            }
                            td lang="en" { (text(parameter, "in")) }
                            td lang="en" { (type_link(&parameter["schema"])) }
                            td lang="en" { (inline(text(parameter, "description"))) }
                        }
                    }
                }
            }
        }
    }
}

fn required(words: &Words, required: bool) -> Markup {
    html! { @if required { " " small { (words.api_required()) } } }
}

fn type_link(schema: &Value) -> Markup {
    let (name, link) = openapi::type_of(schema);
    html! {
        @match link {
            Some(target) => a href={ "#schema-" (target) } { (name) },
            None => (name),
        }
    }
}

fn responses(words: &Words, document: &Value, node: &Value) -> Markup {
    html! {
        h4 { (words.api_responses()) }
        dl.responses {
            @for (status, response) in members(&node["responses"]) {
                @let response = openapi::resolve(document, response);
                div {
                    dt { code { (status) } }
                    dd lang="en" {
                        (inline(text(response, "description")))
                        @if let Some((_, media)) = openapi::content(response) {
                            @if media.get("schema").is_some() {
                                " → " (type_link(&media["schema"]))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The operation as a command. Parameters of the path and required headers are filled in.
fn curl(site: &Site<'_>, document: &Value, operation: &Operation<'_>) -> String {
    let mut path = operation.path.to_owned();
    let mut headers = String::new();
    for parameter in &operation.parameters {
        let name = text(parameter, "name");
        let value = match openapi::example(document, parameter) {
            Value::String(given) if given != "…" => given,
            Value::String(_) => name.to_ascii_uppercase().replace('-', "_"),
            other => other.to_string(),
        };
        match text(parameter, "in") {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            "header" if parameter["required"] == true => {
                headers.push_str(&format!(" \\\n  -H '{name}: {value}'"));
            }
            _ => {}
        }
    }
    let method = match operation.method.as_str() {
        "GET" => String::new(),
        other => format!(" -X {other}"),
    };
    let mut command = format!("curl{method} '{}{path}'{headers}", site.base_url);
    let body = openapi::resolve(document, &operation.node["requestBody"]);
    if let Some((kind, media)) = openapi::content(body) {
        let example = openapi::example(document, media);
        // Indented for reading.
        let example = format!("{example:#}").replace('\'', "'\\''");
        command.push_str(&format!(
            " \\\n  -H 'content-type: {kind}' \\\n  -d '{example}'"
        ));
    }
    command
}

fn problems(words: &Words) -> Markup {
    html! {
        section aria-labelledby="problems" {
            h2 #problems { (words.api_problems()) }
            p { (inline(words.api_problems_text())) }
            div.table tabindex="0" role="group" aria-labelledby="problems" {
                table {
                    thead { tr {
                        th scope="col" { (words.api_type()) }
                        th scope="col" { (words.api_status()) }
                        th scope="col" { (words.api_meaning()) }
                    } }
                    tbody {
                        @for kind in ProblemKind::ALL {
                            tr id={ "problem-" (kind.name()) } {
                                th scope="row" { code { "/problems/" (kind.name()) } }
                                td { (kind.status()) }
                                td lang="en" { (kind.title()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn schemas(words: &Words, document: &Value) -> Markup {
    html! {
        section aria-labelledby="schemas" {
            h2 #schemas { (words.api_schemas()) }
            @for (name, schema) in members(&document["components"]["schemas"]) {
                (schema_table(words, name, schema))
            }
        }
    }
}

fn schema_table(words: &Words, name: &str, schema: &Value) -> Markup {
    let is_required = |member: &str| {
        let names = schema["required"].as_array().into_iter().flatten();
        names.into_iter().any(|required| required == member)
    };
    html! {
        article.operation id={ "schema-" (name) } {
            h3 lang="en" { code { (name) } }
            div lang="en" { (prose(text(schema, "description"))) }
            @if schema.get("properties").is_some() {
                div.table tabindex="0" role="group" aria-label=(name) {
                    table {
                        thead { tr {
                            th scope="col" { (words.api_name()) } th scope="col" { (words.api_type()) }
                            th scope="col" { (words.api_meaning()) }
                        } }
                        tbody {
                            @for (member, part) in members(&schema["properties"]) {
                                tr {
                                    th scope="row" {
                                        code { (member) }
                                        (required(words, is_required(member)))
                                    }
                                    td lang="en" { (type_link(part)) }
                                    td lang="en" { (inline(text(part, "description"))) }
                                }
                            }
                        }
                    }
                }
            } @else {
                p lang="en" { (type_link(schema)) }
            }
        }
    }
}
