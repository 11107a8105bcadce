//! How many shards the shop has, which is what it was created with, or has grown to since.
//!
//! Shard 0 writes the number down when it is first asked anything: from then on the setting changes
//! nothing, because what it places would be looked for elsewhere. Every shard stores the latest
//! number that it was sent. A request says for how many shards it was routed; a shard that knows of
//! more refuses it with the right number, and one that knows of fewer asks shard 0.

use std::cell::Cell;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_order_store::{ShardStore, StoreError};
use souk_protocol::shards::{Layout, MoreShards, SHARDS_PARAMETER};
use souk_service_http::json;
use souk_sharding::{SHARDS_MAX, ShardClient};

use crate::peers::Peers;

/// What an instance of a store remembers, so that it asks its store once.
#[derive(Debug, Default)]
pub struct Remembered {
    layout: Cell<Option<Layout>>,
}

impl Remembered {
    /// How many shards there are, if a request has needed to know it.
    pub fn shards(&self) -> Option<u16> {
        self.layout.get().map(Layout::all)
    }

    /// How many shards there are, at least as many as a request was routed for.
    ///
    /// # Errors
    /// When the store does not answer or shard 0 does not, and where the shop has no such shard.
    pub(crate) async fn layout<S: ShardStore, C: ShardClient>(
        &self,
        store: &S,
        peers: &Peers<'_, C>,
        own: u16,
        routed_for: Option<u16>,
        log: &dyn Fn(&str),
    ) -> Result<Layout, StoreError> {
        let known = match self.layout.get() {
            Some(layout) => Some(layout),
            None => store.layout().await?,
        };
        let wanted = routed_for.unwrap_or(1).max(own.saturating_add(1));
        let layout = match known {
            Some(layout) if layout.all() >= wanted => layout,
            Some(layout) if own == 0 => {
                let text = format!("there are {} shards, not {wanted}", layout.all());
                return Err(StoreError::Transient(text));
            }
            None if own == 0 => {
                let (shards, growing_to) = (peers.shards, None);
                store.take_layout(Layout { shards, growing_to }, 0).await?
            }
            Some(_) | None => {
                let layout = peers.ask_layout().await?;
                if layout.all() < wanted {
                    let text = format!("the shop has {} shards, not {wanted}", layout.all());
                    return Err(StoreError::Transient(text));
                }
                store.take_layout(layout, own).await?
            }
        };
        if own == 0 && self.layout.get().is_none() {
            warn(layout, peers.shards, log);
        }
        self.layout.set(Some(layout));
        Ok(layout)
    }

    /// Stores how many shards there are by now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) async fn take<S: ShardStore>(
        &self,
        store: &S,
        taken: Layout,
        own: u16,
    ) -> Result<Layout, StoreError> {
        let layout = store.take_layout(taken, own).await?;
        self.layout.set(Some(layout));
        Ok(layout)
    }
}

/// Says that the setting is not what the shop has.
fn warn(layout: Layout, deployed: u16, log: &dyn Fn(&str)) {
    let shards = layout.all();
    if deployed > shards {
        log(&format!(
            "ORIGIN_SHARDS is {deployed}, but the shop has {shards} shards and goes on with them: \
             `souk shards grow --to {deployed}` adds the others"
        ));
    } else if deployed < shards {
        log(&format!(
            "ORIGIN_SHARDS is {deployed}, but the shop has {shards} shards and goes on with them: set \
             it to {shards}"
        ));
    }
}

/// For how many shards a request was routed, if a router sent it.
pub(crate) fn routed_for(request: &Request<Bytes>) -> Option<u16> {
    let query = request.uri().query()?;
    let query = form_urlencoded::parse(query.as_bytes());
    // The router appends it last, so a parameter that a shopper has typed does not count.
    let said = query.filter(|(name, _)| name == SHARDS_PARAMETER).last();
    let (_, routed_for) = said?;
    let routed_for = routed_for.parse().ok();
    routed_for.filter(|shards| (1..=SHARDS_MAX).contains(shards))
}

/// Refuses a request that was routed for fewer shards than there are.
pub(crate) fn refusal(layout: Layout) -> Response<Bytes> {
    let mut refusal = json(&MoreShards { layout });
    *refusal.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    refusal
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_router_has_the_last_word() {
        for (address, number) in [
            ("/trade/v1/orders?shards=3", Some(3)),
            ("/trade/v1/record?id=A&shards=1024&x=y&shards=2", Some(2)),
            ("/trade/v1/orders?shards=0", None),
            ("/trade/v1/orders?shards=1025", None),
            ("/trade/v1/orders?shards=many", None),
            ("/trade/v1/orders?id=1", None),
            ("/trade/v1/orders", None),
        ] {
            let request = Request::get(address).body(Bytes::new()).unwrap();
            assert_eq!(routed_for(&request), number, "{address}");
        }
    }

    #[test]
    fn another_number_in_the_settings_is_named_with_what_to_do() {
        let said = |shards, growing_to, deployed| {
            let lines = RefCell::new(Vec::new());
            let log = |line: &str| lines.borrow_mut().push(line.to_owned());
            warn(Layout { shards, growing_to }, deployed, &log);
            lines.take().join("\n")
        };
        assert!(said(1, None, 4).contains("shards grow --to 4"));
        assert!(said(4, None, 1).ends_with("set it to 4"));
        assert_eq!(said(3, None, 3), "");
        assert_eq!(said(3, Some(4), 4), "");
    }
}
