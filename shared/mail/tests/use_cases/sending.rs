//! Which mails there are, and what they say.

use bytes::Bytes;
use http::Request;
use souk_catalogue::{Text, encode_blob};
use souk_mail::{Secret, verify};
use souk_order_token::token_of;
use souk_protocol::origin::{Action, PaymentMethod};
use souk_settings::Secrets;

use crate::shop::{Buyer, DAWN_MS, DAY_MS, EMAIL, SESSION_SECRET, Shop, resend, settings};
use crate::store::teahouse;

fn ship() -> Action {
    Action::Ship {
        carrier: "SF Express".to_owned(),
        tracking: "SF123".to_owned(),
        unpaid_reason: None,
    }
}

fn transfer() -> Buyer {
    Buyer {
        payment: PaymentMethod::Transfer,
        ..Buyer::default()
    }
}

#[test]
fn a_life_paid_by_transfer_has_each_mail_once_and_in_order() {
    let shop = Shop::open();
    let order = shop.place(1, &transfer());
    shop.work_off();
    assert_eq!(shop.kinds(), ["order_received", "payment_due"]);
    let receive = Action::ReceivePayment {
        amount: 2_598,
        reference: "x".to_owned(),
    };
    shop.change(&order, "pay", receive);
    shop.change(&order, "ship", ship());
    shop.change(&order, "deliver", Action::Deliver);
    let refund = Action::Refund {
        amount: 1_000,
        reason: String::new(),
    };
    shop.change(&order, "refund", refund);
    let settle = Action::SettleRefund {
        provider: None,
        refund: "r".to_owned(),
        amount: 1_000,
    };
    shop.change(&order, "settle", settle);
    shop.work_off();
    shop.work_off();
    assert_eq!(
        shop.kinds(),
        [
            "order_received",
            "payment_due",
            "payment_received",
            "shipped",
            "delivered",
            "refunded"
        ]
    );
    assert!(shop.mail("refunded").text.contains("€10.00"));
    assert!(shop.mail("shipped").text.contains("SF123"));
    assert_eq!(shop.outbox.asked(), 6, "each was handed over once");
    assert_eq!(shop.left(), 0);
}

#[test]
fn a_mail_has_the_link_that_opens_its_order_and_no_html_of_its_buyer() {
    let shop = Shop::open();
    let order = shop.place(1, &Buyer::default());
    shop.work_off();
    let mail = shop.mail("order_received");
    let token = token_of(&Secrets::split(SESSION_SECRET), &order);
    let link = format!("https://shop.example/orders/{order}?token={token}");
    assert!(mail.text.contains(&link), "{}", mail.text);
    assert!(mail.html.contains(&link), "{}", mail.html);
    assert_eq!(
        (mail.to.as_str(), mail.order.as_str()),
        (EMAIL, order.as_str())
    );
    assert!(mail.html.contains("2 × Best &lt;tea&gt;") && mail.html.contains("Li &lt;Lei&gt;"));
    assert!(mail.text.contains("Teahouse") && mail.text.contains("help@shop.example"));
}

#[test]
fn a_mail_is_in_the_language_of_its_order() {
    let shop = Shop::open();
    for (key, language, subject, link) in [
        (
            1,
            Some("zh-Hans"),
            "您的订单",
            "https://shop.example/zh/orders/",
        ),
        (
            2,
            Some("de-AT"),
            "Ihre Bestellung",
            "https://shop.example/de/orders/",
        ),
        (3, None, "Your order", "https://shop.example/orders/"),
        (4, Some("fr"), "Your order", "https://shop.example/orders/"),
    ] {
        let buyer = Buyer {
            language,
            ..Buyer::default()
        };
        shop.place(key, &buyer);
        shop.work_off();
        let mail = shop.outbox.messages().pop().expect("a mail");
        assert!(
            mail.subject.contains(subject),
            "{language:?}: {}",
            mail.subject
        );
        assert!(mail.text.contains(link), "{language:?}: {}", mail.text);
        let tag = match mail.language.as_str() {
            "zh" => "zh-Hans",
            code => code,
        };
        assert!(mail.html.contains(&format!("<html lang=\"{tag}\">")));
    }
}

#[test]
fn a_transfer_is_told_account_reference_amount_and_deadline() {
    let shop = Shop::open();
    let order = shop.place(1, &transfer());
    shop.work_off();
    let text = shop.mail("payment_due").text;
    // Two days later, by the clocks of the shop.
    let account = "Teahouse Ltd\nIBAN: DE02 1203\nBYLADEM1001";
    let deadline = "September 23, 2026 at 4:13\u{202f}PM";
    for part in [account, order.as_str(), "€25.98", deadline] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn amounts_and_moments_are_written_as_the_buyers_language_does() {
    let shop = Shop::open();
    let german = Buyer {
        language: Some("de"),
        ..transfer()
    };
    shop.place(1, &german);
    shop.work_off();
    let text = shop.mail("payment_due").text;
    for part in [
        "25,98\u{a0}€",
        "23. September 2026 um 16:13",
        "IBAN: DE02 1203",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_version_is_read_once_and_a_new_one_within_seconds() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    shop.work_off();
    // Pointer, manifest, shop and language.
    assert_eq!(shop.store.reads.get(), 4);
    shop.place(2, &Buyer::default());
    shop.pass(60_000);
    shop.work_off();
    assert_eq!(shop.store.reads.get(), 5, "the pointer is read again");
    shop.store.publish(&souk_shop::Shop {
        name: Text::new("Kaffeehaus"),
        ..teahouse()
    });
    shop.place(3, &Buyer::default());
    shop.pass(60_000);
    shop.work_off();
    let subject = shop.outbox.messages().pop().expect("a mail").subject;
    assert!(subject.contains("Kaffeehaus"), "{subject}");
}

#[test]
fn no_mail_leaves_before_it_is_known_whose_it_is() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    shop.store.is_down.set(true);
    assert_eq!(shop.work().expect("a report").retried, 1);
    shop.store.is_down.set(false);
    shop.store.clear();
    shop.pass(60_000);
    assert_eq!(shop.work().expect("a report").retried, 1);
    assert_eq!(shop.outbox.asked(), 0);
    shop.store.publish(&teahouse());
    shop.pass(60_000);
    shop.work_off();
    assert_eq!(shop.kinds(), ["order_received"]);
    assert_eq!(shop.depth().dead, 0);
}

#[test]
fn an_order_that_lapses_is_told_and_a_payment_that_is_no_longer_due_is_not() {
    let shop = Shop::open();
    shop.place(1, &transfer());
    shop.pass(3 * DAY_MS);
    shop.lapse();
    shop.work_off();
    assert_eq!(shop.kinds(), ["order_received", "cancelled"]);
}

#[test]
fn who_pays_by_card_is_led_to_the_payment() {
    let shop = Shop::open();
    let by_card = Buyer {
        payment: PaymentMethod::Card,
        ..Buyer::default()
    };
    shop.place(1, &by_card);
    shop.place(2, &Buyer::default());
    shop.work_off();
    let mails = shop.outbox.messages();
    assert!(mails[0].text.contains("Pay by card") && !mails[1].text.contains("Pay by card"));
}

#[test]
fn a_shop_of_its_own_words_uses_them() {
    let shop = Shop::open();
    let text = "+++\nsubject = \"Moin {{order.number}}\"\n+++\nAhoi.\n";
    let kind = souk_domain::MailKind::OrderReceived;
    let template = souk_mail::parse::parse(text, kind).expect("a template");
    let hash = shop.store.put(encode_blob(&template));
    let language = souk_shop::Language {
        code: "nds".to_owned(),
        tag: "nds".to_owned(),
        ..souk_shop::Language::default()
    };
    shop.store.publish(&souk_shop::Shop {
        languages: vec![language],
        mails: vec![(kind.name().to_owned(), "nds".to_owned(), hash)],
        ..teahouse()
    });
    let order = shop.place(1, &Buyer::default());
    shop.work_off();
    let mail = shop.mail("order_received");
    assert_eq!(
        (mail.subject, mail.text.as_str()),
        (format!("Moin {order}"), "Ahoi.\n")
    );
    assert_eq!(mail.language, "nds");
}

#[test]
fn without_a_provider_nothing_is_sent_then_or_later() {
    let mut shop = Shop::open();
    shop.settings = settings(&[("session_secret", SESSION_SECRET)]);
    shop.place(1, &Buyer::default());
    let report = shop.work().expect("a report");
    assert_eq!((report.on, report.sent, report.skipped), (false, 0, 1));
    shop.settings = settings(&resend());
    shop.work_off();
    assert_eq!(shop.outbox.asked(), 0);
}

#[test]
fn news_of_a_week_ago_is_none() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    shop.pass(7 * DAY_MS + 1);
    shop.work_off();
    assert_eq!(shop.outbox.asked(), 0);
    assert_eq!(shop.depth().dead, 0);
}

#[test]
fn a_system_of_the_merchants_own_gets_mails_signed() {
    const SIGNING: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let mut shop = Shop::open();
    shop.settings = settings(&[
        ("session_secret", SESSION_SECRET),
        ("base_url", "https://shop.example"),
        ("mail_provider", "webhook"),
        ("mail_webhook_url", "https://mails.shop.example/hook"),
        (
            "mail_webhook_secret",
            "whsec_KWX5QAYEaTe0Q9hJ2xUuXPKcQhlQm7XyVb3aRrNnZ2E=",
        ),
    ]);
    let order = shop.place(1, &Buyer::default());
    shop.work_off();
    let sent = shop.webhook.borrow();
    let [request] = sent.as_slice() else {
        panic!("{} requests", sent.len());
    };
    let own = Secret::parse("whsec_KWX5QAYEaTe0Q9hJ2xUuXPKcQhlQm7XyVb3aRrNnZ2E=").unwrap();
    let now_s = DAWN_MS / 1_000;
    let id = format!("mail_{order}_order_received_0");
    let check = |request: &Request<Bytes>, secret: &Secret| {
        verify(
            request.headers(),
            request.body(),
            std::slice::from_ref(secret),
            now_s,
        )
        .map(str::to_owned)
    };
    assert_eq!(check(request, &own), Ok(id));
    assert!(check(request, &Secret::parse(SIGNING).unwrap()).is_err());
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["type"], "mail.order_received");
    assert_eq!(body["data"]["to"], EMAIL);
}
