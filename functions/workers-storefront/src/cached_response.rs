//! The shortest way through the script: a cached response, asked for and given without taking the
//! request or the response apart. Every call across the bridge costs about as much as finding it.

use std::cell::Cell;

use js_sys::Uint8Array;
use souk_storefront::{Ages, CachedResponse};
use souk_workers_platform::http;
use worker::{Result, web_sys};

/// JavaScript's form of a cached response, to make any number of responses from.
struct Form {
    init: web_sys::ResponseInit,
    headers: web_sys::Headers,
    body: Uint8Array,
    ages: Cell<Option<Ages>>,
}

/// Hands a cached response to JavaScript. What does not change has crossed the bridge before.
pub(crate) fn give(cached: &CachedResponse) -> Result<web_sys::Response> {
    let form = cached.form(Form::new).as_ref();
    let form = form.map_err(|error| worker::Error::from(error.as_str()))?;
    let ages = Some(cached.ages);
    if form.ages.replace(ages) != ages {
        for (name, age_s) in cached.ages.headers() {
            form.headers.set(name.as_str(), &age_s.to_string())?;
        }
    }
    let body = Some(form.body.as_ref());
    Ok(web_sys::Response::new_with_opt_buffer_source_and_init(
        body, &form.init,
    )?)
}

impl Form {
    fn new(cached: &CachedResponse) -> Result<Self, String> {
        let headers = http::headers(cached.headers()).map_err(|error| error.to_string())?;
        let init = web_sys::ResponseInit::new();
        init.set_headers(&headers);
        Ok(Self {
            init,
            headers,
            body: Uint8Array::from(cached.body().as_ref()),
            ages: Cell::new(None),
        })
    }
}
