//! How everything stands, and the journal.

use http::{StatusCode, header};
use souk_operations::{Switch, verify};
use souk_protocol::operations::{
    JOURNAL_PATH, JOURNAL_RECORDS_MAX, OperationsChange, SWITCHES_PATH, SwitchStanding, TICK_PATH,
};
use souk_service_http::post;

use crate::support::{Memory, NOW_MS, Shop, level, switch};

fn of<'a>(switches: &'a [SwitchStanding], name: &str) -> &'a SwitchStanding {
    let mut found = switches.iter().filter(|one| one.switch == name);
    found.next().expect("every switch is there")
}

#[test]
fn every_switch_is_shown_with_what_it_can_be() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(2));
    shop.change(switch("suggestions", "on", NOW_MS + 60_000));
    let standing = shop.standing("");
    let names: Vec<_> = standing.switches.iter().map(|one| &one.switch).collect();
    let registry: Vec<_> = Switch::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(names, registry);
    assert_eq!((standing.level, standing.level_until_ms), (2, None));
    let suggestions = of(&standing.switches, "suggestions");
    assert_eq!(
        (suggestions.state.as_str(), suggestions.by_level.as_str()),
        ("on", "off")
    );
    assert_eq!(suggestions.until_ms, Some(NOW_MS + 60_000));
    let filters = of(&standing.switches, "filters");
    assert_eq!(
        (filters.state.as_str(), filters.until_ms),
        ("reduced", None)
    );
    let settings: Vec<_> = filters.settings.iter().map(|one| &one.state).collect();
    assert_eq!(settings, ["reduced", "off"]);
    assert!(of(&standing.switches, "checkout").settings.is_empty());
    let verified = verify(&store.journal(), Some(&standing.head)).unwrap();
    assert_eq!(verified.records, standing.records);
    assert_eq!(shop.stamps().last(), Some(&standing.stamp));
}

#[test]
fn effects_are_in_the_language_that_is_asked_for() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let effect = |query: &str| {
        let standing = shop.standing(query);
        let search = of(&standing.switches, "search");
        search.settings[0].effect.clone()
    };
    let english = effect("");
    assert!(!english.is_empty());
    assert_eq!(effect("?language=en"), english);
    assert_ne!(effect("?language=de"), english);
    assert_ne!(effect("?language=zh"), effect("?language=de"));
    assert_eq!(effect("?language=xx"), english);
}

#[test]
fn what_is_over_is_not_shown_while_its_record_is_still_to_come() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let until_ms = Some(NOW_MS + 500);
    shop.change(OperationsChange::Level { level: 5, until_ms });
    assert_eq!(shop.standing("").level_until_ms, until_ms);
    shop.pass(500);
    let standing = shop.standing("");
    assert_eq!((standing.level, standing.level_until_ms), (0, None));
    assert_eq!(of(&standing.switches, "search").state, "on");
    assert_eq!(standing.records, 1);
    assert_eq!(store.writes.get(), 1, "reading writes nothing");
}

#[test]
fn the_journal_is_printed_in_pages_that_are_one_journal() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let most = usize::try_from(JOURNAL_RECORDS_MAX).unwrap();
    for number in 0..=most {
        shop.change(level(u8::try_from(number % 5).unwrap()));
    }
    let (mut journal, mut after, mut pages) = (String::new(), 0, Vec::new());
    loop {
        let response = shop.get(&format!("{JOURNAL_PATH}?after={after}"));
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/jsonl"
        );
        let page = String::from_utf8(response.into_body().into()).unwrap();
        if page.is_empty() {
            break;
        }
        pages.push(page.lines().count());
        after += page.lines().count();
        journal += &page;
    }
    assert_eq!(pages, [most, 1]);
    assert_eq!(journal, store.journal());
    let standing = shop.standing("");
    assert!(verify(&journal, Some(&standing.head)).is_ok());
    // Without a number all of it is meant.
    let first = shop.get(JOURNAL_PATH);
    assert!(journal.as_bytes().starts_with(first.body()) && !first.body().is_empty());
    for wrong in ["-1", "x", "", "9007199254740992", "18446744073709551616"] {
        let response = shop.get(&format!("{JOURNAL_PATH}?after={wrong}"));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test]
fn other_addresses_and_methods_are_answered_as_such() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    assert_eq!(shop.get("/").status(), StatusCode::NOT_FOUND);
    assert_eq!(shop.get(TICK_PATH).status(), StatusCode::METHOD_NOT_ALLOWED);
    let response = shop.send(&post(SWITCHES_PATH, ""));
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(store.writes.get(), 0);
}
