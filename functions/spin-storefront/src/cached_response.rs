//! The shortest way through the component: a kept response, asked for and given without taking
//! the request or the response apart. Every call of the host and every header costs here.

use std::cell::RefCell;

use souk_storefront::{CachedResponse, address};
use spin_sdk::wasip3::http::types::{Fields, Method, Request, Response, Scheme};
use spin_sdk::wasip3::http_compat::BodyWriter;
use spin_sdk::wasip3::wit_bindgen::spawn;

/// The address of a request that any current response answers: of an unconditional `GET`.
pub(crate) fn address_of(request: &Request) -> Option<String> {
    if !matches!(request.get_method(), Method::Get) {
        return None;
    }
    let headers = request.get_headers();
    if headers.has("if-none-match") {
        return None;
    }
    let text = |name: &str| text(&headers, name);
    let host = text("host").or_else(|| request.get_authority());
    let scheme = text("x-forwarded-proto").or_else(|| {
        let https = matches!(request.get_scheme(), Some(Scheme::Https));
        https.then(|| "https".to_owned())
    });
    let path = request.get_path_with_query();
    Some(address(scheme.as_deref(), host.as_deref(), path.as_deref()))
}

/// The page that a request follows a link of.
pub(crate) fn referer(request: &Request) -> Option<String> {
    text(&request.get_headers(), "referer")
}

/// The cookies of a request; browsers send them in one header, HTTP/2 may in several.
pub(crate) fn cookies(request: &Request) -> Option<String> {
    let values = request.get_headers().get("cookie").into_iter();
    let values = values.filter_map(|value| String::from_utf8(value).ok());
    let cookies = values.collect::<Vec<_>>().join("; ");
    (!cookies.is_empty()).then_some(cookies)
}

fn text(headers: &Fields, name: &str) -> Option<String> {
    let value = headers.get(name).into_iter().next();
    value.and_then(|value| String::from_utf8(value).ok())
}

/// The headers in the form that the host takes; the ages are the last ones.
struct Form {
    fields: RefCell<Vec<(String, Vec<u8>)>>,
    /// How many of them do not change.
    lasting: usize,
}

/// Hands a kept response over.
pub(crate) fn give(cached: &CachedResponse) -> Response {
    let form = cached.form(Form::new);
    let (writer, body, result) = BodyWriter::new();
    let response = {
        let mut fields = form.fields.borrow_mut();
        fields.truncate(form.lasting);
        let ages = cached.ages.headers();
        fields.extend(ages.map(|(name, age_s)| (name.to_string(), age_s.to_string().into_bytes())));
        let headers = Fields::from_list(&fields).expect("they were sent before");
        Response::new(headers, Some(body), result).0
    };
    let bytes = cached.body().to_vec();
    spawn(async move {
        let BodyWriter {
            mut stream_writer,
            result_writer,
            ..
        } = writer;
        // When the client has gone, some bytes stay unsent, and no caller is left to get that
        // error.
        let _rest = stream_writer.write_all(bytes).await;
        drop(stream_writer);
        let _gone = result_writer.write(Ok(None)).await;
    });
    response
}

impl Form {
    fn new(cached: &CachedResponse) -> Self {
        let length = cached.body().len().to_string();
        let kept = cached.headers().iter();
        let kept = kept.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        let mut fields: Vec<_> = kept.collect();
        fields.push(("content-length".to_owned(), length.into_bytes()));
        Self {
            lasting: fields.len(),
            fields: RefCell::new(fields),
        }
    }
}
