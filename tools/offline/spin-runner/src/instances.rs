//! Instances of a component: made when needed, used for many requests as in Spin, then thrown away.
//!
//! The queueing is `wasmtime-wasi-http`'s `ProxyHandler`, which Spin uses as well; this module says
//! how an instance is made, how many requests it takes, and when it ends. A trap ends it at once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, Trap};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, TrapOrPanicError, WorkerExpiration, WorkerState,
    WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::engine::new_store;
use crate::guest::{Component, Guest};
use crate::outbound::{Outbound, Services};

/// How long "for ever" is for a timer.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long and for how much an instance is used.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Requests that one instance answers before it is replaced.
    pub requests_max: usize,
    /// Requests that one instance answers at once.
    pub concurrent_requests_max: usize,
    /// How long an instance without requests is kept.
    pub idle_timeout: Duration,
    /// How long a component may take to begin its response; `None` is for ever.
    pub request_timeout: Option<Duration>,
}

/// Makes the instances of one component.
pub struct InstanceFactory {
    component: Arc<Component>,
    services: Arc<Services>,
    prepared: ServicePre<Guest>,
    reuse: Reuse,
}

impl InstanceFactory {
    /// A factory for a component whose imports are already linked.
    #[must_use]
    pub fn new(
        component: Arc<Component>,
        services: Arc<Services>,
        prepared: ServicePre<Guest>,
        reuse: Reuse,
    ) -> Self {
        Self {
            component,
            services,
            prepared,
            reuse,
        }
    }

    /// Logs why a request got no response, unless the end of its instance is logged anyway.
    pub fn report_failure(&self, error: &wasmtime::Error) {
        if error.is::<TrapOrPanicError>() || error.is::<Trap>() {
            return;
        }
        eprintln!("[{}] request failed: {error:#}", self.component.name);
    }
}

impl HandlerState for InstanceFactory {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Worker>> {
        let outbound = Outbound::new(Arc::clone(&self.component), Arc::clone(&self.services));
        let guest = Guest::new(Arc::clone(&self.component), outbound);
        let mut store = new_store(self.prepared.engine(), guest);
        let service = self.prepared.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: |guest| guest.http(),
            expiration: Expiration {
                reuse: self.reuse,
                sleep: Box::pin(tokio::time::sleep(FAR_FUTURE)),
            },
            state: Worker {
                component: Arc::clone(&self.component),
                services: Arc::clone(&self.services),
                reuse: self.reuse,
            },
        })
    }
}

/// Ends an instance that is idle, or busy, for too long.
pub struct Expiration {
    reuse: Reuse,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let timeout = match status {
            WorkerStatus::Idle => Some(self.reuse.idle_timeout),
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.reuse.request_timeout,
        };
        let Some(timeout) = timeout else {
            return Poll::Pending;
        };
        let deadline = (since + timeout).into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}

/// Decides which requests an instance takes, and sees its end.
pub struct Worker {
    component: Arc<Component>,
    services: Arc<Services>,
    reuse: Reuse,
}

impl WorkerState for Worker {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.requests_max {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent_requests_max {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Guest>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        match self.reuse.request_timeout {
            Some(timeout) => Box::pin(tokio::time::sleep(timeout)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<Guest>, result: wasmtime::Result<()>) {
        // At the end of the process instances are cut off, which is no failure.
        if let Err(error) = result
            && !self.services.is_ending()
        {
            eprintln!("[{}] instance ended: {error:#}", self.component.name);
        }
        drop(store);
    }
}
