//! Requests and programs of activities, and what came of them.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use http::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::experiment::Provider;
use crate::variables::{Variables, plain};

/// What the activity does that has no timeout of its own and hangs.
const TIMEOUT_MAX: Duration = Duration::from_secs(600);

/// Does what an activity is for. The output, or why there is none.
pub(crate) async fn call(
    provider: &Provider,
    variables: &Variables,
    http: &reqwest::Client,
) -> Result<Value, String> {
    let (Provider::Http { timeout, .. } | Provider::Process { timeout, .. }) = provider;
    let timeout = timeout.as_ref().map(|timeout| variables.put_into(timeout));
    let timeout = timeout.as_ref().and_then(seconds).unwrap_or(TIMEOUT_MAX);
    let done = async {
        match provider {
            Provider::Http { .. } => request(provider, variables, http).await,
            Provider::Process { .. } => process(provider, variables).await,
        }
    };
    let done = tokio::time::timeout(timeout, done).await;
    done.unwrap_or_else(|_| Err(format!("nothing came within {timeout:?}")))
}

/// A number of seconds.
pub(crate) fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64()?;
    Duration::try_from_secs_f64(seconds).ok()
}

async fn request(
    provider: &Provider,
    variables: &Variables,
    http: &reqwest::Client,
) -> Result<Value, String> {
    let Provider::Http {
        url,
        method,
        headers,
        arguments,
        ..
    } = provider
    else {
        unreachable!("the caller has looked");
    };
    let url = variables.text(url);
    let method = method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
    let is_get = method == Method::GET;
    let mut request = http.request(method, &url);
    let mut is_json = false;
    for (name, value) in headers {
        let value = variables.text(value);
        is_json |= name == "Content-Type" && value == "application/json";
        request = request.header(name, value);
    }
    let arguments = arguments.as_ref().map(|given| variables.put_into(given));
    request = match arguments {
        None => request,
        Some(given) if is_get => request.query(&pairs(&given)),
        Some(given) if is_json => request.body(given.to_string()),
        Some(Value::String(text)) => request.body(text),
        Some(given) => request.form(&pairs(&given)),
    };
    let failed = |error: reqwest::Error| format!("no answer of {url}: {}", causes(&error));
    let response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.map_err(failed)?;
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    let body = match is_json {
        true => serde_json::from_str(&text).map_err(|error| format!("{url}: {error}"))?,
        false => Value::String(text),
    };
    let headers = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), Value::String(value))
    });
    let headers: Map<_, _> = headers.collect();
    Ok(json!({ "status": status, "headers": headers, "body": body }))
}

/// An error with what it comes from.
fn causes(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", causes(source)),
        None => error.to_string(),
    }
}

/// The parts of a query or form.
fn pairs(arguments: &Value) -> Vec<(String, String)> {
    let table = arguments.as_object().into_iter().flatten();
    let pairs = table.flat_map(|(name, value)| match value {
        Value::Array(values) => values
            .iter()
            .map(|one| (name.clone(), plain(one)))
            .collect(),
        value => vec![(name.clone(), plain(value))],
    });
    pairs.collect()
}

async fn process(provider: &Provider, variables: &Variables) -> Result<Value, String> {
    let Provider::Process {
        path, arguments, ..
    } = provider
    else {
        unreachable!("the caller has looked");
    };
    let program = variables.environment.program(path);
    let program = program.ok_or_else(|| format!("there is no program '{path}'"))?;
    let arguments = arguments.as_ref().map(|given| variables.put_into(given));
    let is_given = |text: &String| !text.is_empty();
    let mut command = match arguments {
        Some(Value::String(line)) => {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", &format!("{} {line}", program.display())]);
            shell
        }
        Some(Value::Array(list)) => {
            let mut command = Command::new(program);
            command.args(list.iter().map(plain).filter(is_given));
            command
        }
        Some(Value::Object(table)) => {
            let mut command = Command::new(program);
            let parts = table
                .iter()
                .flat_map(|(name, value)| [name.clone(), plain(value)]);
            command.args(parts.filter(is_given));
            command
        }
        Some(_) | None => Command::new(program),
    };
    let output = command
        .envs(variables.environment.set())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("'{path}' cannot be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(json!({
        "status": code(output.status),
        "stdout": text(&output.stdout),
        "stderr": text(&output.stderr),
    }))
}

/// The code of a program's end; of one that a signal ended, the signal's number below 0.
#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal().map(|signal| -signal);
    status.code().or(signal).unwrap_or(-1)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}
