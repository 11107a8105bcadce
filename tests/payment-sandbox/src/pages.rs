//! What a shopper sees: the page with the card form, the bank's question, and a list of payments
//! for the developer. No scripts; English, and Chinese where the shop asked for it.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use maud::{DOCTYPE, Markup, html};

use crate::api::Form;
use crate::state::{CARDS, Card, Session, State};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5c6673;--line:#d7dce2;--paper:#fff;--ground:#f3f5f8;--key:#3a3fb8;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#a4adb9;--line:#39424e;--paper:#1b2129;--ground:#12161c;--key:#a9b0ff;--bad:#ffb4ab}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
.bar{background:#ffe08a;color:#3d2f00;padding:.6rem 1rem;text-align:center}
main{max-width:56rem;margin:2rem auto;padding:0 1rem;display:grid;gap:2rem;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr))}
section{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.5rem}
h1{font-size:1.35rem;margin:0 0 1rem}h2{font-size:1rem;margin:0 0 .75rem}
dl{margin:0;display:grid;grid-template-columns:1fr auto;gap:.4rem 1rem}dd{margin:0;font-variant-numeric:tabular-nums}
.total{font-weight:700;border-top:1px solid var(--line);padding-top:.5rem}
label{display:block;margin:.9rem 0 .3rem;font-weight:600}
input{width:100%;padding:.7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:.5rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
button{width:100%;margin-top:1.25rem;padding:.85rem;font:inherit;font-weight:700;border:0;border-radius:.5rem;color:var(--paper);background:var(--key);cursor:pointer}
button.quiet{color:var(--key);background:transparent;border:1px solid var(--key)}
:focus-visible{outline:3px solid var(--key);outline-offset:2px}
.alert{border-left:4px solid var(--bad);padding:.5rem .75rem;margin:0 0 1rem;color:var(--bad)}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.3rem .5rem .3rem 0;vertical-align:top}
code{white-space:nowrap}small,.soft{color:var(--soft)}a{color:var(--key)}
";

/// Answers a request of a browser.
pub(crate) fn answer(state: &mut State, request: &Request<Bytes>, now_ms: i64) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let post = *request.method() == Method::POST;
    let form = Form::read(request.body());
    match segments.as_slice() {
        [""] => page("en", "Payment sandbox", &list(state)),
        ["pay", id, rest @ ..] if state.sessions.contains_key(*id) => {
            let is_bank = *rest == ["bank"];
            let is_open = state.sessions[*id].status == "open";
            match (is_open, is_bank, post) {
                (false, _, _) => over(&state.sessions[*id]),
                (true, false, true) => pay(state, id, &form, now_ms),
                (true, false, false) => card_page(&state.sessions[*id], None),
                (true, true, true) => {
                    state.answer_bank(id, form.get("answer") == Some("approve"), now_ms);
                    after(&state.sessions[*id], Some(NOT_AUTHENTICATED))
                }
                (true, true, false) => bank(&state.sessions[*id]),
            }
        }
        _ => {
            let text = html! { section { h1 { "There is nothing here" } p { a href="/" { "Payments" } } } };
            let mut response = page("en", "Not found", &text);
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

const DECLINED: [&str; 2] = [
    "The card was declined. Try another one.",
    "银行拒绝了这张卡，请换一张。",
];
const NOT_AUTHENTICATED: [&str; 2] = [
    "The bank could not confirm that it is you. Try another card.",
    "银行未能确认您的身份，请换一张卡。",
];
const NO_SUCH_CARD: [&str; 2] = [
    "This is a sandbox: only the test numbers beside work.",
    "这是沙盒：只能使用旁边的测试卡号。",
];

fn pay(state: &mut State, id: &str, form: &Form, now_ms: i64) -> Response<Bytes> {
    let number = form.get("number").unwrap_or_default();
    let Some(card) = Card::find(number) else {
        return card_page(&state.sessions[id], Some(NO_SUCH_CARD));
    };
    match state.pay(id, card.behaviour, now_ms) {
        "asks" => see_other(&format!("/pay/{id}/bank")),
        _ => after(&state.sessions[id], Some(DECLINED)),
    }
}

/// Back to the shop, or once more.
fn after(session: &Session, problem: Option<[&str; 2]>) -> Response<Bytes> {
    match session.status {
        "complete" => {
            let url = session
                .success_url
                .replace("{CHECKOUT_SESSION_ID}", &session.id);
            see_other(&url)
        }
        _ => card_page(session, problem),
    }
}

fn pick(session: &Session, texts: [&'static str; 2]) -> &'static str {
    match session.locale.starts_with("zh") {
        true => texts[1],
        false => texts[0],
    }
}

fn card_page(session: &Session, problem: Option<[&str; 2]>) -> Response<Bytes> {
    let say = |en, zh| pick(session, [en, zh]);
    let zh = usize::from(session.locale.starts_with("zh"));
    let main = html! {
        section {
            h1 { (say("Pay by card", "银行卡支付")) }
            @if let Some(problem) = problem { p.alert role="alert" { (problem[zh]) } }
            form method="post" action={ "/pay/" (session.id) } {
                label for="number" { (say("Card number", "卡号")) }
                input #number name="number" inputmode="numeric" autocomplete="off" required
                    placeholder="4242 4242 4242 4242" aria-describedby="cards";
                div.pair {
                    div {
                        label for="expiry" { (say("Expiry", "有效期")) }
                        input #expiry name="expiry" value="12 / 34" autocomplete="off";
                    }
                    div {
                        label for="cvc" { (say("Security code", "安全码")) }
                        input #cvc name="cvc" value="123" inputmode="numeric" autocomplete="off";
                    }
                }
                button { (say("Pay", "支付")) " " (amount(session.amount, &session.currency)) }
            }
            @if !session.cancel_url.is_empty() {
                p { a href=(session.cancel_url) { (say("Back to the shop", "返回商店")) } }
            }
        }
        section {
            h2 { (say("Your order", "您的订单")) }
            dl {
                @for line in &session.lines {
                    dt { (line.name) @if line.quantity > 1 { small { " × " (line.quantity) } } }
                    dd { (amount(line.unit_amount * line.quantity, &session.currency)) }
                }
                dt.total { (say("Total", "合计")) }
                dd.total { (amount(session.amount, &session.currency)) }
            }
            br;
            h2 #cards { (say("Test cards", "测试卡号")) }
            table {
                @for card in CARDS {
                    tr { td { code { (spaced(card.number)) } } td { (card.text[zh]) } }
                }
            }
        }
    };
    page(&session.locale, say("Payment sandbox", "支付沙盒"), &main)
}

fn bank(session: &Session) -> Response<Bytes> {
    let say = |en, zh| pick(session, [en, zh]);
    let main = html! {
        section {
            h1 { (say("Your bank asks", "银行验证")) }
            p {
                (say("Do you want to pay ", "您要支付 "))
                (amount(session.amount, &session.currency)) (say("?", " 吗？"))
            }
            form method="post" {
                button name="answer" value="approve" { (say("Yes, it is me", "是我，确认")) }
                button.quiet name="answer" value="deny" { (say("No", "不是")) }
            }
        }
    };
    page(&session.locale, say("Payment sandbox", "支付沙盒"), &main)
}

fn over(session: &Session) -> Response<Bytes> {
    if session.status == "complete" {
        return after(session, None);
    }
    let say = |en, zh| pick(session, [en, zh]);
    let main = html! {
        section {
            h1 { (say("This page is closed", "此页面已关闭")) }
            p { (say("The time to pay is over.", "支付时间已过。")) }
            @if !session.cancel_url.is_empty() {
                p { a href=(session.cancel_url) { (say("Back to the shop", "返回商店")) } }
            }
        }
    };
    page(&session.locale, say("Payment sandbox", "支付沙盒"), &main)
}

fn list(state: &State) -> Markup {
    html! {
        section {
            h1 { "Payments" }
            @if state.intents.is_empty() { p { "Nothing was paid yet." } }
            table {
                @for intent in state.intents.values().rev() {
                    tr {
                        td { code { (intent.id) } br; small { (intent.metadata.get("order").map_or("", String::as_str)) } }
                        td { (amount(intent.amount, &intent.currency)) br; small { (intent.status) } }
                    }
                }
            }
        }
    }
}

/// For people: two decimals, unless the currency has none.
fn amount(minor: i64, currency: &str) -> String {
    let code = currency.to_ascii_uppercase();
    match code.as_str() {
        "JPY" | "KRW" | "VND" | "CLP" => format!("{code} {minor}"),
        _ => format!("{code} {}.{:02}", minor / 100, minor % 100),
    }
}

fn spaced(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let groups: Vec<String> = digits
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

fn page(locale: &str, title: &str, main: &Markup) -> Response<Bytes> {
    let zh = locale.starts_with("zh");
    let (lang, bar) = match zh {
        true => ("zh-Hans", "支付沙盒：不会发生任何真实付款"),
        false => ("en", "Payment sandbox: no money moves here"),
    };
    let text = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { header.bar { strong { (bar) } } main { (main) } }
        }
    };
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Bytes::from(text.into_string()))
        .expect("a response of ours")
}

fn see_other(url: &str) -> Response<Bytes> {
    let response = Response::builder().status(StatusCode::SEE_OTHER);
    let response = response.header(header::LOCATION, url).body(Bytes::new());
    response.unwrap_or_else(|_| {
        page(
            "en",
            "Payment sandbox",
            &html! { section { h1 { "Paid" } } },
        )
    })
}
