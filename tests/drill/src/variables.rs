//! What `${NAME}` stands for.

use serde_json::{Map, Value};

use crate::check::{Invalid, wrong};
use crate::environment::Environment;
use crate::experiment::Experiment;

/// The values of an experiment's configuration and secrets, and what its programs find.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    values: Map<String, Value>,
    pub(crate) environment: Environment,
}

impl Variables {
    /// Reads them, and those of the environment.
    ///
    /// # Errors
    /// When a variable of the environment is missing, or is none of its type.
    pub fn of(experiment: &Experiment, environment: &Environment) -> Result<Self, Invalid> {
        let mut values = Map::new();
        // Of two of the same name that of the configuration counts.
        for (group, secrets) in &experiment.secrets {
            let Value::Object(secrets) = secrets else {
                return wrong(
                    &format!("/secrets/{group}"),
                    "a group of secrets is a table",
                );
            };
            for (name, secret) in secrets {
                let place = format!("/secrets/{group}/{name}");
                values.insert(name.clone(), read(&place, secret, environment)?);
            }
        }
        for (name, value) in &experiment.configuration {
            let place = format!("/configuration/{name}");
            values.insert(name.clone(), read(&place, value, environment)?);
        }
        Ok(Self {
            values,
            environment: environment.clone(),
        })
    }

    /// The value with everything put in. A text that is one variable and nothing else becomes its
    /// value, of whatever type; what has no value stays as it is.
    pub(crate) fn put_into(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.put_into_text(text),
            Value::Array(list) => list.iter().map(|one| self.put_into(one)).collect(),
            Value::Object(table) => {
                let table = table.iter();
                let table = table.map(|(key, value)| (key.clone(), self.put_into(value)));
                Value::Object(table.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// The same as text.
    pub(crate) fn text(&self, text: &str) -> String {
        plain(&self.put_into_text(text))
    }

    fn put_into_text(&self, text: &str) -> Value {
        let whole = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(value) = whole.and_then(|name| self.values.get(name)) {
            return value.clone();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            out += before;
            let (name, length) = match from.as_bytes().get(1) {
                Some(b'$') => {
                    out.push('$');
                    rest = &from[2..];
                    continue;
                }
                Some(b'{') => match from.find('}') {
                    Some(end) => (&from[2..end], end + 1),
                    None => ("", 1),
                },
                _ => {
                    let name = from[1..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    let name = name.clone().next().unwrap_or_default();
                    (name, 1 + name.len())
                }
            };
            match self.values.get(name) {
                Some(value) => out += &plain(value),
                None => out += &from[..length],
            }
            rest = &from[length..];
        }
        Value::String(out + rest)
    }
}

/// A value as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn read(place: &str, value: &Value, environment: &Environment) -> Result<Value, Invalid> {
    let kind = value.get("type").and_then(Value::as_str);
    match kind {
        Some("env") => {}
        Some(kind @ ("probe" | "vault")) => {
            return wrong(place, format!("this runner does not support '{kind}'"));
        }
        Some(_) | None => return Ok(value.clone()),
    }
    let Some(key) = value.get("key").and_then(Value::as_str) else {
        return wrong(place, "a variable of the environment has a key");
    };
    let text = match (environment.get(key), value.get("default")) {
        (Some(text), _) => text,
        (None, Some(Value::String(text))) => text.clone(),
        (None, Some(other)) => return Ok(other.clone()),
        (None, None) => return wrong(place, format!("the environment has no variable {key}")),
    };
    let number = |parsed: Option<Value>| match parsed {
        Some(value) => Ok(value),
        None => wrong(place, format!("{key} is no number: '{text}'")),
    };
    match value.get("env_var_type").and_then(Value::as_str) {
        None | Some("str" | "string") => Ok(Value::String(text)),
        Some("int" | "integer") => number(text.trim().parse::<i64>().ok().map(Value::from)),
        Some("float" | "number") => number(text.trim().parse::<f64>().ok().map(Value::from)),
        Some("bool") => {
            let is_false = ["false", "0", "no"].contains(&text.to_lowercase().as_str());
            Ok(Value::Bool(!is_false))
        }
        Some(kind) => wrong(place, format!("this runner does not support '{kind}'")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Variables {
        let values = json!({"host": "127.0.0.1:80", "n": 7, "list": [1, 2]});
        let Value::Object(values) = values else {
            unreachable!("a table")
        };
        Variables {
            values,
            environment: Environment::default(),
        }
    }

    #[test]
    fn names_become_their_values() {
        let variables = variables();
        for (text, expected) in [
            ("${n}", json!(7)),
            ("${list}", json!([1, 2])),
            ("http://${host}/a?n=$n", json!("http://127.0.0.1:80/a?n=7")),
            ("${unknown} and $unknown", json!("${unknown} and $unknown")),
            ("100 $ or $$n", json!("100 $ or $n")),
            ("${n", json!("${n")),
            ("", json!("")),
        ] {
            assert_eq!(variables.put_into(&json!(text)), expected, "{text}");
        }
        let nested = json!({"a": ["${n}", {"b": "x${n}"}], "c": 1});
        let expected = json!({"a": [7, {"b": "x7"}], "c": 1});
        assert_eq!(variables.put_into(&nested), expected);
    }

    #[test]
    fn a_variable_of_the_environment_has_its_type_or_a_default() {
        let text = json!({
            "title": "t", "description": "d", "method": [],
            "configuration": {
                "port": {"type": "env", "key": "DRILL_PORT", "env_var_type": "int"},
                "other": {"type": "env", "key": "DRILL_NONE", "default": "x"},
                "plain": 3,
            },
            "secrets": {"shop": {"token": {"type": "env", "key": "DRILL_TOKEN"}}},
        });
        let environment = Environment::default().with("DRILL_PORT", "80");
        let experiment = Experiment::parse(&text.to_string(), &environment).unwrap();
        let missing = Variables::of(&experiment, &environment).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "/secrets/shop/token: the environment has no variable DRILL_TOKEN"
        );
        let environment = environment.with("DRILL_TOKEN", "t");
        let variables = Variables::of(&experiment, &environment).unwrap();
        let found = variables.put_into(&json!(["${port}", "${other}", "${plain}", "${token}"]));
        assert_eq!(found, json!([80, "x", 3, "t"]));
    }
}
