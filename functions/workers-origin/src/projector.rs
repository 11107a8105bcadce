//! The availability snapshot and the sold-out holds of a shard, in the object that owns both.

use souk_origin::AvailabilityProjector;
use souk_sharding::Address;
use souk_workers_platform::objects;
use worker::js_sys::Uint8Array;
use worker::{Env, Method, Request, RequestInit, Result, console_error};

/// Projects what one shard sells.
pub(crate) struct AvailabilityProjection<'a> {
    pub(crate) env: &'a Env,
    pub(crate) own: Address,
}

impl AvailabilityProjection<'_> {
    /// Where this shard's part is, beside those of others.
    fn own_part(&self, of: &str) -> String {
        format!("{of}{}", self.own.name())
    }
}

impl AvailabilityProjector for AvailabilityProjection<'_> {
    async fn project(&self, availability: Vec<u8>) {
        if let Err(error) = put(
            self.env,
            &self.own_part(objects::AVAILABILITY_URL),
            &availability,
        )
        .await
        {
            console_error!("availability: {error}");
        }
    }

    async fn sold_out_holds(&self) -> Vec<u8> {
        let url = self.own_part(objects::SOLD_OUT_HOLDS_URL);
        match get(self.env, &url).await {
            Ok(sold_out_holds) => sold_out_holds,
            Err(error) => {
                console_error!("sold-out holds: {error}");
                Vec::new()
            }
        }
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        let url = self.own_part(objects::SOLD_OUT_HOLDS_URL);
        if let Err(error) = put(self.env, &url, &sold_out_holds).await {
            console_error!("sold-out holds: {error}");
        }
    }
}

async fn get(env: &Env, url: &str) -> Result<Vec<u8>> {
    let mut response = objects::availability(env)?.fetch_with_str(url).await?;
    response.bytes().await
}

async fn put(env: &Env, url: &str, value: &[u8]) -> Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Put);
    init.with_body(Some(Uint8Array::from(value).into()));
    let request = Request::new_with_init(url, &init)?;
    objects::availability(env)?
        .fetch_with_request(request)
        .await
        .map(drop)
}
