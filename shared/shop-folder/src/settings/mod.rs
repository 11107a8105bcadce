//! `shop.toml`: its keys, and what they say as a [`Shop`].
//!
//! Invariants: every problem of the file is reported at once; a file without an error gives a
//! shop. Texts in braces are never interpreted.
//!
//! Not here: whether collections, products and documents exist that links name: see [`Reference`],
//! which the caller checks when it has read them.

mod home;
mod keys;
mod links;

use souk_domain::{Currency, Money};
use souk_shop::{Account, Company, Contact, Offset, PaymentMethods, Place, Shop};

pub(crate) use keys::SHOP_KEYS;
pub use links::{Known, Reference};
pub(crate) use links::{address, target};

use crate::document::{Document, Node};
use crate::format::Format;
use crate::problem::Problem;
use crate::shape::{Shape, check};
use crate::translated;
use crate::{LanguageData, Resources};

/// The name of the file in the folder.
pub const SHOP_FILE: &str = "shop.toml";

/// Where nothing is said, as the origin has it.
const CARD_HOLD_MINUTES: u16 = 15;
const TRANSFER_HOLD_DAYS: u16 = 2;

/// What `shop.toml` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The shop, without what other files say: words, theme, content, mails.
    pub shop: Shop,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// Codes of the languages, the shop's own first.
    pub languages: Vec<String>,
    /// What CLDR has for each of them.
    pub data: Vec<LanguageData>,
    /// What links and blocks name, to be checked against what there is.
    pub references: Vec<Reference>,
}

/// A file that is being read.
pub(super) struct Reading<'r> {
    pub(super) languages: Vec<String>,
    pub(super) problems: &'r mut Vec<Problem>,
    pub(super) references: Vec<Reference>,
    pub(super) resources: &'r mut dyn Resources,
}

/// Reads the file. What comes back has to be used only where no error was added.
pub fn read(text: &str, resources: &mut dyn Resources, problems: &mut Vec<Problem>) -> Settings {
    let document = Document::parse(SHOP_FILE, text, problems);
    let root = document.root();
    check(&root, &Shape::Table(SHOP_KEYS), problems);
    let currency = root.text_of("currency");
    let data = languages(&root, &currency, resources, problems);
    let mut reading = Reading {
        languages: data.iter().map(|one| one.language.code.clone()).collect(),
        problems,
        references: Vec::new(),
        resources,
    };
    let shop = reading.shop(&root, &currency);
    Settings {
        shop,
        currency,
        languages: reading.languages,
        data,
        references: reading.references,
    }
}

fn languages(
    root: &Node<'_>,
    currency: &str,
    resources: &dyn Resources,
    problems: &mut Vec<Problem>,
) -> Vec<LanguageData> {
    let mut languages: Vec<LanguageData> = Vec::new();
    // Where the currency is wrong, which is reported, the languages may be right all the same.
    let currency = Currency::parse(currency).unwrap_or(Currency::USD);
    for item in root.get("languages").iter().flat_map(Node::items) {
        let code = item.text().unwrap_or_default();
        if Format::Language.check(code).is_err() {
            // The shape has reported it.
            continue;
        }
        if languages.iter().any(|one| one.language.code == code) {
            problems.push(item.error(format!("'{code}' stands here twice"), "name it once"));
            continue;
        }
        match resources.language(code, currency) {
            Ok(data) => languages.push(data),
            Err(reason) => problems.push(item.error(reason, "")),
        }
    }
    languages
}

impl Reading<'_> {
    fn shop(&mut self, root: &Node<'_>, currency: &str) -> Shop {
        let empty = Vec::new;
        let list = |name: &str| root.get(name).map_or_else(empty, |node| node.items());
        let footer = root.get("footer");
        let columns = footer.as_ref().and_then(|footer| footer.get("columns"));
        Shop {
            name: self.text(root, "name"),
            tagline: self.text(root, "tagline"),
            logo: self.picture(root, "logo"),
            icon: self.picture(root, "icon"),
            contact: contact(root.get("contact").as_ref()),
            company: company(root.get("company").as_ref()),
            country: root.text_of("country"),
            time_zone: root.text_of("time_zone"),
            offsets: self.offsets(root),
            navigation: self.places(&list("navigation")),
            footer: self.places(&columns.map_or_else(empty, |node| node.items())),
            footer_line: footer.map_or_else(Default::default, |node| self.text(&node, "line")),
            home: self.blocks(&list("home")),
            payment: self.payment(root),
            express_fee_minor: self.express_fee(root, currency),
            api_origins: texts(root.get("api").and_then(|api| api.get("origins")).as_ref()),
            ..Shop::default()
        }
    }

    pub(super) fn text(&mut self, node: &Node<'_>, name: &str) -> souk_catalogue::Text {
        translated::read(node.get(name), &self.languages, self.problems).text(&self.languages)
    }

    pub(super) fn picture(&mut self, node: &Node<'_>, name: &str) -> Option<souk_catalogue::Media> {
        let node = node.get(name)?;
        let path = node.text()?;
        match self.resources.picture(path) {
            Ok(media) => Some(media),
            Err(reason) => {
                let instead = "put the file there, or take the key away";
                self.problems.push(node.error(reason, instead));
                None
            }
        }
    }

    fn offsets(&mut self, root: &Node<'_>) -> Vec<Offset> {
        let Some(node) = root.get("time_zone") else {
            return Vec::new();
        };
        let name = node.text().unwrap_or_default();
        match self.resources.offsets(name) {
            Ok(offsets) => offsets,
            Err(reason) => {
                let instead = format!("write {}", Format::TimeZone.right());
                self.problems.push(node.error(reason, instead));
                Vec::new()
            }
        }
    }

    fn places(&mut self, nodes: &[Node<'_>]) -> Vec<Place> {
        nodes.iter().map(|node| self.place(node)).collect()
    }

    fn place(&mut self, node: &Node<'_>) -> Place {
        let label = self.text(node, "label");
        let target = self.link(node, &label);
        let items = node.get("items").map_or_else(Vec::new, |node| node.items());
        if label.is_empty() && node.get("to").is_none() {
            let reason = "an entry without label and to says nothing";
            self.problems
                .push(node.key_error(reason, "write to = \"/collections/all\""));
        }
        Place {
            label,
            target,
            places: self.places(&items),
        }
    }

    fn payment(&mut self, root: &Node<'_>) -> PaymentMethods {
        let node = root.get("payment");
        let get = |name: &str| node.as_ref().and_then(|node| node.get(name));
        let methods = get("methods");
        let offered = match &methods {
            Some(_) => texts(methods.as_ref()),
            None => vec!["on_delivery".to_owned()],
        };
        let account = get("account").map(|node| Account {
            holder: node.text_of("holder"),
            number: node.text_of("number"),
            bic: some(node.text_of("bic")),
            bank: some(node.text_of("bank")),
            note: self.text(&node, "note"),
        });
        if let Some(methods) = &methods {
            if account.is_none() && offered.iter().any(|one| one == "transfer") {
                let reason = "transfer is offered, and there is no account to pay into";
                let instead = "add [payment.account] with holder and number, or take transfer away";
                self.problems.push(methods.error(reason, instead));
            }
            if (1..offered.len()).any(|place| offered[..place].contains(&offered[place])) {
                let reason = "a method stands here twice";
                self.problems.push(methods.error(reason, "name each once"));
            }
        }
        let number = |name: &str, default: u16| {
            let number = get(name).and_then(|node| node.integer());
            number
                .and_then(|one| u16::try_from(one).ok())
                .unwrap_or(default)
        };
        PaymentMethods {
            offered,
            account,
            transfer_hold_days: number("transfer_hold_days", TRANSFER_HOLD_DAYS),
            card_hold_minutes: number("card_hold_minutes", CARD_HOLD_MINUTES),
        }
    }

    fn express_fee(&mut self, root: &Node<'_>, currency: &str) -> Option<i64> {
        let node = root.get("delivery")?.get("express_fee")?;
        amount(&node, currency, self.problems)
    }
}

/// An amount in minor units of the shop's currency.
pub(crate) fn amount(node: &Node<'_>, currency: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    let text = node.text().unwrap_or_else(|| node.source());
    let currency = Currency::parse(currency).ok()?;
    let (_, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = currency.minor_digits() as usize;
    if decimals.trim_end_matches('0').len() > digits {
        let reason = format!("{text} has more decimals than {currency}");
        let instead = match digits {
            0 => format!("amounts in {currency} have none"),
            digits => format!("amounts in {currency} have {digits}"),
        };
        problems.push(node.error(reason, instead));
        return None;
    }
    minor(text, currency)
}

/// A decimal in minor units of a currency; `None` for what is none, or has more digits.
pub(crate) fn minor(text: &str, currency: Currency) -> Option<i64> {
    let digits = currency.minor_digits() as usize;
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let kept = decimals.trim_end_matches('0');
    if !is_number(whole) || !is_number(decimals) || kept.len() > digits {
        return None;
    }
    let minor = format!("{whole}{kept:0<digits$}").parse().ok();
    minor.filter(|&minor| minor <= Money::AMOUNT_MAX)
}

pub(crate) fn texts(node: Option<&Node<'_>>) -> Vec<String> {
    let items = node
        .iter()
        .flat_map(|node| node.items())
        .collect::<Vec<_>>();
    let texts = items.iter().filter_map(|item| item.text());
    texts.map(str::to_owned).collect()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn contact(node: Option<&Node<'_>>) -> Contact {
    node.map_or_else(Contact::default, |node| Contact {
        email: some(node.text_of("email")),
        phone: some(node.text_of("phone")),
    })
}

fn company(node: Option<&Node<'_>>) -> Company {
    node.map_or_else(Company::default, |node| Company {
        name: some(node.text_of("name")),
        address: texts(node.get("address").as_ref()),
        register: some(node.text_of("register")),
        vat_id: some(node.text_of("vat_id")),
    })
}
