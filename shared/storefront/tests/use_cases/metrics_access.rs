//! Who may read `/metrics`.

use http::{HeaderMap, StatusCode};
use souk_protocol::staff::{Permission, REVOKE_TOKEN, TOKENS_FRESH_MS};

use crate::support::back_office::{BackOffice, SECRET};
use crate::support::{Shop, request};

/// How long an edge uses what the back office said.
const FRESH_MS: i64 = 5_000;

fn shop() -> Shop {
    let mut shop = Shop::open();
    shop.settings.metrics_are_public = false;
    shop
}

fn scrape(shop: &Shop, token: &str) -> (StatusCode, HeaderMap, String) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let headers = if token.is_empty() {
        &[][..]
    } else {
        &headers[..]
    };
    let response = shop.send(request("GET", "/metrics", headers, ""));
    let body = String::from_utf8_lossy(response.body()).into_owned();
    (response.status(), response.headers().clone(), body)
}

#[test]
fn metrics_are_shown_to_a_token_that_may_read_them_and_to_no_other() {
    let shop = shop();
    let staff = BackOffice(&shop.world);
    let good = staff.token("monitoring", &[Permission::Metrics]);
    let other = staff.token("cron", &[Permission::Tick, Permission::Orders]);
    let (status, _, text) = scrape(&shop, &good);
    assert_eq!(status, 200);
    assert!(text.contains("souk_orders_accepted_total 0"), "{text}");
    for (token, status) in [("", 401), ("wrong", 401), (SECRET, 403), (&other, 403)] {
        let (answered, headers, text) = scrape(&shop, token);
        assert_eq!(answered, status, "{token}");
        assert!(!text.contains("souk_"), "{text}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers.contains_key("www-authenticate"), status == 401);
    }
    let (_, _, text) = scrape(&shop, &good);
    assert!(text.contains("souk_metrics_refused_total 4"), "{text}");
}

#[test]
fn a_setting_shows_metrics_to_every_caller() {
    let mut shop = shop();
    shop.settings.metrics_are_public = true;
    assert_eq!(scrape(&shop, "").0, 200);
    assert_eq!(shop.world.back_office_calls.get(), 0);
}

#[test]
fn a_revoked_token_reads_no_metrics_after_a_short_time() {
    let shop = shop();
    let staff = BackOffice(&shop.world);
    let token = staff.token("monitoring", &[Permission::Metrics]);
    assert_eq!(scrape(&shop, &token).0, 200);
    let path = REVOKE_TOKEN.at(&["monitoring"]);
    assert_eq!(staff.send(SECRET, "DELETE", path.path(), b"").status(), 204);
    shop.world.pass_ms(FRESH_MS + TOKENS_FRESH_MS);
    assert_eq!(scrape(&shop, &token).0, 401);
}

#[test]
fn a_good_token_is_asked_about_once_in_a_while() {
    let shop = shop();
    let token = BackOffice(&shop.world).token("monitoring", &[Permission::Metrics]);
    for _ in 0..10 {
        assert_eq!(scrape(&shop, &token).0, 200);
    }
    assert_eq!(shop.world.back_office_calls.get(), 1);
    // While the back office is away, what is known is used, and then nothing is shown.
    shop.world.back_office_down.set(true);
    assert_eq!(scrape(&shop, &token).0, 200);
    shop.world.pass_ms(FRESH_MS);
    assert_eq!(scrape(&shop, &token).0, 503);
    shop.world.back_office_down.set(false);
    assert_eq!(scrape(&shop, &token).0, 200);
}

#[test]
fn guesses_cost_the_back_office_a_few_calls_and_keep_no_scraper_out() {
    let shop = shop();
    let token = BackOffice(&shop.world).token("monitoring", &[Permission::Metrics]);
    assert_eq!(scrape(&shop, &token).0, 200);
    shop.world.pass_ms(FRESH_MS);
    let before = shop.world.back_office_calls.get();
    for guess in 0..50 {
        let (status, headers, _) = scrape(&shop, &format!("guess-{guess}"));
        assert!([401, 429].contains(&status.as_u16()), "{status}");
        assert_eq!(headers.contains_key("retry-after"), status == 429);
    }
    assert_eq!(shop.world.back_office_calls.get() - before, 4);
    // Without a token it is never asked.
    assert_eq!(scrape(&shop, "").0, 401);
    assert_eq!(scrape(&shop, &token).0, 200);
    assert_eq!(shop.world.back_office_calls.get() - before, 5);
}
