//! An experiment as its file has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::check::{self, Invalid};
use crate::environment::Environment;

/// An experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Experiment {
    /// What it is called.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Values for `${NAME}`; `{"type": "env", "key": …}` is a variable of the environment.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub configuration: Map<String, Value>,
    /// The same, in groups, for what may not be read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub secrets: Map<String, Value>,
    /// What holds before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steady_state_hypothesis: Option<Hypothesis>,
    /// What happens.
    pub method: Vec<Method>,
    /// What puts everything back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollbacks: Vec<Activity>,
    /// What only some programs understand, each with a `name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Map<String, Value>>,
    /// What is not supported, and what is not known.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// What holds before and after.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hypothesis {
    /// What it is called.
    pub title: String,
    /// One after the other; the first that does not hold is the last.
    #[serde(default)]
    pub probes: Vec<Activity>,
}

/// A part of the method.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Method {
    /// A probe or an action that is described elsewhere in the experiment.
    Reference {
        /// Its name.
        #[serde(rename = "ref")]
        name: String,
    },
    /// One that is described here.
    Activity(Box<Activity>),
}

/// A probe, which looks, or an action, which does something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    /// Which of the two.
    #[serde(rename = "type")]
    pub kind: ActivityKind,
    /// What it is called.
    pub name: String,
    /// How it is done.
    pub provider: Provider,
    /// Which outputs are good, of a probe of the steady state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Value>,
    /// Seconds before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pauses: Option<Pauses>,
    /// Whether the next one begins at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<bool>,
    /// What is not supported, and what is not known.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// What an activity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActivityKind {
    /// It looks.
    Probe,
    /// It does something.
    Action,
}

/// Seconds, or `${NAME}` for them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pauses {
    /// Before an activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// After it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// How an activity is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Provider {
    /// By a request.
    Http {
        /// Where to.
        url: String,
        /// `GET` without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
        /// Of the request.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// The query of a `GET`; else the body, as JSON where the header `Content-Type` says so, as a
        /// form where it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<Value>,
        /// Seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Value>,
        /// Groups of secrets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<String>,
    },
    /// By a program.
    Process {
        /// The program; a bare name is looked for on `PATH`.
        path: String,
        /// A list, a table of options and their values, or a text for the shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<Value>,
        /// Seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Value>,
        /// Groups of secrets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<String>,
    },
}

impl Experiment {
    /// Reads an experiment and checks it; its programs have to be there.
    ///
    /// # Errors
    /// With what is wrong, and where.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, Invalid> {
        let experiment: Self = serde_json::from_str(text).map_err(Invalid::Malformed)?;
        check::check(&experiment, environment)?;
        Ok(experiment)
    }

    /// What one program understands of it.
    pub fn extension(&self, name: &str) -> Option<&Map<String, Value>> {
        let mut extensions = self.extensions.iter();
        extensions.find(|one| one.get("name").is_some_and(|found| found == name))
    }

    /// Every probe and action that is described in it, with its place.
    pub(crate) fn activities(&self) -> impl Iterator<Item = (String, &Activity)> {
        let probes = self.steady_state_hypothesis.iter();
        let probes = probes.flat_map(|hypothesis| hypothesis.probes.iter().enumerate());
        let probes = probes
            .map(|(place, probe)| (format!("/steady-state-hypothesis/probes/{place}"), probe));
        let method = self.method.iter().enumerate();
        let method = method.filter_map(|(place, part)| match part {
            Method::Activity(activity) => Some((format!("/method/{place}"), &**activity)),
            Method::Reference { .. } => None,
        });
        let rollbacks = self.rollbacks.iter().enumerate();
        let rollbacks = rollbacks.map(|(place, one)| (format!("/rollbacks/{place}"), one));
        probes.chain(method).chain(rollbacks)
    }

    /// What a part of the method refers to.
    pub(crate) fn described<'a>(&'a self, part: &'a Method) -> Option<&'a Activity> {
        match part {
            Method::Activity(activity) => Some(activity),
            Method::Reference { name } => {
                let mut activities = self.activities();
                let found = activities.find(|(_, activity)| activity.name == *name);
                found.map(|(_, activity)| activity)
            }
        }
    }
}
