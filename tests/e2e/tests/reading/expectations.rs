//! Every request of the list is answered as the list says, on every platform.

use anyhow::Result;
use souk_e2e::{Answer, Platform};

use crate::cases::{Case, all, pointers};
use crate::{Names, shop};

async fn every_request_is_answered_as_expected_and_none_with_5xx(platform: Platform) -> Result<()> {
    let shop = shop(platform).await?;
    let client = shop.client().without_reuse();
    let mut wrong = Vec::new();
    let cases = all(&Names::read(shop).await?);
    for mut case in cases.iter().cloned() {
        own_key(&mut case, "expectations");
        let answer = case.send(&client).await?;
        for fault in faults(&case, &answer) {
            wrong.push(format!("{}: {fault}", case.name));
        }
    }
    println!("{platform:?}: {} requests", cases.len());
    assert!(wrong.is_empty(), "{platform:?}:\n{}", wrong.join("\n"));
    Ok(())
}

/// Keys are remembered by the shop, so every test that sends the list has keys of its own.
pub(crate) fn own_key(case: &mut Case, test: &str) {
    for (name, value) in &mut case.headers {
        if *name == "idempotency-key" && !value.is_empty() && value.len() < 200 {
            *value = format!("{test} {value}");
        }
    }
}

fn faults(case: &Case, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |right: bool, what: String| {
        if !right {
            faults.push(what);
        }
    };
    let (status, problem) = (answer.status, answer.problem());
    let beginning = answer.beginning();
    check(
        status == case.status,
        format!("{status} instead of {}: {beginning}", case.status),
    );
    check(
        problem == case.problem,
        format!("problem '{problem}' instead of '{}'", case.problem),
    );
    let pointers = pointers(answer);
    let pointed = case.pointer.is_empty() || pointers.iter().any(|found| found == case.pointer);
    check(
        pointed,
        format!("points at {pointers:?} instead of {}", case.pointer),
    );
    check(
        answer.header("x-content-type-options") == "nosniff",
        "no nosniff".to_owned(),
    );
    let typed = status == 304 || !answer.header("content-type").is_empty();
    check(typed, "no content-type".to_owned());
    let cache = answer.header("cache-control");
    let public = cache.starts_with("public");
    check(
        public || cache == "no-store",
        format!("cache-control: {cache}"),
    );
    check(
        !public || status == 200,
        format!("{status} is publicly cacheable"),
    );
    let cookie = answer.headers.contains_key("set-cookie");
    check(
        !(public && cookie),
        "a cookie on a public answer".to_owned(),
    );
    check(
        public == answer.headers.contains_key("etag"),
        "ETag and cache policy".to_owned(),
    );
    if status == 405 {
        check(
            !answer.header("allow").is_empty(),
            "405 without Allow".to_owned(),
        );
    }
    if status == 401 {
        check(
            answer.header("www-authenticate") == "Bearer",
            "401 without a challenge".to_owned(),
        );
    }
    if case.method == "HEAD" {
        check(answer.body.is_empty(), "HEAD with a body".to_owned());
    }
    if answer.header("content-type").starts_with("text/html") {
        let policy = answer.header("content-security-policy");
        check(
            policy.contains("default-src 'none'"),
            "no content security policy".to_owned(),
        );
        check(
            !policy.contains("unsafe"),
            format!("content security policy: {policy}"),
        );
        let text = answer.text();
        let language = if case.path.starts_with("/zh") {
            "zh-Hans"
        } else {
            "en"
        };
        let tagged = case.method == "HEAD" || text.contains(&format!("<html lang=\"{language}"));
        check(
            tagged,
            format!("the page is not in {language}: {beginning}"),
        );
    }
    let page = case.headers.contains(&("accept", "text/html".to_owned()));
    if page && !case.path.starts_with("/api") && !matches!(status, 301 | 303) {
        let kind = answer.header("content-type");
        check(
            kind == "text/html; charset=utf-8",
            format!("a page of type {kind}"),
        );
    }
    faults
}

async fn a_known_etag_gives_304_and_head_tells_the_length(platform: Platform) -> Result<()> {
    let shop = shop(platform).await?;
    let client = shop.client().without_reuse();
    let mut checked = 0;
    for case in all(&Names::read(shop).await?) {
        if case.method != "GET" || case.status != 200 {
            continue;
        }
        let whole = case.send(&client).await?;
        let etag = whole.header("etag").to_owned();
        if etag.is_empty() {
            continue;
        }
        let lists = [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"other\", {etag}"),
            "*".to_owned(),
        ];
        for known in lists {
            let case = case.clone().header("if-none-match", known);
            let answer = case.send(&client).await?;
            assert_eq!(answer.status, 304, "{}: {:?}", case.name, case.headers);
            assert!(answer.body.is_empty(), "{}", case.name);
            assert_eq!(answer.header("etag"), etag, "{}", case.name);
            assert_eq!(
                answer.header("cache-control"),
                whole.header("cache-control")
            );
        }
        let other = case.clone().header("if-none-match", "\"other\"");
        let other = other.send(&client).await?;
        assert_eq!(
            (other.status, other.body),
            (200, whole.body.clone()),
            "{}",
            case.name
        );
        let head = Case {
            method: "HEAD",
            ..case.clone()
        }
        .send(&client)
        .await?;
        let length = whole.body.len().to_string();
        assert_eq!(
            head.header("content-length"),
            length,
            "HEAD of {}",
            case.path
        );
        assert_eq!(head.header("etag"), etag, "HEAD of {}", case.path);
        checked += 1;
    }
    assert!(checked >= 40, "only {checked} requests have an ETag");
    Ok(())
}

souk_e2e::on_every_platform!(
    every_request_is_answered_as_expected_and_none_with_5xx,
    a_known_etag_gives_304_and_head_tells_the_length,
);
