//! An edge that asks the origins of a pool in the place of its own, if the deployment has one; everything
//! else it does as before.
//!
//! With a pool the signals come from two owners: the pulse from the edge's own platform, the availability
//! snapshot and the sold-out holds from a member.

use bytes::Bytes;
use futures_util::future::join;
use http::{Request, Response};
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, Clock, Edge, NextStorefront, OrderGate,
    OriginClient, OutboundHttp, PaymentsClient, PortError, Quota, Randomness, SharedCache, Signals,
    SignalsReader,
};
use souk_protocol::origin::SIGNALS_PATH;
use souk_service_http::get;
use souk_stock_signals::apart;

use crate::pool::Pool;

/// The answer of a member about stock, among what instances of one place share.
const STOCK: &str = "stock";

/// One request's access to the platform, and to the pool.
pub struct PooledEdge<'a, E> {
    edge: &'a E,
    /// `None`: the origin of the edge's own deployment.
    pool: Option<&'a Pool>,
    log: &'a dyn Fn(&str),
}

impl<'a, E: Edge + OutboundHttp> PooledEdge<'a, E> {
    /// An edge with the origins of this pool. `log` gets a line where one of them is misconfigured.
    pub fn new(edge: &'a E, pool: Option<&'a Pool>, log: &'a dyn Fn(&str)) -> Self {
        Self { edge, pool, log }
    }

    /// The snapshot and the holds, and for how long they are kept since a member answered. While none
    /// does, those that were read last are as good as any: a hold carries its own end.
    async fn stock(&self, pool: &Pool, at_once: bool) -> (Bytes, Bytes, i64) {
        let read = async {
            let answer = Box::pin(pool.send(self.edge, get(SIGNALS_PATH), self.log)).await?;
            let status = answer.status();
            match status.is_success() {
                true => Ok(answer.into_body()),
                false => Err(PortError::Transient(format!("said {status}"))),
            }
        };
        let answer = self.edge.shared_for_a_second(STOCK, at_once, read).await;
        let now_ms = self.edge.now_ms();
        if let Ok(answer) = answer {
            pool.stock.replace(Some((answer, now_ms)));
        }
        let Some((answer, read_at_ms)) = pool.stock.borrow().clone() else {
            return (Bytes::new(), Bytes::new(), Signals::NEVER);
        };
        let (availability, sold_out_holds) = apart(answer).unwrap_or_default();
        (availability, sold_out_holds, (now_ms - read_at_ms).max(0))
    }
}

impl<E: Edge + OutboundHttp> OriginClient for PooledEdge<'_, E> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        match self.pool {
            None => self.edge.send(request).await,
            // In a box, as below: a request of a deployment without a pool has no room for it.
            Some(pool) => Box::pin(pool.send(self.edge, request, self.log)).await,
        }
    }
}

impl<E: Edge + OutboundHttp> SignalsReader for PooledEdge<'_, E> {
    async fn signals(&self, at_once: bool) -> Result<Signals, PortError> {
        let Some(pool) = self.pool else {
            return self.edge.signals(at_once).await;
        };
        let stock = Box::pin(self.stock(pool, at_once));
        let (own, stock) = join(self.edge.signals(at_once), stock).await;
        let (availability, sold_out_holds, kept_ms) = stock;
        Ok(Signals {
            availability,
            sold_out_holds,
            kept_ms,
            // Without one the edge keeps the pulse that it has.
            ..own.unwrap_or_default()
        })
    }
}

impl<E: CatalogueStore> CatalogueStore for PooledEdge<'_, E> {
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, PortError>> {
        self.edge.read(key)
    }
}

impl<E: SharedCache> SharedCache for PooledEdge<'_, E> {
    fn exists(&self) -> bool {
        self.edge.exists()
    }

    fn get(&self, key: &str) -> impl Future<Output = Option<Bytes>> {
        self.edge.get(key)
    }

    fn put(&self, key: &str, blob: &Bytes) -> impl Future<Output = ()> {
        self.edge.put(key, blob)
    }
}

impl<E: PaymentsClient> PaymentsClient for PooledEdge<'_, E> {
    fn ask_payments(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, PortError>> {
        self.edge.ask_payments(request)
    }
}

impl<E: BackOfficeClient> BackOfficeClient for PooledEdge<'_, E> {
    fn ask_back_office(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, PortError>> {
        self.edge.ask_back_office(request)
    }
}

impl<E: NextStorefront> NextStorefront for PooledEdge<'_, E> {
    fn ask_next(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, PortError>> {
        self.edge.ask_next(request)
    }
}

impl<E: OrderGate> OrderGate for PooledEdge<'_, E> {
    fn admits(
        &self,
        quota: Quota,
        client: &str,
        challenge: Option<&str>,
    ) -> impl Future<Output = Admission> {
        self.edge.admits(quota, client, challenge)
    }
}

impl<E: Clock> Clock for PooledEdge<'_, E> {
    fn now_ms(&self) -> i64 {
        self.edge.now_ms()
    }

    fn pause_ms(&self, ms: u32) -> impl Future<Output = ()> {
        self.edge.pause_ms(ms)
    }
}

impl<E: Randomness> Randomness for PooledEdge<'_, E> {
    fn random_bytes(&self) -> [u8; 16] {
        self.edge.random_bytes()
    }
}
