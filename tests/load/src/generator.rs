//! Sends requests at their planned moments and keeps a record of each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::Request;
use tokio::task::JoinSet;

use crate::connections::{Answer, Connections, Unanswered};
use crate::plan::Plan;
use crate::record::{Outcome, Record, Step};
use crate::target::Target;

/// A request without an answer by then is given up, and counts with this time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The generator of one run. Moments count from when it was made.
#[derive(Debug)]
pub struct Generator {
    connections: Connections,
    started: Instant,
    started_at: SystemTime,
    patience: Duration,
    steps: Mutex<Vec<String>>,
    records: Mutex<Vec<Record>>,
    under_way: AtomicUsize,
}

impl Generator {
    /// The generator of a run that begins now.
    pub fn new(target: Target) -> Arc<Self> {
        Self::with_patience(target, PATIENCE)
    }

    /// The same that gives a request up after another time.
    pub fn with_patience(target: Target, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            connections: Connections::to(target),
            started: Instant::now(),
            started_at: SystemTime::now(),
            patience,
            steps: Mutex::default(),
            records: Mutex::default(),
            under_way: AtomicUsize::new(0),
        })
    }

    /// The step of this name.
    pub fn step(&self, name: &str) -> Step {
        let mut steps = lock(&self.steps);
        let known = steps.iter().position(|known| known == name);
        Step(known.unwrap_or_else(|| {
            steps.push(name.to_owned());
            steps.len() - 1
        }))
    }

    /// The names of the steps; a [`Step`] is a place among them.
    pub fn steps(&self) -> Vec<String> {
        lock(&self.steps).clone()
    }

    /// The moment that it is now.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// When the run began, by the clock of the machine.
    pub fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// Requests that are sent and not answered.
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// What is known of the requests that have ended, in the order of their ends.
    pub fn records(&self) -> Vec<Record> {
        lock(&self.records).clone()
    }

    /// The same without the first so many.
    pub fn records_from(&self, first: usize) -> Vec<Record> {
        lock(&self.records)
            .get(first..)
            .unwrap_or_default()
            .to_vec()
    }

    /// Waits until a moment.
    pub async fn wait_until(&self, moment: Duration) {
        let moment = self.started + moment;
        if moment > Instant::now() {
            tokio::time::sleep_until(moment.into()).await;
        }
    }

    /// Sends a request at its moment, and waits for the answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn send(
        &self,
        step: Step,
        planned: Duration,
        request: Request<Bytes>,
    ) -> Result<Answer, Unanswered> {
        self.wait_until(planned).await;
        self.send_now(step, None, planned, request).await
    }

    async fn send_now(
        &self,
        step: Step,
        place: Option<usize>,
        planned: Duration,
        request: Request<Bytes>,
    ) -> Result<Answer, Unanswered> {
        let sent = self.now();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let exchange = self.connections.exchange(request);
        let answer = tokio::time::timeout(self.patience, exchange).await;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        let answer = answer.unwrap_or(Err(Unanswered::TimedOut(self.patience)));
        let outcome = match &answer {
            Ok(answer) => Outcome::Status(answer.status),
            Err(Unanswered::TimedOut(_)) => Outcome::TimedOut,
            Err(Unanswered::NotConnected(_)) => Outcome::NotConnected,
            Err(Unanswered::Broken(_)) => Outcome::Broken,
        };
        lock(&self.records).push(Record {
            step,
            place,
            planned,
            sent,
            ended: self.now(),
            outcome,
            bytes: answer.as_ref().map_or(0, Answer::bytes),
        });
        answer
    }

    /// Sends everything that is planned, and waits for all answers.
    pub async fn follow(self: &Arc<Self>, plan: &Plan) {
        let moments = plan.requests.iter().map(|planned| planned.at);
        let make = |place: usize| {
            let planned = &plan.requests[place];
            (self.step(&planned.step.name), planned.request())
        };
        self.send_all(moments, make).await;
    }

    /// Sends requests at these moments, whether others were answered or not, and waits for all of them.
    /// `make` makes the request of a place in the order when its moment has come.
    pub async fn send_all(
        self: &Arc<Self>,
        moments: impl Iterator<Item = Duration>,
        mut make: impl FnMut(usize) -> (Step, Request<Bytes>),
    ) {
        let mut under_way = JoinSet::new();
        for (place, planned) in moments.enumerate() {
            self.wait_until(planned).await;
            let (step, request) = make(place);
            let generator = self.clone();
            under_way.spawn(async move {
                // What became of it stands in its record.
                let _ = generator
                    .send_now(step, Some(place), planned, request)
                    .await;
            });
            while under_way.try_join_next().is_some() {}
        }
        under_way.join_all().await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
