//! The address of the checkout, country by country.

use crate::sample::{EN, zh};

use crate::{checkout, sample};

#[test]
fn the_form_shows_what_the_country_needs_before_the_first_mistake() {
    let form = |locale, country: &str| {
        let mut view = sample::checkout();
        view.form.errors.clear();
        view.form.values = vec![("country", country.to_owned())];
        checkout(&sample::site(locale), &view)
    };
    let label =
        |name: &str| format!("<span>{name}</span> <span class=\"star\" aria-hidden=\"true\"");
    let cases = [
        (
            EN,
            "US",
            ["ZIP code", "State", "City"],
            "For example: 95014</p>",
        ),
        (
            EN,
            "GB",
            ["Postal code", "Province", "Town or city"],
            "For example: EC1Y 8SY</p>",
        ),
        (zh(), "CN", ["邮政编码", "省", "城市"], "例如：266033</p>"),
        (
            zh(),
            "JP",
            ["邮政编码", "都道府县", "城市"],
            "例如：154-0023</p>",
        ),
        (
            EN,
            "HK",
            ["Postal code", "Area", "District"],
            "For example: \"></p>",
        ),
        (
            EN,
            "",
            ["Postal code", "State or province", "City"],
            "For example: \"></p>",
        ),
    ];
    for (locale, country, labels, hint) in cases {
        let html = form(locale, country);
        assert!(html.contains(hint), "{country}: {html}");
        for name in labels {
            assert!(html.contains(&label(name)), "{country}: {name}");
        }
    }
    let unused = |country| {
        let html = form(EN, country);
        let class = |name: &str| html.contains(&format!("class=\"field {name} unused\""));
        [class("region"), class("postal_code"), class("city")]
    };
    assert_eq!(unused("US"), [false, false, false]);
    assert_eq!(unused("DE"), [true, false, false]);
    assert_eq!(unused("HK"), [false, true, false]);
    assert_eq!(unused("JP"), [false, false, false]);
}

#[test]
fn fields_of_an_address_stand_in_the_order_of_their_country() {
    let order = |country: &str| {
        let mut view = sample::checkout();
        view.form.values = vec![("country", country.to_owned())];
        let html = checkout(&sample::site(sample::EN), &view);
        let mut fields = ["region", "city", "postal_code", "line1", "line2"];
        fields.sort_by_key(|field| html.find(&format!("<input id=\"f-{field}\"")));
        fields
    };
    let cases = [
        ("US", ["line1", "line2", "city", "region", "postal_code"]),
        ("DE", ["line1", "line2", "postal_code", "city", "region"]),
        ("CN", ["postal_code", "region", "city", "line1", "line2"]),
        ("JP", ["postal_code", "region", "city", "line1", "line2"]),
        ("SG", ["line1", "line2", "city", "postal_code", "region"]),
        ("", ["region", "line1", "line2", "city", "postal_code"]),
    ];
    for (country, fields) in cases {
        assert_eq!(order(country), fields, "{country}");
    }
}

#[test]
fn a_wrong_postal_code_is_answered_with_one_of_the_country() {
    let problem = |values: &[(&'static str, &str)]| {
        let mut view = sample::checkout();
        let values = values
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        view.form.values = values.collect();
        view.form
            .errors
            .retain(|error| error.pointer == "postal_code");
        let html = checkout(&sample::site(sample::EN), &view);
        let start = "<p class=\"problem\" id=\"e-postal_code\">";
        let text = html.split(start).nth(1).expect("a problem");
        text.split('<').next().expect("a text").to_owned()
    };
    let cases: [(&[(&str, &str)], &str); 5] = [
        (
            &[("country", "US"), ("postal_code", "1")],
            "ZIP code: write it such as 95014",
        ),
        (&[("country", "US")], "ZIP code is required"),
        (
            &[("country", "JP"), ("postal_code", "1")],
            "Postal code: write it such as 154-0023",
        ),
        (
            &[
                ("country", "US"),
                ("region", "Texas"),
                ("postal_code", "95014"),
            ],
            "ZIP code: this one does not belong to Texas. Check both",
        ),
        (
            &[("country", "US"), ("postal_code", "95\n014")],
            "ZIP code has characters that cannot be printed",
        ),
    ];
    for (values, text) in cases {
        assert_eq!(problem(values), text);
    }
}
