//! Runs an experiment.

use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinHandle;

use crate::experiment::{Activity, Experiment, Hypothesis};
use crate::journal::{Journal, Run, RunStatus, State, Status, SteadyStates};
use crate::provider::{call, seconds};
use crate::tolerance::is_within;
use crate::variables::Variables;

/// Hears what happens while it happens.
pub trait Progress {
    /// A sentence.
    fn says(&mut self, line: &str);
}

impl<F: FnMut(&str)> Progress for F {
    fn says(&mut self, line: &str) {
        self(line);
    }
}

/// The steady state, the method, the steady state again; then the rollbacks, whatever came.
pub async fn run(
    experiment: &Experiment,
    variables: &Variables,
    progress: &mut dyn Progress,
) -> Journal {
    let (began, start) = (Instant::now(), now());
    let http = reqwest::Client::builder().no_proxy().build();
    let mut runner = Runner {
        experiment,
        variables,
        http: http.expect("the options fit each other"),
        progress,
    };
    let mut journal = Journal {
        experiment: serde_json::to_value(experiment).expect("it was read from JSON"),
        start,
        end: String::new(),
        duration: 0.0,
        status: Status::Completed,
        deviated: false,
        steady_states: SteadyStates::default(),
        run: Vec::new(),
        rollbacks: Vec::new(),
    };
    runner.play(&mut journal).await;
    for activity in &experiment.rollbacks {
        runner
            .progress
            .says(&format!("rollback: {}", activity.name));
        let run = runner.execute(activity).await;
        journal.rollbacks.push(run);
    }
    journal.end = now();
    journal.duration = began.elapsed().as_secs_f64();
    journal
}

fn now() -> String {
    let now = OffsetDateTime::now_utc().format(&Rfc3339);
    now.expect("a moment of these years has a form")
}

struct Runner<'a> {
    experiment: &'a Experiment,
    variables: &'a Variables,
    http: reqwest::Client,
    progress: &'a mut dyn Progress,
}

impl Runner<'_> {
    async fn play(&mut self, journal: &mut Journal) {
        let hypothesis = self.experiment.steady_state_hypothesis.as_ref();
        let hypothesis = hypothesis.filter(|hypothesis| !hypothesis.probes.is_empty());
        if let Some(hypothesis) = hypothesis {
            self.progress.says(&format!("before: {}", hypothesis.title));
            let state = self.steady_state(hypothesis).await;
            let is_met = state.steady_state_met;
            journal.status = status(&state);
            journal.steady_states.before = Some(state);
            if !is_met {
                return;
            }
        }
        journal.run = self.method().await;
        if let Some(hypothesis) = hypothesis {
            self.progress.says(&format!("after: {}", hypothesis.title));
            let state = self.steady_state(hypothesis).await;
            journal.deviated = !state.steady_state_met;
            journal.status = status(&state);
            journal.steady_states.after = Some(state);
        }
    }

    /// All probes, up to the first that is not within its tolerance.
    async fn steady_state(&mut self, hypothesis: &Hypothesis) -> State {
        let mut probes = Vec::new();
        for probe in &hypothesis.probes {
            let mut run = self.execute(probe).await;
            let tolerance = probe.tolerance.as_ref().unwrap_or(&Value::Null);
            let is_met = run.status == RunStatus::Succeeded
                && is_within(tolerance, &run.output, self.variables);
            run.tolerance_met = Some(is_met);
            self.progress.says(&match is_met {
                true => format!("  holds: {}", probe.name),
                false => format!("  does not hold: {}: {}", probe.name, said(&run)),
            });
            probes.push(run);
            if !is_met {
                let steady_state_met = false;
                return State {
                    steady_state_met,
                    probes,
                };
            }
        }
        State {
            steady_state_met: true,
            probes,
        }
    }

    /// Everything in its order; what runs in the background is waited for at the end.
    async fn method(&mut self) -> Vec<Run> {
        enum Part {
            Done(Run),
            Running(JoinHandle<Run>),
        }
        let mut parts = Vec::new();
        for part in &self.experiment.method {
            let activity = self.experiment.described(part);
            let activity = activity.expect("references were checked");
            if activity.background == Some(true) {
                self.progress
                    .says(&format!("in the background: {}", activity.name));
                let (activity, variables, http) =
                    (activity.clone(), self.variables.clone(), self.http.clone());
                parts.push(Part::Running(tokio::spawn(async move {
                    execute(&activity, &variables, &http).await
                })));
            } else {
                let run = self.execute(activity).await;
                self.tell(&run);
                parts.push(Part::Done(run));
            }
        }
        let mut runs = Vec::new();
        for part in parts {
            let run = match part {
                Part::Done(run) => run,
                Part::Running(task) => {
                    let run = task.await.expect("an activity does not panic");
                    self.tell(&run);
                    run
                }
            };
            runs.push(run);
        }
        runs
    }

    fn tell(&mut self, run: &Run) {
        let name = run.name();
        self.progress.says(&format!("{name}: {}", said(run)));
    }

    async fn execute(&mut self, activity: &Activity) -> Run {
        execute(activity, self.variables, &self.http).await
    }
}

/// What a state means for the whole: a probe that could not look is a failure, one that is not within
/// its tolerance is none.
fn status(state: &State) -> Status {
    let is_failed = |run: &Run| run.status == RunStatus::Failed;
    match state.probes.iter().any(is_failed) {
        true => Status::Failed,
        false => Status::Completed,
    }
}

/// What an activity gave, in a line.
fn said(run: &Run) -> String {
    let part = |name: &str| match &run.output[name] {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let text = match run.status {
        RunStatus::Failed => run.exception.join(" "),
        RunStatus::Succeeded => {
            let texts = ["status", "body", "stdout", "stderr"].map(part);
            texts
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        }
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

async fn execute(activity: &Activity, variables: &Variables, http: &reqwest::Client) -> Run {
    let pauses = activity.pauses.clone().unwrap_or_default();
    let pause = |given: Option<Value>| {
        let given = given.map(|given| variables.put_into(&given));
        given.as_ref().and_then(seconds).unwrap_or_default()
    };
    pass(pause(pauses.before)).await;
    let (began, start) = (Instant::now(), now());
    let done = call(&activity.provider, variables, http).await;
    let (duration, end) = (began.elapsed().as_secs_f64(), now());
    pass(pause(pauses.after)).await;
    let status = match &done {
        Ok(_) => RunStatus::Succeeded,
        Err(_) => RunStatus::Failed,
    };
    let exception = done.as_ref().err().cloned();
    Run {
        activity: serde_json::to_value(activity).expect("it was read from JSON"),
        output: done.unwrap_or_default(),
        start,
        end,
        duration,
        status,
        tolerance_met: None,
        exception: exception.into_iter().collect(),
    }
}

/// A pause that the experiment asks for.
async fn pass(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}
