//! Legal pages that a shop has to have, by its country.
//!
//! Not legal advice: the table lists what the law of a country asks every web shop for, as far as
//! this program can tell by the name of a page.

use std::collections::BTreeSet;

use souk_shop::ContentKind;

use crate::problem::Problem;
use crate::settings::SHOP_FILE;

/// A legal page: the slugs that count as it (the first is the one that a new folder gets), and what
/// it has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalPage {
    /// Names that it may have.
    pub slugs: &'static [&'static str],
    /// Why it is needed.
    pub because: &'static str,
}

const PRIVACY_EU: LegalPage = LegalPage {
    slugs: &["privacy", "datenschutz", "confidentialite"],
    because: "which personal data is processed, and why (GDPR, articles 13 and 14)",
};
const TERMS_EU: LegalPage = LegalPage {
    slugs: &["terms", "agb", "conditions"],
    because: "what a contract says and how it is made (directive 2000/31/EC, article 10)",
};
const RETURNS_EU: LegalPage = LegalPage {
    slugs: &["returns", "widerruf", "retours"],
    because: "the right to withdraw within 14 days (directive 2011/83/EU, articles 6 and 9)",
};
const DELIVERY_EU: LegalPage = LegalPage {
    slugs: &["delivery", "versand", "livraison", "shipping"],
    because: "where goods are delivered to, when, and what it costs (directive 2011/83/EU, \
              articles 6 and 8)",
};

const fn imprint(because: &'static str) -> LegalPage {
    LegalPage {
        slugs: &["imprint", "impressum", "legal-notice", "mentions-legales"],
        because,
    }
}

const EU: &[LegalPage] = &[
    imprint("who runs the shop (directive 2000/31/EC, article 5)"),
    PRIVACY_EU,
    TERMS_EU,
    RETURNS_EU,
    DELIVERY_EU,
];
const DE: &[LegalPage] = &[
    imprint("who runs the shop (DDG, section 5)"),
    PRIVACY_EU,
    LegalPage {
        because: "what a contract says and how it is made (BGB, section 312i; EGBGB, article 246c)",
        ..TERMS_EU
    },
    LegalPage {
        because: "the right to withdraw within 14 days (BGB, sections 312g and 355)",
        ..RETURNS_EU
    },
    DELIVERY_EU,
];
const AT: &[LegalPage] = &[
    imprint("who runs the shop (ECG, section 5; MedienG, sections 24 and 25)"),
    PRIVACY_EU,
    TERMS_EU,
    LegalPage {
        because: "the right to withdraw within 14 days (FAGG, section 11)",
        ..RETURNS_EU
    },
    DELIVERY_EU,
];
const CH: &[LegalPage] = &[
    imprint("who runs the shop (UWG, article 3, paragraph 1, letter s)"),
    LegalPage {
        because: "which personal data is processed, and why (DSG, article 19)",
        ..PRIVACY_EU
    },
];
const GB: &[LegalPage] = &[
    imprint("who runs the shop (Electronic Commerce Regulations 2002, regulation 6)"),
    LegalPage {
        because: "which personal data is processed, and why (UK GDPR, articles 13 and 14)",
        ..PRIVACY_EU
    },
    LegalPage {
        because: "how a contract is made (Electronic Commerce Regulations 2002, regulation 9)",
        ..TERMS_EU
    },
    LegalPage {
        because: "the right to cancel within 14 days (Consumer Contracts Regulations 2013, \
                  regulations 13 and 29)",
        ..RETURNS_EU
    },
];
const US: &[LegalPage] = &[LegalPage {
    slugs: &["privacy"],
    because: "which personal data is collected (California, CalOPPA, section 22575)",
}];
const CN: &[LegalPage] = &[
    LegalPage {
        slugs: &["imprint", "about"],
        because: "who runs the shop, with its business licence (E-Commerce Law, article 15)",
    },
    LegalPage {
        slugs: &["terms"],
        because: "the agreement on services and transactions (E-Commerce Law, articles 32 and 33)",
    },
    LegalPage {
        slugs: &["privacy"],
        because: "which personal data is processed, and why (PIPL, article 17)",
    },
    LegalPage {
        slugs: &["returns"],
        because: "returns within seven days (Consumer Protection Law, article 25)",
    },
];
const JP: &[LegalPage] = &[
    LegalPage {
        slugs: &["imprint", "legal-notice"],
        because: "who sells, prices, payment, delivery and returns (Act on Specified Commercial \
                  Transactions, article 11)",
    },
    LegalPage {
        slugs: &["privacy"],
        because: "the purpose for which personal data is used (APPI, article 21)",
    },
];

/// Members of the European Union and the other countries of the EEA, but Germany and Austria.
const EEA: [&str; 28] = [
    "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
    "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The legal pages that a shop in the country has to have; none for a country that the table does
/// not know.
pub fn legal_pages(country: &str) -> &'static [LegalPage] {
    match country {
        "DE" => DE,
        "AT" => AT,
        "CH" => CH,
        "GB" => GB,
        "US" => US,
        "CN" => CN,
        "JP" => JP,
        country if EEA.contains(&country) => EU,
        _ => &[],
    }
}

/// A warning for each legal page that a shop lacks. `documents` are those that it has.
pub fn missing_pages(country: &str, documents: &BTreeSet<(ContentKind, String)>) -> Vec<Problem> {
    let has = |slug: &str| documents.contains(&(ContentKind::Page, slug.to_owned()));
    let missing = legal_pages(country)
        .iter()
        .filter(|page| !page.slugs.iter().any(|s| has(s)));
    let warning = |page: &LegalPage| {
        let slug = page.slugs[0];
        let reason = format!(
            "a shop in {country} needs a page that says {}",
            page.because
        );
        let instead = match page.slugs {
            [_] => format!("write content/pages/{slug}.md"),
            [_, others @ ..] => format!(
                "write content/pages/{slug}.md (or, for this page, {})",
                others.join(", ")
            ),
            [] => String::new(),
        };
        Problem::of_file(SHOP_FILE, reason, instead).warning()
    };
    missing.map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_legal_page_is_named_by_the_country_of_the_shop() {
        let documents = |slugs: &[&str]| -> BTreeSet<_> {
            let slugs = slugs
                .iter()
                .map(|slug| (ContentKind::Page, (*slug).to_owned()));
            slugs.collect()
        };
        let german = documents(&["impressum", "datenschutz", "agb", "versand"]);
        let missing = missing_pages("DE", &german);
        assert_eq!(missing.len(), 1);
        assert!(
            missing[0].reason.contains("withdraw within 14 days (BGB"),
            "{missing:?}"
        );
        assert!(
            missing[0].instead.contains("content/pages/returns.md"),
            "{missing:?}"
        );
        assert_eq!(missing_pages("US", &documents(&["privacy"])), []);
        assert_eq!(missing_pages("FR", &documents(&[])).len(), 5);
        assert_eq!(missing_pages("BR", &documents(&[])), []);
    }
}
