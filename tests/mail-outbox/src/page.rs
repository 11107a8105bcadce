//! The page of the outbox: what was sent, the last one first, as HTML and as text side by side.

use bytes::Bytes;
use http::{Response, header};
use maud::{DOCTYPE, html};

use crate::outbox::Message;

const STYLE: &str = "body{font:16px/1.5 sans-serif;margin:24px auto;max-width:1100px;padding:0 16px}\
    article{border:1px solid #bbb;border-radius:8px;margin:0 0 24px;padding:16px}\
    h2{font-size:18px;margin:0}dl{display:grid;grid-template-columns:max-content 1fr;gap:0 12px}\
    dd{margin:0}.bodies{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));\
    gap:16px}iframe{border:1px solid #ddd;height:420px;width:100%}\
    pre{background:#f4f4f2;margin:0;max-height:420px;overflow:auto;padding:12px;white-space:pre-wrap}\
    form{display:inline-block;margin:12px 8px 0 0}";

/// The page. A mail is in a frame without scripts, forms and the page's origin.
pub(crate) fn list(messages: &[Message]) -> Response<Bytes> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Outbox" }
                style { (STYLE) }
            }
            body {
                h1 { "Outbox" }
                p {
                    "Mails that the local shop has sent, the last one first. None of them leaves this \
                     machine. The same as " a href="/messages" { "JSON" } "."
                }
                @if messages.is_empty() { p { "There is no mail yet." } }
                @for message in messages.iter().rev() { (article(message)) }
            }
        }
    };
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        )
        .body(page.into_string().into())
        .expect("a response")
}

fn article(message: &Message) -> maud::Markup {
    html! {
        article {
            h2 { (message.subject) }
            dl {
                dt { "To" } dd { (message.to) }
                dt { "Kind" } dd { (message.kind) }
                dt { "Language" } dd { (message.language) }
                dt { "Order" } dd { (message.order) }
                dt { "At" } dd { (message.at) }
            }
            div.bodies {
                iframe sandbox="allow-popups" srcdoc=(message.html) title=(message.subject) {}
                pre { (message.text) }
            }
            @for what in ["bounced", "complained"] {
                form method="post" action=(format!("/messages/{}/{what}", message.id)) {
                    button { "Tell the shop that it " (what) }
                }
            }
        }
    }
}
