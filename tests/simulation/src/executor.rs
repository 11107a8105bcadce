//! Runs the tasks of a simulated world on one thread, in an order that follows from the seed.
//!
//! Time stands still while any task can go on, and jumps to the next timer when none can. A task
//! belongs to a node; a node that crashes drops its tasks wherever they wait, which is what a
//! process does that is killed: whatever was not written is gone.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::random::Random;

/// Where a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// Shoppers, staff, the provider, the scheduler: they do not crash.
    Outside,
    /// An instance of the storefront.
    Edge(usize),
    /// A store of the origin, with a database of its own.
    Origin(usize),
    /// The process that reconciles with the payment provider.
    Payments,
    /// The process that ingests what happens to orders.
    BackOffice,
}

type TaskId = u64;
type Ready = Arc<Mutex<BTreeSet<TaskId>>>;

struct TaskWaker {
    id: TaskId,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.insert(self.id);
    }
}

struct Task {
    node: Node,
    /// Absent while it is polled.
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    waker: Waker,
}

struct Timer {
    due_ms: i64,
    number: u64,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        (self.due_ms, self.number) == (other.due_ms, other.number)
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due_ms, self.number).cmp(&(other.due_ms, other.number))
    }
}

/// The executor; clones are the same one.
#[derive(Clone)]
pub(crate) struct Executor(Rc<Inner>);

struct Inner {
    random: Rc<Random>,
    now_ms: Cell<i64>,
    steps: Cell<u64>,
    numbers: Cell<u64>,
    tasks: RefCell<BTreeMap<TaskId, Task>>,
    ready: Ready,
    timers: RefCell<BinaryHeap<Reverse<Timer>>>,
}

impl Executor {
    /// An executor without tasks, at a moment.
    pub(crate) fn new(random: Rc<Random>, now_ms: i64) -> Self {
        Self(Rc::new(Inner {
            random,
            now_ms: Cell::new(now_ms),
            steps: Cell::new(0),
            numbers: Cell::new(0),
            tasks: RefCell::default(),
            ready: Ready::default(),
            timers: RefCell::default(),
        }))
    }

    /// The time of the world, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.0.now_ms.get()
    }

    /// How often a task was polled.
    pub(crate) fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    fn number(&self) -> u64 {
        self.0.numbers.replace(self.0.numbers.get() + 1)
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, BTreeSet<TaskId>> {
        self.0.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a task.
    pub(crate) fn spawn(&self, node: Node, work: impl Future<Output = ()> + 'static) -> TaskId {
        let id = self.number();
        let ready = Arc::clone(&self.0.ready);
        let task = Task {
            node,
            future: Some(Box::pin(work)),
            waker: Arc::new(TaskWaker { id, ready }).into(),
        };
        self.0.tasks.borrow_mut().insert(id, task);
        self.ready().insert(id);
        id
    }

    /// Drops every task of a node, and how many there were.
    pub(crate) fn crash(&self, node: Node) -> usize {
        let of_node = |task: &Task| task.node == node;
        let dropped: Vec<_> = self
            .0
            .tasks
            .borrow_mut()
            .extract_if(.., |_, task| of_node(task))
            .collect();
        // Outside of the borrow: what is dropped may wake others.
        dropped.len()
    }

    /// Drops every task and timer.
    pub(crate) fn end(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
        self.0.timers.borrow_mut().clear();
    }

    /// Drops one task.
    pub(crate) fn cancel(&self, id: TaskId) {
        let dropped = self.0.tasks.borrow_mut().remove(&id);
        drop(dropped);
    }

    /// Resolves after `ms` milliseconds.
    pub(crate) fn sleep(&self, ms: i64) -> Sleep {
        Sleep {
            executor: self.clone(),
            due_ms: self.now_ms() + ms.max(0),
            is_set: false,
        }
    }

    /// Lets others go first, if chance will have it.
    pub(crate) async fn pause(&self) {
        let mut paused = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut paused, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// One task goes one step on, or time goes on to the next timer. `false`: nothing is left.
    pub(crate) fn step(&self) -> bool {
        let chosen = {
            let ready = self.ready();
            let count = ready.len();
            (count > 0).then(|| {
                *ready
                    .iter()
                    .nth(self.0.random.index(count))
                    .expect("counted")
            })
        };
        let Some(id) = chosen else {
            return self.wait();
        };
        self.ready().remove(&id);
        let (future, waker) = {
            let mut tasks = self.0.tasks.borrow_mut();
            let Some(task) = tasks.get_mut(&id) else {
                return true;
            };
            (task.future.take(), task.waker.clone())
        };
        let mut future = future.expect("a task is polled by one at a time");
        self.0.steps.set(self.0.steps.get() + 1);
        let done = future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready();
        let mut tasks = self.0.tasks.borrow_mut();
        // It may have crashed its own node meanwhile.
        match tasks.get_mut(&id) {
            Some(task) if !done => task.future = Some(future),
            Some(_) => drop(tasks.remove(&id)),
            None => {}
        }
        true
    }

    fn wait(&self) -> bool {
        let next = self.0.timers.borrow_mut().pop();
        let Some(Reverse(timer)) = next else {
            return false;
        };
        self.0.now_ms.set(self.now_ms().max(timer.due_ms));
        timer.waker.wake();
        true
    }
}

/// See [`Executor::sleep`].
pub(crate) struct Sleep {
    executor: Executor,
    due_ms: i64,
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now_ms() >= self.due_ms {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.is_set, true) {
            let timer = Timer {
                due_ms: self.due_ms,
                number: self.executor.number(),
                waker: context.waker().clone(),
            };
            self.executor.0.timers.borrow_mut().push(Reverse(timer));
        }
        Poll::Pending
    }
}

/// What two tasks hand to each other once.
struct Handover<T> {
    value: RefCell<Option<T>>,
    is_over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Hands the value over; dropped without, the other side learns that there will be none.
pub(crate) struct Giver<T>(Rc<Handover<T>>);

/// Waits for the value.
pub(crate) struct Taker<T>(Rc<Handover<T>>);

/// Both ends of a handover.
pub(crate) fn handover<T>() -> (Giver<T>, Taker<T>) {
    let both = Rc::new(Handover {
        value: RefCell::default(),
        is_over: Cell::new(false),
        waker: RefCell::default(),
    });
    (Giver(Rc::clone(&both)), Taker(both))
}

impl<T> Giver<T> {
    /// Hands over.
    pub(crate) fn give(self, value: T) {
        self.0.value.replace(Some(value));
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for Taker<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if self.0.is_over.get() {
            return Poll::Ready(self.0.value.take());
        }
        self.0.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}
