//! What is wrong with an experiment before it is run.

use regex::Regex;
use serde_json::Value;

use crate::environment::Environment;
use crate::experiment::{Activity, Experiment, Method, Provider};

/// What is wrong with an experiment.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// It is no JSON of this shape; the error has line and column.
    #[error("{0}")]
    Malformed(serde_json::Error),
    /// Something is missing, or cannot be meant.
    #[error("{place}: {reason}")]
    Wrong {
        /// A JSON pointer.
        place: String,
        /// A sentence.
        reason: String,
    },
}

/// That something is wrong at a place.
pub(crate) fn wrong<T>(place: &str, reason: impl Into<String>) -> Result<T, Invalid> {
    let (place, reason) = (place.to_owned(), reason.into());
    Err(Invalid::Wrong { place, reason })
}

/// What is known of the format, and not supported.
const UNSUPPORTED: [&str; 3] = ["controls", "dry", "runtime"];
/// What other programs read, and this one may pass over.
const PASSED_OVER: [&str; 3] = ["version", "contributions", "$schema"];

/// Looks for what is wrong.
pub(crate) fn check(experiment: &Experiment, environment: &Environment) -> Result<(), Invalid> {
    for (place, text) in [
        ("/title", &experiment.title),
        ("/description", &experiment.description),
    ] {
        if text.is_empty() {
            return wrong(place, "it may not be empty");
        }
    }
    check_others("", &experiment.others)?;
    for (place, extension) in experiment.extensions.iter().enumerate() {
        let name = extension.get("name").and_then(Value::as_str);
        if name.is_none_or(|name| name.trim().is_empty()) {
            return wrong(&format!("/extensions/{place}"), "an extension has a name");
        }
    }
    for (place, activity) in experiment.activities() {
        check_activity(&place, activity, environment)?;
    }
    check_hypothesis(experiment)?;
    for (place, part) in experiment.method.iter().enumerate() {
        if let (Method::Reference { name }, None) = (part, experiment.described(part)) {
            let reason = format!("nothing in this experiment is called '{name}'");
            return wrong(&format!("/method/{place}/ref"), reason);
        }
    }
    Ok(())
}

fn check_others(place: &str, others: &serde_json::Map<String, Value>) -> Result<(), Invalid> {
    for key in others.keys() {
        let place = format!("{place}/{key}");
        if UNSUPPORTED.contains(&key.as_str()) {
            return wrong(&place, "this runner does not support it");
        }
        if !PASSED_OVER.contains(&key.as_str()) {
            return wrong(&place, "no such key is known");
        }
    }
    Ok(())
}

fn check_hypothesis(experiment: &Experiment) -> Result<(), Invalid> {
    let Some(hypothesis) = &experiment.steady_state_hypothesis else {
        return Ok(());
    };
    let place = "/steady-state-hypothesis";
    if hypothesis.title.is_empty() {
        return wrong(&format!("{place}/title"), "it may not be empty");
    }
    for (number, probe) in hypothesis.probes.iter().enumerate() {
        let place = format!("{place}/probes/{number}/tolerance");
        match &probe.tolerance {
            Some(tolerance) => check_tolerance(&place, tolerance)?,
            None => return wrong(&place, "a probe of the steady state has a tolerance"),
        }
    }
    Ok(())
}

fn check_tolerance(place: &str, tolerance: &Value) -> Result<(), Invalid> {
    let kind = match tolerance {
        Value::Bool(_) | Value::String(_) | Value::Array(_) => return Ok(()),
        Value::Number(number) if number.is_i64() => return Ok(()),
        Value::Object(tolerance) => tolerance.get("type").and_then(Value::as_str),
        Value::Number(_) | Value::Null => None,
    };
    match kind {
        // A pattern with a variable is one when that has its value.
        Some("regex")
            if tolerance["pattern"]
                .as_str()
                .is_some_and(|text| text.contains("${")) =>
        {
            Ok(())
        }
        Some("regex") => match tolerance["pattern"].as_str().map(Regex::new) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => wrong(&format!("{place}/pattern"), error.to_string()),
            None => wrong(&format!("{place}/pattern"), "a text"),
        },
        Some("range") => {
            let bounds = tolerance["range"].as_array().map(Vec::as_slice);
            match bounds {
                Some([low, high]) if low.is_number() && high.is_number() => Ok(()),
                _ => wrong(&format!("{place}/range"), "two numbers"),
            }
        }
        Some(kind) => wrong(place, format!("this runner does not support '{kind}'")),
        None => wrong(place, "a value, a list, or a table with a type"),
    }
}

fn check_activity(
    place: &str,
    activity: &Activity,
    environment: &Environment,
) -> Result<(), Invalid> {
    if activity.name.is_empty() {
        return wrong(&format!("{place}/name"), "it may not be empty");
    }
    check_others(place, &activity.others)?;
    for (name, pause) in activity
        .pauses
        .iter()
        .flat_map(|pauses| [("before", &pauses.before), ("after", &pauses.after)])
    {
        let is_variable = |text: &str| text.starts_with("${") && text.ends_with('}');
        let is_pause = match pause {
            None => true,
            Some(Value::Number(_)) => true,
            Some(Value::String(text)) => is_variable(text),
            Some(_) => false,
        };
        if !is_pause {
            return wrong(&format!("{place}/pauses/{name}"), "a number of seconds");
        }
    }
    match &activity.provider {
        Provider::Http { url, .. } if url.is_empty() => {
            wrong(&format!("{place}/provider/url"), "it may not be empty")
        }
        Provider::Process { path, .. } if environment.program(path).is_none() => {
            let reason = format!("there is no program '{path}' on PATH");
            wrong(&format!("{place}/provider/path"), reason)
        }
        Provider::Http { .. } | Provider::Process { .. } => Ok(()),
    }
}
